"""Burn rates: what pages, what makes a ticket, for how long, and that one cause is told once."""

from collections.abc import Sequence

import pytest

from opsguide.guide.bindings import Bindings
from opsguide.incidents.facts import IncidentOpened, IncidentResolved
from opsguide.kernel.facts import Data
from opsguide.kernel.standing import EvidenceRecorded
from opsguide.monitoring import burning
from opsguide.monitoring.budgets import Terms
from opsguide.monitoring.commands import Counted, Observation, Observe, Probed
from opsguide.monitoring.facts import BudgetBurning, BudgetCalm
from opsguide.monitoring.periods import Period
from opsguide.monitoring.state import State
from tests.cast import BINDINGS, ERRORS, PROMISES, UPTIME
from tests.world import World

BY_REQUESTS = f'[objectives."{UPTIME}"]\ncount = "requests"\n'


def adopted(more: str = "") -> World:
    world = World()
    world.adopt(PROMISES, BINDINGS + more)
    world.do(Probed("production", True, 0.02))
    return world


def names(facts: Sequence[Data]) -> list[str]:
    return [type(fact).__name__ for fact in facts if not isinstance(fact, EvidenceRecorded)]


def burns(facts: Sequence[Data]) -> list[BudgetBurning]:
    return [fact for fact in facts if isinstance(fact, BudgetBurning)]


def opened(facts: Sequence[Data]) -> list[IncidentOpened]:
    return [fact for fact in facts if isinstance(fact, IncidentOpened)]


def serve(world: World, minutes: int, share: float, every: int = 1) -> list[Data]:
    """Traffic of 100 requests a second, of which a share fails."""
    happened = list[Data]()
    for _ in range(0, minutes, every):
        start = world.clock.now()
        happened += world.pass_time(every * 60)
        total = 6000.0 * every
        happened += world.do(Counted("production", start, world.clock.now(), total, total * share))
    return happened


# Paces


@pytest.mark.parametrize(
    ("period", "factors"),
    [
        ("30d", [14.4, 6, 1]),
        ("month", [14.4, 6, 1]),
        ("week", [3.36, 1.4, 1]),
        ("quarter", [43.2, 18, 3]),
        ("day", [1, 1]),
    ],
)
def test_factors_are_those_of_the_workbook_scaled_to_the_period(period: str, factors: list[float]) -> None:
    terms = Terms(UPTIME, 0.999, Period(period), "time", without_maintenance=False, place="production")
    assert [round(one.factor, 6) for one in burning.paces(State(), terms)] == factors


# By request


def test_a_fast_burn_pages_and_says_how_long_the_budget_lasts() -> None:
    world = adopted(BY_REQUESTS)
    serve(world, 5 * 1440, 0.0, every=60)
    facts = serve(world, 60, 0.02)
    burn = burns(facts)[0]
    assert (burn.speed, burn.long_seconds, burn.short_seconds) == ("fast", 3600, 300)
    incident = opened(facts)[0]
    assert (incident.severity, incident.pages) == ("high", True)
    assert "times as fast as it lasts (over 1 h): at this speed it is gone in" in incident.reason
    assert len(opened(facts)) == 1
    assert world.standing(UPTIME).kind in ("at_risk", "broken")


def test_below_the_factor_nothing_burns_fast() -> None:
    world = adopted(BY_REQUESTS)
    serve(world, 120, 0.0)
    # Three times as fast as it lasts: gone in ten days, no reason to wake anybody.
    facts = serve(world, 26 * 60, 0.003, every=5)
    assert [one.speed for one in burns(facts)] == ["slow"]
    assert all(not incident.pages for incident in opened(facts))


def test_a_slow_burn_makes_one_ticket() -> None:
    world = adopted(BY_REQUESTS)
    facts = serve(world, 72 * 60, 0.0012, every=5)
    assert [one.speed for one in burns(facts)] == ["slow"]
    assert [(one.severity, one.pages) for one in opened(facts)] == [("medium", False)]


