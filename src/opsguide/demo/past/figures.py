"""The shop's metrics as they would have been scraped in the past: numpy columns under the names of `demo.shop`."""

import math
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ..shop.faults import LEAKED, Fault
from ..shop.metrics import SECONDS
from ..shop.pool import SIZE
from ..shop.stock import FREE_SECONDS, HELD_SECONDS
from ..traffic import BUY, LIST, LOOK, MIX, PICTURE, REQUESTS_PER_SECOND
from .story import DOWN, Story, Trouble

Times: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[np.float64]

SPACING_SECONDS = 15
SEED = 2026

TARGET = {"job": "scrape", "environment": "production"}
PROBE = {"job": "probe", "environment": "production"}

_ROUTES = {
    LOOK: ("GET", "/"),
    LIST: ("GET", "/products"),
    PICTURE: ("GET", "/favicon.svg"),
    BUY: ("POST", "/checkout"),
}
_ASK_THE_DATABASE = {LOOK, LIST, BUY}
_MEDIAN_SECONDS = {LOOK: 0.007, LIST: 0.006, PICTURE: 0.001, BUY: 0.012}
_QUERY_MEDIAN_SECONDS = 0.004
_SPREAD = 0.7
"""The sigma of the log-normal latencies: the 95th percentile is 3.2 times the median."""
_MISHAPS = 0.0004
"""One request in 2,500 fails on a good day."""


class Column(Struct, frozen=True):
    """One series: times in ms, ascending, and as many values."""

    labels: dict[str, str]
    times: Times
    values: Values


def columns(story: Story) -> Iterator[Column]:
    """Every series of the two weeks."""
    return _Shop(story).columns()


