"""Silences: for a time nobody is told of what is known and worked on. They always end."""

from collections.abc import Iterator

from ..kernel.clock import Instant, after
from ..kernel.duration import spoken
from ..kernel.engine import ENGINE
from ..kernel.errors import QueryError
from ..kernel.matching import Matcher, Op, fulfils, parse_matcher
from ..kernel.part import Answer, Refusal, Said
from .commands import EndSilence, Silence
from .facts import SilenceCreated, SilenceEnded, SilenceReason
from .state import Incident, State

SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 30 * 86400.0
SHIFT_SECONDS = 8 * 3600.0
"""So long at most, who is paged silences it: the next shift hears of it again."""


def subject(silence: str) -> str:
    return f"silence:{silence}"


def create(state: State, command: Silence, now: Instant) -> Answer:
    """Refused without a reason, without an end within 30 days, or where it would silence everything."""
    wrong = _wrong(command) or (_beyond(state, command) if command.only_own else None)
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


def like(incident: Incident) -> tuple[Matcher, ...]:
    """What is like it: what a silence of it starts from, and may not be wider than for whom it pages."""
    named: list[str] = [name for name in ("alert", "environment") if name in incident.labels]
    return tuple(Matcher(name, Op.EQUAL, incident.labels[name]) for name in named or sorted(incident.labels))


def pages(incident: Incident, person: str) -> bool:
    """Whether somebody was paged for it, or has it."""
    paged = any(one.person == person and one.step > 0 for one in incident.deliveries.values())
    return paged or incident.acknowledged_by == person


def _beyond(state: State, command: Silence) -> Refusal | None:
    """What a responder may not: longer than a shift, or wider than what is like an incident that pages them."""
    if command.seconds > SHIFT_SECONDS:
        what = f"a responder silences for {spoken(SHIFT_SECONDS)} at most"
        return Refusal("too_long", what, "make it shorter, or ask an operator")
    wanted = {str(parse_matcher(one)) for one in command.matchers}
    likes = (like(one) for one in state.open.values() if pages(one, command.by))
    if any(one and {str(matcher) for matcher in one} <= wanted for one in likes):
        return None
    hint = "press Silence on the incident that pages you, or ask an operator"
    return Refusal("not_yours", "a responder silences what is like an incident that pages them", hint)


def end(state: State, command: EndSilence, _now: Instant) -> Answer:
    silence = state.silences.get(command.silence)
    if silence is None:
        hint = "/silences lists those in force"
        return Refusal("unknown_silence", f"no silence {command.silence} is in force", hint)
    if command.only_own and silence.by != command.by:
        return Refusal("not_yours", f"{silence.id} is of {silence.by}", "ask them, or an operator")
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
