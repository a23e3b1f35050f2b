"""Maintenance windows: when the guide's are open, what may be announced, and what its downtime costs."""

from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.guide.reading import read
from opsguide.guide.recurring import opened
from opsguide.guide.values import Objective, Window
from opsguide.kernel.calendar import WEEK, instant_of, local, zone
from opsguide.kernel.clock import Instant, after, parse_instant, rfc3339
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Data
from opsguide.maintenance.commands import AnnounceMaintenance, CancelMaintenance
from opsguide.maintenance.facts import MaintenanceAnnounced
from opsguide.maintenance.windows import State
from opsguide.monitoring.budgets import budget, objectives
from opsguide.monitoring.commands import Probed
from opsguide.monitoring.facts import MaintenanceBegan, MaintenanceEnded
from opsguide.readers import ALL
from tests.cast import BINDINGS, PROMISES, UPTIME
from tests.world import HandClock, World, a_promise

MONTHLY = "maintenance.window.monthly"
HOUR = 3600.0

# What the seed says: monthly, the first Sunday, 2-6 AM UTC, at most 4 hours, 48 hours advance notice.
SEED = {
    "window": "scheduled maintenance",
    "rrule": "FREQ=MONTHLY;BYDAY=1SU",
    "start": "02:00",
    "end": "06:00",
    "zone": "UTC",
    "max_seconds": 14400,
    "notice_seconds": 172_800,
}


def at(text: str) -> Instant:
    return parse_instant(text)


def world(*, every_time: bool = False, **values: object) -> World:
    """The cast's guide with the seed's window, and planned maintenance left out of its uptime."""
    made = World(HandClock(at("2026-12-01T00:00:00Z")))
    window = Window(**{**SEED, **values})  # type: ignore[arg-type]
    uptime = Objective(signal="availability", op=">=", ratio=0.999, maintenance="excluded")
    others = [one for one in PROMISES if one.id != UPTIME]
    bound = f'[maintenance]\nevery_time = ["{MONTHLY}"]\n' if every_time else ""
    made.adopt(
        [*others, a_promise(UPTIME, uptime), a_promise(MONTHLY, window, keeper="maintenance", line=156)],
        BINDINGS + bound,
    )
    return made


def upgrade(
    start: str = "2026-12-06T02:00:00Z", hours: float = 2, *, window: str = "", anyway: bool = False
) -> AnnounceMaintenance:
    begins = at(start)
    return AnnounceMaintenance(
        "upgrade PostgreSQL", begins, after(begins, hours * HOUR), "ana", window, anyway
    )


def until(world: World, text: str) -> list[Data]:
    return world.pass_time((at(text) - world.clock.now()) / 1000)


def is_open(world: World) -> bool:
    return "window.open" in world.engine.conditions(world.clock.now())


def spent(world: World) -> float:
    state = world.engine.state("monitoring")
    (_, terms), *_ = objectives(state)
    return budget(state, terms, world.clock.now()).spent


def down_for(world: World, hours: float) -> None:
    for failed in (True, True, True, False):
        world.do(Probed("production", not failed, 0.1, "timeout" if failed else ""))
        world.pass_time(hours * HOUR / 3 if failed else 1)


# What the guide allows ------------------------------------------------------------------------------------------


def test_the_seeds_lines_are_one_window() -> None:
    text = "\n".join(
        (
            "# Operations\n\n## Maintenance Windows\n\n### Scheduled Maintenance",
            "- **Frequency**: Monthly, first Sunday, 2-6 AM UTC",
            "- **Duration**: Maximum 4 hours",
            "- **Notification**: 48 hours advance notice\n",
        )
    )
    (found,) = (p.values for p in read(text, ALL).promises if isinstance(p.values, Window))
    assert {name: getattr(found, name) for name in SEED} == SEED


def test_maintenance_as_the_guide_asks_is_planned_and_its_downtime_does_not_count() -> None:
    kept = world()
    assert kept.standing(MONTHLY).kind == "unproven"
    kept.do(upgrade())
    assert kept.standing(MONTHLY).kind == "kept"
    assert not is_open(kept)
    began = until(kept, "2026-12-06T02:00:00Z")
    assert [one for one in began if isinstance(one, MaintenanceBegan)]
    assert is_open(kept)
    down_for(kept, 1)
    ended = until(kept, "2026-12-06T04:00:00Z")
    assert [one for one in ended if isinstance(one, MaintenanceEnded)]
    assert not is_open(kept)
    assert spent(kept) == 0
    assert kept.restart().engine.state("maintenance") == kept.engine.state("maintenance")


