"""Expression → plan, for what rules mostly are: rates and newest values, aggregated, compared, divided, as quantiles.

Everything that can be known before the instant is: which series, which groups, who matches whom. What remains is
arithmetic on columns. Where an expression has anything else in it, there is no plan.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from opsguide.kernel.matching import Matcher
from opsguide.telemetry import labels as label
from opsguide.telemetry.columns import Flags, Values
from opsguide.telemetry.homes import Numbers
from opsguide.telemetry.labels import EMPTY, NAME, Labels
from opsguide.telemetry.query.operators import SET_OPERATORS, result_labels, signature
from opsguide.telemetry.query.syntax import Aggregation, Binary, Call, Expr, Negation, Number, Range, Selector
from opsguide.telemetry.query.values import METADATA

from .frames import Codes, Frame, Node, Unfit, codes_of, kept, same, unique
from .grid import Grid
from .quantiles import quantile_of
from .windows import Seen

Select = Callable[[tuple[Matcher, ...]], tuple[list[Labels], Numbers]]
"""The series that fulfil matchers, sorted by labels, with their numbers. Raises Unfit where they are not in columns."""

_ARITHMETIC: dict[str, Any] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "^": np.power,
    "atan2": np.arctan2,
}
_COMPARISONS: dict[str, Any] = {
    "==": np.equal,
    "!=": np.not_equal,
    ">": np.greater,
    "<": np.less,
    ">=": np.greater_equal,
    "<=": np.less_equal,
}
_AGGREGATIONS = frozenset({"sum", "avg", "count", "min", "max", "group"})


class Planner:
    """Makes plans over the series that a store has now."""

    def __init__(self, select: Select, lookback_ms: int) -> None:
        self._select, self._lookback_ms = select, lookback_ms
        self.windows: list[int] = [lookback_ms]
        """How far back the plan looks, in ms."""
        self.series = 0
        """How many series it reads."""

    def frame(self, node: Expr) -> Frame:
        """A vector. Raises Unfit."""
        found = self._node(node)
        if isinstance(found, float):
            raise Unfit
        return found

    def _node(self, node: Expr) -> Node:
        match node:
            case Number():
                return node.value
            case Selector():
                return self._newest(node)
            case Call():
                return self._call(node)
            case Negation():
                inner = self._node(node.expr)
                return -inner if isinstance(inner, float) else _with(inner, lambda values: -values)
            case Aggregation() if node.op in _AGGREGATIONS:
                return _aggregated(node, self.frame(node.expr))
            case Binary():
                return self._binary(node)
        raise Unfit

    def _rows(self, node: Selector) -> tuple[list[Labels], Numbers]:
        if node.at is not None or node.offset_ms:
            raise Unfit
        labels, numbers = self._select(node.matchers)
        self.series += len(labels)
        return labels, numbers

    def _newest(self, node: Selector) -> Frame:
        labels, numbers = self._rows(node)
        lookback = self._lookback_ms

        def run(grid: Grid) -> Seen:
            values, there = grid.newest(lookback)
            return values[numbers], there[numbers]

        return Frame(labels, same(len(labels), False), run)

    def _call(self, node: Call) -> Frame:
        match node.function, node.args:
            case (("rate" | "increase"), (Range() as window,)):
                return self._growth(window, per_second=node.function == "rate")
            case "histogram_quantile", (Number() as share, inner):
                return quantile_of(share.value, self.frame(inner))
            case "vector", (inner,):
                value = self._node(inner)
                if isinstance(value, float):
                    return _constant(value)
        raise Unfit

    def _growth(self, node: Range, *, per_second: bool) -> Frame:
        labels, numbers = self._rows(node.selector)
        self.windows.append(node.range_ms)

        def run(grid: Grid) -> Seen:
            values, there = grid.growth(node.range_ms, per_second=per_second)
            return values[numbers], there[numbers]

        return Frame(labels, same(len(labels), True), run)

    def _binary(self, node: Binary) -> Node:
        left, right = self._node(node.lhs), self._node(node.rhs)
        if isinstance(left, float) and isinstance(right, float):
            return _of_numbers(node.op, left, right)
        if isinstance(right, float):
            assert isinstance(left, Frame)
            return _with_number(node, left, lambda values: (values, right))
        if isinstance(left, float):
            return _with_number(node, right, lambda values: (left, values))
        if node.op in SET_OPERATORS:
            return _set_operation(node, left, right)
        return _matched(node, left, right)


def _constant(value: float) -> Frame:
    return Frame([EMPTY], same(1, False), lambda _grid: (np.array([value]), np.array([True])))


def _of_numbers(op: str, left: float, right: float) -> float:
    with np.errstate(all="ignore"):
        compute = _ARITHMETIC.get(op) or _COMPARISONS[op]
        return float(compute(np.float64(left), np.float64(right)))


def _with(frame: Frame, compute: Callable[[Values], Values]) -> Frame:
    """Another value for each series, which its metric's name does not fit."""

    def run(grid: Grid) -> Seen:
        values, there = frame.run(grid)
        return compute(values), there

    return Frame(frame.labels, same(len(frame.labels), True), run)


