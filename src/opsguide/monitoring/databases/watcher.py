"""One PostgreSQL, watched over one connection: ten looks a second at what runs, its figures every round, its sessions
for those who look at its page. What cannot be had is said by name, and the rest goes on."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import Struct

from ...kernel.clock import Clock, Instant, after
from ...kernel.ports import Sample, Telemetry
from .durations import LOOK_SECONDS
from .figures import EACH_MINUTE, EACH_ROUND, Figure
from .log import Tails, no_tails
from .pooler import Pooler
from .query_times import LOOKS, QueryTimes
from .reconnecting import Reached, reconnecting
from .server import CONTROL, FAILURES, Server, open_server, said
from .sessions import Session
from .statements import Statement
from .waits import Running, Waits

log = logging.getLogger(__name__)

MINUTE = 60.0
MOST_STATEMENTS = 8
WAITING_LOOK_SECONDS, SHOWN_LOOK_SECONDS, SHOWN_FOR_SECONDS = 1.0, 2.0, 30.0
"""Sessions are looked at every second while somebody waits for a lock, every two while the page is open, else once
a round."""


class Seen(Struct, frozen=True):
    """The sessions of a database as of an instant."""

    at: Instant
    sessions: tuple[Session, ...]


class Heavy(Struct, frozen=True):
    """A statement that takes time: calls, and seconds of them together. Its text has $1 for what was constant."""

    query: str
    calls: int
    seconds: float


class Top(Struct, frozen=True):
    """The statements that took most time in the last `seconds`, which were `of` seconds of work in all statements."""

    seconds: float = 0.0
    of: float = 0.0
    statements: tuple[Heavy, ...] = ()


@dataclass(kw_only=True)
class Watcher:
    """`run` watches until cancelled. `url` gives the address, raising BindingsError; `limits` bucket bounds in seconds.

    `problem` says why nothing can be had, "" while it is watched, `since` from when on, `measured_at` when it last was;
    `lacks` why single figures cannot, by statement. `seen` are the sessions last looked at, `blocked` those of the last
    look in which somebody waited for a lock; `top` the statements that take most time, `query_times` where query times
    come from. `log` is where the server's log is, `tails` follows it; `pooler` watches the PgBouncer before it.
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
    since: Instant | None = None
    measured_at: Instant | None = None
    seen: Seen | None = None
    blocked: Seen | None = None
    top: Top = field(default_factory=Top)
    query_times: str = ""
    log: Path | None = None
    tails: Tails = no_tails
    pooler: Pooler | None = None
    _lost: Seen | None = None
    _shown_until: Instant = 0

    def show(self) -> None:
        """Somebody looks at its page: look at its sessions more often for a while."""
        self._shown_until = after(self.clock.now(), SHOWN_FOR_SECONDS)

    @property
    def is_shown(self) -> bool:
        return self.clock.now() < self._shown_until

    def lack(self, statement: str) -> str:
        """Why what comes of a statement cannot be had, "" where it can. A log may stand in for counted queries."""
        stands_in = statement == "finished" and self.query_times not in ("", LOOKS)
        return "" if stands_in else self.lacks.get(statement, "")

    @property
    def last(self) -> Seen | None:
        """The newest look at its sessions, however long ago: what was known before it was lost."""
        return self.seen or self._lost

    async def run(self) -> None:
        await reconnecting(self._connected, FAILURES, self._gone)

    async def _connected(self, reached: Reached) -> None:
        server = await open_server(self.url())
        looks = _Looks(self, server)
        try:
            reached()
            await looks.run()
        finally:
            looks.close()
            server.close()

    def _gone(self, error: Exception) -> None:
        """Its series become stale at once, so that nothing old stands for what is now."""
        problem, now = said(error), self.clock.now()
        if not self.problem or self.since is None:
            self.since = now
        self._lost = self.seen or self._lost
        self.problem, self.seen, self.blocked, self.top = problem, None, None, Top()
        self.telemetry.ingest([Sample({"__name__": "pg_up"}, 0.0)], now, self.target)
        log.info("database %s: %s", self.target.get("database"), problem)


