"""Who is told, in which order, when: the guide's routes applied to an open incident."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from ..guide.bindings import handle
from ..guide.promise import Promise
from ..guide.values import Step
from ..kernel.clock import Instant, after
from ..kernel.duration import spoken
from ..kernel.intent import Intent, Outcome
from ..kernel.part import Said
from . import reaching, settling
from .common import subject
from .facts import PageImpossible, RouteRepeated
from .oncall import INBOX, OnCall, lead, on_call
from .severity import rank
from .state import Incident, State

PAGE = "page"
DIGEST = "digest"
NOTICES_COME_AFTER = 100
"""Added to the priority of a page of the same severity."""

NOTICE = 0
"""Stands for the step where a message belongs to none: something to know, not a call to come."""

PAGE_LIVES_SECONDS = 3 * 86_400.0
"""A page that could not be sent for so long is not sent any more: providers that are down for a day lose none."""

REPEATS = 24
"""So often the route is gone again by itself: whom two dozen pages did not wake, another does not."""


class Due(Struct, frozen=True):
    """A step of the route and when it is to be taken; `at` is None while nothing says when."""

    promise: Promise
    step: Step
    at: Instant | None


def steps(state: State) -> Iterator[tuple[Promise, Step]]:
    """The steps of all routes of the guide."""
    return ((p, p.values) for p in state.promises.values() if isinstance(p.values, Step))


def route(state: State, incident: Incident) -> list[tuple[Promise, Step]]:
    """The steps for this incident: those of its kind and severity, in order."""
    fitting = [
        (p, s)
        for p, s in steps(state)
        if s.kind in (None, incident.kind) and s.severity in (None, incident.severity) and s.scope is None
    ]
    return sorted(fitting, key=lambda pair: (pair[1].step, pair[0].span))


def schedule(state: State, incident: Incident) -> Iterator[Due]:
    """The first step at once; a later one after the guide's delay, else when the acknowledge clock runs out."""
    clock = next((c for c in incident.clocks if c.name == "acknowledge"), None)
    unacknowledged = None
    if clock is not None:
        unacknowledged = clock.due if incident.round == 1 else after(incident.round_at, clock.seconds)
    for place, (promise, step) in enumerate(route(state, incident)):
        if step.after_seconds is not None:
            yield Due(promise, step, after(incident.round_at, step.after_seconds))
        elif place == 0:
            yield Due(promise, step, incident.round_at)
        else:
            yield Due(promise, step, None if unacknowledged is None else unacknowledged + 1)


class Taken(NamedTuple):
    """A provider took a page: of which incident, whether it was only the console's inbox, and in words."""

    incident: str
    in_inbox: bool
    said: str


def taken(outcome: Outcome) -> Taken | None:
    """What an attempt says of it; None where it failed, or was no page."""
    parts = outcome.key.split("/", 4)
    if outcome.result != "done" or parts[0] != PAGE or len(parts) != 5:
        return None
    _, incident, _, person, channel = parts
    if channel == INBOX:
        return Taken(incident, True, f"in the console's inbox, for {person}")
    return Taken(incident, False, f"{channel} took the page to {person}")


def due_steps(state: State, incident: Incident, now: Instant) -> tuple[list[Said], Instant | None]:
    """What to decide now for an incident that nobody acknowledged, and when the next step is due."""
    said, later, unreached = list[Said](), list[Instant](), ""
    if incident.drill is not None and not incident.drill.tell:
        return said, None
    for place, due in enumerate(schedule(state, incident)):
        if place > 0 and incident.drill is not None:
            break  # a drill proves that the first one is told; it does not wake the others
        if due.promise.id in incident.told:
            following = _following(state, incident, due, now)
            said.extend(_paged(state, incident, due, call, now) for call in following.calls)
            later.extend([following.wake] if following.wake is not None else [])
            unreached = _target(incident, due.step) if following.unreached else ""
        elif place > 0 and not incident.pages:
            continue
        elif unreached:
            # Whom the step before names cannot hear of it: to wait for them would be to wait for nobody.
            said.extend(tell(state, incident, due, now, f"nothing reaches {unreached}"))
            unreached = ""
        elif due.at is not None and due.at > now:
            later.append(due.at)
        elif due.at is not None:
            said.extend(tell(state, incident, due, now))
    return said, min(later, default=None)


def repeats_at(state: State, incident: Incident, now: Instant) -> Instant | None:
    """When the route is gone again: nobody acknowledged a page that was delivered. None: that is not so, or never.

    While nothing was delivered the pages themselves are tried again; a second one would only be told twice.
    """
    wait = state.bindings.paging.repeat_after
    if not wait or not incident.pages or incident.drill is not None or incident.repeats >= REPEATS:
        return None
    sent = [d for d in incident.deliveries.values() if d.step != NOTICE and d.round == incident.round]
    if not any(d.state == "done" and d.channel != INBOX for d in sent):
        return None
    if any(due.promise.id not in incident.told for due in schedule(state, incident) if due.at is not None):
        return None
    due = after(max(d.decided_at for d in sent), wait)
    if settling.flapped(incident, now) >= settling.FLAPS:
        # One page is enough for what flaps.
        return max(due, after(incident.changes[-1], settling.FLAP_WINDOW_SECONDS))
    return due


