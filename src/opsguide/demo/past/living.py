"""The two weeks, lived through by the real core: what the edge would have reported then, told to the engine then.

Only the clock and the world are made up. Severities, clocks, pages, evidence and standings are decided by the same
rules as in the running service, and stand on the same ledger.
"""

import math
from collections.abc import Awaitable, Callable, Iterator, Sequence

from msgspec import Struct

from ...guide.adoption import Adopt
from ...guide.signing import Sign
from ...incidents.commands import Acknowledge, AddNote
from ...incidents.facts import IncidentOpened
from ...kernel.clock import Instant, after
from ...kernel.engine import Batch, Engine
from ...kernel.facts import Fact
from ...kernel.intent import Outcome
from ...kernel.part import Command, Refusal
from ...monitoring.commands import Observation, Observe, Probed
from ...monitoring.signals import Presence, signal_of
from ...monitoring.state import State as Monitoring
from ...telemetry.embedded import Embedded
from .figures import SPACING_SECONDS
from .story import DOWN, Story, Trouble

ACTOR = "demo"
"""Who reports all this: the ledger tells it from what opsguide saw itself."""

PROBED_SECONDS = 300
LOOKED_SECONDS = 900
CLOSELY_SECONDS = 30
AROUND_SECONDS = 300
"""Probes every five minutes, signals every quarter of an hour; both every half minute around a trouble."""

ENVIRONMENT = "production"
DELIVERED_SECONDS = 0.4
FACTS_AT_ONCE = 2_000

Append = Callable[[Sequence[Fact]], Awaitable[object]]


class Seen(Struct, frozen=True):
    """A promise's signal over the two weeks: instants, and the value then."""

    promise: str
    values: dict[Instant, float]


