"""How what people do about an incident changes the chapter's state."""

from collections.abc import Callable, Mapping

from ...kernel.facts import Data, Recorded
from ..folds import heard, next_round
from ..state import State
from .facts import ClockWarned, IncidentSeverityChanged


def _severity_changed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentSeverityChanged)
    incident = state.open[data.incident]
    incident.severity, incident.severity_known, incident.pages = data.severity, True, data.pages
    incident.clocks, incident.severity_by = data.clocks, data.by
    incident.severity_changes += 1
    incident.had.setdefault(data.severity, recorded.fact.at)
    heard(state, recorded)
    if data.again:
        next_round(incident, recorded)


def _warned(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ClockWarned)
    state.open[data.incident].warned[data.promise] = data.share


FOLDS: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    IncidentSeverityChanged: _severity_changed,
    ClockWarned: _warned,
}
