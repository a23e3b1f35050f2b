"""The guide's alert rules over time: pending, firing, resolved; and what survives a restart."""

import msgspec
import pytest
from msgspec.structs import replace

from opsguide.incidents.facts import IncidentOpened, IncidentRecovered
from opsguide.kernel.facts import Data
from opsguide.kernel.promise import Span
from opsguide.kernel.standing import EvidenceRecorded
from opsguide.monitoring.commands import Observation, Observe
from opsguide.monitoring.facts import AlertCleared, AlertFiring, AlertPending, AlertResolved
from tests.cast import BINDINGS, ERRORS, P95, PROMISES, SLOW, harbour
from tests.world import World


def see(world: World, promise: str, value: float | None, problem: str = "") -> list[Data]:
    return world.do(Observe((Observation(promise, value, problem),), every=5))


def names(facts: list[Data]) -> list[str]:
    return [type(fact).__name__ for fact in facts if not isinstance(fact, EvidenceRecorded)]


def test_an_alert_fires_after_its_time_and_not_before() -> None:
    world = harbour()
    assert names(see(world, ERRORS, 0.06)) == ["AlertPending"]
    world.pass_time(299)
    assert names(see(world, ERRORS, 0.06)) == []
    assert world.standing(ERRORS).kind == "at_risk"
    world.pass_time(1)
    facts = see(world, ERRORS, 0.06)
    assert names(facts)[:2] == ["AlertFiring", "IncidentOpened"]
    assert world.standing(ERRORS).kind == "broken"
    assert world.standing(ERRORS).value == "6 %"


def test_exactly_at_the_limit_is_not_above_it() -> None:
    assert names(see(harbour(), ERRORS, 0.05)) == []


def test_a_dip_below_the_limit_starts_the_wait_anew() -> None:
    world = harbour()
    see(world, ERRORS, 0.06)
    world.pass_time(200)
    assert names(see(world, ERRORS, 0.01)) == ["AlertCleared"]
    see(world, ERRORS, 0.06)
    world.pass_time(200)
    assert names(see(world, ERRORS, 0.06)) == []


def test_a_firing_alert_opens_one_incident_at_its_severity_and_ends_it() -> None:
    world = harbour()
    see(world, ERRORS, 0.2)
    world.pass_time(300)
    incident = next(f for f in see(world, ERRORS, 0.2) if isinstance(f, IncidentOpened))
    assert (incident.severity, incident.promise) == ("critical", ERRORS)
    assert "line 1" in incident.reason
    world.pass_time(60)
    assert names(see(world, ERRORS, 0.2)) == []
    facts = see(world, ERRORS, 0.0)
    assert isinstance(facts[0], AlertResolved)
    assert any(isinstance(fact, IncidentRecovered) for fact in facts)
    assert world.standing(ERRORS).kind == "kept"


def test_a_warning_opens_the_bound_severity() -> None:
    world = harbour()
    see(world, SLOW, 0.7)
    world.pass_time(120)
    incident = next(f for f in see(world, SLOW, 0.7) if isinstance(f, IncidentOpened))
    assert (incident.severity, incident.pages) == ("medium", False)


def test_an_unbound_severity_leaves_the_rule_unbound_and_says_which_key() -> None:
    world = World()
    world.adopt(PROMISES, BINDINGS.replace('warning = "medium"', ""))
    assert world.standing(SLOW).kind == "unbound"
    assert world.standing(SLOW).missing == "severities.warning"


def test_a_pending_alert_goes_on_from_where_it_was_after_kill_minus_nine() -> None:
    world = harbour()
    see(world, ERRORS, 0.06)
    world.clock.advance(200)
    again = world.restart()
    again.clock.advance(100)
    assert "AlertFiring" in names(see(again, ERRORS, 0.06))


def test_no_data_is_never_green_and_does_not_end_an_alert() -> None:
    world = harbour()
    see(world, ERRORS, 0.001)
    assert world.standing(ERRORS).kind == "kept"
    see(world, ERRORS, None, "no metrics: it takes no connection")
    assert world.standing(ERRORS).kind == "unproven"
    assert "no connection" in world.standing(ERRORS).reason
    see(world, ERRORS, 0.2)
    world.pass_time(300)
    see(world, ERRORS, 0.2)
    assert "AlertResolved" not in names(see(world, ERRORS, None, "no traffic"))
    assert world.engine.state("monitoring").alerts[ERRORS].phase == "firing"