class _Shop:
    """All columns share the scrapes; while the shop is down there is none, and afterwards counters start again."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._chance = np.random.default_rng(SEED)
        self._all = np.arange(story.start, story.end, SPACING_SECONDS * 1000, dtype=np.int64)
        self._down = self._during(DOWN)
        self._up = ~self._down
        self._times = self._all[self._up]
        self._slow = self._during(Fault.SLOW)
        self._starts = np.flatnonzero(np.diff(self._down.astype(np.int8)) == -1) + 1
        self._load = _load(self._all) * self._up

    def _during(self, fault: str) -> NDArray[np.bool_]:
        found = np.zeros(self._all.shape, dtype=np.bool_)
        for trouble in self._story.troubles:
            if trouble.fault == fault:
                found |= (self._all >= trouble.start) & (self._all < trouble.end)
        return found

    def columns(self) -> Iterator[Column]:
        answered = np.zeros(self._all.shape)
        for what, (method, route) in _ROUTES.items():
            expected = self._load * MIX[what] / 100
            where = {"method": method, "route": route}
            buckets = self._buckets(expected, _MEDIAN_SECONDS[what], waits=what in _ASK_THE_DATABASE)
            yield from self._histogram("http_request_duration_seconds", where, buckets)
            yield from self._answers(what, where, sum(buckets))
            if what in _ASK_THE_DATABASE:
                answered += expected
        queries = self._buckets(answered, _QUERY_MEDIAN_SECONDS, waits=True)
        yield from self._histogram("db_query_duration_seconds", {}, queries)
        yield from self._gauges()
        yield from self._probes()

    def _buckets(self, expected: Values, median: float, *, waits: bool) -> list[Values]:
        """How many requests of each interval ended in each bucket, the last one without bound."""
        usual = np.diff(np.array([0.0, *(_lognormal(bound / median) for bound in SECONDS), 1.0]))
        locked = np.diff(np.array([0.0, *(_locked(bound, median) for bound in SECONDS), 1.0]))
        slow = self._slow if waits else np.zeros_like(self._slow)
        return [
            self._chance.poisson(expected * np.where(slow, late, share)).astype(np.float64)
            for share, late in zip(usual, locked, strict=True)
        ]

    def _answers(self, what: str, where: dict[str, str], asked: Values | float) -> Iterator[Column]:
        good = {LOOK: "200", LIST: "200", PICTURE: "200", BUY: "303"}[what]
        share = np.where(self._during(Fault.ERRORS) & (what == BUY), 1.0, _MISHAPS)
        failed = self._chance.binomial(np.asarray(asked, dtype=np.int64), share).astype(np.float64)
        for status, counted in ((good, asked - failed), ("500", failed)):
            yield self._counter("http_requests_total", {**where, "status": status}, counted)

    def _histogram(self, name: str, where: dict[str, str], buckets: Sequence[Values]) -> Iterator[Column]:
        total = np.zeros(self._all.shape)
        middle = [*SECONDS, SECONDS[-1]]
        took = np.zeros(self._all.shape)
        for bound, seconds, counted in zip((*map(str, SECONDS), "+Inf"), middle, buckets, strict=True):
            total = total + counted
            took = took + counted * seconds * 0.7
            yield self._counter(f"{name}_bucket", {**where, "le": bound}, total)
        yield self._counter(f"{name}_sum", where, took)
        yield self._counter(f"{name}_count", where, total)

    def _counter(self, name: str, labels: dict[str, str], grown: Values) -> Column:
        """What was counted since the shop was last started."""
        total = np.cumsum(grown)
        for start in self._starts:
            total[start:] -= total[start - 1]
        return self._column(name, labels, total)

    def _gauges(self) -> Iterator[Column]:
        busy = self._chance.poisson(0.4 + 0.05 * self._load / SPACING_SECONDS).astype(np.float64)
        busy += np.where(self._slow, self._chance.integers(5, 11, self._all.shape), 0)
        leaked = np.zeros(self._all.shape)
        for trouble in self._story.troubles:
            if trouble.fault == Fault.CONNECTIONS:
                leaked += _leaking(self._all, trouble)
        yield self._column("db_pool_connections_in_use", {}, np.minimum(SIZE, busy + leaked))
        yield self._column("db_pool_connections_max", {}, np.full(self._all.shape, float(SIZE)))
        started = np.full(self._all.shape, self._story.start / 1000)
        for start in self._starts:
            started[start:] = self._all[start] / 1000
        yield self._column("process_start_time_seconds", {}, started)

    def _probes(self) -> Iterator[Column]:
        yield Column({"__name__": "up", **TARGET}, self._all, self._up.astype(np.float64))
        yield Column({"__name__": "probe_success", **PROBE}, self._all, self._up.astype(np.float64))
        took = 0.002 + self._chance.exponential(0.001, self._all.shape)
        took = np.where(self._slow, took + self._chance.uniform(0, HELD_SECONDS, self._all.shape), took)
        yield Column({"__name__": "probe_duration_seconds", **PROBE}, self._times, took[self._up])

    def _column(self, name: str, labels: dict[str, str], values: Values) -> Column:
        return Column({"__name__": name, **labels, **TARGET}, self._times, values[self._up])


def _load(times: Times) -> Values:
    """Requests expected in each interval: few at night, most in the evening, less at weekends."""
    hour = (times / 3_600_000) % 24
    day = (times // 86_400_000 + 3) % 7  # 1970-01-01 was a Thursday; 0 is Monday
    daily = 0.55 - 0.45 * np.cos((hour - 4) / 24 * 2 * math.pi)
    weekly = np.where(day >= 5, 0.75, 1.0)
    return np.asarray(REQUESTS_PER_SECOND * SPACING_SECONDS * daily * weekly, dtype=np.float64)


def _lognormal(times_the_median: float) -> float:
    """The share of requests that took at most so many times the median."""
    return 0.5 * (1 + math.erf(math.log(times_the_median) / (_SPREAD * math.sqrt(2))))


def _locked(bound: float, median: float) -> float:
    """The same while the table is locked again and again: who meets the lock waits for what is left of it."""
    free = FREE_SECONDS / (HELD_SECONDS + FREE_SECONDS)
    return free * _lognormal(bound / median) + (1 - free) * min(1.0, bound / HELD_SECONDS)


def _leaking(times: Times, trouble: Trouble) -> Values:
    """Connections that are not given back: all within the first seconds, as the shop's own fault does it."""
    during = (times >= trouble.start) & (times < trouble.end)
    return np.where(during, float(LEAKED), 0.0)
