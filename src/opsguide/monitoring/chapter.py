"""The chapter "Monitoring & Alerting": its folds, its commands, and the standing of its promises."""

from collections.abc import Callable, Iterable, Mapping

from ..guide.adoption import GuideAdopted
from ..guide.bindings import severities
from ..guide.chapter import Chapter, moves_none
from ..guide.keeping import FOLDS, MOVES, adopt, by_evidence
from ..guide.values import Alert, Objective
from ..kernel.clock import Instant
from ..kernel.facts import Data, Recorded
from . import budgets, choosing, rules
from .commands import Counted, LetGo, Observe, Probed
from .facts import (
    FACTS,
    AlertCleared,
    AlertFiring,
    AlertPending,
    AlertResolved,
    EnvironmentDown,
    EnvironmentUp,
    EnvironmentWatched,
    ProbeFailed,
    ProbeRecovered,
)
from .folds import MORE_FOLDS
from .probes import rules as probes
from .probes.commands import Judged, RegionSeen
from .rulefiles import rules as rule_files
from .rulefiles.commands import RulesKnown, RulesRan
from .rulefiles.facts import FACTS as RULE_FACTS
from .rulefiles.rules import Rules
from .state import AlertStatus, State, Watched


def adopted(state: State, recorded: Recorded) -> None:
    """What is measured is measured here, whichever chapter keeps it: performance's budgets too.

    Bindings that say otherwise where metrics come from let go of the instrumentations that were chosen.
    """
    before = choosing.sources_of(state.bindings)
    adopt(state, recorded)
    if before != choosing.sources_of(state.bindings):
        state.chosen.clear()
    assert isinstance(recorded.fact.data, GuideAdopted)
    for promise in recorded.fact.data.reading.promises:
        if isinstance(promise.values, Alert | Objective):
            state.promises[promise.id] = promise
    state.severities = severities(recorded.fact.data.reading.promises)


def _pending(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, AlertPending)
    state.alerts[recorded.fact.data.alert] = AlertStatus("pending", recorded.fact.at)


def _firing(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, AlertFiring)
    state.alerts[recorded.fact.data.alert] = AlertStatus("firing", recorded.fact.at)


def _inactive(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, AlertCleared | AlertResolved)
    state.alerts.pop(recorded.fact.data.alert, None)


def _watched(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, EnvironmentWatched)
    state.environments[recorded.fact.data.environment] = Watched(since=recorded.fact.at)


def _failed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ProbeFailed)
    watched = state.environments[data.environment]
    if watched.failures == 0:
        watched.failing_since = recorded.fact.at
    watched.failures = data.failures


def _recovered(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, ProbeRecovered)
    watched = state.environments[recorded.fact.data.environment]
    watched.failures, watched.failing_since = 0, None


def _down(state: State, recorded: Recorded) -> None:
    """The outage counts from the first failed probe, not from when it was sure."""
    data = recorded.fact.data
    assert isinstance(data, EnvironmentDown)
    watched = state.environments[data.environment]
    watched.down = True
    began = data.since if data.since is not None else watched.failing_since
    watched.outages.append((began if began is not None else recorded.fact.at, None))


def _up(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, EnvironmentUp)
    watched = state.environments[recorded.fact.data.environment]
    watched.down, watched.failures, watched.failing_since = False, 0, None
    began, _ = watched.outages[-1]
    watched.outages[-1] = (began, recorded.fact.at)


def conditions(state: State, _now: Instant) -> Iterable[str]:
    found = [f"environment.{name}.down" for name, watched in state.environments.items() if watched.down]
    if any(rules.is_spent(state, promise) for promise, _ in budgets.objectives(state)):
        found.append("budget.exhausted")
    return sorted(found)


OWN: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    AlertPending: _pending,
    AlertFiring: _firing,
    AlertCleared: _inactive,
    AlertResolved: _inactive,
    EnvironmentWatched: _watched,
    ProbeFailed: _failed,
    ProbeRecovered: _recovered,
    EnvironmentDown: _down,
    EnvironmentUp: _up,
    **probes.FOLDS,
    **MORE_FOLDS,
}


def _of_rule_files(fold: Callable[[Rules, Recorded], None]) -> Callable[[State, Recorded], None]:
    return lambda state, recorded: fold(state.rule_files, recorded)


RULE_FILES = {fact: _of_rule_files(fold) for fact, fold in rule_files.FOLDS.items()}

CHAPTER = Chapter(
    name="monitoring",
    facts=FACTS.merge([RULE_FACTS]),
    initial=State,
    folds={
        **FOLDS,
        GuideAdopted: adopted,
        **OWN,
        **RULE_FILES,
    },
    handlers={
        Observe: rules.observe,
        Probed: rules.probed,
        Counted: rules.counted,
        LetGo: choosing.let_go,
        Judged: probes.judged,
        RegionSeen: probes.region_seen,
        RulesRan: lambda state, command, _now: rule_files.ran(state.rule_files, state.failing, command),
        RulesKnown: lambda state, command, _now: rule_files.known(state.rule_files, state.failing, command),
    },
    decide=rules.decide,
    conditions=conditions,
    standing=by_evidence,
    # Alerts and probes come with evidence of their own, which is what its promises stand by.
    moves={**dict.fromkeys((*OWN, *RULE_FILES), moves_none), **MOVES},
)
