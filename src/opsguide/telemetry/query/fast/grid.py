"""A store seen by columns at one instant: newest values and growths of all series, computed once for all rules."""

from collections.abc import Callable

import numpy as np

from opsguide.kernel.clock import Instant
from opsguide.telemetry.columns import ABSENT, PRESENT, Columns, Slots
from opsguide.telemetry.store import Store

from .windows import Ends, Seen, Windows, ends_of, places_of, scatter


class Grid:
    """The store's lock is held while it is asked. `windows` are kept from one instant to the next, by range."""

    def __init__(self, store: Store, at: Instant, windows: dict[int, Windows]) -> None:
        self._store, self._at, self._windows = store, at, windows
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

    def _newest(self, lookback_ms: int) -> Seen:
        width = len(self._store.homes)
        seen = np.zeros(width), np.zeros(width, np.bool_)
        version = self._store.index.version
        for target in self._store.targets.values():
            ends = ends_of(target.columns, self._at - lookback_ms, self._at)
            if ends is not None:
                scatter(seen, target.numbers(version), _newest(target.columns, ends))
        return seen

    def _rate(self, range_ms: int) -> Seen:
        values, there = self.growth(range_ms, per_second=False)
        return values / (range_ms / 1000), there

    def _growth(self, range_ms: int) -> Seen:
        windows = self._windows.get(range_ms)
        if windows is None:
            windows = self._windows[range_ms] = Windows(self._store, range_ms)
        return windows.growth(self._at)


def _newest(columns: Columns, ends: Ends) -> Seen:
    """Each series' newest cell, looking back as long as some have none."""
    chunk, column = columns.chunks[ends.last[0]], ends.last[1]
    values, cells = chunk.values[column], chunk.cells[column]
    there = cells == PRESENT
    open_ones: Slots = np.flatnonzero(cells == ABSENT)
    if not len(open_ones):
        return values, there
    values = values.copy()
    for chunk, column in places_of(columns, ends)[-2::-1]:
        open_ones = open_ones[open_ones < chunk.slots]
        cells = chunk.cells[column, open_ones]
        found = open_ones[cells == PRESENT]
        values[found], there[found] = chunk.values[column, found], True
        open_ones = open_ones[cells == ABSENT]
        if not len(open_ones):
            break
    return values, there
