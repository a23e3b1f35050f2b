"""All blocks of a directory: read together, thinned out and thrown away when they are old."""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from msgspec import Struct

from opsguide.kernel.clock import Instant, after, to_datetime
from opsguide.kernel.matching import Matcher
from opsguide.telemetry import labels as label
from opsguide.telemetry.columns import ABSENT, PRESENT, STALE
from opsguide.telemetry.labels import NAME, Labels
from opsguide.telemetry.points import Points, by_labels, overlaid
from opsguide.telemetry.store import NEVER

from .block import Block, BlockDamaged
from .format import IMPORTED, RAW, RECORDED, Group, write_block

log = logging.getLogger(__name__)

DAY_MS = 86_400_000
MERGED_SAMPLES = 3_000_000
"""As many samples may a block have that is made of smaller ones: all of them are in memory for that moment."""


class Keeping(Struct, frozen=True):
    """How long samples are kept, in seconds, and at which distance (ms) after `raw_seconds`.

    What stays for longer are the recorded series: those whose name has a colon, Prometheus' mark of a recording rule.
    """

    raw_seconds: float = 30 * 86400
    recorded_seconds: float = 396 * 86400
    recorded_every_ms: int = 5 * 60 * 1000


KEEPING = Keeping()


class Archive:
    """Thread-safe; blocks are added and removed whole. `problems` are sentences on what could not be read."""

    def __init__(self, directory: Path, keeping: Keeping) -> None:
        self.problems: list[str] = []
        self._directory = directory
        self._keeping = keeping
        self._lock = threading.Lock()
        self._blocks: list[Block] = []
        self._next = 1
        directory.mkdir(parents=True, exist_ok=True)
        for left in directory.glob("*.tmp"):
            left.unlink()
        for path in sorted(path for path in directory.glob("*.block*") if path.name[:8].isdecimal()):
            self._next = max(self._next, int(path.name[:8]) + 1)
            if path.suffix == ".block":
                self._open(path)

    def _open(self, path: Path) -> None:
        try:
            self._blocks.append(Block(path))
        except BlockDamaged as error:
            # Set aside, not deleted: perhaps somebody can read more of it than we.
            self._complain(error)
            path.rename(path.with_suffix(".block.damaged"))

    @property
    def wal(self) -> int:
        """Every segment of the write-ahead log up to this number is in blocks."""
        return max((block.footer.wal for block in self._blocks), default=0)

    @property
    def live_until(self) -> Instant:
        """The newest sample that came live; NEVER where there is none."""
        return max((block.high for block in self._blocks if block.kind == RAW), default=NEVER)

    @property
    def imported_until(self) -> Instant:
        """The newest sample that was imported; NEVER where there is none."""
        return max((block.high for block in self._blocks if block.kind == IMPORTED), default=NEVER)

    @property
    def since(self) -> Instant | None:
        """The oldest sample of all blocks."""
        return min((block.low for block in self.blocks), default=None)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """In the order in which they were made."""
        with self._lock:
            return tuple(sorted(self._blocks, key=lambda block: block.path.name))

    def add(self, groups: Iterable[Group], *, kind: int, wal: int = 0) -> None:
        """A new block, on the disk for good when this returns. Raises OSError; then there is none."""
        path = self._directory / f"{self._next:08}.block"
        self._next += 1
        if write_block(path, groups, kind=kind, wal=wal):
            block = Block(path)
            with self._lock:
                self._blocks.append(block)

    def backfill(self, series: Sequence[Points]) -> None:
        """Samples of before, in a block a day. Raises OSError; what was written before it stays."""
        low = min((int(points.times[0]) for points in series if len(points.times)), default=0)
        high = max((int(points.times[-1]) for points in series if len(points.times)), default=-1)
        for start in range(low - low % DAY_MS, high + 1, DAY_MS):
            of_day = (points.after(start - 1).before(start + DAY_MS) for points in series)
            self.add(grouped(points for points in of_day if len(points.times)), kind=IMPORTED)

    def select(
        self,
        matchers: Sequence[Matcher],
        start: Instant,
        end: Instant,
        live_before: Instant,
        newest: Sequence[Points] = (),
    ) -> list[Points]:
        """The series that fulfil all matchers, with their samples of start <= time <= end; none without samples.

        Of live blocks, only the samples before `live_before`; `newest` are those from there on, out of memory.
        """
        imported, live = list[Iterable[Points]](), list[Iterable[Points]]()
        for block in self.blocks:
            upto = end if block.kind == IMPORTED else min(end, live_before - 1)
            if block.low <= upto and block.high >= start:
                into = imported if block.kind == IMPORTED else live
                into.append(self._readable(block, matchers, start, upto))
        found = by_labels(*live, newest) if live else list(newest)
        return by_labels(by_labels(*imported), found, how=overlaid) if imported else found

    def series(self, start: Instant, end: Instant) -> set[Labels]:
        """The label sets of all blocks that touch the span."""
        found: set[Labels] = set()
        for block in self.blocks:
            if block.low <= end and block.high >= start:
                try:
                    found.update(block.labels())
                except BlockDamaged as error:
                    self._complain(error)
        return found

    def _readable(
        self, block: Block, matchers: Sequence[Matcher], start: Instant, end: Instant
    ) -> Iterator[Points]:
        try:
            yield from block.select(matchers, start, end)
        except BlockDamaged as error:
            self._complain(error)

    def _complain(self, error: BlockDamaged) -> None:
        said = f"{error.where}: {error.what}; {error.hint}"
        if said not in self.problems:
            self.problems.append(said)
            log.error("%s", said)

    # Ageing --------------------------------------------------------------------------------------------------------

    def tidy(self, newest: Instant) -> None:
        """Throw away what is too old, thin out what is old, make days of hours. Raises OSError."""
        raw_until = after(newest, -self._keeping.raw_seconds)
        recorded_until = after(newest, -self._keeping.recorded_seconds)
        for block in self.blocks:
            if block.kind == RECORDED and block.high < recorded_until:
                self._replace([block], [], RECORDED)
            elif block.kind != RECORDED and block.high < raw_until:
                thin = [thinned(group, self._keeping.recorded_every_ms) for group in _readable_groups(block)]
                self._replace([block], [group for group in thin if group.labels], RECORDED)
        self._merge(RAW, newest, "%Y-%m-%d")
        self._merge(RECORDED, newest, "%Y-%m")

    def _merge(self, kind: int, newest: Instant, period: str) -> None:
        """Make one block of those within one day (month) that is over."""

        def of(at: Instant) -> str:
            return to_datetime(at).strftime(period)

        for when, members in groupby((b for b in self.blocks if b.kind == kind), key=lambda b: of(b.high)):
            blocks = list(members)
            samples = sum(block.footer.samples for block in blocks)
            if when < of(newest) and len(blocks) > 1 and samples <= MERGED_SAMPLES:
                points = (points_of(group) for block in blocks for group in _readable_groups(block))
                self._replace(blocks, grouped(by_labels(*points)), kind)

    def _replace(self, blocks: list[Block], groups: Iterable[Group], kind: int) -> None:
        """The new one first: a crash in between leaves both, which read alike."""
        self.add(groups, kind=kind, wal=max(block.footer.wal for block in blocks))
        with self._lock:
            self._blocks = [block for block in self._blocks if block not in blocks]
        for block in blocks:
            block.path.unlink()


