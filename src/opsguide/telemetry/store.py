"""Samples in memory: series by label set, found by matchers, bound in time and number.

A scrape is committed whole, under one instant. What is over a limit or out of order is refused and counted by
reason in `status`, so that it shows; nothing is dropped in silence. What keeps the samples over a restart writes down
every commit (`journal`) and takes the older ones into blocks (`unsaved`, `saved`); readers see neither.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from msgspec import Struct

from opsguide.kernel.clock import Instant, after
from opsguide.kernel.matching import Matcher

from .columns import Flags, Piece, Ragged, Samples, Slots, Times, Values
from .homes import Home, Target
from .index import NOBODY, Index
from .labels import Labels
from .matching import tester
from .places import Places
from .points import Points

OUT_OF_ORDER = "out of order"
SERIES_LIMIT = "series limit"
DUPLICATE = "duplicate"
DISK_FULL = "disk full"
NEVER = -(2**62)
READ_AT_ONCE = 500
FORGOTTEN_MS = 86_400_000
"""How long a target that is no longer scraped is remembered."""


class Limits(Struct, frozen=True):
    """How much is held in memory: how long (seconds), how many series at once, and of how many samples there is room.

    `cells` bounds only what is in blocks as well: the older leaves the memory before its time.
    """

    retention_seconds: float = 24 * 3600
    series: int = 200_000
    cells: int = 24_000_000


DEFAULT_LIMITS = Limits()


class Status(Struct, frozen=True):
    """What the store holds and what it had to refuse since it began, counted by reason.

    `problems` are sentences on what keeps samples from being kept.
    """

    series: int
    samples: int
    refused: dict[str, int]
    newest: Instant | None
    problems: tuple[str, ...] = ()


class Journal(Protocol):
    """Writes down what was taken in. `labels` are those of all series, by number."""

    def scraped(
        self, target: Labels, at: Instant, ids: Slots, values: Values, labels: Sequence[Labels | None]
    ) -> None: ...
    def appended(
        self,
        ids: Slots,
        times: Times,
        values: Values,
        stale: Flags,
        labels: Sequence[Labels | None],
        pushed: bool,
    ) -> None: ...
    def forget(self, numbers: Sequence[int]) -> None: ...


class Unsaved(Struct, frozen=True):
    """What no block has: for each target its columns with the labels by slot, and the ragged series."""

    targets: list[tuple[list[Labels | None], list[Piece]]]
    ragged: list[tuple[Labels, Ragged, Samples]]


class Store:
    """Thread-safe. Readers get arrays that no later commit changes.

    With a `journal`, every sample taken is written down before it is seen.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self.lock = threading.RLock()
        self.journal: Journal | None = None
        self.keeps_unsaved = False
        """Whether only what is in blocks may leave the memory."""
        self.full = False
        """Whether what comes is refused, since it could not be kept."""
        self.complete_since: Instant = NEVER
        """From this instant on, all samples that came live are here."""
        self.targets: dict[Labels, Target] = {}
        self.index = Index()
        self.writes = 0
        """Grows whenever samples are taken."""
        self.generation = 0
        """Grows whenever a number of a series comes to mean nothing, or another one."""
        self.homes: list[Home] = []
        self.places = Places()
        self.refused: Counter[str] = Counter()
        self._newest: Instant | None = None
        self._trimmed: Instant = NEVER

    def commit(self, target: Labels, at: Instant, samples: Iterable[tuple[Labels, float]]) -> None:
        """All samples of one scrape of a target. Its series of the scrape before that are missing become stale.

        A commit at or before the target's last is refused whole; a label set that stands twice, or that belongs to
        another target, counts once; series over the limit are left out. All of it is counted by reason.
        """
        with self.lock:
            home = self.targets.get(target)
            if self.full or not self.in_order(home.columns.last if home else None, at):
                self.refused[DISK_FULL if self.full else OUT_OF_ORDER] += 1
                return
            if home is None:
                home = self.targets[target] = Target()
            taken: dict[int, float] = {}
            for series, value in samples:
                slot = self.slot_of(home, series)
                if slot in taken:
                    self.refused[DUPLICATE] += 1
                elif slot is not None:
                    taken[slot] = value
            slots = np.fromiter(taken, np.intp, len(taken))
            values = np.fromiter(taken.values(), np.float64, len(taken))
            self._take(target, home, at, slots, values)

    def commit_again(self, target: Labels, at: Instant, values: Values) -> bool:
        """A scrape with just the series of the one before, in the same order; False, and nothing, where it is none."""
        with self.lock:
            home = self.targets.get(target)
            if home is None or home.columns.last is None or len(values) != len(home.columns.live):
                return False
            if self.full or at <= home.columns.last:
                return False
            self._take(target, home, at, home.columns.live, values)
            return True

    def _take(self, key: Labels, target: Target, at: Instant, slots: Slots, values: Values) -> None:
        """One scrape by slots, in order; the lock is held."""
        if self.journal is not None:
            ids = np.array(target.ids, np.intp)[slots]
            self.journal.scraped(key, at, ids, values, self.index.labels)
        target.columns.add(at, slots, values)
        self.advance(at)

    def append(self, series: Labels, at: Instant, value: float, *, stale: bool = False) -> None:
        """One sample of a series that has timestamps of its own."""
        self.append_all([(series, at, value, stale)])

    def append_all(self, samples: Iterable[tuple[Labels, Instant, float, bool]]) -> None:
        """Samples of series with timestamps of their own: labels, instant, value, whether it ends the series."""
        taken: list[tuple[int, Instant, float, bool]] = []
        with self.lock:
            for series, at, value, stale in samples:
                number = self._ragged(series, at)
                if number is not None:
                    ragged = self.homes[number].ragged
                    assert ragged is not None
                    ragged.add(at, value, stale)
                    taken.append((number, at, value, stale))
            if taken:
                ids, times, values, flags = zip(*taken, strict=True)
                self.taken(
                    np.array(ids, np.intp), np.array(times), np.array(values), np.array(flags), pushed=False
                )

    def taken(self, ids: Slots, times: Times, values: Values, stale: Flags, *, pushed: bool) -> None:
        """Samples of series by number are in memory: write them down; the lock is held."""
        if self.journal is not None:
            self.journal.appended(ids, times, values, stale, self.index.labels, pushed)
        self.advance(int(times.max()))

    def select(self, matchers: Sequence[Matcher], start: Instant, end: Instant) -> list[Points]:
        """The series that fulfil all matchers, with their samples of start <= time <= end; none without samples."""
        fulfils = tester(matchers)
        with self.lock:
            candidates = [(self.index.labels[number], number) for number in self.index.candidates(matchers)]
        found = [(labels, number) for labels, number in candidates if labels is not None and fulfils(labels)]
        found.sort()
        read: list[Points] = []
        for first in range(0, len(found), READ_AT_ONCE):
            # In pieces: what is scraped and the rules on it do not wait for somebody's large question.
            with self.lock:
                for labels, number in found[first : first + READ_AT_ONCE]:
                    if self.index.labels[number] is labels:
                        read.append(Points(labels, *self.homes[number].read(start, end)))
        return [points for points in read if len(points.times)]

    def metric_names(self, since: Instant) -> frozenset[str]:
        """Names of metrics of which a series has had a value since the instant and has not ended."""
        with self.lock:
            return frozenset(
                name
                for name, members in self.index.by_metric()
                if any(self._lives(number, since) for number in members)
            )

    def _lives(self, number: int, since: Instant) -> bool:
        _, _, stale = self.homes[number].read(since, self._newest or since)
        return len(stale) > 0 and not stale[-1]

    @property
    def at_limit(self) -> bool:
        """Whether there is no room for another series."""
        return len(self.index.numbers) >= self.limits.series

    @property
    def newest(self) -> Instant | None:
        return self._newest

    def series(self, since: Instant) -> list[Labels]:
        """The label sets of all series that may have had a sample since the instant."""
        with self.lock:
            gone = {number for target in self.targets.values() for number in target.silent(since)}
            return [labels for labels, number in self.index.numbers.items() if number not in gone]

    def status(self) -> Status:
        with self.lock:
            samples = sum(target.columns.samples for target in self.targets.values())
            samples += sum(home.ragged.samples for home in self.homes if home.ragged is not None)
            return Status(len(self.index.numbers), samples, dict(self.refused), self._newest)

    # What keeps samples over a restart -----------------------------------------------------------------------------

    @property
    def unsaved_cells(self) -> int:
        with self.lock:
            ragged = sum(home.ragged.samples - home.ragged.saved for home in self.homes if home.ragged)
            return ragged + sum(target.columns.unsaved_cells for target in self.targets.values())

    def unsaved(self) -> Unsaved:
        """What no block has yet; the arrays never change."""
        with self.lock:
            targets = []
            for target in self.targets.values():
                if pieces := target.columns.unsaved():
                    owners = [
                        None if number == NOBODY else self.index.labels[number] for number in target.ids
                    ]
                    targets.append((owners, pieces))
            ragged = [
                (labels, home.ragged, home.ragged.unsaved())
                for labels, home in zip(self.index.labels, self.homes, strict=True)
                if labels is not None and home.ragged is not None and home.ragged.saved < home.ragged.samples
            ]
            return Unsaved(targets, ragged)

    def saved(self, what: Unsaved) -> None:
        """All of it is in a block: it may leave the memory."""
        with self.lock:
            for _, pieces in what.targets:
                for piece in pieces:
                    piece.chunk.saved = piece.upto
            for _, ragged, (times, _, _) in what.ragged:
                ragged.saved += len(times)
            self._shrink()

    def restore(self, key: Labels, at: Instant, members: Sequence[Labels]) -> None:
        """A target whose last scrape was at the instant, with the series that were in it."""
        with self.lock:
            target = self.targets.setdefault(key, Target())
            if target.columns.last is None or target.columns.last < at:
                slots = [self.slot_of(target, series) for series in members]
                target.columns.last = at
                self._newest = at if self._newest is None else max(at, self._newest)
                target.columns.live = np.array([slot for slot in slots if slot is not None], np.intp)

    def _shrink(self) -> None:
        """Drop what is in blocks and too old, or too much: the oldest first, never the last quarter of an hour."""
        seconds = self.limits.retention_seconds
        while self._newest is not None:
            self._trim(after(self._newest, -seconds))
            seconds /= 2
            if self._cells() <= self.limits.cells or seconds < 900:
                return

    def _cells(self) -> int:
        return sum(target.columns.cells for target in self.targets.values())

    # Inside --------------------------------------------------------------------------------------------------------

    def in_order(self, last: Instant | None, at: Instant) -> bool:
        return at > last if last is not None else at > self._trimmed

    def slot_of(self, target: Target, series: Labels) -> int | None:
        number = self.index.numbers.get(series)
        if number is not None:
            home = self.homes[number]
            if home.target is target:
                return home.slot
            self.refused[DUPLICATE] += 1
            return None
        if len(self.index.numbers) >= self.limits.series:
            self.refused[SERIES_LIMIT] += 1
            return None
        slot = target.columns.new_slot()
        number = self._admit(series, Home(target, slot, None))
        if slot == len(target.ids):
            target.ids.append(number)
        else:
            target.ids[slot] = number
        return slot

    def _ragged(self, series: Labels, at: Instant) -> int | None:
        """The number of a series of its own timestamps that may have a sample at the instant."""
        number = self.index.numbers.get(series)
        reason = ""
        if self.full:
            reason = DISK_FULL
        elif number is None:
            if not self.in_order(None, at):
                reason = OUT_OF_ORDER
            elif len(self.index.numbers) >= self.limits.series:
                reason = SERIES_LIMIT
            else:
                return self._admit(series, Home(None, 0, Ragged()))
        elif (ragged := self.homes[number].ragged) is None:
            reason = DUPLICATE
        elif not self.in_order(ragged.last, at):
            reason = OUT_OF_ORDER
        if reason:
            self.refused[reason] += 1
            return None
        return number

    def _admit(self, series: Labels, home: Home) -> int:
        number = self.index.add(series)
        if number == len(self.homes):
            self.homes.append(home)
        else:
            self.homes[number] = home
        self.places.put(number, home)
        return number

    def rehouse(self, number: int, home: Home) -> None:
        """The samples of a series lie elsewhere, too, or no longer; the lock is held."""
        self.homes[number] = home
        self.places.put(number, home)
        self.index.version += 1

    def advance(self, at: Instant) -> None:
        self.writes += 1
        self._newest = at if self._newest is None else max(at, self._newest)
        oldest = after(self._newest, -self.limits.retention_seconds)
        # Trimming looks at every chunk: a hundredth of the retention more is cheaper than doing it each time.
        if oldest > after(self._trimmed, self.limits.retention_seconds / 100):
            self._trim(oldest)

    def _trim(self, before: Instant) -> None:
        self._trimmed = max(self._trimmed, before)
        only_saved = self.keeps_unsaved
        gone: list[int] = []
        for key, target in list(self.targets.items()):
            slots, end = target.columns.forget(before, only_saved=only_saved)
            self._forgotten(end)
            # What is kept elsewhere too may be scraped once an hour and have nothing here in between.
            idle = before - FORGOTTEN_MS if only_saved else before
            if not target.columns.chunks and (target.columns.last or NEVER) < idle:
                slots = list(range(len(target.ids)))
                del self.targets[key]
                self.places.forget(target)
            for slot in slots:
                if target.ids[slot] != NOBODY:
                    gone.append(target.ids[slot])
                    target.ids[slot] = NOBODY
        for number, home in enumerate(self.homes):
            if home.ragged is not None and self.index.labels[number] is not None:
                self._forgotten(home.ragged.forget(before, only_saved=only_saved))
                idle = home.ragged.last is None or home.ragged.last < before
                if idle and (not only_saved or home.ragged.saved == home.ragged.samples):
                    self._forgotten(home.ragged.last)
                    if home.target is not None:
                        self.rehouse(number, home._replace(ragged=None))
                    else:
                        gone.append(number)
        if gone:
            self.index.drop(gone)
            self.generation += 1
            if self.journal is not None:
                self.journal.forget(gone)

    def _forgotten(self, end: Instant | None) -> None:
        if end is not None:
            self.complete_since = max(self.complete_since, end + 1)
