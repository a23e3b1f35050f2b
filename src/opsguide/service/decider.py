"""The one place where facts are made: command → engine → ledger, then deeds. One asyncio loop, no locks.

The engine's state may run ahead of the disk by the batches in flight. Nobody is answered and nothing is done before
a batch is durable; if the ledger refuses one, the state is folded again from what is durable.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from ..kernel.clock import Clock, Instant, seconds_between
from ..kernel.engine import Batch, Engine
from ..kernel.errors import LedgerUnwritable, Refused
from ..kernel.facts import Data, Recorded
from ..kernel.intent import Intent, Outcome
from ..kernel.ledger import Ledger
from ..kernel.part import Command, Refusal
from ..kernel.ports import Deed

LONGEST_SLEEP_SECONDS = 60.0
"""The loop wakes at least this often, so that a clock that was set forward is noticed."""

DEEDS_AT_ONCE = 20

PAGE = "page"
"""The deed that goes on while the ledger cannot be written."""


class Decider:
    """Runs one guide's engine on its ledger. `deeds` maps a deed's name to what does it."""

    def __init__(
        self, build: Callable[[], Engine], ledger: Ledger, clock: Clock, deeds: Mapping[str, Deed]
    ) -> None:
        self._build, self._ledger, self._clock, self._deeds = build, ledger, clock, deeds
        self._emergencies: dict[str, Outcome | None] = {}
        self.engine = build()
        self.trouble = ""
        self.decided_at: Instant = 0
        self._epoch = 0
        self._kick = asyncio.Event()
        self._listeners: set[asyncio.Queue[Sequence[Recorded]]] = set()
        self._doing: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(DEEDS_AT_ONCE)

    def start(self) -> None:
        """Fold the ledger. Raises UnknownFact or LedgerBroken before anything is written."""
        self.engine = self._build()
        self.engine.replay(self._ledger.read())

    def now(self) -> Instant:
        return max(self._clock.now(), self.engine.at)

    async def submit(self, command: Command, *, actor: str) -> Sequence[Recorded]:
        """Durable when it returns. Raises Refused (nothing changed) or LedgerUnwritable (nothing recorded)."""
        batch = self.engine.run(command, actor=actor, now=self.now())
        if isinstance(batch, Refusal):
            raise Refused(batch.what, reason=batch.reason, hint=batch.hint)
        return await self._record(batch)

    async def record(self, data: Data, *, subject: str) -> Sequence[Recorded]:
        """A fact from the edge itself, and what follows from it."""
        return await self._record(self.engine.record(data, subject=subject, now=self.now()))

    async def _record(self, batch: Batch) -> Sequence[Recorded]:
        if not batch.facts:
            return ()
        epoch = self._epoch
        try:
            recorded = await self._ledger.append(batch.facts)
        except LedgerUnwritable as error:
            self._fell_behind(epoch, error)
            self._page_anyway(batch)
            raise
        self.trouble = ""
        for listener in self._listeners:
            listener.put_nowait(recorded)
        self._kick.set()
        return recorded

    def _fell_behind(self, epoch: int, error: LedgerUnwritable) -> None:
        """Fold again what is durable; batches in flight failed with this one and find the work done."""
        self.trouble = str(error)
        if epoch == self._epoch:
            self._epoch += 1
            self.start()

    def _page_anyway(self, batch: Batch) -> None:
        """The one exception to "on the ledger first": pages go out although it cannot be written, once a key."""
        for fact in batch.facts:
            intent = fact.data
            if isinstance(intent, Intent) and intent.deed == PAGE and intent.key not in self._emergencies:
                self._emergencies[intent.key] = None
                self._begin(intent.key, self._emergency(intent))

    async def _emergency(self, intent: Intent) -> None:
        """Its outcome waits in memory until the ledger takes the intent; a failed one is then tried as usual."""
        outcome = await self._deeds[PAGE].do(intent, 1)
        if outcome.result == "done":
            self._emergencies[intent.key] = outcome
        else:
            self._emergencies.pop(intent.key, None)

    async def changes(self) -> AsyncIterator[Sequence[Recorded]]:
        """What becomes durable from now on."""
        queue = asyncio.Queue[Sequence[Recorded]]()
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)

    async def run(self) -> None:
        """Decide whenever something is due, start due deeds; until cancelled."""
        try:
            while True:
                await self._decide_once()
                # Not wait_for: on 3.11 it can swallow a cancellation that comes with the kick.
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._sleep()):
                        await self._kick.wait()
                self._kick.clear()
        finally:
            await _cancelled(self._doing.values())

    async def _decide_once(self) -> None:
        try:
            await self._record(self.engine.tick(self.now()))
        except LedgerUnwritable:
            await asyncio.sleep(1)  # the next round tries again; `trouble` says why
            return
        self.decided_at = self._clock.now()
        self._start_deeds()

    def _sleep(self) -> float:
        wakes = [w for w in (self.engine.wake, self._next_deed()) if w is not None]
        if not wakes:
            return LONGEST_SLEEP_SECONDS
        return min(LONGEST_SLEEP_SECONDS, max(0.0, seconds_between(self._clock.now(), min(wakes))))

    def _next_deed(self) -> Instant | None:
        idle = [p.due for p in self.engine.outbox.waiting.values() if p.intent.key not in self._doing]
        return min(idle, default=None)

    def _start_deeds(self) -> None:
        now = self.now()
        for pending in list(self.engine.outbox.due(now)):
            key = pending.intent.key
            if key not in self._doing and pending.seq <= self._ledger.head.seq:
                self._begin(key, self._do(key))

    def _begin(self, key: str, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name=f"deed {key}")
        self._doing[key] = task
        task.add_done_callback(partial(self._done, key))

    def _done(self, key: str, _task: asyncio.Task[None]) -> None:
        self._doing.pop(key, None)
        self._kick.set()

    async def _do(self, key: str) -> None:
        """One attempt. What was withdrawn while it waited for a slot is not done any more."""
        async with self._slots:
            pending = self.engine.outbox.waiting.get(key)
            if pending is None:
                return
            attempt = pending.attempts + 1
            deed = self._deeds.get(pending.intent.deed)
            sent = self._emergencies.pop(key, None)
            if sent is not None:
                outcome = sent
            elif deed is None:
                outcome = Outcome(key, attempt, "failed", f"nothing here does {pending.intent.deed!r}")
            else:
                outcome = await deed.do(pending.intent, attempt)
            await self._remember(outcome, pending.intent.args.get("incident", ""))

    async def _remember(self, outcome: Outcome, incident: str) -> None:
        """An outcome that cannot be recorded is recorded later: the deed must not be done again for that."""
        subject = f"incident:{incident}" if incident else f"intent:{outcome.key}"
        while True:
            try:
                await self.record(outcome, subject=subject)
                return
            except LedgerUnwritable:
                await asyncio.sleep(1)


async def _cancelled(tasks: Iterable[asyncio.Task[None]]) -> None:
    waiting: list[Awaitable[None]] = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
