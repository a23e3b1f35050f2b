"""Incidents in the API: as the pages show them, and the deeds of their buttons."""

from typing import Annotated, Literal, TypeAlias
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from ..guide.values import Step
from ..kernel.clock import rfc3339
from ..kernel.errors import Refused
from ..web.api.answers import (
    KEY,
    SAYS_SOMETHING,
    Asked,
    Listing,
    PagingDep,
    conditional,
    content_tag,
    later,
    ledger_tag,
)
from ..web.api.description import refused
from ..web.api.ledger import FactStatus, fact_status
from ..web.console import Console
from ..web.gate import MeDep
from ..web.pages import ConsoleDep
from ..web.people import people
from ..web.shell import ShellDep
from . import facts, oncall, severity
from .commands import Acknowledge, AddNote, Open, Resolve
from .common import subject
from .conditions import Condition
from .shown import Letter, find, latest, letters, on_call_now, state_of
from .state import Incident, State
from .status import IncidentStatus, status

TAGS = ["incidents"]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=80)]
Text: TypeAlias = Annotated[str, Meta(max_length=10_000)]


class Acting(Struct, frozen=True):
    """`by` is who acknowledges; left out, it is who asks. Only at the machine itself may it be anybody."""

    by: Name = ""


class Opening(Struct, frozen=True):
    """Who reports what, and how bad it is in a word of the guide; or what is so, if a definition of the guide names it.

    With both, a severity below that definition's breaks the promise.
    """

    by: Name
    title: Annotated[str, Meta(max_length=200, extra_json_schema=SAYS_SOMETHING)]
    severity: Annotated[str, Meta(max_length=80)] = ""
    condition: Condition | Literal[""] = ""
    reason: Text = ""
    kind: Annotated[str, Meta(max_length=80)] = ""


class Resolving(Struct, frozen=True):
    """Who resolves (as for acknowledging), and what mended it."""

    by: Name = ""
    reason: Text = ""


class Noting(Struct, frozen=True):
    """Who writes what (`by` as for acknowledging)."""

    text: Annotated[str, Meta(max_length=10_000, extra_json_schema=SAYS_SOMETHING)]
    by: Name = ""


class Incidents(Listing, frozen=True, kw_only=True):
    """Incidents, newest first."""

    items: tuple[IncidentStatus, ...]


class Timeline(Listing, frozen=True, kw_only=True):
    """What happened to an incident, oldest first."""

    items: tuple[FactStatus, ...]


class LetterStatus(Struct, frozen=True):
    """A page or a ticket in the console's inbox. `pages` tells the one from the other."""

    incident: str
    title: str
    severity: str
    open: bool
    pages: bool
    person: str
    step: int
    state: str
    at: str


class Inbox(Listing, frozen=True, kw_only=True):
    """The console's inbox: what is still open first, the newest of each first."""

    items: tuple[LetterStatus, ...]


class StepStatus(Struct, frozen=True):
    """A step of the guide's route and who is behind it now; `problem` says why there is nobody."""

    step: int
    to: str
    person: str
    name: str
    channels: tuple[str, ...]
    problem: str
    promise: str
    kind: str | None
    severity: str | None


class OnCallStatus(Struct, frozen=True):
    """Who is told first of any incident, and the steps of the route."""

    person: str
    name: str
    steps: tuple[StepStatus, ...]


@get("/api/v1/incidents", needs="read", tags=TAGS, summary="List incidents")
async def incidents(
    paging: PagingDep,
    console: ConsoleDep,
    open: FromQuery[bool | None] = None,  # noqa: A002
) -> Response[Incidents]:
    """Open ones and the latest 200 that were closed, newest first; `open` keeps only those that are (or are not)."""
    known = paging.after(int)

    def make() -> Incidents:
        state = state_of(console)
        found = [
            one
            for one in latest([*state.open.values(), *state.closed.values()])
            if open is None or one.open == open
        ]
        rest = later(found, None if known is None else -known, lambda one: -one.opened_seq)
        items, following = paging.page(rest, lambda one: one.opened_seq)
        return Incidents(items=tuple(status(one) for one in items), next=following)

    return paging.answer(ledger_tag(console), make)