def test_what_is_over_ends_by_itself_and_soon() -> None:
    world = adopted(BY_REQUESTS)
    serve(world, 120, 0.0)
    serve(world, 30, 0.05)
    facts = serve(world, 10, 0.0) + world.pass_time(1800)
    assert any(isinstance(fact, BudgetCalm) and fact.speed == "fast" for fact in facts)
    assert any(isinstance(fact, IncidentResolved) for fact in facts)


def test_a_burn_at_the_edge_does_not_flap() -> None:
    world = adopted(BY_REQUESTS)
    facts = list[Data]()
    for _ in range(60):
        facts += serve(world, 5, 0.02) + serve(world, 5, 0.012)
    assert len([one for one in burns(facts) if one.speed == "fast"]) == 1


def test_errors_for_which_an_alert_fires_already_page_once() -> None:
    world = adopted(BY_REQUESTS)
    serve(world, 60, 0.0)
    world.do(Observe((Observation(ERRORS, 0.2),), every=5))
    world.pass_time(300)
    world.do(Observe((Observation(ERRORS, 0.2),), every=5))
    facts = serve(world, 10, 0.2)
    assert burns(facts)[0].held == "the alert on the error rate is firing"
    assert opened(facts) == []


# By time


def test_an_outage_pages_once_and_leaves_a_ticket_when_it_is_over() -> None:
    world = adopted()
    facts = list[Data]()
    for _ in range(3):
        facts += world.do(Probed("production", False, 0.0, "it takes no connection"))
    facts += world.pass_time(900)
    assert [one.held for one in burns(facts)] == ["the outage pages for itself"]
    assert [one.severity for one in opened(facts)] == ["critical"]
    facts = world.do(Probed("production", True, 0.02)) + world.pass_time(7200)
    assert [one.speed for one in burns(facts)] == ["slow"]
    assert [(one.severity, one.pages) for one in opened(facts)] == [("medium", False)]
    facts = world.pass_time(86400)
    assert "BudgetCalm" in names(facts)
    assert any(isinstance(fact, IncidentResolved) for fact in facts)


def test_a_long_outage_that_was_seen_only_when_it_was_over_pages_once() -> None:
    """As after opsguide was stopped meanwhile: nothing was decided while it lasted."""
    world = adopted()
    facts = list[Data]()
    for _ in range(3):
        facts += world.do(Probed("production", False, 0.0, "it takes no connection"))
    world.clock.advance(900)
    facts += world.do(Probed("production", True, 0.02))
    assert [one.speed for one in burns(facts)] == ["fast"]
    assert [one.severity for one in opened(facts)] == ["critical"]


def test_a_restart_in_the_middle_of_a_burn_says_nothing_twice() -> None:
    world = adopted(BY_REQUESTS)
    serve(world, 120, 0.0)
    serve(world, 30, 0.05)
    assert burns(serve(world.restart(), 5, 0.05)) == []


def test_an_objective_that_leaves_the_guide_burns_no_more() -> None:
    world = adopted(BY_REQUESTS)
    serve(world, 60, 0.05)
    facts = world.adopt([one for one in PROMISES if one.id != UPTIME], BINDINGS)
    assert "BudgetCalm" in names(facts)
    world.pass_time(1800)
    assert world.engine.state("incidents").open == {}


# Bindings


def test_a_binding_switches_burn_rates_off() -> None:
    world = adopted(BY_REQUESTS + "[monitoring]\nburn_rates = []\n")
    assert burns(serve(world, 60, 0.5)) == []


def test_a_binding_says_other_rates_and_severities() -> None:
    more = """
[monitoring]
page_severity = "critical"
burn_rates = [{ long = "30m", short = "5m", factor = 100, pages = true }]
"""
    world = adopted(BY_REQUESTS + more)
    assert burns(serve(world, 60, 0.09)) == []
    facts = serve(world, 60, 0.2)
    assert [one.long_seconds for one in burns(facts)] == [1800]
    assert [(one.severity, one.pages) for one in opened(facts)] == [("critical", True)]


def test_without_severities_a_burn_is_still_on_the_ledger() -> None:
    world = World()
    world.adopt([one for one in PROMISES if one.id == UPTIME], BINDINGS + BY_REQUESTS)
    assert burns(serve(world, 60, 0.5))
    assert Bindings().monitoring.burn_rates is None
