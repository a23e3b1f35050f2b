"""Series in the order in which requests have them: a request that goes on as one before is compared, not read.

A sender says its series in the same order again and again, cut into requests anywhere. So the bytes of requests are
kept one after the other. Where a series of a new request stands on the tape, the bytes after it are compared with the
tape in one go, all but the values and the instants; as far as they are the same, so are the series.
"""

import itertools
from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Numbers: TypeAlias = NDArray[np.intp]

TAIL = 18
"""Of a series with one sample of this century: tag, length, tag, 8 bytes of value, tag, 6 bytes of time."""

_SAMPLE = np.array([*range(-15, -7), *range(-6, 0)])  # counted from the end of a series
_FIRST, _LEAST = 256, 16  # series compared at first, and that make it worth to go on
_MOST = 64 << 20  # bytes
_IN_VAIN = 1_000_000  # series that were learned beyond four times those that came again


class Tape:
    """The bytes, where each series ends in them, its number, and the newest place of each number."""

    _bytes: Bytes
    _used: int
    _ends: Numbers
    _numbers: Numbers
    _places: dict[int, int]

    def __init__(self) -> None:
        self._learned = self._matched = 0
        self.forget()

    def read(self, raw: bytes, number_of: Callable[[bytes], int | None]) -> tuple[Numbers, Bytes, int]:
        """The series that a request begins with: their numbers, the 14 bytes of their samples, and where they end.

        `number_of` knows a series by its bytes without the sample.
        """
        data = np.frombuffer(raw, np.uint8)
        numbers, samples = list[Numbers](), list[Bytes]()
        at = 0
        while at < len(raw) and (place := self._place(raw, at, number_of)) is not None:
            before, asked = len(numbers), _FIRST
            while True:
                found, sample, until = self._compared(data, at, place, asked)
                if not len(found):
                    break
                numbers.append(found)
                samples.append(sample)
                at, place = until, place + len(found)
                if len(found) < asked:
                    break
                asked *= 2
            if sum(map(len, numbers[before:])) < _LEAST:
                break
        self._matched += sum(map(len, numbers))
        if not numbers:
            return self._numbers[:0], data[:0].reshape(0, len(_SAMPLE)), 0
        return np.concatenate(numbers), np.concatenate(samples), at

    def _place(self, raw: bytes, at: int, number_of: Callable[[bytes], int | None]) -> int | None:
        """Where the series that begins here stands on the tape."""
        if raw[at] != 0x0A:
            return None
        size = shift = 0
        for head in range(at + 1, min(at + 5, len(raw))):
            size |= (raw[head] & 127) << shift
            shift += 7
            if raw[head] < 128:
                number = number_of(raw[head + 1 : head + 1 + size - TAIL])
                return None if number is None else self._places.get(number)
        return None

    def _compared(self, data: Bytes, at: int, place: int, most: int) -> tuple[Numbers, Bytes, int]:
        """As many series from a place on as are the same in the request from `at` on, at most so many."""
        start = int(self._ends[place - 1]) if place else 0
        ends = self._ends[place : place + most] + (at - start)
        ends = ends[: np.searchsorted(ends, len(data), "right")]
        if not len(ends):
            return ends, data[:0], at
        size = int(ends[-1]) - at
        sample = ends[:, None] + _SAMPLE
        differ = data[at : at + size] != self._bytes[start : start + size]
        differ[sample - at] = False
        first = int(differ.argmax())
        count = int(np.searchsorted(ends, at + first, "right")) if differ[first] else len(ends)
        found = data[sample[:count]]
        odd = (found[:, 8:13] < 128).any(axis=1) | (found[:, 13] > 127)
        if odd.any():
            count = int(odd.argmax())
        until = int(ends[count - 1]) if count else at
        return self._numbers[place : place + count], found[:count], until

    def learn(self, series: Iterable[bytes], numbers: Iterable[int]) -> None:
        """Series, each without the tag and length before it, that came in this order."""
        if self._learned > 4 * self._matched + _IN_VAIN:
            return  # a sender that has no order
        if self._used > _MOST:
            self.forget()
        new = [b"\x0a" + _varint(len(one)) + one for one in series]
        added = np.fromiter(numbers, np.intp, len(new))
        self._places.update(zip(added.tolist(), itertools.count(len(self._numbers)), strict=False))
        self._numbers = np.concatenate([self._numbers, added])
        lengths = np.fromiter(map(len, new), np.intp, len(new))
        self._ends = np.concatenate([self._ends, self._used + np.cumsum(lengths)])
        self._learned += len(new)
        self._write(b"".join(new))

    def _write(self, new: bytes) -> None:
        begin, self._used = self._used, self._used + len(new)
        if self._used > len(self._bytes):
            more = max(self._used, 2 * len(self._bytes)) - len(self._bytes)
            self._bytes = np.concatenate([self._bytes, np.zeros(more, np.uint8)])
        self._bytes[begin : self._used] = np.frombuffer(new, np.uint8)

    def forget(self) -> None:
        """Numbers may come to mean other series."""
        self._bytes, self._used = np.zeros(0, np.uint8), 0
        self._ends, self._numbers = np.zeros(0, np.intp), np.zeros(0, np.intp)
        self._places = {}


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)
