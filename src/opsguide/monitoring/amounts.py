"""Amounts against values: how a limit is compared and written."""

import math
from typing import Literal, TypeAlias

from msgspec import UNSET, Struct

from ..guide.bindings import Limit
from ..guide.values import Amount, Op
from ..kernel.duration import spoken

Unit: TypeAlias = Literal["seconds", "ratio", "count", "bytes"]
UNITS: tuple[Unit, ...] = ("seconds", "ratio", "count", "bytes")


class Bound(Struct, frozen=True):
    """A limit with its unit and how the signal must stand to it (or, for an alert, when it fires)."""

    op: Op
    number: float
    unit: Unit

    def holds(self, value: float) -> bool:
        """Is `value op number` true? NaN holds nothing."""
        if math.isnan(value):
            return False
        match self.op:
            case "<":
                return value < self.number
            case "<=":
                return value <= self.number
            case ">":
                return value > self.number
            case ">=":
                return value >= self.number
            case "==":
                return value == self.number

    @property
    def text(self) -> str:
        return f"{self.op} {written(self.number, self.unit)}"


def bound_of(values: Amount | Limit, op: Op | None, otherwise: Op) -> Bound | None:
    """The limit in `values`, None where it gives no plain amount."""
    for unit in UNITS:
        number = getattr(values, unit)
        if number is not UNSET and number is not None:
            return Bound(op or otherwise, float(number), unit)
    return None


def written(number: float, unit: Unit) -> str:
    """With its unit, as people read it: `143 ms`, `0.42 %`, `80 %`, `1.2 GB`, `17`."""
    if math.isnan(number):
        return "no value"
    match unit:
        case "seconds":
            return _seconds(number)
        case "ratio":
            return f"{_short(number * 100)} %"
        case "bytes":
            return _bytes(number)
        case "count":
            return _short(number)


def _seconds(number: float) -> str:
    if abs(number) < 1:
        return f"{_short(number * 1000)} ms"
    return f"{_short(number)} s" if number < 60 else spoken(number)


def _bytes(number: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if abs(number) < 1000:
            return f"{_short(number)} {unit}"
        number /= 1000
    return f"{_short(number)} TB"


def _short(number: float) -> str:
    """Three significant digits, but never fewer than the whole part: 0.0421, 1.5, 143, 99.95, 1234."""
    if number == 0 or not math.isfinite(number):
        return f"{number:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(number))))
    text = f"{number:.{min(digits, 6)}f}"
    exact = f"{number:.6g}"
    if len(exact) <= len(text) + 2 and float(exact) == round(number, 9):
        text = exact
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
