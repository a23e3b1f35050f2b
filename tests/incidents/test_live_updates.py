"""`Communication: real-time status updates`: without a number nobody can watch it, and none is made up."""

from opsguide.guide.bindings import read_bindings, unbound
from opsguide.guide.reading import read
from opsguide.guide.values import ClockValues, Rule
from opsguide.incidents.commands import Acknowledge, Open
from opsguide.incidents.process.commands import Update
from opsguide.incidents.process.updates import running
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent
from opsguide.readers import ALL
from tests.cast import BINDINGS, PROMISES
from tests.world import World, a_promise

LIVE = "maintenance.rule.communication"
EVERY = "incidents.clock.any.update"
EMERGENCY = Open(
    key="m", title="failover", reason="a disk", severity="high", labels={"kind": "emergency_maintenance"}
)
MINUTE = 60
GUIDE = """# Operations
## Maintenance Windows
### Emergency Maintenance
- **Communication**: Real-time status updates{more}
"""


def bound(limit: str = "") -> str:
    return BINDINGS + (f'\n[limits]\n"{LIVE}" = "{limit}"\n' if limit else "")


def guided(limit: str = "", seconds: int | None = None) -> World:
    world = World()
    rule = Rule(rule="communication", demands=("real_time",))
    if seconds is not None:
        rule = Rule(rule="communication", demands=("real_time",), seconds=seconds)
    world.adopt([*PROMISES, a_promise(LIVE, rule, keeper="maintenance", control="invariant")], bound(limit))
    return world


def due_in(world: World, incident: str = "INC-1") -> float | None:
    state = world.engine.state("incidents")
    clock = running(state, state.open[incident])
    return None if clock is None else (clock.due - world.clock.now()) / 1000


def speak(world: World) -> list[Data]:
    return world.do(Update("INC-1", "ana", "we fail over", public=True, phase="identified"))


def test_without_a_number_it_is_a_gap_that_names_the_key_and_proposes_no_number() -> None:
    world = guided()
    standing = world.standing(LIVE)
    assert (standing.kind, standing.missing) == ("unbound", f'limits."{LIVE}"')
    world.do(EMERGENCY)
    assert due_in(world) is None
    bindings, _ = read_bindings(BINDINGS)
    assert bindings is not None
    missing = [one for one in unbound(read(GUIDE.format(more=""), ALL), bindings) if one.promise == LIVE]
    assert [one.toml.split("  #")[0] for one in missing] == [f'[limits]\n"{LIVE}" = "…"']


def test_with_a_number_in_the_bindings_it_is_watched() -> None:
    world = guided("20m")
    assert world.standing(LIVE).kind == "unproven"
    world.do(EMERGENCY)
    world.do(Acknowledge("INC-1", "ana"))
    assert due_in(world) == 20 * MINUTE
    reminded = world.pass_time(16 * MINUTE)
    assert any("within 4 m" in f.reason for f in reminded if isinstance(f, Intent) and "/update-" in f.key)
    speak(world)
    assert world.standing(LIVE).kind == "kept"
    world.pass_time(20 * MINUTE + 1)
    assert world.standing(LIVE).kind == "broken"


def test_other_incidents_owe_none_by_a_line_on_emergency_maintenance() -> None:
    world = guided("20m")
    world.do(Open(key="k", title="t", reason="r", severity="critical"))
    assert due_in(world) is None


def test_a_number_in_the_guide_is_read_and_needs_no_binding() -> None:
    promises = read(GUIDE.format(more=", at least every 30 minutes"), ALL).promises
    (values,) = [p.values for p in promises if isinstance(p.values, Rule)]
    assert values.seconds == 30 * MINUTE
    world = guided(seconds=30 * MINUTE)
    world.do(EMERGENCY)
    assert due_in(world) == 30 * MINUTE


def test_a_limit_that_is_no_time_binds_nothing() -> None:
    standing = guided("5%").standing(LIVE)
    assert (standing.kind, standing.reason) == ("unbound", "its limit in the bindings is no time")


def test_a_clock_for_updates_without_an_amount_takes_one_from_the_bindings_too() -> None:
    clock = a_promise(
        EVERY, ClockValues(severity="critical", clock="update"), keeper="incidents", control="deadline"
    )
    world = World()
    world.adopt([*PROMISES, clock], BINDINGS)
    assert world.standing(EVERY).missing == f'limits."{EVERY}"'
    world.adopt([*PROMISES, clock], BINDINGS + f'\n[limits]\n"{EVERY}" = "45m"\n')
    world.do(Open(key="k", title="t", reason="r", severity="critical"))
    assert due_in(world) == 45 * MINUTE