def test_evidence_ages() -> None:
    world = harbour()
    see(world, P95, 0.12)
    assert world.standing(P95).kind == "kept"
    world.pass_time(601)
    assert world.standing(P95).kind == "unproven"


def test_evidence_is_recorded_at_changes_and_before_it_gets_old_and_no_oftener() -> None:
    world = harbour()
    recorded = 0
    for _ in range(121):
        recorded += len(see(world, P95, 0.12))
        world.pass_time(5)
    assert recorded == 3  # at 0, 5 and 10 minutes


def test_a_target_is_broken_while_its_value_is_over_the_limit() -> None:
    world = harbour()
    see(world, P95, 0.25)
    standing = world.standing(P95)
    assert (standing.kind, standing.value, standing.limit) == ("broken", "250 ms", "< 200 ms")


def test_a_rule_that_leaves_the_guide_ends_its_alert_and_its_incident() -> None:
    world = harbour()
    see(world, ERRORS, 0.2)
    world.pass_time(300)
    see(world, ERRORS, 0.2)
    facts = world.adopt([p for p in PROMISES if p.id != ERRORS], BINDINGS)
    assert any(isinstance(fact, AlertResolved) for fact in facts)
    world.pass_time(120)
    assert world.engine.state("incidents").open == {}


def test_a_shorter_time_counts_from_when_the_alert_became_pending() -> None:
    world = harbour()
    see(world, ERRORS, 0.2)
    world.pass_time(10)
    shorter = [
        msgspec.structs.replace(p, values=msgspec.structs.replace(p.values, for_seconds=5))
        if p.id == ERRORS
        else p
        for p in PROMISES
    ]
    world.adopt(shorter, BINDINGS)
    assert any(isinstance(fact, AlertFiring) for fact in see(world, ERRORS, 0.2))


def edited(world: World, line: int = 1, **values: object) -> list[Data]:
    """The guide with another text for the rule about errors."""
    changed = [
        replace(one, span=Span(line, line), values=replace(one.values, **values)) if one.id == ERRORS else one
        for one in PROMISES
    ]
    return world.adopt(changed, BINDINGS)


def test_a_firing_alert_goes_on_after_a_restart_and_an_edit_of_its_line_and_opens_nothing_anew() -> None:
    world = harbour()
    see(world, ERRORS, 0.2)
    world.pass_time(300)
    see(world, ERRORS, 0.2)
    since = world.engine.state("monitoring").alerts[ERRORS].since
    again = world.restart()
    assert names(edited(again, line=40, for_seconds=900)) == ["GuideAdopted"]
    assert names(see(again, ERRORS, 0.2)) == []
    assert again.engine.state("monitoring").alerts[ERRORS].since == since
    assert len(again.engine.state("incidents").open) == 1


def test_a_pending_alert_is_weighed_by_the_edited_threshold_from_the_next_look_on() -> None:
    world = harbour()
    see(world, ERRORS, 0.06)
    edited(world, ratio=0.1)
    assert names(see(world, ERRORS, 0.06)) == ["AlertCleared"]
    edited(world, ratio=0.01)
    assert names(see(world, ERRORS, 0.06)) == ["AlertPending"]


def test_a_firing_alert_ends_when_the_edited_threshold_allows_its_value() -> None:
    world = harbour()
    see(world, ERRORS, 0.06)
    world.pass_time(300)
    see(world, ERRORS, 0.06)
    edited(world, ratio=0.1)
    assert any(isinstance(fact, IncidentRecovered) for fact in see(world, ERRORS, 0.06))


def test_edited_bindings_leave_an_alert_as_it_is() -> None:
    world = harbour()
    see(world, ERRORS, 0.2)
    world.pass_time(200)
    world.adopt(PROMISES, BINDINGS.replace('every = "5s"', 'every = "10s"'))
    world.pass_time(100)
    assert "AlertFiring" in names(see(world.restart(), ERRORS, 0.2))


@pytest.mark.parametrize("unknown", ["monitoring.alert.none", "incidents.clock.critical.acknowledge"])
def test_observations_of_unknown_promises_change_nothing(unknown: str) -> None:
    assert see(harbour(), unknown, 1.0) == []


def test_pending_says_what_it_waits_for() -> None:
    facts = see(harbour(), ERRORS, 0.06)
    pending = next(fact for fact in facts if isinstance(fact, AlertPending))
    assert pending.reason == "high_error_rate is 6 %, > 5 %"
    assert AlertCleared not in {type(fact) for fact in facts}
