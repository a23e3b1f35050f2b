"""The ledger's contract and its hash chain. `storage` fulfils it; nothing is done that is not on it first.

    hash of a row = sha256(hash of the row before ‖ body)      the first row follows GENESIS
    body          = canonical JSON of the fact: keys sorted, no white space, UTF-8
    body.personal = hex sha256(salt ‖ canonical JSON of the fact's personal data)

Personal data and its salt stand beside the chain, so that both can be erased while the chain still verifies.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from .clock import Instant
from .errors import LedgerBroken
from .facts import Data, Erased, Fact, FactTypes, Recorded
from .look import Found, Wanted

GENESIS = bytes(32)
"""The hash before the first row."""


class Head(Struct, frozen=True):
    """Where a ledger ends: the last sequence number (0 when empty), its hash, and its time."""

    seq: int = 0
    hash: bytes = GENESIS
    at: Instant = 0


START = Head()
"""The head of an empty ledger."""


class Row(Struct, frozen=True, gc=False):
    """One stored row: `body` is the canonical JSON that was hashed, byte for byte.

    `salt` and `personal` (canonical JSON too) stand beside the chain; both are None once erased.
    """

    seq: int
    prev: bytes
    hash: bytes
    body: bytes
    salt: bytes | None = None
    personal: bytes | None = None


class Body(Struct, frozen=True, gc=False):
    """What is hashed, its data not decoded: `personal` is the digest of what stands beside the chain."""

    type: str
    v: int
    subject: str
    actor: str
    at: Instant
    data: msgspec.Raw
    personal: str | None = None
    cause: int | None = None


class _Written(Struct, frozen=True, omit_defaults=True, gc=False):
    """A `Body` on its way in: the same keys, its data still a struct, so that all is encoded in one pass."""

    type: str
    v: int
    subject: str
    actor: str
    at: Instant
    data: Data
    personal: str | None = None
    cause: int | None = None


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Body)


def link(prev: bytes, body: bytes) -> bytes:
    """The hash of a row: sha256(hash of the row before ‖ body)."""
    return hashlib.sha256(prev + body).digest()


def digest(salt: bytes, personal: bytes) -> str:
    """What the chained body says about personal data: hex sha256(salt ‖ canonical JSON)."""
    return hashlib.sha256(salt + personal).hexdigest()


def canonical(data: Data) -> bytes:
    """Canonical JSON: keys sorted, no white space, UTF-8."""
    return _encoder.encode(data)


def encode(fact: Fact, personal_digest: str | None = None) -> bytes:
    """The canonical JSON of a fact, without its personal data."""
    return _encoder.encode(
        _Written(
            fact.type,
            fact.v,
            fact.subject,
            fact.actor,
            fact.at,
            fact.data,
            personal_digest,
            fact.cause,
        )
    )


def parse(body: bytes) -> Body:
    """A stored body without knowing any fact type. Raises msgspec.MsgspecError where it is none."""
    return _decoder.decode(body)


def decode(body: bytes, types: FactTypes) -> Fact:
    """The fact of a stored body, upcast; its personal data, if it has any, as `Erased`. Raises UnknownFact."""
    return recorded(Row(0, b"", b"", body), types).fact


def recorded(row: Row, types: FactTypes) -> Recorded:
    """The fact of a stored row, upcast, with its personal data or `Erased`. Raises UnknownFact, LedgerBroken."""
    body = _decoder.decode(row.body)
    v, data = types.decode(body.type, body.v, body.data)
    fact = Fact(
        type=body.type,
        v=v,
        subject=body.subject,
        actor=body.actor,
        at=body.at,
        data=data,
        personal=None if body.personal is None and row.personal is None else _personal(row, body, types),
        cause=body.cause,
    )
    return Recorded(row.seq, fact)


def _personal(row: Row, body: Body, types: FactTypes) -> Data:
    check_personal(row, body)
    return Erased() if row.personal is None else types.decode_personal(body.type, row.personal)


def check_personal(row: Row, body: Body) -> None:
    """Raises LedgerBroken where personal data beside the chain is not what the chain says. Erased is fine."""
    if row.salt is None and row.personal is None:
        return
    if row.salt is None or row.personal is None or digest(row.salt, row.personal) != body.personal:
        raise LedgerBroken("the personal data beside the chain was changed", where=f"seq {row.seq}")


def check(rows: Iterable[Row], seq: int, prev: bytes) -> tuple[int, bytes]:
    """Follows the chain from the row `seq` with the hash `prev`: the last row's number and hash.

    Raises LedgerBroken at the first row that does not fit.
    """
    sha256 = hashlib.sha256  # a million rows at every start: this loop is counted in nanoseconds
    for row in rows:
        seq += 1
        if row.seq != seq or row.prev != prev or sha256(prev + row.body).digest() != row.hash:
            raise _misfit(row, seq, prev)
        prev = row.hash
    return seq, prev


def verified(rows: Iterable[Row], start: Head = START) -> Iterator[Row]:
    """The same rows, each checked against the chain. Raises LedgerBroken at the first that does not fit."""
    seq, prev = start.seq, start.hash
    for row in rows:
        seq, prev = check((row,), seq, prev)
        yield row


def _misfit(row: Row, seq: int, prev: bytes) -> LedgerBroken:
    if row.seq != seq:
        return LedgerBroken(f"row {seq} is missing: the next one stored is {row.seq}", where=f"seq {seq}")
    if row.prev != prev:
        return LedgerBroken(
            "the row does not follow the one before it: rows were replaced or swapped", where=f"seq {seq}"
        )
    return LedgerBroken("the row was changed: its bytes do not give its hash", where=f"seq {seq}")


class Verified(Struct, frozen=True):
    """A ledger that is what was written: where it ended, and how much personal data fits or was erased."""

    head: Head
    personal: int
    erased: int


class Ledger(Protocol):
    """Append-only, hash-chained, one stream a guide. One writer."""

    @property
    def head(self) -> Head: ...

    async def append(self, facts: Sequence[Fact]) -> list[Recorded]:
        """All of `facts`, durable on return, or none: raises LedgerUnwritable. Times never go back."""
        ...

    def hash_at(self, seq: int) -> bytes:
        """The hash of a durable row; GENESIS for 0."""
        ...

    def read(
        self, after: int = 0, *, subject: str | None = None, upto: int | None = None
    ) -> Iterator[Recorded]:
        """What is durable after sequence number `after`, up to and with `upto`, in order, with personal data
        where it still is.

        Raises LedgerBroken where the chain does not verify.
        """
        ...

    def look(self, wanted: Wanted, upto: int | None = None) -> Found:
        """The next facts that are wanted, up to a number, as far as one look goes."""
        ...

    def verify(self) -> Verified:
        """Check every row against the chain; takes its time. Raises LedgerBroken at the first that does not fit."""
        ...
