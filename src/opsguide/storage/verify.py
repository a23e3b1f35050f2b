"""Proof that a ledger is what was written: every row, what stands beside the chain, and the heads published outside.

Needs no fact types: any version of opsguide can verify any other's ledger.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from ..kernel.clock import Instant
from ..kernel.errors import LedgerBroken
from ..kernel.ledger import START, Body, Head, Row, check_personal, parse, verified
from .publish import Published
from .reader import Reader
from .schema import SQL


class Proof(Struct, frozen=True):
    """What was verified: where the chain ends, personal data that fits and that was erased, heads found on it."""

    head: Head
    personal: int
    erased: int
    heads: int


def verify(rows: Iterable[Row], heads: Sequence[Published] = ()) -> Proof:
    """Streams a whole chain from its first row. Raises LedgerBroken at the first thing that does not fit."""
    counts = {"personal": 0, "erased": 0}
    head, found = START, 0
    expected = _by_seq(heads)
    for row, body in _parsed(verified(rows)):
        _check_time(row, body, head.at)
        check_personal(row, body)
        if body.personal is not None:
            counts["erased" if row.personal is None else "personal"] += 1
        head = Head(row.seq, row.hash, body.at)
        for published in expected.pop(row.seq, ()):
            _check_head(published, row)
            found += 1
    _refuse_cut_off(expected, head)
    return Proof(head, counts["personal"], counts["erased"], found)


def verify_stored(reader: Reader, heads: Sequence[Published] = ()) -> Proof:
    """A whole ledger in its folder: the chain, and what the file derives from it or keeps beside it."""
    proof = verify(reader.rows(), heads)
    with reader.connected() as connection:
        stray = connection.execute(SQL["stray_personal"]).get
        misindexed = connection.execute(SQL["misindexed"]).get
        surplus = connection.execute(SQL["index_surplus"]).get
    if stray is not None:
        raise LedgerBroken(
            "personal data stands beside the chain that belongs to no row", where=f"seq {stray}"
        )
    if misindexed is not None:
        raise LedgerBroken("the index of subjects does not have this row", where=f"seq {misindexed}")
    if surplus:
        raise LedgerBroken(
            f"the index of subjects has {surplus} entries for rows of other subjects", where="about"
        )
    return proof


def _parsed(rows: Iterable[Row]) -> Iterator[tuple[Row, Body]]:
    for row in rows:
        try:
            body = parse(row.body)
        except msgspec.MsgspecError as error:
            raise LedgerBroken(f"the row is no fact: {error}", where=f"seq {row.seq}") from error
        yield row, body


def _check_time(row: Row, body: Body, before: Instant) -> None:
    if body.at < before:
        raise LedgerBroken("the row's time is before that of the row before it", where=f"seq {row.seq}")


def _by_seq(heads: Sequence[Published]) -> dict[int, list[Published]]:
    found: dict[int, list[Published]] = {}
    for published in heads:
        if published.seq > 0:
            found.setdefault(published.seq, []).append(published)
    return found


def _check_head(published: Published, row: Row) -> None:
    if published.hash != row.hash.hex():
        raise LedgerBroken(
            f"the row is not the one whose hash was published at {published.at}: history was rewritten",
            where=f"seq {row.seq}",
        )


def _refuse_cut_off(left: dict[int, list[Published]], head: Head) -> None:
    if left:
        last = left[max(left)][0]
        raise LedgerBroken(
            f"the end is missing: row {last.seq} was published at {last.at}, the last one here is {head.seq}",
            where=f"seq {head.seq + 1}",
        )
