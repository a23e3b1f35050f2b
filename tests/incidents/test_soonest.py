"""Of many open incidents, the clock that ends first says how a promise stands; a look at all of them says the same."""

from opsguide.incidents import soonest
from opsguide.incidents.commands import Acknowledge, Merge, Open, Reopen, Resolve, Unacknowledge
from opsguide.incidents.process import updates
from opsguide.incidents.process.commands import ChangeSeverity, Update
from opsguide.incidents.state import State
from opsguide.kernel.part import Command
from tests.cast import ACKNOWLEDGE, PROMISES, RESOLVE, harbour
from tests.incidents.test_work import UPDATES, with_updates
from tests.world import World

CLOCKS = (ACKNOWLEDGE, RESOLVE, UPDATES)


def down(number: int, severity: str = "critical") -> Open:
    return Open(key=f"a{number}", title=f"alert {number}", reason="x", severity=severity)


def by_looking_at_all(state: State, promise: str) -> int | None:
    """When the clock of a promise that ends first does."""
    found = list[int]()
    for incident in state.open.values():
        update = updates.running(state, incident)
        clocks = [*incident.running(), *([update] if update is not None else [])]
        found += [clock.due for clock in clocks if clock.promise == promise]
    return min(found, default=None)


def agrees(world: World) -> None:
    state = world.engine.state("incidents")
    for name in CLOCKS:
        if name in state.promises:
            first = soonest.running_on(state, state.promises[name])
            assert (first[1].due if first is not None else None) == by_looking_at_all(state, name)


def test_whatever_happens_to_incidents_the_first_to_end_is_known() -> None:
    world = with_updates()
    happens: list[Command | float] = [
        *(down(n) for n in range(1, 6)),
        300.0,
        down(6, "high"),
        Acknowledge("INC-1", "ana"),
        Resolve("INC-2", "ana"),
        Update("INC-3", "ana", "we look into it", public=False, phase="investigating"),
        ChangeSeverity("INC-5", "high", "ana", "it is less than we thought"),
        600.0,
        Reopen("INC-2", "ana", "it is down again"),
        ChangeSeverity("INC-5", "critical", "ana", "it is worse than we thought"),
        Merge("INC-4", "INC-3", "ana"),
        Reopen("INC-4", "ana", "it was another trouble"),
        1_000.0,
        Update("INC-1", "ana", "we wait", public=False, phase="investigating"),
        3_000.0,
        *(Resolve(f"INC-{n}", "ana") for n in (3, 1, 2)),
        9_000.0,
    ]
    for one in happens:
        if isinstance(one, float):
            world.pass_time(one)
        else:
            world.do(one)
        agrees(world)
        agrees(world.restart())


def test_another_guide_in_force_wants_other_updates_of_what_is_open() -> None:
    world = with_updates()
    world.do(down(1))
    promise = world.engine.state("incidents").promises[UPDATES]
    world.adopt(PROMISES)
    agrees(world)
    world.adopt([*PROMISES, promise])
    agrees(world)
    state = world.engine.state("incidents")
    first = soonest.running_on(state, promise)
    assert first is not None
    assert first[0].id == "INC-1"


def test_a_promise_stands_by_the_next_incident_once_the_first_is_over() -> None:
    world = harbour()
    for number in range(1, 4):
        world.do(down(number))
        world.pass_time(100)
    world.pass_time(300)
    stood = [world.standing(ACKNOWLEDGE)]
    for number in (1, 2):
        world.do(Resolve(f"INC-{number}", "ana"))
        stood.append(world.standing(ACKNOWLEDGE))
    assert [one.kind for one in stood] == ["at_risk", "at_risk", "kept"]
    assert [one.reason for one in stood[:2]] == ["INC-1 has 5 m left", "INC-2 has 6 m 40 s left"]


def test_one_that_nobody_acknowledged_in_time_breaks_the_line_until_somebody_does() -> None:
    world = harbour()
    world.do(down(1))
    world.pass_time(1_000)
    world.do(down(2))
    world.do(Acknowledge("INC-2", "ana"))
    late = world.standing(ACKNOWLEDGE)
    assert (late.kind, late.reason) == ("broken", "INC-1 is not acknowledged, and its time for that is over")
    assert world.restart().standing(ACKNOWLEDGE) == late
    world.do(Acknowledge("INC-1", "ana"))
    assert world.standing(ACKNOWLEDGE).kind == "kept", "the last one proved it, and none waits"
    world.do(Unacknowledge("INC-1", "ana", "I have to leave"))
    assert world.standing(ACKNOWLEDGE).kind == "broken"
    world.do(Resolve("INC-1", "ana"))
    assert world.standing(ACKNOWLEDGE).kind == "kept"


def test_one_that_is_open_for_too_long_breaks_the_line_although_others_are_resolved_in_time() -> None:
    world = harbour()
    world.do(down(1))
    world.do(Acknowledge("INC-1", "ana"))
    world.pass_time(3 * 3_600)
    world.do(down(2))
    world.do(Resolve("INC-2", "ana"))
    assert world.standing(RESOLVE).reason == "INC-1 is not resolved, and its time for that is over"
    world.do(Resolve("INC-1", "ana"))
    world.do(Reopen("INC-1", "ana", "it is down again"))
    assert world.standing(RESOLVE).kind == "kept", "its clocks begin again"
