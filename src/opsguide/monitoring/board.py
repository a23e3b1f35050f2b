"""What can be looked at of the guide's signals: each with its newest value, its course, and any stretch of time."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from ..kernel.clock import Clock, Instant
from ..kernel.errors import EngineAway, QueryError
from ..kernel.ports import Matrix, Series, Telemetry, Vector
from .catalogue import NamedSignal, Use, catalogue
from .commands import Unmeasured
from .databases.watcher import Watcher
from .lab.edge.laboratory import Laboratory
from .looking import Looker
from .observing import RECORDED, Live, answers_of
from .probes.edge.probing import Probing
from .rules import parts
from .state import State

log = logging.getLogger(__name__)

RECORDED_FROM_MS = 6 * 3_600_000
"""Longer stretches show what was recorded of a signal, the worst of each step: raw samples are gone sooner."""

TREND_STEP_MS = 60_000
TREND_STEPS = 60
"""A trend is the last hour, a point a minute."""

PAST_KEPT = 64

PATIENCE_SECONDS = 3.0
"""So long a page waits for an engine; then it says so instead of what it would have shown."""

EMPTY = Matrix(())


class Measured(Struct, frozen=True):
    """A signal as it is now. `why` and `problem` say why there is no value, or only a `partial` one.

    `at` is when it was looked at. `silent_since` is since when the ledger has it without a value, `alarmed` whether
    somebody was told of that.
    """

    named: NamedSignal
    value: float | None
    at: Instant | None
    why: Unmeasured | None = None
    problem: str = ""
    silent_since: Instant | None = None
    alarmed: bool = False


class Trend(Struct, frozen=True):
    """The recent course of a signal: one line, the worst series at each instant. Gaps are left out."""

    start: Instant
    end: Instant
    times: Sequence[Instant]
    values: Sequence[float]


class _Past(Struct):
    """What an expression gave, the worst of all series, from `start` until `until`."""

    start: Instant
    until: Instant
    values: dict[Instant, float]


@dataclass(kw_only=True)
class Board:
    """`live` are the newest observations by promise (`Watch.live`), `watchers` the watched databases by name.

    `looker` knows which instrumentations there are, `probing` how the bound probes are, `lab` how fast its pages are.
    """

    state: Callable[[], State]
    telemetry: Telemetry
    looker: Looker
    live: Mapping[str, Live]
    clock: Clock
    watchers: Mapping[str, Watcher] = field(default_factory=dict)
    probing: Probing | None = None
    lab: Laboratory | None = None
    _trends: dict[str, dict[Instant, float]] = field(default_factory=dict)
    _until: dict[str, Instant] = field(default_factory=dict)
    _past: dict[tuple[str, int], _Past] = field(default_factory=dict)

    def named(self, state: State | None = None) -> tuple[NamedSignal, ...]:
        """Every signal that the guide names, in its order."""
        state = self.state() if state is None else state
        return catalogue(state, self.looker.seen)

    async def signals(self, state: State | None = None, at: Instant | None = None) -> tuple[Measured, ...]:
        """The same with their values; as of `at` with the state of then, else now."""
        await self._look()
        state = self.state() if state is None else state
        named = self.named(state)
        known = {one.name: looked for one in named if at is None and (looked := self.newest(one)) is not None}
        asked = [one for one in named if one.name not in known]
        known |= {
            one.named.name: one for one in await self._asked(asked, self.clock.now() if at is None else at)
        }
        return tuple(_silenced(known[one.name], state) for one in named)

    async def _look(self) -> None:
        """Learns which instrumentations there are; what was known stands while the engine cannot say."""
        if self.live and self.telemetry.answering.problem:
            return  # the watch asks on its tick, and no page waits for what just did not answer
        with suppress(EngineAway):
            async with patience():
                await self.looker.refresh(parts(self.state()), self.clock.now())

    async def find(self, name: str, state: State | None = None, at: Instant | None = None) -> Measured | None:
        return next((one for one in await self.signals(state, at) if one.named.name == name), None)

    def newest(self, named: NamedSignal) -> Measured | None:
        """A signal as the watch last saw it; None where no rule evaluates it."""
        looks = [self.live[use.promise.id] for use in named.uses if use.promise.id in self.live]
        if not looks:
            return None
        newest = max(looks, key=lambda look: look.at)
        why = newest.why if newest.value is None or newest.why == "partial" else None
        return Measured(named, newest.value, newest.at, why, newest.problem)

    async def _asked(self, named: Sequence[NamedSignal], at: Instant) -> list[Measured]:
        """Signals that no rule evaluates (an uptime, a promise that lacks another binding) are asked for themselves."""
        own = [(one.signal, one.signal.expression) for one in named if one.signal.own]
        there = [(one.signal, one.signal.expression) for one in named if not one.signal.own]
        answers = await answers_of(self.telemetry, own, at)
        try:
            async with patience():
                answers |= await answers_of(self.telemetry, there, at)
        except EngineAway as away:
            answers |= {(False, text): away for _, text in there if text is not None}
        return [
            _measured(one, answers.get((one.signal.own, one.signal.expression or "")), at) for one in named
        ]

    def _engine(self, named: NamedSignal) -> Telemetry:
        """Which answers for a signal."""
        return self.telemetry.own if named.signal.own else self.telemetry

    async def course(self, named: NamedSignal, start: Instant, end: Instant, step_ms: int) -> Matrix:
        """A signal over a stretch of time: every series while it is short, else what was recorded of it, and so while
        the engine that has it is away. Raises QueryError.
        """
        expression = named.signal.expression
        recorded = self._recorded(named, max(step_ms, 60_000))
        engine = self._engine(named)
        is_long, away = end - start > RECORDED_FROM_MS, engine.answering.problem
        if recorded is not None and (is_long or away or await _is_one(engine, expression, end)):
            found = await self.telemetry.own.ask_range(recorded, start, end, step_ms)
            if away:
                return Matrix(
                    found.series, (*found.warnings, f"only what opsguide recorded is shown: {away}")
                )
            return await self._completed(named, found, (start, end, step_ms))
        return EMPTY if expression is None else await engine.ask_range(expression, start, end, step_ms)

    async def _completed(
        self, named: NamedSignal, found: Matrix, span: tuple[Instant, Instant, int]
    ) -> Matrix:
        """What was recorded, and before it what the expression gives: recording began with this version, or with
        this promise, and samples may be older."""
        start, end, step_ms = span
        first = min((one.times[0] for one in found.series if one.times), default=end + step_ms)
        if named.signal.expression is None or first <= start + 2 * step_ms:
            return found
        try:
            older = await self._worst(named, start, first - step_ms, step_ms)
        except EngineAway as away:
            return Matrix(found.series, (*found.warnings, away.what))
        if not older:
            return found
        one = found.series[0] if found.series else Series({}, [], [])
        whole = Series(one.labels, [*older, *one.times], [*older.values(), *one.values])
        return Matrix((whole,), found.warnings)

    async def _worst(
        self, named: NamedSignal, start: Instant, end: Instant, step_ms: int
    ) -> dict[Instant, float]:
        """The worst series of the expression at each instant. The past stays as it is, so it is asked for once."""
        assert named.signal.expression is not None
        key = (named.signal.expression, step_ms)
        past = self._past.pop(key, None)
        if past is None or start < past.start:
            past = _Past(start, start - step_ms, {})
        self._past[key] = past
        while len(self._past) > PAST_KEPT:
            del self._past[next(iter(self._past))]
        pick = min if _is_floor(named.uses[0]) else max
        older = await self._engine(named).ask_range(
            named.signal.expression, past.until + step_ms, end, step_ms
        )
        for one in older.series:
            for at, value in zip(one.times, one.values, strict=True):
                if math.isfinite(value):
                    past.values[at] = pick(value, past.values.get(at, value))
        past.until = max(past.until, end)
        past.values = {at: past.values[at] for at in sorted(past.values) if at >= start}
        return {at: value for at, value in past.values.items() if at <= end}

    def _recorded(self, named: NamedSignal, step_ms: int) -> str | None:
        """The worst in each step of what the watch recorded; None for a signal that it does not observe."""
        for use in named.uses:
            if use.promise.id in self.live:
                name = use.promise.id.replace("\\", "\\\\").replace('"', '\\"')
                worst = "min" if _is_floor(use) else "max"
                return f'{worst}_over_time({RECORDED}{{promise="{name}"}}[{step_ms // 1000}s])'
        return None

    def _followed(self, named: NamedSignal) -> str | None:
        """What a trend asks for: what was recorded, which is cheap, else the signal's own expression."""
        return self._recorded(named, TREND_STEP_MS) or named.signal.expression

    def trend(self, expression: str) -> Trend | None:
        """The last hour as far as it is known; None while it was not asked for yet, or nothing was measured."""
        points = self._trends.get(expression)
        if not points:
            return None
        end = self.clock.now() // TREND_STEP_MS * TREND_STEP_MS
        start = end - TREND_STEPS * TREND_STEP_MS
        times = [at for at in points if at >= start]
        return Trend(start, end, times, [points[at] for at in times]) if times else None

    def trends(self) -> Mapping[str, tuple[Use, NamedSignal, Trend]]:
        """Promise id → the recent course of its signal."""
        return {
            use.promise.id: (use, named, trend)
            for named in self.named()
            if (followed := self._followed(named)) is not None and (trend := self.trend(followed)) is not None
            for use in named.uses
        }

    async def run(self) -> None:
        """Follow every signal, a point a minute; until cancelled."""
        while True:
            await self.follow()
            now = self.clock.now()
            await asyncio.sleep((TREND_STEP_MS - now % TREND_STEP_MS) / 1000)

    async def follow(self) -> None:
        """Ask for what is newer than the last point of each signal; the whole hour for one that is new."""
        await self._look()
        named = self.named()
        wanted = {followed: one for one in named if (followed := self._followed(one)) is not None}
        for gone in self._trends.keys() - wanted.keys():
            del self._trends[gone]
            self._until.pop(gone, None)
        end = self.clock.now() // TREND_STEP_MS * TREND_STEP_MS
        for expression, one in sorted(wanted.items()):
            await self._extend(expression, one, end)

    async def _extend(self, expression: str, named: NamedSignal, end: Instant) -> None:
        oldest = end - TREND_STEPS * TREND_STEP_MS
        start = max(oldest, self._until.get(expression, oldest - TREND_STEP_MS) + TREND_STEP_MS)
        points = self._trends.setdefault(expression, {})
        try:
            recorded = expression != named.signal.expression
            engine = self.telemetry.own if recorded else self._engine(named)
            found = await engine.ask_range(expression, start, end, TREND_STEP_MS)
            if not points and recorded:
                found = await self._completed(named, found, (start, end, TREND_STEP_MS))
        except QueryError as error:
            log.debug("no trend of %s: %s", expression, error.what)
            return
        self._until[expression] = end
        for at in [at for at in points if at < oldest]:
            del points[at]
        for one in found.series:
            for at, value in zip(one.times, one.values, strict=True):
                if math.isfinite(value):
                    points[at] = max(value, points.get(at, -math.inf))


