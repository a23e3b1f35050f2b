"""Counters, gauges and histograms, written as Prometheus text. Only what a small shop needs."""

from bisect import bisect_left
from collections.abc import Callable, Iterator

Labels = tuple[tuple[str, str], ...]
Write = Callable[[], Iterator[str]]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.5, 5.0)
"""Bucket bounds, dense where guides draw lines (100 to 750 ms): quantiles interpolate inside a bucket."""


def _selector(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels) + "}" if labels else ""


class Counter:
    """A number that only grows, one for each set of labels."""

    kind = "counter"

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self._values: dict[Labels, int] = {}

    def add(self, *labels: tuple[str, str]) -> None:
        self._values[labels] = self._values.get(labels, 0) + 1

    def lines(self) -> Iterator[str]:
        for labels, value in self._values.items():
            yield f"{self.name}{_selector(labels)} {value}"


class Gauge:
    """A number asked for when it is scraped."""

    kind = "gauge"

    def __init__(self, name: str, text: str, ask: Callable[[], float]) -> None:
        self.name, self.text, self._ask = name, text, ask

    def lines(self) -> Iterator[str]:
        yield f"{self.name} {self._ask()}"


class Histogram:
    """How long things took, in seconds, one set of buckets for each set of labels."""

    kind = "histogram"

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self._counts: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = {}

    def observe(self, seconds: float, *labels: tuple[str, str]) -> None:
        counts = self._counts.setdefault(labels, [0] * (len(SECONDS) + 1))
        counts[bisect_left(SECONDS, seconds)] += 1
        self._sums[labels] = self._sums.get(labels, 0.0) + seconds

    def lines(self) -> Iterator[str]:
        for labels, counts in self._counts.items():
            total = 0
            for bound, count in zip((*map(str, SECONDS), "+Inf"), counts, strict=True):
                total += count
                yield f"{self.name}_bucket{_selector((*labels, ('le', bound)))} {total}"
            yield f"{self.name}_sum{_selector(labels)} {self._sums[labels]:.6f}"
            yield f"{self.name}_count{_selector(labels)} {total}"


def exposition(*families: Counter | Gauge | Histogram) -> str:
    """All of them as one page that Prometheus, or opsguide, scrapes."""
    lines: list[str] = []
    for family in families:
        lines += [
            f"# HELP {family.name} {family.text}",
            f"# TYPE {family.name} {family.kind}",
            *family.lines(),
        ]
    return "\n".join(lines) + "\n"
