"""Silences: for a time nobody is told of what is known and worked on. They always end."""

from collections.abc import Iterator

from ..kernel.clock import Instant, after
from ..kernel.duration import spoken
from ..kernel.engine import ENGINE
from ..kernel.errors import QueryError
from ..kernel.matching import Op, fulfils, parse_matcher
from ..kernel.part import Answer, Refusal, Said
from .commands import EndSilence, Silence
from .facts import SilenceCreated, SilenceEnded, SilenceReason
from .state import Incident, State

SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 30 * 86400.0


def subject(silence: str) -> str:
    return f"silence:{silence}"


def create(state: State, command: Silence, now: Instant) -> Answer:
    """Refused without a reason, without an end within 30 days, or where it would silence everything."""
    wrong = _wrong(command)
    if wrong is not None:
        return wrong
    name = f"SIL-{state.silence_count + 1}"
    made = SilenceCreated(
        silence=name, matchers=command.matchers, until=after(now, command.seconds), by=command.by
    )
    return (Said(made, subject(name), SilenceReason(command.reason.strip())),)


def _wrong(command: Silence) -> Refusal | None:
    if not command.reason.strip():
        return Refusal("empty_reason", "a silence needs a reason", "say what is known, or who works on it")
    if not SHORTEST_SECONDS <= command.seconds <= LONGEST_SECONDS:
        what = f"a silence lasts from {spoken(SHORTEST_SECONDS)} to {spoken(LONGEST_SECONDS)}"
        return Refusal("malformed_duration", what, "one that is over can be made again")
    try:
        matchers = [parse_matcher(one) for one in command.matchers]
    except QueryError as error:
        return Refusal("malformed_matcher", error.what, error.hint)
    if all(matcher.op in (Op.NOT_EQUAL, Op.NOT_MATCHES) or matcher.test()("") for matcher in matchers):
        hint = 'name what is to be silent, such as alert="slow_response_time"'
        return Refusal("too_wide", "this would silence everything, also what is not known yet", hint)
    return None


def end(state: State, command: EndSilence, _now: Instant) -> Answer:
    if command.silence not in state.silences:
        hint = "/silences lists those in force"
        return Refusal("unknown_silence", f"no silence {command.silence} is in force", hint)
    return (Said(SilenceEnded(silence=command.silence, by=command.by), subject(command.silence)),)


def over(state: State, now: Instant) -> Iterator[Said]:
    """Silences whose time is up."""
    for silence in state.silences.values():
        if now >= silence.until:
            yield Said(SilenceEnded(silence=silence.id, by=ENGINE), subject(silence.id))


def silenced(state: State, matchers: tuple[str, ...]) -> list[Incident]:
    """The open incidents that a silence with these matchers would silence now. Raises QueryError."""
    wanted = [parse_matcher(one) for one in matchers]
    return [one for one in state.open.values() if fulfils(wanted, one.matched())]
