"""The PgBouncer before a database, looked at every second over one connection to its admin console.

The console knows the simple query protocol only, whose rows asyncpg drops: psycopg's client cursors speak it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import dict_row

from ...kernel.clock import Clock, Instant
from ...kernel.errors import BindingsError
from ...kernel.ports import Sample, Telemetry
from .pools import Looks, Pool, pools
from .reconnecting import Reached, reconnecting
from .server import APPLICATION

log = logging.getLogger(__name__)

CONNECT_SECONDS, ANSWER_SECONDS, LOOK_SECONDS = 5, 4.0, 1.0
FAILURES = (psycopg.Error, OSError, BindingsError, ValueError, KeyError)

Connection: TypeAlias = "psycopg.AsyncConnection[dict[str, Any]]"


@dataclass(kw_only=True)
class Pooler:
    """`run` watches until cancelled. `url` gives the console's address, raising BindingsError.

    `problem` says why nothing can be had, "" while it is watched; `seen` are its pools when they were last looked at.
    """

    url: Callable[[], str]
    target: Mapping[str, str]
    every: float
    telemetry: Telemetry
    clock: Clock
    problem: str = "it was not reached yet"
    at: Instant | None = None
    seen: tuple[Pool, ...] = ()
    _looks: Looks = field(default_factory=Looks)

    async def run(self) -> None:
        await reconnecting(self._connected, FAILURES, self._gone)

    async def _connected(self, reached: Reached) -> None:
        connection: Connection = await psycopg.AsyncConnection.connect(
            self.url(),
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name=APPLICATION,
            cursor_factory=psycopg.AsyncClientCursor,
            row_factory=dict_row,
        )
        try:
            reached()
            await self._watch(connection)
        finally:
            await connection.close()

    async def _watch(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            async with asyncio.timeout(ANSWER_SECONDS):
                databases = await (await connection.execute("SHOW DATABASES")).fetchall()
                self.seen = pools(await (await connection.execute("SHOW POOLS")).fetchall(), databases)
            self.at, self.problem = self.clock.now(), ""
            self._looks.looked(self.seen)
            if loop.time() >= due:
                samples = [*self._looks.samples(), Sample({"__name__": "pgbouncer_up"}, 1.0)]
                self.telemetry.ingest(samples, self.at, self.target)
                due = max(due + self.every, loop.time())
            await asyncio.sleep(LOOK_SECONDS)

    def _gone(self, error: Exception) -> None:
        """Its series become stale at once."""
        self.problem = _said(error)
        self._looks = Looks()
        self.telemetry.ingest([Sample({"__name__": "pgbouncer_up"}, 0.0)], self.clock.now(), self.target)
        log.info("PgBouncer of database %s: %s", self.target.get("database"), self.problem)


def _said(error: Exception) -> str:
    """In words without addresses: libpq's own name host and port."""
    match error:
        case BindingsError():
            return f"{error.where}: {error.what}" if error.where else error.what
        case KeyError():
            return f"it is no PgBouncer of version 1.16 or newer: it does not tell {error}"
        case TimeoutError():
            return "it does not answer in time"
        case psycopg.ProgrammingError() if error.sqlstate is None:
            return "its URL cannot be read"
        case psycopg.Error():
            return _told(str(error))
        case _:
            return "its URL cannot be read"


_WORDS = {
    "not allowed": "the role may not ask the admin console: add it to stats_users",
    "no such database": "that is not the admin console: its URL ends in /pgbouncer",
    "no such user": "it knows no such role",
    "password authentication failed": "it does not accept the password",
    "SASL authentication failed": "it does not accept the password",
    "no password supplied": "it wants a password, and the reference gives none",
    "certificate": "its certificate is not trusted",
    "SSL": "it does not speak TLS as sslmode of the URL asks",
    "invalid sslmode": "its URL cannot be read: there is no such sslmode",
    "timeout": "it does not answer in time",
    "refused": "it takes no connection",
    "syntax error": "that is a PostgreSQL, not the admin console of a PgBouncer",
    "unrecognized configuration parameter": "that is a PostgreSQL, not the admin console of a PgBouncer",
}


def _told(text: str) -> str:
    return next((words for sign, words in _WORDS.items() if sign in text), "the connection was lost")
