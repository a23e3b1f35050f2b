"""Expression → value at an instant. A range query is the expression at each of its steps.

Plain on purpose: every step stands alone, over windows of samples that each selector fetches once. Fast paths are to
be rewrites of the tree that this evaluator judges (the design, section 7).
"""

import bisect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from msgspec import Struct

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import QueryError
from opsguide.telemetry.labels import Labels

from .aggregations import aggregation
from .fetching import DEFAULTS, Options, Run, Source
from .functions import FUNCTIONS, TWINS
from .operators import binary
from .syntax import (
    Aggregation,
    At,
    Binary,
    Call,
    Expr,
    Negation,
    Node,
    Number,
    Query,
    Range,
    Selector,
    Subquery,
    Text,
)
from .values import Element, Matrix, Value, Vector, Window, finished, has_twins, nameless


class Result(Struct, frozen=True):
    """What an instant query came to, and what it had to say besides."""

    value: Value
    warnings: list[str]
    infos: list[str]


class Line(Struct, frozen=True):
    """One series of a range query's result."""

    labels: Labels
    times: list[Instant]
    values: list[float]


class RangeResult(Struct, frozen=True):
    """The series sorted by their labels."""

    lines: list[Line]
    warnings: list[str]
    infos: list[str]


def instant(query: Query, source: Source, at: Instant, options: Options = DEFAULTS) -> Result:
    """The value at one instant. Raises QueryError."""
    run = Run(query, source, options, at, at)
    value = _Scope(run, at, at).value(query.expr)
    if isinstance(value, list):
        value = _complete(value)
    elif isinstance(value, Matrix):
        value = Matrix(_renamed(value.windows), value.start, value.end)
    return Result(value, list(run.warnings), list(run.infos))


Quick: TypeAlias = Callable[[Instant], Vector | None]
"""Another way to the finished vector at an instant; None where there is none."""


def _slowly(_at: Instant) -> None:
    return None


def over_range(
    query: Query,
    source: Source,
    span: tuple[Instant, Instant, int],
    options: Options = DEFAULTS,
    quick: Quick = _slowly,
) -> RangeResult:
    """The value at each step of (start, end, step in ms), the ends included. Raises QueryError.

    A step that `quick` answers leaves no notes.
    """
    start, end, step_ms = span
    if step_ms <= 0 or (end - start) // step_ms >= options.max_steps:
        hint = f"take a step of at least {max(1, (end - start) // options.max_steps + 1)} ms"
        raise QueryError(f"a range of no or more than {options.max_steps} steps", hint=hint)
    run = Run(query, source, options, start, end, in_range=True)
    lines: dict[Labels, Line] = {}
    for at in range(start, end + 1, step_ms):
        vector = quick(at)
        if vector is None:
            value = _Scope(run, at, end).value(query.expr)
            if not isinstance(value, float | list):
                raise QueryError("a range query needs a vector or a number", where="PromQL 1:1")
            vector = [Element((), value)] if isinstance(value, float) else _complete(value)
        run.count(len(vector))
        for element in vector:
            line = lines.setdefault(element.labels, Line(element.labels, [], []))
            line.times.append(at)
            line.values.append(element.value)
    return RangeResult([lines[labels] for labels in sorted(lines)], list(run.warnings), list(run.infos))


def _complete(vector: Vector) -> Vector:
    vector = finished(vector)
    if has_twins(vector):
        raise QueryError(TWINS, hint="aggregate, or keep what tells the series apart")
    return vector


def _renamed(windows: list[Window]) -> list[Window]:
    names = finished([Element(window.labels, 0.0, window.drop_name) for window in windows])
    return [window._replace(labels=name.labels) for window, name in zip(windows, names, strict=True)]