def repeated(state: State, incident: Incident) -> Said:
    reason = f"nobody acknowledged it for {spoken(state.bindings.paging.repeat_after)} after all were told"
    return Said(RouteRepeated(incident=incident.id, reason=reason), subject(incident.id))


def _following(state: State, incident: Incident, due: Due, now: Instant) -> reaching.Following:
    """What is still to be told of a step that was taken."""
    sent = [
        d for d in incident.deliveries.values() if d.promise == due.promise.id and d.round == incident.round
    ]
    if not incident.pages:
        return reaching.Following()
    if not sent:
        return reaching.Following(unreached=True)  # nobody was on call for it
    return reaching.next_calls(state, incident, sent, _target(incident, due.step), now)


def _target(incident: Incident, step: Step) -> str:
    """Whom a step tells: of a drill, perhaps somebody else."""
    return (incident.drill.to if incident.drill is not None else "") or step.to


def tell(state: State, incident: Incident, due: Due, now: Instant, why: str = "") -> Iterator[Said]:
    """One intent for each channel of the person behind the step that is told at once; a ticket is for the inbox."""
    to = _target(incident, due.step)
    who = on_call(state.bindings, to, now)
    if who.hole and not incident.pages and _is_about(state, incident, to):
        who = OnCall(person=lead(state.bindings, to))  # that nobody is on call cannot be told to who is
    if not who.person:
        impossible = PageImpossible(
            incident=incident.id, step=due.step.step, to=to, reason=who.problem, promise=due.promise.id
        )
        yield Said(impossible, subject(incident.id))
        return
    first = reaching.first_calls(state, who.person, incident.severity, now, why)
    for call in first if incident.pages else (reaching.Call(who.person, INBOX),):
        yield _paged(state, incident, due, call, now)


def _is_about(state: State, incident: Incident, to: str) -> bool:
    """Whether it is about a step of the route that leads there, and not about what is told that way."""
    about = state.promises.get(incident.promise or "")
    return about is not None and isinstance(about.values, Step) and handle(about.values.to) == handle(to)


def _paged(state: State, incident: Incident, due: Due, call: reaching.Call, now: Instant) -> Said:
    step = due.step
    place = f"{_place(incident, step)}.t{call.turn}" if call.turn > 1 else _place(incident, step)
    why = f"step {step.step} of the route is {step.to} (line {due.promise.span.line})"
    paged = Intent(
        key=f"{PAGE}/{incident.id}/{place}/{call.person}/{call.channel}",
        deed=PAGE,
        args=_args(incident, step.step, call.person, call.channel),
        reason=f"{why}; {call.why}" if call.why else why,
        deadline=after(now, PAGE_LIVES_SECONDS),
        promise=due.promise.id,
        priority=rank(state, incident.severity),
    )
    return Said(paged, subject(incident.id))


def _args(incident: Incident, step: int, person: str, channel: str) -> dict[str, str]:
    return {
        "incident": incident.id,
        "step": str(step),
        "person": person,
        "channel": channel,
        "title": f"{mark(incident)}[{incident.severity}] {incident.title}",
    }


class Notice(Struct, frozen=True):
    """Something to know of an incident: that it `said`. `name` is what it is about, once an incident.

    It goes to a person (`to`), else to whoever has the incident, else to who is first on the route; after `until` it
    is pointless.
    """

    name: str
    said: str
    until: Instant | None = None
    to: str = ""


def notice(state: State, incident: Incident, new: Notice, now: Instant) -> Iterator[Said]:
    """Tell it. It proves no step of the route, and comes after pages."""
    person: str = new.to or incident.acknowledged_by
    channels: tuple[str, ...] = (INBOX,)
    if person not in state.bindings.people and (first := route(state, incident)):
        person = on_call(state.bindings, first[0][1].to, now).person
    if person:
        channels = tuple(c.channel for c in reaching.first_calls(state, person, incident.severity, now))
    for channel in channels if person and incident.pages else (INBOX,):
        yield Said(
            Intent(
                key=f"page/{incident.id}/{new.name}/{person}/{channel}",
                deed=PAGE,
                args={**_args(incident, NOTICE, person, channel), "notice": new.said},
                reason=f"{incident.id} {new.said}",
                deadline=after(now, PAGE_LIVES_SECONDS) if new.until is None else new.until,
                priority=NOTICES_COME_AFTER + rank(state, incident.severity),
            ),
            subject(incident.id),
        )


def _place(incident: Incident, step: Step) -> str:
    """`2`; from the second time on that the route is gone, with which it is: `2.r3`."""
    return str(step.step) if incident.round == 1 else f"{step.step}.r{incident.round}"


def mark(incident: Incident) -> str:
    """What a page of a drill begins with."""
    return "DRILL " if incident.drill is not None else ""
