"""Courses of levels: the worst of several, counted by day."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.app.status_page.courses import (
    DAYS,
    Course,
    Level,
    day_starts,
    days,
    excused,
    level_at,
    of_outages,
    of_spans,
    spans,
    uptime,
    worst,
)
from opsguide.kernel.clock import parse_instant

UTC = ZoneInfo("UTC")
NOON = parse_instant("2026-11-26T12:00:00Z")
HOUR = 3_600_000


def test_before_anybody_looked_nothing_is_known() -> None:
    course = of_outages(NOON, [(NOON + HOUR, NOON + 2 * HOUR)])
    assert [level_at(course, NOON + hour * HOUR) for hour in (-1, 0, 1, 2)] == [
        *(Level.UNKNOWN, Level.UP, Level.DOWN, Level.UP)
    ]


def test_an_outage_that_lasts_goes_on_until_now() -> None:
    course = worst([of_outages(NOON - 3 * HOUR, [(NOON - HOUR, None)])], NOON - 4 * HOUR, NOON)
    assert list(spans(course, NOON)) == [
        (NOON - 4 * HOUR, NOON - 3 * HOUR, Level.UNKNOWN),
        (NOON - 3 * HOUR, NOON - HOUR, Level.UP),
        (NOON - HOUR, NOON, Level.DOWN),
    ]


def test_a_day_counts_what_lasted_in_it() -> None:
    outage = (parse_instant("2026-11-24T23:30:00Z"), parse_instant("2026-11-25T00:15:00Z"))
    counted = days(of_outages(0, [outage]), UTC, NOON)
    assert [day.down for day in counted[-3:]] == [1800, 900, 0]
    assert [day.level for day in counted[-3:]] == [Level.DOWN, Level.DOWN, Level.UP]
    assert counted[-1].up == 12 * 3600
    assert uptime(counted) == pytest.approx(1 - 2700 / (89.5 * 86_400))


def test_a_day_of_which_most_is_unknown_says_so() -> None:
    day = days(of_outages(NOON - HOUR, []), UTC, NOON)[-1]
    assert (day.level, day.partly) == (Level.UP, True)
    assert days([(0, Level.UNKNOWN)], UTC, NOON)[-1].level == Level.UNKNOWN
    assert uptime(days([(0, Level.UNKNOWN)], UTC, NOON)) is None


def test_days_are_those_of_the_zone_where_clocks_change() -> None:
    where = ZoneInfo("Europe/Bucharest")
    end = parse_instant("2026-10-26T12:00:00Z")
    counted = days([(0, Level.UP)], where, end)
    lengths = {day.day.isoformat(): day.up for day in counted}
    assert lengths["2026-10-24"] == 24 * 3600
    assert lengths["2026-10-25"] == 25 * 3600


levels = st.sampled_from(list(Level))
turns = st.lists(st.tuples(st.integers(0, 100 * 24), levels), max_size=20)


def course_of(found: list[tuple[int, Level]]) -> Course:
    start = NOON - 95 * 24 * HOUR
    return [(0, Level.UNKNOWN), *sorted((start + hour * HOUR, level) for hour, level in found)]


@given(
    st.lists(turns, min_size=1, max_size=4), st.sampled_from(["UTC", "Europe/Bucharest", "Asia/Kathmandu"])
)
def test_no_second_is_lost_and_none_is_better_than_any_source_says(
    found: list[list[tuple[int, Level]]], name: str
) -> None:
    where = ZoneInfo(name)
    courses = [course_of(one) for one in found]
    start = day_starts(where, NOON)[0][1]
    together = worst(courses, start, NOON)
    for at, _, level in spans(together, NOON):
        assert level == max(level_at(course, at) for course in courses)
    counted = days(together, where, NOON)
    assert len(counted) == DAYS
    seconds = sum(day.up + day.unknown + day.maintenance + day.degraded + day.down for day in counted)
    assert seconds == pytest.approx((NOON - start) / 1000)


def test_time_in_which_nobody_watched_is_not_known() -> None:
    attended = of_spans(
        [(NOON - 5 * HOUR, NOON - 3 * HOUR), (NOON - HOUR, NOON + HOUR)], Level.UP, Level.UNKNOWN
    )
    course = worst([attended, of_outages(0, [])], NOON - 5 * HOUR, NOON)
    assert [(level, (until - at) // HOUR) for at, until, level in spans(course, NOON)] == [
        *((Level.UP, 2), (Level.UNKNOWN, 2), (Level.UP, 1))
    ]


def test_trouble_in_maintenance_is_maintenance_and_counts_neither_way() -> None:
    down = of_outages(NOON - 12 * HOUR, [(NOON - 6 * HOUR, NOON - 3 * HOUR)])
    start = day_starts(UTC, NOON)[0][1]
    course = excused(worst([down], start, NOON), [(NOON - 5 * HOUR, NOON - 2 * HOUR)], NOON)
    today = days(course, UTC, NOON)[-1]
    assert (today.down, today.maintenance, today.up) == (3600, 2 * 3600, 9 * 3600)
    assert uptime([today]) == 0.9


@given(turns, st.lists(st.tuples(st.integers(0, 95 * 24), st.integers(1, 48)), max_size=6))
def test_maintenance_excuses_trouble_within_it_and_nothing_else(
    found: list[tuple[int, Level]], maintained: list[tuple[int, int]]
) -> None:
    begin = NOON - 95 * 24 * HOUR
    spans_of = [(begin + start * HOUR, begin + (start + lasts) * HOUR) for start, lasts in maintained]
    course = worst([course_of(found)], day_starts(UTC, NOON)[0][1], NOON)
    after = excused(course, spans_of, NOON)
    for hour in range(0, 95 * 24, 7):
        at = begin + hour * HOUR
        if at < course[0][0]:
            continue
        within = any(start <= at < end for start, end in spans_of)
        was = level_at(course, at)
        is_trouble = was in (Level.DEGRADED, Level.DOWN)
        assert level_at(after, at) == (Level.MAINTENANCE if within and is_trouble else was)
