"""Amounts compared as far as it is certain, and told as people would."""

import pytest

from opsguide.guide.findings.amounts import duration, length, on_lines, percent, surpasses, told
from opsguide.guide.findings.cadence import between, every, longest_gap
from opsguide.guide.values import Amount, ClockValues, Hours, Window

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("longer", "shorter"),
    [
        (Amount(seconds=2 * HOUR), Amount(seconds=HOUR)),
        (Amount(months=2), Amount(seconds=30 * DAY)),
        (Amount(business_days=5), Amount(seconds=DAY)),
        (Amount(business_days=3), Amount(business_days=2)),
        (Amount(min_seconds=HOUR, max_seconds=3 * HOUR), Amount(seconds=2 * HOUR)),
    ],
)
def test_what_is_longer_for_certain(longer: Amount, shorter: Amount) -> None:
    assert surpasses(longer, shorter)
    assert not surpasses(shorter, longer)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Amount(months=1), Amount(seconds=30 * DAY)),
        (Amount(business_days=1), Amount(seconds=DAY)),
        (Amount(ratio=0.5), Amount(seconds=1)),
        (Amount(), Amount(seconds=1)),
        (Amount(min_seconds=HOUR), Amount(seconds=1)),
    ],
)
def test_what_is_not_certain_is_not_said(one: Amount, other: Amount) -> None:
    assert not surpasses(one, other)
    assert not surpasses(other, one)


def test_a_clock_of_business_hours_may_take_any_longer_but_no_shorter() -> None:
    eight, day = Amount(seconds=8 * HOUR), Amount(seconds=DAY)
    office = Hours(days=("MO", "FR"), start="09:00", end="17:00")
    assert surpasses(day, eight)
    assert not surpasses(day, eight, (None, office))
    assert surpasses(day, eight, (office, None))
    always = Hours(days=("MO", "TU", "WE", "TH", "FR", "SA", "SU"), start="00:00", end="24:00")
    assert length(ClockValues(clock="resolve", seconds=60), always) == (60, 60)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0, "0 seconds"), (0.25, "250 ms"), (1.5, "1.5 seconds"), (60, "1 minute"), (2592, "43.2 minutes")),
        *(
            (5400, "90 minutes"),
            (HOUR, "1 hour"),
            (DAY, "24 hours"),
            (2 * DAY, "48 hours"),
            (7 * DAY, "7 days"),
        ),
    ],
)
def test_durations_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_other_amounts() -> None:
    assert percent(0.9995) == "99.95 %"
    assert told(Amount(business_days=5)) == "5 business days"
    assert told(Amount()) == ""
    four, eight = Amount(seconds=4 * HOUR), Amount(seconds=8 * HOUR)
    assert on_lines([(four, 86), (four, 97), (eight, 101)]) == "4 hours (lines 86, 97), 8 hours (line 101)"


@pytest.mark.parametrize(
    ("rrule", "seconds", "text"),
    [
        ("FREQ=DAILY", DAY, "daily"),
        ("FREQ=HOURLY;INTERVAL=6", 6 * HOUR, "every 6 hours"),
        ("FREQ=MINUTELY", 60, "every minute"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", 3 * DAY, "weekly"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", 14 * DAY, "every 2 weeks"),
        ("FREQ=MONTHLY;BYDAY=1SU", 31 * DAY, "monthly"),
        (None, None, "at times"),
        ("FREQ=SECONDLY", None, "at times"),
    ],
)
def test_the_longest_time_between_two(rrule: str | None, seconds: float | None, text: str) -> None:
    assert longest_gap(rrule) == seconds
    assert every(rrule) == text


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [("02:00", "06:00", 4), ("22:00", "02:00", 4), ("20:00", "24:00", 4), ("02:00", None, None)],
)
def test_a_window_may_cross_midnight(start: str, end: str | None, hours: float | None) -> None:
    found = between(Window(window="maintenance", start=start, end=end))
    assert found == (None if hours is None else hours * HOUR)
