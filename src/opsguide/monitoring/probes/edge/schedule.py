"""When each probe is looked at: spread evenly over its interval, so that many do not start together."""

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from ....guide.bindings import ProbeBinding
from ..looks import Look
from .ask import Ways, look

AT_ONCE = 100
"""So many looks are under way at most; the others wait for their turn."""

FIRST_SECONDS = 10.0
"""Within so many seconds everything is looked at for the first time, however rare its looks are."""

JITTER = 0.05
"""Of the interval, by which a look may come earlier or later: so that it keeps no step with what happens there."""


@dataclass(kw_only=True)
class Schedule:
    """Looks at what it follows, and hands each look to `took`. `probes` by name, as they are bound."""

    ways: Ways
    took: Callable[[str, ProbeBinding, Look], Awaitable[None]]
    probes: dict[str, ProbeBinding] = field(default_factory=dict)
    _due: list[tuple[float, str, ProbeBinding]] = field(default_factory=list)
    _places: dict[str, float] = field(default_factory=dict)
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def follow(self, probes: Mapping[str, ProbeBinding]) -> None:
        """Look at these and at no others; what did not change keeps its time."""
        wanted = {name: probe for name, probe in probes.items() if probe.kind != "heartbeat"}
        new = [name for name, probe in sorted(wanted.items()) if self.probes.get(name) != probe]
        now = asyncio.get_running_loop().time()
        self._due = [entry for entry in self._due if wanted.get(entry[1]) == entry[2]]
        for name in self.probes.keys() - wanted.keys():
            if (task := self._running.get(name)) is not None:
                task.cancel()
        self.probes = wanted
        for number, name in enumerate(new):
            place, every = (number + random.random()) / len(new), wanted[name].every
            first = place * min(FIRST_SECONDS, every)
            self._due.append((now + first, name, wanted[name]))
            # The first looks come soon and close together; from the second on they have the whole interval.
            own = place * every
            self._places[name] = now + (own if own > first + every / 2 else own + every)
        heapq.heapify(self._due)
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                await self._wait()
                now = asyncio.get_running_loop().time()
                while self._due and self._due[0][0] <= now:
                    self._begin(*heapq.heappop(self._due))
        finally:
            tasks = list(self._running.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self) -> None:
        """Until something is due, or something else is followed."""
        loop = asyncio.get_running_loop()
        due = self._due[0][0] if self._due else loop.time() + 3600
        # Not wait_for: on 3.11 it can swallow a cancellation that comes with the event.
        try:
            async with asyncio.timeout_at(due):
                await self._changed.wait()
                self._changed.clear()
        except TimeoutError:
            return

    def _begin(self, due: float, name: str, probe: ProbeBinding) -> None:
        """Start the look, and plan the next one: a round after this one was due, never two at once."""
        loop = asyncio.get_running_loop()
        following = self._places.pop(name, due + probe.every * (1 + random.uniform(-JITTER, JITTER)))
        heapq.heappush(self._due, (max(following, loop.time()), name, probe))
        if name not in self._running:
            task = asyncio.create_task(self._look(name, probe), name=f"probe {name}")
            self._running[name] = task
            task.add_done_callback(lambda _done: self._running.pop(name, None))

    async def _look(self, name: str, probe: ProbeBinding) -> None:
        async with self._slots:
            found = await look(probe, self.ways)
        if self.probes.get(name) == probe:
            await self.took(name, probe, found)
