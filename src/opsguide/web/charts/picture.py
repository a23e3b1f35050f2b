"""What a chart shows, as data: lines over time, levels, bands and ticks. Instants are milliseconds."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from ...kernel.clock import Instant

Point: TypeAlias = tuple[float, float]
Side: TypeAlias = Literal["above", "below"]

MOST = 1e100
LEAST_SPAN = 1e-9
"""No signal of a service reaches so far, or differs by so little; arithmetic on what does would overflow."""


def drawable(value: float) -> bool:
    """Neither NaN nor infinite, nor so large that it might as well be."""
    return math.isfinite(value) and abs(value) < MOST


class Line(Struct, frozen=True):
    """One series: `times` ascend and are as many as `values`. What is not drawable (NaN, infinite) is a gap."""

    name: str
    times: Sequence[Instant]
    values: Sequence[float]


class Level(Struct, frozen=True):
    """A value that is drawn across: `kind` says how. `bad` is the side on which it is broken, None for neither."""

    value: float
    text: str
    kind: Literal["limit", "alert"] = "limit"
    bad: Side | None = None

    def beyond(self, value: float) -> float:
        """How far a value is on the bad side: positive there, negative on the good side."""
        return value - self.value if self.bad == "above" else self.value - value


class Band(Struct, frozen=True):
    """A time that was special: an incident. `end` is None while it lasts."""

    start: Instant
    end: Instant | None
    text: str


class Tick(Struct, frozen=True):
    """An instant at which something was changed: a guide was adopted."""

    at: Instant
    text: str


class Picture(Struct, frozen=True, kw_only=True):
    """`title` and `about` are what a screen reader says; `say` writes a value with its unit.

    Points of one line that are more than `gap_ms` apart are not joined: nothing is known of the time between.
    """

    title: str
    about: str = ""
    start: Instant
    end: Instant
    lines: Sequence[Line] = ()
    levels: Sequence[Level] = ()
    bands: Sequence[Band] = ()
    ticks: Sequence[Tick] = ()
    gap_ms: int = 0
    unit: str = ""
    say: Callable[[float], str] = "{:g}".format

    def span(self) -> tuple[float, float]:
        """The lowest and highest value that must be in the picture; 0 always is."""
        values = [value for line in self.lines for value in line.values if drawable(value)]
        every = [0.0, *values, *(level.value for level in self.levels if drawable(level.value))]
        low, high = min(every), max(every)
        return (low, high) if high - low > LEAST_SPAN else (low, low + 1.0)


def runs(line: Line, gap_ms: int) -> Iterator[list[Point]]:
    """The pieces of a line without a gap, each with at least one point."""
    run: list[Point] = []
    for at, value in zip(line.times, line.values, strict=True):
        if run and (not drawable(value) or (gap_ms and at - run[-1][0] > gap_ms)):
            yield run
            run = []
        if drawable(value):
            run.append((at, value))
    if run:
        yield run


def beyond(run: Sequence[Point], level: Level) -> Iterator[list[Point]]:
    """The parts of a run on the bad side of a level, cut where the line crosses it."""
    part: list[Point] = []
    before: Point | None = None
    for point in run:
        out = level.beyond(point[1]) > 0
        if before is not None and out != (level.beyond(before[1]) > 0):
            part.append(_crossing(before, point, level.value))
            if not out:
                yield part
                part = []
        if out:
            part.append(point)
        before = point
    if part:
        yield part


def _crossing(start: Point, end: Point, value: float) -> Point:
    share = (value - start[1]) / (end[1] - start[1])
    return start[0] + share * (end[0] - start[0]), value
