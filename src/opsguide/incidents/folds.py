"""How each fact changes the chapter's state."""

from collections.abc import Callable, Mapping
from sys import intern

from ..kernel.engine import ENGINE
from ..kernel.facts import Data, Recorded
from ..kernel.matching import parse_matcher
from .facts import (
    ClockMet,
    ClockMissed,
    IncidentAbsorbed,
    IncidentAcknowledged,
    IncidentFlapping,
    IncidentJoined,
    IncidentMemberRecovered,
    IncidentMerged,
    IncidentMuted,
    IncidentNoted,
    IncidentOpened,
    IncidentRecovered,
    IncidentRecurred,
    IncidentReopened,
    IncidentResolved,
    IncidentUnacknowledged,
    IncidentUnmuted,
    RouteRepeated,
    SilenceCreated,
    SilenceEnded,
)
from .state import CLOSED_KEPT, DRILLS_KEPT, Incident, Member, Silence, State, having

CHANGES_KEPT = 20
"""So many instants of its happening again are remembered of an incident: enough to see that it flaps."""


def _opened(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentOpened)
    at = recorded.fact.at
    incident = Incident(
        id=data.incident,
        key=data.key,
        title=data.title,
        severity=intern(data.severity),
        severity_known=data.severity_known,
        reason=data.reason,
        opened_at=at,
        opened_seq=recorded.seq,
        clocks=data.clocks,
        pages=data.pages,
        promise=data.promise,
        kind=data.kind,
        runbook=data.runbook,
        labels={intern(name): value for name, value in data.labels.items()},
        group=data.group,
        round_at=at,
        drill=data.drill,
        proposed=data.proposed,
        counts_from=at,
    )
    if data.drill is not None:
        _drilled(state, incident)
        return
    state.count += 1
    state.open[data.incident] = incident
    _index(state, incident)


def _drilled(state: State, incident: Incident) -> None:
    """A drill answers for its key, and stands beside what is real."""
    state.by_key[incident.key] = incident.id
    state.drills[incident.id] = incident
    while len(state.drills) > DRILLS_KEPT:
        del state.drills[next(iter(state.drills))]


def _index(state: State, incident: Incident) -> None:
    """It answers for the keys of its members, and for its group."""
    for key in incident.members:
        state.by_key[key] = incident.id
    if incident.group:
        state.by_group[incident.group] = incident.id


def _unindex(state: State, incident: Incident) -> None:
    for key in incident.members:
        if state.by_key.get(key) == incident.id:
            del state.by_key[key]
    if state.by_group.get(incident.group) == incident.id:
        del state.by_group[incident.group]


def _joined(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentJoined)
    incident = state.open[data.incident]
    incident.joining()[data.key] = Member(title=data.title, since=recorded.fact.at)
    incident.labels = {n: v for n, v in incident.labels.items() if data.labels.get(n) == v}
    _happened(incident, recorded)
    state.by_key[data.key] = incident.id


def _recurred(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentRecurred)
    incident = state.open[data.incident]
    incident.joining()[data.key or incident.key].over = None
    _happened(incident, recorded)


def _happened(incident: Incident, recorded: Recorded) -> None:
    """Again, or more of it. Only what was wholly over has changed."""
    if incident.recovered_at is not None:
        incident.changes = (*incident.changes, recorded.fact.at)[-CHANGES_KEPT:]
    incident.recovered_at = None


def _flapping(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, IncidentFlapping)
    state.open[recorded.fact.data.incident].flapping = True


def _acknowledged(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentAcknowledged)
    incident = state.held(data.incident)
    incident.acknowledged_at, incident.acknowledged_by = recorded.fact.at, data.by
    incident.repeats = 0
    if data.link:
        incident.links = having(incident.links, data.link)
    if incident.first_acknowledged_at is None:
        incident.first_acknowledged_at, incident.first_acknowledged_by = recorded.fact.at, data.by
    incident.heard_at = recorded.fact.at


def _unacknowledged(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, IncidentUnacknowledged)
    next_round(state.open[recorded.fact.data.incident], recorded)


def _repeated(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, RouteRepeated)
    incident = state.open[recorded.fact.data.incident]
    incident.repeats += 1
    next_round(incident, recorded)


def next_round(incident: Incident, recorded: Recorded) -> None:
    """Everybody is told again, from the start of the route."""
    incident.acknowledged_at, incident.acknowledged_by = None, ""
    incident.round, incident.round_at = incident.round + 1, recorded.fact.at
    incident.told = ()


def _member_recovered(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentMemberRecovered)
    state.open[data.incident].joining()[data.key].over = recorded.fact.at


def _recovered(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentRecovered)
    incident = state.held(data.incident)
    incident.recovered_at = recorded.fact.at
    incident.joining()[data.key or incident.key].over = recorded.fact.at


