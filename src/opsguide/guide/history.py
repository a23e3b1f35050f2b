"""How every promise stood over time: one pass over the ledger, beside the engine, for all of them at once.

    recorder = Recorder(CHAPTERS)
    engine = build_engine(recorder)
    engine.replay(ledger.read())
    recorder.history(engine, promise, start, end)       the stints of a period
    totals(stints, start)                                      seconds in each standing

A standing changes because a fact was recorded, or because time went by (evidence ages, a clock is half spent). Of a
fact, the chapter says which promises it may move; of time, each standing says until when it holds. Nothing else is
asked again, so that a fact costs the same whether the guide has ten promises or three hundred.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from ..kernel.clock import Instant, seconds_between
from ..kernel.engine import Engine
from ..kernel.facts import Recorded
from ..kernel.standing import EvidenceRecorded, Standing, StandingKind
from .adoption import GuideAdopted
from .chapter import Chapter, Moved, moves_none
from .promise import Promise

MOST_TURNS = 5_000
"""So many turns of one promise are remembered by default; older ones are dropped, and the ledger has them."""


class Turn(Struct, frozen=True, gc=False):
    """From `at` on a promise stands so; None: the guide does not promise it. `version` is the guide's."""

    at: Instant
    standing: Standing | None
    version: int


class Stint(Struct, frozen=True):
    """A promise stood so from `start` until just before `end`. `standing` is as it was when the stint began.

    `version` is the guide's version in force when it began; a changed limit or wording begins a new stint.
    """

    start: Instant
    end: Instant
    standing: Standing
    version: int

    @property
    def kind(self) -> StandingKind:
        return self.standing.kind

    @property
    def seconds(self) -> float:
        return seconds_between(self.start, self.end)


class Totals(Struct, frozen=True):
    """Seconds in each standing that occurred, of `seconds` in all; `breaks` counts how often it turned to broken."""

    seconds: float
    by_kind: Mapping[StandingKind, float]
    breaks: int

    def of(self, kind: StandingKind) -> float:
        return self.by_kind.get(kind, 0.0)