class _Looks:
    """What is looked at over one connection, until that is lost."""

    def __init__(self, watcher: Watcher, server: Server) -> None:
        self._watcher, self._server, self._who = watcher, server, server.who
        self._times = self._query_times()
        self._waits = Waits()
        self._slow: list[Sample] = []
        self._texts = dict[Statement, str]()
        watcher.lacks = server.lacks

    def _query_times(self) -> QueryTimes:
        watcher = self._watcher
        return QueryTimes(self._server, watcher.limits(), watcher.log, watcher.tails)

    def close(self) -> None:
        self._times.close()

    async def run(self) -> None:
        """Raises one of FAILURES when the connection is lost."""
        loop = asyncio.get_running_loop()
        looked = loop.time()
        round_due = minute_due = sessions_due = looked
        while True:
            now = loop.time()
            waiting = await self._look(now, now - looked)
            looked = now
            if now >= sessions_due - self._sooner(waiting):
                await self._sessions()
                sessions_due = now + self._watcher.every
            if now >= minute_due:
                self._slow = await self._figures(EACH_MINUTE)
                minute_due = now + MINUTE
            if now >= round_due:
                await self._round()
                round_due = max(round_due + self._watcher.every, now)
            # Not in step with anything that runs by the clock.
            pause = LOOK_SECONDS * random.uniform(0.8, 1.2)
            await asyncio.sleep(max(0.01, now + pause - loop.time()))

    def _sooner(self, waiting: int) -> float:
        """By how much sessions are looked at sooner than every round: while it matters, or somebody looks."""
        every = self._watcher.every
        wanted = WAITING_LOOK_SECONDS if waiting else SHOWN_LOOK_SECONDS if self._watcher.is_shown else every
        return max(0.0, every - wanted)

    async def _look(self, now: float, stands_for: float) -> int:
        """What runs. How many of them wait for a lock."""
        rows = await self._server.rows("running", self._who.role, self._who.database, CONTROL)
        running = [Running(row["pid"], row["age"], row["since"], row["waits"]) for row in rows]
        self._times.looked(running, stands_for)
        return self._waits.looked(running, now, stands_for)

    async def _round(self) -> None:
        """All figures, as samples of one instant."""
        watcher = self._watcher
        if self._times.limits != watcher.limits():
            self._times.close()
            self._times = self._query_times()
        samples = [*await self._figures(EACH_ROUND), *self._slow, Sample({"__name__": "pg_up"}, 1.0)]
        samples += await self._times.samples(asyncio.get_running_loop().time())
        if "running" not in self._server.lacks:
            samples += self._waits.samples()
        watcher.query_times, watcher.top = self._times.source, await self._top()
        watcher.problem, watcher.since = "", None
        watcher.measured_at = watcher.clock.now()
        watcher.telemetry.ingest(samples, watcher.measured_at, watcher.target)

    async def _top(self) -> Top:
        """Texts are only asked for where they are not known yet, and kept while they may be shown again."""
        counted = self._times.statements
        seconds, found = counted.top(MOST_STATEMENTS)
        self._texts = {one: text for one, text in self._texts.items() if counted.is_recent(one)}
        new = [queryid for (role, queryid), _ in found if (role, queryid) not in self._texts]
        if new:
            rows = await self._server.rows("texts", self._who.database, new)
            self._texts |= {(row["userid"], row["queryid"]): row["query"] for row in rows}
        heavy = [Heavy(self._texts.get(one, ""), calls.number, calls.seconds) for one, calls in found]
        return Top(seconds, counted.lately, tuple(heavy))

    async def _figures(self, figures: Mapping[str, Figure]) -> list[Sample]:
        of_database = {"counters", "size"}
        found = list[Sample]()
        for name, read in figures.items():
            arguments = (self._who.database,) if name in of_database else ()
            found += read(await self._server.rows(name, *arguments))
        return found

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
