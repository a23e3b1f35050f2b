"""Shifts as an iCalendar feed (RFC 5545): calendars subscribe to it and stay right when the rotation changes."""

from collections.abc import Iterable, Mapping

from icalendar import Calendar, Event
from msgspec import Struct

from ..kernel.clock import Instant, to_datetime
from .rotation import Shift

REFRESH = "PT1H"


class Entry(Struct, frozen=True):
    """A shift of a team's rotation that somebody has."""

    team: str
    shift: Shift


def feed(title: str, entries: Iterable[Entry], names: Mapping[str, str], now: Instant) -> bytes:
    """The whole calendar. A shift keeps its identity while team, person and begin stay; holes are left out."""
    calendar = Calendar()
    calendar.add("prodid", "-//opsguide//on call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval;value=duration", REFRESH)
    for entry in entries:
        duty = entry.shift.duty
        if duty is None:
            continue
        event = Event()
        event.add("uid", f"{entry.team}-{duty.person}-{entry.shift.start}@opsguide")
        event.add("dtstamp", to_datetime(now).replace(microsecond=0))
        event.add("dtstart", to_datetime(entry.shift.start))
        event.add("dtend", to_datetime(entry.shift.end))
        event.add("summary", f"{names.get(duty.person, duty.person)} on call ({entry.team})")
        if duty.instead_of is not None:
            event.add("description", f"instead of {names.get(duty.instead_of, duty.instead_of)}")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
