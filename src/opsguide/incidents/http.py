"""Incidents in the console and the API: the list, one incident, the inbox, and the signed link of a page."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ..guide.promise import Promise
from ..kernel.clock import Instant
from ..kernel.part import Command
from ..web.as_of import AsOfQuery
from ..web.console import Console
from ..web.errors import NotFound
from ..web.pages import ConsoleDep, Fire, Link, Pages
from ..web.people import people
from ..web.shell import ShellDep
from . import links, oncall, shown
from .commands import Acknowledge, AddNote, Resolve
from .shown import CLOSED_SHOWN, fire, fires, latest, on_call_now, state_of
from .state import Delivery, Incident
from .status import IncidentStatus, status
from .timeline import WORDS, manner

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

    fire: Fire
    delivery: Delivery
    pages: bool


def _find(console: Console, incident: str) -> Incident:
    found = state_of(console).find(incident)
    if found is None:
        hint = "/incidents lists those that are open and the latest closed ones; older ones are on the ledger"
        raise NotFound(f"there is no incident {incident}", where=incident, hint=hint)
    return found


def _promise(console: Console, incident: Incident) -> Promise | None:
    current = console.guide.current
    promises = current.adopted.reading.promises if current is not None else ()
    return next((promise for promise in promises if promise.id == incident.promise), None)


# Pages -----------------------------------------------------------------------------------------------------------


@get("/incidents", include_in_schema=False)
async def incidents_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """Open incidents: those that nobody has, then by the clock that runs out next; then the latest closed ones."""
    closed = latest(state_of(console).closed.values())[:CLOSED_SHOWN]
    ended = [fire(one, people(console)) for one in closed]
    return shell.render("incidents/list.html", here="/incidents", open=list(fires(console)), closed=ended)


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
        on_call=on_call_now(state_of(console)).person,
    )


@get("/inbox", include_in_schema=False)
async def inbox_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """Everything that was sent to the console's own inbox, what is still open first."""
    state = state_of(console)
    names = people(console)
    letters = list(_letters([*state.open.values(), *latest(state.closed.values())[:CLOSED_SHOWN]], names))
    letters.sort(key=lambda letter: (letter.fire.ended is not None, -letter.delivery.decided_at))
    return shell.render("incidents/inbox.html", here="/inbox", letters=letters, people=names)


def _letters(incidents: Iterable[Incident], names: Mapping[str, str]) -> Iterator[Letter]:
    for incident in incidents:
        for delivery in incident.deliveries.values():
            if delivery.channel == oncall.INBOX:
                yield Letter(fire(incident, names), delivery, incident.pages)


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
async def list_incidents(
    console: ConsoleDep,
    open: FromQuery[bool | None] = None,  # noqa: A002
    as_of: AsOfQuery = None,
) -> list[IncidentStatus]:
    """Open and the latest closed incidents, newest first; `open` keeps only those that are (or are not)."""
    state = state_of(console)
    found = latest([*state.open.values(), *state.closed.values()])
    return [status(one) for one in found if open is None or one.open == open]


@get("/api/v1/incidents/{incident:str}", tags=["incidents"])
async def get_incident(
    incident: FromPath[str], console: ConsoleDep, as_of: AsOfQuery = None
) -> IncidentStatus:
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


# The whole -----------------------------------------------------------------------------------------------------------


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
        panels=shown.panels,
        holders=shown.holders,
        fires=fires,
        on_duty=shown.on_duty,
        finds=shown.finds,
        involved=shown.involved,
        metrics=shown.metrics,
        touches=shown.touches,
        words=WORDS,
    )


HANDLERS = (
    *(incidents_page, incident_page, inbox_page, acknowledge_form, resolve_form, note_form),
    *(list_incidents, get_incident, acknowledge, resolve, add_note),
)
