"""What is counted before it becomes samples: lines of access logs, page views. A kill loses a second of it at most.

The counters are kept in a file, with the place up to which a followed log was read: they go on where they were.
"""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from opsguide.kernel.clock import Instant
from opsguide.kernel.ports import Kept, Sample
from opsguide.telemetry import labels as label
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.labels import Labels

from .access_log import AccessLog, LogCounts, Place, Tail
from .received import Unreadable
from .vitals import Vitals, VitalsCounts

FLUSH_SECONDS = 15.0
KEEP_SECONDS = 1.0

KINDS = 20
"""As many different sets of labels may come by address: each has tables of its own."""

Way = TypeVar("Way")


class Counts(Struct):
    """A row of what is kept: the counters with these labels, and where the log that is followed was read up to."""

    labels: dict[str, str]
    log: LogCounts | None = None
    vitals: VitalsCounts | None = None
    place: Place | None = None

    @property
    def fits(self) -> bool:
        """Whether its histograms have the buckets of this version."""
        found = [self.log.durations] if self.log is not None else []
        found += self.vitals.values.values() if self.vitals is not None else []
        return all(one.fits for one in found)


class Counted:
    """Thread-safe. Every set of labels has its own counters."""

    def __init__(
        self, engine: Embedded, now: Callable[[], Instant], kept: Kept[Counts] | None = None
    ) -> None:
        self._engine, self._now, self._kept = engine, now, kept
        self._lock = threading.Lock()
        self._logs: dict[Labels, AccessLog] = {}
        self._vitals: dict[Labels, Vitals] = {}
        self._places: dict[Labels, Place] = {}
        self._flushed: dict[Labels, tuple[Instant, list[Sample]]] = {}
        self._begun, self._unkept = now(), False
        for row in kept.load().values() if kept is not None else ():
            if row.fits:
                self._go_on(row)
        self.flush()

    def _go_on(self, row: Counts) -> None:
        added = label.of(row.labels)
        if row.log is not None:
            self._logs[added] = AccessLog(row.log)
        if row.vitals is not None:
            self._vitals[added] = Vitals(row.vitals)
        if row.place is not None:
            self._places[added] = row.place

    def lines(self, added: Labels, lines: bytes) -> int:
        """Of an access log that is pushed. How many were read as requests. Raises Unreadable."""
        with self._lock:
            read = one_of(self._logs, added, AccessLog).feed(lines)
            self._unkept = True
        return read

    def follow(self, path: Path, environment: str) -> "FollowedAccessLog":
        """A file of access logs: from its end, or from where it was read up to."""
        return FollowedAccessLog(self, path, label.of({"environment": environment}))

    def place(self, added: Labels, path: Path) -> Place | None:
        known = self._places.get(added)
        return known if known is not None and known.path == str(path) else None

    def read(self, added: Labels, lines: bytes, place: Place) -> None:
        """The lines of a followed log up to a place. Its counters are samples of now."""
        with self._lock:
            # Ours to name, in the bindings: what came by address takes it no place.
            log = self._logs.setdefault(added, AccessLog())
            log.feed(lines)
            self._unkept = self._unkept or self._places.get(added) != place
            self._places[added] = place
            self._flush_log(added, log)

    def beacons(self, added: Labels, body: bytes) -> int:
        """Of page views. How many were taken. Raises Unreadable."""
        with self._lock:
            if added not in self._vitals:
                self._engine.ingest(Vitals().samples(), self._now() - 1, {"job": "web_vitals", **dict(added)})
            taken = one_of(self._vitals, added, Vitals).receive(body)
            self._unkept = True
        return taken

    def flush(self) -> None:
        """What was counted becomes samples of now."""
        with self._lock:
            for added, log in self._logs.items():
                self._flush_log(added, log)
            for added, vitals in self._vitals.items():
                self._engine.ingest(vitals.samples(), self._now(), {"job": "web_vitals", **dict(added)})

    def _flush_log(self, added: Labels, log: AccessLog) -> None:
        target, now, starts = {"job": "access_log", **dict(added)}, self._now(), log.starts()
        at, before = self._flushed.get(added, (min(self._begun, now - 1) - 1, []))
        if starts:
            # A scrape of then, with what was not counted yet.
            self._engine.ingest([*before, *starts], at + 1, target)
        samples = log.samples()
        self._engine.ingest(samples, now, target)
        self._flushed[added] = now, samples

    def keep(self) -> None:
        with self._lock:
            if self._kept is None or not self._unkept:
                return
            self._unkept = False
            rows = {
                str(number): Counts(
                    dict(added),
                    self._logs[added].counts if added in self._logs else None,
                    self._vitals[added].counts if added in self._vitals else None,
                    self._places.get(added),
                )
                for number, added in enumerate({**self._logs, **self._vitals})
            }
            self._kept.save(rows)

    async def run(self) -> None:
        """Keep and flush, again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        flushed = loop.time()
        try:
            while True:
                await asyncio.sleep(KEEP_SECONDS)
                await asyncio.to_thread(self.keep)
                if loop.time() - flushed >= FLUSH_SECONDS:
                    self.flush()
                    flushed = loop.time()
        finally:
            self.keep()


class FollowedAccessLog:
    """A file of access logs, followed over its rotation."""

    def __init__(self, counted: Counted, path: Path, added: Labels) -> None:
        self._counted, self._path, self._added = counted, path, added
        self._tail = Tail(path, place=counted.place(added, path))

    def read(self) -> None:
        """Takes in what is new. Raises OSError where the file cannot be read."""
        lines = self._tail.read()
        self._counted.read(self._added, lines, self._tail.place)

    def close(self) -> None:
        self._tail.close()


def one_of(ways: dict[Labels, Way], added: Labels, make: Callable[[], Way]) -> Way:
    """What belongs to a set of labels. Raises Unreadable for one set too many."""
    way = ways.get(added)
    if way is None:
        if len(ways) >= KINDS:
            raise Unreadable(f"more than {KINDS} different sets of labels in the address")
        way = ways[added] = make()
    return way
