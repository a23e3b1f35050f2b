"""A store seen by columns: newest values and growths of all series at one instant, computed once for all rules.

Where the columns of a window have the same series, its first and its last are all that is read, and those of all
targets are computed together.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from opsguide.kernel.clock import Instant
from opsguide.telemetry.columns import ABSENT, PRESENT, Cells, Chunk, Columns, Flags, Slots, Times, Values
from opsguide.telemetry.homes import Numbers, Target
from opsguide.telemetry.index import NOBODY
from opsguide.telemetry.store import Store

from .course import Course, Fall

Seen: TypeAlias = tuple[Values, Flags]
"""Values, and which of them are there."""


class Ends(NamedTuple):
    """The columns of a window: where it begins and ends, and how many they are. Chunks by their place in the target."""

    first: tuple[int, int]
    last: tuple[int, int]
    columns: int


class Steady(NamedTuple):
    """A window whose columns have the same series."""

    owners: Numbers
    first: Values
    last: Values
    cells: Cells
    times: tuple[Instant, Instant]
    columns: int
    falls: tuple[Fall, ...]


class Grid:
    """Everything of one instant. The store's lock is held while it is asked; it is thrown away with the instant."""

    def __init__(self, store: Store, at: Instant) -> None:
        self._store = store
        self._at = at
        self._known: dict[tuple[str, int], Seen] = {}

    def newest(self, lookback_ms: int) -> Seen:
        """By number of series: the newest value of (at - lookback, at], where it is no stale marker."""
        return self._kept("newest", lookback_ms, self._newest)

    def growth(self, range_ms: int, *, per_second: bool) -> Seen:
        """By number of series: rate() or increase() over (at - range, at]."""
        if not per_second:
            return self._kept("increase", range_ms, self._growth)
        return self._kept("rate", range_ms, self._rate)

    def _kept(self, what: str, range_ms: int, compute: Callable[[int], Seen]) -> Seen:
        known = self._known.get((what, range_ms))
        if known is None:
            with np.errstate(all="ignore"):
                known = self._known[what, range_ms] = compute(range_ms)
        return known

    def _empty(self) -> Seen:
        width = len(self._store.homes)
        return np.zeros(width), np.zeros(width, np.bool_)

    def _newest(self, lookback_ms: int) -> Seen:
        values, there = self._empty()
        version = self._store.index.version
        for target in self._store.targets.values():
            ends = _ends(target.columns, self._at - lookback_ms, self._at)
            if ends is not None:
                found, present = _newest(target.columns, ends)
                _scatter((values, there), target.numbers(version), (found, present))
        return values, there

    def _rate(self, range_ms: int) -> Seen:
        values, there = self.growth(range_ms, per_second=False)
        return values / (range_ms / 1000), there

    def _growth(self, range_ms: int) -> Seen:
        values, there = self._empty()
        span = (self._at - range_ms, self._at)
        version = self._store.index.version
        steady: list[Steady] = []
        for target in self._store.targets.values():
            ends = _ends(target.columns, *span)
            if ends is None or ends.columns < 2:
                continue
            owners = target.numbers(version)
            window = _steady(target, ends, owners)
            if window is not None:
                steady.append(window)
            else:
                _scatter((values, there), owners, _with_gaps(target.columns, ends, span))
        if steady:
            _scatter((values, there), np.concatenate([w.owners for w in steady]), _together(steady, span))
        return values, there


def _scatter(into: Seen, owners: Numbers, seen: Seen) -> None:
    """From slots to numbers of series."""
    width = min(len(owners), len(seen[0]))
    owners = owners[:width]
    values, there = seen[0][:width], seen[1][:width]
    if len(owners) and owners.min() == NOBODY:
        own = owners != NOBODY
        owners, values, there = owners[own], values[own], there[own]
    into[0][owners], into[1][owners] = values, there


def _ends(columns: Columns, start: Instant, end: Instant) -> Ends | None:
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


def _steady(target: Target, ends: Ends, owners: Numbers) -> Steady | None:
    """What is read of a window whose columns have the same series; None for another."""
    columns = target.columns
    if columns.course is None:
        columns.course = Course()
    state = columns.course.state(columns)
    first, last = columns.chunks[ends.first[0]], columns.chunks[ends.last[0]]
    times = int(first.times[ends.first[1]]), int(last.times[ends.last[1]])
    if state.steady_since > times[0]:
        return None
    width = min(first.slots, last.slots, len(owners))
    return Steady(
        owners[:width],
        first.values[ends.first[1], :width],
        last.values[ends.last[1], :width],
        last.cells[ends.last[1], :width],
        times,
        ends.columns,
        tuple(fall for fall in state.falls if times[0] < fall.at <= times[1]) if state.falls else (),
    )


def _together(windows: list[Steady], span: tuple[Instant, Instant]) -> Seen:
    """Prometheus' extrapolatedRate of counters, not yet divided by the range, of all targets at once."""
    first = np.concatenate([window.first for window in windows])
    grown = np.concatenate([window.last for window in windows]) - first
    there = np.concatenate([window.cells for window in windows]) == PRESENT
    widths = [len(window.first) for window in windows]
    offset = 0
    for window, width in zip(windows, widths, strict=True):
        for fall in window.falls:
            inside = fall.slots < width
            grown[offset + fall.slots[inside]] += fall.values[inside]
        offset += width
    begun = np.repeat(np.array([window.times[0] for window in windows]), widths)
    ended = np.repeat(np.array([window.times[1] for window in windows]), widths)
    count = np.repeat(np.array([float(window.columns) for window in windows]), widths)
    return _extrapolated(grown, first, (begun, ended, count), span), there


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
    places = _places(columns, ends)
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


def _places(columns: Columns, ends: Ends) -> list[tuple[Chunk, int]]:
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


def _newest(columns: Columns, ends: Ends) -> Seen:
    """Each series' newest cell, looking back as long as some have none."""
    chunk, column = columns.chunks[ends.last[0]], ends.last[1]
    values, cells = chunk.values[column], chunk.cells[column]
    there = cells == PRESENT
    open_ones: Slots = np.flatnonzero(cells == ABSENT)
    if not len(open_ones):
        return values, there
    values = values.copy()
    for chunk, column in _places(columns, ends)[-2::-1]:
        open_ones = open_ones[open_ones < chunk.slots]
        cells = chunk.cells[column, open_ones]
        found = open_ones[cells == PRESENT]
        values[found], there[found] = chunk.values[column, found], True
        open_ones = open_ones[cells == ABSENT]
        if not len(open_ones):
            break
    return values, there