@dataclass(frozen=True, slots=True)
class _Scope:
    """One instant `at` of a run. `until`: the last instant at which the same expression will be asked for."""

    run: Run
    at: Instant
    until: Instant

    def value(self, node: Expr) -> Value:
        match node:
            case Number() | Text():
                return node.value
            case Selector():
                return self._selected(node)[0]
            case Range() | Subquery():
                return self.matrix(node)
            case Negation():
                inner = self.value(node.expr)
                return (
                    -inner
                    if isinstance(inner, float)
                    else [nameless(e, -e.value) for e in self._vector(inner)]
                )
            case Call():
                if self.run.in_range and node.function in ("sort", "sort_desc"):
                    self.warn(node, _SORT_IN_RANGE)
                return FUNCTIONS[node.function](node, self)
            case Aggregation():
                return aggregation(node, self)
            case Binary():
                return binary(node, self)

    def vector(self, node: Expr) -> Vector:
        return self._vector(self.value(node))

    def _vector(self, value: Value) -> Vector:
        if not isinstance(value, list):
            raise self.error("a vector is needed here")
        return value

    def scalar(self, node: Expr) -> float:
        value = self.value(node)
        if not isinstance(value, float):
            raise self.error("a number is needed here")
        return value

    def text(self, node: Expr) -> str:
        value = self.value(node)
        if not isinstance(value, str):
            raise self.error("a string is needed here")
        return value

    def vector_with_times(self, node: Expr) -> tuple[Vector, list[Instant]]:
        if isinstance(node, Selector):
            return self._selected(node)
        vector = self.vector(node)
        return vector, [self.at] * len(vector)

    def matrix(self, node: Expr) -> Matrix:
        match node:
            case Range():
                return self._windows(node)
            case Subquery():
                return self._steps(node)
        raise self.error("a range is needed here")

    def warn(self, node: Node, text: str) -> None:
        self.run.note(self.run.warnings, "warning", node, text)

    def info(self, node: Node, text: str) -> None:
        self.run.note(self.run.infos, "info", node, text)

    def error(self, text: str) -> QueryError:
        return QueryError(text)

    def _moment(self, at: At, offset_ms: int) -> tuple[Instant, Instant]:
        """The instant that @ and offset mean at `self.at`, and at `self.until`."""
        if at is None:
            return self.at - offset_ms, self.until - offset_ms
        fixed = self.run.start if at == "start" else self.run.end if at == "end" else at
        return fixed - offset_ms, fixed - offset_ms

    def _selected(self, node: Selector) -> tuple[Vector, list[Instant]]:
        """The newest sample of each series in (at - lookback, at], where it is no stale marker; with its instant."""
        at, far = self._moment(node.at, node.offset_ms)
        oldest = at - self.run.options.lookback_ms + 1
        vector: Vector = []
        times = []
        for track in self.run.tracks(node, oldest, at, far):
            index = bisect.bisect_right(track.times, at) - 1
            if index >= 0 and track.times[index] >= oldest and not track.stale[index]:
                vector.append(Element(track.labels, track.values[index]))
                times.append(track.times[index])
        self.run.count(len(vector))
        return vector, times

    def _windows(self, node: Range) -> Matrix:
        """The samples of each series in (at - range, at]."""
        end, far = self._moment(node.selector.at, node.selector.offset_ms)
        start = end - node.range_ms
        windows = []
        for track in self.run.tracks(node.selector, start + 1, end, far):
            low = bisect.bisect_right(track.live_times, start)
            high = bisect.bisect_right(track.live_times, end)
            if low < high:
                windows.append(Window(track.labels, track.live_times[low:high], track.live_values[low:high]))
                self.run.count(high - low)
        return Matrix(windows, start, end)

    def _steps(self, node: Subquery) -> Matrix:
        """The inner expression at each multiple of the step in (at - range, at]."""
        end, far = self._moment(node.at, node.offset_ms)
        start = end - node.range_ms
        step = node.step_ms or self.run.options.subquery_step_ms
        first = (start // step + 1) * step
        self.run.refuse_over((end - first) // step)
        windows: dict[tuple[Labels, bool], Window] = {}
        for at in range(first, end + 1, step):
            vector = _Scope(self.run, at, far).vector(node.expr)
            self.run.count(len(vector) + 1)
            for labels, value, drop_name in vector:
                window = windows.setdefault((labels, drop_name), Window(labels, [], [], drop_name))
                window.times.append(at)
                window.values.append(value)
        return Matrix(list(windows.values()), start, end)


_SORT_IN_RANGE = "sort is ineffective for range queries since results are always ordered by labels"
