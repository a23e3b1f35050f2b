"""Drills as a part of the core: their folds and commands. What is folded here never touches what is real."""

from ...guide.adoption import GuideAdopted
from ...guide.bindings.names import is_availability
from ...guide.proving import FACTS, DrillDetected, DrillEnded, DrillPassed, DrillStarted
from ...kernel.facts import Recorded
from ...kernel.part import Part
from ..chapter import adopted
from ..rules import uptime_environment
from ..state import AlertStatus, Watched
from . import rules
from .commands import Breached, CannotBreach, FailedProbe, NobodyTold, Passed, StartDrill, StopDrill
from .state import Drill, Ended, State

ENDED_KEPT = 50


def _adopted(state: State, recorded: Recorded) -> None:
    adopted(state.beside, recorded)
    state.proofs.adopt(state.beside.promises, state.beside.bindings, recorded.fact.at)


def _started(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, DrillStarted)
    state.count += 1
    state.running[data.drill] = Drill(data, recorded.fact.at)
    state.tried[data.promise] = recorded.fact.at
    promise = state.beside.promises.get(data.promise)
    if promise is not None and is_availability(promise):
        state.beside.environments[uptime_environment(state.beside, promise)] = Watched(since=recorded.fact.at)


def _passed(state: State, recorded: Recorded) -> None:
    data, at = recorded.fact.data, recorded.fact.at
    assert isinstance(data, DrillPassed)
    one = state.running.get(data.drill)
    if one is None:
        return
    one.passed[data.stage], one.said[data.stage] = at, data.said
    if data.stage == "pending":
        state.beside.alerts[data.promise] = AlertStatus("pending", at)
    promise = state.beside.promises.get(data.promise)
    if data.stage == "probe" and promise is not None and is_availability(promise):
        # Other bindings may have made it another one since the drill began.
        place = uptime_environment(state.beside, promise)
        state.beside.environments.setdefault(place, Watched(since=at)).failures += 1


def _detected(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, DrillDetected)
    one = state.running.get(data.drill)
    if one is not None:
        one.detected_at = recorded.fact.at


def _ended(state: State, recorded: Recorded) -> None:
    """Nothing of the drill is left but what it proved."""
    data = recorded.fact.data
    assert isinstance(data, DrillEnded)
    one = state.running.pop(data.drill, None)
    state.beside.alerts.pop(data.promise, None)
    state.proofs.end(recorded)
    promise = state.beside.promises.get(data.promise)
    if promise is not None and is_availability(promise):
        state.beside.environments.clear()
    if one is not None:
        state.ended[data.drill] = Ended(one, data.result, data.reason, recorded.fact.at)
    while len(state.ended) > ENDED_KEPT:
        del state.ended[next(iter(state.ended))]


PART = Part(
    name="drills",
    facts=FACTS,
    initial=State,
    folds={
        GuideAdopted: _adopted,
        DrillStarted: _started,
        DrillPassed: _passed,
        DrillDetected: _detected,
        DrillEnded: _ended,
    },
    handlers={
        StartDrill: rules.start,
        StopDrill: rules.stop,
        Breached: rules.breached,
        FailedProbe: rules.failed_probe,
        CannotBreach: rules.cannot,
        Passed: rules.passed,
        NobodyTold: rules.nobody_told,
    },
    decide=rules.decide,
)
