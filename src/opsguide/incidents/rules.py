"""What the chapter answers to commands and decides by itself. Pure; every answer has its reason."""

from collections.abc import Iterator

from msgspec.structs import replace

from ..kernel.clock import Instant
from ..kernel.engine import ENGINE
from ..kernel.intent import Withdrawn
from ..kernel.part import Answer, Conditions, Decision, Refusal, Said
from . import digest, escalation, grouping, merging, muting, settling, severity, silences, sla
from .commands import Acknowledge, AddNote, Open, Recover, Resolve
from .common import subject, unknown
from .conditions import CONDITION_LABEL, KINDS, Condition, condition_of
from .coverage import rules as coverage
from .facts import (
    ClockMissed,
    Drill,
    IncidentAcknowledged,
    IncidentJoined,
    IncidentMemberRecovered,
    IncidentNoted,
    IncidentOpened,
    IncidentRecovered,
    IncidentRecurred,
    IncidentResolved,
    NoteText,
)
from .handoffs import rules as handoffs
from .overrides import rules as overrides
from .postmortem import rules as postmortems
from .process import severities, tasks, updates, warning
from .state import Incident, State


def open_incident(state: State, command: Open, now: Instant) -> Answer:
    """One open incident a key or group; what was resolved a moment ago is reopened."""
    if command.drill:
        return _drilled(state, command, now)
    already = state.by_key.get(command.key)
    if already is not None:
        if state.open[already].members[command.key].over is None:
            return Refusal("already_open", f"{already} is already open for {command.key}")
        recurred = IncidentRecurred(incident=already, reason=command.reason, key=command.key)
        return (Said(recurred, subject(already)),)
    chosen = severity.choose(state, command.severity, _condition(command), command.says)
    before = settling.lately_resolved(state, command.key, now)
    if before is not None and before.severity == chosen.severity:
        reason = f"it happened again: {command.reason}"
        return (merging.reopened(state, before, ENGINE, reason, (command.key,), now),)
    group = f"{command.group}, {chosen.severity}" if command.group else ""
    group = group or grouping.group_of(state.bindings.incidents.group, command.labels, chosen.severity)
    if group in state.by_group:
        return (_joined(state.by_group[group], command),)
    return (_opened(state, command, chosen, group, now),)


def _drilled(state: State, command: Open, now: Instant) -> Answer:
    """By the same rule for its severity and pages; it joins nothing, and no clock runs."""
    if command.key in state.by_key:
        return Refusal("already_open", f"{command.drill} is open already")
    chosen = severity.choose(state, command.severity, _condition(command), command.says)
    said = _opened(state, command, chosen, "", now)
    assert isinstance(said.data, IncidentOpened)
    opened = replace(said.data, incident=command.drill, clocks=(), drill=Drill(command.tell, command.to))
    return (Said(opened, subject(command.drill)),)


def _joined(incident: str, command: Open) -> Said:
    joined = IncidentJoined(
        incident=incident,
        key=command.key,
        title=command.title,
        reason=command.reason,
        labels=command.labels,
        promise=command.promise,
    )
    return Said(joined, subject(incident))


def _opened(state: State, command: Open, chosen: severity.Chosen, group: str, now: Instant) -> Said:
    name, condition = f"INC-{state.count + 1}", _condition(command)
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
        kind=command.kind or KINDS.get(condition or ""),
        labels=command.labels,
        group=group,
        runbook=command.runbook,
        proposed=severity.proposal(state, condition),
    )
    return Said(opened, subject(name))


def _condition(command: Open) -> Condition | None:
    """What is so, in a term that definitions know; an alert says it by a label."""
    return condition_of(command.condition or command.labels.get(CONDITION_LABEL, ""))


def recover(state: State, command: Recover, _now: Instant) -> Answer:
    """The cause is over; the incident is once all that it is about is, and it stays so for a time."""
    name = state.by_key.get(command.key)
    if name is None or state.held(name).members[command.key].over is not None:
        return Refusal("nothing_open", f"no incident is open for {command.key}")
    others = (member for key, member in state.held(name).members.items() if key != command.key)
    whole = all(member.over is not None for member in others)
    kind = IncidentRecovered if whole else IncidentMemberRecovered
    return (Said(kind(incident=name, reason=command.reason, key=command.key), subject(name)),)


