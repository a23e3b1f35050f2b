"""Somebody is woken: who is told, when, through what, and what the clocks make of it."""

import pytest

from opsguide.incidents import escalation
from opsguide.incidents.commands import Acknowledge, AddNote, Open, Recover, Reopen, Resolve
from opsguide.incidents.facts import (
    ClockMet,
    ClockMissed,
    IncidentOpened,
    IncidentResolved,
    PageImpossible,
    RouteRepeated,
)
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent, Outcome, Withdrawn
from opsguide.monitoring.commands import Observation, Observe
from tests.cast import (
    ACKNOWLEDGE,
    BINDINGS,
    ERRORS,
    PRIMARY,
    PROMISES,
    RESOLVE,
    SECONDARY,
    SLOW,
    UPTIME,
    harbour,
)
from tests.world import World

DOWN = Open(
    key="environment:production",
    title="production is down",
    reason="3 probes in a row failed",
    condition="system_down",
    promise=UPTIME,
)


def pages(facts: list[Data]) -> list[str]:
    """Steps of the route, not that a clock is running out."""
    return [fact.key for fact in facts if isinstance(fact, Intent) and fact.args["step"] != "0"]


def opened(facts: list[Data]) -> IncidentOpened:
    return next(fact for fact in facts if isinstance(fact, IncidentOpened))


def test_a_down_system_opens_the_severity_whose_definition_says_so() -> None:
    incident = opened(harbour().do(DOWN))
    assert incident.severity == "critical"
    assert "line 10" in incident.reason
    assert [(clock.name, clock.seconds) for clock in incident.clocks] == [
        ("acknowledge", 900),
        ("resolve", 7200),
    ]


def test_the_primary_is_told_at_once_through_every_channel() -> None:
    assert pages(harbour().do(DOWN)) == ["page/INC-1/1/ana/ana-phone", "page/INC-1/1/ana/inbox"]


def test_acknowledged_in_time_the_secondary_sleeps_on_and_the_clock_is_kept() -> None:
    world = harbour()
    world.do(DOWN)
    world.deliver()
    world.pass_time(600)
    facts = world.do(Acknowledge("INC-1", "ana"))
    assert [f.clock for f in facts if isinstance(f, ClockMet)] == ["acknowledge"]
    assert pages(world.pass_time(3500)) == []
    assert world.standing(ACKNOWLEDGE).kind == "kept"
    assert world.standing(ACKNOWLEDGE).value == "10 m"


def test_acknowledging_on_the_last_millisecond_is_in_time() -> None:
    world = harbour()
    world.do(DOWN)
    world.pass_time(900)
    assert any(isinstance(fact, ClockMet) for fact in world.do(Acknowledge("INC-1", "ana")))


def test_nobody_acknowledges_the_promise_breaks_and_the_secondary_is_told() -> None:
    world = harbour()
    world.do(DOWN)
    facts = world.pass_time(901)
    assert [f.clock for f in facts if isinstance(f, ClockMissed)] == ["acknowledge"]
    assert pages(facts) == ["page/INC-1/2/bogdan/bogdan-phone", "page/INC-1/2/bogdan/inbox"]
    assert world.standing(ACKNOWLEDGE).kind == "broken"


def test_a_late_acknowledgement_does_not_mend_the_broken_promise() -> None:
    world = harbour()
    world.do(DOWN)
    world.pass_time(1000)
    assert not any(isinstance(fact, ClockMet) for fact in world.do(Acknowledge("INC-1", "bogdan")))
    assert world.standing(ACKNOWLEDGE).kind == "broken"


def test_a_clock_with_less_than_half_left_is_at_risk() -> None:
    world = harbour()
    world.do(DOWN)
    world.pass_time(400)
    assert world.standing(ACKNOWLEDGE).kind == "unproven"
    world.pass_time(100)
    assert world.standing(ACKNOWLEDGE).kind == "at_risk"
    assert world.standing(ACKNOWLEDGE).reason == "INC-1 has 6 m 40 s left"


def test_the_resolve_clock_runs_out_even_when_somebody_is_on_it() -> None:
    world = harbour()
    world.do(DOWN)
    world.do(Acknowledge("INC-1", "ana"))
    missed = [f.clock for f in world.pass_time(7300) if isinstance(f, ClockMissed)]
    assert missed == ["resolve"]
    assert world.standing(RESOLVE).kind == "broken"


