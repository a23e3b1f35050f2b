"""The edge of drills: feeds each one that runs with its synthetic breach, until it is detected. A restart goes on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from ...guide.bindings import every_of, is_availability
from ...guide.promise import Promise
from ...kernel.clock import Clock, Instant
from ...kernel.errors import LedgerUnwritable, OpsguideError, QueryError, Refused
from ...kernel.facts import Recorded
from ...kernel.part import Command
from ...monitoring.drills.commands import Breached, CannotBreach, FailedProbe
from ...monitoring.drills.state import Drill, State
from ...monitoring.looking import Looker
from ...monitoring.rules import bound_for, main_environment_name, signal_for
from ...monitoring.state import State as Monitoring
from ...telemetry.embedded import Embedded
from .synthetic import Breach, CannotBreak, breach_of

log = logging.getLogger(__name__)

HURRIED_SECONDS = 1.0


@dataclass(kw_only=True)
class Drilling:
    """`submit` hands a command to the decider, `changes` are the facts that become durable."""

    state: Callable[[], State]
    submit: Callable[[Command], Awaitable[object]]
    changes: Callable[[], AsyncIterator[Sequence[Recorded]]]
    looker: Looker
    clock: Clock
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self) -> None:
        """Follow the drills that run; until cancelled."""
        changes = self.changes()
        following = asyncio.ensure_future(anext(changes))
        try:
            while True:
                await asyncio.sleep(0)
                self._follow()
                await following
                following = asyncio.ensure_future(anext(changes))
        finally:
            following.cancel()
            for task in self._tasks.values():
                task.cancel()

    def _follow(self) -> None:
        running = self.state().running
        for drill in [drill for drill in self._tasks if drill not in running]:
            self._tasks.pop(drill).cancel()
        for drill in running:
            if drill not in self._tasks:
                self._tasks[drill] = asyncio.create_task(self._breach(drill), name=f"drill {drill}")

    async def _breach(self, drill: str) -> None:
        one = self.state().running[drill]
        promise = self.state().beside.promises.get(one.started.promise)
        if promise is None:
            return
        try:
            if is_availability(promise):
                await self._fail_probes(drill, one)
            else:
                await self._break(drill, one, promise)
        except Refused as error:
            log.debug("%s: %s", drill, error.what)

    async def _fail_probes(self, drill: str, one: Drill) -> None:
        every = HURRIED_SECONDS if one.started.shortened else self.every(self.state().beside)
        while self._is_undetected(drill):
            await self._submit(FailedProbe(drill))
            await asyncio.sleep(every)

    async def _break(self, drill: str, one: Drill, promise: Promise) -> None:
        try:
            breach = await self.breach(promise)
        except (CannotBreak, QueryError) as error:
            await self._submit(CannotBreach(drill, error.what))
            return
        every, since = self.every(self.state().beside), one.at
        with await asyncio.to_thread(breach.begin, drill, since, every, self.clock.now()) as engine:
            while self._is_undetected(drill):
                now = self.clock.now()
                breach.feed(engine, drill, since, now)
                await self._submit(_seen(drill, breach, engine, now))
                await asyncio.sleep(min(every, HURRIED_SECONDS) if one.started.shortened else every)

    async def breach(self, promise: Promise) -> Breach:
        """How the promise would be broken now. Raises CannotBreak, QueryError."""
        state = self.state().beside
        bound = bound_for(state, promise)
        signal = signal_for(state, promise, self.every(state), self.looker.seen)
        if signal.expression is None or bound is None:
            raise CannotBreak(signal.problem or "the guide gives it no limit")
        return await asyncio.to_thread(breach_of, signal.expression, bound)

    @staticmethod
    def every(state: Monitoring) -> float:
        """The cadence of the real watch."""
        return every_of(state.bindings, main_environment_name(state) or "")

    def _is_undetected(self, drill: str) -> bool:
        one = self.state().running.get(drill)
        return one is not None and one.detected_at is None

    async def _submit(self, command: Command) -> None:
        """While the ledger cannot be written, the next round tries again."""
        try:
            await self.submit(command)
        except LedgerUnwritable as error:
            log.debug("not recorded: %s", error.what)


def _seen(drill: str, breach: Breach, engine: Embedded, now: Instant) -> Breached:
    try:
        return Breached(drill, breach.value(engine, now))
    except OpsguideError as error:
        return Breached(drill, None, error.what)
