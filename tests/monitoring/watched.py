"""The chapter with its real edge over a real PostgreSQL: what the tests of watched databases share."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg

from opsguide.app.engine import Way
from opsguide.demo.postgres import Cluster
from opsguide.guide.bindings import Bindings, read_bindings
from opsguide.guide.values import Alert, Objective
from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import BindingsError
from opsguide.kernel.part import Command
from opsguide.monitoring.databases.watcher import Watcher
from opsguide.monitoring.fetching import PLAINLY, Answer, Asking
from opsguide.monitoring.watch import Watch
from opsguide.service.clock import SystemClock
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.exposition import parse
from opsguide.telemetry.intake.access_log import Tail
from opsguide.telemetry.remote.engine import Remote
from opsguide.telemetry.remote.sending import Sender
from opsguide.telemetry.source import Source
from tests.world import HandClock, World, a_promise

POOL, QUERIES, LOCKS = (f"monitoring.objective.{name}" for name in ("pool", "query_time.p95", "locks"))
ALERT = "monitoring.alert.database_connections"
PROMISES = [
    a_promise(POOL, Objective(signal="pool_utilisation", op="<", ratio=0.8)),
    a_promise(QUERIES, Objective(signal="query_time", percentile=95, op="<", seconds=0.2)),
    a_promise(LOCKS, Objective(signal="Lock contention")),
    a_promise(
        ALERT,
        Alert(
            alert="database_connections",
            signal="active_connections",
            op=">",
            ratio=0.8,
            for_seconds=1,
            severity="critical",
        ),
    ),
]
BOUND = """
[environments.production]
every = "1s"
[databases.shop]
url = "env:WATCHER"
environment = "production"
"""
LIMITED = f'[limits]\n"{LOCKS}" = "< 1s"\n'

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Play: TypeAlias = Callable[[Coroutine[Any, Any, None]], None]


class RealClock(HandClock):
    """A real database keeps real time."""

    def now(self) -> Instant:
        return SystemClock().now()


class Watched:
    """The chapter with its real edge over a real database, a round a second."""

    def __init__(self, url: str, bindings: str, console: str = "") -> None:
        self.world, self.references = World(RealClock()), {"env:WATCHER": url, "env:CONSOLE": console}
        self.world.adopt(PROMISES, bindings)
        bound, _ = read_bindings(bindings)
        assert bound is not None
        self.bindings: Bindings = bound
        self.telemetry = Embedded()
        way = Way(lambda: self.bindings, str)
        engine = Source(
            self.telemetry,
            Remote(way.place, way.send, self.telemetry, self.world.clock),
            Sender(way.write_url, way.send),
            lambda: self.bindings.telemetry.is_remote,
        )
        self.watch = Watch(
            state=lambda: self.world.engine.state("monitoring"),
            bindings=lambda: self.bindings,
            submit=self._submit,
            telemetry=engine,
            clock=self.world.clock,
            fetch=_nothing_is_fetched,
            parse=parse,
            resolve=self._resolve,
            tails=Tail,
        )

    async def _submit(self, command: Command) -> None:
        self.world.do(command)

    def _resolve(self, reference: str) -> str:
        if not self.references[reference]:
            raise BindingsError("it is not set, or empty", where=reference)
        return self.references[reference]

    @property
    def watcher(self) -> Watcher:
        return self.watch.databases.watchers["shop"]

    def kind(self, promise: str) -> str:
        return self.world.standing(promise).kind

    def problem(self, promise: str) -> str:
        """Why it has no value, as the console says it."""
        live = self.watch.live.get(promise)
        return live.problem if live is not None else ""

    def value(self, expression: str) -> float:
        (found,) = self.telemetry.instant(expression, self.world.clock.now())
        return found.value


async def _nothing_is_fetched(
    url: str,
    /,
    *,
    private: bool,
    timeout: float,  # noqa: ASYNC109
    send: Asking = PLAINLY,
    authority: str = "",
) -> Answer:
    raise AssertionError


@asynccontextmanager
async def watching(url: str, bindings: str = BOUND, console: str = "") -> AsyncIterator[Watched]:
    watched = Watched(url, bindings, console)
    task = asyncio.create_task(watched.watch.run(asyncio.Event()))
    await asyncio.sleep(0)
    try:
        yield watched
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def connected(cluster: Cluster, **settings: str) -> AsyncIterator[Connection]:
    connection: Connection = await asyncpg.connect(cluster.url, server_settings=settings)
    try:
        yield connection
    finally:
        connection.terminate()


@asynccontextmanager
async def visitors(cluster: Cluster, seconds: float, count: int = 3) -> AsyncIterator[None]:
    """Queries that take so long, one after the other, each in a transaction of its own."""

    async def one() -> None:
        async with connected(cluster) as connection:
            while True:
                async with connection.transaction():
                    await connection.fetchval("select pg_sleep($1)", seconds)

    tasks = [asyncio.create_task(one()) for _ in range(count)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
