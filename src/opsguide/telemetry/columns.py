"""The samples of one target: every scrape is one column of values under one timestamp.

A chunk holds up to COLUMNS scrapes. The newest chunk takes columns; the others are sealed and never change again, so
that a later version can compress them and write them down as they are. What a cell means is kept beside it, because
numpy rewrites the payload of a NaN, by which Prometheus tells "stale" from "not a number".
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from opsguide.kernel.clock import Instant

Times: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Slots: TypeAlias = NDArray[np.intp]

COLUMNS = 120
ABSENT, PRESENT, STALE = 0, 1, 2


class Chunk:
    """Columns of values for the slots (series) 0 … slots-1. Cells of slots that came later are absent."""

    def __init__(self, slots: int) -> None:
        self.used = 0
        self._times: Times = np.zeros(COLUMNS, np.int64)
        self._values: Values = np.zeros((slots, COLUMNS), np.float64)
        self._cells: NDArray[np.uint8] = np.zeros((slots, COLUMNS), np.uint8)

    @property
    def last(self) -> Instant:
        return int(self._times[self.used - 1])

    @property
    def full(self) -> bool:
        return self.used == COLUMNS

    @property
    def samples(self) -> int:
        return int(np.count_nonzero(self._cells))

    def widen(self, slots: int) -> None:
        """Room for as many slots. Readers keep the arrays that they hold: written cells never change."""
        have = len(self._values)
        if slots > have:
            more = max(slots, 2 * have) - have
            self._values = np.concatenate([self._values, np.zeros((more, COLUMNS))])
            self._cells = np.concatenate([self._cells, np.zeros((more, COLUMNS), np.uint8)])

    def add(self, at: Instant, slots: Slots, values: Values, stale: Slots) -> None:
        """One column."""
        column = self.used
        self._times[column] = at
        self._values[slots, column] = values
        self._cells[slots, column] = PRESENT
        self._cells[stale, column] = STALE
        self.used = column + 1

    def present_last(self) -> Slots:
        """The slots with a value in the newest column."""
        return np.flatnonzero(self._cells[:, self.used - 1] == PRESENT)

    def occupied(self) -> Slots:
        """The slots with any cell."""
        return np.flatnonzero(self._cells.any(axis=1))

    def read(self, slot: int, start: Instant, end: Instant) -> tuple[Times, Values, Flags]:
        """The cells of a slot with start <= time <= end: times, values, which of them are stale markers."""
        times = self._times[: self.used]
        low, high = np.searchsorted(times, (start, end + 1))
        if slot >= len(self._cells):
            high = low
            slot = 0
        cells = self._cells[slot, low:high] if len(self._cells) else np.zeros(0, np.uint8)
        values = self._values[slot, low:high] if len(self._cells) else np.zeros(0)
        there = cells != ABSENT
        if there.all():
            return times[low:high], values, cells == STALE
        return times[low:high][there], values[there], cells[there] == STALE


class Columns:
    """All chunks of one target."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self._slots = 0
        self._free: list[int] = []

    @property
    def last(self) -> Instant | None:
        return self.chunks[-1].last if self.chunks else None

    @property
    def samples(self) -> int:
        return sum(chunk.samples for chunk in self.chunks)

    def new_slot(self) -> int:
        if self._free:
            return self._free.pop()
        self._slots += 1
        return self._slots - 1

    def add(self, at: Instant, slots: list[int], values: list[float]) -> None:
        """One scrape, whole. A series of the scrape before that is not in this one becomes stale."""
        here = np.array(slots, np.intp)
        before = self.chunks[-1].present_last() if self.chunks else here
        if not self.chunks or self.chunks[-1].full:
            self.chunks.append(Chunk(self._slots))
        head = self.chunks[-1]
        head.widen(self._slots)
        head.add(at, here, np.array(values, np.float64), np.setdiff1d(before, here))

    def read(self, slot: int, start: Instant, end: Instant) -> tuple[Times, Values, Flags]:
        """As Chunk.read, over all chunks."""
        parts = [
            chunk.read(slot, start, end)
            for index, chunk in enumerate(self.chunks)
            if chunk.last >= start and (index == 0 or self.chunks[index - 1].last < end)
        ]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_)
        times, values, stale = zip(*parts, strict=True)
        return np.concatenate(times), np.concatenate(values), np.concatenate(stale)

    def forget(self, before: Instant) -> list[int]:
        """Drop chunks that ended before the instant. Returns the slots that hold nothing any more: they are free."""
        kept = [chunk for chunk in self.chunks if chunk.last >= before]
        if len(kept) == len(self.chunks):
            return []
        self.chunks = kept
        occupied = {int(slot) for chunk in kept for slot in chunk.occupied()}
        gone = sorted(set(range(self._slots)) - occupied - set(self._free))
        self._free.extend(gone)
        return gone