class Recorder:
    """The engine's observer that remembers the turns of every promise, also of those that left the guide.

    `most` bounds what is remembered of one promise; None keeps all.
    """

    def __init__(self, chapters: Sequence[Chapter], most: int | None = MOST_TURNS) -> None:
        self._chapters = {chapter.name: chapter for chapter in chapters}
        self._most = most
        self._movers: dict[type, list[tuple[str, Moved | None]]] = {}
        for chapter in chapters:
            for cls in chapter.folds:
                mover = chapter.moves.get(cls)
                if mover is not moves_none:
                    self._movers.setdefault(cls, []).append((chapter.name, mover))
        self._promises: dict[str, Promise] = {}
        self._kept: dict[str, dict[str, Promise]] = {}
        self._version = 0
        self._turns: dict[str, list[Turn]] = {}
        self._until: dict[str, Instant] = {}
        self._queued: dict[str, Instant] = {}
        self._due: list[tuple[Instant, str]] = []

    # What the engine calls

    def before(self, engine: Engine, recorded: Recorded) -> None:
        if self._due and self._due[0][0] < recorded.fact.at:
            self._age(engine, recorded.fact.at)

    def after(self, engine: Engine, recorded: Recorded) -> None:
        data = recorded.fact.data
        if isinstance(data, GuideAdopted):
            self._adopted(engine, recorded.fact.at, data)
            return
        if isinstance(data, EvidenceRecorded):
            about = self._promises.get(data.promise)
            if about is not None:
                self._ask(engine, about, recorded.fact.at)
                return
        for name, mover in self._movers.get(type(data), ()):
            for promise in self._moved(name, mover, engine, recorded):
                self._ask(engine, promise, recorded.fact.at)

    def _moved(self, name: str, mover: Moved | None, engine: Engine, recorded: Recorded) -> Iterable[Promise]:
        kept = self._kept.get(name, {})
        if mover is None:
            return kept.values()
        return (kept[promise] for promise in mover(engine.states[name], recorded) if promise in kept)

    # What is asked of it

    def history(self, engine: Engine, promise: str, start: Instant, end: Instant) -> tuple[Stint, ...]:
        """How it stood from `start` until just before `end`, oldest first; empty where it was not promised.

        The time after the last fact counts too, as far as what is known says: `end` is to be no later than now.
        """
        self._age(engine, end)
        return tuple(_clipped(self._turns.get(promise, ()), start, end))

    def promises(self) -> tuple[str, ...]:
        """Every promise that was ever in force, as far as remembered."""
        return tuple(self._turns)

    # How it follows

    def _adopted(self, engine: Engine, at: Instant, adopted: GuideAdopted) -> None:
        before, self._promises = self._promises, {p.id: p for p in adopted.reading.promises}
        self._kept = {}
        for promise in adopted.reading.promises:
            self._kept.setdefault(promise.keeper, {})[promise.id] = promise
        self._version = adopted.version
        for promise_id in before:
            if promise_id not in self._promises:
                self._until.pop(promise_id, None)
                self._turn(promise_id, Turn(at, None, adopted.version))
        for promise in adopted.reading.promises:
            old = before.get(promise.id)
            self._ask(engine, promise, at, reworded=old is not None and old.values != promise.values)

    def _ask(self, engine: Engine, promise: Promise, at: Instant, reworded: bool = False) -> None:
        state = engine.states[promise.keeper]
        standing = self._chapters[promise.keeper].standing(state, promise, at)
        self._expect(promise.id, standing.until)
        turns = self._turns.get(promise.id)
        last = turns[-1].standing if turns else None
        if reworded or last is None or last.kind != standing.kind or last.limit != standing.limit:
            self._turn(promise.id, Turn(at, standing, self._version))

    def _turn(self, promise: str, turn: Turn) -> None:
        turns = self._turns.setdefault(promise, [])
        if turns and turns[-1].at == turn.at:
            turns.pop()  # it lasted no time
            if turns and _alike(turns[-1], turn):
                return
        turns.append(turn)
        if self._most is not None and len(turns) > self._most:
            del turns[: len(turns) - self._most]

    def _expect(self, promise: str, until: Instant | None) -> None:
        """Ask it again after `until`. What comes up too early for that is put back (`_age`), so that evidence that
        is confirmed again and again costs nothing here."""
        if until is None:
            self._until.pop(promise, None)
            return
        self._until[promise] = until
        queued = self._queued.get(promise)
        if queued is None or until < queued:
            self._queue(promise, until)

    def _queue(self, promise: str, until: Instant) -> None:
        self._queued[promise] = until
        heapq.heappush(self._due, (until, promise))

    def _age(self, engine: Engine, now: Instant) -> None:
        """What changes because time goes by until `now`, nothing being recorded."""
        while self._due and self._due[0][0] < now:
            due, promise = heapq.heappop(self._due)
            if self._queued.get(promise) != due:
                continue  # an earlier entry took its place
            del self._queued[promise]
            until = self._until.get(promise)
            if until is None:
                continue
            if until > due:
                self._queue(promise, until)
            else:
                self._ask(engine, self._promises[promise], until + 1)


def _alike(one: Turn, other: Turn) -> bool:
    if one.standing is None or other.standing is None:
        return one.standing is other.standing
    here, there = one.standing, other.standing
    return (one.version, here.kind, here.limit) == (other.version, there.kind, there.limit)


def _clipped(turns: Sequence[Turn], start: Instant, end: Instant) -> Iterator[Stint]:
    for turn, following in pairwise([*turns, None]):
        if turn is None or turn.standing is None:
            continue
        began, ended = max(turn.at, start), end if following is None else min(following.at, end)
        if began < ended:
            yield Stint(began, ended, turn.standing, turn.version)


def totals(stints: Sequence[Stint], start: Instant) -> Totals:
    """How long each standing lasted in all; what was broken already when the period began is no break of its own."""
    by_kind: dict[StandingKind, float] = {}
    breaks = 0
    before: StandingKind | None = stints[0].kind if stints and stints[0].start <= start else None
    for stint in stints:
        by_kind[stint.kind] = by_kind.get(stint.kind, 0.0) + stint.seconds
        breaks += stint.kind == "broken" != before
        before = stint.kind
    return Totals(sum(by_kind.values()), by_kind, breaks)
