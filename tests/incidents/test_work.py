"""Roles, status updates with the guide's cadence, tasks that stay open until they are done, pins and charts."""

import pytest
from msgspec.structs import replace

from opsguide.guide.values import ClockValues
from opsguide.incidents.commands import Acknowledge, Open, Recover, Resolve
from opsguide.incidents.facts import ClockMet, ClockMissed
from opsguide.incidents.process import next as upcoming
from opsguide.incidents.process.commands import (
    AddTask,
    AssignRole,
    AttachChart,
    ChangeSeverity,
    ChangeTask,
    Pin,
    Update,
)
from opsguide.incidents.process.facts import ClockWarned, TaskOverdue
from opsguide.incidents.state import CLOSED_KEPT, Incident
from opsguide.kernel.clock import after
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent
from tests.cast import BINDINGS, PROMISES, harbour
from tests.world import World, a_promise

UPDATES = "incidents.clock.critical.update"
DAY = 86400
DOWN = Open(
    key="environment:production",
    title="production is down",
    reason="3 probes failed",
    condition="system_down",
)


def with_updates(severity: str | None = "critical", seconds: int = 1800) -> World:
    world = World()
    values = ClockValues(severity=severity, clock="update", seconds=seconds)
    promise = a_promise(UPDATES, values, keeper="incidents", control="deadline")
    world.adopt([*PROMISES, promise], BINDINGS)
    return world


def incident(world: World, name: str = "INC-1") -> Incident:
    found = world.engine.state("incidents").find(name)
    assert isinstance(found, Incident)
    return found


def test_an_incident_that_nobody_works_on_holds_nothing_for_it_and_shares_nothing() -> None:
    """A storm has a hundred thousand of them."""
    world = harbour()
    for key in ("a", "b"):
        world.do(Open(key=key, title=key, reason="r", severity="critical"))
    one, other = incident(world), incident(world, "INC-2")
    assert (one.begun, one.joined, one.severities) == (None, None, None)
    assert one.work is other.work
    assert list(one.members) == ["a"]
    assert one.had == {"critical": one.opened_at}
    with pytest.raises(AttributeError):
        one.members = {}  # type: ignore[misc]
    with pytest.raises(TypeError):
        one.work.roles["scribe"] = "ana"
    world.do(AddTask("INC-1", "ana", "restart it", "", None))
    assert [task.text for task in incident(world).work.open_tasks] == ["restart it"]
    assert incident(world, "INC-2").work.open_tasks == []


def said(world: World, text: str = "we look", *, public: bool = False, key: str = "") -> list[Data]:
    return world.do(Update("INC-1", "ana", text, public, "investigating", key))


def told(facts: list[Data], about: str) -> list[str]:
    """Who is told of it."""
    found = [f for f in facts if isinstance(f, Intent) and f"/{about}" in f.key]
    return sorted({one.args["person"] for one in found})


# Status updates ------------------------------------------------------------------------------------------------


def test_an_update_in_time_keeps_the_line_and_the_next_one_is_due_after_it() -> None:
    world = with_updates()
    world.do(DOWN)
    world.pass_time(1200)
    assert [f.taken_seconds for f in said(world) if isinstance(f, ClockMet)] == [1200]
    assert world.standing(UPDATES).kind == "kept"
    assert missed(world.pass_time(1800)) == 0


def missed(facts: list[Data]) -> int:
    return sum(1 for f in facts if isinstance(f, ClockMissed) and f.clock == "update")


def test_a_late_update_is_reminded_of_and_then_breaks_the_line() -> None:
    world = with_updates()
    world.do(DOWN)
    world.do(Acknowledge("INC-1", "bogdan"))
    facts = world.pass_time(1440)
    assert [f.share for f in facts if isinstance(f, ClockWarned) and f.clock == "update"] == [0.8]
    assert told(facts, "update-") == ["bogdan"]
    assert world.standing(UPDATES).kind == "at_risk"
    assert missed(world.pass_time(360)) == 0
    assert missed(world.pass_time(1)) == 1
    assert world.standing(UPDATES).kind == "broken"
    said(world)
    assert world.standing(UPDATES).kind == "kept"


def test_silence_breaks_it_once_an_interval() -> None:
    world = with_updates()
    world.do(DOWN)
    world.do(Acknowledge("INC-1", "ana"))
    assert missed(world.pass_time(3 * 1800 + 10)) == 3


