"""The chapter "Incident Response": its folds, its commands, and the standing of its promises."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from ..guide.chapter import Chapter, Moved, moves_none
from ..guide.keeping import FOLDS, by_evidence
from ..guide.keeping import MOVES as BY_EVIDENCE
from ..guide.promise import Promise
from ..guide.values import ClockValues, Severity, Step
from ..kernel.clock import Instant
from ..kernel.facts import Data, Recorded
from ..kernel.intent import Intent, Outcome, Withdrawn
from ..kernel.standing import EvidenceRecorded, Standing
from . import oncall, rules, sla
from .commands import Acknowledge, AddNote, Open, Recover, Resolve
from .escalation import PAGE
from .facts import (
    FACTS,
    ClockMet,
    ClockMissed,
    IncidentAcknowledged,
    IncidentNoted,
    IncidentOpened,
    IncidentRecovered,
    IncidentRecurred,
    IncidentResolved,
    PageImpossible,
)
from .state import CLOSED_KEPT, Delivery, Incident, State


def _opened(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentOpened)
    state.count += 1
    state.by_key[data.key] = data.incident
    state.open[data.incident] = Incident(
        id=data.incident,
        key=data.key,
        title=data.title,
        severity=data.severity,
        severity_known=data.severity_known,
        reason=data.reason,
        opened_at=recorded.fact.at,
        opened_seq=recorded.seq,
        clocks=data.clocks,
        pages=data.pages,
        promise=data.promise,
        kind=data.kind,
    )


def _acknowledged(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentAcknowledged)
    incident = state.open[data.incident]
    incident.acknowledged_at, incident.acknowledged_by = recorded.fact.at, data.by


def _recovered(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, IncidentRecovered)
    state.open[recorded.fact.data.incident].recovered_at = recorded.fact.at


def _recurred(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, IncidentRecurred)
    state.open[recorded.fact.data.incident].recovered_at = None


def _resolved(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentResolved)
    incident = state.open.pop(data.incident)
    state.by_key.pop(incident.key, None)
    incident.resolved_at, incident.resolved_by, incident.resolution = recorded.fact.at, data.by, data.reason
    state.closed[incident.id] = incident
    while len(state.closed) > CLOSED_KEPT:
        del state.closed[next(iter(state.closed))]


def _noted(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentNoted)
    incident = state.find(data.incident)
    if incident is not None and data.key:
        incident.notes.add(data.key)


def _met(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ClockMet)
    state.open[data.incident].met.add(data.clock)


def _missed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ClockMissed)
    state.open[data.incident].missed.add(data.clock)


def _intended(state: State, recorded: Recorded) -> None:
    intent = recorded.fact.data
    assert isinstance(intent, Intent)
    incident = state.find(intent.args.get("incident", "")) if intent.deed == PAGE else None
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
    )


def _delivery(state: State, key: str) -> Delivery | None:
    """The delivery that an intent's key names: `page/INC-1/…`."""
    parts = key.split("/")
    incident = state.find(parts[1]) if parts[0] == PAGE and len(parts) > 1 else None
    return incident.deliveries.get(key) if incident is not None else None


def _attempted(state: State, recorded: Recorded) -> None:
    outcome = recorded.fact.data
    assert isinstance(outcome, Outcome)
    delivery = _delivery(state, outcome.key)
    if delivery is None or delivery.state in ("done", "withdrawn"):
        return
    delivery.attempts, delivery.detail, delivery.at = outcome.attempt, outcome.detail, recorded.fact.at
    delivery.state = "done" if outcome.result == "done" else "failed"
    _prove_step(state, recorded, delivery)


def _prove_step(state: State, recorded: Recorded, delivery: Delivery) -> None:
    """A delivered page proves its step of the route; a failed one breaks it while no channel reached the person."""
    incident = state.find(delivery.key.split("/")[1])
    if delivery.promise is None or incident is None:
        return
    reached = any(d.state == "done" for d in incident.deliveries.values() if d.step == delivery.step)
    said = f"{delivery.person} through {delivery.channel}"
    evidence = EvidenceRecorded(
        promise=delivery.promise,
        verdict="kept" if reached else "broken",
        reason=f"{incident.id} reached {said}" if reached else f"{incident.id} could not reach {said}",
        fresh_seconds=sla.FRESH_SECONDS,
    )
    state.book.fold(recorded.seq, recorded.fact.at, evidence)


