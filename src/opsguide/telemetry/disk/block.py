"""One block, read: a file that never changes, mapped into memory."""

import mmap
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import cramjam
import msgspec
import numpy as np

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import OpsguideError
from opsguide.kernel.matching import Matcher, Op
from opsguide.telemetry.columns import ABSENT, STALE, Cells, Samples, Times, Values, joined
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.matching import tester
from opsguide.telemetry.points import Points

from .format import FOOTER_BYTES, TILE_COLUMNS, TILE_ROWS, Group, GroupIndex, Part, read_footer
from .tiles import unpack, unpack_times


class BlockDamaged(OpsguideError):
    """A block or a part of it cannot be read: its checksum does not fit."""


class _Series:
    """The label sets of a block, found by their pairs."""

    def __init__(self, labels: list[Labels]) -> None:
        self.labels = labels
        self._by_pair: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for number, pairs in enumerate(labels):
            for pair in pairs:
                self._by_pair[pair].append(number)

    def fulfilling(self, matchers: Sequence[Matcher]) -> list[int]:
        wanted = [(found.name, found.value) for found in matchers if found.op is Op.EQUAL and found.value]
        candidates: Sequence[int] = range(len(self.labels))
        if wanted:
            candidates = min((self._by_pair.get(pair, []) for pair in wanted), key=len)
        fulfils = tester(matchers)
        return [number for number in candidates if fulfils(self.labels[number])]


class Block:
    """Immutable and mapped. Raises BlockDamaged where a part does not fit its checksum; other parts can be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size < FOOTER_BYTES:
                raise self._damaged("it is cut off")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        footer = read_footer(self._map[size - FOOTER_BYTES :])
        if footer is None:
            raise self._damaged("it has no whole footer")
        self.size = size
        self.footer = footer
        self.low, self.high, self.kind = footer.low, footer.high, footer.kind
        self._groups = msgspec.msgpack.decode(self._decompressed(footer.groups), type=list[GroupIndex])
        self._starts = [group.first for group in self._groups]

    def select(self, matchers: Sequence[Matcher], start: Instant, end: Instant) -> Iterator[Points]:
        """The series that fulfil all matchers, with their samples of start <= time <= end; none without samples."""
        if self.high < start or self.low > end:
            return
        series = self._series()
        reading = _Reading(self, start, end)
        for number in series.fulfilling(matchers):
            times, values, stale = reading.series(self._group_of(number), number)
            if len(times):
                yield Points(series.labels[number], times, values, stale)

    def groups(self) -> Iterator[Group]:
        """All that is in it, group by group."""
        labels = self._series().labels
        for group in self._groups:
            values = np.empty((group.rows, group.columns))
            cells = np.empty((group.rows, group.columns), np.uint8)
            for band, left, part in _tiles(group):
                rows = slice(band * TILE_ROWS, min((band + 1) * TILE_ROWS, group.rows))
                columns = slice(left, min(left + TILE_COLUMNS, group.columns))
                shape = (rows.stop - rows.start, columns.stop - columns.start)
                values[rows, columns], cells[rows, columns] = unpack(self.part(part), *shape)
            members = labels[group.first : group.first + group.rows]
            yield Group(members, self.times(group), values, cells)

    def labels(self) -> list[Labels]:
        """The label sets of all its series."""
        return self._series().labels

    def times(self, group: GroupIndex) -> Times:
        return unpack_times(self.part(group.times), group.columns)

    def part(self, part: Part) -> bytes:
        data = self._map[part.offset : part.offset + part.size]
        if zlib.crc32(data) != part.crc:
            raise self._damaged("a part of it does not fit its checksum")
        return data

    def _group_of(self, number: int) -> GroupIndex:
        return self._groups[int(np.searchsorted(self._starts, number, side="right")) - 1]

    def _series(self) -> _Series:
        # Blocks of the same targets hold the same series, byte for byte: one table serves them all.
        return _series_of(self.part(self.footer.series))

    def _decompressed(self, part: Part) -> bytes:
        return bytes(cramjam.zstd.decompress(self.part(part)))

    def _damaged(self, why: str) -> BlockDamaged:
        hint = "its samples are lost, all others are kept; look at the disk"
        return BlockDamaged(f"the block of samples is damaged: {why}", where=str(self.path), hint=hint)


@lru_cache(maxsize=8)
def _series_of(data: bytes) -> _Series:
    flat = msgspec.msgpack.decode(bytes(cramjam.zstd.decompress(data)), type=list[list[str]])
    pairs: dict[tuple[str, str], tuple[str, str]] = {}
    return _Series(
        [
            tuple(pairs.setdefault(pair, pair) for pair in zip(texts[::2], texts[1::2], strict=True))
            for texts in flat
        ]
    )


def _tiles(group: GroupIndex) -> Iterator[tuple[int, int, Part]]:
    """Each tile with its band of rows and its first column."""
    lefts = range(0, group.columns, TILE_COLUMNS)
    for place, part in enumerate(group.tiles):
        yield place // len(lefts), lefts[place % len(lefts)], part


class _Reading:
    """One walk through a block: what neighbours share is unpacked once."""

    def __init__(self, block: Block, start: Instant, end: Instant) -> None:
        self._block = block
        self._start, self._end = start, end
        self._times: dict[int, Times] = {}
        self._tiles: dict[Part, tuple[Values, Cells]] = {}

    def series(self, group: GroupIndex, number: int) -> Samples:
        if group.high < self._start or group.low > self._end:
            return joined([])
        times = self._times.get(group.first)
        if times is None:
            times = self._times[group.first] = self._block.times(group)
        low, high = np.searchsorted(times, (self._start, self._end + 1)).tolist()
        band, row = divmod(number - group.first, TILE_ROWS)
        rows = min(TILE_ROWS, group.rows - band * TILE_ROWS)
        across = -(-group.columns // TILE_COLUMNS)
        parts = []
        for place in range(low // TILE_COLUMNS, -(-high // TILE_COLUMNS)):
            left = place * TILE_COLUMNS
            columns = min(TILE_COLUMNS, group.columns - left)
            values, cells = self._tile(group.tiles[band * across + place], rows, columns)
            kept = slice(max(low - left, 0), min(high - left, columns))
            seen = cells[row, kept]
            there = seen != ABSENT
            own = times[left + kept.start : left + kept.stop]
            parts.append((own[there], values[row, kept][there], seen[there] == STALE))
        return joined(parts)

    def _tile(self, part: Part, rows: int, columns: int) -> tuple[Values, Cells]:
        tile = self._tiles.get(part)
        if tile is None:
            # Series come in order: an older band is not asked for again.
            if len(self._tiles) > 64:
                self._tiles.clear()
            tile = self._tiles[part] = unpack(self._block.part(part), rows, columns)
        return tile
