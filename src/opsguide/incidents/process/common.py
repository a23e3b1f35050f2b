"""What the rules of working on an incident share."""

from ...kernel.part import Refusal
from ..state import Incident, State


def subject(incident: str) -> str:
    return f"incident:{incident}"


def found(state: State, name: str) -> Incident | Refusal:
    """An incident, open or closed, to which something can be done."""
    incident = state.find(name)
    if incident is None:
        hint = "the console lists them at /incidents"
        return Refusal("unknown_incident", f"there is no incident {name}", hint)
    return incident


def found_open(state: State, name: str) -> Incident | Refusal:
    incident = found(state, name)
    if isinstance(incident, Refusal) or incident.open:
        return incident
    what = f"{name} was resolved by {incident.resolved_by}"
    return Refusal("already_resolved", what, "reopen it first")
