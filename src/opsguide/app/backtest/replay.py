"""The real core, told the past by a fast-forwarded clock: the engine of the service without ledger, deeds or people.

The engine is only told what changes its mind: where an alert's condition begins or ends to hold, where it has held for
its time, and where a signal begins or ends to have a value. What it would decide in between is nothing.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from msgspec.structs import astuple, replace
from numpy.typing import NDArray

from ...guide.adoption import Adopt
from ...guide.bindings import Bindings, public
from ...guide.promise import Promise, Reading
from ...incidents.escalation import PAGE
from ...incidents.facts import (
    IncidentJoined,
    IncidentOpened,
    IncidentRecurred,
    IncidentReopened,
    PageImpossible,
)
from ...kernel.clock import Instant, after
from ...kernel.engine import Batch, Engine
from ...kernel.facts import Fact
from ...kernel.intent import Intent
from ...kernel.part import Command, Refusal, Said
from ...monitoring import alerts
from ...monitoring.amounts import COMPARED, Bound
from ...monitoring.commands import Counted, Observation, Observe, Probed
from ...monitoring.facts import (
    AlertCleared,
    AlertFiring,
    AlertPending,
    AlertResolved,
    BudgetBurning,
    BudgetCalm,
    EnvironmentDown,
    EnvironmentUp,
    SignalChosen,
    SignalsAlarmed,
    SignalsRecovered,
)
from ...monitoring.rules import bound_for
from ...monitoring.state import Chosen, State
from ..core import build_engine
from .samples import ASLEEP, NO_DATA, QUIET, Course, Span

ACTOR = "backtest"
INSTANTS_AT_ONCE = 500

Places: TypeAlias = NDArray[np.intp]
Holds: TypeAlias = NDArray[np.bool_]

NONE: Mapping[str, Chosen] = {}


class Guide(Struct, frozen=True):
    """What is put through: a guide as it was read, with its bindings. `bindings_said` says where those come from."""

    name: str
    text: str
    reading: Reading
    bindings: Bindings
    bindings_said: str


class Rule(Struct, frozen=True):
    """A promise that is judged, what its value is held against, and its value over time."""

    promise: Promise
    bound: Bound
    course: Course
    holds: Holds


class Fired(Struct):
    """One firing of an alert, or one time that an environment was down, and what came of it."""

    start: Instant
    end: Instant | None = None
    said: str = ""
    severity: str = ""
    incident: str = ""
    pages: bool = False
    to: tuple[str, ...] = ()
    untold: str = ""
    same: bool = False
    step: int | None = None


class Lived(Struct):
    """What happened, by alert (`promise id`), environment (`environment:NAME`), alarm about signals (`signals:NAME`)
    or budget (`budget:promise id:SPEED`); and the state at the end."""

    fired: dict[str, list[Fired]] = {}
    pending: dict[str, int] = {}
    state: State | None = None


def begin(guide: Guide, at: Instant, chosen: Mapping[str, Chosen] = NONE) -> Engine:
    """The engine with the guide in force and the instrumentations that are `chosen`, and nothing before.

    A public page would only say every five minutes that it is still there.
    """
    engine = build_engine()
    bindings = replace(public(guide.bindings), status=None)
    adopt = Adopt(text=guide.text, reading=guide.reading, bindings=bindings, bindings_text="")
    engine.run(adopt, actor=ACTOR, now=at)
    pins = [Said(SignalChosen(name, *astuple(one)), alerts.subject(name)) for name, one in chosen.items()]
    engine.note(pins, now=at)
    return engine


def rule(state: State, promise: Promise, course: Course) -> Rule | None:
    """None where the guide gives no limit to hold the value against."""
    bound = bound_for(state, promise)
    if bound is None:
        return None
    # NaN holds nothing, so that it need not be told apart here.
    return Rule(promise, bound, course, COMPARED[bound.op](course.values, bound.number))


class Replay:
    """`rules` are all that is measured, `probes` the course of `probe_success` by environment."""

    def __init__(
        self,
        engine: Engine,
        rules: Sequence[Rule],
        probes: Mapping[str, Course],
        counted: Sequence[Counted],
        every: float,
        span: Span,
    ) -> None:
        self._engine, self._rules, self._every, self._span = engine, rules, every, span
        self._told_apart = sorted(_told(probes, counted), key=lambda one: one[0])
        self._lived = Lived()
        self._incidents: dict[str, Fired] = {}
        self._state: State = engine.state("monitoring")

    def run(self, told: Callable[[float], None] = lambda _share: None) -> Lived:
        """Live through it. `told` hears the share that is done."""
        for number, (at, commands) in enumerate(self._script()):
            if number % INSTANTS_AT_ONCE == 0:
                told((at - self._span[0]) / max(1, self._span[1] - self._span[0]))
            self._pass_to(at)
            for command in commands:
                self._do(command, at)
        self._pass_to(self._span[1])
        self._keep(self._engine.tick(self._span[1]))
        self._lived.state = self._state
        return self._lived

    def _pass_to(self, at: Instant) -> None:
        while self._engine.wake is not None and self._engine.wake < at:
            self._keep(self._engine.tick(max(self._engine.wake, self._engine.at)))

    def _script(self) -> Iterator[tuple[Instant, list[Command]]]:
        """What is told when. What follows of an alert depends on what came before: this is asked for step by step."""
        turns = [_turns(one) for one in self._rules]
        due = [(int(one.course.times[0]), number, 0) for number, one in enumerate(self._rules)]
        heapq.heapify(due)
        apart, place = self._told_apart, 0
        while due or place < len(apart):
            at = min([*(one[0] for one in due[:1]), *(one[0] for one in apart[place : place + 1])])
            commands = list[Command]()
            while place < len(apart) and apart[place][0] == at:
                commands.append(apart[place][1])
                place += 1
            looked: dict[int, int] = {}
            while due and due[0][0] == at:
                _, number, index = heapq.heappop(due)
                looked[number] = index
            seen = [self._observation(self._rules[number], index) for number, index in looked.items()]
            if told := tuple(one for one in seen if one is not None):
                commands.append(Observe(told, self._every))
            yield at, commands
            for number, index in looked.items():
                for following in self._next(self._rules[number], turns[number], index):
                    heapq.heappush(due, (int(self._rules[number].course.times[following]), number, following))

    def _observation(self, one: Rule, index: int) -> Observation | None:
        """None where nobody looked."""
        value, why = float(one.course.values[index]), _reason(one.course, index)
        if not np.isnan(value):
            return Observation(one.promise.id, value)
        if why == ASLEEP:
            return None
        problem = one.course.problem or "nothing answered its expression"
        return Observation(one.promise.id, None, problem, "no_traffic" if why == QUIET else "no_data")

    def _next(self, one: Rule, turns: Places, index: int) -> set[int]:
        """Which values to tell next: the next change, and the one by which it has held long enough."""
        times = one.course.times
        turn = _next_turn(turns, index)
        found = {turn} if turn is not None else set[int]()
        status = self._state.alerts.get(one.promise.id)
        known = not np.isnan(one.course.values[index])
        if known and status is not None and status.phase == "pending":
            held = after(status.since, alerts.for_seconds(one.promise))
            found.add(max(index + 1, int(np.searchsorted(times, held))))
        return {place for place in found if place < len(times)}

    def _do(self, command: Command, at: Instant) -> None:
        batch = self._engine.run(command, actor=ACTOR, now=at)
        if not isinstance(batch, Refusal):
            self._keep(batch)

    def _keep(self, batch: Batch) -> None:
        for fact in batch.facts:
            self._happened(fact)

    def _happened(self, fact: Fact) -> None:
        lived, data = self._lived, fact.data
        match data:
            case AlertPending():
                lived.pending[data.alert] = lived.pending.get(data.alert, 0) + 1
            case AlertCleared():
                pass
            case AlertFiring():
                lived.fired.setdefault(data.alert, []).append(Fired(fact.at, said=data.reason))
            case EnvironmentDown():
                place = f"environment:{data.environment}"
                lived.fired.setdefault(place, []).append(Fired(fact.at, said=data.reason))
            case AlertResolved():
                lived.fired[data.alert][-1].end = fact.at
            case EnvironmentUp():
                lived.fired[f"environment:{data.environment}"][-1].end = fact.at
            case SignalsAlarmed():
                fired = Fired(fact.at, said=data.title)
                lived.fired.setdefault(f"signals:{data.alarm}", []).append(fired)
            case SignalsRecovered():
                lived.fired[f"signals:{data.alarm}"][-1].end = fact.at
            case BudgetBurning():
                fired = Fired(fact.at, said=data.reason, untold=data.held)
                lived.fired.setdefault(f"budget:{data.promise}:{data.speed}", []).append(fired)
            case BudgetCalm():
                lived.fired[f"budget:{data.promise}:{data.speed}"][-1].end = fact.at
            case _:
                self._followed(fact)

    def _followed(self, fact: Fact) -> None:
        """What incidents make of it."""
        data = fact.data
        match data:
            case IncidentOpened():
                self._opened(data)
            case IncidentRecurred() | IncidentJoined():
                for fired in self._last(data.key):
                    fired.same = True
            case IncidentReopened():
                for key in data.keys:
                    self._again(data.incident, key)
            case Intent() if data.deed == PAGE and data.args.get("incident") in self._incidents:
                self._told(self._incidents[data.args["incident"]], data)
            case PageImpossible() if data.incident in self._incidents:
                self._incidents[data.incident].untold = data.reason
            case _:
                pass

    def _last(self, key: str) -> list[Fired]:
        """The newest firing of what an incident is about."""
        return self._lived.fired.get(key.removeprefix("alert:"), [])[-1:]

    def _again(self, incident: str, key: str) -> None:
        """What was over is opened again, and people are told again."""
        found = self._engine.state("incidents").find(incident)
        for fired in self._last(key):
            fired.severity, fired.incident, fired.pages = found.severity, incident, found.pages
            self._incidents[incident] = fired

    def _opened(self, data: IncidentOpened) -> None:
        for fired in self._last(data.key):
            fired.severity, fired.incident, fired.pages = data.severity, data.incident, data.pages
            self._incidents[data.incident] = fired

    def _told(self, fired: Fired, intent: Intent) -> None:
        """Nobody acknowledges in a backtest: only whom the first step tells is counted."""
        step, person = int(intent.args["step"]), intent.args["person"]
        if fired.step is None:
            fired.step = step
        if step == fired.step and person not in fired.to:
            fired.to = (*fired.to, person)


def _told(probes: Mapping[str, Course], counted: Sequence[Counted]) -> Iterator[tuple[Instant, Command]]:
    """What is told whatever the rules say."""
    for name, course in probes.items():
        for at, up in _probe_turns(course):
            yield at, Probed(name, up, 0.0, "" if up else "the probe failed")
    for one in counted:
        yield one.end, one


def _reason(course: Course, index: int) -> int:
    return NO_DATA if course.why is None else int(course.why[index])


def _next_turn(turns: Places, index: int) -> int | None:
    place = int(np.searchsorted(turns, index, side="right"))
    return int(turns[place]) if place < len(turns) else None


def _turns(one: Rule) -> Places:
    """The places at which the verdict is another one than before. Of a target only whether it has a value, and why not,
    leads to anything; how long it was missed is told by its course.
    """
    unknown = np.isnan(one.course.values)
    held = one.holds.astype(np.int8) if alerts.is_rule(one.promise) else np.int8(0)
    verdicts = np.where(unknown, -1 - one.course.reasons, held)
    return np.flatnonzero(np.diff(verdicts)) + 1


def _probe_turns(course: Course) -> Iterator[tuple[Instant, bool]]:
    """The first probe, every one that failed, and the first that was answered again."""
    ups = (course.values > 0.5).tolist()
    known = [place for place, gone in enumerate(np.isnan(course.values)) if not gone]
    if known:
        yield int(course.times[known[0]]), ups[known[0]]
    for before, here in pairwise(known):
        if not ups[here] or not ups[before]:
            yield int(course.times[here]), ups[here]
