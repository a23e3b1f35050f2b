"""The engine that the bindings choose, followed as they change: what asks need not know which one answers."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import structs

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import QueryError
from opsguide.kernel.ports import EngineStatus, Matrix, Sample, Telemetry, Vector

from .embedded import Embedded
from .remote.engine import Remote
from .remote.sending import Sender


class Source:
    """Fulfils `kernel.ports.Telemetry`. `is_remote` says what `telemetry.source` is bound to now."""

    def __init__(
        self, embedded: Embedded, remote: Remote, sender: Sender, is_remote: Callable[[], bool]
    ) -> None:
        self._embedded, self._remote, self._sender, self._is_remote = embedded, remote, sender, is_remote
        embedded.forward = sender.take

    @property
    def _engine(self) -> Telemetry:
        return self._remote if self._is_remote() else self._embedded

    @property
    def own(self) -> Embedded:
        return self._embedded

    @property
    def answering(self) -> EngineStatus:
        return structs.replace(self._engine.answering, sending=self._sender.status)

    def ingest(self, samples: Sequence[Sample], at: Instant, target: Mapping[str, str]) -> None:
        self._embedded.ingest(samples, at, target)

    async def ask(self, expressions: Sequence[str], at: Instant) -> Sequence[Vector | QueryError]:
        return await self._engine.ask(expressions, at)

    async def ask_range(self, expression: str, start: Instant, end: Instant, step_ms: int) -> Matrix:
        return await self._engine.ask_range(expression, start, end, step_ms)

    async def look(self) -> str:
        return await self._engine.look()

    def metric_names(self) -> frozenset[str]:
        return self._engine.metric_names()