@post(
    "/api/v1/incidents",
    needs="respond",
    tags=TAGS,
    status_code=201,
    summary="Open an incident",
    responses=refused(
        {404: "The guide defines no such severity, or none by that condition (`unknown_severity`)"}
    ),
)
async def open_incident(
    data: JSONBody[Opening], console: ConsoleDep, idempotency_key: KEY = None
) -> IncidentStatus:
    """A person reports it. With an `Idempotency-Key`, sent again it is the same incident."""
    return status(await report(console, data, idempotency_key))


async def report(console: Console, data: Opening, key: str | None) -> Incident:
    """The incident of a person's report. Raises Refused."""
    if not data.title.strip():
        raise Refused("a report needs a title", reason="empty_title", hint="say in a few words what is wrong")
    _defined(state_of(console), data)
    name = f"report:{key or uuid4()}"
    command = Open(
        key=name,
        title=data.title.strip(),
        reason=data.reason.strip() or f"reported by {data.by}",
        severity=data.severity or None,
        says=data.by,
        condition=data.condition or None,
        kind=data.kind.strip().casefold() or None,
        labels={"kind": "report"},
    )
    try:
        await console.submit(command, actor=f"person:{data.by}")
    except Refused as error:
        if error.reason != "already_open":
            raise
    return find(console, state_of(console).by_key[name])


def _defined(state: State, data: Opening) -> None:
    """Raises Refused where the guide says nothing of how bad it is."""
    if severity.named(state, data.severity) is not None:
        return
    known = ", ".join(values.severity for _, values in severity.severities(state))
    hint = f"the guide defines {known}" if known else "the guide defines none: write down its severity levels"
    if data.severity:
        what = f"the guide defines no severity {data.severity!r}"
    elif not data.condition:
        what = "a report needs a severity, or a condition that one is defined by"
    elif severity.proposal(state, data.condition) is None:
        what = f"no severity of the guide is defined by {data.condition!r}"
    else:
        return
    raise Refused(what, reason="unknown_severity", hint=hint)


@get("/api/v1/incidents/{incident:str}", needs="read", tags=TAGS, summary="One incident")
async def incident(request: Asked, incident: FromPath[str], console: ConsoleDep) -> Response[IncidentStatus]:
    """Its reason, its clocks, who was told with what result."""
    return conditional(request, ledger_tag(console), lambda: status(find(console, incident)))


@get(
    "/api/v1/incidents/{incident:str}/timeline",
    needs="read",
    tags=TAGS,
    summary="What happened to an incident",
)
async def timeline(
    paging: PagingDep, incident: FromPath[str], console: ConsoleDep, shell: ShellDep
) -> Response[Timeline]:
    """Every fact about it, oldest first, in words and as data."""
    known = paging.after(int)

    def make() -> Timeline:
        told = list(console.history(subject(find(console, incident).id)))
        items, following = paging.page(later(told, known, lambda one: one.seq), lambda one: one.seq)
        return Timeline(items=tuple(fact_status(one, shell, whole=True) for one in items), next=following)

    return paging.answer(ledger_tag(console), make)


@get("/api/v1/inbox", needs="read", tags=TAGS, summary="The console's inbox")
async def inbox(paging: PagingDep, console: ConsoleDep) -> Response[Inbox]:
    """Everything that was sent to the console itself, which everybody has as a channel."""
    known = paging.after(tuple[bool, int, str])

    def make() -> Inbox:
        rest = later(letters(console), known, Letter.place)
        items, following = paging.page(rest, Letter.place)
        return Inbox(items=tuple(_letter(one) for one in items), next=following)

    return paging.answer(ledger_tag(console), make)


def _letter(letter: Letter) -> LetterStatus:
    one, sent = letter.fire, letter.delivery
    return LetterStatus(
        one.id,
        one.title,
        one.severity,
        one.ended is None,
        letter.pages,
        sent.person,
        sent.step,
        sent.state,
        rfc3339(sent.at),
    )


