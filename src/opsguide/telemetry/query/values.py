"""What expressions come to: scalars, strings, instant vectors, range vectors; and the notes taken on the way."""

import math
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from opsguide.kernel.clock import Instant
from opsguide.telemetry.labels import NAME, Labels, without

# What describes a metric and not its series; all of it goes when an operation changes the meaning of the value.
METADATA = (NAME, "__type__", "__unit__")


class Element(NamedTuple):
    """One series of an instant vector.

    `drop_name`: the metric's name no longer fits the value. It is dropped at the end of the query and not at once
    (Prometheus 3's delayed name removal), so that what stands between can still group by it.
    """

    labels: Labels
    value: float
    drop_name: bool = False


Vector: TypeAlias = list[Element]


class Window(NamedTuple):
    """One series of a range vector: its samples, ascending, without stale markers. Times in milliseconds."""

    labels: Labels
    times: list[Instant]
    values: list[float]
    drop_name: bool = False


class Matrix(NamedTuple):
    """A range vector over start < time <= end. No window is empty."""

    windows: list[Window]
    start: Instant
    end: Instant


Value: TypeAlias = float | str | Vector | Matrix


def finished(vector: Vector) -> Vector:
    """With the names dropped that no longer fit."""
    return [
        Element(without(element.labels, METADATA), element.value) if element.drop_name else element
        for element in vector
    ]


def has_twins(vector: Vector) -> bool:
    """Whether a label set stands twice."""
    return len({element.labels for element in vector}) < len(vector)


def nameless(element: Element, value: float) -> Element:
    """The element with another value, which its metric's name does not fit."""
    return Element(element.labels, value, True)


def decimal(value: float) -> str:
    """The shortest decimal without exponent that reads back as the value (Go's FormatFloat 'f', -1)."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def general(value: float) -> str:
    """As Go's %g writes it."""
    if math.isnan(value) or math.isinf(value):
        return decimal(value)
    exponent = 0 if value == 0 else math.floor(math.log10(abs(value)))
    if -5 < exponent < 21:
        return decimal(value)
    mantissa, _, power = repr(value).partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(power):+03d}"
