"""An incident's severity, changed by a person; and whether what the guide defines as worse is held below it.

A worse severity's clocks run from when it was as bad as that: from the opening, where the facts matched the definition
then or the incident had it, else from the change. What nobody could know was never late. See docs/adr/0022.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from ...kernel.clock import Instant
from ...kernel.intent import Withdrawn
from ...kernel.part import Answer, Refusal, Said
from ...kernel.standing import EvidenceRecorded, Verdict
from .. import escalation, severity, sla
from ..common import found_open, subject
from ..facts import Clock
from ..state import Incident, State
from .commands import ChangeSeverity
from .facts import IncidentSeverityChanged, Reason


def change(state: State, command: ChangeSeverity, now: Instant) -> Answer:
    """What was met or missed stays; so does every duty of a severity that it had."""
    incident = found_open(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    to = severity.named(state, command.severity)
    if to is None:
        known = ", ".join(values.severity for _, values in severity.severities(state))
        hint = f"it defines {known}" if known else "it defines none: there is nothing to change to"
        return Refusal("undefined_severity", f"the guide defines no severity {command.severity!r}", hint)
    if to == incident.severity:
        return Refusal("same_severity", f"{incident.id} is {to}")
    if not command.reason.strip():
        return Refusal("empty_reason", "say why it is another severity", "whoever reads it later asks")
    return tuple(_changed(state, incident, to, command, now))


def _changed(
    state: State, incident: Incident, to: str, command: ChangeSeverity, now: Instant
) -> Iterator[Said]:
    worse = severity.rank(state, to) < severity.rank(state, incident.severity)
    pages = severity.pages(state, state.bindings, to)
    after = replace(
        incident, severity=to, severity_known=True, pages=pages, clocks=_clocks(state, incident, to, now)
    )
    fact = IncidentSeverityChanged(
        incident=incident.id,
        was=incident.severity,
        severity=to,
        clocks=after.clocks,
        pages=pages,
        again=worse and pages and not _is_on_it(incident, command.by),
        by=command.by,
    )
    yield Said(fact, subject(incident.id), Reason(command.reason.strip()))
    if incident.acknowledged_at is not None:
        yield from sla.met(after, {"acknowledge"}, incident.acknowledged_at)
    if worse and not fact.again and incident.acknowledged_by not in ("", command.by):
        said = f"was raised from {incident.severity} to {to}"
        new = escalation.Notice(f"severity-{incident.severity_changes + 1}", said)
        yield from escalation.notice(state, after, new, now)
    if not pages:
        yield from _withdrawn(incident, to)


def _is_on_it(incident: Incident, by: str) -> bool:
    """Somebody has it who was paged for it, or who raises it and so is awake."""
    return incident.acknowledged_at is not None and (incident.pages or incident.acknowledged_by == by)


def _withdrawn(incident: Incident, to: str) -> Iterator[Said]:
    for sent in incident.deliveries.values():
        if sent.state in ("waiting", "failed") and sent.step != escalation.NOTICE:
            yield Said(
                Withdrawn(key=sent.key, reason=f"{to} wakes nobody"),
                subject(incident.id),
            )


def _clocks(state: State, incident: Incident, to: str, now: Instant) -> tuple[Clock, ...]:
    """Those that are over, then those of the severity. Whoever has it needs no clock to take it, but for one that ran
    while nobody had."""
    kept = tuple(clock for clock in incident.clocks if incident.how(clock) != "running")
    seen = {clock.promise for clock in kept}
    begins, taken = _begins(state, incident, to, now), incident.acknowledged_at
    return kept + tuple(
        clock
        for clock in sla.clocks_for(state, to, begins)
        if clock.promise not in seen and (clock.name != "acknowledge" or taken is None or begins < taken)
    )


def _begins(state: State, incident: Incident, to: str, now: Instant) -> Instant:
    """Since when it was as bad as this, or worse."""
    place = severity.rank(state, to)
    known = [at for name, at in incident.had.items() if severity.rank(state, name) <= place]
    if incident.proposed is not None and severity.rank(state, incident.proposed.severity) <= place:
        known.append(incident.opened_at)
    return max(min(known, default=now), incident.counts_from)


def is_held_below(state: State, incident: Incident) -> bool:
    """Is it less than a definition of the guide says of what is so?"""
    proposed = incident.proposed
    if proposed is None:
        return False
    return severity.rank(state, incident.severity) > severity.rank(state, proposed.severity)


def proof(state: State) -> Iterator[Said]:
    """A definition is broken by an incident that is held below it, and kept again by the next that is not."""
    defined: dict[str, list[Incident]] = {}
    for name in state.agenda.proposed:
        incident = state.open[name]
        if incident.proposed is not None and incident.proposed.promise in state.promises:
            defined.setdefault(incident.proposed.promise, []).append(incident)
    for promise, incidents in defined.items():
        below = next((one for one in incidents if is_held_below(state, one)), None)
        seen = state.book.looks.get(promise)
        was_broken = seen is not None and seen.evidence.verdict == "broken"
        if below is not None and not was_broken:
            yield _evidence(promise, "broken", _said_below(state, below))
        elif below is None and was_broken:
            yield _evidence(promise, "kept", f"{incidents[-1].id} has the severity that it defines")


def _said_below(state: State, incident: Incident) -> str:
    assert incident.proposed is not None
    said = severity.defined(state, incident.proposed)
    return f"{incident.id} is held at {incident.severity}, but {said}"


def _evidence(promise: str, verdict: Verdict, reason: str) -> Said:
    found = EvidenceRecorded(promise=promise, verdict=verdict, reason=reason, fresh_seconds=sla.FRESH_SECONDS)
    return Said(found, f"promise:{promise}")