def acknowledge(state: State, command: Acknowledge, now: Instant) -> Answer:
    incident = state.known(command.incident)
    if incident is None:
        return unknown(command.incident)
    if not incident.open:
        return Refusal("already_resolved", f"{incident.id} was resolved by {incident.resolved_by}")
    if incident.acknowledged_at is not None:
        return Refusal(
            "already_acknowledged", f"{incident.id} was acknowledged by {incident.acknowledged_by}"
        )
    if command.link in incident.links:
        return Refusal(
            "link_used", f"this link acknowledged {incident.id} before", "a newer page carries a newer link"
        )
    acknowledged = IncidentAcknowledged(incident=incident.id, by=command.by, link=command.link)
    return (Said(acknowledged, subject(incident.id)), *sla.met(incident, {"acknowledge"}, now))


def resolve(state: State, command: Resolve, now: Instant) -> Answer:
    """Resolving also stops a running acknowledge clock: somebody was there."""
    incident = state.known(command.incident)
    if incident is None:
        return unknown(command.incident)
    if not incident.open:
        return Refusal("already_resolved", f"{incident.id} was resolved by {incident.resolved_by}")
    return _resolved(state, incident, command.by, command.reason or "resolved by hand", now)


def add_note(state: State, command: AddNote, _now: Instant) -> Answer:
    incident = state.known(command.incident)
    if incident is None:
        return unknown(command.incident)
    if not command.text.strip():
        return Refusal("empty_note", "the note is empty", "write what you saw or did")
    if command.key and command.key in incident.notes:
        return Refusal("already_noted", "this note was added before", "send another key for another note")
    noted = IncidentNoted(incident=command.incident, by=command.by, key=command.key)
    return (Said(noted, subject(command.incident), NoteText(command.text.strip())),)


def _resolved(state: State, incident: Incident, by: str, reason: str, now: Instant) -> tuple[Said, ...]:
    """The clocks are held to when it was over, not to when that was sure."""
    resolved = IncidentResolved(incident=incident.id, by=by, reason=reason)
    unneeded = _unneeded(incident, "the incident is resolved")
    met = sla.met(incident, {"acknowledge", "resolve"}, _over_at(incident, now))
    wanted = postmortems.required(state, incident, now)
    return (*met, *unneeded, Said(resolved, subject(incident.id)), *wanted)


def _over_at(incident: Incident, now: Instant) -> Instant:
    return now if incident.recovered_at is None else incident.recovered_at


def decide(state: State, _conditions: Conditions, now: Instant) -> Decision:
    """Clocks that ran out, steps of the route that are due, pages nobody needs any more, what is over, what flaps."""
    said, wakes = list(silences.over(state, now)), list(muting.ends(state))
    said.extend(overrides.lapsed(state, now))
    said.extend(handoffs.changes(state, now))
    said.extend(coverage.decide(state, now))
    wakes.extend((*overrides.lapses(state), *handoffs.wakes(state, now), state.agenda.coverage_at))
    for incident, mutes in _to_look_at(state, now):
        own = list[Instant]()
        found = _looked(state, incident, mutes, now, own)
        said.extend(found)
        if not found:
            state.agenda.look_at(incident.id, min(own, default=None))
    wake = state.agenda.wake()
    wakes.extend([wake] if wake is not None else [])
    said.extend(digest.due(state, now))
    for drill in state.drills.values():
        said.extend(_drilling(state, drill, now) if drill.open else ())
    for name in sorted(state.unfinished):
        said.extend(tasks.due(state, state.closed[name], now, wakes))
        said.extend(postmortems.due(state, state.closed[name], now, wakes))
    said.extend(severities.proof(state))
    return Decision(tuple(said), min(wakes, default=None))


def _to_look_at(state: State, now: Instant) -> Iterator[tuple[Incident, muting.Muting]]:
    """The incidents for which something may have changed, in the order in which they opened; and what mutes."""
    agenda = state.agenda
    names = set(state.open) if agenda.everything else set(agenda.due(now))
    moved = muting.sources_moved(state, names | agenda.sources.keys() if agenda.everything else names)
    if agenda.everything or moved:
        names, agenda.everything = set(state.open), False
        agenda.touched.update(names)
    agenda.touched.difference_update([one for one in agenda.touched if one not in state.open])
    mutes = muting.Muting(state)
    for incident in sorted((state.open[one] for one in names if one in state.open), key=_place):
        yield incident, mutes