def test_after_a_long_pause_it_was_missed_once() -> None:
    world = with_updates()
    world.do(DOWN)
    world.do(Acknowledge("INC-1", "ana"))
    world.clock.advance(10 * 1800)
    assert missed(world.pass_time(1)) == 1


def test_whoever_speaks_for_it_is_reminded() -> None:
    world = with_updates()
    world.do(DOWN)
    world.do(Acknowledge("INC-1", "ana"))
    world.do(AssignRole("INC-1", "communications", "bogdan", "ana"))
    assert told(world.pass_time(1440), "update-") == ["bogdan"]


def test_lowered_it_still_wants_updates() -> None:
    world = with_updates()
    world.do(Open(key="alert:errors", title="errors", reason="7 %", severity="critical"))
    world.do(ChangeSeverity("INC-1", "medium", "ana", "only the logo"))
    assert missed(world.pass_time(1801)) == 1


def test_raised_it_wants_updates_from_then_on() -> None:
    world = with_updates()
    world.do(Open(key="alert:errors", title="errors", reason="7 %", severity="medium"))
    assert missed(world.pass_time(7200)) == 0
    world.do(ChangeSeverity("INC-1", "critical", "ana", "all is down"))
    assert missed(world.pass_time(1800)) == 0
    assert missed(world.pass_time(1)) == 1


def test_a_line_without_a_severity_is_for_what_wakes_people() -> None:
    world = with_updates(severity=None)
    world.do(Open(key="alert:logo", title="logo", reason="ugly", severity="medium"))
    assert missed(world.pass_time(1801)) == 0
    world.do(Open(key="alert:errors", title="errors", reason="7 %", severity="high"))
    assert missed(world.pass_time(1801)) == 1


def test_what_is_over_wants_none_and_still_takes_one() -> None:
    world = with_updates()
    world.do(DOWN)
    world.do(Recover("environment:production", "up"))
    assert missed(world.pass_time(7200)) == 0
    assert not incident(world).open
    said(world, "all is well again", public=True)
    assert [(u.text, u.public) for u in incident(world).work.updates] == [("all is well again", True)]


def test_the_same_request_twice_is_one_update() -> None:
    world = with_updates()
    world.do(DOWN)
    said(world, key="k1")
    with pytest.raises(Refused) as refused:
        said(world, key="k1")
    assert refused.value.reason == "already_updated"
    with pytest.raises(Refused, match="says nothing"):
        said(world, " ")


def test_what_people_write_stands_beside_the_chain() -> None:
    world = with_updates()
    world.do(DOWN)
    said(world, "the disk of Mara Ionescu is full")
    fact = world.history[-1 - 2].fact
    assert fact.type == "incident.updated"
    assert "Mara" not in str(fact.data)
    erased = [replace(one, fact=replace(one.fact, personal=None)) for one in world.history]
    again = World(world.clock)
    again.engine.replay(erased)
    assert [u.text for u in incident(again).work.updates] == [""]


# Roles ---------------------------------------------------------------------------------------------------------


def test_a_role_is_given_handed_over_and_taken_away() -> None:
    world = harbour()
    world.do(DOWN)
    assert told(world.do(AssignRole("INC-1", "commander", "ana", "ana")), "commander-") == []
    assert told(world.do(AssignRole("INC-1", "commander", "bogdan", "ana")), "commander-") == ["bogdan"]
    assert incident(world).work.roles == {"commander": "bogdan"}
    with pytest.raises(Refused) as refused:
        world.do(AssignRole("INC-1", "commander", "bogdan", "ana"))
    assert refused.value.reason == "same_person"
    world.do(AssignRole("INC-1", "commander", "", "bogdan"))
    assert incident(world).work.roles == {}


def test_a_critical_one_asks_for_a_commander_until_it_has_one() -> None:
    world = harbour()
    world.do(DOWN)

    def asked() -> list[str]:
        return [one.do for one in upcoming.steps(world.engine.state("incidents"), incident(world))]

    assert asked() == ["Acknowledge it", "Take command: nobody leads the work"]
    world.do(Acknowledge("INC-1", "ana"))
    world.do(AssignRole("INC-1", "commander", "ana", "ana"))
    assert asked() == ["Resolve it"]
    world.do(ChangeSeverity("INC-1", "high", "ana", "some can pay"))
    assert asked()[0] == "Raise it to critical, as the guide defines it"


