"""opsguide's own samples sent to a remote engine, so that its dashboards have them: remote_write 1.0.

prometheus.io/docs/specs/prw/remote_write_spec: snappy, protobuf; a sender retries on 5xx, may on 429, and on no other
4xx; samples of a series go in the order of their time. What waits is bounded, and what is lost is counted.
"""

import asyncio
import itertools
import struct
from collections import deque
from collections.abc import Callable, Sequence

import cramjam

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import BindingsError, QueryError
from opsguide.kernel.ports import SendingStatus
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.prompb import STALE_BITS, Request, Series

from .answers import clean
from .place import Reply, Send

BATCH = 2_000
MOST_WAITING = 200_000
"""Samples that wait while the engine is away; the oldest are lost first."""

EVERY_SECONDS = 5.0
SEND_SECONDS = 30.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0

STALE: float = struct.unpack("<d", struct.pack("<Q", STALE_BITS))[0]
HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}

Row = tuple[Labels, Instant, float]


class Sender:
    """`take` what is ingested, `run` until cancelled. `url` gives where to, "" for nowhere, raising BindingsError."""

    def __init__(self, url: Callable[[], str], send: Send) -> None:
        self._url, self._send = url, send
        self._waiting: deque[Row] = deque()
        self._last: dict[Labels, frozenset[Labels]] = {}
        self._sent = self._dropped = 0
        self._problem = ""

    @property
    def status(self) -> SendingStatus | None:
        """None where nothing is sent."""
        if self._bound() == "":
            return None
        return SendingStatus(self._sent, self._dropped, len(self._waiting), self._problem)

    def take(self, target: Labels, at: Instant, rows: Sequence[tuple[Labels, float]]) -> None:
        """All samples of a target at an instant. What it had before and has no more ends."""
        if self._bound() == "":
            return
        now = frozenset(labels for labels, _ in rows)
        gone = self._last.get(target, frozenset()) - now
        if now:
            self._last[target] = now
        else:
            self._last.pop(target, None)
        self._waiting.extend((labels, at, value) for labels, value in rows)
        self._waiting.extend((labels, at, STALE) for labels in sorted(gone))
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self._dropped += 1

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Everything that waits, in batches; returns when it was sent or cannot be."""
        pause = FIRST_PAUSE_SECONDS
        while self._waiting:
            url = self._bound()
            if url == "":
                self._waiting.clear()
                self._last.clear()
            if not url:
                return
            batch = list(itertools.islice(self._waiting, BATCH))
            again = await self._attempt(url, batch)
            if again is None:
                # While it was on its way the oldest may have been lost to the bound: no others may go for them.
                for row in batch:
                    if self._waiting and self._waiting[0] is row:
                        self._waiting.popleft()
                pause = FIRST_PAUSE_SECONDS
            else:
                await asyncio.sleep(max(pause, again))
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    def _bound(self) -> str | None:
        """Where to; "" for nowhere, None while what the bindings refer to is not there."""
        try:
            return self._url()
        except BindingsError as error:
            self._problem = f"{error.where}: {error.what}"
            return None

    async def _attempt(self, url: str, batch: Sequence[Row]) -> float | None:
        """None when the batch is done with, sent or refused for good; else how many seconds it should wait."""
        try:
            reply = await self._send(url, seconds=SEND_SECONDS, body=encoded(batch), headers=HEADERS)
        except (QueryError, BindingsError) as error:
            self._problem = error.what
            return 0.0
        if 200 <= reply.status < 300:
            self._sent += len(batch)
            self._problem = ""
            return None
        said = clean(reply.body[:1000].decode("utf-8", "replace"))
        self._problem = f"the engine answers {reply.status}" + (f": {said}" if said else "")
        if reply.status == 429 or reply.status >= 500:
            return _retry_after(reply)
        self._dropped += len(batch)
        return None


def _retry_after(reply: Reply) -> float:
    asked = reply.headers.get("retry-after", "")
    return min(LONGEST_PAUSE_SECONDS, float(asked)) if asked.isdecimal() else 0.0


def encoded(rows: Sequence[Row]) -> bytes:
    """The body of a request: samples by series, in the order in which they come."""
    series: dict[Labels, list[tuple[Instant, float]]] = {}
    for labels, at, value in rows:
        series.setdefault(labels, []).append((at, value))
    request = Request()
    for labels, samples in series.items():
        one = Series()
        for name, text in labels:
            one.labels.add(name=name, value=text.encode("utf-8", "replace").decode())
        for at, value in samples:
            one.samples.add(value=value, timestamp=at)
        request.timeseries.append(one.SerializeToString())
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))
