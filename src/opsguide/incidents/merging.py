"""Two incidents that are one trouble, one that was not over, and an acknowledgement given back."""

from ..kernel.clock import Instant
from ..kernel.duration import spoken
from ..kernel.engine import ENGINE
from ..kernel.part import Answer, Refusal, Said
from . import severity, sla
from .commands import Merge, Reopen, Unacknowledge
from .common import found_open, subject
from .facts import (
    Clock,
    IncidentAbsorbed,
    IncidentMerged,
    IncidentReopened,
    IncidentUnacknowledged,
)
from .state import Incident, State


def merge(state: State, command: Merge, _now: Instant) -> Answer:
    """A worse incident is never merged into a lesser one: its clocks and its pages would be lost."""
    this, into = found_open(state, command.incident), found_open(state, command.into)
    if isinstance(this, Refusal):
        return this
    if isinstance(into, Refusal):
        return into
    if command.incident == command.into:
        return Refusal("same_incident", "an incident cannot be merged into itself")
    if severity.rank(state, this.severity) < severity.rank(state, into.severity):
        what = f"{this.id} is {this.severity}, worse than {into.id}, which is {into.severity}"
        return Refusal("less_severe", what, f"merge {into.id} into {this.id}")
    return (
        Said(IncidentMerged(incident=this.id, into=into.id, by=command.by), subject(this.id)),
        Said(
            IncidentAbsorbed(incident=into.id, other=this.id, by=command.by, clocks=_together(this, into)),
            subject(into.id),
        ),
    )


def _together(this: Incident, into: Incident) -> tuple[Clock, ...]:
    """The clocks of `into`; where one of `this` still runs and is due earlier, that one."""
    running = {clock.name: clock for clock in this.running()}
    own = {clock.name: clock for clock in into.running()}
    earlier = {name: clock for name, clock in running.items() if name in own and clock.due < own[name].due}
    return tuple(
        earlier.get(clock.name, clock) if into.how(clock) == "running" else clock for clock in into.clocks
    )


def reopen(state: State, command: Reopen, now: Instant) -> Answer:
    """Everybody is told again. Merged into another, it takes along what it was about."""
    incident = state.find(command.incident)
    if incident is None:
        hint = "only the latest 200 that were closed can be reopened"
        return Refusal("unknown_incident", f"there is no incident {command.incident}", hint)
    if incident.open:
        return Refusal("already_open", f"{incident.id} is open")
    if not command.reason.strip():
        return Refusal("empty_reason", "say why it is not over")
    keys = tuple(incident.members)
    taken = sorted(
        {
            state.by_key[key]
            for key in keys
            if state.by_key.get(key, incident.merged_into) != incident.merged_into
        }
    )
    if taken:
        what = f"{taken[0]} is open for the same"
        return Refusal("already_open", what, f"work on {taken[0]}")
    return (reopened(state, incident, command.by, command.reason.strip(), keys, now),)


def reopened(
    state: State, incident: Incident, by: str, reason: str, keys: tuple[str, ...], now: Instant
) -> Said:
    """The fact. Clocks start anew: what they proved or broke before stands."""
    fact = IncidentReopened(
        incident=incident.id,
        by=by,
        reason=reason,
        keys=keys,
        clocks=sla.clocks_for(state, incident.severity, now) if incident.severity_known else (),
    )
    return Said(fact, subject(incident.id))


def unacknowledge(state: State, command: Unacknowledge, _now: Instant) -> Answer:
    incident = found_open(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if incident.acknowledged_at is None:
        return Refusal("not_acknowledged", f"nobody has {command.incident}")
    given = IncidentUnacknowledged(incident=command.incident, by=command.by, reason=command.reason.strip())
    return (Said(given, subject(command.incident)),)


def forgotten_at(state: State, incident: Incident) -> Instant | None:
    """When who has it counts as having forgotten it; None where that never happens."""
    timeout = state.bindings.paging.ack_timeout
    if incident.acknowledged_at is None or not incident.pages or not timeout:
        return None
    return max(incident.acknowledged_at, incident.heard_at) + round(timeout * 1000)


def forgotten(state: State, incident: Incident) -> Said:
    reason = (
        f"nothing was heard of {incident.acknowledged_by} for {spoken(state.bindings.paging.ack_timeout)}"
    )
    fact = IncidentUnacknowledged(incident=incident.id, by=ENGINE, reason=reason)
    return Said(fact, subject(incident.id))
