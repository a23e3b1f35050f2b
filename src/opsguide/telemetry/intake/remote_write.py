"""Prometheus' remote_write 1.0: snappy, protobuf. Specification: prometheus.io/docs/specs/prw/remote_write_spec.

A sender says the same series again and again, with one sample each. So a series is taken as bytes: all before its
18 bytes of sample says which series it is, and is read as labels only the first time.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

import cramjam
import numpy as np
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray

from opsguide.telemetry import labels as label
from opsguide.telemetry.columns import Flags, Times, Values
from opsguide.telemetry.index import NOBODY
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.metadata import Catalogue, Metadata
from opsguide.telemetry.prompb import METRIC_TYPES, STALE_BITS, Request, Series
from opsguide.telemetry.pushes import Pushes

from .received import HISTOGRAM, LABEL_LIMIT, MAX_BYTES, Received, Unreadable, within_limits
from .tape import TAIL, Tape

_OF_SAMPLE = [*range(3, 11), *range(12, TAIL)]  # of a tail: value and time
_ODD = -2
_KNOWN = 250_000  # series whose bytes are remembered

Bytes: TypeAlias = NDArray[np.uint8]


class RemoteWrite:
    """Reads requests into a store, and what they say of metrics into a catalogue.

    One for each set of `added` labels, which stand where a series lacks them.
    """

    def __init__(self, pushes: Pushes, added: Labels = (), catalogue: Catalogue | None = None) -> None:
        self._pushes = pushes
        self._added = added
        self._catalogue = catalogue or Catalogue()
        self._known: dict[bytes, int] = {}
        self._tape = Tape()
        self._generation = pushes.generation

    def receive(self, body: bytes) -> Received:
        """Takes the samples of a request. Raises Unreadable."""
        raw = _unpacked(body)
        if self._generation != self._pushes.generation or len(self._known) > _KNOWN:
            self._known.clear()
            self._tape.forget()
            self._generation = self._pushes.generation
        numbers, samples, read = self._tape.read(raw, self._known.get)
        request = _request(raw[read:])
        self._catalogue.learn({one.metric_family_name: _metadata(one) for one in request.metadata})
        rest = list(request.timeseries)
        taken = self._push(numbers, *_sampled(samples)) if len(numbers) else 0
        return Received(taken + self._taken(rest), self._pushes.refusals())

    def _taken(self, series: list[bytes]) -> int:
        """Takes series that do not stand on the tape, and writes them there."""
        usual, tails, odd = _split(series)
        taken = 0
        if usual:
            numbers = self._numbers([one[:-TAIL] for one in usual])
            plain = numbers != _ODD
            taken += self._push(numbers[plain], *_sampled(tails[plain][:, _OF_SAMPLE]))
            odd += [usual[place] for place in np.flatnonzero(~plain).tolist()]
            known = np.flatnonzero(numbers >= 0).tolist()
            self._tape.learn((usual[place] for place in known), numbers[known].tolist())
        for one in odd:
            taken += self._odd(one)
        return taken

    def _numbers(self, keys: list[bytes]) -> NDArray[np.intp]:
        known = self._known
        try:
            return np.fromiter(map(known.__getitem__, keys), np.intp, len(keys))
        except KeyError:
            pass
        self._meet(dict.fromkeys(key for key in keys if key not in known))
        found = np.fromiter(map(known.__getitem__, keys), np.intp, len(keys))
        if (found < 0).any():
            # Refused series are looked at again next time: there may be room by then.
            self._known = {key: number for key, number in known.items() if number >= 0}
        return found

    def _meet(self, keys: Iterable[bytes]) -> None:
        """Series that were not seen before."""
        met: list[bytes] = []
        series: list[Labels] = []
        for key in keys:
            read = _read(key)
            labels = self._labels(read)
            if read.samples or read.histograms:
                # More than one sample: what was taken for a key is not labels alone.
                self._known[key] = _ODD
            elif labels is None:
                self._pushes.refuse(LABEL_LIMIT, 1)
                self._known[key] = NOBODY
            else:
                met.append(key)
                series.append(labels)
        self._known.update(zip(met, self._pushes.numbers(series).tolist(), strict=True))

    def _labels(self, series: Any) -> Labels | None:
        """The labels of a series; None where they are too many or too long, or none."""
        pairs = {found.name: found.value for found in series.labels}
        for name, value in self._added:
            pairs.setdefault(name, value)
        labels = label.of(pairs)
        return labels if labels and within_limits(labels) else None

    def _odd(self, data: bytes) -> int:
        """A series of no, several or strange samples."""
        series = _read(data)
        if series.histograms:
            self._pushes.refuse(HISTOGRAM, len(series.histograms))
        if not series.samples:
            return 0
        labels = self._labels(series)
        if labels is None:
            self._pushes.refuse(LABEL_LIMIT, len(series.samples))
            return 0
        number = int(self._pushes.numbers([labels])[0])
        count = len(series.samples)
        times = np.fromiter((sample.timestamp for sample in series.samples), np.int64, count)
        values = np.fromiter((sample.value for sample in series.samples), np.float64, count)
        return self._push(np.full(count, number, np.intp), times, values)

    def _push(self, numbers: NDArray[np.intp], times: Times, values: Values) -> int:
        stale: Flags = values.view(np.uint64) == STALE_BITS
        return self._pushes.push(numbers, times, values, stale)


def _unpacked(body: bytes) -> bytes:
    size = shift = 0
    for byte in body[:5]:
        size |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    if not body or size > MAX_BYTES:
        raise Unreadable(f"the request has no or more than {MAX_BYTES} bytes unpacked")
    try:
        return bytes(cramjam.snappy.decompress_raw(body))
    except (cramjam.DecompressionError, ValueError):
        raise Unreadable("the request is not packed with snappy") from None


def _metadata(told: Any) -> Metadata:
    known = 0 <= told.type < len(METRIC_TYPES)
    return Metadata(METRIC_TYPES[told.type] if known else METRIC_TYPES[0], told.help, told.unit)


def _request(raw: bytes) -> Any:
    try:
        return Request.FromString(raw)
    except DecodeError:
        raise Unreadable("the request is no remote_write 1.0") from None


def _read(data: bytes) -> Any:
    try:
        return Series.FromString(data)
    except DecodeError:
        raise Unreadable("a series of the request cannot be read") from None


def _split(series: list[bytes]) -> tuple[list[bytes], Bytes, list[bytes]]:
    """Those whose last bytes are one sample of the usual form, these bytes; and the others."""
    short = [one for one in series if len(one) < 2 * TAIL]
    if short:
        series = [one for one in series if len(one) >= 2 * TAIL]
    ends = np.frombuffer(b"".join([one[-2 * TAIL :] for one in series]), np.uint8).reshape(-1, 2 * TAIL)
    tails = ends[:, TAIL:]
    fits = (tails[:, [0, 1, 2, 11]] == (0x12, 16, 9, 0x10)).all(axis=1)
    fits &= (tails[:, 12:17] > 127).all(axis=1) & (tails[:, 17] < 128)
    # Two samples in one series: the one before has the same form.
    fits &= ~(ends[:, :3] == (0x12, 16, 9)).all(axis=1)
    if fits.all():
        return series, tails, short
    usual = [one for one, fit in zip(series, fits.tolist(), strict=True) if fit]
    odd = [one for one, fit in zip(series, fits.tolist(), strict=True) if not fit]
    return usual, tails[fits], odd + short


def _sampled(samples: Bytes) -> tuple[Times, Values]:
    """Of 8 bytes of value and 6 of time each."""
    values = np.ascontiguousarray(samples[:, :8]).view(np.float64).ravel()
    sevens = (samples[:, 8:] & 127).astype(np.int64)
    return sevens @ (1 << (7 * np.arange(6))), values
