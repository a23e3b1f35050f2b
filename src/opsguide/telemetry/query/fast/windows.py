"""What is read of the windows of all targets over one range, kept from instant to instant.

As long as a target has no new column, and its window's start passes none, nothing of it is read again: what is left is
arithmetic on one array for all series.
"""

from typing import NamedTuple, TypeAlias

import numpy as np

from opsguide.kernel.clock import Instant
from opsguide.telemetry.columns import ABSENT, PRESENT, Cells, Chunk, Columns, Flags, Times, Values
from opsguide.telemetry.homes import Numbers, Target
from opsguide.telemetry.index import NOBODY
from opsguide.telemetry.store import Store

from .course import Course

Seen: TypeAlias = tuple[Values, Flags]
"""Values, and which of them are there."""


class Ends(NamedTuple):
    """The columns of a window: where it begins and ends, and how many they are. Chunks by their place in the target."""

    first: tuple[int, int]
    last: tuple[int, int]
    columns: int


class Known(NamedTuple):
    """What is in the arrays of a target: true of these columns, for instants from `low` to before `high`."""

    added: int
    touched: int
    low: Instant
    high: Instant
    gapless: bool


class Windows:
    """For one range. The store's lock is held while it is asked."""

    def __init__(self, store: Store, range_ms: int) -> None:
        self._store, self._range_ms = store, range_ms
        self._version = -1
        self._known: dict[int, Known] = {}

    def growth(self, at: Instant) -> Seen:
        """By number of series: increase() over (at - range, at]."""
        if self._version != self._store.index.version:
            self._begin()
        span = (at - self._range_ms, at)
        gaps: list[Target] = []
        for target in self._store.targets.values():
            columns = target.columns
            known = self._known.get(id(target))
            if (
                known is None
                or known.added != columns.added
                or known.touched != columns.touched
                or not known.low <= at < known.high
            ):
                known = self._known[id(target)] = self._look(target, span)
            if not known.gapless:
                gaps.append(target)
        sampled = (self._begun, self._ended, self._count)
        values = _extrapolated(self._grown, self._first, sampled, span)
        there = self._there.copy()
        for target in gaps:
            ends = ends_of(target.columns, *span)
            if ends is not None and ends.columns > 1:
                owners = target.numbers(self._version)
                scatter((values, there), owners, _with_gaps(target.columns, ends, span))
        return values, there

    def _begin(self) -> None:
        self._version = self._store.index.version
        self._known.clear()
        width = len(self._store.homes)
        self._first, self._grown, self._count = np.zeros(width), np.zeros(width), np.full(width, 2.0)
        self._begun: Times = np.zeros(width, np.int64)
        self._ended: Times = np.ones(width, np.int64)
        self._there: Flags = np.zeros(width, np.bool_)

    def _look(self, target: Target, span: tuple[Instant, Instant]) -> Known:
        """Read the window's ends into the arrays."""
        columns = target.columns
        owners = target.numbers(self._version)
        own = owners[owners != NOBODY]
        self._there[own] = False
        ends = ends_of(columns, *span)
        if ends is None:
            return Known(columns.added, columns.touched, span[1], span[1] + 1, True)
        if columns.course is None:
            columns.course = Course()
        state = columns.course.state(columns)
        first, last = columns.chunks[ends.first[0]], columns.chunks[ends.last[0]]
        begun, ended = int(first.times[ends.first[1]]), int(last.times[ends.last[1]])
        low, high = self._holds(columns, ends)
        if state.steady_since > begun:
            return Known(columns.added, columns.touched, low, high, False)
        width = min(first.slots, last.slots, len(owners))
        values = first.values[ends.first[1], :width]
        grown = last.values[ends.last[1], :width] - values
        for fall in state.falls:
            if begun < fall.at <= ended:
                inside = fall.slots < width
                grown[fall.slots[inside]] += fall.values[inside]
        there = last.cells[ends.last[1], :width] == PRESENT
        own = owners[:width]
        if len(own) and own.min() == NOBODY:
            real = own != NOBODY
            own, values, grown, there = own[real], values[real], grown[real], there[real]
        self._first[own], self._grown[own] = values, grown
        self._begun[own], self._ended[own], self._count[own] = begun, ended, float(ends.columns)
        self._there[own] = there & (ends.columns > 1)
        return Known(columns.added, columns.touched, low, high, True)

    def _holds(self, columns: Columns, ends: Ends) -> tuple[Instant, Instant]:
        """From which instant to before which the window has just these columns."""
        first, last = columns.chunks[ends.first[0]], columns.chunks[ends.last[0]]
        low, high = int(last.times[ends.last[1]]), int(first.times[ends.first[1]]) + self._range_ms
        before = _neighbour(columns, ends.first, -1)
        after = _neighbour(columns, ends.last, 1)
        if before is not None:
            low = max(low, before + self._range_ms)
        return low, high if after is None else min(high, after)


