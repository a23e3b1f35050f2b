"""The ledger: how fast facts become durable, how long one waits, and how long a start takes over a long history."""

import asyncio
import itertools
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import uvloop

from bench.row import Row
from opsguide.kernel.facts import Data, Fact, FactTypes, Recorded
from opsguide.kernel.look import Wanted
from opsguide.storage.sqlite import SqliteLedger, open_ledger

TYPES = FactTypes()
SUBJECTS = 5_000
START = 1_764_000_000_000
ARTIFACT = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

BATCH, BATCHED = 100, 200_000
PRODUCERS, SINGLE = 512, 100_000
RATE, SECONDS = 1_000, 10
APPENDED_WITHIN_MS = 5
HISTORY = 1_000_000


@TYPES.register("stage.started")
class Started(Data, frozen=True):
    environment: str
    stage: str
    attempt: int


@TYPES.register("stage.finished")
class Finished(Data, frozen=True):
    environment: str
    stage: str
    outcome: str
    duration_ms: int
    artifact: str
    attempt: int


def facts(count: int) -> Iterator[Fact]:
    """As a busy pipeline would have them: about 280 bytes each, spread over many subjects."""
    for number in range(count):
        stage, attempt = f"stage-{number % 7}", number % 3
        data: Data = Finished("production", stage, "passed", 12_345 + number, ARTIFACT, attempt)
        if number % 5 == 0:
            data = Started("production", stage, attempt)
        subject = f"deploy:{number * 7919 % SUBJECTS}"
        yield TYPES.fact(data, subject=subject, actor="opsguide", at=START + number)


def batches(found: Iterator[Fact], size: int) -> Iterator[list[Fact]]:
    while batch := list(itertools.islice(found, size)):
        yield batch


def rows() -> Iterable[Row]:
    folder = Path(tempfile.mkdtemp(prefix="opsguide-bench-"))
    try:
        # On the loop that the service runs on.
        rate = uvloop.run(appended_in_batches(folder / "batches"))
        yield Row(f"ledger: appended in batches of {BATCH}", rate, "events/s", goal=">= 50000")
        rate = uvloop.run(appended_singly(folder / "single"))
        yield Row(f"ledger: appended one by one, {PRODUCERS} at once", rate, "events/s")
        disk = syncs_at_a_steady_rate(folder / "before")
        waits = uvloop.run(waits_at_a_steady_rate(folder / "waits"))
        disk += syncs_at_a_steady_rate(folder / "after")
        yield Row(f"ledger: append at {RATE}/s, p50", statistics.median(waits) * 1e3, "ms")
        ours, bare = p99(waits) * 1e3, p99(disk) * 1e3
        peer = f"the disk, for one bare write + fdatasync, p99: {bare:.2f} ms"
        if bare >= APPENDED_WITHIN_MS:
            peer += ", which is over the goal alone"
        goal = f"< {APPENDED_WITHIN_MS}"
        yield Row(f"ledger: append at {RATE}/s, p99", ours, "ms", peer=peer, ratio=bare / ours, goal=goal)
        seconds = uvloop.run(replayed(folder / "history"))
        yield Row(f"ledger: {HISTORY:,} events verified, decoded, folded", seconds, "s", goal="< 4")
        for name, wanted in LOOKS.items():
            milliseconds = uvloop.run(looked(folder / "history", wanted)) * 1e3
            yield Row(f"ledger: a page of {HISTORY:,} events, {name}", milliseconds, "ms", goal="< 500")
    finally:
        shutil.rmtree(folder)


async def appended_in_batches(folder: Path) -> float:
    """Facts a second, in batches that are all in flight at once."""
    waiting = list(batches(facts(BATCHED), BATCH))
    async with open_ledger(folder, TYPES) as ledger:
        began = time.perf_counter()
        await asyncio.gather(*(ledger.append(batch) for batch in waiting))
        return BATCHED / (time.perf_counter() - began)


