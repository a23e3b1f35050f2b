"""Where a series' samples are in memory."""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from opsguide.kernel.clock import Instant

from .columns import Columns, Ragged, Samples, joined

Numbers: TypeAlias = NDArray[np.intp]


class Target:
    """One scraped thing: its columns, and which series each slot has; NOBODY where it is free."""

    def __init__(self) -> None:
        self.columns = Columns()
        self.ids: list[int] = []
        self._numbers: tuple[int, Numbers] | None = None

    def numbers(self, version: int) -> Numbers:
        """The series by slot, as an array; `version` is that of the index."""
        if self._numbers is None or self._numbers[0] != version:
            self._numbers = (version, np.array(self.ids, np.intp))
        return self._numbers[1]

    def silent(self, since: Instant) -> list[int]:
        """The series of a target that has not been scraped since the instant."""
        return self.ids if self.columns.last is not None and self.columns.last < since else []


class Home(NamedTuple):
    """A slot of a target, or a ragged list; both, where a pushed series had a sample that fits no column."""

    target: Target | None
    slot: int
    ragged: Ragged | None

    def read(self, start: Instant, end: Instant) -> Samples:
        parts = []
        if self.target is not None:
            parts.append(self.target.columns.read(self.slot, start, end))
        if self.ragged is not None:
            parts.append(self.ragged.read(start, end))
        times, values, stale = joined([part for part in parts if len(part[0])])
        if len(parts) == 2 and (np.diff(times) < 0).any():
            order = np.argsort(times)
            return times[order], values[order], stale[order]
        return times, values, stale

    @property
    def last(self) -> Instant | None:
        """When the series had its newest sample; None where none is in memory."""
        newest = self.target.columns.last_of(self.slot) if self.target is not None else None
        ragged = self.ragged.last if self.ragged is not None else None
        if newest is None or ragged is None:
            return ragged if newest is None else newest
        return max(newest, ragged)
