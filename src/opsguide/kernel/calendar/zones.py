"""Between instants and what a wall clock shows. Every wall time has exactly one instant, also where clocks change."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from ..clock import Instant, from_datetime, to_datetime

_DAY_MS = 86_400_000
_WIDEST_GAP = timedelta(days=2)
"""More than any zone ever skipped: Samoa left out the whole of 30 December 2011."""


@cache
def zone(name: str) -> ZoneInfo:
    """The IANA zone of this name. Raises ValueError, saying how a name looks."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no IANA time zone: write for example Europe/Bucharest") from None


def local(at: Instant, where: ZoneInfo) -> datetime:
    """What the wall clock shows at an instant, without zone."""
    return to_datetime(at).astimezone(where).replace(tzinfo=None, fold=0)


def instant_of(wall: datetime, where: ZoneInfo) -> Instant:
    """When a wall clock shows this time (without zone) for the first time, or jumps over it.

    A time that comes twice (clocks go back) is its first; one that never comes (clocks go forward, a day that was
    skipped) is the instant of the jump. So a later wall time never has an earlier instant.
    """
    aware = wall.replace(tzinfo=where, fold=0)
    at = from_datetime(aware)
    if local(at, where) == wall:
        return at
    return _jump(wall, where)


def _jump(wall: datetime, where: ZoneInfo) -> Instant:
    """The first instant at which the wall clock shows more than a time that it skips: found by halving."""
    near = wall.replace(tzinfo=UTC)
    low, high = from_datetime(near - _WIDEST_GAP), from_datetime(near + _WIDEST_GAP)
    while high - low > 1:
        middle = (low + high) // 2
        if local(middle, where) < wall:
            low = middle
        else:
            high = middle
    return high


class ClockChange(Struct, frozen=True):
    """Clocks are put forward by so many seconds, back where they are negative."""

    at: Instant
    seconds: float
    zone: str


def clock_changes(where: ZoneInfo, start: Instant, end: Instant) -> Iterator[ClockChange]:
    """When the clocks of a zone are changed from `start` until just before `end`; no zone does so twice in a day."""
    at = start
    while at < end:
        following = min(at + _DAY_MS, end)
        if (seconds := _ahead_of_utc(following, where) - _ahead_of_utc(at, where)) != 0:
            low, high = at, following
            while high - low > 1:
                middle = (low + high) // 2
                if _ahead_of_utc(middle, where) == _ahead_of_utc(at, where):
                    low = middle
                else:
                    high = middle
            if high < end:
                yield ClockChange(high, seconds, where.key)
        at = following


def _ahead_of_utc(at: Instant, where: ZoneInfo) -> float:
    offset = to_datetime(at).astimezone(where).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()
