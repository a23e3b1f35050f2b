"""Keeps the samples of a store over a restart: a write-ahead log, blocks, and the two threads that write them.

A second's samples are synced together: after a crash, at most the last second is missing. When the disk refuses, the
samples stay in memory, so that rules go on; what would grow without bound is refused and counted.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from msgspec import Struct

from opsguide.telemetry.columns import ABSENT, Slots
from opsguide.telemetry.homes import Numbers
from opsguide.telemetry.index import NOBODY
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.points import Points
from opsguide.telemetry.pushes import Pushes
from opsguide.telemetry.store import Store, Unsaved

from .archive import Archive, Keeping, grouped
from .format import RAW, Group, sync_directory
from .wal import Appended, Defined, Scraped, Segment, Standing, Torn, paired, records

log = logging.getLogger(__name__)


class Rhythm(Struct, frozen=True):
    """When things are written, in seconds; and at how many samples a block is made before its time."""

    sync_seconds: float = 1.0
    look_seconds: float = 10.0
    block_seconds: float = 2 * 3600
    block_cells: int = 6_000_000
    refused_cells: int = 48_000_000


RHYTHM = Rhythm()


class Keeper:
    """Opens the directory and fills the store from it. `close` writes what waits."""

    def __init__(self, directory: Path, store: Store, keeping: Keeping, rhythm: Rhythm = RHYTHM) -> None:
        self._store, self._rhythm = store, rhythm
        self._wal = directory / "wal"
        self._wal.mkdir(parents=True, exist_ok=True)
        self._trouble = ""
        self.torn: list[str] = []
        """What a crash tore off the log, a sentence each: no problem, but worth a line."""
        self._dirty, self._stop = threading.Event(), threading.Event()
        self._cutting = threading.Lock()
        self._cut_at = time.monotonic()
        self.archive = Archive(directory / "blocks", keeping)
        store.keeps_unsaved = True
        self._number = self._replay()
        store.complete_since = max(store.complete_since, self.archive.live_until + 1)
        self._segment = self._begin()
        store.journal = self._segment
        self._threads = [
            threading.Thread(target=loop, name=f"telemetry {name}", daemon=True)
            for name, loop in (("sync", self._sync_loop), ("blocks", self._block_loop))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps samples from being kept, a sentence each."""
        return (*([self._trouble] if self._trouble else []), *self.archive.problems)

    def sync(self) -> None:
        """What was taken in is on the disk when this returns, or in memory with a problem that says so."""
        try:
            self._segment.flush()
        except OSError as error:
            self._in_trouble(error)

    def cut(self) -> bool:
        """A block of all that no block has; the log begins anew. False where the disk refuses: all stays as it was."""
        with self._cutting:
            try:
                with self._store.lock:
                    before, number = self._segment, self._number
                    self._number += 1
                    self._segment = self._begin()
                    self._store.journal = self._segment
                    what = self._store.unsaved()
                try:
                    before.flush()
                finally:
                    before.close()
                self.archive.add(_groups(what), kind=RAW, wal=number)
                self._store.saved(what)
                self._delete_segments(number)
                if self._store.newest is not None:
                    self.archive.tidy(self._store.newest)
            except OSError as error:
                self._in_trouble(error)
                return False
            self._trouble = ""
            self._store.full = False
            self._cut_at = time.monotonic()
            return True

    def close(self) -> None:
        self._stop.set()
        self._dirty.set()
        for thread in self._threads:
            thread.join()
        self._store.journal = None
        self.sync()
        self._segment.close()

    # The threads ---------------------------------------------------------------------------------------------------

    def _sync_loop(self) -> None:
        while not self._stop.is_set():
            self._dirty.wait()
            if not self._stop.wait(self._rhythm.sync_seconds):
                self._dirty.clear()
                self._guarded(self.sync)

    def _block_loop(self) -> None:
        while not self._stop.wait(self._rhythm.look_seconds):
            self._guarded(self._look)

    def _look(self) -> None:
        """Make a block if it is time."""
        cells = self._store.unsaved_cells
        due = cells and time.monotonic() - self._cut_at >= self._rhythm.block_seconds
        if due or cells >= self._rhythm.block_cells or self._trouble:
            if not self.cut() and cells >= self._rhythm.refused_cells:
                self._store.full = True

    def _guarded(self, work: Callable[[], object]) -> None:
        """A defect of ours must not end the thread: samples would be lost, and nobody told."""
        try:
            work()
        except Exception:  # the place that turns a crash of these threads into a problem that shows
            log.exception("keeping samples failed")
            self._trouble = (
                f"samples are only in memory: opsguide made a mistake, its log says where ({self._wal})"
            )

    def _in_trouble(self, error: OSError) -> None:
        said = f"samples are only in memory, the disk refuses them: {error.strerror} ({self._wal})"
        if said != self._trouble:
            log.error("%s", said)
        self._trouble = said

    # The log -------------------------------------------------------------------------------------------------------

    def _begin(self) -> Segment:
        """A new segment that says where every target stands. Raises OSError."""
        segment = Segment(self._path(self._number), self._dirty)
        sync_directory(self._wal)
        for key, target in self._store.targets.items():
            if target.columns.last is not None:
                ids = np.array(target.ids, np.intp)[target.columns.live]
                ids = ids[ids != NOBODY]
                segment.standing(key, target.columns.last, ids, self._store.index.labels)
        return segment

    def _path(self, number: int) -> Path:
        return self._wal / f"{number:08}.wal"

    def _segments(self) -> list[tuple[int, Path]]:
        found = (path for path in self._wal.glob("*.wal") if path.stem.isdecimal())
        return sorted((int(path.stem), path) for path in found)

    def _delete_segments(self, upto: int) -> None:
        for number, path in self._segments():
            if number <= upto:
                path.unlink()

    def _replay(self) -> int:
        """Reads the log back into the store. Returns the number of the next segment."""
        self._delete_segments(self.archive.wal)
        last = self.archive.wal
        for number, path in self._segments():
            reading = _Replay(self._store)
            for record in records(path):
                if isinstance(record, Torn):
                    self._torn_at(path, record)
                else:
                    reading.take(record)
            last = number
        return last + 1

    def _torn_at(self, path: Path, torn: Torn) -> None:
        said = (
            f"{path}: the log of samples ends torn at byte {torn.at}: {torn.lost} bytes cannot be read, "
            "all before them is kept"
        )
        log.warning("%s", said)
        self.torn.append(said)


