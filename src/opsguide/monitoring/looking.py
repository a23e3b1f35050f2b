"""Which instrumentations an environment, or a part of the service, has, as telemetry last said."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from msgspec import Struct

from ..guide.bindings import Bindings, Scoped
from ..kernel.clock import Instant
from ..kernel.errors import QueryError
from ..kernel.ports import Telemetry
from .scope import Scope, own_scope, remote_scope
from .signals import Presence, Seen, found, looks

FRESH_MS = 10_000

THERE_MS = 60_000
"""So long what a remote engine has is taken to be so, while no metric comes or goes."""


async def look(telemetry: Telemetry, names: frozenset[str], scope: Scope, at: Instant) -> Presence:
    """What is there, of what has metrics among `names`. Raises QueryError where that cannot be known."""
    asked = looks(scope, names)
    answers = await telemetry.ask(list(asked.values()), at)
    for answer in answers:
        if isinstance(answer, QueryError):
            raise answer
    told = zip(asked, answers, strict=True)
    return found((key, answer.samples) for key, answer in told if not isinstance(answer, QueryError))


class _There(Struct, frozen=True):
    """What a remote engine had at an instant, of these metrics in this scope."""

    at: Instant
    names: frozenset[str]
    scope: Scope
    seen: Presence


_NOTHING = _There(0, frozenset(), Scope("", ""), {})


@dataclass(kw_only=True)
class Looker:
    """Looks when asked to, and remembers. `lacking` is why a remote engine has nothing of an environment, or ""."""

    telemetry: Telemetry
    bindings: Callable[[], Bindings] = Bindings
    lacking: str = ""
    _seen: dict[Scoped, tuple[Instant, Presence]] = field(default_factory=dict)
    _there: dict[Scoped, _There] = field(default_factory=dict)

    def seen(self, part: Scoped | None) -> Seen:
        """What the last look found of a part: of opsguide's own samples, and in a remote engine; nothing before the
        first."""
        if part is None:
            return {}, {}
        return self._seen[part][1] if part in self._seen else {}, self._there.get(part, _NOTHING).seen

    async def look(self, parts: Collection[Scoped], now: Instant) -> QueryError | None:
        """Learns what is there. Why that cannot be known of a remote engine, if so; then what was known stands."""
        own = self.telemetry.own
        here = own.metric_names()
        for part in parts:
            self._seen[part] = now, await look(own, here, own_scope(part, 0), now)
        try:
            self.lacking = await self.telemetry.look()
            there = self.telemetry.metric_names() - here
            for part in parts:
                if not self.telemetry.answering.problem:
                    await self._look_there(part, there, now)
        except QueryError as unknown:
            return unknown
        return None

    async def _look_there(self, part: Scoped, names: frozenset[str], now: Instant) -> None:
        scope, before = remote_scope(self.bindings(), part), self._there.get(part, _NOTHING)
        known = (before.names, before.scope) == (names, scope) and before.at <= now < before.at + THERE_MS
        if not known:
            seen = await look(self.telemetry, names, scope, now)
            self._there[part] = _There(now, names, scope, seen)

    async def refresh(self, parts: Collection[Scoped], now: Instant) -> None:
        """The same, of what was not looked at just now."""
        before = {part: self._seen.get(part, (None, {}))[0] for part in parts}
        old = [part for part, at in before.items() if at is None or not at <= now < at + FRESH_MS]
        if old:
            await self.look(old, now)