def _muted(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, IncidentMuted)
    state.open[recorded.fact.data.incident].muted_by = recorded.fact.data.by


def _unmuted(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, IncidentUnmuted)
    state.open[recorded.fact.data.incident].muted_by = ""


def _resolved(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentResolved)
    incident = state.held(data.incident)
    incident.resolved_at, incident.resolved_by, incident.resolution = recorded.fact.at, data.by, data.reason
    if incident.drill is None:
        _close(state, incident)
    else:
        _unindex(state, incident)


def _close(state: State, incident: Incident) -> None:
    del state.open[incident.id]
    _unindex(state, incident)
    state.closed[incident.id] = incident
    state.finish(incident)
    finished = [name for name in state.closed if name not in state.unfinished]
    for name in finished[: max(0, len(finished) - CLOSED_KEPT)]:
        del state.closed[name]


def _reopened(state: State, recorded: Recorded) -> None:
    """With its keys: an incident that had absorbed it no longer answers for them."""
    data = recorded.fact.data
    assert isinstance(data, IncidentReopened)
    incident = state.closed.pop(data.incident)
    state.unfinished.discard(incident.id)
    absorber = state.open.get(incident.merged_into)
    if absorber is not None:
        _unindex(state, absorber)
        absorber.joined = {k: m for k, m in absorber.members.items() if k not in data.keys}
        _index(state, absorber)
    incident.resolved_at, incident.resolved_by, incident.resolution = None, "", ""
    incident.merged_into, incident.recovered_at = "", None
    incident.joined = {k: m for k, m in incident.members.items() if k in data.keys}
    for member in incident.joined.values():
        member.over = None
    if data.by == ENGINE:
        # Not why it was opened the first time: people act on what is wrong now.
        incident.reason = data.reason
    incident.clocks = data.clocks
    incident.met = ()
    incident.missed = ()
    incident.warned = ()
    incident.counts_from, incident.repeats = recorded.fact.at, 0
    next_round(incident, recorded)
    state.open[incident.id] = incident
    _index(state, incident)


def _merged(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentMerged)
    incident = state.open[data.incident]
    incident.merged_into = data.into
    incident.resolved_at, incident.resolved_by = recorded.fact.at, data.by
    incident.resolution = f"merged into {data.into}"
    _close(state, incident)


def _absorbed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentAbsorbed)
    incident, other = state.open[data.incident], state.closed[data.other]
    incident.joined = {**other.members, **incident.members}
    incident.labels = {n: v for n, v in incident.labels.items() if other.labels.get(n) == v}
    incident.clocks = data.clocks
    incident.severities = {
        **incident.had,
        **{name: at for name, at in other.had.items() if name not in incident.had},
    }
    incident.proposed = incident.proposed or other.proposed
    if other.recovered_at is None:
        incident.recovered_at = None
    heard(state, recorded)
    _index(state, incident)


def _noted(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentNoted)
    incident = state.known(data.incident)
    if incident is not None and data.key:
        incident.notes = having(incident.notes, data.key)
    heard(state, recorded)


def heard(state: State, recorded: Recorded) -> None:
    """Somebody is at it."""
    incident = state.open.get(recorded.fact.subject.removeprefix("incident:"))
    if incident is not None:
        incident.heard_at = recorded.fact.at


def _silence_created(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, SilenceCreated)
    state.silence_count += 1
    state.silences[data.silence] = Silence(
        id=data.silence,
        matchers=tuple(parse_matcher(one) for one in data.matchers),
        by=data.by,
        since=recorded.fact.at,
        until=data.until,
    )


def _silence_ended(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, SilenceEnded)
    del state.silences[recorded.fact.data.silence]


def _met(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ClockMet)
    if data.clock != "update":
        incident = state.open[data.incident]
        incident.met = having(incident.met, data.promise)


def _missed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ClockMissed)
    incident = state.open[data.incident]
    if data.clock == "update":
        incident.working().spoke_at = recorded.fact.at
    else:
        incident.missed = having(incident.missed, data.promise)


OWN: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    IncidentOpened: _opened,
    IncidentJoined: _joined,
    IncidentRecurred: _recurred,
    IncidentFlapping: _flapping,
    IncidentAcknowledged: _acknowledged,
    IncidentUnacknowledged: _unacknowledged,
    RouteRepeated: _repeated,
    IncidentMemberRecovered: _member_recovered,
    IncidentRecovered: _recovered,
    IncidentMuted: _muted,
    IncidentUnmuted: _unmuted,
    IncidentResolved: _resolved,
    IncidentReopened: _reopened,
    IncidentMerged: _merged,
    IncidentAbsorbed: _absorbed,
    IncidentNoted: _noted,
    ClockMet: _met,
    ClockMissed: _missed,
    SilenceCreated: _silence_created,
    SilenceEnded: _silence_ended,
}
