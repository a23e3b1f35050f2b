"""Looking only at what something happened to decides the same as looking at everything."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.incidents.commands import (
    Acknowledge,
    Merge,
    Open,
    Recover,
    Reopen,
    Resolve,
    Silence,
    Unacknowledge,
)
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Data
from opsguide.kernel.part import Command
from tests.cast import harbour
from tests.world import World

KINDS = (
    {"kind": "environment_down", "environment": "p"},
    {"kind": "alert", "environment": "p"},
    {"kind": "alert"},
)


def opening(number: int) -> Command:
    severity = ("critical", "high", "medium")[number % 3]
    return Open(key=f"k{number}", title=f"t{number}", reason="r", severity=severity, labels=KINDS[number % 3])


COMMANDS = st.one_of(
    st.integers(0, 6).map(opening),
    st.integers(0, 6).map(lambda n: Recover(f"k{n}", "over")),
    st.integers(1, 5).map(lambda n: Acknowledge(f"INC-{n}", "ana")),
    st.integers(1, 5).map(lambda n: Unacknowledge(f"INC-{n}", "ana", "")),
    st.integers(1, 5).map(lambda n: Resolve(f"INC-{n}", "ana")),
    st.integers(1, 5).map(lambda n: Reopen(f"INC-{n}", "ana", "again")),
    st.tuples(st.integers(1, 5), st.integers(1, 5)).map(lambda p: Merge(f"INC-{p[0]}", f"INC-{p[1]}", "ana")),
    st.integers(1, 9).map(lambda n: Silence(('environment="p"',), n * 60.0, "ana", "known")),
)
STEPS = st.lists(
    st.one_of(
        COMMANDS, st.sampled_from([1.0, 10.0, 60.0, 400.0, 4000.0]), st.sampled_from(["done", "failed"])
    ),
    max_size=25,
)


def take(world: World, step: Command | float | str) -> list[Data]:
    if isinstance(step, float):
        return world.pass_time(step)
    if isinstance(step, str):
        world.deliver(step)
        return []
    with suppress(Refused):
        return world.do(step)
    return []


@settings(max_examples=60)
@given(STEPS)
def test_the_same_is_decided_as_by_looking_at_everything(steps: list[Command | float | str]) -> None:
    """The slow one is told before and after every step that anything may have changed."""
    quick, slow = harbour(), harbour()
    for step in steps:
        take(quick, step)
        quick.pass_time(0)
        slow.engine.state("incidents").agenda.everything = True
        take(slow, step)
        slow.engine.state("incidents").agenda.everything = True
        slow.pass_time(0)
    said = [
        [(row.fact.type, row.fact.subject, row.fact.at) for row in world.history] for world in (quick, slow)
    ]
    assert said[0] == said[1]


def test_what_is_open_is_counted_as_it_is() -> None:
    world = harbour()
    for number in range(6):
        world.do(opening(number))
    world.do(Resolve("INC-1", "ana"))
    state = world.engine.state("incidents")
    assert state.agenda.severities == {"critical": 1, "high": 2, "medium": 2}
    assert set(state.agenda.known) == set(state.open)
