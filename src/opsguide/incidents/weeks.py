"""Who is on call, week by week, as a calendar shows it. Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from ..kernel.calendar import instant_of, local
from ..kernel.clock import Instant
from .rotation import Rotation, Shift, shifts

WEEKS = 4
_WEEK = timedelta(days=7)


class Bar(Struct, frozen=True):
    """A part of a shift that lies in one week: `left` and `width` are shares of the week, 0 to 1."""

    left: float
    width: float
    shift: Shift


class Week(Struct, frozen=True):
    """A week from Monday on. `days` are the shares at which its days begin; `now` is where we are, None elsewhere."""

    start: Instant
    end: Instant
    first: datetime
    days: tuple[float, ...]
    bars: tuple[Bar, ...]
    now: float | None


def weeks(rotation: Rotation, where: ZoneInfo, at: Instant, count: int = WEEKS) -> list[Week]:
    """This week and the next ones, by the wall clock of a zone."""
    today = local(at, where).date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), time())
    return [_week(rotation, where, monday + number * _WEEK, at) for number in range(count)]


def _week(rotation: Rotation, where: ZoneInfo, monday: datetime, at: Instant) -> Week:
    start, end = instant_of(monday, where), instant_of(monday + _WEEK, where)

    def share(instant: Instant) -> float:
        return (instant - start) / (end - start)

    bars = tuple(
        Bar(share(one.start), share(one.end) - share(one.start), one) for one in shifts(rotation, start, end)
    )
    days = tuple(share(instant_of(monday + timedelta(days=day), where)) for day in range(7))
    return Week(start, end, monday, days, bars, share(at) if start <= at < end else None)


def coming(rotation: Rotation, where: ZoneInfo, at: Instant) -> list[Shift]:
    """The shifts of those weeks that are not over, each from its true begin to its true end as far as they tell."""
    shown = weeks(rotation, where, at)
    return [one for one in shifts(rotation, shown[0].start, shown[-1].end) if one.end > at]