class _Replay:
    """One segment, read into the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pushes = Pushes(store)
        self._labels: dict[int, Labels] = {}
        self._mapped: Numbers = np.full(64, NOBODY, np.intp)
        self._generation = self._pushes.generation
        self._layouts: dict[Labels, list[Labels]] = {}

    def take(self, record: Defined | Scraped | Appended | Standing) -> None:
        match record:
            case Defined():
                defined = np.array([number for number, _ in record.series], np.intp)
                self._mapped[defined[defined < len(self._mapped)]] = NOBODY
                self._labels.update((number, paired(texts)) for number, texts in record.series)
            case Standing():
                self._store.restore(paired(record.target), record.at, self._members(record.ids))
            case Scraped():
                target = paired(record.target)
                if record.ids is not None:
                    self._layouts[target] = self._members(record.ids)
                values = np.frombuffer(record.values)
                if record.ids is not None or not (self._store.commit_again(target, record.at, values)):
                    self._store.commit(
                        target, record.at, zip(self._layouts[target], values.tolist(), strict=True)
                    )
            case Appended(pushed=True):
                self._pushes.push(
                    self._numbers(record.ids),
                    np.frombuffer(record.times, np.int64),
                    np.frombuffer(record.values),
                    np.frombuffer(record.stale, np.bool_),
                )
            case Appended():
                times = np.frombuffer(record.times, np.int64).tolist()
                values = np.frombuffer(record.values).tolist()
                stale = map(bool, record.stale)
                self._store.append_all(zip(self._members(record.ids), times, values, stale, strict=True))

    def _numbers(self, ids: bytes) -> Numbers:
        """The numbers that series of the segment have in the store; looked up once, until one of them is dropped."""
        wanted: Slots = np.frombuffer(ids, np.uint32).astype(np.intp)
        if self._generation != self._pushes.generation:
            self._generation = self._pushes.generation
            self._mapped[:] = NOBODY
        if len(wanted) and wanted.max() >= len(self._mapped):
            more = max(int(wanted.max()) + 1, 2 * len(self._mapped)) - len(self._mapped)
            self._mapped = np.concatenate([self._mapped, np.full(more, NOBODY, np.intp)])
        new = np.unique(wanted[self._mapped[wanted] == NOBODY])
        self._mapped[new] = self._pushes.numbers([self._labels[number] for number in new.tolist()])
        return self._mapped[wanted]

    def _members(self, ids: bytes) -> list[Labels]:
        numbers: Slots = np.frombuffer(ids, np.uint32).astype(np.intp)
        return [self._labels[number] for number in numbers.tolist()]


def _groups(what: Unsaved) -> Iterator[Group]:
    """What a store has to save, as a block takes it."""
    for owners, pieces in what.targets:
        width = len(owners)
        times = np.concatenate([piece.times for piece in pieces])
        values = np.zeros((width, len(times)))
        cells = np.full((width, len(times)), ABSENT, np.uint8)
        at = 0
        for piece in pieces:
            across = min(piece.cells.shape[1], width)
            values[:across, at : at + len(piece.times)] = piece.values[:, :across].T
            cells[:across, at : at + len(piece.times)] = piece.cells[:, :across].T
            at += len(piece.times)
        yield Group([owner or () for owner in owners], times, values, cells)
    yield from grouped(Points(labels, *samples) for labels, _, samples in what.ragged)
