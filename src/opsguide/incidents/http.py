"""Incidents in the console and the API: the list, one incident, the inbox, and the signed link of a page."""

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ..guide.promise import Promise
from ..guide.values import Step
from ..kernel.clock import Instant
from ..kernel.facts import Recorded
from ..kernel.part import Command
from ..web.console import Console
from ..web.errors import NotFound
from ..web.metrics import Metric, gauge
from ..web.pages import ConsoleDep, Found, Holder, Link, Pages, Panel
from ..web.people import people
from ..web.shell import ShellDep
from . import facts, links, oncall
from .commands import Acknowledge, AddNote, Resolve
from .state import Delivery, Incident, State
from .status import IncidentStatus, status
from .timeline import WORDS, manner

CLOSED_SHOWN = 50

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=80)]
Text: TypeAlias = Annotated[str, Meta(max_length=10_000)]


class Acting(Struct, frozen=True):
    """Who acknowledges: a person of the bindings, or any name."""

    by: Name


class Resolving(Struct, frozen=True):
    """Who resolves, and what mended it."""

    by: Name
    reason: Text = ""


class Noting(Struct, frozen=True):
    by: Name
    text: Text


class Told(Struct, frozen=True):
    """A fact as a line of the timeline."""

    seq: int
    at: Instant
    said: str
    manner: str


class Letter(Struct, frozen=True):
    """What lies in the console's inbox: a page or a ticket."""

    incident: Incident
    delivery: Delivery


def _state(console: Console) -> State:
    state: State = console.state("incidents")
    return state


def _find(console: Console, incident: str) -> Incident:
    found = _state(console).find(incident)
    if found is None:
        hint = "/incidents lists those that are open and the latest closed ones; older ones are on the ledger"
        raise NotFound(f"there is no incident {incident}", where=incident, hint=hint)
    return found


def _promise(console: Console, incident: Incident) -> Promise | None:
    current = console.guide.current
    promises = current.adopted.reading.promises if current is not None else ()
    return next((promise for promise in promises if promise.id == incident.promise), None)


def _urgency(incident: Incident) -> tuple[bool, float]:
    return incident.acknowledged_at is not None, min((c.due for c in incident.running()), default=math.inf)


def _latest(incidents: Iterable[Incident]) -> list[Incident]:
    return sorted(incidents, key=lambda incident: -incident.opened_seq)


# Pages -----------------------------------------------------------------------------------------------------------


@get("/incidents", include_in_schema=False)
async def incidents_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """Open incidents: those that nobody has, then by the clock that runs out next; then the latest closed ones."""
    state = _state(console)
    waiting = sorted(_latest(state.open.values()), key=_urgency)
    closed = _latest(state.closed.values())[:CLOSED_SHOWN]
    return shell.render(
        "incidents/list.html", here="/incidents", open=waiting, closed=closed, people=people(console)
    )


