"""What of an incident's timeline matters, and the charts that belong to it."""

from ...kernel.clock import Instant
from ...kernel.part import Answer, Refusal, Said
from ..common import found, subject
from ..state import State
from .commands import AttachChart, Pin
from .facts import ChartAttached, EntryPinned, Words

MOST_CHARTS = 50


def pin(state: State, command: Pin, _now: Instant) -> Answer:
    incident = found(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if command.pinned == (command.entry in incident.work.pins):
        return Refusal("unchanged", f"entry {command.entry} is so already")
    fact = EntryPinned(incident=incident.id, entry=command.entry, pinned=command.pinned, by=command.by)
    return (Said(fact, subject(incident.id)),)


def attach(state: State, command: AttachChart, now: Instant) -> Answer:
    incident = found(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if command.until > now:
        return Refusal("future_chart", "a chart cannot show what is still to come")
    if len(incident.work.charts) >= MOST_CHARTS:
        return Refusal("too_many_charts", f"{incident.id} has {MOST_CHARTS} charts")
    fact = ChartAttached(
        incident=incident.id,
        signal=command.signal,
        range=command.range,
        until=command.until,
        by=command.by,
    )
    return (Said(fact, subject(incident.id), Words(command.caption.strip())),)
