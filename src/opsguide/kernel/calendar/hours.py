"""Hours in which something is open: business hours, the hours of a layer of a rotation."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct

from ..clock import Instant, seconds_between
from .zones import instant_of, local

Interval: TypeAlias = tuple[Instant, Instant]
"""From the first instant to the last, which does not belong to it."""

WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""The days of a week as RFC 5545 writes them, Monday first."""

EVERY_DAY = frozenset(range(7))
_DAY = timedelta(days=1)
MOST_DAYS = 366 * 20
"""Nothing is counted further than twenty years ahead."""


class Hours(Struct, frozen=True):
    """Open on `days` (0 is Monday) from `start` to `end` by the wall clock of `zone`, except on `holidays`.

    An `end` that is not after `start` belongs to the next day: 22:00 to 06:00 opened on Friday closes on Saturday,
    and 00:00 to 00:00 is the whole day. `days` and `holidays` are those on which it opens; with `nth` only the first
    (1), second … or last (-1) such weekday of a month.
    """

    zone: ZoneInfo
    days: frozenset[int] = EVERY_DAY
    start: time = time(0)
    end: time = time(0)
    holidays: frozenset[date] = frozenset()
    nth: frozenset[int] = frozenset()

    def opened_on(self, day: date) -> Interval | None:
        """When it is open as from this day, or None: another weekday, a holiday, a day that the zone skipped."""
        if day.weekday() not in self.days or day in self.holidays or not self._is_nth(day):
            return None
        closing = day if self.end > self.start else day + _DAY
        opens = instant_of(datetime.combine(day, self.start), self.zone)
        closes = instant_of(datetime.combine(closing, self.end), self.zone)
        return (opens, closes) if opens < closes else None

    def _is_nth(self, day: date) -> bool:
        if not self.nth:
            return True
        days = monthrange(day.year, day.month)[1]
        return not self.nth.isdisjoint(((day.day - 1) // 7 + 1, -((days - day.day) // 7 + 1)))

    def intervals(self, start: Instant) -> Iterator[Interval]:
        """Every open time that ends after `start`, in order, for twenty years."""
        day = local(start, self.zone).date() - _DAY
        for _ in range(MOST_DAYS):
            found = self.opened_on(day)
            if found is not None and found[1] > start:
                yield found
            day += _DAY

    def is_open(self, at: Instant) -> bool:
        today = local(at, self.zone).date()
        looked = (self.opened_on(day) for day in (today - _DAY, today))
        return any(one is not None and one[0] <= at < one[1] for one in looked)

    def add(self, at: Instant, seconds: float) -> Instant | None:
        """When `seconds` of open time have gone by since `at`; None where that is more than twenty years ahead.

        It is the earliest such instant: 8 hours of a day that closes at 17:00 are over at 17:00, not next morning.
        """
        left = round(seconds * 1000)
        if left <= 0:
            return at
        for opens, closes in self.intervals(at):
            here = closes - max(opens, at)
            if here >= left:
                return max(opens, at) + left
            left -= here
        return None

    def seconds_open(self, start: Instant, end: Instant) -> float:
        """The open time between two instants, in seconds."""
        total = 0.0
        for opens, closes in self.intervals(start):
            if opens >= end:
                break
            total += seconds_between(max(opens, start), min(closes, end))
        return total

    def day_seconds(self) -> float:
        """How long one open day is by the wall clock: the length of a business day."""
        length = timedelta(hours=self.end.hour, minutes=self.end.minute) - timedelta(
            hours=self.start.hour, minutes=self.start.minute
        )
        return (length if length > timedelta(0) else length + _DAY).total_seconds()


def whole_days_later(at: Instant, days: int, hours: Hours) -> Instant | None:
    """The same time of day so many open days later, as `5 business days` is commonly meant."""
    return hours.add(at, days * hours.day_seconds())
