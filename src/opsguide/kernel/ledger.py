"""The ledger's contract and its hash chain. `storage` fulfils it; nothing is done that is not on it first."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from .clock import Instant
from .errors import LedgerBroken
from .facts import Fact, FactTypes, Recorded

GENESIS = bytes(32)
"""The hash before the first row."""


class Head(Struct, frozen=True):
    """Where a ledger ends: the last sequence number (0 when empty), its hash, and its time."""

    seq: int = 0
    hash: bytes = GENESIS
    at: Instant = 0


class Row(Struct, frozen=True, gc=False):
    """One stored row: `body` is the canonical JSON that was hashed, byte for byte."""

    seq: int
    prev: bytes
    hash: bytes
    body: bytes


class Body(Struct, frozen=True, omit_defaults=True, gc=False):
    """What is hashed. `personal` is the hex sha256 of salt‖personal data, which itself stands beside the chain."""

    type: str
    v: int
    subject: str
    actor: str
    at: Instant
    data: msgspec.Raw
    personal: str | None = None
    cause: int | None = None


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Body)


def link(prev: bytes, body: bytes) -> bytes:
    """The hash of a row: sha256(hash of the row before ‖ body)."""
    return hashlib.sha256(prev + body).digest()


def encode(fact: Fact, personal_digest: str | None = None) -> bytes:
    """The canonical JSON of a fact: keys sorted, no white space, UTF-8."""
    return _encoder.encode(
        Body(
            type=fact.type,
            v=fact.v,
            subject=fact.subject,
            actor=fact.actor,
            at=fact.at,
            data=msgspec.Raw(_encoder.encode(fact.data)),
            personal=personal_digest,
            cause=fact.cause,
        )
    )


def decode(body: bytes, types: FactTypes) -> Fact:
    """The fact of a stored body, upcast, without its personal data. Raises UnknownFact."""
    stored = _decoder.decode(body)
    v, data = types.decode(stored.type, stored.v, stored.data)
    return Fact(
        type=stored.type,
        v=v,
        subject=stored.subject,
        actor=stored.actor,
        at=stored.at,
        data=data,
        cause=stored.cause,
    )


def verified(rows: Iterable[Row], start: Head = Head()) -> Iterator[Row]:
    """The same rows, each checked against the chain. Raises LedgerBroken at the first that does not fit."""
    seq, prev = start.seq, start.hash
    sha256 = hashlib.sha256
    for row in rows:
        seq += 1
        if row.seq != seq:
            raise LedgerBroken(f"row {seq} is missing: the next one stored is {row.seq}", where=f"seq {seq}")
        if row.prev != prev or sha256(prev + row.body).digest() != row.hash:
            raise LedgerBroken("the row does not fit the hash chain: it was changed", where=f"seq {seq}")
        prev = row.hash
        yield row


class Ledger(Protocol):
    """Append-only, hash-chained, one stream a guide. One writer."""

    @property
    def head(self) -> Head: ...

    async def append(self, facts: Sequence[Fact]) -> list[Recorded]:
        """All of `facts` durably in one transaction, or none: raises LedgerUnwritable. Times never go back."""
        ...

    def read(self, after: int = 0, *, subject: str | None = None) -> Iterator[Recorded]:
        """What is durably recorded after sequence number `after`, in order, with personal data where it still is."""
        ...
