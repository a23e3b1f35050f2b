"""The one place where facts are made: command → engine → ledger, then deeds. One asyncio loop, no locks.

The engine's state may run ahead of the disk by the batches in flight. Nobody is answered and nothing is done before
a batch is durable; if the ledger refuses one, the state is folded again from what is durable.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic

from msgspec.structs import replace

from ..kernel.clock import Clock, Instant, seconds_between
from ..kernel.engine import Batch, Engine
from ..kernel.errors import LedgerUnwritable, Refused
from ..kernel.facts import Data, Recorded
from ..kernel.intent import Intent, Outcome, Pending
from ..kernel.ledger import Ledger
from ..kernel.part import Command, Refusal, Said
from ..kernel.ports import Deed
from .lanes import Lanes

LONGEST_SLEEP_SECONDS = 60.0
"""The loop wakes at least this often, so that a clock that was set forward is noticed."""

OUTCOMES_AT_ONCE = 200
"""Of a message that stood for many, so that nothing else waits for long."""

PAGE = "page"
"""The deed that goes on while the ledger cannot be written."""


class Decider:
    """Runs one guide's engine on its ledger. `deeds` maps a deed's name to what does it.

    `held_until` says until when a lane (a channel) is held because it fails: see Lanes.
    """

    def __init__(
        self,
        build: Callable[[], Engine],
        ledger: Ledger,
        clock: Clock,
        deeds: Mapping[str, Deed],
        held_until: Callable[[str], Instant] = lambda _lane: 0,
    ) -> None:
        self._build, self._ledger, self._clock, self._deeds = build, ledger, clock, deeds
        self._emergencies: dict[str, Outcome | None] = {}
        self.engine = build()
        self._lanes = Lanes(self.engine.outbox, held_until, self._gap)
        self.trouble = ""
        self.decided_at: Instant = 0
        self._epoch = 0
        self._kick = asyncio.Event()
        self._listeners: set[asyncio.Queue[Sequence[Recorded]]] = set()
        self._doing: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Fold the ledger. Raises UnknownFact or LedgerBroken before anything is written."""
        self.engine = self._build()
        self.engine.replay(self._ledger.read())
        self._lanes.follow(self.engine.outbox)

    def _gap(self, intent: Intent) -> float | None:
        deed = self._deeds.get(intent.deed)
        return None if deed is None else deed.gap(intent)

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
        self._lanes.heard(recorded)
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
            await _cancelled(self._doing)

    async def _decide_once(self) -> None:
        try:
            await self._record(self.engine.tick(self.now()))
        except LedgerUnwritable:
            await asyncio.sleep(1)  # the next round tries again; `trouble` says why
            return
        self.decided_at = self._clock.now()
        self._start_deeds()

    def _sleep(self) -> float:
        wakes = [w for w in (self.engine.wake, self._lanes.wake()) if w is not None]
        if not wakes:
            return LONGEST_SLEEP_SECONDS
        return min(LONGEST_SLEEP_SECONDS, max(0.0, seconds_between(self._clock.now(), min(wakes))))

    def _start_deeds(self) -> None:
        for bundle in self._lanes.take(self.now()):
            task = self._begin(bundle[0].intent.key, self._do(bundle))
            task.add_done_callback(partial(self._ended, bundle))

    def _begin(self, key: str, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"deed {key}")
        self._doing.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._doing.discard(task)
        self._kick.set()

    def _ended(self, bundle: Sequence[Pending], _task: asyncio.Task[None]) -> None:
        self._lanes.ended(bundle)

    async def _do(self, bundle: Sequence[Pending]) -> None:
        """One attempt, of one deed or of several that go together. What was withdrawn meanwhile is not done."""
        waiting = self.engine.outbox.waiting
        wanted = [waiting[one.intent.key] for one in bundle if one.intent.key in waiting]
        told = {
            one.intent.key: sent for one in wanted if (sent := self._emergencies.pop(one.intent.key, None))
        }
        rest = [one for one in wanted if one.intent.key not in told]
        if rest:
            said = await self._attempt(rest)
            for one in rest:
                told[one.intent.key] = replace(said, key=one.intent.key, attempt=one.attempts + 1)
        await self._remember([(told[one.intent.key], one.intent) for one in wanted])

    async def _attempt(self, bundle: Sequence[Pending]) -> Outcome:
        first, attempt = bundle[0].intent, bundle[0].attempts + 1
        deed = self._deeds.get(first.deed)
        if deed is None:
            return Outcome(first.key, attempt, "failed", f"nothing here does {first.deed!r}")
        begun = monotonic()
        said = await deed.do(first, attempt, [one.intent for one in bundle[1:]])
        return replace(said, seconds=round(monotonic() - begun, 3))

    async def _remember(self, outcomes: Sequence[tuple[Outcome, Intent]]) -> None:
        """Outcomes that cannot be recorded are recorded later: the deed must not be done again for that."""
        said = [Said(outcome, _subject(intent)) for outcome, intent in outcomes]
        while said:
            try:
                await self._record(self.engine.note(said[:OUTCOMES_AT_ONCE], now=self.now()))
                del said[:OUTCOMES_AT_ONCE]
            except LedgerUnwritable:
                await asyncio.sleep(1)


def _subject(intent: Intent) -> str:
    incident = intent.args.get("incident", "")
    return f"incident:{incident}" if incident else f"intent:{intent.key}"


async def _cancelled(tasks: Iterable[asyncio.Task[None]]) -> None:
    waiting: list[Awaitable[None]] = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
