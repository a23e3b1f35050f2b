"""What is answered to who wants to stand in, or to be stood in for. Pure; the past is never changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...guide.bindings import Bindings
from ...kernel.clock import Instant, after, rfc3339
from ...kernel.part import Answer, Command, Refusal, Said
from ..news import news
from ..roster import rotation_of
from ..rotation import shifts
from ..state import State
from .commands import AnswerSwap, AskSwap, MakeOverride, WithdrawOverride, WithdrawSwap
from .facts import OverrideMade, OverrideWithdrawn, Reason, Span, SwapAnswered, SwapAsked, SwapEnded
from .schedule import Change, change, in_force
from .state import Override, Swap

FURTHEST_SECONDS = 366 * 86_400.0
"""Nothing is planned further ahead than a year."""


def subject(team: str) -> str:
    return f"rotation:{team}"


def make(state: State, command: MakeOverride, now: Instant) -> Answer:
    """In force at once. Refused for what is past, unknown, too far ahead, or changes nothing."""
    planned = plan(state, command, now)
    if isinstance(planned, Refusal):
        return planned
    people = {planned.person, *(one.person or "" for one in making(state, planned, now).before)} - {
        command.by
    }
    args = {"team": planned.team, "override": planned.id}
    told = _told(state, sorted(people), "override", planned.id, args, now)
    return (_made(planned, command.reason), *told)


def plan(state: State, command: MakeOverride, now: Instant) -> Override | Refusal:
    """The override that the command would make; a start that is past is now."""
    span = Span(max(command.start, now), command.end)
    wrong = _wrong(state, command.team, [command.person, command.replaces], [span], now)
    if wrong is not None:
        return wrong
    if command.person == command.replaces:
        return Refusal(
            "same_person", f"{command.person} cannot stand in for themselves", "name somebody else"
        )
    name = f"OVR-{state.overrides.count + 1}"
    made = Override(name, command.team, command.person, span, command.by, now, command.replaces)
    if not making(state, made, now).changes:
        hint = "look at the calendar: /on-call"
        what = f"{command.person} is on call then anyway"
        if command.replaces:
            what = f"{command.replaces} has no turn then that {command.person} could take over"
        return Refusal("changes_nothing", what, hint)
    return made


def _then(state: State, overrides: Iterable[Override]) -> Bindings:
    """The bindings with these overrides in place of those that were made."""
    return in_force(state.overrides.adopted, overrides, state.overrides.calendars)


def making(state: State, made: Override, now: Instant) -> Change:
    """The schedule around it, without and with it."""
    then = _then(state, [*state.overrides.made.values(), made])
    return change(state.bindings, then, made.team, made.span, now)


def withdrawing(state: State, made: Override, now: Instant) -> Change:
    """The schedule around it, with and without it."""
    others = [one for one in state.overrides.made.values() if one.id != made.id]
    then = _then(state, others)
    return change(state.bindings, then, made.team, made.span, now)


def withdraw(state: State, command: WithdrawOverride, now: Instant) -> Answer:
    """Refused for one that is over, and for one without which nobody would be on call, unless that was seen."""
    made = state.overrides.made.get(command.override)
    if made is None:
        hint = "/on-call lists those that are not over; those of opsguide.toml are withdrawn there"
        return Refusal("unknown_override", f"there is no override {command.override}", hint)
    if made.span.end <= now:
        return Refusal(
            "past", f"{made.id} was over on {rfc3339(made.span.end)}", "the past cannot be changed"
        )
    opened = withdrawing(state, made, now).holes
    if opened and not command.despite_hole:
        start, end = opened[0]
        what = f"without {made.id} nobody would be on call from {rfc3339(start)} to {rfc3339(end)}"
        return Refusal("leaves_hole", what, "make another override first, or say that you want it anyway")
    return (Said(OverrideWithdrawn(override=made.id, by=command.by), subject(made.team)),)


def ask(state: State, command: AskSwap, now: Instant) -> Answer:
    """Refused where an override would be; also where the asker has nothing in that time to be stood in for."""
    spans = [command.theirs, *([command.back] if command.back is not None else [])]
    wrong = _wrong(state, command.team, [command.asker, command.other], spans, now)
    if wrong is not None:
        return wrong
    if command.asker == command.other:
        return Refusal("same_person", "a swap takes two people", "ask somebody else")
    if any(span.start < now for span in spans):
        return Refusal("past", "that has begun already", "ask for a time that is still to come")
    for person, span in zip((command.asker, command.other), spans, strict=False):
        if not _has_duty(state, command.team, person, span):
            what = f"{person} is not on call from {rfc3339(span.start)} to {rfc3339(span.end)}"
            return Refusal("not_on_call", what, "look at the calendar: /on-call")
    asked = SwapAsked(
        swap=f"SWAP-{state.overrides.swap_count + 1}",
        team=command.team,
        asker=command.asker,
        other=command.other,
        theirs=command.theirs,
        by=command.by,
        back=command.back,
    )
    args = {"team": command.team, "swap": asked.swap}
    told = _told(state, [command.other], "swap", asked.swap, args, now)
    return (Said(asked, subject(command.team), _reason(command.reason)), *told)


def answer(state: State, command: AnswerSwap, now: Instant) -> Answer:
    """Accepted, it is in force at once: each half is an override of the other's turns."""
    swap = state.overrides.swaps.get(command.swap)
    if swap is None or now >= swap.until:
        return _no_swap(command.swap)
    answered = SwapAnswered(swap=swap.id, accepted=command.accept, by=command.by)
    made = _halves(state, swap, command.by, now) if command.accept else ()
    said = f"{swap.other} {'accepted' if command.accept else 'declined'} {swap.id}."
    args = {"team": swap.team, "swap": swap.id, "said": said}
    told = _told(state, [swap.asker, swap.other], "answer", swap.id, args, now)
    return (Said(answered, subject(swap.team)), *(_made(one, "") for one in made), *told)