def _place(incident: Incident) -> int:
    return incident.opened_seq


def _looked(
    state: State, incident: Incident, mutes: muting.Muting, now: Instant, wakes: list[Instant]
) -> list[Said]:
    """What is to be done about one incident now; `wakes` gets when there may be more."""
    settled = settling.settled_at(state, incident)
    if settled is not None and now >= settled:
        return list(_resolved(state, incident, ENGINE, settling.settled_reason(state, incident), now))
    wakes.extend([settled] if settled is not None else [])
    return [*_clocks(incident, now, wakes), *_holding(state, incident, mutes, now, wakes)]


def _drilling(state: State, incident: Incident, now: Instant) -> list[Said]:
    """A drill is over when it is said to be; until somebody acknowledges, the first step of the route is told."""
    if incident.recovered_at is not None:
        return list(_resolved(state, incident, ENGINE, "the drill is over", now))
    if incident.acknowledged_at is not None:
        return _unneeded(incident, f"acknowledged by {incident.acknowledged_by}")
    steps, _ = escalation.due_steps(state, incident, now)
    return steps


def _clocks(incident: Incident, now: Instant, wakes: list[Instant]) -> Iterator[Said]:
    """Clocks that ran out. They stand still while what opened it is over: if it stays so, that was the end."""
    for clock in incident.running():
        if _over_at(incident, now) > clock.due:
            yield from _missed(incident, clock.name, clock.promise, clock.seconds)
        elif incident.recovered_at is None:
            wakes.append(clock.due + 1)


def _holding(
    state: State, incident: Incident, mutes: muting.Muting, now: Instant, wakes: list[Instant]
) -> Iterator[Said]:
    """Who has it, and who is told that somebody has to."""
    mute = mutes.of(incident)
    yield from muting.changes(incident, mute)
    yield from warning.due(state, incident, now, wakes, tells=mute is None)
    yield from updates.due(state, incident, now, wakes, tells=mute is None)
    yield from tasks.due(state, incident, now, wakes)
    flapping = settling.flapping(incident, now)
    if flapping is not None:
        yield flapping
        if mute is None:
            yield from escalation.notice(
                state, incident, escalation.Notice("flapping", settling.FLAPS_SAID), now
            )
    if incident.acknowledged_at is not None:
        forgotten = merging.forgotten_at(state, incident)
        if forgotten is not None and now >= forgotten and incident.recovered_at is None:
            yield merging.forgotten(state, incident)
            return
        wakes.extend([forgotten] if forgotten is not None and forgotten > now else [])
        reason = f"acknowledged by {incident.acknowledged_by}"
        yield from _unneeded(incident, reason, notices=False)
    elif mute is None and incident.recovered_at is None:
        repeats = escalation.repeats_at(state, incident, now)
        if repeats is not None and now >= repeats:
            yield escalation.repeated(state, incident)
            return
        steps, later = escalation.due_steps(state, incident, now)
        yield from steps
        wakes.extend(one for one in (later, repeats) if one is not None)


def _missed(incident: Incident, name: str, promise: str, seconds: float) -> tuple[Said, Said]:
    assert name in ("acknowledge", "resolve")
    missed = ClockMissed(
        incident=incident.id,
        clock="acknowledge" if name == "acknowledge" else "resolve",
        promise=promise,
        limit_seconds=seconds,
    )
    return Said(missed, subject(incident.id)), sla.proof(incident, promise, seconds, seconds, kept=False)


def _unneeded(incident: Incident, reason: str, *, notices: bool = True) -> list[Said]:
    """Pages that still wait are withdrawn, and notices if nobody has to know them; what was delivered stays."""
    return [
        Said(Withdrawn(key=d.key, reason=reason), subject(incident.id))
        for d in incident.deliveries.values()
        if d.state in ("waiting", "failed") and (notices or d.step != escalation.NOTICE)
    ]
