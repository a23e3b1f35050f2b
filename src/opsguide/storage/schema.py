"""The SQLite file: its statements and migrations (from sql/), and what every connection to it has in common."""

import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

import apsw

from ..kernel.errors import LedgerBroken, LedgerError, LedgerUnwritable
from ..kernel.statements import named

FILE = "ledger.sqlite"
APPLICATION_ID = 0x6F707367
"""`opsg`: marks the file as ours, whatever it is called."""

BUSY_MILLISECONDS = 5_000

DAMAGED_HINT = "keep a copy of the folder, then restore it from a backup"

_SQL = files(__package__) / "sql"


def statements(name: str) -> Mapping[str, str]:
    """The statements of one .sql file by their `-- name:` lines."""
    return named((_SQL / name).read_text(encoding="utf-8"))


def migrations() -> list[tuple[int, str]]:
    """(version, script) of every migration, oldest first; the number leads the file's name."""
    scripts = [entry for entry in (_SQL / "migrations").iterdir() if entry.name.endswith(".sqlite.sql")]
    return sorted((int(entry.name[:3]), entry.read_text(encoding="utf-8")) for entry in scripts)


SQL = statements("ledger.sqlite.sql")


def connect(path: Path) -> apsw.Connection:
    """The connection that writes; makes the file where there is none. Raises apsw.Error."""
    return _patient(apsw.Connection(str(path)))


def connect_readonly(path: Path) -> apsw.Connection:
    """A connection that never writes. Raises apsw.Error.

    SQLite reads such a file through two more beside it, `-wal` and `-shm`. Where they are not there, no service runs;
    where they cannot be made either, the file is read as one that nobody changes.
    """
    still = not path.with_name(f"{path.name}-wal").exists() and not os.access(path.parent, os.W_OK)
    name = f"file:{quote(str(path.absolute()))}{'?immutable=1' if still else ''}"
    return _patient(apsw.Connection(name, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI))


def _patient(connection: apsw.Connection) -> apsw.Connection:
    connection.set_busy_timeout(BUSY_MILLISECONDS)
    return connection


def version(connection: apsw.Connection, path: Path) -> int:
    """The schema's version, 0 for a new file. Raises LedgerError where the file is not ours or too new."""
    found = int(connection.pragma("user_version"))
    if connection.pragma("application_id") != APPLICATION_ID:
        if found or connection.execute("select 1 from sqlite_schema limit 1").get is not None:
            raise LedgerError("this is an SQLite file, but no ledger of opsguide", where=str(path))
        return 0
    newest = migrations()[-1][0]
    if found > newest:
        raise LedgerError(
            f"a newer opsguide wrote this ledger (its schema is {found}, this version knows {newest})",
            where=str(path),
            hint="start that version; nothing was changed",
        )
    return found


def migrate(connection: apsw.Connection, path: Path) -> None:
    """Brings the file to the newest schema, each step in one transaction."""
    for number, script in migrations():
        if number > version(connection, path):
            with connection:
                connection.execute(script).fetchall()
                connection.pragma("application_id", APPLICATION_ID)
                connection.pragma("user_version", number)


def unwritable(error: apsw.Error, path: Path) -> LedgerUnwritable:
    """What SQLite complains about while writing, as an error that says what to do."""
    where, said = str(path), _said(error)
    match error:
        case apsw.NotADBError() | apsw.CorruptError():
            what = f"the ledger's file is damaged ({said})"
            hint = DAMAGED_HINT
        case apsw.FullError():
            what = "no space is left for the ledger"
            hint = (
                "free space on its file system; nothing of this is recorded, later appends are tried as usual"
            )
        case apsw.ReadOnlyError() | apsw.CantOpenError() | apsw.PermissionsError():
            what = f"the ledger cannot be written ({said})"
            hint = "let the user that runs opsguide write to this folder; nothing of this is recorded"
        case apsw.BusyError():
            what = f"the ledger is locked ({said})"
            hint = "another program holds the file: opsguide must be the only one that writes to it"
        case _:
            what = f"the disk refused to keep the ledger ({said})"
            hint = "look at the disk (dmesg, smartctl); nothing of this is recorded, later appends are tried as usual"
    return LedgerUnwritable(what, where=where, hint=hint)


def unreadable(error: apsw.Error, path: Path) -> LedgerError:
    """What SQLite complains about while reading, as an error that says what to do."""
    where, said = str(path), _said(error)
    if isinstance(error, apsw.NotADBError | apsw.CorruptError):
        return LedgerBroken(f"the ledger's file is damaged ({said})", where=where, hint=DAMAGED_HINT)
    hint = "read it as the user that runs opsguide"
    return LedgerError(f"the ledger cannot be read ({said})", where=where, hint=hint)


def _said(error: apsw.Error) -> str:
    return str(error) or type(error).__name__