@pytest.mark.parametrize(
    ("plan", "reason", "said"),
    [
        (upgrade("2026-12-02T02:00:00Z"), "too_late", "line 156 asks for 2 d of notice"),
        (upgrade(hours=5), "too_long", "line 156 allows 4 h"),
        (upgrade("2026-12-13T02:00:00Z"), "outside_window", "not within a window of line 156"),
        (upgrade("2026-12-06T04:00:00Z", 3), "outside_window", "not within a window"),
        (upgrade(hours=-1), "unlikely_length", "from 1 m to"),
        (upgrade("2026-11-06T02:00:00Z"), "past", "is over"),
        (upgrade("2028-01-02T02:00:00Z"), "too_far", "coming year"),
        (upgrade(window="monthy"), "unknown_window", "no window `monthy`"),
        (AnnounceMaintenance(" ", 0, 1, "ana"), "empty_text", "what is done"),
    ],
)
def test_what_the_guide_does_not_allow_is_refused(plan: AnnounceMaintenance, reason: str, said: str) -> None:
    held = world()
    with pytest.raises(Refused, match=said) as refused:
        held.do(plan)
    assert refused.value.reason == reason
    assert not held.engine.state("maintenance").announced


def test_wanted_anyway_it_breaks_the_line_and_its_downtime_counts() -> None:
    broken = world()
    (fact, *_) = broken.do(upgrade("2026-12-02T02:00:00Z", 5, anyway=True))
    assert isinstance(fact, MaintenanceAnnounced)
    assert [one.partition(";")[0] for one in fact.breaks] == [
        "it begins 1 d 2 h from now",
        "it takes 5 h",
        "it is not within a window of line 156",
    ]
    assert broken.standing(MONTHLY).kind == "broken"
    until(broken, "2026-12-02T03:00:00Z")
    assert not is_open(broken)
    down_for(broken, 1)
    assert spent(broken) > 1800
    until(broken, "2027-01-01T06:59:00Z")
    assert broken.standing(MONTHLY).kind == "broken"
    until(broken, "2027-01-01T08:00:00Z")
    assert broken.standing(MONTHLY).kind == "unproven"


def test_cancelled_before_it_begins_it_never_was() -> None:
    held = world()
    held.do(upgrade("2026-12-02T02:00:00Z", anyway=True))
    held.do(CancelMaintenance("MNT-1", "ana"))
    assert held.standing(MONTHLY).kind == "kept"
    until(held, "2026-12-02T03:00:00Z")
    assert not is_open(held)
    with pytest.raises(Refused, match="cancelled before"):
        held.do(CancelMaintenance("MNT-1", "ana"))
    with pytest.raises(Refused, match="no MNT-9"):
        held.do(CancelMaintenance("MNT-9", "ana"))


def test_cancelling_one_leaves_the_line_broken_by_another() -> None:
    held = world()
    for _ in range(2):
        held.do(upgrade("2026-12-02T02:00:00Z", anyway=True))
    held.do(CancelMaintenance("MNT-2", "ana"))
    assert held.standing(MONTHLY).kind == "broken"


def test_one_that_runs_can_be_ended_early() -> None:
    held = world()
    held.do(upgrade())
    until(held, "2026-12-06T03:00:00Z")
    held.do(CancelMaintenance("MNT-1", "ana"))
    assert not is_open(held)
    state: State = held.engine.state("maintenance")
    assert state.announced["MNT-1"].takes_place
    assert state.announced["MNT-1"].until == at("2026-12-06T03:00:00Z")
    until(held, "2026-12-06T05:00:00Z")
    with pytest.raises(Refused, match="cancelled before"):
        held.do(CancelMaintenance("MNT-1", "ana"))


def test_the_guides_window_alone_is_only_a_permission() -> None:
    held = world()
    until(held, "2026-12-06T03:00:00Z")
    assert not is_open(held)
    down_for(held, 1)
    assert spent(held) > 1800


def test_a_window_that_is_used_every_time_opens_by_itself() -> None:
    bound = world(every_time=True)
    until(bound, "2026-12-06T02:00:00Z")
    assert is_open(bound)
    assert bound.standing(MONTHLY).kind == "kept"
    until(bound, "2026-12-06T06:00:00Z")
    assert not is_open(bound)
    until(bound, "2027-01-03T02:30:00Z")
    assert is_open(bound)


def test_notice_in_business_days_leaves_the_weekend_out() -> None:
    # Announced on Friday 4 December, two business days are over on Tuesday.
    held = world(rrule=None, notice_seconds=None, notice_business_days=2)
    until(held, "2026-12-04T12:00:00Z")
    with pytest.raises(Refused, match="2 business days of notice"):
        held.do(upgrade("2026-12-08T11:00:00Z"))
    held.do(upgrade("2026-12-08T12:00:00Z"))


def test_where_each_window_is_for_a_part_of_the_service_one_has_to_be_named() -> None:
    held = world(scope="reports")
    with pytest.raises(Refused, match="say which"):
        held.do(upgrade())
    held.do(upgrade(window="Reports"))


