"""Samples that others push: in parts, of many targets at once, each with its own instant.

What one target (job and instance) reports at one instant lies in one column, as a scrape does, in whatever requests it
comes. A sample that fits no column goes into a list of its series. Nothing ends by missing: senders say when it does.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from opsguide.kernel.clock import Instant

from . import labels as label
from .columns import Flags, Ragged, Slots, Times, Values
from .homes import Target
from .index import NOBODY
from .labels import Labels
from .store import DISK_FULL, OUT_OF_ORDER, SERIES_LIMIT, Store

Numbers: TypeAlias = NDArray[np.intp]

PUSHED = ("__pushed__", "1")
"""Keeps the columns of what is pushed apart from those of a scrape of the same job and instance."""


class Pushes:
    """The way of pushed samples into a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._refused: Counter[str] = Counter()

    @property
    def generation(self) -> int:
        """Numbers of series hold as long as this does not change."""
        return self._store.generation

    def refuse(self, reason: str, count: int) -> None:
        """Count samples that were refused."""
        if count:
            self._store.refused[reason] += count
            self._refused[reason] += count

    def refusals(self) -> dict[str, int]:
        """What came this way and was refused since the last call, by reason."""
        told, self._refused = dict(self._refused), Counter()
        return told

    @property
    def full(self) -> bool:
        """Whether nothing is taken for now, since the disk is full."""
        return self._store.full

    def numbers(self, series: Sequence[Labels]) -> Numbers:
        """The number of each series; NOBODY, and counted, for those over the limit."""
        with self._store.lock:
            return np.fromiter((self._number(labels) for labels in series), np.intp, len(series))

    def push(self, numbers: Numbers, times: Times, values: Values, stale: Flags) -> int:
        """Samples of series by number. How many were taken; the others are counted by reason."""
        store = self._store
        with store.lock:
            if store.full:
                self.refuse(DISK_FULL, len(numbers))
                return 0
            taken = np.zeros(len(numbers), np.bool_)
            places = store.places
            targets = np.where(numbers == NOBODY, -1, places.targets[numbers])
            slots = places.slots[numbers]
            ragged = places.ragged[numbers] if places.ragged[numbers].any() else None
            for members in _groups(targets, times):
                number = int(targets[members[0]])
                target = places.all[number] if number >= 0 else None
                if target is not None:
                    if ragged is not None:
                        members = self._in_time(members, numbers, times, ragged)  # noqa: PLW2901
                    if len(members):
                        self._column(target, members, slots, (numbers, times, values, stale), taken)
            if taken.any():
                store.taken(numbers[taken], times[taken], values[taken], stale[taken], pushed=True)
            return int(taken.sum())

    def _number(self, labels: Labels) -> int:
        number = self._store.index.numbers.get(labels)
        if number is not None:
            return number
        key = (PUSHED, *label.only(labels, ("instance", "job")))
        target = self._store.targets.setdefault(key, Target())
        slot = self._store.slot_of(target, labels)
        if slot is None:
            self._refused[SERIES_LIMIT] += 1
            return NOBODY
        return target.ids[slot]

    def _in_time(self, members: Slots, numbers: Numbers, times: Times, ragged: Flags) -> Slots:
        """Without those whose series has a newer sample outside the columns."""
        late = np.zeros(len(members), np.bool_)
        for place in np.flatnonzero(ragged[members]).tolist():
            home = self._store.homes[numbers[members[place]]]
            assert home.ragged is not None
            late[place] = home.ragged.last is not None and home.ragged.last >= times[members[place]]
        self.refuse(OUT_OF_ORDER, int(late.sum()))
        return members[~late]

    def _column(
        self,
        target: Target,
        members: Slots,
        slots: Slots,
        samples: tuple[Numbers, Times, Values, Flags],
        taken: Flags,
    ) -> None:
        """Samples of one target at one instant."""
        numbers, times, values, stale = samples
        at = int(times[members[0]])
        if target.columns.last is None and not self._store.in_order(None, at):
            self.refuse(OUT_OF_ORDER, len(members))
            return
        put = target.columns.put(at, slots[members], values[members], stale[members])
        if put is not None:
            taken[members] = put
            if put.all():
                return
        for place in members[~taken[members]].tolist():
            taken[place] = self._alone(int(numbers[place]), at, float(values[place]), bool(stale[place]))

    def _alone(self, number: int, at: Instant, value: float, stale: bool) -> bool:
        """A sample that fits no column."""
        home = self._store.homes[number]
        last = home.last
        if last is not None and at <= last:
            self.refuse(OUT_OF_ORDER, 1)
            return False
        if home.ragged is None:
            home = home._replace(ragged=Ragged())
            self._store.rehouse(number, home)
        assert home.ragged is not None
        home.ragged.add(at, value, stale)
        return True


def _groups(targets: NDArray[np.int32], times: Times) -> list[Slots]:
    """The places that share target and instant, in the order of time."""
    if not len(times):
        return []
    if (targets == targets[0]).all() and (times == times[0]).all():
        return [np.arange(len(times))]
    order = np.lexsort((targets, times))
    changes = (np.diff(times[order]) != 0) | (np.diff(targets[order]) != 0)
    return np.split(order, np.flatnonzero(changes) + 1)
