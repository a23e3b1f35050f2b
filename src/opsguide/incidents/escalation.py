"""Who is told, in which order, when: the guide's routes applied to an open incident."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from ..guide.promise import Promise
from ..guide.values import Step
from ..kernel.clock import Instant, after
from ..kernel.intent import Intent, Outcome
from ..kernel.part import Said
from .facts import PageImpossible
from .oncall import INBOX, on_call
from .severity import severities
from .state import Incident, State

PAGE = "page"
NOTICES_COME_AFTER = 100
"""Added to the priority of a page of the same severity."""

NOTICE = 0
"""Stands for the step where a message belongs to none: something to know, not a call to come."""

PAGE_LIVES_SECONDS = 24 * 3600.0
"""A page that could not be sent for a day is not sent any more."""


class Due(Struct, frozen=True):
    """A step of the route and when it is to be taken; `at` is None while nothing says when."""

    promise: Promise
    step: Step
    at: Instant | None


def route(state: State, incident: Incident) -> list[tuple[Promise, Step]]:
    """The steps for this incident: those of its kind and severity, in order."""
    steps = [(p, p.values) for p in state.promises.values() if isinstance(p.values, Step)]
    fitting = [
        (p, s)
        for p, s in steps
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
    said, later = list[Said](), list[Instant]()
    if incident.drill is not None and not incident.drill.tell:
        return said, None
    for place, due in enumerate(schedule(state, incident)):
        if place > 0 and incident.drill is not None:
            break  # a drill proves that the first one is told; it does not wake the others
        if due.promise.id in incident.told or due.at is None or (place > 0 and not incident.pages):
            continue
        if due.at > now:
            later.append(due.at)
        else:
            said.extend(tell(state, incident, due, now))
    return said, min(later, default=None)


def tell(state: State, incident: Incident, due: Due, now: Instant) -> Iterator[Said]:
    """One intent a channel of the person behind the step; a ticket goes to the inbox only."""
    to = (incident.drill.to if incident.drill is not None else "") or due.step.to
    who = on_call(state.bindings, to, now)
    subject = f"incident:{incident.id}"
    if who.problem:
        yield Said(
            PageImpossible(
                incident=incident.id,
                step=due.step.step,
                to=to,
                reason=who.problem,
                promise=due.promise.id,
            ),
            subject,
        )
        return
    for channel in who.channels if incident.pages else (INBOX,):
        yield Said(
            Intent(
                key=f"page/{incident.id}/{_place(incident, due.step)}/{who.person}/{channel}",
                deed=PAGE,
                args=_args(incident, due.step.step, who.person, channel),
                reason=f"step {due.step.step} of the route is {due.step.to} (line {due.promise.span.line})",
                deadline=after(now, PAGE_LIVES_SECONDS),
                promise=due.promise.id,
                priority=_priority(state, incident),
            ),
            subject,
        )


def _args(incident: Incident, step: int, person: str, channel: str) -> dict[str, str]:
    return {
        "incident": incident.id,
        "step": str(step),
        "person": person,
        "channel": channel,
        "title": f"{mark(incident)}[{incident.severity}] {incident.title}",
    }


def notice(
    state: State, incident: Incident, name: str, said: str, now: Instant, *, until: Instant | None = None
) -> Iterator[Said]:
    """Tell whoever has it, else who is first on the route, that it `said`; `name` is what the notice is about.

    It proves no step of the route, and comes after pages. After `until` it is pointless.
    """
    person: str = incident.acknowledged_by
    channels: tuple[str, ...] = (INBOX,)
    if person in state.bindings.people:
        channels = (*state.bindings.people[person].channels, INBOX)
    elif steps := route(state, incident):
        first = on_call(state.bindings, steps[0][1].to, now)
        person, channels = first.person, first.channels
    for channel in channels if person and incident.pages else (INBOX,):
        yield Said(
            Intent(
                key=f"page/{incident.id}/{name}/{person}/{channel}",
                deed=PAGE,
                args={**_args(incident, NOTICE, person, channel), "notice": said},
                reason=f"{incident.id} {said}",
                deadline=after(now, PAGE_LIVES_SECONDS) if until is None else until,
                priority=NOTICES_COME_AFTER + _priority(state, incident),
            ),
            f"incident:{incident.id}",
        )


def _place(incident: Incident, step: Step) -> str:
    """`2`; from the second time on that the route is gone, with which it is: `2.r3`."""
    return str(step.step) if incident.round == 1 else f"{step.step}.r{incident.round}"


def mark(incident: Incident) -> str:
    """What a page of a drill begins with."""
    return "DRILL " if incident.drill is not None else ""


def _priority(state: State, incident: Incident) -> int:
    """Critical first: the place of the severity in the guide, unknown ones last."""
    places = [values.severity for _, values in severities(state)]
    return places.index(incident.severity) if incident.severity in places else len(places)
