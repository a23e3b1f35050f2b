"""Runs tests as promtool does: an evaluation every `evaluation_interval`, on samples that came until then."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import OpsguideError
from opsguide.monitoring.rulefiles.facts import Member, RuleChanged
from opsguide.monitoring.rulefiles.rules import fold
from opsguide.monitoring.rulefiles.state import Instance, RuleStatus
from opsguide.telemetry import labels as label
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.promqltest.series import almost_equal
from opsguide.telemetry.query.fetching import DEFAULTS
from opsguide.telemetry.store import Limits

from ..alerting import Alert, Surroundings
from ..evaluating import Evaluator
from ..model import Group
from .model import AlertCase, CaseResult, ExpectedAlert, QueryCase, Test, TestFile

FOREVER = Limits(retention_seconds=1e12, series=1_000_000)
ROUNDING = 1e-12
"""Sums of floating numbers differ in their last digits between engines: that much is no failure."""


class Firing(Struct, frozen=True):
    """An alert that fires: what a test sees of it."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]


class Subject(Protocol):
    """The rules under test. `partly`: an expectation may name some of an alert's labels only."""

    engine: Embedded
    partly: bool

    def evaluate(self, at: Instant) -> Sequence[tuple[str, int, str]]:
        """Runs all rules; what could not be evaluated as (file, line, why)."""
        ...

    def firing(self, alertname: str) -> Sequence[Firing]: ...
    def knows(self, alertname: str) -> bool: ...


class RuleSubject:
    """The groups of rule files."""

    partly = False

    def __init__(self, groups: Sequence[Group], test: Test, subquery_step: int) -> None:
        options = msgspec.structs.replace(DEFAULTS, subquery_step_ms=subquery_step)
        self.engine = Embedded(FOREVER, options)
        self._groups = groups
        self._evaluator = Evaluator(self.engine, Surroundings(test.external_labels, test.external_url))
        self._alerts: dict[str, RuleStatus] = {}
        self._now: dict[str, tuple[Alert, ...]] = {}

    def evaluate(self, at: Instant) -> Sequence[tuple[str, int, str]]:
        wrong = []
        for group in self._groups:
            before: dict[str, Mapping[str, Instance]] = {
                name: status.instances for name, status in self._alerts.items()
            }
            for outcome in self._evaluator.run(group, at, before):
                rule = outcome.rule
                if outcome.error:
                    wrong.append((rule.file, rule.line, f"{rule.name} cannot be evaluated: {outcome.error}"))
                if outcome.step is None:
                    continue
                self._now[rule.id] = outcome.step.alerts
                status = self._alerts.setdefault(rule.id, RuleStatus(rule.name))
                for change, alert in outcome.step.changes:
                    member = Member(alert.id, dict(alert.labels))
                    fold(status, RuleChanged(rule.id, rule.name, change, at, (member,)))
        return wrong

    def firing(self, alertname: str) -> Sequence[Firing]:
        return [
            Firing(dict(alert.labels), alert.annotations)
            for group in self._groups
            for rule in group.rules
            if rule.kind == "alerting" and rule.name == alertname
            for alert in self._now.get(rule.id, ())
            if alert.instance.firing
        ]

    def knows(self, alertname: str) -> bool:
        return any(
            rule.kind == "alerting" and rule.name == alertname
            for group in self._groups
            for rule in group.rules
        )


def ordered(groups: Sequence[Group], names: Sequence[str]) -> list[Group]:
    """Groups in the order in which they are run: those named first."""
    place = {name: index for index, name in enumerate(names)}
    return sorted(groups, key=lambda group: place.get(group.name, len(place)))


def run(test: Test, file: TestFile, subject: Subject) -> Iterator[CaseResult]:
    """What came of each expectation, in the order of time; an evaluation that fails ends the test."""
    waiting = sorted(test.alerts, key=lambda case: case.at)
    feed = _Feed(test)
    for at in range(0, test.end + 1, file.interval):
        feed.until(subject.engine, at)
        wrong = subject.evaluate(at)
        if wrong:
            for where, line, why in wrong:
                message = f"{why} (after {_seconds(at)})"
                yield CaseResult(
                    file=where,
                    line=line,
                    test=test.name,
                    name="rules",
                    kind="rules",
                    result="error",
                    message=message,
                )
            return
        while waiting and waiting[0].at < at + file.interval:
            yield _alert(waiting.pop(0), test, file, subject)
    for case in test.queries:
        yield _query(case, test, file, subject.engine)


