"""Answers instant queries over many series by columns, and says so where it cannot: then the plain evaluator does."""

from typing import NamedTuple

import numpy as np

from opsguide.kernel.clock import Instant
from opsguide.kernel.matching import Matcher
from opsguide.telemetry.homes import Numbers
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.matching import tester
from opsguide.telemetry.query.parsing import parse
from opsguide.telemetry.query.values import Element, Vector
from opsguide.telemetry.store import Store

from .frames import Frame, Unfit
from .grid import Grid
from .plans import Planner, finished_labels
from .windows import Windows

WORTHWHILE = 300
"""From so many series on, columns are faster than one series after the other."""
_PLANS = 4096


class Plan(NamedTuple):
    frame: Frame
    labels: list[Labels]
    window_ms: int


class Fast:
    """Plans are kept until a series comes or goes. The store's lock is held while one runs: milliseconds."""

    def __init__(self, store: Store, lookback_ms: int, worthwhile: int = WORTHWHILE) -> None:
        self._store, self._lookback_ms, self._worthwhile = store, lookback_ms, worthwhile
        self._version = -1
        self._plans: dict[str, Plan | None] = {}
        self._rows: dict[tuple[Matcher, ...], tuple[list[Labels], Numbers]] = {}
        self._windows: dict[int, Windows] = {}
        self._grid: tuple[tuple[Instant, Instant | None, int], Grid] | None = None

    def instant(self, expression: str, at: Instant) -> Vector | None:
        """The vector of an expression; None where the plain evaluator must be asked. Raises QueryError."""
        with self._store.lock:
            plan = self._plan(expression)
            if plan is None or at - plan.window_ms < self._store.complete_since:
                return None
            try:
                with np.errstate(all="ignore"):
                    values, there = plan.frame.run(self._grid_of(at))
            except Unfit:
                return None
            places = np.flatnonzero(there).tolist()
            return [
                Element(plan.labels[place], value)
                for place, value in zip(places, values[there].tolist(), strict=True)
            ]

    def _grid_of(self, at: Instant) -> Grid:
        """All rules of one instant share what is computed for it, until something is written."""
        key = (at, self._store.newest, self._store.writes)
        if self._grid is None or self._grid[0] != key:
            self._grid = (key, Grid(self._store, at, self._windows))
        return self._grid[1]

    def _plan(self, expression: str) -> Plan | None:
        if self._version != self._store.index.version or len(self._plans) >= _PLANS:
            self._version = self._store.index.version
            self._plans.clear()
            self._rows.clear()
            self._windows.clear()
            self._grid = None
        if expression not in self._plans:
            self._plans[expression] = self._planned(expression)
        return self._plans[expression]

    def _planned(self, expression: str) -> Plan | None:
        planner = Planner(self._select, self._lookback_ms)
        try:
            frame = planner.frame(parse(expression).expr)
            labels = finished_labels(frame)
        except Unfit:
            return None
        # A plan for few series still pays where others have computed the columns already.
        if len(self._store.index.numbers) < self._worthwhile:
            return None
        return Plan(frame, labels, max(planner.windows))

    def _select(self, matchers: tuple[Matcher, ...]) -> tuple[list[Labels], Numbers]:
        known = self._rows.get(matchers)
        if known is None:
            known = self._rows[matchers] = self._selected(matchers)
        return known

    def _selected(self, matchers: tuple[Matcher, ...]) -> tuple[list[Labels], Numbers]:
        fulfils = tester(matchers)
        index = self._store.index
        found: list[tuple[Labels, int]] = []
        for number in index.candidates(matchers):
            labels = index.labels[number]
            if labels is not None and fulfils(labels):
                if self._store.homes[number].ragged is not None:
                    raise Unfit
                found.append((labels, number))
        found.sort()
        return [labels for labels, _ in found], np.array([number for _, number in found], np.intp)