def _halves(state: State, swap: Swap, by: str, now: Instant) -> Iterator[Override]:
    number = state.overrides.count
    halves = [(swap.other, swap.theirs, swap.asker)]
    if swap.back is not None:
        halves.append((swap.asker, swap.back, swap.other))
    for place, (person, span, replaces) in enumerate(halves, number + 1):
        yield Override(f"OVR-{place}", swap.team, person, span, by, now, replaces, swap.id)


def swapping(state: State, swap: Swap, now: Instant) -> Iterator[Change]:
    """The schedule around each half, without and with both."""
    halves = list(_halves(state, swap, swap.other, now))
    then = _then(state, [*state.overrides.made.values(), *halves])
    for half in halves:
        yield change(state.bindings, then, swap.team, half.span, now)


def take_back(state: State, command: WithdrawSwap, now: Instant) -> Answer:
    swap = state.overrides.swaps.get(command.swap)
    if swap is None or now >= swap.until:
        return _no_swap(command.swap)
    return (Said(SwapEnded(swap=swap.id, by=command.by), subject(swap.team)),)


def lapsed(state: State, now: Instant) -> Iterator[Said]:
    """Swaps that nobody answered in time."""
    for swap in state.overrides.swaps.values():
        if now >= swap.until:
            yield Said(SwapEnded(swap=swap.id, by="opsguide"), subject(swap.team))


def lapses(state: State) -> Iterable[Instant]:
    return (swap.until for swap in state.overrides.swaps.values())


def _wrong(
    state: State, team: str, people: Iterable[str], spans: Iterable[Span], now: Instant
) -> Refusal | None:
    bound = state.overrides.adopted
    if team not in bound.rotations:
        hint = f"rotations: {', '.join(bound.rotations) or 'none is bound'}"
        return Refusal("unknown_rotation", f"there is no rotation {team}", hint)
    for person in people:
        if person and person not in bound.people:
            hint = f"people of the bindings: {', '.join(bound.people)}"
            return Refusal("unknown_person", f"there is no person {person}", hint)
    for span in spans:
        if span.end <= now:
            return Refusal("past", f"{rfc3339(span.end)} is past", "the past cannot be changed")
        if span.end <= span.start:
            return Refusal("malformed_span", "the end is not after the start", "write an end after the start")
        if span.end > after(now, FURTHEST_SECONDS):
            return Refusal("malformed_span", "that is more than a year ahead", "plan it later")
    return None


def _has_duty(state: State, team: str, person: str, span: Span) -> bool:
    rotation = rotation_of(state.bindings, team)
    return rotation is not None and any(s.person == person for s in shifts(rotation, span.start, span.end))


def _made(one: Override, reason: str) -> Said:
    made = OverrideMade(
        override=one.id,
        team=one.team,
        person=one.person,
        start=one.span.start,
        end=one.span.end,
        by=one.by,
        replaces=one.replaces,
        swap=one.swap,
    )
    return Said(made, subject(one.team), _reason(reason))


def _told(
    state: State, people: Iterable[str], about: str, name: str, args: Mapping[str, str], now: Instant
) -> Iterator[Said]:
    for person in people:
        yield from news(state, person, about, name, args, now)


def _reason(text: str) -> Reason | None:
    return Reason(text.strip()) if text.strip() else None


def _no_swap(swap: str) -> Refusal:
    return Refusal(
        "unknown_swap",
        f"no swap {swap} waits for an answer",
        "it was answered, taken back, or its time has begun",
    )


HANDLERS: Mapping[type[Command], Callable[[Any, Any, Instant], Answer]] = {
    MakeOverride: make,
    WithdrawOverride: withdraw,
    AskSwap: ask,
    AnswerSwap: answer,
    WithdrawSwap: take_back,
}
