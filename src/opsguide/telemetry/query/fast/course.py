"""What is true of a target's columns, found out once a column: since when they have the same series, what fell.

The newest column may still get cells, as samples are pushed in parts: what is said of it is kept apart.
"""

from typing import NamedTuple

import numpy as np

from opsguide.kernel.clock import Instant
from opsguide.telemetry.columns import PRESENT, Cells, Columns, Slots, Values
from opsguide.telemetry.store import NEVER


class Fall(NamedTuple):
    """Counters that fell at an instant, and from what."""

    at: Instant
    slots: Slots
    values: Values


class State(NamedTuple):
    """`steady_since`: from this column on, each has the series of the one before it."""

    steady_since: Instant
    falls: tuple[Fall, ...]


class Course:
    """Of one target. `state` is up to date when it is asked for."""

    def __init__(self) -> None:
        self._settled = 0  # so many columns, ever, are in `_past`
        self._past = State(NEVER, ())
        self._rewritten = 0
        self._newest: tuple[tuple[int, int], State] | None = None

    def state(self, columns: Columns) -> State:
        key = (columns.added, columns.touched)
        if self._newest is not None and self._newest[0] == key:
            return self._newest[1]
        if columns.rewritten != self._rewritten:
            # Cells came to older columns: all is found out anew.
            self._rewritten, self._settled, self._past = columns.rewritten, 0, State(NEVER, ())
        state = self._past
        for place, at, before, now in _pairs(columns, self._settled):
            if place == columns.added - 1:
                self._settled, self._past = place, _trimmed(state, columns)
            state = _after(state, at, before, now)
        self._newest = (key, state)
        return state


Column = tuple[Cells, Values]


def _pairs(columns: Columns, settled: int) -> list[tuple[int, Instant, Column | None, Column]]:
    """The columns that are not settled, each with its number and the one before it."""
    found: list[tuple[int, Instant, Column | None, Column]] = []
    place = columns.added
    chunks = columns.chunks
    for number in range(len(chunks) - 1, -1, -1):
        chunk = chunks[number]
        for column in range(chunk.used - 1, -1, -1):
            place -= 1
            if place < settled:
                return found[::-1]
            before: Column | None = None
            if column:
                before = (chunk.cells[column - 1], chunk.values[column - 1])
            elif number:
                older = chunks[number - 1]
                before = (older.cells[older.used - 1], older.values[older.used - 1])
            now = (chunk.cells[column], chunk.values[column])
            found.append((place, int(chunk.times[column]), before, now))
    return found[::-1]


def _after(state: State, at: Instant, before: Column | None, now: Column) -> State:
    if before is None:
        return State(at, state.falls)
    width = min(len(before[0]), len(now[0]))
    there, here = before[0] == PRESENT, now[0] == PRESENT
    same = np.array_equal(there[:width], here[:width])
    steady = same and not there[width:].any() and not here[width:].any()
    fell = np.flatnonzero((now[1][:width] < before[1][:width]) & there[:width] & here[:width])
    falls = state.falls
    if len(fell):
        falls = (*falls, Fall(at, fell, before[1][fell].copy()))
    return State(state.steady_since if steady else at, falls)


def _trimmed(state: State, columns: Columns) -> State:
    oldest = columns.chunks[0].first
    if not state.falls or state.falls[0].at >= oldest:
        return state
    return State(state.steady_since, tuple(fall for fall in state.falls if fall.at >= oldest))
