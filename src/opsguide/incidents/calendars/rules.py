"""What a calendar said is a fact when it is another than before; its entries are part of the rotation. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from ...kernel.clock import Instant
from ...kernel.facts import Data, Recorded
from ...kernel.part import Answer, Command, Refusal, Said
from ..overrides.folds import apply
from ..state import State
from .commands import ReadCalendar
from .facts import CalendarRead, Unmatched


def read(state: State, command: ReadCalendar, _now: Instant) -> Answer:
    """A calendar that cannot be read leaves its last entries in force."""
    known = state.overrides.calendars.get(command.team)
    entries = command.entries
    if command.problem:
        entries = known.entries if known is not None else ()
    said = CalendarRead(
        team=command.team, entries=entries, unmatched=len(command.unmatched), problem=command.problem
    )
    if said == known:
        return Refusal("unchanged", "the calendar says what it said before")
    personal = Unmatched(command.unmatched) if command.unmatched else None
    return (Said(said, f"rotation:{command.team}", personal),)


def _read(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, CalendarRead)
    state.overrides.calendars[data.team] = data
    apply(state, recorded.fact.at)


OWN: Mapping[type[Data], Callable[[State, Recorded], None]] = {CalendarRead: _read}
HANDLERS: Mapping[type[Command], Callable[[Any, Any, Instant], Answer]] = {ReadCalendar: read}
