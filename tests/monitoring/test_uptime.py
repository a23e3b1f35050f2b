"""Probes over time: when an environment counts as down, what it costs, what the page shows."""

import pytest

from opsguide.incidents.facts import IncidentOpened, IncidentRecovered
from opsguide.kernel.clock import after, parse_instant
from opsguide.kernel.facts import Data
from opsguide.kernel.standing import EvidenceRecorded
from opsguide.monitoring.budgets import Terms, budget
from opsguide.monitoring.commands import Probed
from opsguide.monitoring.periods import Period
from opsguide.monitoring.state import State, Watched
from tests.cast import PRODUCTION, UPTIME, harbour
from tests.world import World

MONTH = Terms(UPTIME, 0.999, Period("month"), "time", without_maintenance=False, place="production")


def probe(world: World, *, up: bool) -> list[Data]:
    return world.do(Probed("production", up, 0.02, "" if up else "it takes no connection"))


def names(facts: list[Data]) -> list[str]:
    return [type(fact).__name__ for fact in facts if not isinstance(fact, EvidenceRecorded)]


def down(world: World) -> list[Data]:
    happened = list[Data]()
    for _ in range(3):
        happened += probe(world, up=False)
        world.pass_time(5)
    return happened


def test_one_failed_probe_is_no_outage() -> None:
    world = harbour()
    probe(world, up=True)
    assert names(probe(world, up=False)) == ["ProbeFailed"]
    assert names(probe(world, up=True)) == ["ProbeRecovered"]
    assert world.engine.state("monitoring").environments["production"].outages == []


def test_three_in_a_row_are_and_open_an_incident_by_the_definition() -> None:
    facts = down(harbour())
    incident = next(fact for fact in facts if isinstance(fact, IncidentOpened))
    assert (incident.severity, incident.promise) == ("critical", UPTIME)
    assert "it takes no connection" in incident.reason


def test_a_restart_between_failures_goes_on_counting() -> None:
    world = harbour()
    probe(world, up=False)
    probe(world, up=False)
    assert "EnvironmentDown" in names(probe(world.restart(), up=False))


def test_while_it_is_down_no_more_facts_are_written_than_evidence_needs() -> None:
    world = harbour()
    down(world)
    assert names(probe(world, up=False)) == []


def test_an_answer_ends_the_outage_and_the_incident() -> None:
    world = harbour()
    down(world)
    facts = probe(world, up=True)
    assert any(isinstance(fact, IncidentRecovered) for fact in facts)
    began, ended = world.engine.state("monitoring").environments["production"].outages[0]
    assert ended is not None
    assert ended - began == 15_000


def test_uptime_is_at_risk_while_down_and_broken_once_the_budget_is_spent() -> None:
    world = harbour()
    probe(world, up=True)
    assert world.standing(UPTIME).kind == "kept"
    down(world)
    assert world.standing(UPTIME).kind == "at_risk"
    assert world.standing(UPTIME).limit == "43 m 12 s a month"
    world.pass_time(2600)
    probe(world, up=False)
    assert world.standing(UPTIME).kind == "broken"


def test_the_environment_itself_is_broken_while_it_does_not_answer() -> None:
    world = harbour()
    assert world.standing(PRODUCTION).kind == "unproven"
    probe(world, up=True)
    assert (world.standing(PRODUCTION).kind, world.standing(PRODUCTION).value) == ("kept", "20 ms")
    probe(world, up=False)
    assert world.standing(PRODUCTION).kind == "broken"


@pytest.mark.parametrize(
    ("outage", "at", "spent"),
    [
        (("2026-11-10T00:00:00Z", "2026-11-10T00:10:00Z"), "2026-11-23T00:00:00Z", 600),
        (("2026-10-31T23:50:00Z", "2026-11-01T00:10:00Z"), "2026-11-23T00:00:00Z", 600),
        (("2026-10-10T00:00:00Z", "2026-10-10T00:10:00Z"), "2026-11-23T00:00:00Z", 0),
        (("2026-11-22T23:00:00Z", None), "2026-11-23T00:00:00Z", 3600),
        (("2026-12-31T23:00:00Z", "2027-01-01T01:00:00Z"), "2026-12-31T23:30:00Z", 1800),
    ],
)
def test_only_the_part_inside_the_month_is_spent(
    outage: tuple[str, str | None], at: str, spent: float
) -> None:
    began, ended = outage
    watched = Watched(
        since=0, outages=[(parse_instant(began), parse_instant(ended) if ended is not None else None)]
    )
    state = State(environments={"production": watched})
    assert budget(state, MONTH, parse_instant(at)).spent == spent


def test_the_budget_of_a_month_of_thirty_days_is_43_minutes_and_12_seconds() -> None:
    at = parse_instant("2026-11-23T00:00:00Z")
    assert round(budget(State(), MONTH, at).allowed, 6) == 2592


def test_a_certificate_that_runs_out_soon_puts_the_environment_at_risk_until_it_is_renewed() -> None:
    world = harbour()
    for days, kind in ((90, "kept"), (13, "at_risk"), (90, "kept")):
        expires = after(world.clock.now(), days * 86400)
        world.do(Probed("production", True, 0.02, "", expires))
        found = world.standing(PRODUCTION)
        assert found.kind == kind
        assert ("its certificate runs out in 1 w 6 d" in found.reason) == (kind == "at_risk")
