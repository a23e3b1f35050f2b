"""One tile of a block: the samples of some series at some instants, as few bytes.

Counters are whole numbers that grow by little: their differences. Other numbers: the bits that change from sample to
sample (Facebook's Gorilla, VLDB 2015, without its bit packing). The bytes of equal weight lie together, and zstd finds
what repeats.
"""

from typing import Any, TypeAlias

import cramjam
import numpy as np
from numpy.typing import NDArray

from opsguide.telemetry.columns import PRESENT, Cells, Times, Values

Ints: TypeAlias = NDArray[np.int64]
_WHOLE = float(2**52)
_WIDTHS = (1, 2, 4, 8)


def pack(values: Values, cells: Cells) -> bytes:
    """The tile of `values` by series and instant; where `cells` are absent or stale, the value is not kept."""
    present = cells == PRESENT
    gapless = bool(present.all())
    if not gapless:
        values = _filled(values, present)
    whole = _whole_rows(values)
    width, deltas = _narrow(np.diff(values[whole], axis=1).astype(np.int64))
    bits = np.ascontiguousarray(values[~whole]).view(np.uint64)
    parts = [
        bytes((not gapless, width)),
        whole.astype(np.uint8).tobytes(),
        b"" if gapless else cells.tobytes(),
        np.ascontiguousarray(values[whole, :1]).tobytes(),
        _shuffled(deltas),
        np.ascontiguousarray(bits[:, :1]).tobytes(),
        _shuffled(bits[:, 1:] ^ bits[:, :-1]),
    ]
    return bytes(cramjam.zstd.compress(b"".join(parts), level=3))


def unpack(data: bytes | memoryview, rows: int, columns: int) -> tuple[Values, Cells]:
    """What `pack` was given. The value of a cell that is absent or stale means nothing."""
    raw = memoryview(bytes(cramjam.zstd.decompress(data)))
    has_cells, width = raw[0], raw[1]
    whole = np.frombuffer(raw, np.uint8, rows, 2).astype(np.bool_)
    at = 2 + rows
    cells: Cells = np.full((rows, columns), PRESENT, np.uint8)
    if has_cells:
        cells = np.frombuffer(raw, np.uint8, rows * columns, at).reshape(rows, columns)
        at += rows * columns
    values: Values = np.empty((rows, columns))
    count = int(whole.sum())
    firsts = np.frombuffer(raw, np.float64, count, at).astype(np.int64)
    at += 8 * count
    deltas = _unshuffled(raw, at, (count, columns - 1), np.dtype(f"i{width}"))
    at += count * (columns - 1) * width
    values[whole] = np.cumsum(np.column_stack([firsts, deltas.astype(np.int64)]), axis=1)
    count = rows - count
    bits = np.frombuffer(raw, np.uint64, count, at).reshape(count, 1)
    changes = _unshuffled(raw, at + 8 * count, (count, columns - 1), np.dtype(np.uint64))
    values[~whole] = np.bitwise_xor.accumulate(np.concatenate([bits, changes], axis=1), axis=1).view(
        np.float64
    )
    return values, cells


def pack_times(times: Times) -> bytes:
    """Regular instants become nearly nothing: the differences of the differences."""
    twice = np.diff(times, n=2) if len(times) > 2 else times[:0]
    return bytes(cramjam.zstd.compress(times[:2].tobytes() + _shuffled(twice), level=3))


def unpack_times(data: bytes | memoryview, count: int) -> Times:
    raw = memoryview(bytes(cramjam.zstd.decompress(data)))
    firsts = np.frombuffer(raw, np.int64, min(2, count))
    if count <= 2:
        return firsts
    twice = _unshuffled(raw, 16, (1, count - 2), np.dtype(np.int64))[0]
    once = np.cumsum(np.concatenate([np.diff(firsts), twice]))
    return np.concatenate([firsts[:1], firsts[0] + np.cumsum(once)])


def _filled(values: Values, present: NDArray[np.bool_]) -> Values:
    """With the value before in each gap: a difference of nothing. Zero where there is none before."""
    index = np.where(present, np.arange(values.shape[1]), 0)
    np.maximum.accumulate(index, axis=1, out=index)
    filled = np.take_along_axis(values, index, axis=1)
    never = ~np.logical_or.accumulate(present, axis=1)
    filled[never] = 0.0
    return filled


def _whole_rows(values: Values) -> NDArray[np.bool_]:
    """The rows of whole numbers only; minus zero is none, it would lose its sign."""
    with np.errstate(invalid="ignore"):
        whole = (
            (np.abs(values) < _WHOLE) & (values == np.trunc(values)) & ~((values == 0) & np.signbit(values))
        )
    return np.asarray(whole.all(axis=1))


def _narrow(deltas: Ints) -> tuple[int, NDArray[Any]]:
    """In the narrowest integers that hold them all, with their width in bytes."""
    low, high = (int(deltas.min()), int(deltas.max())) if deltas.size else (0, 0)
    width = next(w for w in _WIDTHS if -(2 ** (8 * w - 1)) <= low and high < 2 ** (8 * w - 1))
    return width, deltas.astype(f"i{width}")


def _shuffled(numbers: NDArray[Any]) -> bytes:
    """The bytes of all numbers by their weight."""
    flat = np.ascontiguousarray(numbers).reshape(-1)
    return flat.view(np.uint8).reshape(len(flat), flat.itemsize).T.tobytes()


def _unshuffled(raw: memoryview, at: int, shape: tuple[int, int], kind: np.dtype[Any]) -> NDArray[Any]:
    count = shape[0] * shape[1]
    flat = np.frombuffer(raw, np.uint8, count * kind.itemsize, at).reshape(kind.itemsize, count)
    return np.ascontiguousarray(flat.T).view(kind).reshape(shape)
