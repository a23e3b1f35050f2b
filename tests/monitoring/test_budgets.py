"""Error budgets: by the calendar and rolling, by time and by request, with planned maintenance in or out."""

from typing import Any

import pytest
from msgspec.structs import replace

from opsguide.guide.reading import read
from opsguide.guide.values import Objective
from opsguide.kernel.clock import Instant, parse_instant, rfc3339
from opsguide.kernel.errors import Refused
from opsguide.monitoring import budgets, rules
from opsguide.monitoring.budgets import Budget, Terms, terms_of
from opsguide.monitoring.commands import Counted, Probed
from opsguide.monitoring.facts import MaintenanceBegan, MaintenanceEnded
from opsguide.monitoring.periods import Period
from opsguide.monitoring.state import State, Watched
from opsguide.monitoring.tally import HOUR_MS, Counts
from opsguide.readers import ALL
from tests.cast import BINDINGS, PROMISES, UPTIME
from tests.world import World

MINUTE = 60_000
OBJECTIVE = f'[objectives."{UPTIME}"]\n'


def at(text: str) -> Instant:
    return parse_instant(text)


def bound(more: str = "", **values: Any) -> World:
    """The cast's guide with other words for its uptime, and more bindings."""
    changed = [replace(p, values=replace(p.values, **values)) if p.id == UPTIME else p for p in PROMISES]
    world = World()
    world.adopt(changed, BINDINGS + more)
    return world


def state(world: World) -> State:
    found: State = world.engine.state("monitoring")
    return found


def terms(world: World) -> Terms:
    found = terms_of(state(world), state(world).promises[UPTIME])
    assert found is not None
    return found


def weighed(world: World) -> Budget:
    return budgets.budget(state(world), terms(world), world.clock.now())


def fail(world: World, seconds: float) -> None:
    """Production is down for so long."""
    for up in (False, False, False):
        world.do(Probed("production", up, 0.0, "it takes no connection"))
    world.pass_time(seconds)
    world.do(Probed("production", True, 0.02))


def count(world: World, total: float, failed: float, minutes: int = 5) -> None:
    start = world.clock.now()
    world.pass_time(minutes * 60)
    world.do(Counted("production", start, world.clock.now(), total, failed))


