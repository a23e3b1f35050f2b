"""A small world for story tests: the real engine and decider rules, a clock moved by hand, a ledger in memory."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from opsguide.app import CHAPTERS, build_engine
from opsguide.guide.adoption import Adopt
from opsguide.guide.bindings import Bindings, read_bindings
from opsguide.guide.promise import Coverage, Promise, Reading
from opsguide.guide.values import AnyValues
from opsguide.kernel.clock import Clock, Instant, after, parse_instant
from opsguide.kernel.engine import Batch
from opsguide.kernel.errors import LedgerUnwritable, Refused
from opsguide.kernel.facts import Data, Fact, Recorded
from opsguide.kernel.intent import Intent, Outcome
from opsguide.kernel.ledger import GENESIS, Head, Row, Verified, encode, link
from opsguide.kernel.look import Found, Wanted
from opsguide.kernel.part import Command, Refusal
from opsguide.kernel.promise import Control, Keeper, Span
from opsguide.kernel.standing import Standing
from opsguide.service.standings import standings
from opsguide.storage.verify import verify

T = TypeVar("T")
START = parse_instant("2026-11-23T03:00:00Z")


class HandClock:
    """A clock that only moves when told."""

    def __init__(self, now: Instant = START) -> None:
        self._now = now

    def now(self) -> Instant:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now = after(self._now, seconds)


class Remembered(Generic[T]):
    """A small table in memory that outlives a service."""

    def __init__(self, rows: Mapping[str, T] | None = None) -> None:
        self.rows: dict[str, T] = dict(rows or {})

    def load(self) -> dict[str, T]:
        return dict(self.rows)

    def save(self, rows: Mapping[str, T]) -> None:
        self.rows = dict(rows)


def chained(facts: Sequence[Recorded]) -> Iterator[Row]:
    """The rows that a ledger on disk would hold; personal data is left out, as if none were there."""
    prev = GENESIS
    for one in facts:
        body = encode(one.fact)
        row = Row(one.seq, prev, link(prev, body), body)
        yield row
        prev = row.hash


class MemoryLedger:
    """The ledger's contract in memory, for tests of what stands on it. `full` makes it unwritable."""

    def __init__(self) -> None:
        self.rows: list[Recorded] = []
        self.full = False
        self.scanned = 1_000_000
        self._hashes = [GENESIS]

    @property
    def head(self) -> Head:
        return Head(seq=len(self.rows), at=self.rows[-1].fact.at if self.rows else 0)

    async def append(self, facts: Sequence[Fact]) -> list[Recorded]:
        if self.full:
            raise LedgerUnwritable("the disk is full", hint="free some space")
        recorded = [Recorded(seq, fact) for seq, fact in enumerate(facts, len(self.rows) + 1)]
        self.rows.extend(recorded)
        return recorded

    def hash_at(self, seq: int) -> bytes:
        while len(self._hashes) <= seq:
            fact = self.rows[len(self._hashes) - 1].fact
            self._hashes.append(link(self._hashes[-1], encode(fact)))
        return self._hashes[seq]

    def look(self, wanted: Wanted, upto: int | None = None) -> Found:
        rows = self.rows[:upto] if not wanted.newest else self.rows[:upto][::-1]
        beyond = wanted.beyond
        left = [r for r in rows if beyond is None or (r.seq < beyond if wanted.newest else r.seq > beyond)]
        seen = left[: self.scanned]
        found = [row for row in seen if wanted.fits(row)]
        if len(found) > wanted.limit:
            return Found(tuple(found[: wanted.limit]), found[wanted.limit - 1].seq)
        return Found(tuple(found), seen[-1].seq if len(seen) < len(left) else None)

    def verify(self) -> Verified:
        proof = verify(chained(self.rows))
        return Verified(proof.head, proof.personal, proof.erased)

    def read(
        self, after: int = 0, *, subject: str | None = None, upto: int | None = None
    ) -> Iterator[Recorded]:
        for row in self.rows[after:upto]:
            if subject is None or row.fact.subject == subject:
                yield row


class World:
    """The engine alone, told the time: what happens is returned and kept in `history`."""

    def __init__(self, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock()
        self.engine = build_engine()
        self.history: list[Recorded] = []

    def adopt(self, promises: Sequence[Promise], bindings: str = "") -> list[Data]:
        """Put a guide of these promises in force, with `opsguide.toml` text for bindings."""
        bound, wrong = read_bindings(bindings)
        assert bound is not None, wrong
        return self.do(
            Adopt(
                text=f"# Guide {len(self.history)}\n",
                reading=a_reading(promises),
                bindings=bound,
                bindings_text=bindings,
            )
        )

    def do(self, command: Command, actor: str = "test") -> list[Data]:
        """What follows from a command. Raises Refused."""
        batch = self.engine.run(command, actor=actor, now=self.clock.now())
        if isinstance(batch, Refusal):
            raise Refused(batch.what, reason=batch.reason)
        return self._keep(batch)

    def pass_time(self, seconds: float) -> list[Data]:
        """Let time go by, deciding at every instant at which something is due."""
        end, happened = after(self.clock.now(), seconds), list[Data]()
        while True:
            wake = self.engine.wake
            now = self.clock.now()
            step = end if wake is None or wake > end else max(wake, now + 1)
            self.clock.advance((step - now) / 1000)
            happened += self._keep(self.engine.tick(self.clock.now()))
            if self.clock.now() >= end:
                return happened

    def deliver(self, result: str = "done") -> list[Intent]:
        """Attempt every deed that is due now; all end alike."""
        attempted = [(p.intent, p.attempts + 1) for p in self.engine.outbox.due(self.clock.now())]
        for intent, attempt in attempted:
            outcome = Outcome(
                intent.key, attempt, "done" if result == "done" else "failed", "told by the test"
            )
            self.record(outcome)
        return [intent for intent, _ in attempted]

    def record(self, outcome: Outcome) -> list[Data]:
        """What follows from what came of a page."""
        subject = f"incident:{outcome.key.split('/')[1]}"
        return self._keep(self.engine.record(outcome, subject=subject, now=self.clock.now()))

    def _keep(self, batch: Batch) -> list[Data]:
        self.history.extend(batch.recorded)
        return [fact.data for fact in batch.facts]

    def standing(self, promise: str, at: Instant | None = None) -> Standing:
        return standings(self.engine, CHAPTERS, self.clock.now() if at is None else at)[promise]

    def restart(self) -> "World":
        """The same history folded into a new engine, as after kill -9."""
        other = World(self.clock)
        other.engine.replay(self.history)
        other.history = list(self.history)
        return other


def a_promise(
    name: str,
    values: AnyValues,
    *,
    keeper: Keeper = "monitoring",
    control: Control = "threshold",
    line: int = 1,
) -> Promise:
    """A promise with this id, standing in one line."""
    return Promise(
        id=name,
        keeper=keeper,
        section="Test",
        control=control,
        span=Span(line, line),
        text=name,
        values=values,
    )


def a_reading(promises: Sequence[Promise]) -> Reading:
    return Reading(
        reader="test",
        title="Guide",
        language="en",
        promises=tuple(promises),
        gaps=(),
        findings=(),
        diagnostics=(),
        statements=(),
        coverage=Coverage(len(promises), len(promises), 0, 0),
    )


_: type[Clock] = HandClock
__all__ = ["START", "Bindings", "HandClock", "MemoryLedger", "World", "a_promise", "a_reading"]
