"""A connection to a watched PostgreSQL: opened so that it cannot harm, asked by statement, refusals kept by name."""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any, TypeAlias

import asyncpg
from msgspec import Struct

from ...kernel.errors import BindingsError
from ...kernel.statements import named

SQL = named((files(__package__) / "postgresql.sql").read_text(encoding="utf-8"))
APPLICATION = "opsguide"
CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 4.0
OLDEST_VERSION, NEWEST_VARIANT = 140000, 16

SERVER_SETTINGS = {
    "application_name": APPLICATION,
    "statement_timeout": "3000",
    "lock_timeout": "500",
    "default_transaction_read_only": "on",
    "jit": "off",
}
"""Sent as the connection opens. A pooler refuses them, and must: set later they would reach other clients."""

CONTROL = (
    r"^\s*(/\*([^*]|\*[^/])*\*/\s*)?(begin|start transaction|commit|end|rollback|abort|savepoint|release"
    r"|prepare transaction|set|reset|show|discard|deallocate|listen|unlisten|close)\M[^;]*;?\s*$"
)
"""Statements that control transactions and sessions. They are quick and many, and would make any share look small."""

ACTIVITY = frozenset({"running", "connections", "long_transactions", "sessions"})
"""Statements that show other people's sessions."""

STATEMENTS = frozenset({"finished", "controls", "texts"})
"""Statements that ask pg_stat_statements."""

FAILURES = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresError,
    asyncpg.InternalClientError,
    BindingsError,
    ValueError,
)
"""What opening a connection, and asking over it, may raise: `said` puts each in words."""

_LOST = (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError)

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Who(Struct, frozen=True):
    """Whom the connection is, and what it may see."""

    pid: int
    role: int
    role_name: str
    database: int
    database_name: str
    version: int
    sees_all: bool
    statements_schema: str | None
    widths: str | None


class Server:
    """`lacks` says by statement why it cannot be had; what is not in it can."""

    def __init__(self, connection: Connection, who: Who) -> None:
        self._connection, self.who = connection, who
        self.never = dict(_never(who))
        self.lacks: dict[str, str] = dict(self.never)

    async def rows(self, statement: str, *arguments: object) -> list[dict[str, Any]]:
        """The rows of a statement; none where they cannot be had. Raises one of FAILURES when it is lost."""
        if statement in self.never:
            return []
        try:
            rows = await self._connection.fetch(self._text(statement), *arguments)
        except asyncpg.QueryCanceledError as error:
            self.lacks[statement] = said(error)
            return []
        except _LOST:
            raise
        except asyncpg.PostgresError as error:
            self.lacks[statement] = said(error)
            return []
        self.lacks.pop(statement, None)
        return [dict(row) for row in rows]

    def _text(self, statement: str) -> str:
        """`name_16` is what versions up to 16 are asked in place of `name`."""
        major = self.who.version // 10_000
        variants = (f"{statement}_{version}" for version in range(major, NEWEST_VARIANT + 1))
        return SQL[next((one for one in variants if one in SQL), statement)]

    def close(self) -> None:
        self._connection.terminate()


async def open_server(url: str) -> Server:
    """Connect and see what may be seen. Raises one of FAILURES."""
    connection: Connection = await asyncpg.connect(
        url, timeout=CONNECT_SECONDS, command_timeout=ANSWER_SECONDS, server_settings=SERVER_SETTINGS
    )
    try:
        row = await connection.fetchrow(SQL["who"])
        assert row is not None
        who = Who(**dict(row))
        if who.version < OLDEST_VERSION:
            what = f"PostgreSQL {who.version // 10_000} is too old to be watched"
            raise BindingsError(what, hint="14 is the oldest")
        schemas = {one for one in (who.statements_schema, who.widths) if one is not None}
        await connection.execute(f"set search_path to {', '.join(['pg_catalog', *sorted(schemas)])}")
    except BaseException:
        connection.terminate()
        raise
    return Server(connection, who)


def _never(who: Who) -> Iterable[tuple[str, str]]:
    if not who.sees_all:
        why = f"the role {who.role_name} may not see other sessions: grant pg_monitor to {who.role_name}"
        for statement in ACTIVITY | STATEMENTS:
            yield statement, why
    elif who.statements_schema is None:
        for statement in STATEMENTS:
            yield statement, "pg_stat_statements is not there: create extension pg_stat_statements"
    if who.widths is None:
        yield "bloat", "bloat is not estimated: the guide of watching a PostgreSQL has a function for that"


def said(error: Exception) -> str:
    """What went wrong, in words without addresses: asyncpg's own and the system's name host and port."""
    match error:
        case asyncpg.QueryCanceledError():
            return "the server took longer than 3 s to answer"
        case asyncpg.PostgresError():
            pooler = (
                " (bind the database itself, not its pooler)" if "startup parameter" in str(error) else ""
            )
            return f"the server says: {error}{pooler}"
        case BindingsError():
            return f"{error.where}: {error.what}" if error.where else error.what
        case TimeoutError():
            return "it does not answer in time"
        case OSError():
            return "it takes no connection"
        case ValueError():
            return "its URL cannot be read"
        case _:
            return "the connection was lost"