def _with_number(node: Binary, frame: Frame, sides: Callable[[Values], tuple[Any, Any]]) -> Frame:
    if node.op in _ARITHMETIC:
        compute = _ARITHMETIC[node.op]
        return _with(frame, lambda values: compute(*sides(values)))
    holds = _COMPARISONS[node.op]
    if node.returns_bool:
        return _with(frame, lambda values: holds(*sides(values)).astype(np.float64))

    def run(grid: Grid) -> Seen:
        values, there = frame.run(grid)
        return values, there & holds(*sides(values))

    return Frame(frame.labels, frame.drops, run)


def _aggregated(node: Aggregation, inner: Frame) -> Frame:
    excluded = (*node.grouping, NAME) if node.without else node.grouping
    if not node.without and not set(METADATA).isdisjoint(node.grouping):
        raise Unfit  # whether they drop depends on who is there
    keys = [kept(labels, excluded, without=node.without) for labels in inner.labels]
    (codes,), labels = codes_of([keys])
    count = len(labels)

    def run(grid: Grid) -> Seen:
        values, there = inner.run(grid)
        groups = codes if there.all() else codes[there]
        values = values if len(groups) == len(codes) else values[there]
        members = np.bincount(groups, minlength=count)
        return _of_groups(node.op, groups, values, members), members > 0

    return Frame(labels, np.bincount(codes[inner.drops], minlength=count) > 0, run)


def _of_groups(op: str, groups: Codes, values: Values, members: Codes) -> Values:
    count = len(members)
    match op:
        case "count":
            return members.astype(np.float64)
        case "group":
            return np.ones(count)
        case "sum" | "avg":
            return _total(groups, values, members, averaged=op == "avg")
    extremes = np.full(count, np.nan)
    (np.fmin if op == "min" else np.fmax).at(extremes, groups, values)
    return extremes


# How much greater than their sum the terms may be: beyond it rounding eats what the compensated sum keeps.
_CANCELLED = 1e4


def _total(groups: Codes, values: Values, members: Codes, *, averaged: bool) -> Values:
    """The sum or average of each group. Raises Unfit where adding up plainly loses what the evaluator keeps."""
    count = len(members)
    total = np.bincount(groups, weights=values, minlength=count).astype(np.float64)
    if np.min(values, initial=0.0) < 0:
        size = np.bincount(groups, weights=np.abs(values), minlength=count)
        if (size > _CANCELLED * np.abs(total)).any():
            raise Unfit
    if not averaged:
        return total
    if np.isinf(total).any():
        raise Unfit  # the average of the greatest is finite though their sum is not
    return np.asarray(total / members)


def _set_operation(node: Binary, left: Frame, right: Frame) -> Frame:
    sign = signature(node.matching)
    (here, there), known = codes_of([[sign(labels) for labels in side.labels] for side in (left, right)])
    count = len(known)

    def run(grid: Grid) -> Seen:
        values, present = left.run(grid)
        others, other_present = right.run(grid)
        if node.op == "or":
            taken = np.zeros(count, np.bool_)
            taken[here[present]] = True
            rest = other_present & ~taken[there]
            return np.concatenate([values, others]), np.concatenate([present, rest])
        matching = np.zeros(count, np.bool_)
        matching[there[other_present]] = True
        return values, present & (matching[here] == (node.op == "and"))

    if node.op == "or":
        return Frame(left.labels + right.labels, np.concatenate([left.drops, right.drops]), run)
    return Frame(left.labels, left.drops, run)


def _matched(node: Binary, left: Frame, right: Frame) -> Frame:
    """One-to-one and many-to-one, where no side has what makes it ambiguous."""
    if node.matching.card not in ("one-to-one", "many-to-one"):
        raise Unfit
    sign = signature(node.matching)
    ones = [sign(labels) for labels in right.labels]
    unique(ones)
    many = [sign(labels) for labels in left.labels]
    if node.matching.card == "one-to-one":
        unique(many)
    places = {labels: place for place, labels in enumerate(ones)}
    pairs = [(place, places[labels]) for place, labels in enumerate(many) if labels in places]
    ours = np.array([mine for mine, _ in pairs], np.intp)
    theirs = np.array([other for _, other in pairs], np.intp)
    labels = [result_labels(node, left.labels[mine], right.labels[other]) for mine, other in pairs]
    unique(labels)
    arithmetic = node.op in _ARITHMETIC
    compute = _ARITHMETIC[node.op] if arithmetic else _COMPARISONS[node.op]

    def run(grid: Grid) -> Seen:
        values, present = left.run(grid)
        others, other_present = right.run(grid)
        values, there = values[ours], present[ours] & other_present[theirs]
        made = compute(values, others[theirs])
        if arithmetic:
            return made, there
        return (made.astype(np.float64), there) if node.returns_bool else (values, there & made)

    return Frame(labels, _drops(node, left.drops[ours] if len(ours) else same(0, False)), run)


def _drops(node: Binary, left: Flags) -> Flags:
    if node.op in _ARITHMETIC:
        return same(len(left), False)
    return same(len(left), True) if node.returns_bool else left


def finished_labels(frame: Frame) -> list[Labels]:
    """As they stand at the end of the query. Raises Unfit where two would be one."""
    labels = [
        label.without(labels, METADATA) if drops else labels
        for labels, drops in zip(frame.labels, frame.drops.tolist(), strict=True)
    ]
    unique(labels)
    return labels
