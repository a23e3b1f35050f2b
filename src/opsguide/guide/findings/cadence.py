"""Recurrences and windows as lengths of time."""

from itertools import pairwise

from ..values import Window
from .amounts import DAY, HOUR, MINUTE

_STEPS = {
    "MINUTELY": MINUTE,
    "HOURLY": HOUR,
    "DAILY": DAY,
    "WEEKLY": 7 * DAY,
    "MONTHLY": 31 * DAY,
    "YEARLY": 366 * DAY,
}
_WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def longest_gap(rrule: str | None) -> float | None:
    """Seconds that may pass between two times; None where the recurrence is not known."""
    parts = _parts(rrule)
    step = _STEPS.get(parts.get("FREQ", ""))
    if step is None:
        return None
    every = step * _interval(parts)
    days = sorted(_WEEK.index(day) for day in parts.get("BYDAY", "").split(",") if day in _WEEK)
    if len(days) < 2:
        return every
    around = [*days, days[0] + 7]
    longest = max(later - earlier for earlier, later in pairwise(around)) * DAY
    return max(longest, every - 7 * DAY + longest) if parts["FREQ"] == "WEEKLY" else max(longest, every)


def every(rrule: str | None) -> str:
    """`daily`, `every 6 hours`: in words."""
    parts = _parts(rrule)
    names = {
        "MINUTELY": "minute",
        "HOURLY": "hour",
        "DAILY": "day",
        "WEEKLY": "week",
        "MONTHLY": "month",
        "YEARLY": "year",
    }
    name, interval = names.get(parts.get("FREQ", "")), _interval(parts)
    if name is None:
        return "at times"
    if interval == 1:
        return {"day": "daily", "minute": "every minute"}.get(name, f"{name}ly")
    return f"every {interval} {name}s"


def window_seconds(window: Window) -> float | None:
    """How long a window may take: what it says, else from start to end."""
    return window.max_seconds if window.max_seconds is not None else between(window)


def between(window: Window) -> float | None:
    """From start to end, over midnight if need be; None where one of them is missing."""
    start, end = _seconds(window.start), _seconds(window.end)
    if start is None or end is None:
        return None
    return end - start if end > start else end - start + DAY


def _seconds(time: str | None) -> int | None:
    hour, _, minute = (time or "").partition(":")
    if not (hour.isdigit() and minute.isdigit()):
        return None
    return int(hour) * HOUR + int(minute) * MINUTE


def _parts(rrule: str | None) -> dict[str, str]:
    return dict(part.split("=", 1) for part in (rrule or "").split(";") if "=" in part)


def _interval(parts: dict[str, str]) -> int:
    said = parts.get("INTERVAL", "1")
    return max(1, int(said)) if said.isdigit() else 1
