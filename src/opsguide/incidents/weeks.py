"""Who is on call, week by week, as a calendar shows it. Pure."""

import itertools
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from ..kernel.calendar import ClockChange, clock_changes, instant_of, local
from ..kernel.clock import Instant
from .rotation import Rotation, Shift, shifts

WEEKS = 4
_WEEK = timedelta(days=7)


class Bar(Struct, frozen=True):
    """The part of a shift that lies in one week: `left` and `width` are shares of the week, 0 to 1."""

    left: float
    width: float
    shift: Shift


class Day(Struct, frozen=True):
    """A day of a week; one that its zone skipped has no width."""

    left: float
    width: float
    date: date


class Mark(Struct, frozen=True):
    """Where in a week the clocks of a zone are changed."""

    left: float
    change: ClockChange


class Week(Struct, frozen=True):
    """A week from Monday on; `now` is where we are, None elsewhere."""

    days: tuple[Day, ...]
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    now: float | None


def weeks(
    rotation: Rotation, where: ZoneInfo, at: Instant, count: int = WEEKS, clocks: Iterable[ZoneInfo] = ()
) -> list[Week]:
    """This week and the next ones, by the wall clock of a zone. `clocks` are the zones whose changes are marked."""
    first, start, end = _span(where, at, count)
    found = shifts(rotation, start, end)
    changed = sorted(
        (one for zone in clocks for one in clock_changes(zone, start, end)), key=lambda one: one.at
    )
    return [_week(found, changed, where, first + number * _WEEK, at) for number in range(count)]


def _span(where: ZoneInfo, at: Instant, count: int) -> tuple[datetime, Instant, Instant]:
    """The Monday of this week, by the wall clock; when it begins, and when so many weeks are over."""
    today = local(at, where).date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), time())
    return monday, instant_of(monday, where), instant_of(monday + count * _WEEK, where)


def _week(
    found: Sequence[Shift], changed: Sequence[ClockChange], where: ZoneInfo, monday: datetime, at: Instant
) -> Week:
    start, end = instant_of(monday, where), instant_of(monday + _WEEK, where)

    def share(instant: Instant) -> float:
        return (min(max(instant, start), end) - start) / (end - start)

    begins = [share(instant_of(monday + timedelta(days=day), where)) for day in range(8)]
    return Week(
        days=tuple(
            Day(begins[day], begins[day + 1] - begins[day], (monday + timedelta(days=day)).date())
            for day in range(7)
        ),
        bars=tuple(
            Bar(share(one.start), share(one.end) - share(one.start), one)
            for one in found
            if one.start < end and one.end > start
        ),
        marks=tuple(Mark(share(one.at), one) for one in changed if start <= one.at < end),
        now=share(at) if start <= at < end else None,
    )


def coming(rotation: Rotation, where: ZoneInfo, at: Instant, count: int = WEEKS) -> list[Shift]:
    """The shifts of those weeks that are not over, each from its true begin to its true end as far as they tell."""
    _, start, end = _span(where, at, count)
    return [one for one in shifts(rotation, start, end) if one.end > at]


def initials(names: Sequence[str]) -> list[str]:
    """Two letters for each name, no two alike: of the first two words, else of the first one and a later letter."""
    taken: dict[str, str] = {}
    for name in names:
        first, *others = name.split() or ["?"]
        offered = (
            first[0].upper() + letter for letter in (*(one[0].upper() for one in others[:1]), *first[1:])
        )
        numbered = (f"{first[0].upper()}{number}" for number in itertools.count(len(taken)))
        free = next(one for one in itertools.chain(offered, numbered) if one.casefold() not in taken)
        taken[free.casefold()] = free
    return list(taken.values())
