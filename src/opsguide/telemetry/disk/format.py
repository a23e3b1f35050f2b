"""The layout of a block file, and its writing: whole or not at all (ADR 0010).

    tiles and instants, compressed … | series | index | footer of fixed size

Everything is found from the footer. Each part has a checksum, and the footer one of its own.
"""

import os
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import cramjam
import msgspec
import numpy as np
from msgspec import Struct

from opsguide.kernel.clock import Instant
from opsguide.telemetry.columns import ABSENT, Cells, Times, Values
from opsguide.telemetry.labels import Labels

from .tiles import pack, pack_times

MAGIC = b"opsgtsb1"
RAW, RECORDED, IMPORTED = 0, 1, 2
"""What a block is: samples as they came; thinned out for years; samples of before, imported."""

TILE_ROWS = 64
TILE_COLUMNS = 1024

_FOOTER = struct.Struct("<QIIQIIqqIIQ")
FOOTER_BYTES = _FOOTER.size + 4 + len(MAGIC)


class Group(NamedTuple):
    """Series that share their instants: values and cells by series and instant."""

    labels: list[Labels]
    times: Times
    values: Values
    cells: Cells


class Part(Struct, array_like=True, frozen=True):
    """Where a piece of the file is, and its CRC-32."""

    offset: int
    size: int
    crc: int


class GroupIndex(Struct, array_like=True, frozen=True):
    """`first`: the number of its first series in the block. Tiles: all columns of the first rows, then of the next."""

    first: int
    rows: int
    columns: int
    low: Instant
    high: Instant
    times: Part
    tiles: list[Part]


class Footer(NamedTuple):
    """`wal`: every segment of the write-ahead log up to this number is in blocks."""

    series: Part
    groups: Part
    low: Instant
    high: Instant
    kind: int
    wal: int
    samples: int


def write_block(path: Path, groups: Iterable[Group], *, kind: int, wal: int = 0) -> bool:
    """A new block, on the disk for good when this returns. False, and no file, where there is no sample in it.

    Raises OSError; then there is no block either.
    """
    fresh = path.with_suffix(".tmp")
    try:
        with fresh.open("wb") as file:
            if not _Writer(file).write(groups, kind, wal):
                return False
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        sync_directory(path.parent)
    finally:
        fresh.unlink(missing_ok=True)
    return True


def sync_directory(directory: Path) -> None:
    """Names in a directory are durable only after this."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Writer:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._offset = 0
        self._samples = 0
        self._series: list[list[str]] = []
        self._groups: list[GroupIndex] = []

    def write(self, groups: Iterable[Group], kind: int, wal: int) -> bool:
        for group in groups:
            self._group(group)
        if not self._groups:
            return False
        series = self._compressed(msgspec.msgpack.encode(self._series))
        index = self._compressed(msgspec.msgpack.encode(self._groups))
        low, high = min(group.low for group in self._groups), max(group.high for group in self._groups)
        footer = Footer(series, index, low, high, kind, wal, self._samples)
        self._file.write(_packed(footer))
        return True

    def _group(self, group: Group) -> None:
        """Rows without a sample are left out; the rest is sorted, so that what is alike lies together."""
        rows = np.flatnonzero((group.cells != ABSENT).any(axis=1)).tolist()
        rows.sort(key=lambda row: group.labels[row])
        if not rows:
            return
        first = len(self._series)
        self._series += [[text for pair in group.labels[row] for text in pair] for row in rows]
        columns = len(group.times)
        times = self._put(pack_times(group.times))
        tiles = []
        for top in range(0, len(rows), TILE_ROWS):
            band = rows[top : top + TILE_ROWS]
            values, cells = group.values[band], group.cells[band]
            self._samples += int(np.count_nonzero(cells))
            for left in range(0, columns, TILE_COLUMNS):
                right = min(left + TILE_COLUMNS, columns)
                tiles.append(self._put(pack(values[:, left:right], cells[:, left:right])))
        low, high = int(group.times[0]), int(group.times[-1])
        self._groups.append(GroupIndex(first, len(rows), columns, low, high, times, tiles))

    def _compressed(self, data: bytes) -> Part:
        return self._put(bytes(cramjam.zstd.compress(data, level=3)))

    def _put(self, data: bytes) -> Part:
        part = Part(self._offset, len(data), zlib.crc32(data))
        self._file.write(data)
        self._offset += len(data)
        return part


def _packed(footer: Footer) -> bytes:
    series, groups, *rest = footer
    numbers = (series.offset, series.size, series.crc, groups.offset, groups.size, groups.crc, *rest)
    body = _FOOTER.pack(*numbers)
    return body + struct.pack("<I", zlib.crc32(body)) + MAGIC


def read_footer(data: bytes) -> Footer | None:
    """The footer in a file's last FOOTER_BYTES, None where there is no whole one."""
    if len(data) != FOOTER_BYTES or not data.endswith(MAGIC):
        return None
    body = data[: _FOOTER.size]
    if struct.unpack_from("<I", data, _FOOTER.size)[0] != zlib.crc32(body):
        return None
    numbers = _FOOTER.unpack(body)
    return Footer(Part(*numbers[0:3]), Part(*numbers[3:6]), *numbers[6:])