async def appended_singly(folder: Path) -> float:
    """Facts a second where each producer waits for its fact before the next: what group commit gives."""
    waiting = iter(list(facts(SINGLE)))
    async with open_ledger(folder, TYPES) as ledger:

        async def produce() -> None:
            for fact in waiting:
                await ledger.append([fact])

        began = time.perf_counter()
        await asyncio.gather(*(produce() for _ in range(PRODUCERS)))
        return SINGLE / (time.perf_counter() - began)


async def filled(folder: Path, count: int) -> None:
    """A ledger of so many facts, synced: its writing back shall not be measured with what follows."""
    async with open_ledger(folder, TYPES) as ledger:
        for batch in batches(facts(count), 10_000):
            await ledger.append(batch)
    os.sync()


async def waits_at_a_steady_rate(folder: Path) -> list[float]:
    """Seconds from when an append was due until it is durable, on a ledger that is not new."""
    await filled(folder, SINGLE)
    running = []
    async with open_ledger(folder, TYPES) as ledger:
        coming = list(facts(RATE * SECONDS))
        began = time.perf_counter()
        for number, fact in enumerate(coming):
            due = began + number / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            running.append(asyncio.create_task(appended(ledger, fact, due)))
        return list(await asyncio.gather(*running))


def syncs_at_a_steady_rate(path: Path) -> list[float]:
    """Seconds of each write that is made durable with nothing but the disk, at the same rate for a quarter of the time:
    no append on it can be quicker, and one that comes while another is written waits for both."""
    took = []
    with path.open("wb", buffering=0) as file:
        began = time.perf_counter()
        for number in range(RATE * SECONDS // 4):
            time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            started = time.perf_counter()
            file.write(b"x" * 300)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - started)
    return took


def p99(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=100)[98]


async def appended(ledger: SqliteLedger, fact: Fact, due: float) -> float:
    await ledger.append([fact])
    return time.perf_counter() - due


async def replayed(folder: Path) -> float:
    """Seconds from the file to the folded state, as at a start of the service."""
    await filled(folder, HISTORY)
    async with open_ledger(folder, TYPES) as ledger:
        began = time.perf_counter()
        state = folded(ledger.read())
        seconds = time.perf_counter() - began
    assert sum(seen.count for seen in state.values()) == HISTORY
    return seconds


LOOKS = {
    "the newest": Wanted(),
    "of one subject": Wanted(subject=f"deploy:{7919 % SUBJECTS}"),
    "of a type that it has none of": Wanted(type="nothing.of.the.kind"),
    "since an instant": Wanted(since=START + HISTORY // 2, newest=False),
}
"""What the ledger's page asks for: the worst filter looks through as many rows as one look may."""


async def looked(folder: Path, wanted: Wanted) -> float:
    """Seconds for one page of the ledger, as the console and the API ask for it."""
    async with open_ledger(folder, TYPES) as ledger:
        began = time.perf_counter()
        ledger.look(wanted)
        return time.perf_counter() - began


class Seen:
    """What the fold keeps of a subject."""

    __slots__ = ("count", "last", "outcome")

    def __init__(self) -> None:
        self.count, self.last, self.outcome = 0, 0, ""


def folded(history: Iterable[Recorded]) -> dict[str, Seen]:
    """By the fact's type into state by subject, as the engine folds."""
    state: dict[str, Seen] = {}
    for recorded in history:
        fact = recorded.fact
        seen = state.get(fact.subject)
        if seen is None:
            seen = state[fact.subject] = Seen()
        seen.count += 1
        seen.last = recorded.seq
        FOLDS[type(fact.data)](seen, fact.data)
    return state


def _started(seen: Seen, _data: Data) -> None:
    seen.outcome = "running"


def _finished(seen: Seen, data: Data) -> None:
    assert isinstance(data, Finished)
    seen.outcome = data.outcome


FOLDS: dict[type[Data], Callable[[Seen, Data], None]] = {Started: _started, Finished: _finished}