def test_what_recovers_is_resolved_and_its_waiting_pages_are_withdrawn() -> None:
    world = harbour()
    world.do(DOWN)
    world.do(Recover("environment:production", "the probe answers again"))
    facts = world.pass_time(120)
    assert [f.by for f in facts if isinstance(f, IncidentResolved)] == ["opsguide"]
    assert len([f for f in facts if isinstance(f, Withdrawn)]) == 2
    assert world.engine.outbox.waiting == {}


def test_the_same_thing_down_again_while_open_is_one_incident() -> None:
    world = harbour()
    world.do(DOWN)
    with pytest.raises(Refused, match="already open"):
        world.do(DOWN)


def test_a_failed_page_is_tried_again_and_breaks_the_route_until_somebody_is_reached() -> None:
    world = harbour()
    world.do(DOWN)
    world.deliver("failed")
    assert world.standing(PRIMARY).kind == "broken"
    assert world.deliver() == []
    world.pass_time(5)
    assert [intent.args["channel"] for intent in world.deliver()] == ["ana-phone", "inbox"]
    assert world.standing(PRIMARY).kind == "kept"
    assert world.standing(SECONDARY).kind == "unproven"


def test_a_page_nobody_could_deliver_for_a_day_is_still_kept_and_given_up_after_three() -> None:
    world = harbour()
    world.do(DOWN)
    world.pass_time(25 * 3600)
    assert "page/INC-1/1/ana/ana-phone" in world.engine.outbox.waiting
    world.pass_time(3 * 86_400)
    assert world.engine.outbox.waiting == {}


def test_whom_nobody_answers_the_route_tells_again_from_its_start() -> None:
    world = harbour()
    world.do(DOWN)
    world.deliver()
    world.pass_time(901)
    world.deliver()
    assert not pages(world.pass_time(1799))
    facts = world.pass_time(1)
    assert [f.reason for f in facts if isinstance(f, RouteRepeated)] == [
        "nobody acknowledged it for 30 m after all were told"
    ]
    assert pages(facts) == ["page/INC-1/1.r2/ana/ana-phone", "page/INC-1/1.r2/ana/inbox"]
    world.deliver()
    assert pages(world.pass_time(901)) == [
        "page/INC-1/2.r2/bogdan/bogdan-phone",
        "page/INC-1/2.r2/bogdan/inbox",
    ]
    world.deliver()
    world.do(Acknowledge("INC-1", "bogdan"))
    assert not pages(world.pass_time(3000))


def test_a_route_whose_pages_never_arrived_is_not_gone_again() -> None:
    world = harbour()
    world.do(DOWN)
    facts = world.pass_time(86_400)
    assert not [f for f in facts if isinstance(f, RouteRepeated)]


def test_the_route_is_not_gone_again_for_ever() -> None:
    world = harbour()
    world.do(DOWN)
    facts = list[Data]()
    for _ in range(4 * 24 * 3):
        world.deliver()
        facts += world.pass_time(900)
    assert len([f for f in facts if isinstance(f, RouteRepeated)]) == escalation.REPEATS


def test_reopened_the_route_is_gone_again_as_often_as_the_first_time() -> None:
    world = harbour()
    world.do(DOWN)
    for _ in range(4 * 24 * 3):
        world.deliver()
        world.pass_time(900)
    world.do(Resolve("INC-1", "ana"))
    world.do(Reopen("INC-1", "ana", "it is down again"))
    facts = list[Data]()
    for _ in range(4 * 24 * 3):
        world.deliver()
        facts += world.pass_time(900)
    assert len([f for f in facts if isinstance(f, RouteRepeated)]) == escalation.REPEATS


def test_that_the_route_is_gone_again_can_be_bound_otherwise() -> None:
    world = World()
    world.adopt(PROMISES, BINDINGS + '\n[paging]\nrepeat_after = "off"\n')
    world.do(DOWN)
    world.deliver()
    world.pass_time(901)
    world.deliver()
    assert not pages(world.pass_time(10 * 3600))


