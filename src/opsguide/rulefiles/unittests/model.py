"""What a file of tests says, typed. Times are milliseconds from the start of a test."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from opsguide.telemetry.labels import Labels
from opsguide.telemetry.promqltest.series import Row


class ExpectedAlert(Struct, frozen=True):
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


class AlertCase(Struct, frozen=True):
    """These alerts of this name, and no others, fire at the instant."""

    line: int
    at: int
    alertname: str
    expected: tuple[ExpectedAlert, ...]


class ExpectedSample(Struct, frozen=True):
    labels: Labels
    value: float


class QueryCase(Struct, frozen=True):
    """The expression gives these samples, and no others, at the instant."""

    line: int
    at: int
    expression: str
    expected: tuple[ExpectedSample, ...]


class Test(Struct, frozen=True, kw_only=True):
    """One of the `tests`: series, and what must come of them."""

    __test__ = False

    line: int
    name: str
    interval: int
    series: tuple[Row, ...]
    alerts: tuple[AlertCase, ...]
    queries: tuple[QueryCase, ...]
    external_labels: Mapping[str, str]
    external_url: str

    @property
    def end(self) -> int:
        """The last instant that something is expected of."""
        return max([*(case.at for case in self.alerts), *(case.at for case in self.queries)], default=0)


class TestFile(Struct, frozen=True, kw_only=True):
    """A file: either rule files or a guide with its bindings, and tests of them. `fuzzy` compares values loosely."""

    __test__ = False

    file: Path
    interval: int
    rule_files: tuple[Path, ...]
    group_order: tuple[str, ...]
    fuzzy: bool
    tests: tuple[Test, ...]
    guide: Path | None = None
    bindings: Path | None = None


Result: TypeAlias = Literal["passed", "failed", "error"]


class CaseResult(Struct, frozen=True, kw_only=True):
    """What came of one expectation, or (kind `rules`) of what could not be evaluated."""

    file: str
    line: int
    test: str
    name: str
    kind: Literal["alert", "query", "rules", "file"]
    result: Result
    expected: tuple[str, ...] = ()
    got: tuple[str, ...] = ()
    message: str = ""
    at_seconds: float = 0.0
