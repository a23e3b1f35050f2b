"""How what people do about an incident changes the chapter's state."""

from collections.abc import Callable, Mapping, Sequence

from ...kernel.clock import Instant
from ...kernel.facts import Data, Recorded
from ..facts import Clock
from ..folds import heard, next_round
from ..state import Incident, Replaced, State
from .facts import (
    ChartAttached,
    ClockWarned,
    EntryPinned,
    IncidentSeverityChanged,
    IncidentUpdated,
    RoleAssigned,
    TaskAdded,
    TaskChanged,
    TaskOverdue,
    TaskReminded,
    UpdateCorrected,
    Words,
)
from .state import Chart, Task, Update


def _severity_changed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentSeverityChanged)
    incident = state.open[data.incident]
    incident.replaced += _replaced(incident, data.clocks, recorded.fact.at)
    incident.severities = dict(incident.had)
    incident.severities.setdefault(data.severity, recorded.fact.at)
    incident.severity, incident.severity_known, incident.pages = data.severity, True, data.pages
    incident.clocks, incident.severity_by = data.clocks, data.by
    incident.severity_changes += 1
    heard(state, recorded)
    if data.again:
        next_round(incident, recorded)


def _replaced(incident: Incident, clocks: Sequence[Clock], at: Instant) -> tuple[Replaced, ...]:
    """The clocks that ran until now and are not among the new ones."""
    known = {clock.promise for clock in clocks}
    ran = (clock for clock in incident.running() if clock.promise not in known)
    return tuple(Replaced(clock, incident.started(clock), at) for clock in ran)


def _warned(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ClockWarned)
    incident = state.open[data.incident]
    if data.clock == "update":
        incident.working().reminded = data.due
    else:
        others = tuple(one for one in incident.warned if one[0] != data.promise)
        incident.warned = (*others, (data.promise, data.share))


def _assigned(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, RoleAssigned)
    work = state.open[data.incident].working()
    work.roles.pop(data.role, None)
    if data.person:
        work.roles[data.role] = data.person
    heard(state, recorded)


def _words(recorded: Recorded) -> str:
    """What a person wrote; nothing once it was erased."""
    personal = recorded.fact.personal
    return personal.text if isinstance(personal, Words) else ""


def _updated(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentUpdated)
    incident = state.find(data.incident)
    if incident is None:
        return
    at, words = recorded.fact.at, _words(recorded)
    work = incident.working()
    work.updates.append(Update(recorded.seq, at, data.by, data.public, data.phase, words))
    work.spoke_at = at
    if data.key:
        work.keys[data.key] = None
    heard(state, recorded)


def _corrected(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, UpdateCorrected)
    incident = state.find(data.incident)
    for one in incident.work.updates if incident is not None else ():
        if one.seq == data.update:
            one.text, one.corrected_at = _words(recorded), recorded.fact.at
    heard(state, recorded)


def _task_added(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, TaskAdded)
    incident = state.find(data.incident)
    if incident is None:
        return
    incident.working().tasks[data.task] = Task(
        number=data.task,
        text=_words(recorded),
        owner=data.owner,
        due=data.due,
        added_at=recorded.fact.at,
        added_by=data.by,
    )
    state.finish(incident)
    heard(state, recorded)


def _task_changed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, TaskChanged)
    incident = state.find(data.incident)
    if incident is None:
        return
    task = incident.work.tasks[data.task]
    task.overdue = task.overdue and task.due == data.due
    task.reminded = task.reminded and task.due == data.due
    task.owner, task.due, task.state = data.owner, data.due, data.state
    task.ended_at = None if data.state == "open" else recorded.fact.at
    state.finish(incident)
    heard(state, recorded)


def _task_reminded(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, TaskReminded)
    incident = state.find(data.incident)
    if incident is not None:
        incident.work.tasks[data.task].reminded = True


def _task_overdue(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, TaskOverdue)
    incident = state.find(data.incident)
    if incident is not None:
        incident.work.tasks[data.task].overdue = True


def _pinned(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, EntryPinned)
    incident = state.find(data.incident)
    if incident is not None:
        work = incident.working()
        others = [entry for entry in work.pins if entry != data.entry]
        work.pins = [*others, data.entry] if data.pinned else others


def _chart(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ChartAttached)
    incident = state.find(data.incident)
    if incident is not None:
        incident.working().charts.append(
            Chart(recorded.seq, data.signal, data.range, data.until, data.by, _words(recorded))
        )
    heard(state, recorded)


FOLDS: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    IncidentSeverityChanged: _severity_changed,
    ClockWarned: _warned,
    RoleAssigned: _assigned,
    IncidentUpdated: _updated,
    UpdateCorrected: _corrected,
    TaskAdded: _task_added,
    TaskChanged: _task_changed,
    TaskReminded: _task_reminded,
    TaskOverdue: _task_overdue,
    EntryPinned: _pinned,
    ChartAttached: _chart,
}