def test_a_step_with_nobody_behind_it_is_an_alarm_of_its_own() -> None:
    world = harbour()
    facts = world.do(
        Open(key="person:1", title="token leaked", reason="reported", severity="critical", kind="security")
    )
    assert pages(facts)  # the primary is told all the same
    late = world.pass_time(901)
    assert [f.to for f in late if isinstance(f, PageImpossible)] == ["@security"]
    assert world.standing("incidents.step.escalation").kind == "unbound"


def test_a_ticket_proves_no_way_to_people() -> None:
    world = harbour()
    world.do(DOWN)
    world.deliver("failed")
    assert world.standing(PRIMARY).kind == "broken"
    world.do(Open(key="alert:x", title="slow", reason="p95 is high", severity="warning"))
    for key in [one for one in world.engine.outbox.waiting if one.endswith("/inbox")]:
        world.record(Outcome(key, 1, "done"))
    assert world.standing(PRIMARY).kind == "broken", "her phone has still refused"


def test_a_severity_that_does_not_page_makes_a_ticket_in_the_inbox() -> None:
    facts = harbour().do(Open(key="alert:x", title="slow", reason="p95 is high", severity="warning"))
    assert opened(facts).severity == "medium"
    assert pages(facts) == ["page/INC-1/1/ana/inbox"]


def test_a_severity_that_the_guide_does_not_define_runs_no_clock_and_says_what_to_bind() -> None:
    facts = harbour().do(Open(key="alert:x", title="slow", reason="p95 is high", severity="panic"))
    assert not opened(facts).severity_known
    assert opened(facts).clocks == ()
    assert "[severities]" in opened(facts).reason


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Acknowledge("INC-9", "ana"), "unknown_incident"),
        (Resolve("INC-9", "ana"), "unknown_incident"),
        (AddNote("INC-9", "ana", "hm"), "unknown_incident"),
        (AddNote("INC-1", "ana", "  "), "empty_note"),
        (Acknowledge("INC-1", "bogdan"), "already_acknowledged"),
        (Recover("alert:none", "over"), "nothing_open"),
    ],
)
def test_refusals_have_names_and_change_nothing(command: Acknowledge, reason: str) -> None:
    world = harbour()
    world.do(DOWN)
    world.do(Acknowledge("INC-1", "ana"))
    before = world.engine.seq
    with pytest.raises(Refused) as refused:
        world.do(command)
    assert refused.value.reason == reason
    assert world.engine.seq == before


def test_resolved_is_resolved() -> None:
    world = harbour()
    world.do(DOWN)
    world.do(Resolve("INC-1", "ana", "restarted"))
    for command in (Acknowledge("INC-1", "ana"), Resolve("INC-1", "ana")):
        with pytest.raises(Refused, match="resolved by ana"):
            world.do(command)
    world.pass_time(601)
    assert opened(world.do(DOWN)).incident == "INC-2"


def test_kill_minus_nine_in_the_middle_loses_nothing() -> None:
    """The page is still due, the clock goes on from where it was, and is missed on the same millisecond."""
    world: World = harbour()
    world.do(DOWN)
    world.clock.advance(300)
    again = world.restart()
    assert [p.intent.key for p in again.engine.outbox.due(again.clock.now())] == [
        "page/INC-1/1/ana/ana-phone",
        "page/INC-1/1/ana/inbox",
    ]
    assert any(isinstance(fact, ClockMissed) for fact in again.pass_time(601))


def test_two_alerts_that_fire_at_once_are_two_incidents() -> None:
    world = harbour()
    both = (Observation(ERRORS, 0.2), Observation(SLOW, 0.9))
    world.do(Observe(both, every=5))
    world.clock.advance(301)
    facts = world.do(Observe(both, every=5))
    new = [fact for fact in facts if isinstance(fact, IncidentOpened)]
    assert [(one.incident, one.promise) for one in new] == [("INC-1", ERRORS), ("INC-2", SLOW)]
    state = world.engine.state("incidents")
    assert set(state.open) == {"INC-1", "INC-2"}
    assert sorted(state.by_key.values()) == ["INC-1", "INC-2"]
    over = (Observation(ERRORS, 0.0), Observation(SLOW, 0.1))
    world.do(Observe(over, every=5))
    ended = world.pass_time(120)
    assert {one.incident for one in ended if isinstance(one, IncidentResolved)} == {"INC-1", "INC-2"}
