"""The write-ahead log: what came since the last block, synced once a second, read again after a crash.

A segment is a file of records, each with its length and CRC-32. It stands alone: every series is defined in it before
its first sample. Reading ends at the first record that is not whole: a crash tears only the last one.
"""

import os
import struct
import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from opsguide.kernel.clock import Instant
from opsguide.telemetry.columns import Flags, Times, Values
from opsguide.telemetry.labels import Labels

Ids: TypeAlias = NDArray[np.intp]

_HEAD = struct.Struct("<II")
MAX_RECORD = 256 * 2**20


class Defined(Struct, frozen=True, array_like=True, tag=1):
    """Series by number, for the records of this segment."""

    series: list[tuple[int, list[str]]]


class Scraped(Struct, frozen=True, array_like=True, tag=2):
    """A scrape of a target. `ids` are None where they are those of its scrape before in this segment."""

    target: list[str]
    at: Instant
    ids: bytes | None
    values: bytes


class Appended(Struct, frozen=True, array_like=True, tag=3):
    """Samples of series with instants of their own; `pushed`: they lie in columns as far as they fit."""

    ids: bytes
    times: bytes
    values: bytes
    stale: bytes
    pushed: bool = False


class Standing(Struct, frozen=True, array_like=True, tag=4):
    """A target where the segment begins: its last scrape and the series that were in it."""

    target: list[str]
    at: Instant
    ids: bytes


Record: TypeAlias = Defined | Scraped | Appended | Standing


def flat(labels: Labels) -> list[str]:
    return [text for pair in labels for text in pair]


def paired(texts: Sequence[str]) -> Labels:
    return tuple(zip(texts[::2], texts[1::2], strict=True))


def _narrow(ids: Ids) -> bytes:
    return ids.astype(np.uint32).tobytes()


class Segment:
    """The segment that is written. Records gather in memory until `flush`; thread-safe. Raises OSError."""

    def __init__(self, path: Path, dirty: threading.Event) -> None:
        """`dirty` is set when there is something to flush."""
        self.path = path
        self._dirty = dirty
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._waiting = bytearray()
        self._defined: Flags = np.zeros(64, np.bool_)  # by number of series
        self._layouts: dict[Labels, bytes] = {}
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
        self._written = 0

    def scraped(
        self, target: Labels, at: Instant, ids: Ids, values: Values, labels: Sequence[Labels | None]
    ) -> None:
        """`labels` are those of all series, by number."""
        layout = _narrow(ids)
        with self._lock:
            same = self._layouts.get(target) == layout
            if not same:
                self._define(ids, labels)
                self._layouts[target] = layout
            self._put(Scraped(flat(target), at, None if same else layout, values.tobytes()))

    def appended(
        self,
        ids: Ids,
        times: Times,
        values: Values,
        stale: Flags,
        labels: Sequence[Labels | None],
        pushed: bool,
    ) -> None:
        with self._lock:
            self._define(ids, labels)
            flags = stale.astype(np.uint8).tobytes()
            self._put(Appended(_narrow(ids), times.tobytes(), values.tobytes(), flags, pushed))

    def standing(self, target: Labels, at: Instant, ids: Ids, labels: Sequence[Labels | None]) -> None:
        with self._lock:
            self._define(ids, labels)
            self._put(Standing(flat(target), at, _narrow(ids)))

    def forget(self, numbers: Sequence[int]) -> None:
        """The numbers may come to mean other series."""
        with self._lock:
            gone = np.array(numbers, np.intp)
            self._defined[gone[gone < len(self._defined)]] = False
            self._layouts.clear()

    def flush(self) -> None:
        """Everything before this call is on the disk when it returns. Raises OSError, and the records are lost."""
        with self._writing:
            with self._lock:
                data, self._waiting = self._waiting, bytearray()
            if data:
                self._write(data)

    def _write(self, data: bytearray) -> None:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
            os.fdatasync(self._descriptor)
        except OSError:
            with self._lock:
                # What came meanwhile may build on what is lost: it goes too, and all is defined anew.
                self._waiting.clear()
                self._defined[:] = False
                self._layouts.clear()
            os.ftruncate(self._descriptor, self._written)
            raise
        self._written += len(data)

    def close(self) -> None:
        with self._writing:
            os.close(self._descriptor)

    def _define(self, ids: Ids, labels: Sequence[Labels | None]) -> None:
        if len(ids) and ids.max() >= len(self._defined):
            more = max(int(ids.max()) + 1, 2 * len(self._defined)) - len(self._defined)
            self._defined = np.concatenate([self._defined, np.zeros(more, np.bool_)])
        new = ids[~self._defined[ids]]
        if len(new):
            self._put(Defined([(number, flat(labels[number] or ())) for number in new.tolist()]))
            self._defined[new] = True

    def _put(self, record: Record) -> None:
        data = msgspec.msgpack.encode(record)
        self._waiting += _HEAD.pack(len(data), zlib.crc32(data))
        self._waiting += data
        self._dirty.set()


class Torn(Struct, frozen=True):
    """Where reading a segment ended before its end: so many bytes could not be read."""

    at: int
    lost: int


def records(path: Path) -> Iterator[Record | Torn]:
    """The records of a segment, and at the end Torn where something was left. Raises OSError."""
    decode = msgspec.msgpack.Decoder(Record).decode
    size = path.stat().st_size
    at = 0
    with path.open("rb") as file:
        while at < size:
            head = file.read(_HEAD.size)
            length, crc = _HEAD.unpack(head) if len(head) == _HEAD.size else (MAX_RECORD + 1, 0)
            data = file.read(length) if length <= MAX_RECORD else b""
            if len(data) != length or zlib.crc32(data) != crc:
                yield Torn(at, size - at)
                return
            try:
                yield decode(data)
            except msgspec.DecodeError:  # whole, but of another version
                yield Torn(at, size - at)
                return
            at += _HEAD.size + length
