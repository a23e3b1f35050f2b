"""A ledger as JSON lines, whole: what a third party needs to verify it offline, without opsguide's database.

The first line says what the file is and where the chain ends; then follows one row a line. `body` and `personal`
are the stored bytes as a string, hashes and salts are hex.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from ..kernel.errors import LedgerBroken, LedgerError
from ..kernel.ledger import Head, Row
from .reader import Reader

FORMAT = "opsguide ledger export 1"


class Header(Struct, frozen=True):
    """The first line: the last row that is in the file."""

    format: str
    seq: int
    hash: str


class Line(Struct, frozen=True, omit_defaults=True):
    seq: int
    prev: str
    hash: str
    body: str
    salt: str | None = None
    personal: str | None = None


_encoder = msgspec.json.Encoder()
_header = msgspec.json.Decoder(Header)
_line = msgspec.json.Decoder(Line)


def export(reader: Reader, out: BinaryIO) -> Head:
    """Writes what is durable now, as it is stored (verify it afterwards). Returns where it ends."""
    head = reader.head()
    out.writelines(lines(reader, head))
    return head


def lines(reader: Reader, head: Head) -> Iterator[bytes]:
    """The lines of an export up to a head."""
    yield _encoder.encode(Header(FORMAT, head.seq, head.hash.hex())) + b"\n"
    for row in reader.rows(upto=head.seq):
        yield _encoder.encode(_to_line(row)) + b"\n"


def exported(path: Path) -> Iterator[Row]:
    """The rows of an export, not verified; LedgerBroken where lines are missing or damaged."""
    try:
        with path.open("rb") as file:
            yield from _rows(file, path)
    except OSError as error:
        raise LedgerError(f"the export cannot be read ({error.strerror})", where=str(path)) from error


def _rows(file: BinaryIO, path: Path) -> Iterator[Row]:
    header = _parsed_header(file.readline(), path)
    last = Head()
    for number, line in enumerate(file, 2):
        try:
            row = _to_row(_line.decode(line))
        except ValueError as error:  # msgspec's errors and those of damaged hex
            raise LedgerBroken(
                f"the line after row {last.seq} is damaged: {error}", where=f"{path}:{number}"
            ) from error
        last = Head(row.seq, row.hash)
        yield row
    if (last.seq, last.hash.hex()) != (header.seq, header.hash):
        raise LedgerBroken(
            f"the export ends with row {last.seq}, its first line says {header.seq}: it was cut off or changed",
            where=f"seq {last.seq + 1}",
        )


def _parsed_header(line: bytes, path: Path) -> Header:
    try:
        header = _header.decode(line)
    except msgspec.MsgspecError:
        header = Header("", 0, "")
    if header.format != FORMAT:
        raise LedgerError(
            "this is no export of a ledger",
            where=str(path),
            hint="make one with `opsguide ledger export --output FILE`",
        )
    return header


def _to_line(row: Row) -> Line:
    try:
        return Line(
            seq=row.seq,
            prev=row.prev.hex(),
            hash=row.hash.hex(),
            body=row.body.decode(),
            salt=None if row.salt is None else row.salt.hex(),
            personal=None if row.personal is None else row.personal.decode(),
        )
    except UnicodeDecodeError as error:
        raise LedgerBroken(f"the row is no text: {error}", where=f"seq {row.seq}") from error


def _to_row(line: Line) -> Row:
    return Row(
        line.seq,
        bytes.fromhex(line.prev),
        bytes.fromhex(line.hash),
        line.body.encode(),
        None if line.salt is None else bytes.fromhex(line.salt),
        None if line.personal is None else line.personal.encode(),
    )
