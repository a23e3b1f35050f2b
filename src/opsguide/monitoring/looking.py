"""Which instrumentations an environment has, as telemetry last said."""

from dataclasses import dataclass, field

from ..kernel.clock import Instant
from ..kernel.errors import EngineAway, QueryError
from ..kernel.ports import Telemetry
from .signals import Presence, found, looks

FRESH_MS = 10_000


async def look(telemetry: Telemetry, names: frozenset[str], environment: str, at: Instant) -> Presence:
    """What is there, of what has metrics among `names`. Raises EngineAway."""
    asked = looks(environment, names)
    answers = await telemetry.ask(list(asked.values()), at)
    for answer in answers:
        if isinstance(answer, EngineAway):
            raise answer
    told = zip(asked, answers, strict=True)
    return found((key, answer.samples) for key, answer in told if not isinstance(answer, QueryError))


@dataclass(kw_only=True)
class Looker:
    """Looks when it is asked to, and remembers."""

    telemetry: Telemetry
    _seen: dict[str, tuple[Instant, Presence]] = field(default_factory=dict)

    def seen(self, environment: str) -> Presence:
        """What the last look found; nothing before the first."""
        return self._seen[environment][1] if environment in self._seen else {}

    async def look(self, environment: str, now: Instant) -> str:
        """Learns what is there. Why that cannot be known, or ""; then what was known before stands."""
        try:
            await self.telemetry.look()
            seen = await look(self.telemetry, self.telemetry.metric_names(), environment, now)
        except EngineAway as away:
            return away.what
        self._seen[environment] = now, seen
        return ""

    async def refresh(self, environment: str, now: Instant) -> None:
        """The same, unless it was done just now."""
        before, _ = self._seen.get(environment, (None, {}))
        if before is None or not before <= now < before + FRESH_MS:
            await self.look(environment, now)
