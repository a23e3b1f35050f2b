"""What people did about an incident, in plain words."""

from collections.abc import Mapping

from ...kernel.clock import Instant, rfc3339
from ...kernel.facts import Data, Recorded
from ..timeline import Names, Say
from . import facts


def _severity_changed(recorded: Recorded, names: Names) -> str:
    data, why = recorded.fact.data, recorded.fact.personal
    assert isinstance(data, facts.IncidentSeverityChanged)
    reason = why.text if isinstance(why, facts.Reason) else "the reason was erased"
    again = ", everybody is told again" if data.again else ""
    return f"Changed from {data.was} to {data.severity} by {names.get(data.by, data.by)}{again}: {reason}"


def _warned(recorded: Recorded, _names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.ClockWarned)
    return (
        f"{round(data.share * 100)} % of the time to {data.clock} is used up: it is due {rfc3339(data.due)}"
    )


def _assigned(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.RoleAssigned)
    by = names.get(data.by, data.by)
    if not data.person:
        return f"{names.get(data.was, data.was)} is no longer the {data.role}, says {by}"
    said = f"{names.get(data.person, data.person)} is the {data.role}"
    return said if data.person == data.by else f"{said}, says {by}"


def _updated(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.IncidentUpdated)
    kind = "Public update" if data.public else "Update"
    return f"{kind} by {names.get(data.by, data.by)}, {data.phase}: {_words(recorded)}"


def _corrected(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.UpdateCorrected)
    return f"{names.get(data.by, data.by)} corrected the update #{data.update}: {_words(recorded)}"


def _task_added(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.TaskAdded)
    for_whom = f" for {names.get(data.owner, data.owner)}" if data.owner else ""
    until = f", until {_day(data.due)}" if data.due is not None else ""
    return f"Task {data.task}{for_whom}{until}, from {names.get(data.by, data.by)}: {_words(recorded)}"


def _task_changed(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.TaskChanged)
    by = names.get(data.by, data.by)
    if data.state != "open":
        return f"Task {data.task} was {data.state}, says {by}"
    owner = names.get(data.owner, data.owner) or "nobody"
    until = f", until {_day(data.due)}" if data.due is not None else ", without a day"
    return f"Task {data.task} is for {owner}{until}, says {by}"


def _task_reminded(recorded: Recorded, _names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.TaskReminded)
    return f"Task {data.task} is due {_day(data.due)}: its owner was reminded"


def _task_overdue(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.TaskOverdue)
    owner = names.get(data.owner, data.owner) or "nobody"
    return f"Task {data.task} is overdue since {_day(data.due)}; {owner} has it"


def _pinned(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.EntryPinned)
    return f"{names.get(data.by, data.by)} {'pinned' if data.pinned else 'unpinned'} #{data.entry}"


def _chart(recorded: Recorded, names: Names) -> str:
    data, words = recorded.fact.data, _words(recorded)
    assert isinstance(data, facts.ChartAttached)
    said = (
        f"Chart of {data.signal.replace('_', ' ')}, {data.range} until {rfc3339(data.until)}, "
        f"attached by {names.get(data.by, data.by)}"
    )
    return f"{said}: {words}" if words else said


def _words(recorded: Recorded) -> str:
    personal = recorded.fact.personal
    return personal.text if isinstance(personal, facts.Words) else "(the words were erased)"


def _day(at: Instant | None) -> str:
    return rfc3339(at)[:10] if at is not None else ""


WORDS: Mapping[type[Data], Say] = {
    facts.IncidentSeverityChanged: _severity_changed,
    facts.ClockWarned: _warned,
    facts.RoleAssigned: _assigned,
    facts.IncidentUpdated: _updated,
    facts.UpdateCorrected: _corrected,
    facts.TaskAdded: _task_added,
    facts.TaskChanged: _task_changed,
    facts.TaskReminded: _task_reminded,
    facts.TaskOverdue: _task_overdue,
    facts.EntryPinned: _pinned,
    facts.ChartAttached: _chart,
}
