"""How the chapter's state changes with its facts: silent signals, counted requests, budgets that burn, maintenance."""

from collections.abc import Callable, Mapping

from ..kernel.facts import Data, Recorded
from .facts import (
    BudgetAlarmed,
    BudgetBurning,
    BudgetCalm,
    MaintenanceBegan,
    MaintenanceEnded,
    RequestsCounted,
    SignalChosen,
    SignalLetGo,
    SignalMeasured,
    SignalsAlarmed,
    SignalsRecovered,
    SignalUnmeasured,
)
from .rulefiles.facts import RuleEvaluated, RuleUnevaluated
from .rulefiles.state import RuleFailure
from .state import Burn, Chosen, Silence, State
from .tally import Counts


def _unmeasured(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, SignalUnmeasured)
    before = state.silent.get(data.promise)
    since = before.since if before is not None else recorded.fact.at
    state.silent[data.promise] = Silence(data.why, data.problem, since)


def _measured(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, SignalMeasured)
    state.silent.pop(recorded.fact.data.promise, None)


def _chosen(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, SignalChosen)
    state.chosen[data.promise] = Chosen(data.source, data.name)


def _let_go(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, SignalLetGo)
    state.chosen.pop(recorded.fact.data.promise, None)


def _alarmed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, SignalsAlarmed)
    state.alarms[data.alarm] = (*data.promises, *data.rules)


def _recovered(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, SignalsRecovered)
    state.alarms.pop(recorded.fact.data.alarm, None)


def _unevaluated(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, RuleUnevaluated)
    state.failing[data.rule] = RuleFailure(data.name, data.problem, recorded.fact.at)


def _evaluated(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, RuleEvaluated)
    state.failing.pop(recorded.fact.data.rule, None)


def _counted(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, RequestsCounted)
    counts = state.counts.setdefault(data.environment, Counts(since=data.start, until=data.start))
    ended = state.maintenance[-1][1] if state.maintenance else data.start
    counts.add(data.end, data.total, data.failed, apart=ended is None or ended > data.start)


def _burning(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, BudgetBurning)
    state.burns[data.promise] = Burn(data.speed, data.long_seconds, data.rate, data.reason, recorded.fact.at)


def _calm(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, BudgetCalm)
    state.burns.pop(recorded.fact.data.promise, None)


def _told(_state: State, recorded: Recorded) -> None:
    """Told is told: the burn itself is on the ledger already."""
    assert isinstance(recorded.fact.data, BudgetAlarmed)


def _began(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, MaintenanceBegan)
    state.maintenance.append((recorded.fact.at, None))


def _ended(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, MaintenanceEnded)
    began, _ = state.maintenance[-1]
    state.maintenance[-1] = (began, recorded.fact.at)


MORE_FOLDS: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    SignalUnmeasured: _unmeasured,
    SignalMeasured: _measured,
    SignalChosen: _chosen,
    SignalLetGo: _let_go,
    SignalsAlarmed: _alarmed,
    SignalsRecovered: _recovered,
    RuleUnevaluated: _unevaluated,
    RuleEvaluated: _evaluated,
    RequestsCounted: _counted,
    BudgetBurning: _burning,
    BudgetAlarmed: _told,
    BudgetCalm: _calm,
    MaintenanceBegan: _began,
    MaintenanceEnded: _ended,
}
