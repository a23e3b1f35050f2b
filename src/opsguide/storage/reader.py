"""Reading a ledger's file, also while a service writes to it. Nothing in here writes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from ..kernel.errors import LedgerBroken, LedgerError
from ..kernel.facts import FactTypes, Recorded
from ..kernel.ledger import START, Head, Row, link, parse, recorded, verified
from .schema import FILE, SQL, connect, explained, version

PAGE = 1_000
"""Rows read at once: each page is its own short snapshot, so that the writer's log can be checkpointed."""

Fetch = Callable[[int], list[Any]]
"""From the sequence number after which to go on to the next rows."""


def head_of(connection: apsw.Connection) -> Head:
    """Where the ledger ends. Raises LedgerBroken where the last row does not give its own hash."""
    row = connection.execute(SQL["head"]).fetchone()
    if row is None:
        return START
    seq, prev, stored, body = row
    if link(prev, body) != stored:
        raise LedgerBroken("the last row was changed: its bytes do not give its hash", where=f"seq {seq}")
    return Head(seq, stored, parse(body).at)


class Reader:
    """Streams a ledger's file. Each stream has its own connection, so that any thread may use this."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def connected(self) -> Iterator[apsw.Connection]:
        """A read-only connection; what SQLite complains about comes out explained."""
        connection: apsw.Connection | None = None
        try:
            connection = connect(self.path, readonly=True)
            yield connection
        except apsw.Error as error:
            raise explained(error, self.path) from error
        finally:
            if connection is not None:
                connection.close()

    def head(self) -> Head:
        with self.connected() as connection:
            return head_of(connection)

    def rows(self, after: int = 0, upto: int | None = None) -> Iterator[Row]:
        """Rows after sequence number `after`, up to what is durable now, as they are stored: not verified."""
        with self.connected() as connection:
            known = {"upto": head_of(connection).seq if upto is None else upto, "size": PAGE}
            yield from _paged(lambda at: _fetch(connection, "page", known, at), after)

    def read(self, types: FactTypes, after: int = 0, upto: int | None = None) -> Iterator[Recorded]:
        """Facts after sequence number `after`, each verified against the chain. Raises LedgerBroken, UnknownFact."""
        for row in verified(self.rows(after, upto), self._start(after)):
            yield recorded(row, types)

    def read_about(
        self, types: FactTypes, subject: str, after: int = 0, upto: int | None = None
    ) -> Iterator[Recorded]:
        """The facts of one subject: each verified by itself, since what stands between them is left out."""
        for row in self.rows_about(subject, after, upto):
            if link(row.prev, row.body) != row.hash:
                raise LedgerBroken(
                    "the row was changed: its bytes do not give its hash", where=f"seq {row.seq}"
                )
            yield recorded(row, types)

    def rows_about(self, subject: str, after: int = 0, upto: int | None = None) -> Iterator[Row]:
        """The rows of one subject as they are stored: through the index, and behind it by a short scan."""
        with self.connected() as connection:
            end = head_of(connection).seq if upto is None else upto
            indexed = min(end, connection.execute(SQL["indexed"]).get)
            known = {"subject": subject, "upto": indexed, "size": PAGE}
            yield from _paged(lambda at: _fetch(connection, "page_about", known, at), after)
            tail = known | {"upto": end}
            yield from _paged(
                lambda at: _fetch(connection, "page_about_unindexed", tail, at), max(after, indexed)
            )

    def _start(self, after: int) -> Head:
        """The head as it was at `after`, to go on verifying from there."""
        if after == 0:
            return START
        with self.connected() as connection:
            found = connection.execute(SQL["hash_at"], (after,)).get
        return Head(after, found) if found is not None else Head(after)


def _fetch(connection: apsw.Connection, name: str, known: dict[str, Any], after: int) -> list[Any]:
    return connection.execute(SQL[name], known | {"after": after}).fetchall()


def _paged(fetch: Fetch, after: int) -> Iterator[Row]:
    while page := fetch(after):
        for stored in page:
            yield Row(*stored)
        after = page[-1][0]


def open_readonly(directory: Path) -> Reader:
    """To read a ledger, also while a service writes to it. Raises LedgerError where there is none."""
    path = directory / FILE
    if not path.is_file():
        raise LedgerError(
            "there is no ledger in this folder",
            where=str(directory),
            hint="name the folder that `opsguide serve` was given as --data",
        )
    reader = Reader(path)
    with reader.connected() as connection:
        if version(connection, path) == 0:
            raise LedgerError(
                "the ledger was never set up", where=str(path), hint="start `opsguide serve` once"
            )
    return reader
