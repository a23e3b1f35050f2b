"""A series' samples, as they are read from wherever they are kept."""

from collections.abc import Callable, Iterable

import numpy as np
from msgspec import Struct

from opsguide.kernel.clock import Instant

from .columns import Flags, Times, Values, joined
from .labels import Labels


class Points(Struct, frozen=True):
    """A series' samples, ascending in time. Where `stale` is true the sample only says that the series ended."""

    labels: Labels
    times: Times
    values: Values
    stale: Flags

    def before(self, end: Instant) -> "Points":
        """Without the samples at and after the instant."""
        kept = int(np.searchsorted(self.times, end))
        return Points(self.labels, self.times[:kept], self.values[:kept], self.stale[:kept])

    def after(self, start: Instant) -> "Points":
        """Without the samples up to the instant."""
        gone = int(np.searchsorted(self.times, start, side="right"))
        return Points(self.labels, self.times[gone:], self.values[gone:], self.stale[gone:])


def merged(older: Points, newer: Points) -> Points:
    """Both as one series. At an instant that both have, the newer stands."""
    pair = [(part.times, part.values, part.stale) for part in (older, newer) if len(part.times)]
    times, values, stale = joined(pair)
    if len(pair) == 2 and older.times[-1] >= newer.times[0]:
        order = np.argsort(times, kind="stable")
        order = order[np.append(np.diff(times[order]) != 0, True)]
        times, values, stale = times[order], values[order], stale[order]
    return Points(older.labels, times, values, stale)


def overlaid(below: Points, above: Points) -> Points:
    """Both as one series. From the first to the last instant of the upper one, only that stands."""
    if not len(above.times):
        return below
    parts = (below.before(int(above.times[0])), above, below.after(int(above.times[-1])))
    triples = [(part.times, part.values, part.stale) for part in parts if len(part.times)]
    return Points(below.labels, *joined(triples))


def by_labels(*sources: Iterable[Points], how: Callable[[Points, Points], Points] = merged) -> list[Points]:
    """One entry a series, sorted by labels; `how` puts two together of which the second comes from a later source."""
    found: dict[Labels, Points] = {}
    for source in sources:
        for points in source:
            before = found.get(points.labels)
            found[points.labels] = points if before is None else how(before, points)
    return [found[labels] for labels in sorted(found)]
