"""A store seen by columns: the newest value, or the rate, of every series at one instant, computed once for all rules.

What is true of a whole column (the same series as in the one before, no counter fell) is found out once. Where a window
has only such columns, its first and last column are all that is read.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from opsguide.kernel.clock import Instant
from opsguide.telemetry.columns import ABSENT, PRESENT, Cells, Chunk, Columns, Flags, Slots, Times, Values
from opsguide.telemetry.index import NOBODY
from opsguide.telemetry.store import Store

Numbers: TypeAlias = NDArray[np.intp]
Seen: TypeAlias = tuple[Values, Flags]
"""Values, and which of them are there."""
Compute: TypeAlias = Callable[[Columns, Instant, Instant], Seen | None]


class Change(NamedTuple):
    """A column against the one before: has it the same series, and which fell from what?"""

    steady: bool
    fallen: Slots
    fell_from: Values


class Place(NamedTuple):
    """A column, and the one before it in its target."""

    chunk: Chunk
    column: int
    before: "Chunk | None"


class Grid:
    """Everything of one instant. The store's lock is held while it is asked; it is thrown away with the instant."""

    def __init__(self, store: Store, at: Instant) -> None:
        self._store = store
        self._at = at
        self._known: dict[tuple[str, int], Seen] = {}

    def newest(self, lookback_ms: int) -> Seen:
        """By number of series: the newest value of (at - lookback, at], where it is no stale marker."""
        return self._all("newest", lookback_ms, _newest)

    def growth(self, range_ms: int, *, per_second: bool) -> Seen:
        """By number of series: rate() or increase() over (at - range, at]."""
        values, there = self._all("growth", range_ms, _growth)
        return (values / (range_ms / 1000) if per_second else values), there

    def _all(self, what: str, range_ms: int, compute: Compute) -> Seen:
        known = self._known.get((what, range_ms))
        if known is None:
            width = len(self._store.homes)
            values, there = np.zeros(width), np.zeros(width, np.bool_)
            with np.errstate(all="ignore"):
                for target in self._store.targets.values():
                    seen = compute(target.columns, self._at - range_ms, self._at)
                    if seen is not None:
                        owners = np.array(target.ids[: len(seen[0])], np.intp)
                        own = owners != NOBODY
                        values[owners[own]] = seen[0][: len(owners)][own]
                        there[owners[own]] = seen[1][: len(owners)][own]
            known = self._known[what, range_ms] = (values, there)
        return known


def _places(columns: Columns, start: Instant, end: Instant) -> list[Place]:
    """The columns of start < time <= end."""
    found: list[Place] = []
    before: Chunk | None = None
    for chunk in columns.chunks:
        if chunk.used and chunk.last > start and chunk.first <= end:
            low, high = np.searchsorted(chunk.times, (start + 1, end + 1)).tolist()
            found += [Place(chunk, column, before) for column in range(low, high)]
        before = chunk
    return found


def _change(place: Place) -> Change:
    """Found out once a column, unless cells of it came since."""
    chunk, column, before = place
    known = chunk.changes.get(column)
    if known is None:
        if column:
            cells, values = chunk.cells[column - 1], chunk.values[column - 1]
        elif before is not None:
            cells, values = before.cells[before.used - 1], before.values[before.used - 1]
        else:
            cells, values = chunk.cells[:0].reshape(-1), chunk.values[:0].reshape(-1)
        known = chunk.changes[column] = _compared(cells, values, chunk.cells[column], chunk.values[column])
    return known


def _compared(old_cells: Cells, old: Values, new_cells: Cells, new: Values) -> Change:
    width = min(len(old), len(new))
    here, there = new_cells == PRESENT, old_cells == PRESENT
    steady = bool(
        np.array_equal(here[:width], there[:width]) and not here[width:].any() and not there[width:].any()
    )
    fallen = np.flatnonzero((new[:width] < old[:width]) & here[:width] & there[:width])
    return Change(steady, fallen, old[fallen])


def _growth(columns: Columns, start: Instant, end: Instant) -> Seen | None:
    """Prometheus' extrapolatedRate of counters, not yet divided by the range."""
    places = _places(columns, start, end)
    if len(places) < 2:
        return None
    changes = [_change(place) for place in places[1:]]
    if not all(change.steady for change in changes):
        return _growth_with_gaps(places, start, end)
    first, last = places[0], places[-1]
    width = min(first.chunk.slots, last.chunk.slots)
    values = first.chunk.values[first.column, :width]
    grown = last.chunk.values[last.column, :width] - values
    for change in changes:
        if len(change.fallen):
            grown[change.fallen] += change.fell_from
    begun, ended = first.chunk.times[first.column], last.chunk.times[last.column]
    there = last.chunk.cells[last.column, :width] == PRESENT
    count = np.full(1, float(len(places)))
    return _extrapolated(grown, values, (np.array([begun]), np.array([ended]), count), (start, end)), there


def _extrapolated(
    grown: Values, first: Values, sampled: tuple[Times, Times, Values], span: tuple[Instant, Instant]
) -> Values:
    """`sampled`: first and last instant and number of samples, of each series or of all alike."""
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


def _growth_with_gaps(places: list[Place], start: Instant, end: Instant) -> Seen | None:
    """The same where series come and go within the window."""
    values, cells = _stacked(places)
    times = np.array([place.chunk.times[place.column] for place in places])
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
    return _extrapolated(grown, values[first, every], sampled, (start, end)), count >= 2


def _stacked(places: list[Place]) -> tuple[Values, Cells]:
    width = max(place.chunk.slots for place in places)
    values, cells = np.zeros((len(places), width)), np.full((len(places), width), ABSENT, np.uint8)
    for row, (chunk, column, _) in enumerate(places):
        values[row, : chunk.slots] = chunk.values[column]
        cells[row, : chunk.slots] = chunk.cells[column]
    return values, cells


def _newest(columns: Columns, start: Instant, end: Instant) -> Seen | None:
    places = _places(columns, start, end)
    if not places:
        return None
    chunk, column, _ = places[-1]
    values = chunk.values[column].copy()
    there = chunk.cells[column] == PRESENT
    open_ones = np.flatnonzero(chunk.cells[column] == ABSENT)
    for chunk, column, _ in _older(places, open_ones):
        open_ones = open_ones[open_ones < chunk.slots]
        cells = chunk.cells[column, open_ones]
        found = open_ones[cells == PRESENT]
        values[found], there[found] = chunk.values[column, found], True
        open_ones = open_ones[cells == ABSENT]
        if not len(open_ones):
            break
    return values, there


def _older(places: list[Place], open_ones: Slots) -> Iterator[Place]:
    """The columns before the newest, the newest first; none where nothing is open."""
    return iter(places[-2::-1] if len(open_ones) else ())