def test_without_a_window_in_the_guide_any_maintenance_is_planned() -> None:
    free = World(HandClock(at("2026-12-01T00:00:00Z")))
    free.adopt(PROMISES, BINDINGS)
    free.do(upgrade("2026-12-01T00:00:00Z"))
    assert is_open(free)


# Calendars ------------------------------------------------------------------------------------------------------


def window(rrule: str | None, where: str, start: str = "02:00", end: str | None = "06:00") -> Window:
    return Window(window="w", rrule=rrule, start=start, end=end, zone=where, max_seconds=4 * HOUR)


@pytest.mark.parametrize(
    ("where", "start", "end", "hours"),
    [
        ("America/New_York", "01:00", "05:00", 5),  # the first Sunday of November: clocks go back
        ("UTC", "01:00", "05:00", 4),
        ("Europe/Berlin", "22:00", "02:00", 4),
    ],
)
def test_a_night_in_which_clocks_change_is_as_long_as_it_is(
    where: str, start: str, end: str, hours: float
) -> None:
    found = opened(window("FREQ=MONTHLY;BYDAY=1SU", where, start, end), "UTC")
    assert found is not None
    opens, closes = next(found.intervals(at("2026-10-30T00:00:00Z")))
    assert local(opens, zone(where)).date() == date(2026, 11, 1)
    assert (closes - opens) / 3_600_000 == hours


@pytest.mark.parametrize(
    "rrule",
    [
        *(None, "FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=SU", "FREQ=WEEKLY", "FREQ=YEARLY;BYDAY=1SU"),
        *(
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU",
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=1SU",
            "FREQ=MONTHLY;BYDAY=1SU,2MO",
        ),
    ],
)
def test_what_names_no_day_is_not_guessed(rrule: str | None) -> None:
    assert opened(window(rrule, "UTC"), "UTC") is None


@pytest.mark.parametrize(
    "lacking", [{"end": None, "max_seconds": None}, {"zone": "Nowhere"}, {"start": None}]
)
def test_what_has_no_times_or_no_zone_is_not_guessed(lacking: dict[str, str | None]) -> None:
    assert opened(Window(**{**SEED, **lacking}), "UTC") is None  # type: ignore[arg-type]


def test_a_length_stands_for_the_end() -> None:
    found = opened(window("FREQ=DAILY", "UTC", "22:00", None), "UTC")
    assert found is not None
    opens, closes = next(found.intervals(at("2026-12-01T12:00:00Z")))
    assert (rfc3339(opens)[:16], rfc3339(closes)[:16]) == ("2026-12-01T22:00", "2026-12-02T02:00")


def nth_days(year: int, month: int, weekday: int, nth: int) -> list[date]:
    """The reference: all such weekdays of a month, counted."""
    first = date(year, month, 1)
    days = [first + timedelta(days=n) for n in range(31)]
    found = [day for day in days if day.month == month and day.weekday() == weekday]
    place = nth - 1 if nth > 0 else nth
    return [found[place]] if -len(found) <= place < len(found) else []


@given(
    where=st.sampled_from(sorted(available_timezones())),
    weekday=st.integers(0, 6),
    nth=st.sampled_from([1, 2, 3, 4, 5, -1]),
    start=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    day=st.dates(date(2000, 1, 1), date(2035, 1, 1)),
)
def test_every_month_has_its_window_in_every_zone(
    where: str, weekday: int, nth: int, start: time, day: date
) -> None:
    there = zone(where)
    end = (datetime.combine(day, start) + timedelta(hours=4)).time()
    found = opened(
        window(f"FREQ=MONTHLY;BYDAY={nth}{WEEK[weekday]}", where, f"{start:%H:%M}", f"{end:%H:%M}"), "UTC"
    )
    assert found is not None
    now = instant_of(datetime.combine(day, time()), there)
    intervals = list(islice(found.intervals(now), 4))
    months = [(day.year + (day.month - 1 + n) // 12, (day.month - 1 + n) % 12 + 1) for n in range(-1, 16)]
    wanted = [one for year, month in months for one in nth_days(year, month, weekday, nth)]
    starts = [instant_of(datetime.combine(one, start), there) for one in wanted]
    ends = [
        instant_of(datetime.combine(one if end > start else one + timedelta(days=1), end), there)
        for one in wanted
    ]
    expected = [(a, b) for a, b in zip(starts, ends, strict=True) if b > now and a < b]
    assert intervals == expected[:4]
    for (_, closed), (opens, closes) in pairwise(intervals):
        assert closed <= opens < closes
    for opens, closes in intervals:
        assert found.is_open(opens)
        assert found.is_open(closes - 1)
        assert not found.is_open(closes)
