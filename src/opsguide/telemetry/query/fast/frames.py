"""A plan of columns: series that are known beforehand, and a way to their values at an instant."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from opsguide.telemetry import labels as label
from opsguide.telemetry.columns import Flags, Values
from opsguide.telemetry.labels import Labels

from .grid import Grid
from .windows import Seen

Codes: TypeAlias = NDArray[np.intp]
Run: TypeAlias = Callable[[Grid], Seen]


class Unfit(Exception):
    """The expression, or what is stored, does not fit columns: the plain evaluator answers."""


class Frame(NamedTuple):
    """`drops`: which series lose the metric's name at the end of the query."""

    labels: list[Labels]
    drops: Flags
    run: Run


Node: TypeAlias = float | Frame
"""A number, or a vector."""


def same(count: int, value: bool) -> Flags:
    return np.full(count, value)


def codes_of(frames: Sequence[Sequence[Labels]]) -> tuple[list[Codes], list[Labels]]:
    """Equal label sets as equal numbers, over several lists; and the sets in the order of their numbers."""
    known: dict[Labels, int] = {}
    coded = [
        np.fromiter((known.setdefault(labels, len(known)) for labels in members), np.intp, len(members))
        for members in frames
    ]
    return coded, list(known)


def unique(labels: Sequence[Labels]) -> None:
    """Raises Unfit where a label set stands twice: whether that is an error depends on the instant."""
    if len(set(labels)) < len(labels):
        raise Unfit


def kept(labels: Labels, names: Sequence[str], *, without: bool) -> Labels:
    return label.without(labels, names) if without else label.only(labels, names)


def taken(values: Values, there: Flags, places: Codes) -> Seen:
    return values[places], there[places]