# Tasks ---------------------------------------------------------------------------------------------------------


def task(world: World) -> list[Data]:
    due = after(world.clock.now(), 3 * DAY)
    return world.do(AddTask("INC-1", "ana", "watch the disk", owner="bogdan", due=due))


def test_a_task_is_overdue_once_and_its_owner_is_told_though_the_incident_is_over() -> None:
    world = harbour()
    world.do(DOWN)
    task(world)
    world.do(Resolve("INC-1", "ana"))
    assert not any(isinstance(f, TaskOverdue) for f in world.pass_time(3 * DAY))
    facts = world.pass_time(DAY)
    assert len([f for f in facts if isinstance(f, TaskOverdue)]) == 1
    assert told(facts, "task-1") == ["bogdan"]
    assert incident(world).work.tasks[1].overdue


def test_another_day_and_it_can_be_overdue_again() -> None:
    world = harbour()
    world.do(DOWN)
    task(world)
    world.pass_time(3 * DAY + 1)
    later = after(world.clock.now(), DAY)
    world.do(ChangeTask("INC-1", 1, "ana", due=later, sets_due=True))
    assert not incident(world).work.tasks[1].overdue
    assert any(isinstance(f, TaskOverdue) for f in world.pass_time(DAY + 1))


def test_done_it_is_never_overdue_and_can_be_opened_again() -> None:
    world = harbour()
    world.do(DOWN)
    task(world)
    world.do(ChangeTask("INC-1", 1, "bogdan", state="done"))
    assert not any(isinstance(f, TaskOverdue) for f in world.pass_time(4 * DAY))
    with pytest.raises(Refused) as refused:
        world.do(ChangeTask("INC-1", 1, "bogdan", state="done"))
    assert refused.value.reason == "unchanged"
    assert any(isinstance(f, TaskOverdue) for f in world.do(ChangeTask("INC-1", 1, "bogdan", state="open")))


def test_an_incident_with_an_open_task_is_never_forgotten() -> None:
    world = harbour()
    world.do(DOWN)
    task(world)
    world.do(Resolve("INC-1", "ana"))
    for number in range(CLOSED_KEPT + 5):
        world.do(Open(key=f"k{number}", title="t", reason="r", severity="medium"))
        world.do(Resolve(f"INC-{number + 2}", "ana"))
    state = world.engine.state("incidents")
    assert state.find("INC-1") is not None
    assert state.find("INC-2") is None
    world.do(ChangeTask("INC-1", 1, "ana", state="dropped"))
    world.do(Open(key="last", title="t", reason="r", severity="medium"))
    world.do(Resolve(f"INC-{CLOSED_KEPT + 7}", "ana"))
    assert state.find("INC-1") is None


def test_tasks_that_make_no_sense_are_refused() -> None:
    world = harbour()
    world.do(DOWN)
    for command, reason in (
        (AddTask("INC-1", "ana", " "), "empty_task"),
        (AddTask("INC-1", "ana", "x", due=world.clock.now()), "past_due"),
        (AddTask("INC-9", "ana", "x"), "unknown_incident"),
        (ChangeTask("INC-1", 7, "ana", state="done"), "unknown_task"),
    ):
        with pytest.raises(Refused) as refused:
            world.do(command)
        assert refused.value.reason == reason


# Pins and charts -----------------------------------------------------------------------------------------------


def test_pins_and_charts_stay_with_it() -> None:
    world = harbour()
    world.do(DOWN)
    world.do(Pin("INC-1", 2, "ana"))
    with pytest.raises(Refused):
        world.do(Pin("INC-1", 2, "ana"))
    world.do(AttachChart("INC-1", "error_rate", "6h", world.clock.now(), "ana", "the jump"))
    with pytest.raises(Refused):
        world.do(AttachChart("INC-1", "error_rate", "6h", world.clock.now() + 1, "ana"))
    work = incident(world).work
    assert (work.pins, [(c.signal, c.caption) for c in work.charts]) == ([2], [("error_rate", "the jump")])
    world.do(Pin("INC-1", 2, "ana", pinned=False))
    assert incident(world).work.pins == []
    assert world.restart().engine.states == world.engine.states
