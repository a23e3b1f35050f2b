"""A series' samples, as they are read from wherever they are kept."""

from collections.abc import Iterable

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
    """Both as one series. Where they overlap, the newer stands."""
    if not len(newer.times):
        return older
    first, last = int(newer.times[0]), int(newer.times[-1])
    parts = [older.before(first), newer, older.after(last)]
    triples = [(part.times, part.values, part.stale) for part in parts if len(part.times)]
    return Points(older.labels, *joined(triples))


def by_labels(*sources: Iterable[Points]) -> list[Points]:
    """One entry a series, sorted by labels; a later source stands where it overlaps an earlier one."""
    found: dict[Labels, Points] = {}
    for source in sources:
        for points in source:
            older = found.get(points.labels)
            found[points.labels] = points if older is None else merged(older, points)
    return [found[labels] for labels in sorted(found)]
