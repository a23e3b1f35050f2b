"""The eight clocks and three routes of our first user's guide, each kept and broken by an incident, line by line."""

from pathlib import Path

import pytest

from opsguide.guide.adoption import Adopt
from opsguide.incidents.commands import Acknowledge, Open, Resolve
from opsguide.kernel.intent import Outcome, Result
from opsguide.readers import ALL
from opsguide.service.adopting import read_both
from tests.cast import BINDINGS
from tests.world import World

MINUTE, HOUR, DAY = 60, 3600, 86400

CLOCKS = [
    ("critical", "acknowledge", 68, 15 * MINUTE),
    ("critical", "resolve", 68, 2 * HOUR),
    ("high", "acknowledge", 69, HOUR),
    ("high", "resolve", 69, 8 * HOUR),
    ("medium", "acknowledge", 70, 4 * HOUR),
    ("medium", "resolve", 70, DAY),
    ("low", "acknowledge", 71, DAY),
    ("low", "resolve", 71, 7 * DAY),
]

PRIMARY, SECONDARY, SECURITY = (
    f"incidents.route.on_call.{team}" for team in ("core_platform", "core_frontend", "security")
)
ROUTES = [(PRIMARY, 75, "ana", ""), (SECONDARY, 76, "bogdan", ""), (SECURITY, 77, "mara", "security")]

GUARDS = """
[people.mara]
channels = ["mara-phone"]
[teams.security]
members = ["mara"]
[channels.mara-phone]
url = "json://127.0.0.1:9/mara"
"""

BOUND = BINDINGS.replace('[severities]\nwarning = "medium"\n', "") + GUARDS
"""Signals without data are a trouble of their own, and not of these stories: so it has no severity that has clocks."""

MORNINGS = """
[[rotations.{team}.layers]]
members = ["{person}"]
start = 2026-11-16
every = "1w"
hours = "09:00-10:00"
"""
"""At three at night, when these stories begin, nobody is on call."""

Written = tuple[World, list[str]]


def adopted(shared: Path, folder: Path, bindings: str) -> Written:
    """The guide in force, and its lines."""
    guide, bound = shared / "seed" / "operations-guide.md", folder / "opsguide.toml"
    bound.write_text(bindings, encoding="utf-8")
    read = read_both(guide, bound, ALL)
    assert isinstance(read, Adopt), read
    world = World()
    world.do(read)
    return world, guide.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def seed(shared: Path, tmp_path: Path) -> Written:
    return adopted(shared, tmp_path, BOUND)


def line_of(world: World, promise: str) -> int:
    return int(world.engine.state("incidents").promises[promise].span.line)


def opened(world: World, severity: str, kind: str = "") -> str:
    """What it is called."""
    world.do(Open("k", "orders fail", "seen", severity=severity, says="ana", kind=kind or None))
    return str(world.engine.state("incidents").by_key["k"])


def deliver(world: World, *reached: str) -> None:
    """The providers of these people take what is sent to them; those of the others refuse."""
    for pending in list(world.engine.outbox.due(world.clock.now())):
        person = pending.intent.args["person"]
        takes = person in reached or pending.intent.args["channel"] == "inbox"
        result: Result = "done" if takes else "failed"
        world.record(Outcome(pending.intent.key, pending.attempts + 1, result, "told by the test"))


# Clocks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("severity", "clock", "line", "limit"), CLOCKS)
def test_a_clock_is_kept_to_its_last_second(
    seed: Written, severity: str, clock: str, line: int, limit: int
) -> None:
    world, lines = seed
    promise = f"incidents.clock.{severity}.{clock}"
    assert line_of(world, promise) == line
    assert lines[line - 1].startswith(f"- **{severity.capitalize()}**")
    assert world.standing(promise).kind == "unproven"
    opened(world, severity)
    if clock == "resolve":
        world.do(Acknowledge("INC-1", "ana"))
    world.pass_time(limit)
    assert world.standing(promise).kind == "at_risk"
    world.do(Acknowledge("INC-1", "ana") if clock == "acknowledge" else Resolve("INC-1", "ana"))
    kept = world.standing(promise)
    assert (kept.kind, kept.value) == ("kept", kept.limit)


