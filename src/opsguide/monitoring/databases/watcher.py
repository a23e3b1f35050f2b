"""One PostgreSQL, watched over one connection: ten looks a second at what runs, its figures every round, its sessions
for those who look at its page. What cannot be had is said by name, and the rest goes on."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from ...kernel.clock import Clock, Instant, after
from ...kernel.ports import Sample, Telemetry
from .durations import LOOK_SECONDS, Durations, Statement
from .figures import EACH_MINUTE, EACH_ROUND, Figure
from .server import APPLICATION, CONTROL, FAILURES, Server, open_server, said
from .sessions import Session
from .waits import Running, Waits

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
"""After a connection is lost or refused: the pause doubles each time."""

MINUTE = 60.0
WAITING_LOOK_SECONDS, SHOWN_LOOK_SECONDS, SHOWN_FOR_SECONDS = 1.0, 2.0, 30.0
"""Sessions are looked at every second while somebody waits for a lock, every two while the page is open."""


class Seen(Struct, frozen=True):
    """The sessions of a database as of an instant."""

    at: Instant
    sessions: tuple[Session, ...]


@dataclass(kw_only=True)
class Watcher:
    """`run` watches until cancelled. `url` gives the address, raising BindingsError; `limits` bucket bounds in seconds.

    `problem` says why nothing can be had, "" while it is watched; `lacks` the same of single figures, by statement.
    `seen` are the sessions last looked at, `blocked` those of the last look in which somebody waited for a lock.
    Samples go to telemetry every `every` seconds under `target`'s labels.
    """

    url: Callable[[], str]
    target: Mapping[str, str]
    every: float
    limits: Callable[[], frozenset[float]]
    telemetry: Telemetry
    clock: Clock
    problem: str = "it was not reached yet"
    lacks: Mapping[str, str] = field(default_factory=dict)
    seen: Seen | None = None
    blocked: Seen | None = None
    _shown_until: Instant = 0

    def show(self) -> None:
        """Somebody looks at its page: look at its sessions more often for a while."""
        self._shown_until = after(self.clock.now(), SHOWN_FOR_SECONDS)

    @property
    def is_shown(self) -> bool:
        return self.clock.now() < self._shown_until

    async def run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                server = await open_server(self.url())
                pause = FIRST_PAUSE_SECONDS
                try:
                    await _Looks(self, server).run()
                finally:
                    server.close()
            except FAILURES as error:
                self._gone(said(error))
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    def _gone(self, problem: str) -> None:
        """Its series become stale at once, so that nothing old stands for what is now."""
        self.problem, self.seen, self.blocked = problem, None, None
        self.telemetry.ingest([Sample({"__name__": "pg_up"}, 0.0)], self.clock.now(), self.target)
        log.info("database %s: %s", self.target.get("database"), problem)


class _Looks:
    """What is looked at over one connection, until that is lost."""

    def __init__(self, watcher: Watcher, server: Server) -> None:
        self._watcher, self._server, self._who = watcher, server, server.who
        self._bounds = watcher.limits()
        self._durations, self._waits = Durations(self._bounds), Waits()
        self._controls, self._told = set[int](), set[int]()
        self._slow: list[Sample] = []
        watcher.lacks = server.lacks

    async def run(self) -> None:
        """Raises one of FAILURES when the connection is lost."""
        loop = asyncio.get_running_loop()
        looked = loop.time()
        round_due = minute_due = sessions_due = looked
        while True:
            now = loop.time()
            waiting = await self._look(now, now - looked)
            looked = now
            if (waiting or self._watcher.is_shown) and now >= sessions_due:
                await self._sessions()
                sessions_due = now + (WAITING_LOOK_SECONDS if waiting else SHOWN_LOOK_SECONDS)
            if now >= minute_due:
                self._slow = await self._figures(EACH_MINUTE)
                minute_due = now + MINUTE
            if now >= round_due:
                await self._round()
                round_due = max(round_due + self._watcher.every, now)
            # Not in step with anything that runs by the clock.
            pause = LOOK_SECONDS * random.uniform(0.8, 1.2)
            await asyncio.sleep(max(0.01, now + pause - loop.time()))

    async def _look(self, now: float, stands_for: float) -> int:
        """What runs. How many of them wait for a lock."""
        rows = await self._server.rows("running", self._who.role, self._who.database, CONTROL)
        running = [Running(row["pid"], row["age"], row["since"], row["waits"]) for row in rows]
        self._durations.looked(running, stands_for)
        return self._waits.looked(running, now, stands_for)

    async def _round(self) -> None:
        """All figures, as samples of one instant."""
        watcher, lacks = self._watcher, self._server.lacks
        if self._bounds != watcher.limits():
            self._bounds = watcher.limits()
            self._durations = Durations(self._bounds)
        samples = [*await self._figures(EACH_ROUND), *self._slow, Sample({"__name__": "pg_up"}, 1.0)]
        await self._finished()
        if "running" not in lacks:
            samples += self._waits.samples()
            samples += [] if "finished" in lacks else self._durations.samples()
        watcher.problem = ""
        watcher.telemetry.ingest(samples, watcher.clock.now(), watcher.target)

    async def _figures(self, figures: Mapping[str, Figure]) -> list[Sample]:
        of_database = {"counters", "size"}
        found = list[Sample]()
        for name, read in figures.items():
            arguments = (self._who.database,) if name in of_database else ()
            found += read(await self._server.rows(name, *arguments))
        return found

    async def _finished(self) -> None:
        """How often each statement was called, controls left out."""
        who, server = self._who, self._server
        rows = await server.rows("finished", who.database, who.role)
        if "finished" in server.lacks:
            return
        sharing = await server.rows("shared_role", APPLICATION)
        if sharing and sharing[0]["count"]:
            why = f"the role {who.role_name} is used by others too: give opsguide one of its own"
            server.lacks["finished"] = why
            return
        await self._learn({row["queryid"] for row in rows} - self._told)
        calls: dict[Statement, tuple[int, float]] = {
            (row["userid"], row["queryid"]): (row["calls"], row["seconds"])
            for row in rows
            if row["queryid"] not in self._controls
        }
        self._durations.finished(calls)

    async def _learn(self, new: set[int]) -> None:
        """Which of these statements are controls: their texts are only read once."""
        if new:
            found = await self._server.rows("controls", self._who.database, list(new), CONTROL)
            if "controls" not in self._server.lacks:
                self._controls |= {row["queryid"] for row in found}
                self._told |= new

    async def _sessions(self) -> None:
        """Everybody, and who waits for whom."""
        wanted = {row["pid"]: row for row in await self._server.rows("waits")}
        rows = await self._server.rows("sessions")
        sessions = tuple(_session(row, wanted.get(row["pid"])) for row in rows if row["pid"] != self._who.pid)
        for one in sessions:
            if one.waited_seconds is not None:
                self._waits.told(one.waited_seconds)
        self._watcher.seen = seen = Seen(self._watcher.clock.now(), sessions)
        if any(one.waits_for_lock for one in sessions):
            self._watcher.blocked = seen


def _session(row: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> Session:
    fields = {name: value for name, value in row.items() if name != "blockers"}
    lock = "" if wanted is None else f"{wanted['mode']} on {wanted['relation'] or wanted['locktype']}"
    waited = None if wanted is None else wanted["seconds"]
    return Session(**fields, blockers=tuple(row["blockers"]), lock=lock, waited_seconds=waited)
