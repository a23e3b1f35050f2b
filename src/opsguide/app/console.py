"""The console's view of the running service, now or at a past instant: the port of `web.console`, fulfilled."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ..guide.adoption import GuideState
from ..guide.history import Stint
from ..kernel.clock import Instant
from ..kernel.engine import Engine
from ..kernel.errors import Refused
from ..kernel.facts import Recorded
from ..kernel.ledger import Head, Ledger, Verified
from ..kernel.look import Found, Wanted
from ..kernel.outbox import Outbox
from ..kernel.part import Command
from ..kernel.standing import Standing
from ..monitoring.amounts import written
from ..monitoring.rules import bound_for
from ..monitoring.state import State as Monitoring
from ..monitoring.watch import Watch
from ..service.decider import Decider
from ..service.standings import standings
from ..web.console import Console
from .core import CHAPTERS, history
from .past import Past, until


class _Folded:
    """What is the same of now and of then: all that a folded engine tells."""

    _ledger: Ledger

    @property
    def engine(self) -> Engine:
        raise NotImplementedError

    def now(self) -> Instant:
        raise NotImplementedError

    @property
    def outbox(self) -> Outbox:
        return self.engine.outbox

    @property
    def guide(self) -> GuideState:
        state: GuideState = self.engine.state("guide")
        return state

    def state(self, part: str) -> Any:
        return self.engine.state(part)

    def types(self) -> Sequence[str]:
        return sorted({name for name, _, _ in self.engine.fact_types})

    def standings(self) -> Mapping[str, Standing]:
        return standings(self.engine, CHAPTERS, self.now())


class PastConsole(_Folded):
    """The console as of an instant: `engine` was folded until then, `live` is the console of now."""

    def __init__(self, engine: Engine, instant: Instant, ledger: Ledger, live: Console) -> None:
        self._engine, self._instant, self._ledger, self._live = engine, instant, ledger, live

    @property
    def engine(self) -> Engine:
        return self._engine

    def now(self) -> Instant:
        return self._instant

    @property
    def as_of(self) -> Instant | None:
        return self._instant

    async def at(self, instant: Instant) -> Console:
        return await self._live.at(instant)

    @property
    def head(self) -> Head:
        seq = self._engine.seq
        return Head(seq, self._ledger.hash_at(seq), self._engine.at)

    def history(self, subject: str, after: int = 0) -> Iterator[Recorded]:
        return until(self._ledger.read(after, subject=subject), self._instant)

    def facts(self, after: int, upto: int) -> Iterator[Recorded]:
        return self._ledger.read(after, upto=min(upto, self._engine.seq))

    async def look(self, wanted: Wanted) -> Found:
        return await asyncio.to_thread(self._ledger.look, wanted, self._engine.seq)

    def hash_at(self, seq: int) -> bytes:
        return self._ledger.hash_at(seq)

    async def verify(self) -> Verified:
        return await self._live.verify()

    def stints(self, promise: str, start: Instant, end: Instant) -> tuple[Stint, ...]:
        return self._live.stints(promise, start, min(end, self._instant))

    def accounts(self) -> Mapping[str, str]:
        return self._live.accounts()

    def trouble(self) -> str:
        return ""

    async def submit(self, command: Command, *, actor: str) -> Sequence[Recorded]:
        raise Refused("the past cannot be changed", reason="past", hint="go back to now, and do it there")

    async def changes(self) -> AsyncIterator[Sequence[Recorded]]:
        """What is over does not change."""
        for batch in tuple[Sequence[Recorded], ...]():
            yield batch


class LiveConsole(_Folded):
    """Reads the decider's state; standings get the newest measured value, which the ledger does not hold."""

    def __init__(
        self,
        decider: Decider,
        ledger: Ledger,
        watch: Watch | None,
        accounts: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._decider, self._ledger, self._watch, self._accounts = decider, ledger, watch, accounts
        self._past = Past(ledger.read)

    @property
    def engine(self) -> Engine:
        return self._decider.engine

    def now(self) -> Instant:
        return self._decider.now()

    @property
    def as_of(self) -> Instant | None:
        return None

    async def at(self, instant: Instant) -> Console:
        engine = await asyncio.to_thread(self._past.at, instant, self.head)
        return PastConsole(engine, instant, self._ledger, self)

    @property
    def head(self) -> Head:
        return self._ledger.head

    def standings(self) -> Mapping[str, Standing]:
        return {promise: self._live(promise, standing) for promise, standing in super().standings().items()}

    def _live(self, promise: str, standing: Standing) -> Standing:
        live = self._watch.live.get(promise) if self._watch is not None else None
        if live is not None and live.problem and standing.kind == "unproven":
            # The ledger has the reason for which it became unproven; meanwhile there may be another one.
            return msgspec.structs.replace(standing, reason=live.problem)
        if live is None or live.value is None or standing.kind not in ("kept", "at_risk", "broken"):
            return standing
        state: Monitoring = self.state("monitoring")
        kept = state.promises.get(promise)
        bound = bound_for(state, kept) if kept is not None else None
        if bound is None:
            return standing
        return msgspec.structs.replace(standing, value=written(live.value, bound.unit), evidence_at=live.at)

    def history(self, subject: str, after: int = 0) -> Iterator[Recorded]:
        return self._ledger.read(after, subject=subject)

    def facts(self, after: int, upto: int) -> Iterator[Recorded]:
        return self._ledger.read(after, upto=upto)

    async def look(self, wanted: Wanted) -> Found:
        return await asyncio.to_thread(self._ledger.look, wanted)

    def hash_at(self, seq: int) -> bytes:
        return self._ledger.hash_at(seq)

    async def verify(self) -> Verified:
        return await asyncio.to_thread(self._ledger.verify)

    def stints(self, promise: str, start: Instant, end: Instant) -> tuple[Stint, ...]:
        return history(self.engine, promise, start, min(end, self.now()))

    def accounts(self) -> Mapping[str, str]:
        return self._accounts()

    def trouble(self) -> str:
        return self._decider.trouble

    async def submit(self, command: Command, *, actor: str) -> Sequence[Recorded]:
        return await self._decider.submit(command, actor=actor)

    def changes(self) -> AsyncIterator[Sequence[Recorded]]:
        return self._decider.changes()
