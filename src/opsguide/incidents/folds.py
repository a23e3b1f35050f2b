"""How each fact changes the chapter's state."""

from collections.abc import Callable, Mapping

from ..kernel.facts import Data, Recorded
from ..kernel.intent import Intent, Outcome, Withdrawn
from ..kernel.matching import parse_matcher
from ..kernel.standing import EvidenceRecorded
from . import health, sla
from .escalation import DIGEST, PAGE
from .facts import (
    ChannelTested,
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
    PageImpossible,
    SilenceCreated,
    SilenceEnded,
)
from .oncall import INBOX
from .state import CLOSED_KEPT, DRILLS_KEPT, Delivery, Incident, Member, Silence, State

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
        severity=data.severity,
        severity_known=data.severity_known,
        reason=data.reason,
        opened_at=at,
        opened_seq=recorded.seq,
        clocks=data.clocks,
        pages=data.pages,
        promise=data.promise,
        kind=data.kind,
        runbook=data.runbook,
        labels=dict(data.labels),
        group=data.group,
        members={data.key: Member(title=data.title, since=at)},
        round_at=at,
        drill=data.drill,
        proposed=data.proposed,
        had={data.severity: at},
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
    incident.members[data.key] = Member(title=data.title, since=recorded.fact.at)
    incident.labels = {n: v for n, v in incident.labels.items() if data.labels.get(n) == v}
    _happened(incident, recorded)
    state.by_key[data.key] = incident.id


def _recurred(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentRecurred)
    incident = state.open[data.incident]
    incident.members[data.key or incident.key].over = None
    _happened(incident, recorded)


def _happened(incident: Incident, recorded: Recorded) -> None:
    """Again, or more of it. Only what was wholly over has changed."""
    if incident.recovered_at is not None:
        incident.changes = [*incident.changes, recorded.fact.at][-CHANGES_KEPT:]
    incident.recovered_at = None


def _flapping(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, IncidentFlapping)
    state.open[recorded.fact.data.incident].flapping = True


def _acknowledged(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentAcknowledged)
    incident = state.held(data.incident)
    incident.acknowledged_at, incident.acknowledged_by = recorded.fact.at, data.by
    incident.heard_at = recorded.fact.at


def _unacknowledged(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, IncidentUnacknowledged)
    next_round(state.open[recorded.fact.data.incident], recorded)


def next_round(incident: Incident, recorded: Recorded) -> None:
    """Everybody is told again, from the start of the route."""
    incident.acknowledged_at, incident.acknowledged_by = None, ""
    incident.round, incident.round_at = incident.round + 1, recorded.fact.at
    incident.told.clear()


def _member_recovered(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentMemberRecovered)
    state.open[data.incident].members[data.key].over = recorded.fact.at


def _recovered(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentRecovered)
    incident = state.held(data.incident)
    incident.recovered_at = recorded.fact.at
    incident.members[data.key or incident.key].over = recorded.fact.at


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
    while len(state.closed) > CLOSED_KEPT:
        del state.closed[next(iter(state.closed))]


def _reopened(state: State, recorded: Recorded) -> None:
    """With its keys: an incident that had absorbed it no longer answers for them."""
    data = recorded.fact.data
    assert isinstance(data, IncidentReopened)
    incident = state.closed.pop(data.incident)
    absorber = state.open.get(incident.merged_into)
    if absorber is not None:
        _unindex(state, absorber)
        absorber.members = {k: m for k, m in absorber.members.items() if k not in data.keys}
        _index(state, absorber)
    incident.resolved_at, incident.resolved_by, incident.resolution = None, "", ""
    incident.merged_into, incident.recovered_at = "", None
    incident.members = {k: m for k, m in incident.members.items() if k in data.keys}
    for member in incident.members.values():
        member.over = None
    incident.clocks = data.clocks
    incident.met.clear()
    incident.missed.clear()
    incident.warned.clear()
    incident.counts_from = recorded.fact.at
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
    incident.members = {**other.members, **incident.members}
    incident.labels = {n: v for n, v in incident.labels.items() if other.labels.get(n) == v}
    incident.clocks = data.clocks
    incident.had = {
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
        incident.notes.add(data.key)
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
    state.open[data.incident].met.add(data.promise)


def _missed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ClockMissed)
    state.open[data.incident].missed.add(data.promise)