def _neighbour(columns: Columns, place: tuple[int, int], step: int) -> Instant | None:
    """The instant of the column before or after one."""
    number, column = place[0], place[1] + step
    if column < 0:
        number -= 1
        return columns.chunks[number].last if number >= 0 else None
    if column < columns.chunks[number].used:
        return int(columns.chunks[number].times[column])
    number += 1
    return (
        columns.chunks[number].first if number < len(columns.chunks) and columns.chunks[number].used else None
    )


def scatter(into: Seen, owners: Numbers, seen: Seen) -> None:
    """From slots to numbers of series."""
    width = min(len(owners), len(seen[0]))
    owners = owners[:width]
    values, there = seen[0][:width], seen[1][:width]
    if len(owners) and owners.min() == NOBODY:
        own = owners != NOBODY
        owners, values, there = owners[own], values[own], there[own]
    into[0][owners], into[1][owners] = values, there


def ends_of(columns: Columns, start: Instant, end: Instant) -> Ends | None:
    """The columns of start < time <= end; None where there is none."""
    chunks = columns.chunks
    first: tuple[int, int] | None = None
    last: tuple[int, int] | None = None
    count = 0
    # Windows lie at the end.
    for number in range(len(chunks) - 1, -1, -1):
        chunk = chunks[number]
        if not chunk.used or chunk.first > end:
            continue
        if chunk.last <= start:
            break
        low = 0 if chunk.first > start else int(chunk.times.searchsorted(start + 1))
        high = chunk.used if chunk.last <= end else int(chunk.times.searchsorted(end + 1))
        if low < high:
            last = last or (number, high - 1)
            first = (number, low)
            count += high - low
        if low:
            break
    return None if first is None or last is None else Ends(first, last, count)


def _extrapolated(
    grown: Values, first: Values, sampled: tuple[Times, Times, Values], span: tuple[Instant, Instant]
) -> Values:
    """`sampled`: first and last instant and number of samples, of each series."""
    begun, ended, count = sampled
    seconds = (ended - begun) / 1000
    usual = seconds / (count - 1)
    to_start, to_end = (begun - span[0]) / 1000, (span[1] - ended) / 1000
    to_start = np.where(to_start >= usual * 1.1, usual / 2, to_start)
    to_end = np.where(to_end >= usual * 1.1, usual / 2, to_end)
    to_zero = seconds * (first / grown)
    cut = (grown > 0) & (first >= 0) & (to_zero < to_start)
    to_start = np.where(cut, to_zero, to_start)
    return np.asarray(grown * ((seconds + to_start + to_end) / seconds))


def _with_gaps(columns: Columns, ends: Ends, span: tuple[Instant, Instant]) -> Seen:
    """The same where series come and go within the window."""
    places = places_of(columns, ends)
    values, cells = _stacked(places)
    times = np.array([chunk.times[column] for chunk, column in places])
    present = cells == PRESENT
    count = present.sum(axis=0)
    first, last = present.argmax(axis=0), len(places) - 1 - present[::-1].argmax(axis=0)
    every = np.arange(values.shape[1])
    # Each cell's newest sample so far, so that a counter is compared over gaps.
    index = np.where(present, np.arange(len(places))[:, None], 0)
    np.maximum.accumulate(index, axis=0, out=index)
    filled = values[index, every]
    begun = np.logical_or.accumulate(present, axis=0)[:-1]
    fell = (filled[1:] < filled[:-1]) & begun
    grown = values[last, every] - values[first, every] + np.where(fell, filled[:-1], 0.0).sum(axis=0)
    sampled = (times[first], times[last], count.astype(np.float64))
    return _extrapolated(grown, values[first, every], sampled, span), count >= 2


def places_of(columns: Columns, ends: Ends) -> list[tuple[Chunk, int]]:
    """Every column of a window."""
    found: list[tuple[Chunk, int]] = []
    for number in range(ends.first[0], ends.last[0] + 1):
        chunk = columns.chunks[number]
        low = ends.first[1] if number == ends.first[0] else 0
        high = ends.last[1] + 1 if number == ends.last[0] else chunk.used
        found += [(chunk, column) for column in range(low, high)]
    return found


def _stacked(places: list[tuple[Chunk, int]]) -> tuple[Values, Cells]:
    width = max(chunk.slots for chunk, _ in places)
    values, cells = np.zeros((len(places), width)), np.full((len(places), width), ABSENT, np.uint8)
    for row, (chunk, column) in enumerate(places):
        values[row, : chunk.slots] = chunk.values[column]
        cells[row, : chunk.slots] = chunk.cells[column]
    return values, cells
