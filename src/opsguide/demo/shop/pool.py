"""A connection pool: bounded, measured, and therefore able to run dry as pools do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Generic, TypeVar

from .metrics import Histogram

C = TypeVar("C")

SIZE = 20
PATIENCE_SECONDS = 2.0
"""How long a request waits for a connection before it gives up."""


class PoolExhausted(Exception):
    """No connection came free in time."""


class Pool(Generic[C]):
    """At most `SIZE` connections, opened by `connect` when first needed."""

    def __init__(self, connect: Callable[[], Awaitable[C]], usable: Callable[[C], bool]) -> None:
        self.query_seconds = Histogram(
            "db_query_duration_seconds", "How long queries took, waiting for locks included."
        )
        self._connect, self._usable = connect, usable
        self._places = asyncio.Semaphore(SIZE)
        self._idle: list[C] = []
        self._in_use = 0

    @property
    def in_use(self) -> int:
        return self._in_use

    async def take(self) -> C:
        """A connection for the caller alone, who gives it back. Raises PoolExhausted."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise PoolExhausted(f"no connection came free within {PATIENCE_SECONDS:g} s") from None
        while self._idle and not self._usable(self._idle[-1]):
            self._idle.pop()
        try:
            found = self._idle.pop() if self._idle else await self._connect()
        except BaseException:
            self._places.release()
            raise
        self._in_use += 1
        return found

    def give_back(self, connection: C) -> None:
        self._idle.append(connection)
        self._in_use -= 1
        self._places.release()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[C]:
        """A connection for one statement or transaction, timed. Raises PoolExhausted."""
        taken = await self.take()
        start = monotonic()
        try:
            yield taken
        finally:
            self.query_seconds.observe(monotonic() - start)
            self.give_back(taken)
