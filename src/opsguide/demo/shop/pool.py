"""A connection pool on one SQLite file: bounded, measured, and therefore able to run dry as pools do."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import TypeAlias, TypeVar

import apsw

from .metrics import Histogram

Row: TypeAlias = tuple[int | float | bytes | str | None, ...]
R = TypeVar("R")

SIZE = 20
PATIENCE_SECONDS = 2.0
"""How long a request waits for a connection before it gives up."""
BUSY_SECONDS = 5.0
"""How long a statement waits for another one's lock before it gives up."""


class PoolExhausted(Exception):
    """No connection came free in time."""


def connect(path: Path) -> apsw.Connection:
    """One connection as the shop uses it.

    The rollback journal, not WAL: its locks make readers wait for a writer, and that is the fault `slow`.
    The file is worth nothing after the demo, so nothing waits for the disk.
    """
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(round(BUSY_SECONDS * 1000))
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


class Pool:
    """At most `SIZE` connections, opened when first needed. Statements run in threads, one a connection."""

    def __init__(self, path: Path) -> None:
        self.query_seconds = Histogram(
            "db_query_duration_seconds", "How long queries took, waiting for locks included."
        )
        self._path = path
        self._places = asyncio.Semaphore(SIZE)
        self._idle: list[apsw.Connection] = []
        self._in_use = 0
        self._threads = ThreadPoolExecutor(SIZE, thread_name_prefix="database")

    @property
    def in_use(self) -> int:
        return self._in_use

    async def take(self) -> apsw.Connection:
        """A connection for the caller alone, who gives it back. Raises PoolExhausted."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise PoolExhausted(f"no connection came free within {PATIENCE_SECONDS:g} s") from None
        self._in_use += 1
        return self._idle.pop() if self._idle else connect(self._path)

    def give_back(self, connection: apsw.Connection) -> None:
        self._idle.append(connection)
        self._in_use -= 1
        self._places.release()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[apsw.Connection]:
        taken = await self.take()
        try:
            yield taken
        finally:
            self.give_back(taken)

    async def rows(self, sql: str, values: Sequence[int | str] = ()) -> list[Row]:
        """The rows of one statement. Raises PoolExhausted and apsw.Error."""
        return await self.run(lambda connection: connection.execute(sql, values).fetchall())

    async def run(self, work: Callable[[apsw.Connection], R]) -> R:
        """`work` in a thread, on a connection of its own, measured. Raises PoolExhausted and apsw.Error."""
        async with self.connection() as connection:
            start = monotonic()
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, work, connection)
            finally:
                self.query_seconds.observe(monotonic() - start)
