"""How long queries take, from looks at what runs and the count of what finished. Pure.

Long bounds: each query is followed from look to look. Seen beyond the bound it is over it, for certain; gone between a
look before the bound and one after it, it is over it with the probability that a query which ends in that gap ends
beyond the bound: those near the bound are taken to end at a constant rate, which their own number tells.

Bounds that a query may pass unseen between two looks: at any moment the expected number of running queries of an age
between a and a+w is λ·S(a)·w, with λ the queries that begin a second and S(a) the share that lasts longer than a
(Little's law, for the part of each query's life after a). So each one seen at an age within w around the bound, in a
look that stands for t seconds, counts as t/w queries that last longer than the bound.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from ...kernel.ports import Sample
from .waits import Running

METRIC = "pg_query_duration_seconds"
LOOK_SECONDS = 0.1
"""The usual time between two looks."""

FOLLOWED_SECONDS = 0.15
"""A query is followed across bounds from here on; below, it may come and go between two looks."""

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Durations:
    """Counters since it was made. `limits` (seconds) are bucket bounds too: a share over them is not guessed."""

    def __init__(self, limits: Iterable[float] = ()) -> None:
        self.bounds: Sequence[float] = sorted({*BUCKETS, *limits})
        self._over = [0.0] * len(self.bounds)
        self._near, self._stayed = [0] * len(self.bounds), [0] * len(self.bounds)
        self._running: dict[tuple[int, float], float] = {}
        self._ages: list[float] = []
        self._finished, self._seconds, self._counted = 0.0, 0.0, False
        self._shown: list[float] = [0.0] * (len(self.bounds) + 1)

    def looked(self, running: Iterable[Running], stands_for: float) -> None:
        """What runs now, in a look that stands for so many seconds (the time since the last one)."""
        before, self._running = self._running, {one.key: one.age for one in running}
        self._ages = sorted(self._running.values())
        followed = bisect_left(self.bounds, max(FOLLOWED_SECONDS, 1.2 * stands_for))
        for place in range(followed):
            self._estimate(place, stands_for)
        for key, age in self._running.items():
            for place in self._between(before.get(key, 0.0), age, followed):
                self._over[place] += 1.0
        for key, age in before.items():
            self._follow(age, key in self._running, stands_for, followed)

    def _follow(self, age: float, stayed: bool, gap: float, first: int) -> None:
        """A query that was seen at an age, a look ago: is it still there?"""
        for place in self._between(age - gap, age + gap, first):
            self._near[place] += 1
            self._stayed[place] += stayed
        if not stayed:
            for place in self._between(age, age + gap, first):
                staying = (self._stayed[place] + 1) / (self._near[place] + 1)
                self._over[place] += _beyond((self.bounds[place] - age) / gap, staying)

    def _estimate(self, place: int, stands_for: float) -> None:
        bound = self.bounds[place]
        width = min(LOOK_SECONDS, bound / 2)
        near = self._older(bound - width / 2) - self._older(bound + width / 2)
        self._over[place] += near * stands_for / width

    def _between(self, low: float, high: float, first: int) -> range:
        """The places of the bounds above `low`, up to and with `high`, from place `first` on."""
        return range(max(first, bisect_right(self.bounds, low)), bisect_right(self.bounds, high))

    def _older(self, than: float) -> int:
        """How many of those that run are at least so old."""
        return len(self._ages) - bisect_left(self._ages, than)

    def finished(self, calls: float, seconds: float) -> None:
        """How many finished since counting began, and how long they took together."""
        self._finished, self._seconds, self._counted = calls, seconds, True

    def samples(self) -> list[Sample]:
        """A classic histogram. Counters never go back: noise of the estimate waits until it is made up for."""
        if not self._counted:
            return []
        hanging = next(place for place, bound in enumerate(self.bounds) if bound >= LOOK_SECONDS)
        found = [self._finished + self._older(self.bounds[hanging])]
        over = 0.0
        for bound, seen in zip(reversed(self.bounds), reversed(self._over), strict=True):
            # What was followed is known better than what was estimated: the longer bound leads.
            over = max(over, seen)
            found.append(min(found[-1], self._finished + self._older(bound) - over))
        self._shown = [max(pair) for pair in zip(self._shown, reversed(found), strict=True)]
        shown = self._shown
        named = [*(f"{bound:g}" for bound in self.bounds), "+Inf"]
        buckets = [
            Sample({"__name__": f"{METRIC}_bucket", "le": le}, value)
            for le, value in zip(named, shown, strict=True)
        ]
        count = Sample({"__name__": f"{METRIC}_count"}, shown[-1])
        return [*buckets, count, Sample({"__name__": f"{METRIC}_sum"}, self._seconds)]


def _beyond(part: float, staying: float) -> float:
    """The probability that a query which ends within a gap ends in what follows the first `part` of it (0 to 1).

    `staying` is the probability to outlast a whole gap.
    """
    return 1 - part if staying > 0.999 else (staying**part - staying) / (1 - staying)
