"""Targets and alert levels brought side by side: of which signal they are, and how far out they lie."""

from collections.abc import Iterator
from typing import NamedTuple

from ...kernel.promise import Span
from ..bindings import built_in
from ..lexicon import fold
from ..promise import Promise
from ..values import Alert, Number, Objective
from .amounts import limit, told
from .guide import Guide

_UPWARDS = ("<", "<=")


class Key(NamedTuple):
    """What is measured; levels of one key compare."""

    signal: str
    percentile: Number | None
    unit: str


class Level(NamedTuple):
    """A number that a signal should keep to (`target`) or at which somebody is told."""

    key: Key
    value: Number
    promise: Promise
    values: Objective | Alert
    target: bool

    @property
    def scope(self) -> str:
        return fold(self.values.scope or "")

    @property
    def span(self) -> Span:
        return self.promise.span

    def __str__(self) -> str:
        return told(self.values)

    @property
    def name(self) -> str:
        """`p95 response time`."""
        percentile = "" if self.key.percentile is None else f"p{self.key.percentile:g} "
        return percentile + self.key.signal.replace("_", " ")


def levels(guide: Guide) -> tuple[Level, ...]:
    """All targets and alert levels with a number."""
    return guide.once(_levels)


def _levels(guide: Guide) -> tuple[Level, ...]:
    return (*_stated(guide), *_alerting(guide))


def _stated(guide: Guide) -> Iterator[Level]:
    for fact in guide.facts(Objective):
        found = limit(fact.values)
        if found is not None:
            # The reader calls a target by the term of the contract where it is one.
            key = Key(fold(fact.values.signal), fact.values.percentile, found.unit)
            yield Level(key, found.value, fact.promise, fact.values, fact.values.level == "target")


def _alerting(guide: Guide) -> Iterator[Level]:
    for fact in guide.facts(Alert):
        found = limit(fact.values)
        if found is not None:
            key = Key(signal(guide, fact.values.signal), fact.values.percentile, found.unit)
            yield Level(key, found.value, fact.promise, fact.values, False)


def signal(guide: Guide, name: str) -> str:
    """The term for an alert's signal (`P95 latency` is a response time), else the guide's word in small letters."""
    base = built_in(name)
    hits = guide.phrase(base.replace("_", " ")).of("signal")
    mean = guide.has(base.replace("_", " "), "moment", "mean")
    return hits[0].name if len({hit.name for hit in hits}) == 1 and not mean else fold(base)


def known(guide: Guide, level: Level) -> bool:
    """Is its signal a term, rather than the guide's own word?"""
    return level.key.signal in guide.phrase("").lexicon.names("signal")


def together(one: Level, other: Level) -> bool:
    """Do they stand in one statement?"""
    return one.span.line <= other.span.end_line and other.span.line <= one.span.end_line


def from_above(level: Level) -> bool:
    """Is it a limit that must not be exceeded, rather than one to stay above?"""
    op = level.values.op
    if op is None:
        return level.key.signal not in ("availability", "success_rate", "throughput")
    return (op in _UPWARDS) == level.target


def beyond(alert: Level, target: Level) -> bool:
    """Does the target break before the alert fires?"""
    up = from_above(target)
    if from_above(alert) != up:
        return False
    return alert.value > target.value if up else alert.value < target.value
