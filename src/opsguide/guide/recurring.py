"""When a maintenance window of the guide is open, as the calendar counts it."""

import re
from datetime import datetime, time, timedelta

from ..kernel.calendar import EVERY_DAY, WEEK, Hours, zone
from .values import Window

_DAY = re.compile(r"(-?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_LONGEST = timedelta(days=1)


def opened(window: Window, otherwise: str) -> Hours | None:
    """The hours of a window, `otherwise` being the zone where the guide names none.

    None where the guide leaves open on which days, or from when to when: `monthly` alone says no day, `every second
    Sunday` not which ones, and a guess would call downtime planned that was not.
    """
    days = _days(window.rrule)
    if days is None or window.start is None:
        return None
    try:
        start = _time(window.start)
        end = _time(window.end) if window.end is not None else _after(start, window.max_seconds)
        return (
            None if end is None else Hours(zone(window.zone or otherwise), days[0], start, end, nth=days[1])
        )
    except ValueError:  # a zone or a time that there is not
        return None


def _days(rrule: str | None) -> tuple[frozenset[int], frozenset[int]] | None:
    """Weekdays, and which of a month they are; None for what fixes no days."""
    parts = dict(part.partition("=")[::2] for part in (rrule or "").split(";"))
    frequency, by = parts.pop("FREQ", ""), parts.pop("BYDAY", "")
    if parts.pop("INTERVAL", "1") != "1" or parts:
        return None
    if frequency == "DAILY" and not by:
        return EVERY_DAY, frozenset()
    found = [_DAY.fullmatch(one) for one in by.split(",")]
    pairs = {(int(one[1] or 0), WEEK.index(one[2])) for one in found if one is not None}
    nth, days = frozenset(n for n, _ in pairs), frozenset(day for _, day in pairs)
    if None in found or len(pairs) != len(nth) * len(days):
        return None
    if nth == {0}:
        return (days, frozenset()) if frequency in ("WEEKLY", "DAILY") else None
    return (days, nth) if frequency == "MONTHLY" and 0 not in nth else None


def _after(start: time, seconds: float | None) -> time | None:
    """When a window ends of which only the length is said."""
    if seconds is None or not 0 < seconds <= _LONGEST.total_seconds():
        return None
    return (datetime(1970, 1, 1, start.hour, start.minute) + timedelta(seconds=seconds)).time()  # noqa: DTZ001


def _time(text: str) -> time:
    return time() if text == "24:00" else time.fromisoformat(text)