class _Feed:
    """The input series, sample by sample in the order of time."""

    def __init__(self, test: Test) -> None:
        self._step, self._rows, self._next = test.interval, test.series, 0

    def until(self, engine: Embedded, at: Instant) -> None:
        while self._next * self._step <= at:
            given = [
                (row.labels, row.points[self._next]) for row in self._rows if self._next < len(row.points)
            ]
            samples = [(labels, point.value) for labels, point in given if point.value is not None]
            ended = [labels for labels, point in given if point.stale]
            if samples or ended:
                engine.record(samples, ended, self._next * self._step)
            self._next += 1


def _alert(case: AlertCase, test: Test, file: TestFile, subject: Subject) -> CaseResult:
    got = list(subject.firing(case.alertname))
    same = _fit_partly(case.expected, got) if subject.partly else _fit(case.expected, got)
    unknown = "" if subject.knows(case.alertname) else f"there is no alert {case.alertname}"
    return CaseResult(
        file=str(file.file),
        line=case.line,
        test=test.name,
        name=case.alertname,
        kind="alert",
        result="passed" if same else "failed",
        expected=tuple(sorted(said(one.labels, one.annotations) for one in case.expected)),
        got=tuple(sorted(said(one.labels, one.annotations) for one in got)),
        message=unknown,
        at_seconds=case.at / 1000,
    )


def said(labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    """An alert in one line, as failures show it."""
    told, noted = label.text(label.of(labels)), label.of(annotations)
    return f"{told} with {label.text(noted)}" if noted else told


def _fit(expected: Sequence[ExpectedAlert], got: Sequence[Firing]) -> bool:
    def key(one: ExpectedAlert | Firing) -> tuple[Labels, Labels]:
        return label.of(one.labels), label.of(one.annotations)

    return sorted(map(key, expected)) == sorted(map(key, got))


def _fit_partly(expected: Sequence[ExpectedAlert], got: Sequence[Firing]) -> bool:
    """As many as expected, each with at least the labels and annotations that are named."""
    left = list(got)
    for one in expected:
        wanted = (one.labels.items(), one.annotations.items())
        found = next(
            (g for g in left if wanted[0] <= g.labels.items() and wanted[1] <= g.annotations.items()), None
        )
        if found is None:
            return False
        left.remove(found)
    return not left


def _query(case: QueryCase, test: Test, file: TestFile, engine: Embedded) -> CaseResult:
    message = ""
    try:
        found = engine.instant(case.expression, case.at)
        got = sorted((label.of(sample.labels), sample.value) for sample in found)
    except OpsguideError as error:
        got, message = [], error.what
    expected = sorted((one.labels, one.value) for one in case.expected)
    same = (
        not message
        and [labels for labels, _ in expected] == [labels for labels, _ in got]
        and all(_equal(left, right, file.fuzzy) for (_, left), (_, right) in zip(expected, got, strict=True))
    )
    return CaseResult(
        file=str(file.file),
        line=case.line,
        test=test.name,
        name=case.expression,
        kind="query",
        result="passed" if same else "failed",
        expected=tuple(f"{label.text(labels)} {value:.17g}" for labels, value in expected),
        got=tuple(f"{label.text(labels)} {value:.17g}" for labels, value in got),
        message=message,
        at_seconds=case.at / 1000,
    )


def _equal(left: float, right: float, fuzzy: bool) -> bool:
    if fuzzy:
        return almost_equal(left, right)
    return almost_equal(left, right) and (
        left == right or not abs(left - right) > ROUNDING * max(abs(left), abs(right))
    )


def _seconds(at: Instant) -> str:
    return f"{at / 1000:g} s"
