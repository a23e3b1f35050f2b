"""The facts of an incident in plain words."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from ..kernel.clock import rfc3339
from ..kernel.duration import spoken
from ..kernel.facts import Data, Recorded
from ..kernel.intent import Intent, Outcome, Withdrawn
from . import facts
from .calendars.facts import CalendarRead
from .coverage.facts import CoverageAlarmed, CoverageNear, CoverageRestored
from .escalation import PAGE
from .handoffs.facts import ShiftBegan
from .news import ABOUT, NEWS
from .overrides import words as overrides

Names: TypeAlias = Mapping[str, str]
Say: TypeAlias = Callable[[Recorded, Names], str]


def _opened(data: facts.IncidentOpened) -> str:
    what = "Opened" if data.drill is None else "A drill, nothing is wrong; opened"
    return f"{what} as {data.severity}: {data.reason}"


def _recurred(data: facts.IncidentRecurred) -> str:
    return f"Happened again: {data.reason}"


def _acknowledged(data: facts.IncidentAcknowledged, names: Names) -> str:
    return f"Acknowledged by {names.get(data.by, data.by)}"


def _recovered(data: facts.IncidentRecovered) -> str:
    return f"Recovered: {data.reason}"


def _resolved(data: facts.IncidentResolved, names: Names) -> str:
    return f"Resolved by {names.get(data.by, data.by)}: {data.reason}"


def _joined(data: facts.IncidentJoined) -> str:
    return f"More of it: {data.title}: {data.reason}"


def _member_recovered(data: facts.IncidentMemberRecovered) -> str:
    return f"A part of it recovered: {data.reason}"


def _flapping(data: facts.IncidentFlapping) -> str:
    return (
        f"It is flapping: {data.times} times over and back again within {spoken(data.window_seconds)}, "
        "so it stays open until it is quiet for longer"
    )


def _unacknowledged(data: facts.IncidentUnacknowledged, names: Names) -> str:
    return _why(f"Given back by {names.get(data.by, data.by)}, so that the route starts again", data.reason)


def _repeated(data: facts.RouteRepeated) -> str:
    return _why("The route starts again", data.reason)


def _muted(data: facts.IncidentMuted) -> str:
    return f"Nobody is told of it for now: {data.reason} ({data.by})"


def _unmuted(data: facts.IncidentUnmuted) -> str:
    return f"People are told of it again: {data.by} is over"


def _reopened(data: facts.IncidentReopened, names: Names) -> str:
    return _why(f"Reopened by {names.get(data.by, data.by)}", data.reason)


def _merged(data: facts.IncidentMerged, names: Names) -> str:
    return f"Merged into {data.into} by {names.get(data.by, data.by)}"


def _absorbed(data: facts.IncidentAbsorbed, names: Names) -> str:
    return f"{data.other} was merged into it by {names.get(data.by, data.by)}"


def _silenced(recorded: Recorded, names: Names) -> str:
    made, reason = recorded.fact.data, recorded.fact.personal
    assert isinstance(made, facts.SilenceCreated)
    said = (
        f"Silenced by {names.get(made.by, made.by)} until {rfc3339(made.until)}: {', '.join(made.matchers)}"
    )
    return _why(said, reason.text if isinstance(reason, facts.SilenceReason) else "the reason was erased")


def _silence_ended(data: facts.SilenceEnded, names: Names) -> str:
    return f"{data.silence} ended" + ("" if data.by == "opsguide" else f" by {names.get(data.by, data.by)}")


def _why(said: str, reason: str) -> str:
    return f"{said}: {reason}" if reason else said


def _met(data: facts.ClockMet) -> str:
    return f"The {data.clock} clock was met: {spoken(data.taken_seconds)} of {spoken(data.limit_seconds)}"


def _missed(data: facts.ClockMissed) -> str:
    return f"The {data.clock} clock ran out after {spoken(data.limit_seconds)}: the promise is broken"


def _impossible(data: facts.PageImpossible) -> str:
    return f"Step {data.step} of the route, {data.to}, could not be told: {data.reason}"


def _intended(data: Intent, names: Names) -> str:
    if data.deed == NEWS:
        person = names.get(data.args["person"], data.args["person"])
        return f"To tell {person} through {data.args['channel']}: {ABOUT.get(data.args['about'], data.args['about'])}"
    if data.deed != PAGE:
        return f"Decided {data.deed}: {data.reason}"
    person, channel = data.args["person"], data.args["channel"]
    return f"To tell {names.get(person, person)} through {channel}: {data.reason}"


def _attempted(data: Outcome, names: Names) -> str:
    said = {"done": "worked", "failed": "failed", "unknown": "ended without an answer"}[data.result]
    took = f" after {spoken(data.seconds)}" if data.seconds else ""
    return _why(f"Attempt {data.attempt} to tell {_who(data.key, names)} {said}{took}", data.detail)


def _withdrawn(data: Withdrawn, names: Names) -> str:
    return f"No longer telling {_who(data.key, names)}: {data.reason}"


def _who(key: str, names: Names) -> str:
    """`page/INC-1/2/ana/phone` → ana through phone."""
    parts = key.split("/", 4)
    if parts[0] == NEWS:
        person, channel = key.split("/")[-2:]
        return f"{names.get(person, person)} through {channel}"
    return (
        f"{names.get(parts[3], parts[3])} through {parts[4]}" if parts[0] == PAGE and len(parts) == 5 else key
    )


def _tested(data: facts.ChannelTested, names: Names) -> str:
    came = f"did not arrive: {data.problem}" if data.problem else "was taken by the provider"
    return f"A test message of {names.get(data.by, data.by)} through {data.channel} {came}"


def _shift_began(data: ShiftBegan, names: Names) -> str:
    before = f" after {names.get(data.before, data.before)}" if data.before else ""
    if not data.person:
        return f"Nobody is on call for {data.team} from now on{before}"
    stands_in = "" if data.layer else ", by an override"
    return f"{names.get(data.person, data.person)} is on call for {data.team} from now on{before}{stands_in}"


def _calendar_read(data: CalendarRead) -> str:
    if data.problem:
        return f"The calendar of {data.team} could not be read, its last entries go on: {data.problem}"
    others = f"; {data.unmatched} entries fit no person" if data.unmatched else ""
    return f"The calendar of {data.team} says {len(data.entries)} entries{others}"


def _alarmed(data: CoverageAlarmed) -> str:
    return f"Nobody could be paged: {data.reason}"


def _nearly_uncovered(data: CoverageNear) -> str:
    return f"Within a day nobody could be paged for {data.alarm.partition('/')[2]}: told once more"


def _covered(data: CoverageRestored) -> str:
    return f"{data.alarm.partition('/')[2]} is covered again: {data.reason}"


def _feed_revoked(data: facts.FeedRevoked, names: Names) -> str:
    whose = names.get(data.name, data.name) if data.kind == "people" else data.name
    return f"The address of the calendar feed of {whose} was revoked by {names.get(data.by, data.by)}"


def _plain(say: Callable[..., str]) -> Say:
    return lambda recorded, _names: say(recorded.fact.data)


def _named(say: Callable[..., str]) -> Say:
    return lambda recorded, names: say(recorded.fact.data, names)


def _noted(recorded: Recorded, names: Names) -> str:
    noted, text = recorded.fact.data, recorded.fact.personal
    assert isinstance(noted, facts.IncidentNoted)
    by = names.get(noted.by, noted.by)
    return f"{by}: {text.text}" if isinstance(text, facts.NoteText) else f"{by} wrote what was erased"


WORDS: Mapping[type[Data], Say] = {
    facts.IncidentOpened: _plain(_opened),
    facts.IncidentRecurred: _plain(_recurred),
    facts.IncidentAcknowledged: _named(_acknowledged),
    facts.IncidentRecovered: _plain(_recovered),
    facts.IncidentResolved: _named(_resolved),
    facts.IncidentNoted: _noted,
    facts.IncidentJoined: _plain(_joined),
    facts.IncidentMemberRecovered: _plain(_member_recovered),
    facts.IncidentFlapping: _plain(_flapping),
    facts.IncidentUnacknowledged: _named(_unacknowledged),
    facts.RouteRepeated: _plain(_repeated),
    facts.IncidentMuted: _plain(_muted),
    facts.IncidentUnmuted: _plain(_unmuted),
    facts.IncidentReopened: _named(_reopened),
    facts.IncidentMerged: _named(_merged),
    facts.IncidentAbsorbed: _named(_absorbed),
    facts.SilenceCreated: _silenced,
    facts.SilenceEnded: _named(_silence_ended),
    facts.ClockMet: _plain(_met),
    facts.ClockMissed: _plain(_missed),
    facts.PageImpossible: _plain(_impossible),
    facts.ChannelTested: _named(_tested),
    facts.FeedRevoked: _named(_feed_revoked),
    Intent: _named(_intended),
    Outcome: _named(_attempted),
    Withdrawn: _named(_withdrawn),
    ShiftBegan: _named(_shift_began),
    CalendarRead: _plain(_calendar_read),
    CoverageAlarmed: _plain(_alarmed),
    CoverageNear: _plain(_nearly_uncovered),
    CoverageRestored: _plain(_covered),
    **overrides.WORDS,
}
"""For the console: what each fact says, after its time."""


def manner(recorded: Recorded) -> str:
    """How loudly it is said: a person's note, the machinery of telling people, or neither."""
    data = recorded.fact.data
    if isinstance(data, facts.IncidentNoted):
        return "noted"
    told = isinstance(data, Outcome) and data.result == "done"
    return "quiet" if told or isinstance(data, Intent | Withdrawn) else ""
