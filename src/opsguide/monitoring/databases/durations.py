"""How long queries take, from looks at what runs and the count of what finished. Pure.

At any moment the expected number of running queries of an age between a and a+w is λ·S(a)·w, with λ the queries that
begin a second and S(a) the share that lasts longer than a (Little's law, for the part of each query's life after a).
So each query seen at an age within w around a bound, in a look that stands for t seconds, counts as t/w queries that
last longer than the bound: unbiased, whatever the spacing of the looks. With ten looks a second and a bound of 50 ms or
more, w is a look's tenth of a second: every longer query is then counted once.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from ...kernel.ports import Sample

METRIC = "pg_query_duration_seconds"
LOOK_SECONDS = 0.1
"""The usual time between two looks."""

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

Statement = tuple[int, int]
"""A role and a query id of pg_stat_statements."""


class Durations:
    """Counters since it was made. `limits` (seconds) are bucket bounds too, so that a share over them is not guessed."""

    def __init__(self, limits: Iterable[float] = ()) -> None:
        self.bounds: Sequence[float] = sorted({*BUCKETS, *limits})
        self._widths = [min(LOOK_SECONDS, 2 * bound) for bound in self.bounds]
        self._over = [0.0] * len(self.bounds)
        self._ages: list[float] = []
        self._known: dict[Statement, tuple[int, float]] | None = None
        self._finished, self._seconds = 0.0, 0.0
        self._shown: list[float] = [0.0] * (len(self.bounds) + 1)

    def looked(self, ages: Iterable[float], stands_for: float) -> None:
        """The ages of what runs now, in a look that stands for so many seconds (the time since the last one)."""
        self._ages = sorted(ages)
        for place, (bound, width) in enumerate(zip(self.bounds, self._widths, strict=True)):
            near = self._older(bound - width / 2) - self._older(bound + width / 2)
            if near:
                self._over[place] += near * stands_for / width

    def _older(self, than: float) -> int:
        """How many of those that run are at least so old."""
        return len(self._ages) - bisect_left(self._ages, than)

    def finished(self, calls: dict[Statement, tuple[int, float]]) -> None:
        """Calls and seconds of each statement so far. The first time is where counting begins.

        A statement that has fewer calls than before was forgotten meanwhile (a reset, no room): it counts from 0.
        """
        if self._known is not None:
            for statement, (now, seconds) in calls.items():
                before, spent = self._known.get(statement, (0, 0.0))
                again = now < before
                self._finished += now if again else now - before
                self._seconds += seconds if again else max(0.0, seconds - spent)
        self._known = calls

    def samples(self) -> list[Sample]:
        """A classic histogram. Counters never go back: noise of the estimate waits until it is made up for."""
        if self._known is None:
            return []
        hanging = next(place for place, bound in enumerate(self.bounds) if bound >= LOOK_SECONDS)
        total = self._finished + self._older(self.bounds[hanging])
        shown = list[float]()
        for place, bound in enumerate(self.bounds):
            within = self._finished + self._older(bound) - self._over[place]
            floor = max(self._shown[place], shown[-1] if shown else 0.0)
            shown.append(max(floor, min(within, total)))
        shown.append(max(self._shown[-1], total, shown[-1]))
        self._shown = shown
        named = [*(f"{bound:g}" for bound in self.bounds), "+Inf"]
        buckets = [
            Sample({"__name__": f"{METRIC}_bucket", "le": le}, value)
            for le, value in zip(named, shown, strict=True)
        ]
        count = Sample({"__name__": f"{METRIC}_count"}, shown[-1])
        return [*buckets, count, Sample({"__name__": f"{METRIC}_sum"}, self._seconds)]