@get("/api/v1/on-call", needs="read", tags=TAGS, summary="Who is on call")
async def on_call(request: Asked, console: ConsoleDep) -> Response[OnCallStatus]:
    """Who is told first now, and who is behind each step of the guide's route."""
    names = people(console)
    now = on_call_now(state_of(console), console.now())
    steps = tuple(
        StepStatus(
            step=values.step,
            to=values.to,
            person=who.person,
            name=names.get(who.person, who.person),
            channels=who.channels,
            problem=who.problem,
            promise=promise,
            kind=values.kind,
            severity=values.severity,
        )
        for promise, values in _route(state_of(console))
        for who in (oncall.on_call(state_of(console).bindings, values.to, console.now()),)
    )
    body = OnCallStatus(now.person, names.get(now.person, now.person), steps)
    return conditional(request, content_tag(body), lambda: body)


def _route(state: State) -> list[tuple[str, Step]]:
    """Every step of the guide's routes, in its order."""
    promises = sorted(state.promises.values(), key=lambda one: (one.span, one.id))
    return [(one.id, one.values) for one in promises if isinstance(one.values, Step)]


@post(
    "/api/v1/incidents/{incident:str}/acknowledge",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Acknowledge an incident",
    responses=refused(
        {409: "Somebody else has it (`already_acknowledged`), or it is over (`already_resolved`)"}
    ),
)
async def acknowledge(
    incident: FromPath[str], data: JSONBody[Acting], console: ConsoleDep, me: MeDep
) -> IncidentStatus:
    """Somebody has it: nobody else is woken. The same person again is answered as the first time."""
    by, actor = me.acting(data.by)
    return await _once(console, Acknowledge(incident, by), actor, "already_acknowledged")


@post(
    "/api/v1/incidents/{incident:str}/resolve",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Resolve an incident",
    responses=refused({409: "Somebody else resolved it (`already_resolved`)"}),
)
async def resolve(
    incident: FromPath[str], data: JSONBody[Resolving], console: ConsoleDep, me: MeDep
) -> IncidentStatus:
    """It is over. The same person again is answered as the first time."""
    by, actor = me.acting(data.by)
    return await _once(console, Resolve(incident, by, data.reason.strip()), actor, "already_resolved")


@post(
    "/api/v1/incidents/{incident:str}/notes",
    needs="respond",
    tags=TAGS,
    status_code=201,
    summary="Add a note",
    responses=refused({409: "This key came with another note before (`already_noted`)"}),
)
async def add_note(
    incident: FromPath[str],
    data: JSONBody[Noting],
    console: ConsoleDep,
    me: MeDep,
    idempotency_key: KEY = None,
) -> IncidentStatus:
    """Add a note to the timeline."""
    by, actor = me.acting(data.by)
    note = AddNote(incident, by, data.text, idempotency_key or "")
    try:
        await console.submit(note, actor=actor)
    except Refused as error:
        if error.reason != "already_noted" or not _is_same(console, note):
            raise
    return status(find(console, incident))


def _is_same(console: Console, note: AddNote) -> bool:
    """Did the first request with this key say the same? A note that was erased since cannot be compared: no."""
    for one in console.history(subject(note.incident)):
        noted, text = one.fact.data, one.fact.personal
        if isinstance(noted, facts.IncidentNoted) and noted.key == note.key:
            said = text.text if isinstance(text, facts.NoteText) else None
            return noted.by == note.by and said == note.text.strip()
    return False


async def _once(console: Console, command: Acknowledge | Resolve, actor: str, done: str) -> IncidentStatus:
    """Do it; where it was done already by the same person, a repeated request is no mistake."""
    try:
        await console.submit(command, actor=actor)
    except Refused as error:
        if error.reason != done or command.by != _who_did(find(console, command.incident), done):
            raise
    return status(find(console, command.incident))


def _who_did(incident: Incident, done: str) -> str:
    return incident.resolved_by if done == "already_resolved" else incident.acknowledged_by


HANDLERS = (incidents, open_incident, incident, timeline, inbox, on_call, acknowledge, resolve, add_note)