def _intended(state: State, recorded: Recorded) -> None:
    intent = recorded.fact.data
    assert isinstance(intent, Intent)
    incident = state.known(intent.args.get("incident", "")) if intent.deed == PAGE else None
    if incident is None:
        return
    if intent.promise is not None:
        incident.told.add(intent.promise)
    incident.deliveries[intent.key] = Delivery(
        key=intent.key,
        step=int(intent.args["step"]),
        person=intent.args["person"],
        channel=intent.args["channel"],
        promise=intent.promise,
        decided_at=recorded.fact.at,
        at=recorded.fact.at,
        round=incident.round,
    )


def delivery(state: State, key: str) -> Delivery | None:
    """The delivery that an intent's key names: `page/INC-1/…`."""
    parts = key.split("/")
    incident = state.known(parts[1]) if parts[0] == PAGE and len(parts) > 1 else None
    return incident.deliveries.get(key) if incident is not None else None


def _attempted(state: State, recorded: Recorded) -> None:
    outcome = recorded.fact.data
    assert isinstance(outcome, Outcome)
    if outcome.key.startswith((f"{PAGE}/", f"{DIGEST}/")):
        problem = None if outcome.result == "done" else outcome.detail
        health.heard(state, health.channel_of(outcome.key), recorded.fact.at, problem, outcome.seconds)
    sent = delivery(state, outcome.key)
    if sent is None or sent.state in ("done", "withdrawn"):
        return
    sent.attempts, sent.detail, sent.at = outcome.attempt, outcome.detail, recorded.fact.at
    sent.seconds = outcome.seconds
    sent.state = "done" if outcome.result == "done" else "failed"
    _prove_step(state, recorded, sent)


def _prove_step(state: State, recorded: Recorded, delivery: Delivery) -> None:
    """A delivered page proves its step of the route; a failed one breaks it while no channel reached anybody.

    The inbox proves nothing of a person who is told through more than that.
    """
    incident = state.known(delivery.key.split("/")[1])
    if delivery.promise is None or incident is None:
        return
    sent = [d for d in incident.deliveries.values() if d.step == delivery.step]
    outside = [d for d in sent if d.channel != INBOX] or sent
    if delivery not in outside:
        return
    reached = any(d.state == "done" for d in outside)
    said = f"{delivery.person} through {delivery.channel}"
    evidence = EvidenceRecorded(
        promise=delivery.promise,
        verdict="kept" if reached else "broken",
        reason=f"{incident.id} reached {said}" if reached else f"{incident.id} could not reach {said}",
        fresh_seconds=sla.FRESH_SECONDS,
    )
    state.book.fold(recorded.seq, recorded.fact.at, evidence)


def _tested(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ChannelTested)
    health.heard(state, data.channel, recorded.fact.at, data.problem or None, data.seconds)


def _withdrawn(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, Withdrawn)
    sent = delivery(state, recorded.fact.data.key)
    if sent is not None:
        sent.state, sent.detail = "withdrawn", recorded.fact.data.reason
        sent.at = recorded.fact.at


def _impossible(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, PageImpossible)
    state.held(data.incident).told.add(data.promise)
    evidence = EvidenceRecorded(
        promise=data.promise, verdict="broken", reason=data.reason, fresh_seconds=sla.FRESH_SECONDS
    )
    state.book.fold(recorded.seq, recorded.fact.at, evidence)


OWN: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    IncidentOpened: _opened,
    IncidentJoined: _joined,
    IncidentRecurred: _recurred,
    IncidentFlapping: _flapping,
    IncidentAcknowledged: _acknowledged,
    IncidentUnacknowledged: _unacknowledged,
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
    PageImpossible: _impossible,
    ChannelTested: _tested,
    SilenceCreated: _silence_created,
    SilenceEnded: _silence_ended,
    Intent: _intended,
    Outcome: _attempted,
    Withdrawn: _withdrawn,
}
