"""The samples of one target: every scrape is one column of values under one timestamp.

A chunk holds up to COLUMNS scrapes; the newest takes columns. A scrape lies together in memory, so that it is written
in one stroke and a rule reads the first and the last scrape of its window at once. What a cell means is kept beside
it, because numpy rewrites the payload of a NaN, by which Prometheus tells "stale" from "not a number".
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from opsguide.kernel.clock import Instant

Times: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Cells: TypeAlias = NDArray[np.uint8]
Slots: TypeAlias = NDArray[np.intp]
Samples: TypeAlias = tuple[Times, Values, Flags]
"""One series: times, values, which of them are stale markers."""

COLUMNS = 120
APART_MS = 1000
"""Samples that are pushed make a new column only so long after the one before: a column is as wide as its target."""
ABSENT, PRESENT, STALE = 0, 1, 2


class Piece(NamedTuple):
    """Columns of a chunk, by column and slot, as they stood when it was made: later columns are not in it."""

    chunk: "Chunk"
    upto: int
    times: Times
    values: Values
    cells: Cells


class Chunk:
    """Columns of values for the slots (series) 0 … slots-1. Cells of slots that came later are absent.

    The first `saved` columns are in a block on the disk as well.
    """

    def __init__(self, slots: int) -> None:
        self.used = 0
        self.saved = 0
        self._sealed = 0  # so many columns are saved or being saved: they take no cells any more
        self._times: Times = np.zeros(COLUMNS, np.int64)
        self.values: Values = np.zeros((COLUMNS, slots), np.float64)
        self.cells: Cells = np.zeros((COLUMNS, slots), np.uint8)

    @property
    def times(self) -> Times:
        return self._times[: self.used]

    @property
    def first(self) -> Instant:
        return int(self._times[0])

    @property
    def last(self) -> Instant:
        return int(self._times[self.used - 1])

    @property
    def slots(self) -> int:
        return int(self.cells.shape[1])

    @property
    def full(self) -> bool:
        return self.used == COLUMNS

    @property
    def samples(self) -> int:
        return int(np.count_nonzero(self.cells))

    @property
    def room(self) -> int:
        """For so many samples."""
        return COLUMNS * self.slots

    @property
    def unsaved_cells(self) -> int:
        return (self.used - self.saved) * self.slots

    def widen(self, slots: int) -> None:
        """Room for as many slots. Readers keep the arrays that they hold: written cells never change."""
        have = self.values.shape[1]
        if slots > have:
            more = max(slots, 2 * have) - have
            self.values = np.concatenate([self.values, np.zeros((COLUMNS, more))], axis=1)
            self.cells = np.concatenate([self.cells, np.zeros((COLUMNS, more), np.uint8)], axis=1)

    def add(self, at: Instant, slots: Slots, values: Values, stale: Slots) -> None:
        """One column."""
        column = self.used
        self._times[column] = at
        self.values[column, slots] = values
        self.cells[column, slots] = PRESENT
        self.cells[column, stale] = STALE
        self.used = column + 1

    def put(self, column: int, at: Instant, slots: Slots, values: Values, stale: Flags) -> None:
        """Cells of a column that is there, or of the next one. Each slot stands once."""
        self._times[column] = at
        self.values[column, slots] = values
        self.cells[column, slots] = np.where(stale, STALE, PRESENT)
        self.used = max(self.used, column + 1)

    def column(self, at: Instant) -> int | None:
        """The column of an instant that no block has yet."""
        place = int(np.searchsorted(self.times, at))
        there = self._sealed <= place < self.used and self._times[place] == at
        return place if there else None

    def free_from(self, column: int, slots: Slots) -> Flags:
        """Which slots have no cell in this column and none later; a slot that stands twice, only once."""
        free = (self.cells[column : self.used, slots] == ABSENT).all(axis=0)
        once = np.zeros(len(slots), np.bool_)
        once[np.unique(slots, return_index=True)[1]] = True
        return np.asarray(free & once)

    def occupied(self) -> Slots:
        """The slots with any cell."""
        return np.flatnonzero(self.cells[: self.used].any(axis=0))

    def unsaved(self) -> Piece:
        kept = slice(self.saved, self.used)
        self._sealed = self.used
        return Piece(self, self.used, self._times[kept], self.values[kept], self.cells[kept])

    def read(self, slot: int, start: Instant, end: Instant) -> Samples:
        """The cells of a slot with start <= time <= end."""
        times = self.times
        if slot >= self.cells.shape[1]:
            return times[:0], np.zeros(0), np.zeros(0, np.bool_)
        low, high = np.searchsorted(times, (start, end + 1))
        cells = self.cells[low:high, slot]
        values = self.values[low:high, slot]
        there = cells != ABSENT
        if there.all():
            return times[low:high], values, cells == STALE
        return times[low:high][there], values[there], cells[there] == STALE


class Columns:
    """All chunks of one target. `last` is its newest scrape, also where no chunk of it is in memory any more."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.last: Instant | None = None
        self.live: Slots = np.zeros(0, np.intp)  # the slots with a value in the newest column
        self.added = 0
        """So many columns there were, ever."""
        self.touched = 0
        """Grows when cells come to a column that is there already; `rewritten` when it is not the newest."""
        self.rewritten = 0
        self.course: Any = None
        """What `query.fast` found out of the columns."""
        self._slots = 0
        self._free: list[int] = []

    @property
    def samples(self) -> int:
        return sum(chunk.samples for chunk in self.chunks)

    @property
    def cells(self) -> int:
        """Of how many samples there is room."""
        return sum(chunk.room for chunk in self.chunks)

    @property
    def unsaved_cells(self) -> int:
        return sum(chunk.unsaved_cells for chunk in self.chunks)

    def new_slot(self) -> int:
        if self._free:
            return self._free.pop()
        self._slots += 1
        return self._slots - 1

    def add(self, at: Instant, slots: Slots, values: Values) -> None:
        """One scrape, whole. A series of the scrape before that is not in this one becomes stale."""
        if not self.chunks or self.chunks[-1].full:
            self.chunks.append(Chunk(self._slots))
        head = self.chunks[-1]
        head.widen(self._slots)
        same = len(slots) == len(self.live) and bool(np.array_equal(slots, self.live))
        head.add(at, slots, values, self.live[:0] if same else np.setdiff1d(self.live, slots))
        self.added += 1
        self.last = at
        self.live = slots

    def put(self, at: Instant, slots: Slots, values: Values, stale: Flags) -> Flags | None:
        """Cells of one instant, as they are pushed: in any number of parts, nothing ends by missing.

        Says which were taken; the others came too late or twice. None where there is no column for the instant.
        """
        if self.last is None or at >= self.last + APART_MS:
            if not self.chunks or self.chunks[-1].full:
                self.chunks.append(Chunk(self._slots))
            self.chunks[-1].widen(self._slots)
            self.chunks[-1].put(self.chunks[-1].used, at, slots, values, stale)
            self.last, self.live = at, slots
            self.added += 1
            return np.ones(len(slots), np.bool_)
        head = self.chunks[-1] if self.chunks else None
        column = head.column(at) if head is not None else None
        if head is None or column is None:
            return None
        head.widen(self._slots)
        free = head.free_from(column, slots)
        head.put(column, at, slots[free], values[free], stale[free])
        self.live = np.union1d(self.live, slots[free])
        self.touched += 1
        self.rewritten += column < head.used - 1
        return free

    def last_of(self, slot: int) -> Instant | None:
        """When a series had its newest sample; None where none is in memory."""
        times, _, _ = self.read(slot, self.chunks[0].first, self.last or 0) if self.chunks else joined([])
        return int(times[-1]) if len(times) else None

    def unsaved(self) -> list[Piece]:
        """What no block has yet."""
        return [chunk.unsaved() for chunk in self.chunks if chunk.saved < chunk.used]

    def read(self, slot: int, start: Instant, end: Instant) -> Samples:
        """As Chunk.read, over all chunks."""
        parts = [
            chunk.read(slot, start, end)
            for index, chunk in enumerate(self.chunks)
            if chunk.last >= start and (index == 0 or self.chunks[index - 1].last < end)
        ]
        return joined(parts)

    def forget(self, before: Instant, *, only_saved: bool) -> tuple[list[int], Instant | None]:
        """Drop chunks that ended before the instant; where `only_saved`, none that is not in a block.

        Returns the slots that hold nothing any more (they are free), and the end of the newest dropped chunk.
        """
        dropped = 0
        for chunk in self.chunks:
            if chunk.last >= before or (only_saved and chunk.saved < chunk.used):
                break
            dropped += 1
        if not dropped:
            return [], None
        end = self.chunks[dropped - 1].last
        self.chunks = self.chunks[dropped:]
        occupied = {int(slot) for chunk in self.chunks for slot in chunk.occupied()}
        gone = sorted(set(range(self._slots)) - occupied.union(self.live.tolist()) - set(self._free))
        self._free.extend(gone)
        return gone, end


