"""What the chapter answers to commands and decides by itself. Pure; every answer has its reason."""

from ..kernel.clock import Instant
from ..kernel.intent import Withdrawn
from ..kernel.part import Answer, Conditions, Decision, Refusal, Said
from . import escalation, severity, sla
from .commands import Acknowledge, AddNote, Open, Recover, Resolve
from .facts import (
    ClockMet,
    ClockMissed,
    IncidentAcknowledged,
    IncidentNoted,
    IncidentOpened,
    IncidentRecovered,
    IncidentRecurred,
    IncidentResolved,
    NoteText,
)
from .state import Incident, State


def subject(incident: str) -> str:
    return f"incident:{incident}"


def open_incident(state: State, command: Open, now: Instant) -> Answer:
    """One open incident a key: a second opening is a recurrence if it had recovered, else nothing new."""
    already = state.by_key.get(command.key)
    if already is not None:
        if state.open[already].recovered_at is None:
            return Refusal("already_open", f"{already} is already open for {command.key}")
        return (Said(IncidentRecurred(incident=already, reason=command.reason), subject(already)),)
    chosen = severity.choose(state, command.severity, command.condition)
    name = f"INC-{state.count + 1}"
    opened = IncidentOpened(
        incident=name,
        key=command.key,
        title=command.title,
        severity=chosen.severity,
        severity_known=chosen.known,
        reason=f"{command.reason}; {chosen.severity}: {chosen.reason}",
        clocks=sla.clocks_for(state, chosen.severity, now) if chosen.known else (),
        pages=chosen.known and severity.pages(state, state.bindings, chosen.severity),
        promise=command.promise,
        kind=command.kind,
    )
    return (Said(opened, subject(name)),)


def recover(state: State, command: Recover, _now: Instant) -> Answer:
    """The cause is over: the incident is resolved with it, by opsguide, and says so."""
    name = state.by_key.get(command.key)
    if name is None or state.open[name].recovered_at is not None:
        return Refusal("nothing_open", f"no incident is open for {command.key}")
    return (Said(IncidentRecovered(incident=name, reason=command.reason), subject(name)),)


def acknowledge(state: State, command: Acknowledge, now: Instant) -> Answer:
    incident = state.find(command.incident)
    if incident is None:
        return _unknown(command.incident)
    if not incident.open:
        return Refusal("already_resolved", f"{incident.id} was resolved by {incident.resolved_by}")
    if incident.acknowledged_at is not None:
        return Refusal(
            "already_acknowledged", f"{incident.id} was acknowledged by {incident.acknowledged_by}"
        )
    acknowledged = IncidentAcknowledged(incident=incident.id, by=command.by)
    return (Said(acknowledged, subject(incident.id)), *_met(incident, {"acknowledge"}, now))


def resolve(state: State, command: Resolve, now: Instant) -> Answer:
    """Resolving also stops a running acknowledge clock: somebody was there."""
    incident = state.find(command.incident)
    if incident is None:
        return _unknown(command.incident)
    if not incident.open:
        return Refusal("already_resolved", f"{incident.id} was resolved by {incident.resolved_by}")
    return _resolved(incident, command.by, command.reason or "resolved by hand", now)


def add_note(state: State, command: AddNote, _now: Instant) -> Answer:
    incident = state.find(command.incident)
    if incident is None:
        return _unknown(command.incident)
    if not command.text.strip():
        return Refusal("empty_note", "the note is empty", "write what you saw or did")
    if command.key and command.key in incident.notes:
        return Refusal("already_noted", "this note was added before", "send another key for another note")
    noted = IncidentNoted(incident=command.incident, by=command.by, key=command.key)
    return (Said(noted, subject(command.incident), NoteText(command.text.strip())),)


def _resolved(incident: Incident, by: str, reason: str, now: Instant) -> tuple[Said, ...]:
    resolved = IncidentResolved(incident=incident.id, by=by, reason=reason)
    unneeded = _unneeded(incident, "the incident is resolved")
    return (*_met(incident, {"acknowledge", "resolve"}, now), *unneeded, Said(resolved, subject(incident.id)))


def _unknown(incident: str) -> Refusal:
    return Refusal(
        "unknown_incident", f"there is no incident {incident}", "the console lists them at /incidents"
    )


def _met(incident: Incident, names: set[str], now: Instant) -> tuple[Said, ...]:
    """The clocks of these names that were still running are met; at or before `due` counts."""
    said = list[Said]()
    for clock in incident.running():
        if clock.name in names and now <= clock.due:
            taken = sla.used_seconds(clock, incident.opened_at, now)
            met = ClockMet(
                incident=incident.id,
                clock=clock.name,
                promise=clock.promise,
                taken_seconds=taken,
                limit_seconds=clock.seconds,
            )
            said.append(Said(met, subject(incident.id)))
            said.append(_proof(incident, clock.promise, taken, clock.seconds, kept=True))
    return tuple(said)


def _proof(incident: Incident, promise: str, taken: float, limit: float, *, kept: bool) -> Said:
    return Said(sla.evidence(incident.id, promise, taken, limit, kept), f"promise:{promise}")


def decide(state: State, _conditions: Conditions, now: Instant) -> Decision:
    """Clocks that ran out, steps of the route that are due, pages nobody needs any more, recovered incidents."""
    said, wakes = list[Said](), list[Instant]()
    for incident in list(state.open.values()):
        for clock in incident.running():
            if now > clock.due:
                said.extend(_missed(incident, clock.name, clock.promise, clock.seconds))
            else:
                wakes.append(clock.due + 1)
        if incident.recovered_at is not None:
            said.extend(_resolved(incident, "opsguide", "what opened it is over", now))
        elif incident.acknowledged_at is None:
            steps, later = escalation.due_steps(state, incident, now)
            said.extend(steps)
            wakes.extend([later] if later is not None else [])
        else:
            said.extend(_unneeded(incident, f"acknowledged by {incident.acknowledged_by}"))
    return Decision(tuple(said), min(wakes, default=None))


def _missed(incident: Incident, name: str, promise: str, seconds: float) -> tuple[Said, Said]:
    assert name in ("acknowledge", "resolve")
    missed = ClockMissed(
        incident=incident.id,
        clock="acknowledge" if name == "acknowledge" else "resolve",
        promise=promise,
        limit_seconds=seconds,
    )
    return Said(missed, subject(incident.id)), _proof(incident, promise, seconds, seconds, kept=False)


def _unneeded(incident: Incident, reason: str) -> list[Said]:
    """Pages that still wait are withdrawn; what was delivered stays where it is."""
    return [
        Said(Withdrawn(key=d.key, reason=reason), subject(incident.id))
        for d in incident.deliveries.values()
        if d.state in ("waiting", "failed")
    ]
