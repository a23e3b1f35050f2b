"""What maintenance adds to every page of the console: windows as times that were special, and that one is open."""

from collections.abc import Iterator, Mapping

from ..kernel.clock import Instant, after, rfc3339
from ..kernel.facts import Data, Recorded
from ..web.console import Console
from ..web.pages import Event, Panel, Say
from .facts import (
    EmergencyAsked,
    EmergencyBegun,
    EmergencyEnded,
    MaintenanceAnnounced,
    MaintenanceApproved,
    MaintenanceCancelled,
    MaintenanceReminded,
    MaintenanceText,
)
from .windows import Maintenance, State, taken

BACK_SECONDS = 35 * 86400.0
AHEAD_SECONDS = 35 * 86400.0
"""Windows that come again are told of so far back and ahead: a month of 31 days, and some."""


def state_of(console: Console) -> State:
    state: State = console.state("maintenance")
    return state


def events(console: Console) -> Iterator[Event]:
    """As of now."""
    return planned(state_of(console), console.now())


def planned(state: State, now: Instant) -> Iterator[Event]:
    """What was announced and takes place, and the windows in which work is done every time."""
    for one in state.announced.values():
        if one.takes_place:
            why = "an emergency" if one.emergency is not None else "not as the guide says"
            text = said(one) if one.is_planned else f"{said(one)} ({why})"
            yield Event(one.start, one.until, one.id, text, f"/maintenance#{one.id}", kind="maintenance")
    for promise, hours in taken(state):
        for start, end in hours.intervals(max(state.adopted_at, after(now, -BACK_SECONDS))):
            if start > after(now, AHEAD_SECONDS):
                break
            yield Event(
                start, end, "Maintenance", promise_name(state, promise.id), "/maintenance", kind="maintenance"
            )


def said(one: Maintenance) -> str:
    return one.what or "what is done was erased"


def promise_name(state: State, promise: str) -> str:
    """`maintenance window of line 156`."""
    found = state.promises.get(promise)
    return (
        "a window that the guide no longer has" if found is None else f"the window of line {found.span.line}"
    )


def panels(console: Console) -> Iterator[Panel]:
    """Only while work goes on: who looks at a red line then should know."""
    now = console.now()
    ends = [one.end for one in events(console) if one.end is not None and one.start <= now < one.end]
    if ends:
        yield Panel("Maintenance", f"until {_short(max(ends), now)}", "/maintenance")


def _short(at: Instant, now: Instant) -> str:
    """The time of day, with the day where it is another: `06:00 UTC`."""
    written, today = rfc3339(at), rfc3339(now)[:10]
    return f"{written[11:16]} UTC" if written[:10] == today else f"{written[:10]} {written[11:16]} UTC"


def touches(recorded: Recorded) -> Iterator[str]:
    if recorded.fact.subject.startswith("maintenance"):
        yield "maintenance"


def _announced(recorded: Recorded, names: Mapping[str, str]) -> str:
    data, text = recorded.fact.data, recorded.fact.personal
    assert isinstance(data, MaintenanceAnnounced)
    what = text.text if isinstance(text, MaintenanceText) else "what is done was erased"
    when = f"from {rfc3339(data.start)} to {rfc3339(data.end)}"
    told = f"{names.get(data.by, data.by)} announced {data.maintenance} {when}: {what}"
    return f"{told}; not as the guide says: {'; '.join(data.breaks)}" if data.breaks else told


def _cancelled(recorded: Recorded, names: Mapping[str, str]) -> str:
    data = recorded.fact.data
    assert isinstance(data, MaintenanceCancelled)
    return f"{data.maintenance} was cancelled by {names.get(data.by, data.by)}"


def _asked(recorded: Recorded, names: Mapping[str, str]) -> str:
    data, text = recorded.fact.data, recorded.fact.personal
    assert isinstance(data, EmergencyAsked)
    what = text.text if isinstance(text, MaintenanceText) else "what is done was erased"
    waits = f"; {data.approver} has to approve it" if data.approver else ""
    return f"{names.get(data.by, data.by)} asked for {data.maintenance}, emergency maintenance: {what}{waits}"


def _approved(recorded: Recorded, names: Mapping[str, str]) -> str:
    data, text = recorded.fact.data, recorded.fact.personal
    assert isinstance(data, MaintenanceApproved)
    note = f": {text.text}" if isinstance(text, MaintenanceText) and text.text else ""
    return f"{names.get(data.by, data.by)} approved {data.maintenance}{note}"


def _begun(recorded: Recorded, names: Mapping[str, str]) -> str:
    data = recorded.fact.data
    assert isinstance(data, EmergencyBegun)
    although = f", although {'; '.join(data.breaks)}" if data.breaks else ""
    return f"{names.get(data.by, data.by)} began {data.maintenance}, until {rfc3339(data.end)}{although}"


def _ended(recorded: Recorded, _names: Mapping[str, str]) -> str:
    data = recorded.fact.data
    assert isinstance(data, EmergencyEnded)
    return f"{data.maintenance} is over"


def _reminded(recorded: Recorded, _names: Mapping[str, str]) -> str:
    data = recorded.fact.data
    assert isinstance(data, MaintenanceReminded)
    return f"{data.maintenance} begins at {rfc3339(data.start)}: it was told once more"


WORDS: Mapping[type[Data], Say] = {
    MaintenanceAnnounced: _announced,
    MaintenanceCancelled: _cancelled,
    EmergencyAsked: _asked,
    MaintenanceApproved: _approved,
    EmergencyBegun: _begun,
    EmergencyEnded: _ended,
    MaintenanceReminded: _reminded,
}
