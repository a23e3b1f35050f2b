"""Between instants and what a wall clock shows. Every wall time has exactly one instant, also where clocks change."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..clock import Instant, from_datetime, to_datetime

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
