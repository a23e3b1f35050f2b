"""Amounts compared and put into words. A month or a business day has no one length: what is compared is certain."""

from collections.abc import Iterable
from math import inf, isfinite
from typing import NamedTuple

from msgspec import UNSET

from ..values import Amount, Hours, Number, Unsaid

MINUTE, HOUR, DAY = 60, 3600, 86400

_LENGTHS = {"months": (28 * DAY, 31 * DAY), "years": (365 * DAY, 366 * DAY), "business_days": (8 * HOUR, inf)}
_UNITS = ("seconds", "ratio", "count", "bytes", "months", "years", "business_days")


class Length(NamedTuple):
    """Seconds that a limit lasts: at least `low`, at most `high`."""

    low: float
    high: float

    def surpasses(self, other: "Length") -> bool:
        """Is it longer for certain?"""
        return self.low > other.high


class Limit(NamedTuple):
    """The one number of an amount with its unit; of a range the far end."""

    unit: str
    value: Number


def limit(amount: Amount) -> Limit | None:
    """What the amount allows at most; None where the guide states nothing, or only a least."""
    for unit in _UNITS:
        for key in (unit, f"max_{unit}"):
            value: Unsaid = getattr(amount, key)
            if value is not UNSET:
                return Limit(unit, value)
    return None


def length(amount: Amount, hours: Hours | None = None) -> Length | None:
    """How long a limit lasts; in business hours a clock may take any multiple of what it counts."""
    found = limit(amount)
    if found is None or found.unit not in ("seconds", *_LENGTHS):
        return None
    low, high = _LENGTHS.get(found.unit, (1, 1))
    return Length(found.value * low, inf if restricted(hours) else found.value * high)


def restricted(hours: Hours | None) -> bool:
    """Does a clock stand still at times? Hours that are mentioned and not told count as such."""
    if hours is None:
        return False
    always = (hours.start, hours.end) in (("00:00", "24:00"), ("00:00", "00:00"), ("00:00", "23:59"))
    return not (always and (hours.days is None or len(hours.days) == 7))


def surpasses(one: Amount, other: Amount, hours: tuple[Hours | None, Hours | None] = (None, None)) -> bool:
    """Is one amount of time longer than the other for certain? Amounts in one unit compare as they are written."""
    a, b = limit(one), limit(other)
    if a is not None and b is not None and a.unit == b.unit and hours[0] == hours[1]:
        return a.value > b.value
    first, second = length(one, hours[0]), length(other, hours[1])
    return first is not None and second is not None and first.surpasses(second)


def told(amount: Amount) -> str:
    """The limit in words: `4 hours`, `12 months`, `99.9 %`. Empty where there is none."""
    found = limit(amount)
    if found is None:
        return ""
    if found.unit == "seconds":
        return duration(found.value)
    if found.unit == "ratio":
        return percent(found.value)
    if found.unit == "count":
        return number(found.value)
    return f"{number(found.value)} {found.unit.replace('_', ' ')}"


def duration(seconds: float) -> str:
    """`250 ms`, `43.2 minutes`, `24 hours`, `30 days`: the largest unit that comes out even; days from three up."""
    if not isfinite(seconds):
        return "any time"
    if 0 < seconds < 1:
        return f"{number(seconds * 1000)} ms"
    for size, name, least in ((DAY, "day", 3 * DAY), (HOUR, "hour", HOUR), (MINUTE, "minute", MINUTE)):
        if seconds >= least and seconds % size == 0:
            return _counted(seconds / size, name)
    if seconds < MINUTE:
        return _counted(seconds, "second")
    return _counted(seconds / MINUTE, "minute") if seconds < 10 * HOUR else _counted(seconds / HOUR, "hour")


def percent(ratio: float) -> str:
    return f"{round(ratio * 100, 6):.10g} %"


def number(value: float) -> str:
    """Without needless digits: 4, 43.2, 0.05."""
    rounded = round(value, 1 if value >= 10 else 4)
    return f"{rounded:.10g}"


def _counted(value: float, unit: str) -> str:
    said = number(value)
    return f"{said} {unit}" if said == "1" else f"{said} {unit}s"


def on_lines(found: Iterable[tuple[Amount, int]]) -> str:
    """Amounts with the lines that state them: `4 hours (lines 86, 97), 8 hours (line 101)`."""
    lines: dict[str, list[int]] = {}
    for amount, line in found:
        lines.setdefault(told(amount), []).append(line)
    return ", ".join(
        f"{amount} (line{'s' if len(set(those)) > 1 else ''} {', '.join(map(str, dict.fromkeys(those)))})"
        for amount, those in lines.items()
    )
