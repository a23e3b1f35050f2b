"""The ledger read back: how everything stood at an instant, and why."""

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path

from ..guide.promise import Promise
from ..kernel.clock import Instant
from ..kernel.engine import Engine
from ..kernel.errors import OpsguideError
from ..kernel.facts import Recorded
from ..kernel.ledger import Head
from ..kernel.standing import Standing
from ..service.standings import standings
from ..storage.reader import open_readonly
from .core import CHAPTERS, build_engine, fact_types

STEP = 20_000
"""So many facts lie between two checkpoints at first: folding them takes about a tenth of a second."""

MOST_CHECKPOINTS = 32
"""Beyond that every second one is dropped, and the next ones lie twice as far apart."""

MOST_KEPT = 8
"""So many instants that were asked for stay at hand: the pages of one look back ask for the same one."""


class Past:
    """Engines as they were at past instants, for a running service. Threads may ask at once; they wait for each other.

    `read` gives what is durable after a sequence number. The engines are to look at, never to run.
    """

    def __init__(self, read: Callable[[int], Iterator[Recorded]]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._step = STEP
        self._checkpoints: list[Engine] = [build_engine()]
        self._kept: OrderedDict[tuple[Instant, int], Engine] = OrderedDict()

    def at(self, instant: Instant, head: Head) -> Engine:
        """The engine folded from what was recorded up to an instant. `head` is where the ledger ends now."""
        # What is recorded from now on changes only the instants that are not over.
        key = (instant, head.seq if instant >= head.at else 0)
        with self._lock:
            found = self._kept.pop(key, None) or self._folded(instant)
            self._kept[key] = found
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return found

    def _folded(self, instant: Instant) -> Engine:
        place = bisect_right(self._checkpoints, instant, key=lambda engine: engine.at) - 1
        engine = self._checkpoints[place].fork()
        last = self._checkpoints[-1].seq
        for recorded in until(self._read(engine.seq), instant):
            engine.replay((recorded,))
            if engine.seq >= last + self._step:
                self._checkpoints.append(engine.fork())
                last = engine.seq
                if len(self._checkpoints) > MOST_CHECKPOINTS:
                    self._checkpoints = self._checkpoints[::2]
                    self._step *= 2
        return engine


def engine_at(data: Path, at: Instant) -> Engine:
    """The engine folded from what was recorded up to an instant. Reading only; the service may be running."""
    engine = build_engine()
    engine.replay(until(open_readonly(data).read(fact_types()), at))
    return engine


def until(history: Iterator[Recorded], at: Instant) -> Iterator[Recorded]:
    """What was recorded up to an instant."""
    for recorded in history:
        if recorded.fact.at > at:
            return
        yield recorded


def guide_at(data: Path, at: Instant) -> tuple[Engine, list[tuple[Promise, Standing]]]:
    """Every promise of the guide in force at an instant with its standing then. Raises OpsguideError before any."""
    engine = engine_at(data, at)
    current = engine.state("guide").current
    if current is None:
        raise OpsguideError(
            "no guide was in force then",
            where=str(data),
            hint=f"opsguide ledger show --data {data} lists what is recorded",
        )
    found = standings(engine, CHAPTERS, at)
    return engine, [(promise, found[promise.id]) for promise in current.adopted.reading.promises]


def about(data: Path, subjects: set[str], at: Instant) -> list[Recorded]:
    """What is recorded about some subjects, oldest first."""
    reader, types = open_readonly(data), fact_types()
    found = [one for subject in sorted(subjects) for one in reader.read_about(types, subject)]
    return sorted((one for one in found if one.fact.at <= at), key=lambda one: one.seq)
