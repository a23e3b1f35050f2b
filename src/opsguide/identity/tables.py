"""The file of accounts: SQLite beside the ledger, readable by its owner only."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import apsw

from ..kernel.errors import OpsguideError
from ..kernel.statements import named

FILE = "identity.sqlite"
APPLICATION_ID = 0x6F706769
"""`opgi`: marks the file as ours."""

BUSY_MILLISECONDS = 5_000

_SQL = files(__package__) / "sql"
SQL: Mapping[str, str] = named((_SQL / "identity.sqlite.sql").read_text(encoding="utf-8"))

SET_UP = """
pragma journal_mode = wal;
pragma synchronous = full;
pragma secure_delete = on;
pragma trusted_schema = off;
"""
"""Deleted rows are overwritten: they are personal data. Full: a token that was revoked stays revoked."""


class Tables:
    """One file; `path` None keeps all in memory, for tests. Readers do not wait for a writer that syncs its disk."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        try:
            if path is not None:
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._writing = apsw.Connection(str(path) if path is not None else ":memory:")
            self._writing.set_busy_timeout(BUSY_MILLISECONDS)
            self._writing.execute(SET_UP).fetchall()
            _migrate(self._writing, str(path))
            self._writing.execute("pragma foreign_keys = on")
            self._reading = self._writing if path is None else apsw.Connection(str(path))
        except (apsw.Error, OSError) as error:
            raise OpsguideError(
                f"the accounts cannot be opened ({error})",
                where=str(path),
                hint="let the user that runs opsguide write to this folder; a damaged file comes back from a backup",
            ) from error
        self._reading.set_busy_timeout(BUSY_MILLISECONDS)

    def one(self, name: str, *values: Any) -> tuple[Any, ...] | None:
        """The first row of a named statement."""
        return next(iter(self.all(name, *values)), None)

    def all(self, name: str, *values: Any) -> list[tuple[Any, ...]]:
        """Every row of a named statement. Values go by place, or one mapping by name."""
        return self.query(SQL[name], _bound(values))

    def query(self, statement: str, values: Any = None) -> list[tuple[Any, ...]]:
        """Every row of a statement."""
        if self._reading is self._writing:
            with self._lock:
                return list(self._reading.execute(statement, values))
        return list(self._reading.execute(statement, values))

    @contextmanager
    def writing(self) -> Iterator["Writing"]:
        """One transaction: all of it or nothing. Waits for the disk, so never on the event loop."""
        with self._lock, self._writing:
            yield Writing(self._writing)

    def close(self) -> None:
        with self._lock:
            self._reading.close()
            self._writing.close()


class Writing:
    """Inside a transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def do(self, name: str, *values: Any) -> int:
        """How many rows a named statement changed."""
        self._connection.execute(SQL[name], _bound(values)).fetchall()
        return self._connection.changes()

    def one(self, name: str, *values: Any) -> tuple[Any, ...] | None:
        return next(iter(self._connection.execute(SQL[name], _bound(values))), None)


def _bound(values: tuple[Any, ...]) -> Any:
    return values[0] if len(values) == 1 and isinstance(values[0], dict) else values


def _migrate(connection: apsw.Connection, where: str) -> None:
    """Brings the file to the newest schema, each step in one transaction."""
    scripts = sorted(entry.name for entry in (_SQL / "migrations").iterdir() if entry.name.endswith(".sql"))
    found, newest = int(connection.pragma("user_version")), int(scripts[-1][:3])
    if found > newest:
        raise OpsguideError(
            f"a newer opsguide wrote these accounts (their schema is {found}, this version knows {newest})",
            where=where,
            hint="start that version; nothing was changed",
        )
    for name in scripts:
        if int(name[:3]) > found:
            with connection:
                connection.execute((_SQL / "migrations" / name).read_text(encoding="utf-8")).fetchall()
                connection.pragma("application_id", APPLICATION_ID)
                connection.pragma("user_version", int(name[:3]))
