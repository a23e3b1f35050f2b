"""Runs a script's commands against a store and the evaluator."""

import dataclasses
from collections.abc import Iterator

from msgspec import Struct

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import QueryError
from opsguide.kernel.matching import Matcher
from opsguide.kernel.promql import NotSupported
from opsguide.telemetry import labels as label
from opsguide.telemetry.labels import NAME, Labels
from opsguide.telemetry.matching import tester
from opsguide.telemetry.points import Points
from opsguide.telemetry.query import evaluator
from opsguide.telemetry.query.parsing import parse
from opsguide.telemetry.query.syntax import (
    Aggregation,
    Binary,
    Call,
    Expr,
    Negation,
    Query,
    Range,
    Selector,
    Subquery,
    walk,
)
from opsguide.telemetry.query.values import Element
from opsguide.telemetry.store import Limits, Store

from .comparing import Failed, check_notes, compare_instant, compare_range
from .script import Broken, Clear, Command, Eval, Load, Span
from .series import Row

_UNBOUNDED = Limits(retention_seconds=1e12, series=10_000_000)
# Their results change with the instant of the query also where all their selectors are pinned.
_OF_THE_INSTANT = frozenset(
    {
        *("days_in_month", "day_of_month", "day_of_week", "day_of_year", "hour", "minute", "month", "year"),
        *("predict_linear", "time", "timestamp"),
    }
)
_SUFFIXES = ("_bucket", "_sum", "_count")


class Outcome(Struct, frozen=True):
    """What came of a case: passed, failed or unsupported, and why."""

    line: int
    expression: str
    result: str
    why: str = ""


class _Unsupported(Exception):
    """A case needs what the engine does not claim to do."""


class _Loaded:
    """The script's data: numbers in a real store; of what is not supported, only where it stands."""

    def __init__(self) -> None:
        self._store = Store(_UNBOUNDED)
        self._foreign: dict[Labels, tuple[list[Instant], str]] = {}

    def load(self, command: Load) -> None:
        for labels, row in command.rows.items():
            for index, point in enumerate(row.points):
                at = index * command.step_ms
                if point.histogram:
                    self._note(labels, at, "native histogram")
                elif point.value is not None or point.stale:
                    self._store.append(labels, at, point.value or 0.0, stale=point.stale)
                    if labels in command.with_start:
                        self._note(labels, at, "start timestamps (experimental)")
            if command.native:
                self._convert(row, command.step_ms)

    def _convert(self, row: Row, step_ms: int) -> None:
        """Where load_with_nhcb would put the native histogram made of a classic one."""
        name = label.get(row.labels, NAME)
        for suffix in _SUFFIXES:
            if name.endswith(suffix):
                labels = label.without(row.labels, ("le",))
                labels = label.replaced(labels, NAME, name.removesuffix(suffix))
                for index, point in enumerate(row.points):
                    if point.value is not None:
                        self._note(labels, index * step_ms, "native histogram")

    def _note(self, labels: Labels, at: Instant, why: str) -> None:
        self._foreign.setdefault(labels, ([], why))[0].append(at)

    def select(self, matchers: tuple[Matcher, ...], start: Instant, end: Instant) -> list[Points]:
        fulfils = tester(matchers)
        for labels, (times, why) in self._foreign.items():
            if fulfils(labels) and any(start <= at <= end for at in times):
                raise _Unsupported(why)
        return self._store.select(matchers, start, end)


def run(commands: list[Command]) -> Iterator[Outcome]:
    """The outcome of each eval, in the order of the script."""
    loaded = _Loaded()
    for command in commands:
        match command:
            case Clear():
                loaded = _Loaded()
            case Load():
                loaded.load(command)
            case Broken():
                yield Outcome(command.line, command.text, "failed", command.why)
            case Eval():
                yield _outcome(command, loaded)


