"""Incidents in the console and the API: the list, one incident, the inbox, and all the routes of the chapter."""

from pathlib import Path

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from ..guide.bindings import signal_names
from ..guide.promise import Promise
from ..guide.values import Alert, Objective, Step
from ..web.pages import ConsoleDep, Link, Pages
from ..web.people import bound, people
from ..web.shell import ShellDep
from . import (
    escalation,
    http_api,
    http_channels,
    http_feeds,
    http_lifecycle,
    http_links,
    http_oncall,
    http_silences,
    http_sources,
    severity,
    shown,
    silences,
)
from .commands import Acknowledge, AddNote, Resolve
from .common import subject
from .handoffs import http as handoffs_http
from .http_api import Acting, Noting, Opening, Resolving
from .http_clues import near
from .http_lifecycle import pressed
from .http_whose import concerns, whose
from .overrides import http as overrides_http
from .overrides import http_links as swap_links
from .overrides import http_overrides, http_rotations, http_swaps
from .postmortem import http as postmortem
from .postmortem.timeline import WORDS as POSTMORTEM_WORDS
from .process import http as process
from .process import http_tasks
from .process.facts import Phase
from .process.next import steps as next_steps
from .process.timeline import WORDS as PROCESS_WORDS
from .process.updates import running
from .shown import CLOSED_SHOWN, find, fire, fires, latest, letters, on_call_now, piled, promise_of, state_of
from .sources.edge.reception import Reception
from .state import Incident
from .status import picture_url
from .timeline import WORDS

# Pages -----------------------------------------------------------------------------------------------------------


@get("/incidents", needs="read", include_in_schema=False)
async def incidents_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """Open incidents: those that nobody has, then by the clock that runs out next; then the latest closed ones."""
    closed = latest(state_of(console).closed.values())[:CLOSED_SHOWN]
    ended = [fire(one, people(console)) for one in closed]
    return shell.render("incidents/list.html", here="/incidents", open=list(fires(console)), closed=ended)


@get("/incidents/new", needs="respond", include_in_schema=False)
async def report_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """The form for what a person sees first, with the guide's own definitions of its severities."""
    state = state_of(console)
    kinds = {
        values.kind
        for one in state.promises.values()
        if isinstance(values := one.values, Step) and values.kind
    }
    return shell.render(
        "incidents/report.html",
        here="/incidents",
        severities=[
            (one, values, severity.pages(state, state.bindings, values.severity))
            for one, values in severity.severities(state)
        ],
        kinds=sorted(kinds),
        conditions=severity.covered(state),
        people=people(console),
    )


@post("/incidents", needs="respond", include_in_schema=False)
async def report_form(data: URLEncodedBody[Opening], console: ConsoleDep) -> Redirect:
    """The button Open."""
    incident = await http_api.report(console, data, None)
    return Redirect(f"/incidents/{incident.id}", status_code=303)


