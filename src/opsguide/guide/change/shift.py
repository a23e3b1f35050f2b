"""How one part of a promise shifted between two guides, and what that weighs."""

from collections.abc import Mapping
from math import isclose
from typing import Literal, NamedTuple, TypeAlias

from msgspec import UNSET

from ..findings.amounts import restricted, surpasses
from ..values import Amount, Hours, Number

Shift: TypeAlias = Literal["same", "more", "less", "gone", "new", "unlike"]
"""`gone` and `new`: only one of the two guides says it. `unlike`: both do, and neither is more."""

Weight: TypeAlias = Literal["looser", "tighter", "other"]
"""Looser asks for less than before, tighter for more; other is neither, or nobody can tell."""

Weighing: TypeAlias = Mapping[Shift, Weight]
"""What a shift weighs; what is not in it is `other`."""

MORE_IS_LOOSER: Weighing = {"more": "looser", "less": "tighter", "gone": "looser", "new": "tighter"}
LESS_IS_LOOSER: Weighing = {"more": "tighter", "less": "looser", "gone": "looser", "new": "tighter"}
SAID_IS_TIGHTER: Weighing = {"gone": "looser", "new": "tighter"}
"""For what has no more and less: to say it is to promise it."""
SAID_IS_LOOSER: Weighing = {"gone": "tighter", "new": "looser"}
"""For what limits a promise: its scope."""
DELAY: Weighing = {"more": "looser", "less": "tighter", "gone": "tighter", "new": "looser"}
"""A wait that the guide does not mention is none."""
NEITHER: Weighing = {}

UNITS = ("seconds", "ratio", "count", "bytes", "months", "business_days")
_WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Ends(NamedTuple):
    """An amount as a range; a plain one has two equal ends. `open` names the end that the guide does not say."""

    unit: str
    low: Number
    high: Number
    open: Literal["low", "high", ""] = ""


def ends(values: Amount) -> Ends | None:
    """The amount in its unit, years as months. None where the guide states no amount."""
    for unit in (*UNITS, "years"):
        plain, low, high = (_number(values, f"{end}{unit}") for end in ("", "min_", "max_"))
        least, most = (plain if end is None else end for end in (low, high))
        if least is not None or most is not None:
            return _ends("months", least, most, 12) if unit == "years" else _ends(unit, least, most)
    return None


def _number(values: Amount, field: str) -> Number | None:
    found = getattr(values, field)
    return None if found is UNSET else found


def _ends(unit: str, low: Number | None, high: Number | None, times: int = 1) -> Ends:
    if low is None or high is None:
        known = (high if low is None else low) or 0
        return Ends(unit, known * times, known * times, "low" if low is None else "high")
    return Ends(unit, low * times, high * times)


def of_amounts(old: Amount, new: Amount) -> Shift:
    """The amounts alone, in whatever units they are written. "At most 2 h" and "2 h" are the same."""
    before, after = ends(old), ends(new)
    if before is None or after is None:
        return of_presence(before, after)
    if {before.open, after.open} == {"low", "high"}:
        return "unlike"
    if before.unit != after.unit:
        return "more" if surpasses(new, old) else "less" if surpasses(old, new) else "unlike"
    shifts = {of_numbers(before.low, after.low), of_numbers(before.high, after.high)} - {"same"}
    return "unlike" if len(shifts) > 1 else next(iter(shifts), "same")


def of_numbers(before: Number | None, after: Number | None) -> Shift:
    if before is None or after is None:
        return of_presence(before, after)
    if isclose(before, after, rel_tol=1e-9):
        return "same"
    return "more" if after > before else "less"


def of_presence(before: object, after: object) -> Shift:
    """For what is there or not; two different things are unlike."""
    if before == after:
        return "same"
    if after in (None, (), False, UNSET):
        return "gone"
    return "new" if before in (None, (), False, UNSET) else "unlike"


def of_hours(before: Hours | None, after: Hours | None) -> Shift:
    """The hours in which a clock runs: more where it runs whenever it did before, and at other times too."""
    was, now = _spans(before), _spans(after)
    if before == after or (was is not None and was == now == _spans(None)):
        return "same"
    zones = {hours.zone for hours in (before, after) if hours is not None and restricted(hours)}
    if was is None or now is None or len(zones) > 1:
        return "unlike"
    if was == now:
        return "same"
    return "more" if _within(was, now) else "less" if _within(now, was) else "unlike"


def _spans(hours: Hours | None) -> dict[str, tuple[str, str]] | None:
    """Day → from and until. None where the hours are mentioned and not told, or pass midnight."""
    if hours is None or not restricted(hours):
        return dict.fromkeys(_WEEK, ("00:00", "24:00"))
    start, end = hours.start or "00:00", hours.end or "24:00"
    if (hours.days is None and hours.start is None) or end <= start:
        return None
    return dict.fromkeys(hours.days or _WEEK, (start, end))


def _within(inner: dict[str, tuple[str, str]], outer: dict[str, tuple[str, str]]) -> bool:
    return all(
        day in outer and outer[day][0] <= start and end <= outer[day][1]
        for day, (start, end) in inner.items()
    )
