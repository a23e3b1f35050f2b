"""Who leads the work on an incident, who speaks for it, who writes it down."""

from collections.abc import Iterator

from ...kernel.clock import Instant
from ...kernel.part import Answer, Refusal, Said
from .. import escalation, severity
from ..common import found_open, subject
from ..state import Incident, State
from .commands import AssignRole
from .facts import RoleAssigned


def assign(state: State, command: AssignRole, now: Instant) -> Answer:
    """Whoever gets a role from somebody else is told."""
    incident = found_open(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    person = command.person.strip()
    was = incident.work.roles.get(command.role, "")
    if person == was:
        said = f"{person} is the {command.role} already" if person else f"nobody is the {command.role}"
        return Refusal("same_person", said)
    return tuple(_assigned(state, incident, command, person, now))


def _assigned(
    state: State, incident: Incident, command: AssignRole, person: str, now: Instant
) -> Iterator[Said]:
    fact = RoleAssigned(
        incident=incident.id,
        role=command.role,
        person=person,
        was=incident.work.roles.get(command.role, ""),
        by=command.by,
    )
    yield Said(fact, subject(incident.id))
    if person in state.bindings.people and person != command.by:
        said = f"has you as its {command.role}, as {command.by} says"
        new = escalation.Notice(f"{command.role}-{now}", said, to=person)
        yield from escalation.notice(state, incident, new, now)


def wants_commander(state: State, incident: Incident) -> bool:
    """Of the guide's worst severity, and nobody leads the work."""
    if not incident.open or incident.recovered_at is not None or "commander" in incident.work.roles:
        return False
    return incident.severity_known and severity.rank(state, incident.severity) == 0
