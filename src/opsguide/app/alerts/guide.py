"""The guide's own alerts under test: the real reading, watch, engine and chapter, on a clock that is moved by hand."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from msgspec import structs

from ...guide.adoption import Adopt
from ...guide.bindings import every_of, read_bindings
from ...guide.reader import Readers
from ...guide.values import Alert
from ...kernel.clock import Instant
from ...kernel.part import Command, Refusal
from ...monitoring.alerts import is_rule, name
from ...monitoring.commands import Observe
from ...monitoring.looking import Looker
from ...monitoring.observing import Observer
from ...monitoring.rules import main_environment_name
from ...monitoring.state import State
from ...rulefiles.model import Problem
from ...rulefiles.unittests.model import Test
from ...rulefiles.unittests.reading import TestFileError
from ...rulefiles.unittests.running import FOREVER, Firing
from ...service.adopting import read_both
from ...telemetry import labels as label
from ...telemetry.embedded import Embedded
from ...telemetry.query.fetching import DEFAULTS
from ..core import build_engine

UNBOUND = '[environments.production]\nmetrics = "http://127.0.0.1/metrics"\nprivate = true\n'
"""The bindings where there are none: what the input series give is what production exports."""


class _Clock:
    def __init__(self) -> None:
        self.at: Instant = 0

    def now(self) -> Instant:
        return self.at


def adopted(guide: Path, bindings: Path | None, readers: Readers) -> Adopt:
    """The guide and its bindings, read. Raises TestFileError with all that is wrong."""
    beside = guide.parent / "opsguide.toml"
    path = bindings or (beside if beside.exists() else None)
    if bindings is not None and not bindings.exists():
        raise TestFileError([Problem(str(bindings), 1, "there is no such file", "name the file of bindings")])
    found = read_both(guide, path, readers)
    if not isinstance(found, Adopt):
        wrong = zip(found.files, found.diagnostics, strict=True)
        raise TestFileError([Problem(file, one.line, one.message, one.hint) for file, one in wrong])
    if path is not None:
        return found
    bound, _ = read_bindings(UNBOUND)
    assert bound is not None
    return structs.replace(found, bindings=bound, bindings_text=UNBOUND)


class GuideSubject:
    """Fulfils `rulefiles.unittests.running.Subject`."""

    partly = True

    def __init__(self, adopt: Adopt, guide: Path, subquery_step: int, loop: asyncio.Runner) -> None:
        self.engine = Embedded(FOREVER, structs.replace(DEFAULTS, subquery_step_ms=subquery_step))
        self._guide, self._loop, self._clock = guide, loop, _Clock()
        self._core = build_engine()
        self._do(adopt)
        self._environment = main_environment_name(self._state()) or "production"
        self._every = every_of(adopt.bindings, self._environment)
        self._observer = Observer(
            state=self._state,
            telemetry=self.engine,
            looker=Looker(telemetry=self.engine),
            clock=self._clock,
            away=lambda _signal, _environment: "",
            live={},
        )

    def scraped(self, test: Test) -> Test:
        """The input series as a scrape of the main environment gives them: with its label."""
        series = tuple(
            row
            if label.get(row.labels, "environment")
            else structs.replace(row, labels=label.replaced(row.labels, "environment", self._environment))
            for row in test.series
        )
        return structs.replace(test, series=series)

    def evaluate(self, at: Instant) -> Sequence[tuple[str, int, str]]:
        self._clock.at = at
        observed = self._loop.run(self._observer.look(self._environment, self._every))
        self._do(Observe(observed, self._every))
        promises = self._state().promises
        return [
            (str(self._guide), promises[one.promise].span.line, one.problem)
            for one in observed
            if one.why == "query_error" and one.value is None and is_rule(promises[one.promise])
        ]

    def firing(self, alertname: str) -> Sequence[Firing]:
        state = self._state()
        found = []
        for promise in state.promises.values():
            status = state.alerts.get(promise.id)
            if (
                is_rule(promise)
                and name(promise) == alertname
                and status is not None
                and status.phase == "firing"
            ):
                severity = promise.values.severity if isinstance(promise.values, Alert) else None
                labels = {"alertname": alertname, "promise": promise.id, "severity": severity or ""}
                annotations = {"line": str(promise.span.line), "section": promise.section}
                found.append(Firing(labels, annotations))
        return found

    def knows(self, alertname: str) -> bool:
        return any(is_rule(one) and name(one) == alertname for one in self._state().promises.values())

    def names(self) -> list[str]:
        """The guide's alerts."""
        return sorted({name(one) for one in self._state().promises.values() if is_rule(one)})

    def _state(self) -> State:
        state: State = self._core.state("monitoring")
        return state

    def _do(self, command: Command) -> None:
        answer = self._core.run(command, actor="test", now=self._clock.at)
        assert not isinstance(answer, Refusal), answer.what
