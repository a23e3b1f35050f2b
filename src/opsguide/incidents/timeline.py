"""The facts of an incident in plain words."""

from collections.abc import Callable, Mapping

from ..kernel.duration import spoken
from ..kernel.facts import Data, Recorded
from ..kernel.intent import Intent, Outcome, Withdrawn
from . import facts
from .escalation import PAGE


def _opened(data: facts.IncidentOpened) -> str:
    return f"Opened as {data.severity}: {data.reason}"


def _recurred(data: facts.IncidentRecurred) -> str:
    return f"Happened again: {data.reason}"


def _acknowledged(data: facts.IncidentAcknowledged) -> str:
    return f"Acknowledged by {data.by}"


def _recovered(data: facts.IncidentRecovered) -> str:
    return f"Recovered: {data.reason}"


def _resolved(data: facts.IncidentResolved) -> str:
    return f"Resolved by {data.by}: {data.reason}"


def _met(data: facts.ClockMet) -> str:
    return f"The {data.clock} clock was met: {spoken(data.taken_seconds)} of {spoken(data.limit_seconds)}"


def _missed(data: facts.ClockMissed) -> str:
    return f"The {data.clock} clock ran out after {spoken(data.limit_seconds)}: the promise is broken"


def _impossible(data: facts.PageImpossible) -> str:
    return f"Step {data.step} of the route, {data.to}, could not be told: {data.reason}"


def _intended(data: Intent) -> str:
    if data.deed != PAGE:
        return f"Decided {data.deed}: {data.reason}"
    return f"To tell {data.args['person']} through {data.args['channel']}: {data.reason}"


def _attempted(data: Outcome) -> str:
    said = {"done": "worked", "failed": "failed", "unknown": "ended without an answer"}[data.result]
    return f"Attempt {data.attempt} to tell {_who(data.key)} {said}" + (
        f": {data.detail}" if data.detail else ""
    )


def _withdrawn(data: Withdrawn) -> str:
    return f"No longer telling {_who(data.key)}: {data.reason}"


def _who(key: str) -> str:
    """`page/INC-1/2/ana/phone` → ana through phone."""
    parts = key.split("/", 4)
    return f"{parts[3]} through {parts[4]}" if parts[0] == PAGE and len(parts) == 5 else key


def _plain(say: Callable[..., str]) -> Callable[[Recorded], str]:
    return lambda recorded: say(recorded.fact.data)


def _noted(recorded: Recorded) -> str:
    noted, text = recorded.fact.data, recorded.fact.personal
    assert isinstance(noted, facts.IncidentNoted)
    return (
        f"{noted.by}: {text.text}"
        if isinstance(text, facts.NoteText)
        else f"{noted.by} wrote what was erased"
    )


WORDS: Mapping[type[Data], Callable[[Recorded], str]] = {
    facts.IncidentOpened: _plain(_opened),
    facts.IncidentRecurred: _plain(_recurred),
    facts.IncidentAcknowledged: _plain(_acknowledged),
    facts.IncidentRecovered: _plain(_recovered),
    facts.IncidentResolved: _plain(_resolved),
    facts.IncidentNoted: _noted,
    facts.ClockMet: _plain(_met),
    facts.ClockMissed: _plain(_missed),
    facts.PageImpossible: _plain(_impossible),
    Intent: _plain(_intended),
    Outcome: _plain(_attempted),
    Withdrawn: _plain(_withdrawn),
}
"""For the console: what each fact says, after its time."""