# Periods


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("month", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("quarter", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"),
        ("year", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("week", "2026-02-09T00:00:00Z", "2026-02-16T00:00:00Z"),
        ("day", "2026-02-15T00:00:00Z", "2026-02-16T00:00:00Z"),
        ("hour", "2026-02-15T13:00:00Z", "2026-02-15T14:00:00Z"),
        ("30d", "2026-01-16T13:30:00Z", "2026-02-15T13:30:00Z"),
    ],
)
def test_the_period_around_an_instant(name: str, start: str, end: str) -> None:
    assert Period(name).around(at("2026-02-15T13:30:00Z")) == (at(start), at(end))


@pytest.mark.parametrize("name", ["hour", "day", "week", "month", "quarter", "year"])
def test_periods_of_the_calendar_meet(name: str) -> None:
    now = at("2024-01-01T00:00:00Z")
    for _ in range(60):
        start, end = Period(name).around(now)
        assert start <= now < end
        assert Period(name).around(end)[0] == end
        assert Period(name).before(end) == (start, end)
        now = end


# What decides: the guide's words, the binding, else the calendar month


def test_the_guide_says_its_period_and_a_binding_only_what_it_leaves_open() -> None:
    assert terms(bound()).period == Period("month")
    assert terms(bound(OBJECTIVE + 'window = "30d"\n')).period == Period("30d")
    assert terms(bound(OBJECTIVE + 'window = "30d"\n', window="quarter")).period == Period("quarter")
    assert terms(bound(window="28d")).period == Period("28d")


@pytest.mark.parametrize(
    ("line", "window", "maintenance"),
    [
        ("- **Uptime**: 99.9%", None, None),
        ("- **Uptime**: 99.9% over a rolling 30-day window", "30d", None),
        ("- **Uptime**: 99.9% monthly, excluding planned maintenance", "month", "excluded"),
        ("- **Uptime**: 99.9% (rolling 28 days)\n- Planned maintenance does not count.", "28d", "excluded"),
        ("- **Verfügbarkeit**: 99,9 % über 30 Tage, geplante Wartung ausgenommen", "30d", "excluded"),
        ("- **Disponibilité**: 99,9 % sur 30 jours glissants, hors maintenance planifiée", "30d", "excluded"),
        ("- **Uptime**: 99.9%\n- Maintenance is on Sundays.", None, None),
    ],
)
def test_the_reader_takes_the_period_and_what_does_not_count_from_the_words(
    line: str, window: str | None, maintenance: str | None
) -> None:
    reading = read(f"# Operations\n\n## Monitoring\n\n{line}\n", ALL)
    found = next(p.values for p in reading.promises if isinstance(p.values, Objective))
    assert found.window == window
    assert (found.maintenance or None) == maintenance


# By time


def test_a_rolling_budget_comes_back_as_outages_grow_old() -> None:
    world = bound(OBJECTIVE + 'window = "30d"\n')
    fail(world, 600)
    assert round(weighed(world).left) == 2592 - 600
    world.pass_time(29 * 86400)
    assert round(weighed(world).left) == 2592 - 600
    world.pass_time(86400)
    assert round(weighed(world).left) == 2592


def test_a_rolling_budget_is_known_from_the_first_probe_on() -> None:
    world = bound(OBJECTIVE + 'window = "30d"\n')
    world.do(Probed("production", True, 0.02))
    assert world.standing(UPTIME).kind == "kept"


def test_a_month_begins_with_a_whole_budget() -> None:
    world = bound()
    fail(world, 3600)
    assert world.standing(UPTIME).kind == "broken"
    assert weighed(world).share_left < 0
    world.clock.advance(8 * 86400)
    world.do(Probed("production", True, 0.02))
    assert rfc3339(weighed(world).start) == "2026-12-01T00:00:00.000Z"
    assert world.standing(UPTIME).kind == "kept"
    assert "of the downtime budget of this month are left" in world.standing(UPTIME).reason


def test_a_spent_budget_is_a_condition_for_others() -> None:
    world = bound()
    fail(world, 2000)
    assert "budget.exhausted" not in world.engine.conditions(world.clock.now())
    fail(world, 1000)
    assert "budget.exhausted" in world.engine.conditions(world.clock.now())


# Planned maintenance


def maintained(world: World, *, opened: bool) -> None:
    """As the chapter of maintenance publishes it, through the rule that looks at its condition."""
    conditions = frozenset({rules.WINDOW_OPEN} if opened else ())
    for said in rules.decide(state(world), conditions, world.clock.now()).said:
        if isinstance(said.data, MaintenanceBegan | MaintenanceEnded):
            world.engine.record(said.data, subject=said.subject, now=world.clock.now())


def test_a_window_that_opens_and_closes_is_remembered() -> None:
    current = State()
    began = rules.decide(current, frozenset({rules.WINDOW_OPEN}), 1000).said
    assert [type(one.data) for one in began] == [MaintenanceBegan]
    current.maintenance.append((1000, None))
    assert rules.decide(current, frozenset({rules.WINDOW_OPEN}), 2000).said == ()
    assert [type(one.data) for one in rules.decide(current, frozenset(), 3000).said] == [MaintenanceEnded]


OUTAGE = (at("2026-11-10T02:00:00Z"), at("2026-11-10T03:00:00Z"))


@pytest.mark.parametrize(
    ("windows", "minutes"),
    [
        ([], 60),
        ([("02:00", "03:00")], 0),
        ([("02:10", "02:30")], 40),
        ([("01:00", "02:15"), ("02:45", "06:00")], 30),
        ([("02:30", None)], 30),
        ([("04:00", "05:00")], 60),
    ],
)
def test_downtime_in_a_window_counts_unless_the_guide_excludes_it(
    windows: list[tuple[str, str | None]], minutes: float
) -> None:
    def instant(clock: str) -> Instant:
        return at(f"2026-11-10T{clock}:00Z")

    state = State(
        environments={"production": Watched(since=0, outages=[OUTAGE])},
        maintenance=[(instant(a), instant(b) if b is not None else None) for a, b in windows],
    )
    without = Terms(UPTIME, 0.999, Period("month"), "time", without_maintenance=True, place="production")
    now = at("2026-11-20T00:00:00Z")
    assert budgets.budget(state, without, now).spent == minutes * 60
    within = replace(without, without_maintenance=False)
    assert budgets.budget(state, within, now).spent == 3600


def test_failures_in_a_window_do_not_count_where_the_guide_excludes_it() -> None:
    counts = Counts(since=0, until=0)
    counts.add(5 * MINUTE, 100, 1)
    counts.add(10 * MINUTE, 100, 50, apart=True)
    assert counts.by_hour(0, HOUR_MS) == (200, 51)
    assert counts.by_hour(0, HOUR_MS, without=True) == (100, 1)
    assert counts.by_minute(5 * MINUTE, 10 * MINUTE, without=True) == (0, 0)


# By request

BY_REQUESTS = OBJECTIVE + 'count = "requests"\n'


def test_by_request_nothing_is_known_before_any_is_counted() -> None:
    world = bound(BY_REQUESTS)
    world.do(Probed("production", True, 0.02))
    assert world.standing(UPTIME).kind == "unproven"
    assert world.standing(UPTIME).reason == "no requests were counted this month"


def test_by_request_it_is_kept_and_broken_by_the_share_that_fails() -> None:
    world = bound(BY_REQUESTS)
    count(world, 10_000, 9)
    assert world.standing(UPTIME).kind == "kept"
    assert world.standing(UPTIME).value == "9 requests failed"
    assert world.standing(UPTIME).limit == "10 requests a month"
    count(world, 10_000, 12)
    assert world.standing(UPTIME).kind == "broken"


def test_an_outage_spends_no_budget_of_requests() -> None:
    world = bound(BY_REQUESTS)
    count(world, 10_000, 0)
    fail(world, 4000)
    assert weighed(world).spent == 0


def test_early_in_a_month_the_requests_of_the_last_one_are_expected() -> None:
    world = bound(BY_REQUESTS)
    world.clock.advance(at("2026-11-30T23:50:00Z") / 1000 - world.clock.now() / 1000)
    count(world, 1_000_000, 0)
    world.clock.advance(600)
    count(world, 50, 1)
    assert rfc3339(weighed(world).start) == "2026-12-01T00:00:00.000Z"
    assert (round(weighed(world).allowed), weighed(world).expected) == (1000, True)
    assert world.standing(UPTIME).kind in ("kept", "at_risk")


def test_requests_are_counted_once_and_survive_a_restart() -> None:
    world = bound(BY_REQUESTS)
    count(world, 1000, 1)
    again = world.restart()
    start = state(again).counts["production"].until - 2 * MINUTE
    with pytest.raises(Refused, match="are counted until later"):
        again.do(Counted("production", start, again.clock.now(), 5, 5))
    assert weighed(again).total == 1000


def test_old_buckets_are_dropped_and_sums_stay_right() -> None:
    counts = Counts(since=0, until=0)
    for minute in range(0, 60 * 24 * 20, 5):
        counts.add((minute + 5) * MINUTE, 10, 1)
    end = counts.until
    assert len(counts.fine.ends) < 1500
    assert counts.by_minute(end - HOUR_MS, end) == (120, 12)
    assert counts.by_minute(end - 72 * HOUR_MS, end) == (12 * 72 * 10, 12 * 72)
    assert counts.by_hour(end - 20 * 24 * HOUR_MS, end) == (20 * 24 * 120, 20 * 24 * 12)
