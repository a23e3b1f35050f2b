"""Amounts against values: how a limit is compared and written."""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from msgspec import UNSET, Struct

from ..guide.bindings import Limit
from ..guide.values import Amount, Op
from ..kernel.duration import spoken

Unit: TypeAlias = Literal["seconds", "ratio", "count", "bytes"]
EXACT_DIGITS = 9
UNITS: tuple[Unit, ...] = ("seconds", "ratio", "count", "bytes")


COMPARED: Mapping[Op, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}
"""How a value stands to a limit; arrays too, value by value."""


class Bound(Struct, frozen=True):
    """A limit with its unit and how the signal must stand to it (or, for an alert, when it fires)."""

    op: Op
    number: float
    unit: Unit

    def holds(self, value: float) -> bool:
        """Is `value op number` true? NaN holds nothing."""
        return bool(COMPARED[self.op](value, self.number))

    @property
    def text(self) -> str:
        return f"{self.op} {written(self.number, self.unit, EXACT_DIGITS)}"


def bound_of(values: Amount | Limit, op: Op | None, otherwise: Op) -> Bound | None:
    """The limit in `values`, None where it gives no plain amount."""
    for unit in UNITS:
        number = getattr(values, unit)
        if number is not UNSET and number is not None:
            return Bound(op or otherwise, float(number), unit)
    return None


MEASURED_DIGITS = 3
"""So many significant digits of a measured value are shown; a limit is shown as it was written."""


def written(number: float, unit: Unit, digits: int = MEASURED_DIGITS) -> str:
    """With its unit, as people read it: `143 ms`, `0.42 %`, `80 %`, `1.2 GB`, `17`."""
    if math.isnan(number):
        return "no value"
    match unit:
        case "seconds":
            return _seconds(number, digits)
        case "ratio":
            return f"{_short(number * 100, digits)} %"
        case "bytes":
            return _bytes(number, digits)
        case "count":
            return _short(number, digits)


def _seconds(number: float, digits: int) -> str:
    if abs(number) < 1:
        return f"{_short(number * 1000, digits)} ms"
    return f"{_short(number, digits)} s" if number < 60 else spoken(number)


def _bytes(number: float, digits: int) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if abs(number) < 1000:
            return f"{_short(number, digits)} {unit}"
        number /= 1000
    return f"{_short(number, digits)} TB"


def _short(number: float, digits: int) -> str:
    """So many significant digits, but never fewer than the whole part: 0.0421, 1.5, 143, 1234."""
    if number == 0 or not math.isfinite(number):
        return f"{number:g}"
    places = max(0, digits - 1 - math.floor(math.log10(abs(number))))
    text = f"{number:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