def _readable_groups(block: Block) -> Iterator[Group]:
    try:
        yield from block.groups()
    except BlockDamaged as error:
        log.error("%s", error)


def is_recorded(labels: Labels) -> bool:
    return ":" in label.get(labels, NAME)


def thinned(group: Group, every_ms: int) -> Group:
    """The recorded series of a group, with the last sample of each span; stale markers go."""
    rows = [row for row, labels in enumerate(group.labels) if is_recorded(labels)]
    spans, firsts = np.unique(group.times // every_ms, return_index=True)
    lasts = np.append(firsts[1:], len(group.times)) - 1
    # The last sample that there is in the span, not the last instant.
    there = group.cells[rows] == PRESENT
    index = np.where(there, np.arange(len(group.times)), -1)
    newest = np.maximum.accumulate(index, axis=1)[:, lasts]
    kept = newest >= firsts
    values = np.take_along_axis(group.values[rows], np.maximum(newest, 0), axis=1)
    cells = np.where(kept, PRESENT, ABSENT).astype(np.uint8)
    return Group([group.labels[row] for row in rows], (spans + 1) * every_ms - 1, values, cells)


def points_of(group: Group) -> Iterator[Points]:
    """Each series of a group."""
    for row, labels in enumerate(group.labels):
        there = group.cells[row] != ABSENT
        yield Points(labels, group.times[there], group.values[row][there], group.cells[row][there] == STALE)


def grouped(series: Iterable[Points]) -> Iterator[Group]:
    """Series that share their instants, together."""
    by_times: dict[bytes, list[Points]] = {}
    for points in series:
        by_times.setdefault(points.times.tobytes(), []).append(points)
    for members in by_times.values():
        cells = np.where(np.stack([points.stale for points in members]), STALE, PRESENT).astype(np.uint8)
        values = np.stack([points.values for points in members])
        yield Group([points.labels for points in members], members[0].times, values, cells)