@get("/incidents/{incident:str}", needs="read", include_in_schema=False)
async def incident_page(incident: FromPath[str], console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """What happened, what was promised, how long is left, who was told; and the buttons."""
    found = find(console, incident)
    promise = promise_of(console, found)
    history = list(console.history(subject(found.id)))
    told, state = process.entries(history, shell), state_of(console)
    return shell.render(
        "incidents/incident.html",
        here="/incidents",
        incident=found,
        promise=promise or severity.definition_of(state, found.severity),
        standing=console.standings().get(promise.id) if promise is not None else None,
        timeline=told[::-1],
        receipts=shown.receipts(history),
        pinned=[one for one in told if one.seq in found.work.pins],
        steps=next_steps(state, found),
        routed=bool(escalation.route(state, found)),
        update=running(state, found),
        phase=_phase(found),
        status_page=bound(console).status is not None,
        signals=process.signals(console),
        signal=_signal(promise),
        ranges=process.RANGES,
        picture_url=picture_url,
        people=people(console),
        silenced="\n".join(map(str, silences.like(found))),
        pages=silences.pages,
        clues=near(console, shell, found),
        others=[one for one in latest(state_of(console).open.values()) if one.id != found.id],
        on_call=on_call_now(state_of(console), console.now()).person,
        severities=[values.severity for _, values in severity.severities(state_of(console))],
        proposed=shown.proposed(state_of(console), found),
        acts=whose(state, found).lets(shell.me),
    )


def _phase(incident: Incident) -> Phase:
    """How far the work is by what was said last, and by the end."""
    if not incident.open:
        return "resolved"
    updates = incident.work.updates
    return updates[-1].phase if updates else "investigating"


def _signal(promise: Promise | None) -> str:
    """The signal that a promise is about, by the name of its page."""
    values = promise.values if promise is not None else None
    return signal_names(values)[0] if isinstance(values, Alert | Objective) else ""


@get("/inbox", needs="read", include_in_schema=False)
async def inbox_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """Everything that was sent to the console's own inbox, what is still open first."""
    return shell.render(
        "incidents/inbox.html", here="/inbox", letters=piled(letters(console)), people=people(console)
    )


@post("/incidents/{incident:str}/acknowledge", needs="respond", include_in_schema=False)
async def acknowledge_form(
    incident: FromPath[str], data: URLEncodedBody[Acting], console: ConsoleDep
) -> Redirect:
    """The button Acknowledge."""
    return await pressed(console, incident, Acknowledge(incident, data.by), data.by)


@post("/incidents/{incident:str}/resolve", needs="respond", include_in_schema=False)
async def resolve_form(
    incident: FromPath[str], data: URLEncodedBody[Resolving], console: ConsoleDep
) -> Redirect:
    """The button Resolve."""
    return await pressed(console, incident, Resolve(incident, data.by, data.reason.strip()), data.by)


@post("/incidents/{incident:str}/notes", needs="respond", include_in_schema=False)
async def note_form(incident: FromPath[str], data: URLEncodedBody[Noting], console: ConsoleDep) -> Redirect:
    """The button Add note."""
    return await pressed(console, incident, AddNote(incident, data.by, data.text), data.by)


# The whole -----------------------------------------------------------------------------------------------------------


def pages(link_key: bytes, reception: Reception, tester: http_channels.Tester) -> Pages:
    """This chapter's part of the console. `link_key` opens the signed links of pages, `reception` takes deliveries,
    `tester` tests channels."""
    return Pages(
        name="incidents",
        handlers=(
            *HANDLERS,
            *http_oncall.handlers(link_key),
            *http_feeds.handlers(link_key),
            *swap_links.handlers(link_key),
            *http_sources.handlers(reception),
            *http_channels.handlers(tester),
            *http_links.handlers(link_key),
        ),
        templates=Path(__file__).parent / "templates",
        links=LINKS,
        panels=shown.panels,
        holders=shown.holders,
        fires=fires,
        on_duty=shown.on_duty,
        finds=shown.finds,
        events=shown.events,
        involved=shown.involved,
        metrics=shown.metrics,
        touches=shown.touches,
        concerns=concerns,
        words={**WORDS, **PROCESS_WORDS, **POSTMORTEM_WORDS},
    )


HANDLERS = (
    *(
        incidents_page,
        report_page,
        report_form,
        incident_page,
        inbox_page,
        acknowledge_form,
        resolve_form,
        note_form,
    ),
    *http_api.HANDLERS,
    *http_lifecycle.HANDLERS,
    *http_silences.HANDLERS,
    *process.HANDLERS,
    *overrides_http.HANDLERS,
    *handoffs_http.HANDLERS,
    *http_overrides.HANDLERS,
    *http_rotations.HANDLERS,
    *http_swaps.HANDLERS,
    *http_tasks.HANDLERS,
    *postmortem.HANDLERS,
)

LINKS = (
    Link("Incidents", "/incidents", "i", 20),
    Link("Inbox", "/inbox", "b", 30, minor=True),
    Link("On call", "/on-call", "o", 35),
    Link("Channels", "/channels", "", 36, minor=True),
    Link("Silences", "/silences", "", 37, minor=True),
    Link("Tasks", "/tasks", "", 39, minor=True),
    Link("Sources", "/sources", "", 38, minor=True),
)
"""Where the console leads to."""
