"""Looking for facts in the ledger's file, newest or oldest first, a bounded number of rows at a time."""

from collections.abc import Iterator
from itertools import starmap
from typing import Any

import apsw

from ..kernel.clock import Instant
from ..kernel.errors import LedgerBroken
from ..kernel.facts import FactTypes, Recorded
from ..kernel.ledger import Row, link, recorded
from ..kernel.look import Found, Wanted
from .reader import Reader
from .schema import SQL

SCANNED = 100_000
"""So many rows are looked through at most for one page: SQLite takes them apart in a tenth of a second or two."""


def look(reader: Reader, types: FactTypes, wanted: Wanted, head: int) -> Found:
    """The next facts that fit, up to row `head`. Raises LedgerBroken where a row does not give its hash."""
    with reader.connected() as connection:
        low, high = _bounds(connection, wanted, head)
        first, last = low, high
        if wanted.narrow and wanted.subject is None and high - low > SCANNED:
            low, high = (high - SCANNED, high) if wanted.newest else (low, low + SCANNED)
        rows = list(_rows(connection, wanted, low, high))
    facts = tuple(_checked(row, types) for row in rows[: wanted.limit])
    if len(rows) > wanted.limit:
        return Found(facts, facts[-1].seq)
    if wanted.newest:
        return Found(facts, low + 1 if low > first else None)
    return Found(facts, high - 1 if high < last else None)


def _bounds(connection: apsw.Connection, wanted: Wanted, head: int) -> tuple[int, int]:
    """Between which numbers, both exclusive. Time grows with the numbers, so that it is found by halving."""
    low, high = 0, head + 1
    if wanted.beyond is not None:
        low, high = (low, min(high, wanted.beyond)) if wanted.newest else (max(low, wanted.beyond), high)
    if wanted.since is not None:
        low = max(low, _first_at(connection, wanted.since, head) - 1)
    if wanted.until is not None:
        high = min(high, _first_at(connection, wanted.until + 1, head))
    return low, max(high, low)


def _first_at(connection: apsw.Connection, instant: Instant, head: int) -> int:
    """The first row at or after an instant; head + 1 where there is none."""
    low, high = 1, head + 1
    while low < high:
        middle = (low + high) // 2
        if connection.execute(SQL["time_at"], (middle,)).get < instant:
            low = middle + 1
        else:
            high = middle
    return low


def _rows(connection: apsw.Connection, wanted: Wanted, low: int, high: int) -> Iterator[Row]:
    """One more row than wanted, if there are so many."""
    order = "newest" if wanted.newest else "oldest"
    known: dict[str, Any] = {
        "subject": wanted.subject,
        "type": wanted.type if wanted.type is None or not wanted.type.endswith(".") else None,
        "below": wanted.type if wanted.type is not None and wanted.type.endswith(".") else None,
        "actor": wanted.actor,
    }
    parts = [(f"look_{order}", low, high)]
    if wanted.subject is not None:
        indexed = connection.execute(SQL["indexed"]).get
        parts = [
            (f"look_{order}", max(low, indexed), high),
            (f"look_about_{order}", low, min(high, indexed + 1)),
        ]
        parts = parts if wanted.newest else parts[::-1]
    left = wanted.limit + 1
    for name, after, before in parts:
        if left > 0 and before - after > 1:
            stored = connection.execute(SQL[name], known | {"low": after, "high": before, "size": left})
            for row in starmap(Row, stored.fetchall()):
                left -= 1
                yield row


def _checked(row: Row, types: FactTypes) -> Recorded:
    """Each verified by itself, since what stands between them is left out."""
    if link(row.prev, row.body) != row.hash:
        raise LedgerBroken("the row was changed: its bytes do not give its hash", where=f"seq {row.seq}")
    return recorded(row, types)
