"""Web vitals as browsers report them: the beacons of the `web-vitals` package, into histograms.

web.dev/articles/vitals: LCP, INP, FCP, TTFB and FID are milliseconds, CLS has no unit. What a page is called is never
a label: anybody can send a beacon.
"""

import math
from collections.abc import Iterator

import msgspec
from msgspec import Struct, field

from opsguide.kernel.ports import Sample

from .histogram import LogHistogram
from .received import Unreadable

SECONDS = frozenset({"LCP", "INP", "FCP", "TTFB", "FID"})
RATINGS = frozenset({"good", "needs-improvement", "poor"})
EXPECTED = ("LCP", "CLS", "INP")
"""Counted from 0 from the start: a counter that begins with the first page view would not show it as an increase."""

MOST_AT_ONCE = 50


class Beacon(Struct, frozen=True):
    """One metric of one page view, as the package's `onLCP` and the others hand it over."""

    name: str
    value: float
    rating: str = ""


class VitalsCounts(Struct):
    """What was counted of page views: by metric; by metric and rating (`LCP good`)."""

    values: dict[str, LogHistogram] = field(
        default_factory=lambda: {name: LogHistogram() for name in EXPECTED}
    )
    ratings: dict[str, int] = field(default_factory=dict)


class Vitals:
    """Counts on from `counts`. `samples` are counters since it began."""

    def __init__(self, counts: VitalsCounts | None = None) -> None:
        self.counts = counts or VitalsCounts()

    def receive(self, body: bytes) -> int:
        """One beacon, or a list. How many were taken. Raises Unreadable."""
        try:
            beacons = msgspec.json.decode(body, type=Beacon | list[Beacon])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Unreadable(
                "this is no beacon of web vitals", hint='{"name": "LCP", "value": 1800}'
            ) from None
        found = beacons if isinstance(beacons, list) else [beacons]
        if len(found) > MOST_AT_ONCE:
            raise Unreadable(f"more than {MOST_AT_ONCE} beacons at once")
        return sum(self._take(one) for one in found)

    def samples(self) -> list[Sample]:
        found = [
            sample
            for name, histogram in sorted(self.counts.values.items())
            for sample in histogram.samples(_metric(name), {})
        ]
        return found + [
            Sample({"__name__": "web_vitals_total", "metric": name, "rating": rating}, float(count))
            for name, rating, count in self._ratings()
        ]

    def _ratings(self) -> Iterator[tuple[str, str, int]]:
        for key, count in sorted(self.counts.ratings.items()):
            name, rating = key.split()
            yield name, rating, count

    def _take(self, beacon: Beacon) -> bool:
        known = beacon.name in SECONDS or beacon.name == "CLS"
        if not known or not math.isfinite(beacon.value) or beacon.value < 0:
            return False
        value = beacon.value / 1000 if beacon.name in SECONDS else beacon.value
        rating = beacon.rating if beacon.rating in RATINGS else "unrated"
        self.counts.values.setdefault(beacon.name, LogHistogram()).observe(value)
        key = f"{beacon.name} {rating}"
        self.counts.ratings[key] = self.counts.ratings.get(key, 0) + 1
        return True


def _metric(name: str) -> str:
    return "web_vitals_cls" if name == "CLS" else f"web_vitals_{name.lower()}_seconds"
