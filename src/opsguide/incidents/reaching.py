"""How one person is reached for a step of the route, and who is told when they cannot be. Pure.

Their own rules say which channel when; a channel that does not take the page in ten seconds is helped out by the next
one, a person whom nothing reached in twenty-five by the next of the team, and a team of which nobody was reached by
the next step of the route. Nothing stops what was begun: a failed page is tried again meanwhile.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import time

from msgspec import Struct

from ..guide.bindings import Bindings, Notify, severity_of
from ..kernel.calendar import Hours, zone
from ..kernel.clock import Instant, after
from . import oncall
from .health import is_cut_off
from .oncall import INBOX
from .severity import severities
from .state import Delivery, Incident, State

CHANNEL_SECONDS = 10.0
PERSON_SECONDS = 25.0


class Call(Struct, frozen=True):
    """A person to tell through a channel, and why it is that one now; `turn` counts the times through it."""

    person: str
    channel: str
    why: str = ""
    turn: int = 1


class Following(Struct, frozen=True):
    """What is told now of a step that was taken, and when that is asked again.

    `unreached`: nothing reaches anybody whom the step names, and nobody is left to stand in.
    """

    calls: tuple[Call, ...] = ()
    wake: Instant | None = None
    unreached: bool = False


class Plan(Struct, frozen=True):
    """A channel of a person and when it is told, in seconds after the person is called."""

    channel: str
    after: float


def plan(state: State, person: str, severity: str, at: Instant) -> list[Plan]:
    """By the person's rules that fit, soonest first; all channels at once where no rule does."""
    bound = state.bindings.people.get(person)
    if bound is None:
        return []
    fitting = [rule for rule in bound.notify if _fits(state, rule, severity, at)]
    if not fitting:
        return [Plan(channel, 0.0) for channel in oncall.channels(state.bindings, person)]
    return [Plan(rule.channel, rule.after) for rule in sorted(fitting, key=lambda rule: rule.after)]


def _fits(state: State, rule: Notify, severity: str, at: Instant) -> bool:
    defined = [values for _, values in severities(state)]
    meant = {severity_of(word, defined, state.bindings) for word in rule.severities}
    return (not meant or severity in meant) and (rule.hours is None or _open(state.bindings, rule.hours, at))


def _open(bindings: Bindings, hours: str, at: Instant) -> bool:
    start, _, end = hours.partition("-")
    return Hours(zone(bindings.zone), start=time.fromisoformat(start), end=time.fromisoformat(end)).is_open(
        at
    )


def first_calls(state: State, person: str, severity: str, now: Instant, why: str = "") -> list[Call]:
    """What is told at once: the inbox always."""
    at_once = dict.fromkeys(one.channel for one in plan(state, person, severity, now) if one.after == 0)
    return [Call(person, channel, why) for channel in (*at_once, INBOX)]


def next_calls(
    state: State, incident: Incident, sent: Sequence[Delivery], to: str, now: Instant
) -> Following:
    """What is told now of a step that was taken; `sent` was told so far."""
    calls, wakes, people = list[Call](), list[Instant](), list(dict.fromkeys(d.person for d in sent))
    for person in people:
        own = [d for d in sent if d.person == person]
        for call, at in _of_person(state, incident.severity, person, own):
            if at <= now:
                calls.append(call)
            else:
                wakes.append(at)
    given_up = _given_up_at(state, incident, sent, now) if not calls else None
    unreached = False
    if given_up is not None and given_up <= now:
        calls += _stand_in(state, incident, people, to, now)
        gone = _gone_at(sent, now)
        unreached = not calls and gone <= now
        wakes.extend([gone] if not calls and gone > now else [])
    elif given_up is not None:
        wakes.append(given_up)
    return Following(tuple(calls), min(wakes, default=None), unreached)


def _of_person(
    state: State, severity: str, person: str, own: Sequence[Delivery]
) -> Iterator[tuple[Call, Instant]]:
    """What a person is still to be told through, and when: by their rules, or because a channel fails."""
    called, planned = own[0].decided_at, plan(state, person, severity, own[0].decided_at)
    times, turns = Counter(d.channel for d in own), Counter[str]()
    for one in planned:
        turns[one.channel] += 1
        if turns[one.channel] > times[one.channel]:
            why = "their rule" if one.after else ""
            yield Call(person, one.channel, why, turns[one.channel]), after(called, one.after)
    outside = _outside(own)
    if not outside or any(d.state == "done" for d in outside):
        return
    channels = dict.fromkeys((*(one.channel for one in planned), *oncall.channels(state.bindings, person)))
    left = next((channel for channel in channels if channel not in times), None)
    if left is not None:
        failed = all(_fails(state, d) for d in outside)
        due = max(d.decided_at for d in outside) if failed else after(outside[-1].decided_at, CHANNEL_SECONDS)
        yield Call(person, left, f"{outside[-1].channel} has not taken it"), due


def _outside(sent: Iterable[Delivery]) -> list[Delivery]:
    return [d for d in sent if d.channel != INBOX]


def _fails(state: State, delivery: Delivery) -> bool:
    return delivery.state == "failed" or is_cut_off(state, delivery.channel)


def _given_up_at(state: State, incident: Incident, sent: Sequence[Delivery], now: Instant) -> Instant | None:
    """When the next person is told: now, where all channels of the last one fail. None: somebody was reached."""
    outside = _outside(sent)
    if incident.drill is not None or any(d.state == "done" for d in outside):
        return None
    last = [d for d in sent if d.person == sent[-1].person]
    tried = _outside(last)
    if not tried and plan(state, last[0].person, incident.severity, last[0].decided_at):
        return None  # their rules say that nothing is told yet
    if all(_fails(state, d) for d in tried):
        return now
    return after(tried[0].decided_at, PERSON_SECONDS)


def _gone_at(sent: Sequence[Delivery], now: Instant) -> Instant:
    """When a step is given up with nobody left to stand in: a channel that failed once is tried again first."""
    outside = _outside(sent)
    return after(outside[0].decided_at, PERSON_SECONDS) if outside else now


def _stand_in(state: State, incident: Incident, told: Sequence[str], to: str, now: Instant) -> list[Call]:
    """The next of the team who has a channel; nobody where all were told."""
    for person in oncall.colleagues(state.bindings, to):
        if person not in told and oncall.channels(state.bindings, person):
            return first_calls(state, person, incident.severity, now, f"{told[-1]} could not be reached")
    return []
