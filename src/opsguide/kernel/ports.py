"""What the core and the chapters ask of the world, as Protocols. The edge fulfils them; tests bring their own."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from .clock import Instant
from .intent import Intent, Outcome


class Sample(Struct, frozen=True, gc=False):
    """One series with its value at an instant. `labels` hold `__name__` where the series has one."""

    labels: dict[str, str]
    value: float


class Series(Struct, frozen=True, gc=False):
    """One series over time: `times` in milliseconds, ascending, as long as `values`."""

    labels: dict[str, str]
    times: list[Instant]
    values: list[float]


class Telemetry(Protocol):
    """Signals in, and asked for. The same expressions (PromQL) run on the embedded engine and on a remote one."""

    def ingest(self, samples: Sequence[Sample], at: Instant, target: Mapping[str, str]) -> None:
        """All samples of one scrape at one instant, atomically; `target` labels (job, instance …) win over theirs.

        A series of this target that was there before and is missing now becomes stale.
        """
        ...

    def instant(self, expression: str, at: Instant) -> tuple[Sample, ...]:
        """The vector (a scalar is one sample without labels) of a PromQL expression. Raises QueryError."""
        ...

    def range(self, expression: str, start: Instant, end: Instant, step_ms: int) -> tuple[Series, ...]:
        """The expression at start, start+step … end, as PromQL's query_range. Raises QueryError."""
        ...

    def metric_names(self) -> frozenset[str]:
        """Names of metrics that have had a sample lately: which instrumentation is present?"""
        ...


class Deed(Protocol):
    """Does one kind of intent. Never raises: what went wrong is the outcome's `detail`, without secrets."""

    async def do(self, intent: Intent, attempt: int) -> Outcome: ...
