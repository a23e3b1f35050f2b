"""What all rules about incidents share: the ledger's subject of one, and which one is meant."""

from ..kernel.part import Refusal
from .state import Incident, State


def subject(incident: str) -> str:
    return f"incident:{incident}"


def found(state: State, name: str) -> Incident | Refusal:
    """An incident, open or closed, to which something can be done."""
    return state.find(name) or unknown(name)


def unknown(name: str) -> Refusal:
    return Refusal("unknown_incident", f"there is no incident {name}", "the console lists them at /incidents")


def found_open(state: State, name: str) -> Incident | Refusal:
    incident = found(state, name)
    if isinstance(incident, Refusal) or incident.open:
        return incident
    what = f"{name} was resolved by {incident.resolved_by}"
    return Refusal("already_resolved", what, "reopen it first")
