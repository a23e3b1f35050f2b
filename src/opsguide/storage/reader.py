"""Reading a ledger's file, also while a service writes to it. Nothing in here writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import starmap
from pathlib import Path
from typing import Any

import apsw

from ..kernel.errors import LedgerBroken, LedgerError
from ..kernel.facts import FactTypes, Recorded
from ..kernel.ledger import GENESIS, START, Head, Row, check, link, parse, recorded
from .schema import FILE, SQL, connect_readonly, unreadable, version

PAGE = 1_000
"""Rows read at once: each page is its own short snapshot, so that the writer's log can be checkpointed."""


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
            connection = connect_readonly(self.path)
            yield connection
        except apsw.Error as error:
            raise unreadable(error, self.path) from error
        finally:
            if connection is not None:
                connection.close()

    def head(self) -> Head:
        with self.connected() as connection:
            return head_of(connection)

    def rows(self, after: int = 0, upto: int | None = None) -> Iterator[Row]:
        """Rows after sequence number `after`, up to what is durable now, as they are stored: not verified."""
        for page in self._pages(after, upto):
            yield from page

    def read(self, types: FactTypes, after: int = 0, upto: int | None = None) -> Iterator[Recorded]:
        """Facts after sequence number `after`, verified by the page. Raises LedgerBroken, UnknownFact."""
        seq, prev = after, self.hash_at(after)
        for page in self._pages(after, upto):
            seq, prev = check(page, seq, prev)
            for row in page:
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
            wanted = {"subject": subject, "type": None, "below": None, "actor": None}
            parts = (("look_about_oldest", after, indexed), ("look_oldest", max(after, indexed), end))
            for name, low, last in parts:
                for page in _paged(connection, name, low, wanted | {"high": last + 1}):
                    yield from page

    def _pages(self, after: int, upto: int | None) -> Iterator[list[Row]]:
        with self.connected() as connection:
            end = head_of(connection).seq if upto is None else upto
            for page in _paged(connection, "page", after, {"high": end + 1}):
                yield _with_personal(connection, page)

    def hash_at(self, seq: int) -> bytes:
        """The hash after which the chain goes on behind a row; where there is none, the chain will not fit."""
        if seq == 0:
            return GENESIS
        with self.connected() as connection:
            found: bytes | None = connection.execute(SQL["hash_at"], (seq,)).get
        return found or GENESIS


def _paged(connection: apsw.Connection, name: str, after: int, known: dict[str, Any]) -> Iterator[list[Row]]:
    """The pages of a named statement, each from behind the last row of the one before."""
    while page := _page(connection, name, known | {"low": after, "size": PAGE}):
        yield page
        after = page[-1].seq


def _page(connection: apsw.Connection, name: str, known: dict[str, Any]) -> list[Row]:
    stored: list[Any] = connection.execute(SQL[name], known).fetchall()
    return list(starmap(Row, stored))


def _with_personal(connection: apsw.Connection, page: list[Row]) -> list[Row]:
    """The page with what stands beside its rows: asked for by itself, since few rows have any."""
    between = {"first": page[0].seq, "last": page[-1].seq}
    beside = {seq: (salt, data) for seq, salt, data in connection.execute(SQL["page_personal"], between)}
    if not beside:
        return page
    return [Row(row.seq, row.prev, row.hash, row.body, *beside.get(row.seq, ())) for row in page]


def open_readonly(directory: Path) -> Reader:
    """To read a ledger, also while a service writes to it. Raises LedgerError where there is none."""
    path = directory / FILE
    if not _is_file(path):
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


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        raise LedgerError(
            f"the ledger cannot be read ({error.strerror})",
            where=str(path),
            hint="read it as the user that runs opsguide",
        ) from error
