"""The console's view of the running service: the port of `web.console`, fulfilled by the decider."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ..guide.adoption import GuideState
from ..guide.history import Stint
from ..kernel.clock import Instant
from ..kernel.facts import Recorded
from ..kernel.ledger import Head, Ledger
from ..kernel.outbox import Outbox
from ..kernel.part import Command
from ..kernel.standing import Standing
from ..monitoring.amounts import written
from ..monitoring.rules import bound_for
from ..monitoring.state import State as Monitoring
from ..monitoring.watch import Watch
from ..service.decider import Decider
from ..service.standings import standings
from .core import CHAPTERS, history


class LiveConsole:
    """Reads the decider's state; standings get the newest measured value, which the ledger does not hold."""

    def __init__(self, decider: Decider, ledger: Ledger, watch: Watch) -> None:
        self._decider, self._ledger, self._watch = decider, ledger, watch

    def now(self) -> Instant:
        return self._decider.now()

    @property
    def head(self) -> Head:
        return self._ledger.head

    @property
    def outbox(self) -> Outbox:
        return self._decider.engine.outbox

    @property
    def guide(self) -> GuideState:
        state: GuideState = self._decider.engine.state("guide")
        return state

    def state(self, part: str) -> Any:
        return self._decider.engine.state(part)

    def standings(self) -> Mapping[str, Standing]:
        found = standings(self._decider.engine, CHAPTERS, self.now())
        return {promise: self._live(promise, standing) for promise, standing in found.items()}

    def _live(self, promise: str, standing: Standing) -> Standing:
        live = self._watch.live.get(promise)
        if live is None or live.value is None or standing.kind not in ("kept", "at_risk", "broken"):
            return standing
        state: Monitoring = self.state("monitoring")
        kept = state.promises.get(promise)
        bound = bound_for(state, kept) if kept is not None else None
        if bound is None:
            return standing
        return msgspec.structs.replace(standing, value=written(live.value, bound.unit), evidence_at=live.at)

    def history(self, subject: str) -> Iterator[Recorded]:
        return self._ledger.read(subject=subject)

    def stints(self, promise: str, start: Instant, end: Instant) -> tuple[Stint, ...]:
        return history(self._decider.engine, promise, start, min(end, self.now()))

    def trouble(self) -> str:
        return self._decider.trouble

    async def submit(self, command: Command, *, actor: str) -> Sequence[Recorded]:
        return await self._decider.submit(command, actor=actor)

    def changes(self) -> AsyncIterator[Sequence[Recorded]]:
        return self._decider.changes()
