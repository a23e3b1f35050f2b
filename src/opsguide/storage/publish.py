"""The chain's head, published outside the ledger, so that a cut-off or rewritten end shows.

One JSON line a head, `{"at":…,"seq":…,"hash":…}`, in a file that is best kept where the ledger's owner cannot
change it.
"""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from ..kernel.clock import Instant, rfc3339
from ..kernel.errors import LedgerError, LedgerUnwritable
from ..kernel.ledger import Head


class Published(Struct, frozen=True):
    """A head as it was published: when (RFC 3339), which row was the last, and its hash in hex."""

    at: str
    seq: int
    hash: str


def publish(path: Path, head: Head, at: Instant) -> None:
    """Adds the head to the file, durable on return. Raises LedgerUnwritable."""
    line = msgspec.json.encode(Published(rfc3339(at), head.seq, head.hash.hex()))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            # A line break first too: the line before may have been torn by a crash.
            os.write(handle, (b"\n" if os.fstat(handle).st_size else b"") + line)
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise LedgerUnwritable(
            f"the ledger's head cannot be published ({error.strerror})",
            where=str(path),
            hint="the ledger itself is not touched by this; let opsguide write to the file",
        ) from error


def published(path: Path) -> list[Published]:
    """The heads of a file, oldest first. A line torn by a crash is passed over. Raises LedgerError."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise LedgerError(f"published heads cannot be read ({error.strerror})", where=str(path)) from error
    whole = [(number, line) for number, line in enumerate(lines, 1) if line.endswith(b"}")]
    return [_head(line, f"{path}:{number}") for number, line in whole]


def _head(line: bytes, where: str) -> Published:
    try:
        return msgspec.json.decode(line, type=Published)
    except msgspec.MsgspecError as error:
        raise LedgerError(f"this is no published head: {error}", where=where) from error
