"""What the core and the chapters ask of the world, as Protocols. The edge fulfils them; tests bring their own."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from .clock import Instant
from .errors import QueryError
from .intent import Intent, Outcome

Row = TypeVar("Row")


class Sample(Struct, frozen=True, gc=False):
    """One series with its value at an instant. `labels` hold `__name__` where the series has one."""

    labels: dict[str, str]
    value: float


class Series(Struct, frozen=True, gc=False):
    """One series over time: `times` in milliseconds, ascending, as long as `values`."""

    labels: dict[str, str]
    times: list[Instant]
    values: list[float]


class Vector(Struct, frozen=True, gc=False):
    """What an expression gives at an instant; a number is one sample without labels. `warnings` are the engine's."""

    samples: tuple[Sample, ...]
    warnings: tuple[str, ...] = ()


class Matrix(Struct, frozen=True, gc=False):
    """What an expression gives over time."""

    series: tuple[Series, ...]
    warnings: tuple[str, ...] = ()


class SendingStatus(Struct, frozen=True):
    """Samples sent elsewhere since the start, those that were lost, those that wait; why it does not go on, or ""."""

    sent: int
    dropped: int
    waiting: int
    problem: str = ""


class EngineStatus(Struct, frozen=True):
    """Which engine answers. `address` of a remote one, "" of this process; `problem` says why it does not answer.

    `sending` is how own samples get to a remote one, None where they do not.
    """

    name: str
    address: str = ""
    problem: str = ""
    sending: SendingStatus | None = None


class Telemetry(Protocol):
    """Signals in, and asked for. The same expressions (PromQL) run on the embedded engine and on a remote one."""

    @property
    def own(self) -> "Telemetry":
        """The engine that has what is ingested here: this one, or the embedded one beside a remote one."""
        ...

    @property
    def answering(self) -> EngineStatus: ...

    def ingest(self, samples: Sequence[Sample], at: Instant, target: Mapping[str, str]) -> None:
        """All samples of one scrape at one instant, atomically; `target` labels (job, instance …) win over theirs.

        A series of this target that was there before and is missing now becomes stale.
        """
        ...

    async def ask(self, expressions: Sequence[str], at: Instant) -> Sequence[Vector | QueryError]:
        """The vector of each PromQL expression, or why there is none: EngineAway where the engine does not answer."""
        ...

    async def ask_range(self, expression: str, start: Instant, end: Instant, step_ms: int) -> Matrix:
        """The expression at start, start+step … end, as PromQL's query_range. Raises QueryError."""
        ...

    async def look(self) -> str:
        """Learns which metrics are present; what a person should know of that, or "". Raises EngineAway."""
        ...

    def metric_names(self) -> frozenset[str]:
        """Names of metrics that have had a sample lately, as last learnt: which instrumentation is present?"""
        ...


class Kept(Protocol[Row]):
    """A small table that outlives the service: `load` what was kept, `save` all of it. Neither raises."""

    def load(self) -> Mapping[str, Row]: ...
    def save(self, rows: Mapping[str, Row]) -> None: ...


class Deed(Protocol):
    """Does one kind of intent. Never raises: what went wrong is the outcome's `detail`, without secrets."""

    async def do(self, intent: Intent, attempt: int, others: Sequence[Intent] = ()) -> Outcome:
        """One attempt; what came of it holds for `others`, too: those that join it."""
        ...

    def gap(self, intent: Intent) -> float | None:
        """How many seconds apart messages of many go to one person: None where each goes alone, 0 all at once."""
        ...
