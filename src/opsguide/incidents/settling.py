"""When an incident whose cause is over is resolved: after it was quiet for a time, so that flapping is one incident.

The default of two minutes outlives what changes every half minute, the usual case of a limit that is grazed.
"""

from ..kernel.clock import Instant, after
from ..kernel.duration import spoken
from ..kernel.part import Said
from .common import subject
from .facts import IncidentFlapping
from .state import Incident, State

FLAPS = 3
"""Happened again so often within the window means flapping."""

FLAPS_SAID = "is flapping: over and back again, so it stays open until it is quiet"

FLAP_WINDOW_SECONDS = 1800.0

FLAPPING_SETTLES = 5
"""What flaps has to be quiet for so many times as long."""


def settles_seconds(state: State, incident: Incident) -> float:
    """How long what opened it has to be over."""
    settle = state.bindings.incidents.settle
    return settle * FLAPPING_SETTLES if incident.flapping else settle


def settled_at(state: State, incident: Incident) -> Instant | None:
    """When it is resolved if nothing happens again; None while its cause lasts."""
    if incident.recovered_at is None:
        return None
    return after(incident.recovered_at, settles_seconds(state, incident))


def settled_reason(state: State, incident: Incident) -> str:
    return f"what opened it has been over for {spoken(settles_seconds(state, incident))}"


def flapped(incident: Incident, now: Instant) -> int:
    """How often it was over and back again within the window."""
    start = after(now, -FLAP_WINDOW_SECONDS)
    return sum(1 for change in incident.changes if change > start)


def flapping(incident: Incident, now: Instant) -> Said | None:
    """Said once an incident."""
    times = flapped(incident, now)
    if incident.flapping or times < FLAPS:
        return None
    fact = IncidentFlapping(incident=incident.id, times=times, window_seconds=FLAP_WINDOW_SECONDS)
    return Said(fact, subject(incident.id))


def lately_resolved(state: State, key: str, now: Instant) -> Incident | None:
    """The incident about `key` that was resolved so short ago that the same again reopens it."""
    since = after(now, -state.bindings.incidents.reopen_within)
    for incident in reversed(state.closed.values()):
        if incident.resolved_at is None or incident.resolved_at <= since:
            return None
        if key in incident.members and not incident.merged_into:
            return incident
    return None
