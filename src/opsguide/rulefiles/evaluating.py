"""Runs a group's rules at an instant, in order: each sees what those before it recorded at the same instant."""

import math
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import OpsguideError
from opsguide.kernel.ports import Sample
from opsguide.monitoring.rulefiles.state import Instance
from opsguide.telemetry import labels as label
from opsguide.telemetry.labels import NAME, Labels

from .alerting import Alert, RuleError, Step, Surroundings, step
from .model import Group, Rule

REFUSED = (
    "their series have newer samples, of another rule or target; or there is no room "
    "(opsguide_telemetry_refused_total says which)"
)

ALERTS, FOR_STATE = "ALERTS", "ALERTS_FOR_STATE"


class Engine(Protocol):
    """Where rules ask and record."""

    def instant(self, expression: str, at: Instant) -> Sequence[Sample]:
        """Raises QueryError."""
        ...

    def record(self, samples: Sequence[tuple[Labels, float]], ended: Collection[Labels], at: Instant) -> int:
        """Samples of rules; the series of `ended` become stale. How many samples were refused."""
        ...


class Outcome(Struct, frozen=True):
    """What came of one rule. `step` is None for a recording rule, and where it could not be evaluated.

    With an `error` beside a step, the rule's alerts are as they should be, and its series could not be recorded.
    """

    rule: Rule
    at: Instant
    seconds: float
    series: int = 0
    error: str = ""
    step: Step | None = None


class Emitted:
    """The series that each rule gave last, so that those that are missing become stale."""

    def __init__(self) -> None:
        self._by_rule: dict[str, frozenset[Labels]] = {}

    def of(self, rule: Rule, before: Mapping[str, Instance]) -> frozenset[Labels]:
        """After a restart, what the alerts of the ledger had."""
        known = self._by_rule.get(rule.id)
        if known is None:
            found = (labels for one in before.values() for labels, _ in _series_of(one, 0))
            known = frozenset(found)
        return known

    def put(self, rule: Rule, series: frozenset[Labels]) -> None:
        self._by_rule[rule.id] = series

    def forget(self, known: Collection[str]) -> frozenset[Labels]:
        """The series of rules that are no longer known."""
        gone = [name for name in self._by_rule if name not in known]
        return frozenset(labels for name in gone for labels in self._by_rule.pop(name))


class Evaluator:
    """Runs groups on an engine. What rules gave last is remembered, so one evaluator goes with one engine."""

    def __init__(self, engine: Engine, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self._engine = engine
        self._emitted = Emitted()
        self._last: dict[str, tuple[Alert, ...]] = {}

    def run(
        self, group: Group, now: Instant, alerts: Mapping[str, Mapping[str, Instance]]
    ) -> Iterator[Outcome]:
        """`alerts` are those there were, by the rule's id and their own."""
        for rule in group.rules:
            started = time.perf_counter()
            before = alerts.get(rule.id, {})
            try:
                series, stepped, error = self._rule(group, rule, before, now)
            except OpsguideError as failed:
                series, stepped, error = 0, None, failed.what + (f"; {failed.hint}" if failed.hint else "")
            yield Outcome(rule, now, time.perf_counter() - started, series, error, stepped)

    def forget(self, known: Collection[str], now: Instant) -> None:
        """The series of rules that are no longer known become stale."""
        self._last = {name: said for name, said in self._last.items() if name in known}
        gone = self._emitted.forget(known)
        if gone:
            self._engine.record((), gone, now)

    def _rule(
        self, group: Group, rule: Rule, before: Mapping[str, Instance], now: Instant
    ) -> tuple[int, Step | None, str]:
        at = now - group.offset_ms
        found = self._engine.instant(rule.expr, at)
        stepped = None
        if rule.kind == "recording":
            samples = _recorded(rule, found, group.limit)
        else:
            stepped = step(
                rule,
                before,
                found,
                now,
                query=lambda expression: self._engine.instant(expression, now),
                surroundings=self.surroundings,
                limit=group.limit,
                last=self._last.get(rule.id, ()),
            )
            self._last[rule.id] = stepped.alerts
            samples = [one for alert in stepped.alerts for one in _series_of(alert.instance, 1)]
        return len(found), stepped, self._put(rule, samples, before, at)

    def _put(
        self, rule: Rule, samples: Sequence[tuple[Labels, float]], before: Mapping[str, Instance], at: Instant
    ) -> str:
        """Why samples were refused, or ""."""
        now_there = frozenset(labels for labels, _ in samples)
        ended = self._emitted.of(rule, before) - now_there
        refused = self._engine.record(samples, ended, at) if samples or ended else 0
        self._emitted.put(rule, now_there)
        return f"{refused} of {len(samples)} samples were refused: {REFUSED}" if refused else ""


def _recorded(rule: Rule, found: Sequence[Sample], limit: int) -> list[tuple[Labels, float]]:
    """Raises RuleError."""
    added = {name: template.plain or "" for name, template in rule.labels.items()}
    samples = [(label.of({**one.labels, NAME: rule.name, **added}), one.value) for one in found]
    if len({labels for labels, _ in samples}) < len(samples):
        hint = "keep a label that tells them apart, or aggregate it away"
        raise RuleError("two series have the same labels once the rule's are set", hint=hint)
    if 0 < limit < len(samples):
        raise RuleError(f"the rule gives {len(samples)} series, more than its limit of {limit}")
    return samples


def _series_of(alert: Instance, value: float) -> Iterator[tuple[Labels, float]]:
    state = "firing" if alert.firing else "pending"
    yield label.of({**alert.labels, NAME: ALERTS, "alertstate": state}), value
    yield label.of({**alert.labels, NAME: FOR_STATE}), float(math.floor(alert.active_at / 1000))
