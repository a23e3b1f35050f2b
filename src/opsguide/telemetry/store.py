"""Samples in memory: series by label set, found by matchers, bound in time and number.

A scrape is committed whole, under one instant. What is over a limit or out of order is refused and counted by
reason in `status`, so that it shows; nothing is dropped in silence. Issue 5 puts a write-ahead log before `commit`
and compressed blocks behind sealed chunks; readers see neither.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct

from opsguide.kernel.clock import Instant, after

from .columns import Columns, Flags, Times, Values
from .labels import NAME, Labels
from .matching import Matcher, Op, tester

OUT_OF_ORDER = "out of order"
SERIES_LIMIT = "series limit"
DUPLICATE = "duplicate"
_GROWTH = 64


class Limits(Struct, frozen=True):
    """How much is kept: how long (seconds), and how many series at once."""

    retention_seconds: float = 24 * 3600
    series: int = 200_000


DEFAULT_LIMITS = Limits()


class Status(Struct, frozen=True):
    """What the store holds and what it had to refuse since it began, counted by reason."""

    series: int
    samples: int
    refused: dict[str, int]
    newest: Instant | None


class Points(Struct, frozen=True):
    """A series' samples, ascending in time. Where `stale` is true the sample only says that the series ended."""

    labels: Labels
    times: Times
    values: Values
    stale: Flags


class _Ragged:
    """A series of its own timestamps, one that no target's scrape carries."""

    def __init__(self) -> None:
        self._used = 0
        self._times: Times = np.zeros(_GROWTH, np.int64)
        self._values: Values = np.zeros(_GROWTH)
        self._stale: Flags = np.zeros(_GROWTH, np.bool_)

    @property
    def last(self) -> Instant | None:
        return int(self._times[self._used - 1]) if self._used else None

    @property
    def samples(self) -> int:
        return self._used

    def add(self, at: Instant, value: float, stale: bool) -> None:
        if self._used == len(self._times):
            self._times = np.concatenate([self._times, np.zeros_like(self._times)])
            self._values = np.concatenate([self._values, np.zeros_like(self._values)])
            self._stale = np.concatenate([self._stale, np.zeros_like(self._stale)])
        self._times[self._used] = at
        self._values[self._used] = value
        self._stale[self._used] = stale
        self._used += 1

    def read(self, start: Instant, end: Instant) -> tuple[Times, Values, Flags]:
        low, high = np.searchsorted(self._times[: self._used], (start, end + 1))
        return self._times[low:high], self._values[low:high], self._stale[low:high]

    def forget(self, before: Instant) -> None:
        low = int(np.searchsorted(self._times[: self._used], before))
        if low > self._used // 2:
            self._times = self._times[low:].copy()
            self._values = self._values[low:].copy()
            self._stale = self._stale[low:].copy()
            self._used -= low


class _Target:
    """One scraped thing: its columns, and which slot each of its series has."""

    def __init__(self) -> None:
        self.columns = Columns()
        self.slots: dict[Labels, int] = {}


class _Home(Struct, frozen=True):
    """Where a series' samples are: a slot of a target, or a ragged list."""

    target: _Target | None = None
    ragged: _Ragged | None = None

    def read(self, series: Labels, start: Instant, end: Instant) -> Points:
        if self.target is not None:
            return Points(series, *self.target.columns.read(self.target.slots[series], start, end))
        assert self.ragged is not None
        return Points(series, *self.ragged.read(start, end))


