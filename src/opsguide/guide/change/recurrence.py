"""Two recurrences (RFC 5545) compared: which comes round more often?"""

from math import isclose

from msgspec import Struct

from .shift import Shift, of_presence

_MINUTES = {"MINUTELY": 1, "HOURLY": 60, "DAILY": 24 * 60, "WEEKLY": 7 * 24 * 60}
_MONTHS = {"MONTHLY": 1, "YEARLY": 12}
_MINUTES_A_MONTH = 365.25 / 12 * 24 * 60
_WEEK = frozenset(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))
_NEAR = 0.05
"""Rates this near to each other (30 days and a month) are neither more nor less."""


class Recurrence(Struct, frozen=True):
    """Every `minutes`, or every `months`; on `days`, where the guide says which."""

    minutes: int = 0
    months: int = 0
    days: frozenset[str] = frozenset()

    @property
    def rate(self) -> float:
        """Times a minute."""
        return max(1, len(self.days)) / (self.minutes or self.months * _MINUTES_A_MONTH)


def recurrence(rrule: str) -> Recurrence | None:
    """The rule with equal ones alike (12 months and a year). None for a part that is not known here."""
    parts = dict(part.partition("=")[::2] for part in rrule.split(";"))
    frequency, interval = parts.pop("FREQ", ""), parts.pop("INTERVAL", "1")
    days = frozenset(filter(None, parts.pop("BYDAY", "").split(",")))
    if parts or not interval.isdigit() or int(interval) == 0:
        return None
    plain = days <= _WEEK
    if frequency in ("DAILY", "WEEKLY") and interval == "1" and days == _WEEK:
        return Recurrence(minutes=_MINUTES["DAILY"])
    if days and plain != (frequency == "WEEKLY"):
        return None
    if frequency in _MINUTES:
        return Recurrence(minutes=_MINUTES[frequency] * int(interval), days=days)
    if frequency in _MONTHS:
        return Recurrence(months=_MONTHS[frequency] * int(interval), days=days)
    return None


def of_recurrences(before: str | None, after: str | None) -> Shift:
    """More means more often."""
    if before is None or after is None or before == after:
        return of_presence(before, after)
    was, now = recurrence(before), recurrence(after)
    if was is None or now is None:
        return "unlike"
    if was == now:
        return "same"
    if isclose(was.rate, now.rate, rel_tol=_NEAR):
        return "unlike"
    return "more" if now.rate > was.rate else "less"