class Life:
    """One engine and the time it has reached."""

    def __init__(self, engine: Engine, story: Story, append: Append) -> None:
        self._engine, self._story, self._append = engine, story, append
        self._waiting: list[Fact] = []
        self._people: list[tuple[Instant, Command, str]] = [
            (one.at, Sign(one.promise, one.by, one.note), one.by) for one in story.signed
        ]
        looks = (_all(story, LOOKED_SECONDS), *_closely(story))
        self._looked = frozenset(at for start, end, step in looks for at in range(start, end, step))

    async def live(
        self, guides: Sequence[tuple[Instant, Adopt]], telemetry: Embedded, present: Presence
    ) -> int:
        """From the adoption of the first guide to now. The number of facts that came of it.

        `present` are the instrumentations that the shop had then.
        """
        first, *later = guides
        self._do(first[1], ACTOR, first[0])
        seen = list(self._measured(telemetry, present))
        before = 0
        probes = range(*_all(self._story, PROBED_SECONDS))
        for at in sorted(self._looked.union(probes)):
            while later and later[0][0] <= at:
                when, adopt = later.pop(0)
                self._do(adopt, ACTOR, when)
            self._pass_to(at)
            self._report(seen, at)
            if len(self._waiting) >= FACTS_AT_ONCE:
                before += await self._flush()
        return before + await self._flush()

    async def _flush(self) -> int:
        facts, self._waiting = self._waiting, []
        await self._append(facts)
        return len(facts)

    def _measured(self, telemetry: Embedded, present: Presence) -> Iterator[Seen]:
        """Every promise's signal, asked of telemetry as the watch asks it."""
        state: Monitoring = self._engine.state("monitoring")
        asked: dict[str, dict[Instant, float]] = {}
        for promise in state.promises.values():
            signal = signal_of(promise, state.bindings, ENVIRONMENT, SPACING_SECONDS, (present, {}))
            if promise.id in state.missing or signal.expression is None:
                continue
            # Several promises ask for the same: a target, its alert level, a rule.
            if signal.expression not in asked:
                asked[signal.expression] = self._course(telemetry, signal.expression)
            yield Seen(promise.id, asked[signal.expression])

    def _course(self, telemetry: Embedded, expression: str) -> dict[Instant, float]:
        values: dict[Instant, float] = {}
        for start, end, step in (_all(self._story, LOOKED_SECONDS), *_closely(self._story)):
            for series in telemetry.range(expression, start, end - 1, step):
                for at, value in zip(series.times, series.values, strict=True):
                    if math.isfinite(value):
                        values[at] = max(value, values.get(at, value))
        return values

    def _report(self, seen: Sequence[Seen], at: Instant) -> None:
        down = next((t for t in self._story.troubles if t.fault == DOWN and t.covers(at)), None)
        error = "the connection was refused" if down is not None else ""
        self._do(Probed(ENVIRONMENT, down is None, 0.0 if down else 0.004, error), ACTOR, at)
        if at not in self._looked:
            return
        without = f"no metrics: {error}" if error else "no traffic to measure"
        observed = tuple(
            Observation(one.promise, one.values[at])
            if not down and at in one.values
            else Observation(one.promise, None, without, "stale" if down else "no_traffic")
            for one in seen
        )
        self._do(Observe(observed, LOOKED_SECONDS), ACTOR, at)

    def _pass_to(self, at: Instant) -> None:
        """What falls due until then: clocks, pages and their delivery, people who answer."""
        while True:
            due = [
                when
                for when in (self._engine.wake, self._next_page(), self._next_person())
                if when is not None
            ]
            now = max(min(due, default=at), self._engine.at)
            if now >= at:
                return
            self._deliver(now)
            while self._people and self._people[0][0] <= now:
                when, command, by = self._people.pop(0)
                self._do(command, by, when)
            self._keep(self._engine.tick(now))

    def _next_page(self) -> Instant | None:
        return min(
            (after(p.due, DELIVERED_SECONDS) for p in self._engine.outbox.waiting.values()), default=None
        )

    def _next_person(self) -> Instant | None:
        return self._people[0][0] if self._people else None

    def _deliver(self, now: Instant) -> None:
        for pending in list(self._engine.outbox.due(after(now, -DELIVERED_SECONDS))):
            outcome = Outcome(
                pending.intent.key, pending.attempts + 1, "done", "delivered to the demo's phone"
            )
            incident = pending.intent.args.get("incident")
            subject = f"incident:{incident}" if incident else f"intent:{pending.intent.key}"
            self._keep(self._engine.record(outcome, subject=subject, now=now))

    def _do(self, command: Command, actor: str, now: Instant) -> None:
        batch = self._engine.run(command, actor=actor, now=now)
        if not isinstance(batch, Refusal):
            self._keep(batch)

    def _keep(self, batch: Batch) -> None:
        self._waiting += batch.facts
        for fact in batch.facts:
            if isinstance(fact.data, IncidentOpened):
                self._answer(fact.data.incident, fact.at)

    def _answer(self, incident: str, opened: Instant) -> None:
        """Somebody will acknowledge it, and write down what it was."""
        trouble = self._trouble(opened)
        if trouble is None:
            return
        acknowledged = after(opened, trouble.answered)
        self._people.append((acknowledged, Acknowledge(incident, trouble.by), trouble.by))
        noted = max(after(trouble.end, 300), after(acknowledged, 300))
        self._people.append((noted, AddNote(incident, trouble.by, trouble.note), trouble.by))
        self._people.sort(key=lambda one: one[0])

    def _trouble(self, at: Instant) -> Trouble | None:
        return next((t for t in self._story.troubles if t.start <= at <= after(t.end, AROUND_SECONDS)), None)


def _all(story: Story, seconds: int) -> tuple[Instant, Instant, int]:
    """Start, end (which is not part of it) and step in ms."""
    step = seconds * 1000
    return story.start + step, story.end, step


def _closely(story: Story) -> Iterator[tuple[Instant, Instant, int]]:
    """What surrounds each trouble."""
    for trouble in story.troubles:
        yield (
            after(trouble.start, -AROUND_SECONDS),
            after(trouble.end, AROUND_SECONDS),
            CLOSELY_SECONDS * 1000,
        )
