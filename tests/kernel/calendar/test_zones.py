"""Wall clocks that jump, repeat an hour, or skip a day: each wall time has one instant, and order is kept."""

from datetime import datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.kernel.calendar import instant_of, local, zone
from opsguide.kernel.clock import parse_instant

ZONES = sorted(available_timezones() - {"localtime"})


def moments() -> st.SearchStrategy[datetime]:
    first, last = datetime.fromisoformat("2009-01-01"), datetime.fromisoformat("2036-12-31")
    return st.datetimes(first, last).map(lambda m: m.replace(microsecond=0))


@pytest.mark.parametrize(
    ("name", "wall", "instant"),
    [
        ("Europe/Bucharest", "2026-11-23T09:00", "2026-11-23T07:00:00Z"),
        ("Europe/Bucharest", "2026-03-29T03:30", "2026-03-29T01:00:00Z"),  # never shown: 03:00 became 04:00
        ("Europe/Bucharest", "2026-10-25T03:30", "2026-10-25T00:30:00Z"),  # shown twice: the first one
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00Z"),  # a jump of half an hour
        ("Asia/Kolkata", "2026-11-23T09:00", "2026-11-23T03:30:00Z"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00:00Z"),  # a day that Samoa never had
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00:00Z"),  # midnight itself was skipped
    ],
)
def test_a_wall_time_has_one_instant(name: str, wall: str, instant: str) -> None:
    assert instant_of(datetime.fromisoformat(wall), zone(name)) == parse_instant(instant)


def test_a_name_that_is_no_zone_says_how_one_looks() -> None:
    for wrong in ("Bucharest", "", "../etc/passwd", "Europe/Nowhere"):
        with pytest.raises(ValueError, match="Europe/Bucharest"):
            zone(wrong)


@given(st.sampled_from(ZONES), moments(), st.integers(0, 4 * 86400))
def test_a_later_wall_time_never_has_an_earlier_instant(name: str, wall: datetime, seconds: int) -> None:
    where = zone(name)
    assert instant_of(wall, where) <= instant_of(wall + timedelta(seconds=seconds), where)


@given(st.sampled_from(ZONES), moments())
def test_at_its_instant_the_clock_shows_the_time_or_has_just_jumped_over_it(
    name: str, wall: datetime
) -> None:
    where = zone(name)
    at = instant_of(wall, where)
    assert local(at, where) == wall or local(at - 1, where) < wall < local(at, where)