def _outcome(case: Eval, loaded: _Loaded) -> Outcome:
    try:
        if any(point.histogram for row in case.rows.values() for point in row.points):
            raise _Unsupported("native histogram")
        _judge(case, loaded)
    except _Unsupported as why:
        return Outcome(case.line, case.expression, "unsupported", str(why))
    except NotSupported as error:
        return Outcome(case.line, case.expression, "unsupported", error.what)
    except Failed as why:
        return Outcome(case.line, case.expression, "failed", str(why))
    return Outcome(case.line, case.expression, "passed")


def _judge(case: Eval, loaded: _Loaded) -> None:
    try:
        query = parse(case.expression)
    except NotSupported:
        raise
    except QueryError as error:
        _judge_failure(case, error)
        return
    if case.span is not None:
        _judge_range(case, query, loaded, case.span)
        return
    _judge_instant(case, query, loaded, case.at)
    # The reference's runner asks the same with every selector pinned to the instant, at other instants.
    if not any(isinstance(node, Call) and node.function in _OF_THE_INSTANT for node in walk(query.expr)):
        pinned = Query(query.source, _pinned(query.expr, case.at))
        others = (-10 * case.at, 0, case.at // 5, 10 * case.at) if case.at else (-1000, 1000)
        for at in others:
            _judge_instant(case, pinned, loaded, at)


def _judge_range(case: Eval, query: Query, loaded: _Loaded, span: Span) -> None:
    try:
        result = evaluator.over_range(query, loaded, (span.start, span.end, span.step_ms))
    except NotSupported:
        raise
    except QueryError as error:
        _judge_failure(case, error)
        return
    if case.fails:
        raise Failed("it should have failed")
    check_notes(case, result.warnings, result.infos)
    compare_range(case, span, result.lines)


def _judge_instant(case: Eval, query: Query, loaded: _Loaded, at: Instant) -> None:
    try:
        result = evaluator.instant(query, loaded, at)
        if case.fails:
            raise Failed("it should have failed")
        check_notes(case, result.warnings, result.infos)
        compare_instant(case, result.value)
        if case.window is None and case.text is None and not case.ordered:
            _judge_middle(case, query, loaded, at)
    except NotSupported:
        raise
    except QueryError as error:
        _judge_failure(case, error)


def _judge_middle(case: Eval, query: Query, loaded: _Loaded, at: Instant) -> None:
    """The same must come in the middle of a range query."""
    result = evaluator.over_range(query, loaded, (at - 60_000, at + 60_000, 60_000))
    vector = [
        Element(line.labels, line.values[line.times.index(at)]) for line in result.lines if at in line.times
    ]
    value = vector[0].value if case.scalar is not None and vector else vector
    compare_instant(case, value)


def _judge_failure(case: Eval, error: QueryError) -> None:
    if not case.fails:
        raise Failed(f"it failed: {error}") from error
    if not case.expect["fail"][0].fits(error.what):
        raise Failed(f"it failed with {error.what!r}, not {case.expect['fail'][0]}") from error


def _pinned(node: Expr, at: Instant) -> Expr:
    """The expression with @ on every selector and subquery that names no instant; inside subqueries nothing changes.

    `@ start()` and `@ end()` name none: they would move with the instant at which it is asked again.
    """
    match node:
        case Selector():
            return node if isinstance(node.at, int) else dataclasses.replace(node, at=at)
        case Range():
            pinned = _pinned(node.selector, at)
            assert isinstance(pinned, Selector)
            return dataclasses.replace(node, selector=pinned)
        case Subquery():
            return node if isinstance(node.at, int) else dataclasses.replace(node, at=at)
        case Negation():
            return dataclasses.replace(node, expr=_pinned(node.expr, at))
        case Call():
            return dataclasses.replace(node, args=tuple(_pinned(arg, at) for arg in node.args))
        case Aggregation():
            param = None if node.param is None else _pinned(node.param, at)
            return dataclasses.replace(node, expr=_pinned(node.expr, at), param=param)
        case Binary():
            return dataclasses.replace(node, lhs=_pinned(node.lhs, at), rhs=_pinned(node.rhs, at))
    return node
