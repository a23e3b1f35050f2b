"""Business hours: what counts, what does not, and when a clock that runs in them is over."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.kernel.calendar import Hours, zone
from opsguide.kernel.clock import Instant, after, parse_instant, rfc3339

WEEK = frozenset(range(5))
OFFICE = Hours(zone("Europe/Bucharest"), WEEK, time(9), time(17))
NIGHT = Hours(zone("Europe/Bucharest"), WEEK, time(22), time(6))


def at(text: str) -> Instant:
    return parse_instant(text)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23T10:00:00Z", 2, "2026-11-23T12:00:00Z"),  # within a Monday
        ("2026-11-23T14:00:00Z", 2, "2026-11-24T08:00:00Z"),  # 16:00, two hours: one today, one tomorrow
        ("2026-11-23T07:00:00Z", 8, "2026-11-23T15:00:00Z"),  # a whole day ends when it closes
        ("2026-11-27T14:30:00Z", 1, "2026-11-30T07:30:00Z"),  # Friday evening goes on on Monday
        ("2026-11-28T12:00:00Z", 1, "2026-11-30T08:00:00Z"),  # opened on a Saturday
        ("2026-11-23T02:00:00Z", 0, "2026-11-23T02:00:00Z"),
    ],
)
def test_a_clock_in_office_hours_is_over(start: str, hours: float, end: str) -> None:
    due = OFFICE.add(at(start), hours * 3600)
    assert due is not None
    assert rfc3339(due) == end.replace("Z", ".000Z")


def test_a_holiday_does_not_count() -> None:
    hours = Hours(zone("Europe/Bucharest"), WEEK, time(9), time(17), frozenset({date(2026, 12, 1)}))
    assert hours.add(at("2026-11-30T14:00:00Z"), 7200) == at("2026-12-02T08:00:00Z")
    assert not hours.is_open(at("2026-12-01T10:00:00Z"))


def test_a_night_that_opened_on_friday_closes_on_saturday() -> None:
    assert NIGHT.is_open(at("2026-11-27T21:00:00Z"))  # Friday 23:00
    assert NIGHT.is_open(at("2026-11-28T03:00:00Z"))  # Saturday 05:00
    assert not NIGHT.is_open(at("2026-11-28T21:00:00Z"))  # Saturday 23:00
    assert NIGHT.day_seconds() == 8 * 3600


def test_a_night_in_which_the_clocks_change_is_as_long_as_it_was() -> None:
    spring = Hours(zone("Europe/Bucharest"), frozenset(range(7)), time(22), time(6))
    assert spring.seconds_open(at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z")) == 7 * 3600
    assert spring.seconds_open(at("2026-10-24T12:00:00Z"), at("2026-10-25T12:00:00Z")) == 9 * 3600


def test_hours_that_never_open_have_no_end() -> None:
    never = Hours(zone("UTC"), frozenset(), time(9), time(17))
    assert never.add(at("2026-11-23T10:00:00Z"), 60) is None


@given(
    st.sampled_from(["UTC", "Europe/Bucharest", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.sets(st.integers(0, 6), min_size=1).map(frozenset),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.integers(0, 10**9),
    st.integers(1, 200 * 3600),
)
def test_what_was_added_is_what_was_open(
    name: str, days: frozenset[int], start: time, end: time, offset: int, seconds: int
) -> None:
    hours = Hours(zone(name), days, start, end)
    begin = after(at("2025-01-01T00:00:00Z"), offset / 10)
    due = hours.add(begin, seconds)
    assert due is not None
    assert hours.seconds_open(begin, due) == seconds
    assert hours.is_open(due - 1)