class Ragged:
    """A series of its own timestamps, one that no target's scrape carries. `saved` of its samples are in blocks."""

    def __init__(self) -> None:
        self.saved = 0
        self.last: Instant | None = None
        self._used = 0
        self._times: Times = np.zeros(0, np.int64)
        self._values: Values = np.zeros(0)
        self._stale: Flags = np.zeros(0, np.bool_)

    @property
    def samples(self) -> int:
        return self._used

    def add(self, at: Instant, value: float, stale: bool) -> None:
        if self._used == len(self._times):
            more = max(8, self._used)
            self._times = np.concatenate([self._times, np.zeros(more, np.int64)])
            self._values = np.concatenate([self._values, np.zeros(more)])
            self._stale = np.concatenate([self._stale, np.zeros(more, np.bool_)])
        self._times[self._used] = at
        self._values[self._used] = value
        self._stale[self._used] = stale
        self._used += 1
        self.last = at

    def read(self, start: Instant, end: Instant) -> Samples:
        low, high = np.searchsorted(self._times[: self._used], (start, end + 1))
        return self._times[low:high], self._values[low:high], self._stale[low:high]

    def unsaved(self) -> Samples:
        kept = slice(self.saved, self._used)
        return self._times[kept], self._values[kept], self._stale[kept]

    def forget(self, before: Instant, *, only_saved: bool) -> Instant | None:
        """Drop samples before the instant; where `only_saved`, none that is not in a block. The newest dropped."""
        low = int(np.searchsorted(self._times[: self._used], before))
        low = min(low, self.saved) if only_saved else low
        # Copying costs: only where it frees half.
        if low <= self._used // 2:
            return None
        end = int(self._times[low - 1])
        self._times, self._values = self._times[low:].copy(), self._values[low:].copy()
        self._stale = self._stale[low:].copy()
        self._used -= low
        self.saved = max(0, self.saved - low)
        return end


def joined(parts: list[Samples]) -> Samples:
    """Parts in the order of time, as one."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_)
    times, values, stale = zip(*parts, strict=True)
    return np.concatenate(times), np.concatenate(values), np.concatenate(stale)
