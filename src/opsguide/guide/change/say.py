"""Parts of a promise in words, as they stand on either side of an arrow. Empty for what the guide does not say."""

from collections.abc import Iterable

from ..findings.cadence import every
from ..values import Alert, Amount, Detection, Hours, Number, Objective, Patch, Rule, Window
from .parts import notice as _notice
from .shift import Ends, ends

_DAYS = {"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"}
_NTH = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}
_TIMES = ((86400, "days", 3 * 86400), (3600, "hours", 3600), (60, "minutes", 60))
"""Seconds, their unit, and from how many on it is used: 24 and 48 hours are called so."""
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")


def plain(value: str | bool | None) -> str:
    return "yes" if value is True else str(value or "")


def listed(values: Iterable[str] | None) -> str:
    return ", ".join(values or ())


def demands(rule: Rule) -> str:
    return ", ".join(rule.demands).replace("_", " ")


def time(seconds: Number | None) -> str:
    return "" if seconds is None else _duration(seconds)


def months(count: Number | None) -> str:
    return "" if count is None else _counted(count, "months")


def percentile(value: Number | None) -> str:
    return "" if value is None else f"p{value:g}"


def amount(values: Amount) -> str:
    """`2 hours`, `1–4 hours`, `at least 30 days`."""
    found = ends(values)
    if found is None:
        return ""
    if found.open == "low":
        return f"at most {_one(found.unit, found.high)}"
    if found.open == "high":
        return f"at least {_one(found.unit, found.low)}"
    return _one(found.unit, found.low) if found.low == found.high else _range(found)


def _range(found: Ends) -> str:
    return f"{_one(found.unit, found.low)} to {_one(found.unit, found.high)}"


def _one(unit: str, value: Number) -> str:
    match unit:
        case "seconds":
            return _duration(value)
        case "ratio":
            return f"{_exact(value * 100)} %"
        case "bytes":
            return _size(value)
        case "count":
            return _exact(value)
    return _counted(value, unit.replace("_", " "))


def _counted(value: Number, units: str) -> str:
    return f"{_exact(value)} {units[:-1] if value == 1 else units}"


def _exact(value: Number) -> str:
    """All digits that the guide gave: two amounts that differ must not look alike. Without the noise of floats."""
    return f"{round(value, 9):.12g}"


def _duration(seconds: Number) -> str:
    """In the largest unit that comes out even: `250 ms`, `90 minutes`, `24 hours`, `30 days`."""
    if 0 < seconds < 1:
        return f"{_exact(seconds * 1000)} ms"
    for size, units, least in _TIMES:
        if seconds >= least and seconds % size == 0:
            return _counted(seconds / size, units)
    return _counted(seconds, "seconds")


def _size(value: float) -> str:
    power = 0
    while value >= 1000 and power < len(_SIZES) - 1:
        value, power = value / 1000, power + 1
    return f"{_exact(value)} {_SIZES[power]}"


def severity(values: Alert) -> str:
    return values.severity or ""


def limit(values: Objective | Alert) -> str:
    """`< 200 ms`."""
    said = amount(values)
    return f"{values.op} {said}" if said and values.op else said


def patch(values: Patch) -> str:
    return "the next window" if values.until else amount(values)


def hours(value: Hours | None) -> str:
    """`Mon–Fri 09:00–17:00 UTC`."""
    if value is None:
        return ""
    times = f"{value.start or '…'}–{value.end or '…'}" if value.start or value.end else ""
    return " ".join(part for part in (days(value.days or ()), times, value.zone) if part) or "business hours"


def days(names: tuple[str, ...]) -> str:
    """`Mon–Fri`, `Mon, Wed`."""
    order = list(_DAYS)
    places = [order.index(name) for name in names if name in order]
    if len(places) > 2 and places == list(range(places[0], places[-1] + 1)):
        return f"{_DAYS[names[0]]}–{_DAYS[names[-1]]}"
    return ", ".join(_DAYS.get(name, name) for name in names)


def recurrence(rrule: str | None) -> str:
    """`monthly, on the first Sun`."""
    if rrule is None:
        return ""
    by = rrule.partition("BYDAY=")[2].partition(";")[0]
    named = [_day(name) for name in by.split(",") if name]
    return f"{every(rrule)}, on {', '.join(named)}" if named else every(rrule)


def _day(name: str) -> str:
    nth = _NTH.get(name[:-2])
    return f"the {nth} {_DAYS.get(name[-2:], name)}" if nth else _DAYS.get(name, name)


def times(window: Window) -> str:
    if window.start is None and window.end is None:
        return window.zone or ""
    zone = f" {window.zone}" if window.zone else ""
    return f"{window.start or '…'}–{window.end or '…'}{zone}"


def notice(window: Window) -> str:
    return amount(_notice(window))


def detection(values: Detection) -> str:
    """`> 5 within 15 minutes`."""
    if values.count is None:
        return ""
    within = f" within {_duration(values.window_seconds)}" if values.window_seconds is not None else ""
    return f"{values.op or ''} {_exact(values.count)}{within}".strip()