class Store:
    """Thread-safe. Readers get arrays that no later commit changes."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._lock = threading.RLock()
        self._homes: dict[Labels, _Home] = {}
        self._by_label: defaultdict[tuple[str, str], set[Labels]] = defaultdict(set)
        self._targets: dict[Labels, _Target] = {}
        self._refused: Counter[str] = Counter()
        self._newest: Instant | None = None
        self._trimmed: Instant = 0

    def commit(self, target: Labels, at: Instant, samples: Iterable[tuple[Labels, float]]) -> None:
        """All samples of one scrape of a target. Its series of the scrape before that are missing become stale.

        A commit at or before the target's last is refused whole; a label set that stands twice, or that belongs to
        another target, counts once; series over the limit are left out. All of it is counted by reason.
        """
        with self._lock:
            home = self._targets.setdefault(target, _Target())
            if home.columns.last is not None and at <= home.columns.last:
                self._refused[OUT_OF_ORDER] += 1
                return
            taken: dict[int, float] = {}
            for series, value in samples:
                slot = self._slot(home, series)
                if slot in taken:
                    self._refused[DUPLICATE] += 1
                elif slot is not None:
                    taken[slot] = value
            home.columns.add(at, list(taken), list(taken.values()))
            self._advance(at)

    def append(self, series: Labels, at: Instant, value: float, *, stale: bool = False) -> None:
        """One sample of a series that has timestamps of its own."""
        with self._lock:
            if series not in self._homes and not self._admit(series, _Home(ragged=_Ragged())):
                return
            ragged = self._homes[series].ragged
            if ragged is None:
                self._refused[DUPLICATE] += 1
            elif ragged.last is not None and at <= ragged.last:
                self._refused[OUT_OF_ORDER] += 1
            else:
                ragged.add(at, value, stale)
                self._advance(at)

    def select(self, matchers: Sequence[Matcher], start: Instant, end: Instant) -> list[Points]:
        """The series that fulfil all matchers, with their samples of start <= time <= end; none without samples."""
        fulfils = tester(matchers)
        with self._lock:
            found = [series for series in self._candidates(matchers) if fulfils(series)]
            read = [self._homes[series].read(series, start, end) for series in sorted(found)]
        return [points for points in read if len(points.times)]

    def metric_names(self, since: Instant) -> frozenset[str]:
        """Names of metrics of which a series has had a value since the instant and has not ended."""
        with self._lock:
            return frozenset(
                value
                for (name, value), members in self._by_label.items()
                if name == NAME and any(self._lives(series, since) for series in members)
            )

    def _lives(self, series: Labels, since: Instant) -> bool:
        stale = self._homes[series].read(series, since, self._newest or since).stale
        return len(stale) > 0 and not stale[-1]

    @property
    def newest(self) -> Instant | None:
        return self._newest

    def status(self) -> Status:
        with self._lock:
            samples = sum(target.columns.samples for target in self._targets.values())
            samples += sum(home.ragged.samples for home in self._homes.values() if home.ragged is not None)
            return Status(len(self._homes), samples, dict(self._refused), self._newest)

    def _slot(self, target: _Target, series: Labels) -> int | None:
        slot = target.slots.get(series)
        if slot is not None:
            return slot
        if series in self._homes:
            self._refused[DUPLICATE] += 1
            return None
        if not self._admit(series, _Home(target=target)):
            return None
        slot = target.slots[series] = target.columns.new_slot()
        return slot

    def _admit(self, series: Labels, home: _Home) -> bool:
        if len(self._homes) >= self._limits.series:
            self._refused[SERIES_LIMIT] += 1
            return False
        self._homes[series] = home
        for pair in series:
            self._by_label[pair].add(series)
        return True

    def _drop(self, series: Labels) -> None:
        del self._homes[series]
        for pair in series:
            self._by_label[pair].discard(series)
            if not self._by_label[pair]:
                del self._by_label[pair]

    def _candidates(self, matchers: Sequence[Matcher]) -> Iterable[Labels]:
        """A superset of the series meant: those with the rarest of the wanted label values."""
        wanted = [(found.name, found.value) for found in matchers if found.op is Op.EQUAL and found.value]
        if not wanted:
            return self._homes
        return min((self._by_label.get(pair, set()) for pair in wanted), key=len)

    def _advance(self, at: Instant) -> None:
        self._newest = at if self._newest is None else max(at, self._newest)
        oldest = after(self._newest, -self._limits.retention_seconds)
        # Trimming looks at every chunk: a hundredth of the retention more is cheaper than doing it each time.
        if oldest > after(self._trimmed, self._limits.retention_seconds / 100):
            self._trimmed = oldest
            self._trim(oldest)

    def _trim(self, before: Instant) -> None:
        for key, target in list(self._targets.items()):
            gone = set(target.columns.forget(before))
            for series, slot in list(target.slots.items()) if gone else ():
                if slot in gone:
                    del target.slots[series]
                    self._drop(series)
            if not target.columns.chunks:
                del self._targets[key]
        for series, home in list(self._homes.items()):
            if home.ragged is not None:
                home.ragged.forget(before)
                if home.ragged.last is None or home.ragged.last < before:
                    self._drop(series)
