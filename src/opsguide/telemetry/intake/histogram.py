"""Durations in buckets that grow by a ninth: a quantile of them is right within about one per cent."""

from bisect import bisect_left
from collections.abc import Iterator

from msgspec import Struct, field

from opsguide.kernel.ports import Sample

_STEPS = 8  # to double
_OCTAVES = range(-10, 8)  # from about a millisecond to two minutes
BOUNDS = (
    0.0,  # most pages shift by nothing at all: their quantile is 0, not something below the next bound
    *(float(f"{2 ** (octave + step / _STEPS):.4g}") for octave in _OCTAVES for step in range(_STEPS)),
)


class LogHistogram(Struct):
    """A classic histogram, as Prometheus shows it. `counts` are of each bucket alone, `total` is the sum of values."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    @property
    def fits(self) -> bool:
        """Whether it has the buckets of this version."""
        return len(self.counts) == len(BOUNDS) + 1

    def observe(self, value: float) -> None:
        self.counts[bisect_left(BOUNDS, value)] += 1
        self.total += value

    def samples(self, name: str, labels: dict[str, str]) -> Iterator[Sample]:
        """Buckets from the first to the last that has anything, `+Inf`, count and sum."""
        seen = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self.counts, strict=True):
            seen += count
            yield Sample({"__name__": f"{name}_bucket", **labels, "le": bound}, float(seen))
        yield Sample({"__name__": f"{name}_count", **labels}, float(seen))
        yield Sample({"__name__": f"{name}_sum", **labels}, self.total)