@asynccontextmanager
async def patience() -> AsyncIterator[None]:
    """What a page waits for. Raises EngineAway when it takes too long."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield
    except TimeoutError:
        hint = "load the page again: what was asked goes on being answered for a while"
        raise EngineAway(f"the engine did not answer within {PATIENCE_SECONDS:g} s", hint=hint) from None


async def _is_one(engine: Telemetry, expression: str | None, at: Instant) -> bool:
    """One series says no more than what was recorded, and what was recorded is asked for faster."""
    if expression is None:
        return True
    (answer,) = await engine.ask([expression], at)
    if isinstance(answer, QueryError):
        raise answer
    return len(answer.samples) <= 1


def _measured(named: NamedSignal, answer: Vector | QueryError | None, at: Instant) -> Measured:
    """What the engine answered of a signal; None where there is nothing to ask."""
    if answer is None:
        why: Unmeasured = "undefined" if named.signal.undefined else "no_data"
        return Measured(named, None, None, why, named.signal.problem)
    if isinstance(answer, EngineAway):
        return Measured(named, None, at, "stale", answer.what)
    if isinstance(answer, QueryError):
        return Measured(named, None, at, "query_error", f"the query failed: {answer.what}")
    values = [one.value for one in answer.samples if math.isfinite(one.value)]
    if not values:
        return Measured(named, None, at, "no_data", "no samples in the last minutes")
    return Measured(named, max(values), at)


def _silenced(measured: Measured, state: State) -> Measured:
    """With what the ledger says of a signal that has no value."""
    silent = [use.promise.id for use in measured.named.uses if use.promise.id in state.silent]
    if measured.why is None or not silent:
        return measured
    since = min(state.silent[promise].since for promise in silent)
    alarmed = any(promise in promises for promises in state.alarms.values() for promise in silent)
    return replace(measured, silent_since=since, alarmed=alarmed)


def _is_floor(use: Use) -> bool:
    """Is it broken below its bound? An alert's bound says when it fires, a target's how it should be."""
    return use.bound is not None and (use.bound.op in (">", ">=")) != (use.role == "alert")
