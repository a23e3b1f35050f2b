"""Clocks that run in business hours only: nights and weekends do not count, whoever sleeps through them."""

import pytest

from opsguide.guide.values import ClockValues, Hours, Severity
from opsguide.incidents.commands import Acknowledge, Open, Resolve
from opsguide.incidents.facts import ClockMet, ClockMissed, IncidentOpened
from opsguide.kernel.clock import parse_instant, rfc3339
from opsguide.kernel.facts import Data
from tests.world import HandClock, World, a_promise

ACKNOWLEDGE = "incidents.clock.low.acknowledge"
OFFICE = Hours(days=("MO", "TU", "WE", "TH", "FR"), start="09:00", end="17:00", zone="Europe/Bucharest")
ASKED = Open(key="report:1", title="a typo", reason="somebody said so", severity="low")
BOUND = 'zone = "Europe/Bucharest"\n[environments.production]\nurl = "https://harbour.example/"\n'


def world(now: str, hours: Hours | None = OFFICE, hours_long: float = 2) -> World:
    made = World(HandClock(parse_instant(now)))
    clock = ClockValues(severity="low", clock="acknowledge", seconds=hours_long * 3600, hours=hours)
    low = Severity(severity="low", label="Low", definition="Cosmetic", order=1)
    made.adopt(
        [
            a_promise("incidents.severity.low", low, keeper="incidents", control="declaration"),
            a_promise(ACKNOWLEDGE, clock, keeper="incidents", control="deadline"),
        ],
        BOUND,
    )
    return made


def due(facts: list[Data]) -> str:
    opened = next(fact for fact in facts if isinstance(fact, IncidentOpened))
    return rfc3339(opened.clocks[0].due)[:16]


@pytest.mark.parametrize(
    ("now", "when"),
    [
        ("2026-11-23T08:00:00Z", "2026-11-23T10:00"),  # Monday 10:00 in Bucharest
        ("2026-11-27T14:00:00Z", "2026-11-30T08:00"),  # Friday 16:00: one hour today, one on Monday
        ("2026-11-28T12:00:00Z", "2026-11-30T09:00"),  # Saturday: as if opened on Monday at nine
    ],
)
def test_the_clock_is_due_when_so_many_open_hours_have_gone_by(now: str, when: str) -> None:
    assert due(world(now).do(ASKED)) == when


def test_a_weekend_breaks_no_promise_and_monday_does() -> None:
    made = world("2026-11-27T14:00:00Z")
    made.do(ASKED)
    assert not [fact for fact in made.pass_time(2 * 86400) if isinstance(fact, ClockMissed)]
    assert made.standing(ACKNOWLEDGE).kind == "at_risk"  # half of it went by on Friday
    assert "1 h left" in made.standing(ACKNOWLEDGE).reason
    assert [fact.clock for fact in made.pass_time(86400) if isinstance(fact, ClockMissed)] == ["acknowledge"]
    assert made.standing(ACKNOWLEDGE).kind == "broken"


def test_what_it_took_is_told_in_open_hours() -> None:
    made = world("2026-11-27T14:00:00Z")
    made.do(ASKED)
    made.pass_time(2 * 86400 + 17 * 3600 + 1800)  # Monday 09:30
    (met,) = [fact for fact in made.do(Acknowledge("INC-1", "ana")) if isinstance(fact, ClockMet)]
    assert met.taken_seconds == 5400
    assert made.standing(ACKNOWLEDGE).value == "1 h 30 m"


def test_a_restart_over_the_weekend_changes_nothing() -> None:
    made = world("2026-11-27T14:00:00Z")
    made.do(ASKED)
    made.pass_time(86400)
    again = made.restart()
    assert [fact for fact in again.pass_time(2 * 86400) if isinstance(fact, ClockMissed)]


def test_hours_that_the_guide_leaves_open_run_no_clock_and_say_so() -> None:
    for hours in (Hours(), Hours(start="09:00", end="17:00"), Hours(days=("MO",), start="09:00")):
        made = world("2026-11-23T08:00:00Z", hours)
        opened = next(fact for fact in made.do(ASKED) if isinstance(fact, IncidentOpened))
        assert opened.clocks == ()
        assert made.standing(ACKNOWLEDGE).kind == "unbound"
        assert "on which days" in made.standing(ACKNOWLEDGE).reason
        made.do(Resolve("INC-1", "ana"))


def test_a_zone_that_is_none_runs_no_clock() -> None:
    made = world("2026-11-23T08:00:00Z", Hours(days=("MO",), start="09:00", end="17:00", zone="Harbour time"))
    assert made.standing(ACKNOWLEDGE).kind == "unbound"


def test_without_a_zone_the_bindings_decide() -> None:
    open_hours = Hours(days=OFFICE.days, start="09:00", end="17:00")
    assert due(world("2026-11-28T12:00:00Z", open_hours).do(ASKED)) == "2026-11-30T09:00"
