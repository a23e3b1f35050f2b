"""What the edge reports of calendars."""

from ...kernel.part import Command
from .facts import Entry


class ReadCalendar(Command, frozen=True):
    """What a calendar says now; with a `problem` it could not be read."""

    team: str
    entries: tuple[Entry, ...] = ()
    unmatched: tuple[str, ...] = ()
    problem: str = ""