@get("/incidents/{incident:str}", include_in_schema=False)
async def incident_page(incident: FromPath[str], console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """What happened, what was promised, how long is left, who was told; and the buttons."""
    found = _find(console, incident)
    promise = _promise(console, found)
    told = [
        Told(one.seq, one.fact.at, shell.say(one), manner(one))
        for one in console.history(f"incident:{found.id}")
    ]
    return shell.render(
        "incidents/incident.html",
        here="/incidents",
        incident=found,
        promise=promise,
        standing=console.standings().get(promise.id) if promise is not None else None,
        timeline=told[::-1],
        people=people(console),
        on_call=_on_call(_state(console)).person,
    )


@get("/inbox", include_in_schema=False)
async def inbox_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """Everything that was sent to the console's own inbox, what is still open first."""
    state = _state(console)
    letters = list(_letters([*state.open.values(), *_latest(state.closed.values())[:CLOSED_SHOWN]]))
    letters.sort(key=lambda letter: (not letter.incident.open, -letter.delivery.decided_at))
    return shell.render("incidents/inbox.html", here="/inbox", letters=letters, people=people(console))


def _letters(incidents: Iterable[Incident]) -> Iterator[Letter]:
    for incident in incidents:
        for delivery in incident.deliveries.values():
            if delivery.channel == oncall.INBOX:
                yield Letter(incident, delivery)


@post("/incidents/{incident:str}/acknowledge", include_in_schema=False)
async def acknowledge_form(
    incident: FromPath[str], data: URLEncodedBody[Acting], console: ConsoleDep
) -> Redirect:
    """The button Acknowledge."""
    return await _acted(console, incident, Acknowledge(incident, data.by), data.by)


@post("/incidents/{incident:str}/resolve", include_in_schema=False)
async def resolve_form(
    incident: FromPath[str], data: URLEncodedBody[Resolving], console: ConsoleDep
) -> Redirect:
    """The button Resolve."""
    return await _acted(console, incident, Resolve(incident, data.by, data.reason.strip()), data.by)


@post("/incidents/{incident:str}/notes", include_in_schema=False)
async def note_form(incident: FromPath[str], data: URLEncodedBody[Noting], console: ConsoleDep) -> Redirect:
    """The button Add note."""
    return await _acted(console, incident, AddNote(incident, data.by, data.text), data.by)


async def _acted(console: Console, incident: str, command: Command, by: str) -> Redirect:
    await console.submit(command, actor=f"person:{by}")
    return Redirect(f"/incidents/{incident}", status_code=303)


# The API ---------------------------------------------------------------------------------------------------------


@get("/api/v1/incidents", tags=["incidents"])
async def list_incidents(console: ConsoleDep, open: FromQuery[bool | None] = None) -> list[IncidentStatus]:  # noqa: A002
    """Open and the latest closed incidents, newest first; `open` keeps only those that are (or are not)."""
    state = _state(console)
    found = _latest([*state.open.values(), *state.closed.values()])
    return [status(one) for one in found if open is None or one.open == open]


@get("/api/v1/incidents/{incident:str}", tags=["incidents"])
async def get_incident(incident: FromPath[str], console: ConsoleDep) -> IncidentStatus:
    """One incident."""
    return status(_find(console, incident))


@post("/api/v1/incidents/{incident:str}/acknowledge", tags=["incidents"], status_code=200)
async def acknowledge(incident: FromPath[str], data: JSONBody[Acting], console: ConsoleDep) -> IncidentStatus:
    """Somebody has it: nobody else is woken. 409 if somebody already has."""
    await console.submit(Acknowledge(incident, data.by), actor=f"person:{data.by}")
    return status(_find(console, incident))


@post("/api/v1/incidents/{incident:str}/resolve", tags=["incidents"], status_code=200)
async def resolve(incident: FromPath[str], data: JSONBody[Resolving], console: ConsoleDep) -> IncidentStatus:
    """It is over. 409 if it already was."""
    await console.submit(Resolve(incident, data.by, data.reason.strip()), actor=f"person:{data.by}")
    return status(_find(console, incident))


@post("/api/v1/incidents/{incident:str}/notes", tags=["incidents"], status_code=201)
async def add_note(incident: FromPath[str], data: JSONBody[Noting], console: ConsoleDep) -> IncidentStatus:
    """Add a note to the timeline."""
    await console.submit(AddNote(incident, data.by, data.text), actor=f"person:{data.by}")
    return status(_find(console, incident))


# What it adds to every page ----------------------------------------------------------------------------------------


def _on_call(state: State) -> oncall.OnCall:
    """Behind the first step of the guide's route that is for every incident."""
    steps = [one.values for one in state.promises.values() if isinstance(one.values, Step)]
    common = [step for step in steps if step.kind is None and step.severity is None and step.scope is None]
    first = min(common, key=lambda step: step.step, default=None)
    return oncall.on_call(state.bindings, first.to) if first is not None else oncall.OnCall()


def _panels(console: Console) -> Iterator[Panel]:
    state = _state(console)
    who = _on_call(state)
    yield Panel("On call", people(console).get(who.person, who.person) or "nobody is bound")
    unseen = sum(1 for incident in state.open.values() if incident.acknowledged_at is None)
    said = f"{len(state.open)} open" if state.open else "none open"
    if unseen:
        said += f", {unseen} not acknowledged" if unseen < len(state.open) else ", not acknowledged"
    yield Panel("Incidents", said, "/incidents", alarm=unseen > 0)


def _holders(console: Console) -> Mapping[str, Holder]:
    names = people(console)
    held = {}
    for incident in _state(console).open.values():
        if incident.promise is not None:
            by = names.get(incident.acknowledged_by, incident.acknowledged_by)
            said = f"{incident.id}, {by} has it" if by else f"{incident.id}, nobody has it"
            held[incident.promise] = Holder(said, f"/incidents/{incident.id}", alarm=not by)
    return held


def _finds(console: Console) -> Iterator[Found]:
    state = _state(console)
    for one in [*_latest(state.open.values()), *_latest(state.closed.values())[:CLOSED_SHOWN]]:
        said = one.severity if one.open else "closed"
        yield Found("incident", f"{one.id} {one.title}", f"/incidents/{one.id}", about=said)


def _metrics(console: Console) -> Iterator[Metric]:
    open_now = list(_state(console).open.values())
    severities = sorted({incident.severity for incident in open_now})
    numbers = [(name, sum(1 for one in open_now if one.severity == name)) for name in severities]
    samples = tuple(({"severity": name}, float(number)) for name, number in numbers)
    yield Metric("opsguide_incidents_open", "Open incidents by severity.", samples)
    unseen = sum(1 for one in open_now if one.acknowledged_at is None)
    yield gauge("opsguide_incidents_unacknowledged", "Open incidents that nobody has acknowledged.", unseen)
    failing = sum(1 for one in open_now for sent in one.deliveries.values() if sent.state == "failed")
    yield gauge(
        "opsguide_pages_failing", "Pages whose last attempt failed and that are tried again.", failing
    )


_ACTS = (facts.IncidentAcknowledged, facts.IncidentRecovered, facts.IncidentRecurred, facts.IncidentResolved)


def _touches(recorded: Recorded) -> Iterator[str]:
    kind, _, incident = recorded.fact.subject.partition(":")
    if kind == "incident":
        yield "incidents"
        yield f"incident-{incident}"
        if isinstance(recorded.fact.data, _ACTS):
            yield f"incident-{incident}-deeds"


def pages(link_key: bytes) -> Pages:
    """This chapter's part of the console. `link_key` opens the signed links of pages."""

    def opened(token: str, console: Console) -> tuple[links.Link, Incident]:
        link = links.read(token, link_key, console.now())
        if link is None:
            hint = "open the incident in the console; a newer page carries a newer link"
            raise NotFound("this link has expired, or it was never ours", where="/page/…", hint=hint)
        return link, _find(console, link.incident)

    @get("/page/{token:str}", include_in_schema=False)
    async def page(token: FromPath[str], console: ConsoleDep, shell: ShellDep) -> Response[str]:
        """What a page's link shows. Scanners and previews fetch links: only the button acts."""
        link, incident = opened(token, console)
        return shell.render(
            "incidents/page.html",
            here="",
            link=link,
            token=token,
            incident=incident,
            promise=_promise(console, incident),
            people=people(console),
        )

    @post("/page/{token:str}/acknowledge", include_in_schema=False)
    async def acknowledge_page(token: FromPath[str], console: ConsoleDep) -> Redirect:
        """The button on it, as the person to whom the page was sent."""
        link, _ = opened(token, console)
        await console.submit(Acknowledge(link.incident, link.person), actor=f"person:{link.person}")
        return Redirect(f"/page/{token}", status_code=303)

    return Pages(
        name="incidents",
        handlers=(*HANDLERS, page, acknowledge_page),
        templates=Path(__file__).parent / "templates",
        links=(Link("Incidents", "/incidents", "i", 20), Link("Inbox", "/inbox", "b", 30)),
        panels=_panels,
        holders=_holders,
        finds=_finds,
        metrics=_metrics,
        touches=_touches,
        words=WORDS,
    )


HANDLERS = (
    *(incidents_page, incident_page, inbox_page, acknowledge_form, resolve_form, note_form),
    *(list_incidents, get_incident, acknowledge, resolve, add_note),
)
