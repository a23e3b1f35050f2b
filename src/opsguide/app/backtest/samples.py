"""The course of a signal over weeks: what the watch recorded of it, and where it recorded nothing, what is asked for.

What was recorded is read as it was kept, in milliseconds; asking takes a query a step.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ...guide.adoption import GuideAdopted
from ...guide.bindings import Bindings, every_of, main_of, part_of, public, unbound
from ...guide.promise import Promise
from ...guide.values import Alert, Objective
from ...kernel.clock import Instant
from ...kernel.errors import QueryError
from ...kernel.matching import Matcher, Op
from ...kernel.ports import Sample, Series, Telemetry
from ...monitoring.choosing import sources_of
from ...monitoring.observing import RECORDED
from ...monitoring.scope import Scope, own_scope, remote_scope
from ...monitoring.signals import Presence, Seen, Signal, found, looks, signal_of
from ...monitoring.state import Chosen
from ...telemetry.labels import NAME, Labels
from ...telemetry.points import Points

Times: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[np.float64]
Span: TypeAlias = tuple[Instant, Instant]

STEPS_AT_ONCE = 2_000
GAP_STEPS = 4
"""A value stands for so many of the usual distances; then there is none until the next one."""

DAY_MS = 86_400_000

LOOKS = 25
"""So often, evenly over the time, is looked which metrics there were."""

UNKNOWN_EVERY_MS = 300_000
"""While there is no value, this is said so often."""

ASLEEP_MS = 600_000
"""Where nothing at all was recorded for so long before and after, opsguide did not run."""

NO_DATA, QUIET, ASLEEP = 0, 1, 2
"""Why there was no value: nothing answered, there was nothing to measure, or nobody looked."""

Reasons: TypeAlias = NDArray[np.int8]


class Course(Struct, frozen=True):
    """Values at ascending instants (ms); NaN: there was none. `problem` says why none could be had at all, `why`
    of each instant; None: not looked at."""

    times: Times
    values: Values
    problem: str = ""
    why: Reasons | None = None

    @property
    def reasons(self) -> Reasons:
        return np.full(len(self.times), NO_DATA, np.int8) if self.why is None else self.why


class Kept(Protocol):
    """Where samples are kept: what the embedded engine offers beside the port."""

    def select(self, matchers: Sequence[Matcher], start: Instant, end: Instant) -> list[Points]: ...
    def series(
        self, selectors: Sequence[Sequence[Matcher]], start: Instant, end: Instant
    ) -> list[Labels]: ...
    def range(self, expression: str, start: Instant, end: Instant, step_ms: int) -> tuple[Series, ...]: ...
    @property
    def since(self) -> Instant | None: ...


class InForce(Struct, frozen=True):
    """A guide and from when until when it was in force."""

    adopted: GuideAdopted
    start: Instant
    end: Instant


class History(Struct, frozen=True):
    """The versions that were in force, oldest first, and by which instrumentation the service measures each promise."""

    versions: Sequence[InForce]
    chosen: Mapping[str, Chosen] = {}

    def chosen_for(self, bindings: Bindings) -> Mapping[str, Chosen]:
        """None where metrics come from somewhere else than by the bindings in force."""
        current = self.versions[-1].adopted.bindings if self.versions else None
        same = current is not None and sources_of(current) == sources_of(public(bindings))
        return self.chosen if same else {}


Asking: TypeAlias = tuple[bool, str]
"""An expression, and whether the embedded engine has what it asks for."""

Progress: TypeAlias = Callable[[float, str], None]
"""Told a share of all work from 0 to 1, and what is being done."""


class Samples:
    """Each expression is read once, whichever guides and promises stand on it. `begin` before anything else."""

    def __init__(self, telemetry: Telemetry, kept: Kept, span: Span, step_ms: int, history: History) -> None:
        self._telemetry, self._kept, self._span, self.step_ms = telemetry, kept, span, step_ms
        self.history = history
        self._names: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
        self._present: dict[tuple[bool, Scope], Presence] = {}
        self._courses: dict[tuple[bool, str, str], Course] = {}
        self._grids: dict[tuple[Asking, Instant, Instant], Course] = {}
        self._recorded: Mapping[str, list[Recorders]] = {}
        self._awake: Times = np.empty(0, np.int64)

    async def begin(self) -> None:
        """Look what there is."""
        kept = await asyncio.to_thread(self._kept.series, (), *self._span)
        own = frozenset(dict(labels).get(NAME, "") for labels in kept)
        self._names = (own, self._telemetry.metric_names() - own)
        self._recorded = await self._recorders()
        self._awake = await asyncio.to_thread(self._heard)

    def _heard(self) -> Times:
        """When opsguide itself wrote something down."""
        names, (start, end) = [Matcher(NAME, Op.MATCHES, f"{RECORDED}|probe_success|up")], self._span
        heard = [np.empty(0, np.int64)]
        # Day by day: a year of each target's is more than is read at once.
        for low in range(start, end + 1, DAY_MS):
            points = self._kept.select(names, low, min(low + DAY_MS - 1, end))
            heard += [np.unique(np.concatenate([one.times for one in points]))] if points else []
        return np.concatenate(heard)

    def nothing(self, problem: str) -> Course:
        """The course of what there never was."""
        times = np.arange(self._span[0], self._span[1] + 1, UNKNOWN_EVERY_MS, dtype=np.int64)
        return self._told_why(Course(times, np.full(len(times), np.nan), problem))

    def _told_why(self, one: Course) -> Course:
        """The same, where it was no silence but that nobody looked."""
        edges = np.concatenate([[-np.inf], self._awake, [np.inf]])
        place = np.searchsorted(edges, one.times)
        asleep = np.minimum(one.times - edges[place - 1], edges[place] - one.times) > ASLEEP_MS
        return Course(one.times, one.values, one.problem, np.where(asleep, np.int8(ASLEEP), one.reasons))

    async def present(self, bindings: Bindings, promise: Promise) -> Seen:
        """Which instrumentation there was at any time where a promise is measured: here, and in a remote engine."""
        values = promise.values
        assert isinstance(values, Alert | Objective)
        part = part_of(values, bindings, main_of(bindings) or "")
        if part is None:
            return {}, {}
        here = await self._looked(True, own_scope(part, 0))
        return here, await self._looked(False, remote_scope(bindings, part))

    async def _looked(self, own: bool, scope: Scope) -> Presence:
        names = self._names[0 if own else 1]
        if (own, scope) not in self._present:
            seen: dict[str, float] = {}
            step = max(1, (self._span[1] - self._span[0]) // (LOOKS - 1))
            for wanted, expression in looks(scope, names).items():
                answer = await self._series((own, expression), *self._span, step)
                seen.update(found([(wanted, [Sample(one.labels, max(one.values)) for one in answer])]))
            self._present[own, scope] = seen
        return self._present[own, scope]

    async def _recorders(self) -> Mapping[str, list["Recorders"]]:
        """Expression → who recorded it, version by version of the guide."""
        found: dict[str, list[Recorders]] = {}
        for version in self.history.versions:
            bindings, reading = version.adopted.bindings, version.adopted.reading
            environment = main_of(bindings) or ""
            every, chosen = every_of(bindings, environment), self.history.chosen_for(bindings)
            missing = {one.promise for one in unbound(reading, bindings)}
            seen: dict[str, Recorders] = {}
            for promise in reading.promises:
                if not isinstance(promise.values, Alert | Objective) or promise.id in missing:
                    continue
                present = await self.present(bindings, promise)
                before = chosen.get(promise.id)
                expression = signal_of(promise, bindings, environment, every, present, before).expression
                if expression is not None:
                    recorders = seen.setdefault(expression, Recorders([], version.start, version.end))
                    recorders.promises.append(promise.id)
            for expression, recorders in seen.items():
                found.setdefault(expression, []).append(recorders)
        return found

    async def course(
        self, signal: Signal, told: Callable[[float], None], weighing: "Weighing | None" = None
    ) -> Course:
        """The worst series of the signal at each instant, as the watch takes it, and as it weighs it."""
        assert signal.expression is not None
        key = (signal.own, signal.expression, weighing.key if weighing is not None else "")
        if key not in self._courses:
            self._courses[key] = await self._read((signal.own, signal.expression), told, weighing)
        return self._courses[key]

    async def _read(
        self, asked: Asking, told: Callable[[float], None], weighing: "Weighing | None"
    ) -> Course:
        pieces = await asyncio.to_thread(self._kept_of, asked[1])
        known = [(int(one.times[0]), int(one.times[-1])) for one in pieces]
        try:
            for span in _between(known, self._span):
                pieces.append(await self._weighed(asked, span, told, weighing))
        except QueryError as error:
            return self.nothing(f"the query failed: {error.what}")
        times = np.concatenate([one.times for one in pieces])
        values = np.concatenate([one.values for one in pieces])
        why = np.concatenate([one.reasons for one in pieces])
        order = np.argsort(times, kind="stable")
        return self._told_why(Course(times[order], values[order], why=why[order]))

    async def _weighed(
        self, asked: Asking, span: Span, told: Callable[[float], None], weighing: "Weighing | None"
    ) -> Course:
        """What was not recorded: asked for, and weighed with the traffic of then. What was recorded was weighed when
        it was."""
        course = await self._asked(asked, *span, told)
        if weighing is None or not (weighing.of_all or np.isnan(course.values).any()):
            return course
        flow = await self._asked((asked[0], weighing.flow), *span, told)
        little = np.array([weighing.is_little(rate) for rate in flow.values.tolist()], np.bool_)
        values = np.where(little & weighing.of_all, np.nan, course.values)
        return Course(course.times, values, why=np.where(little, np.int8(QUIET), course.reasons))

    async def grid(self, asked: Asking, told: Callable[[float], None]) -> Course:
        """An expression over the whole time, evenly. Raises QueryError."""
        return await self._asked(asked, *self._span, told)

    def _kept_of(self, expression: str) -> list[Course]:
        """The stretches of time of which it was recorded, as long as it was asked for so."""
        found = list[Course]()
        for version in self._recorded.get(expression, ()):
            low, high = max(version.start, self._span[0]), min(version.end, self._span[1])
            for promise in version.promises if low < high else ():
                course = self.raw(((NAME, RECORDED), ("promise", promise)), low, high)
                if len(course.times):
                    found += _stretches(course)
                    break
        return found

    def raw(self, labels: Labels, start: Instant, end: Instant) -> Course:
        """The samples of a series as they were kept; of several, the worst."""
        points = self._kept.select([Matcher(name, Op.EQUAL, value) for name, value in labels], start, end)
        live = [(one.times[~one.stale], one.values[~one.stale]) for one in points]
        times = np.concatenate([np.empty(0, np.int64), *(one for one, _ in live)])
        values = np.concatenate([np.empty(0), *(one for _, one in live)])
        return _with_gaps(*_worst(times, values), end)

    async def _series(self, asked: Asking, start: Instant, end: Instant, step_ms: int) -> Sequence[Series]:
        """The embedded engine in one go, beside what goes on: it reads the same blocks for all of these steps."""
        own, expression = asked
        engine: object = self._telemetry
        if own or engine is self._kept:
            return await asyncio.to_thread(self._kept.range, expression, start, end, step_ms)
        return (await self._telemetry.ask_range(expression, start, end, step_ms)).series

    async def _asked(
        self, asked: Asking, start: Instant, end: Instant, told: Callable[[float], None]
    ) -> Course:
        key = (asked, start, end)
        if key not in self._grids:
            self._grids[key] = await self._asked_for(asked, start, end, told)
        return self._grids[key]

    async def _asked_for(
        self, asked: Asking, start: Instant, end: Instant, told: Callable[[float], None]
    ) -> Course:
        grid = np.arange(start, end + 1, self.step_ms, dtype=np.int64)
        values, why = np.full(len(grid), np.nan), np.zeros(len(grid), np.int8)
        for first in range(0, len(grid), STEPS_AT_ONCE):
            part = grid[first : first + STEPS_AT_ONCE]
            low, high = int(part[0]), int(part[-1])
            for one in await self._series(asked, low, high, self.step_ms):
                places = first + (np.array(one.times, np.int64) - low) // self.step_ms
                values[places] = np.fmax(values[places], _finite(np.array(one.values)))
                why[places] = QUIET  # nothing by nothing is no number, and no silence
            told(min(1.0, (first + len(part)) / len(grid)))
        return Course(grid, values, why=why)


class Weighing(NamedTuple):
    """The traffic behind a signal: the expression of its rate, and which rates are too little. `of_all`: values count
    only where there is enough of it."""

    key: str
    flow: str
    is_little: Callable[[float], bool]
    of_all: bool


class Recorders(Struct, frozen=True):
    """The promises under which an expression was recorded, each the same values, from when until when."""

    promises: list[str]
    start: Instant
    end: Instant


def _between(spans: Sequence[Span], whole: Span) -> list[Span]:
    """What of the whole lies in none of the spans."""
    found, at = list[Span](), whole[0]
    for start, end in sorted(spans):
        if start > at:
            found.append((at, start - 1))
        at = max(at, end + 1)
    return [*found, (at, whole[1])] if at <= whole[1] else found


def _worst(times: Times, values: Values) -> tuple[Times, Values]:
    """One value an instant: the highest, as the watch takes it."""
    order = np.lexsort((values, times))
    times, values = times[order], _finite(values[order])
    last = np.append(np.diff(times) != 0, True) if len(times) else np.empty(0, np.bool_)
    return times[last], values[last]


def _stretches(one: Course) -> Iterator[Course]:
    """The parts of a course between its gaps."""
    known = ~np.isnan(one.values)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]])))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        yield Course(one.times[first:last], one.values[first:last])


def _finite(values: Values) -> Values:
    return np.where(np.isfinite(values), values, np.nan)


def _with_gaps(times: Times, values: Values, end: Instant) -> Course:
    """The same, with NaN where nothing was kept for longer than usual."""
    if len(times) < 2:
        return Course(times, values)
    usual = max(1_000, int(np.median(np.diff(times))))
    edges = np.append(times[1:], end)
    holes = np.flatnonzero(edges - times > GAP_STEPS * usual)
    marks = [np.arange(times[at] + usual, edges[at], UNKNOWN_EVERY_MS, dtype=np.int64) for at in holes]
    new = np.concatenate([np.empty(0, np.int64), *marks])
    together = np.concatenate([times, new])
    order = np.argsort(together, kind="stable")
    return Course(together[order], np.concatenate([values, np.full(len(new), np.nan)])[order])