def _withdrawn(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, Withdrawn)
    delivery = _delivery(state, recorded.fact.data.key)
    if delivery is not None:
        delivery.state, delivery.detail = "withdrawn", recorded.fact.data.reason
        delivery.at = recorded.fact.at


def _impossible(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, PageImpossible)
    state.open[data.incident].told.add(data.promise)
    evidence = EvidenceRecorded(
        promise=data.promise, verdict="broken", reason=data.reason, fresh_seconds=sla.FRESH_SECONDS
    )
    state.book.fold(recorded.seq, recorded.fact.at, evidence)


def conditions(state: State, _now: Instant) -> Iterable[str]:
    return sorted({f"incident.{incident.severity}.open" for incident in state.open.values()})


def standing(state: State, promise: Promise, at: Instant) -> Standing:
    """Severities are in force once adopted; clocks and routes stand by what incidents proved."""
    if isinstance(promise.values, Severity):
        return Standing(
            kind="kept",
            reason="incidents are opened by this definition",
            since=state.adopted_at,
            evidence_at=state.adopted_at,
            evidence=state.adopted_seq,
        )
    found = by_evidence(state, promise, at)
    if isinstance(promise.values, ClockValues) and found.kind != "unbound":
        found = sla.standing(state, promise, at, found)
    if isinstance(promise.values, Step) and found.kind not in ("unbound", "broken"):
        found = oncall.standing(state.bindings, promise.values.to, at, found)
    if found.kind == "unproven" and found.evidence is None:
        if isinstance(promise.values, ClockValues):
            return replace(found, reason="no incident has tested this clock yet")
        if isinstance(promise.values, Step):
            return replace(found, reason="no page has gone this way yet")
    return found


def _clocks_moved(_state: State, recorded: Recorded) -> Iterable[str]:
    """Only clocks run with an incident's opening."""
    assert isinstance(recorded.fact.data, IncidentOpened)
    return [clock.promise for clock in recorded.fact.data.clocks]


def _clock_moved(_state: State, recorded: Recorded) -> Iterable[str]:
    assert isinstance(recorded.fact.data, ClockMet | ClockMissed | PageImpossible)
    return (recorded.fact.data.promise,)


def _resolved_moved(state: State, recorded: Recorded) -> Iterable[str]:
    """Its clocks run no more."""
    assert isinstance(recorded.fact.data, IncidentResolved)
    incident = state.find(recorded.fact.data.incident)
    return [clock.promise for clock in incident.clocks] if incident is not None else ()


def _delivery_moved(state: State, recorded: Recorded) -> Iterable[str]:
    assert isinstance(recorded.fact.data, Outcome)
    delivery = _delivery(state, recorded.fact.data.key)
    return (delivery.promise,) if delivery is not None and delivery.promise is not None else ()


MOVES: Mapping[type[Data], Moved] = {
    **BY_EVIDENCE,
    IncidentOpened: _clocks_moved,
    IncidentResolved: _resolved_moved,
    ClockMet: _clock_moved,
    ClockMissed: _clock_moved,
    PageImpossible: _clock_moved,
    Outcome: _delivery_moved,
    **dict.fromkeys(
        (IncidentRecurred, IncidentAcknowledged, IncidentRecovered, IncidentNoted, Intent, Withdrawn),
        moves_none,
    ),
}


CHAPTER = Chapter(
    name="incidents",
    facts=FACTS,
    initial=State,
    folds={
        **FOLDS,
        IncidentOpened: _opened,
        IncidentRecurred: _recurred,
        IncidentAcknowledged: _acknowledged,
        IncidentRecovered: _recovered,
        IncidentResolved: _resolved,
        IncidentNoted: _noted,
        ClockMet: _met,
        ClockMissed: _missed,
        PageImpossible: _impossible,
        Intent: _intended,
        Outcome: _attempted,
        Withdrawn: _withdrawn,
    },
    handlers={
        Open: rules.open_incident,
        Recover: rules.recover,
        Acknowledge: rules.acknowledge,
        Resolve: rules.resolve,
        AddNote: rules.add_note,
    },
    decide=rules.decide,
    conditions=conditions,
    standing=standing,
    moves=MOVES,
)