@pytest.mark.parametrize(("severity", "clock", "line", "limit"), CLOCKS)
def test_a_clock_is_broken_a_second_later_and_what_comes_then_mends_nothing(
    seed: Written, severity: str, clock: str, line: int, limit: int
) -> None:
    world, _ = seed
    promise = f"incidents.clock.{severity}.{clock}"
    assert line_of(world, promise) == line
    opened(world, severity)
    if clock == "resolve":
        world.do(Acknowledge("INC-1", "ana"))
    world.pass_time(limit + 1)
    broken = world.standing(promise)
    assert broken.kind == "broken"
    assert broken.reason.startswith("INC-1 was not done within")
    if clock == "acknowledge":
        world.do(Acknowledge("INC-1", "ana"))
    world.do(Resolve("INC-1", "ana"))
    assert world.standing(promise).kind == "broken"
    others = {f"incidents.clock.{one}.{name}" for one, name, _, _ in CLOCKS if one != severity}
    assert {world.standing(one).kind for one in others} == {"unproven"}


@pytest.mark.parametrize(("severity", "clock", "line", "limit"), CLOCKS)
def test_the_next_incident_in_time_keeps_it_again(
    seed: Written, severity: str, clock: str, line: int, limit: int
) -> None:
    world, _ = seed
    promise = f"incidents.clock.{severity}.{clock}"
    assert line_of(world, promise) == line
    opened(world, severity)
    world.pass_time(limit + 1)
    world.do(Resolve("INC-1", "ana"))
    assert world.standing(promise).kind == "broken"
    world.pass_time(HOUR)
    second = opened(world, severity)
    world.do(Acknowledge(second, "ana"))
    world.do(Resolve(second, "ana"))
    assert world.standing(promise).kind == "kept"


# Routes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("promise", "line", "person", "kind"), ROUTES)
def test_a_route_is_kept_when_its_target_is_told(
    seed: Written, promise: str, line: int, person: str, kind: str
) -> None:
    world, lines = seed
    assert line_of(world, promise) == line
    assert lines[line - 1].split(":")[0] in ("primary_oncall", "secondary_oncall", "escalation")
    opened(world, "critical", kind)
    deliver(world, "ana", "bogdan", "mara")
    if promise != PRIMARY:
        assert world.standing(promise).kind == "unproven"
        world.pass_time(15 * MINUTE + 1)
        deliver(world, "ana", "bogdan", "mara")
    kept = world.standing(promise)
    assert (kept.kind, kept.reason) == ("kept", f"INC-1 reached {person} through {person}-phone")


@pytest.mark.parametrize(("promise", "line", "person", "kind"), ROUTES)
def test_a_route_is_broken_when_nothing_reaches_its_target_though_others_were_told(
    seed: Written, promise: str, line: int, person: str, kind: str
) -> None:
    world, _ = seed
    assert line_of(world, promise) == line
    others = {"ana", "bogdan", "mara"} - {person}
    opened(world, "critical", kind)
    deliver(world, *others)
    if promise != PRIMARY:
        world.pass_time(15 * MINUTE + 1)
        deliver(world, *others)
    broken = world.standing(promise)
    assert (broken.kind, broken.reason) == (
        "broken",
        f"INC-1 could not reach {person} through {person}-phone",
    )


@pytest.mark.parametrize(("promise", "line", "person", "kind"), ROUTES)
def test_a_route_is_broken_when_nobody_stands_behind_it(
    shared: Path, tmp_path: Path, promise: str, line: int, person: str, kind: str
) -> None:
    team = promise.rpartition(".")[2].replace("_", "-")
    world, _ = adopted(shared, tmp_path, BOUND + MORNINGS.format(team=team, person=person))
    assert line_of(world, promise) == line
    opened(world, "critical", kind)
    deliver(world, "ana", "bogdan", "mara")
    world.pass_time(15 * MINUTE + 1)
    deliver(world, "ana", "bogdan", "mara")
    assert world.standing(promise).kind == "broken"


def test_what_is_no_security_incident_goes_to_others_and_proves_nothing_of_that_route(seed: Written) -> None:
    world, _ = seed
    opened(world, "critical")
    world.pass_time(15 * MINUTE + 1)
    deliver(world, "ana", "bogdan", "mara")
    assert world.standing(SECONDARY).kind == "kept"
    assert world.standing(SECURITY).kind == "unproven"


def test_acknowledged_in_time_nobody_else_is_told(seed: Written) -> None:
    world, _ = seed
    opened(world, "critical", "security")
    deliver(world, "ana")
    world.do(Acknowledge("INC-1", "ana"))
    world.pass_time(HOUR)
    deliver(world, "ana", "bogdan", "mara")
    assert (world.standing(SECONDARY).kind, world.standing(SECURITY).kind) == ("unproven", "unproven")
