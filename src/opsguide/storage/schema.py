"""The SQLite file: its statements and migrations (from sql/), and what every connection to it has in common."""

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import apsw

from ..kernel.errors import LedgerBroken, LedgerError, LedgerUnwritable

FILE = "ledger.sqlite"
APPLICATION_ID = 0x6F707367
"""`opsg`: marks the file as ours, whatever it is called."""

BUSY_MILLISECONDS = 5_000

_SQL = files(__package__) / "sql"


def statements(name: str) -> Mapping[str, str]:
    """The statements of one .sql file by their `-- name:` lines."""
    parts = re.split(r"^-- name: (\w+)$", (_SQL / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def migrations() -> list[tuple[int, str]]:
    """(version, script) of every migration, oldest first; the number leads the file's name."""
    scripts = [entry for entry in (_SQL / "migrations").iterdir() if entry.name.endswith(".sqlite.sql")]
    return sorted((int(entry.name[:3]), entry.read_text(encoding="utf-8")) for entry in scripts)


SQL = statements("ledger.sqlite.sql")


def connect(path: Path, *, readonly: bool = False) -> apsw.Connection:
    """A connection to a ledger's file. A read-only one never creates it. Raises apsw.Error."""
    flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = apsw.Connection(str(path), flags=flags)
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


def explained(error: apsw.Error, path: Path) -> LedgerError:
    """What SQLite complains about, as an error that says what to do."""
    where, said = str(path), str(error) or type(error).__name__
    match error:
        case apsw.FullError():
            hint = (
                "free space on its file system; nothing of this is recorded, later appends are tried as usual"
            )
            return LedgerUnwritable("no space is left for the ledger", where=where, hint=hint)
        case apsw.ReadOnlyError() | apsw.CantOpenError() | apsw.PermissionsError():
            hint = "let the user that runs opsguide write to this folder; nothing of this is recorded"
            return LedgerUnwritable(f"the ledger cannot be written ({said})", where=where, hint=hint)
        case apsw.NotADBError() | apsw.CorruptError():
            hint = "keep a copy of the folder, then restore it from a backup"
            return LedgerBroken(f"the ledger's file is damaged ({said})", where=where, hint=hint)
        case apsw.BusyError():
            hint = "another program holds the file: opsguide must be the only one that writes to it"
            return LedgerUnwritable(f"the ledger is locked ({said})", where=where, hint=hint)
    hint = "look at the disk (dmesg, smartctl); nothing of this is recorded, later appends are tried as usual"
    return LedgerUnwritable(f"the disk refused to keep the ledger ({said})", where=where, hint=hint)
