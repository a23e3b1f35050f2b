"""Working on an incident through the console and the API: severity, roles, status updates, pins, charts."""

from collections.abc import Iterable
from typing import Annotated, Literal, TypeAlias, get_args

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ...guide.bindings import signal_names
from ...guide.values import Alert, Objective
from ...kernel.errors import Refused
from ...kernel.facts import Recorded
from ...kernel.part import Command
from ...web.api.answers import KEY, SAYS_SOMETHING, Asked, conditional, ledger_tag
from ...web.api.description import refused
from ...web.console import Console
from ...web.pages import ConsoleDep
from ...web.people import people
from ...web.shell import Shell, ShellDep
from ...web.signing import DAY_OR_INSTANT, until_of
from ..common import subject
from ..http_api import TAGS, Name, Text
from ..http_lifecycle import OVER, done, pressed
from ..severity import line_of
from ..shown import find, state_of
from ..state import Incident
from ..status import IncidentStatus, status
from ..timeline import manner
from .commands import AssignRole, AttachChart, ChangeSeverity, CorrectUpdate, Pin, Update
from .export import Entry, markdown
from .facts import Phase, Role

Range: TypeAlias = Literal["1h", "6h", "24h", "7d", "30d"]
RANGES = get_args(Range)
"""How long a chart of a signal can be, as its page offers it."""

Audience: TypeAlias = Literal["team", "everybody"]
Said = Annotated[str, Meta(max_length=10_000, extra_json_schema=SAYS_SOMETHING)]


class Rating(Struct, frozen=True):
    """Who says how bad it is, and why."""

    severity: Annotated[str, Meta(min_length=1, max_length=80)]
    reason: Said
    by: Name = ""


class GivingRole(Struct, frozen=True):
    """Who gives which role to whom; to nobody where `person` is empty."""

    role: Role
    person: Annotated[str, Meta(max_length=80)] = ""
    by: Name = ""


class Updating(Struct, frozen=True):
    """Who says how it stands: to the team, or to everybody; then, which components it concerns."""

    text: Said
    audience: Audience = "team"
    phase: Phase = "investigating"
    components: Annotated[list[Name], Meta(max_length=100)] = []
    by: Name = ""


class UpdateForm(Struct, frozen=True):
    """The same from a form, where a box that is not ticked is not sent."""

    text: Said
    phase: Phase
    public: str = ""
    by: Name = ""


class Correcting(Struct, frozen=True):
    """What is to stand in the place of an update's words."""

    text: Said
    by: Name = ""


class Pinning(Struct, frozen=True):
    """Who pins which entry of the timeline, by its number; or takes the pin out."""

    entry: int
    state: Literal["pinned", "unpinned"] = "pinned"
    by: Name = ""


class PinForm(Struct, frozen=True):
    """The same from a form."""

    entry: int
    pinned: str = ""
    by: Name = ""


class Attaching(Struct, frozen=True):
    """The course of a signal, `range` long (`1h`, `6h`, `24h`, `7d`, `30d`) until `until`; empty: until now."""

    signal: Annotated[str, Meta(min_length=1, max_length=200)]
    range: Range = "6h"
    until: Annotated[str, Meta(max_length=40, extra_json_schema=DAY_OR_INSTANT)] = ""
    caption: Text = ""
    by: Name = ""


def _severity(incident: str, data: Rating) -> Command:
    return ChangeSeverity(incident, data.severity, data.by, data.reason)


def _role(incident: str, data: GivingRole) -> Command:
    return AssignRole(incident, data.role, data.person, data.by)


def _pin(console: Console, incident: str, by: str, entry: int, pinned: bool) -> Command:
    """Raises Refused where it is no entry of this incident's timeline."""
    if not any(one.seq == entry for one in console.history(subject(find(console, incident).id))):
        hint = "its timeline numbers them"
        raise Refused(
            f"{incident} has no entry #{entry}", reason="no_such_entry", where=str(entry), hint=hint
        )
    return Pin(incident, entry, by, pinned)


def signals(console: Console) -> list[str]:
    """The signals of which the guide says something, by the names of their pages."""
    current = console.guide.current
    promises = current.adopted.reading.promises if current is not None else ()
    found = (one.values for one in promises if isinstance(one.values, Alert | Objective))
    return sorted({signal_names(values)[0] for values in found})


def _chart(console: Console, incident: str, data: Attaching) -> Command:
    until = until_of(data.until, state_of(console).bindings.zone) or console.now()
    return AttachChart(incident, data.signal, data.range, until, data.by, data.caption)


# The console -----------------------------------------------------------------------------------------------------


@post("/incidents/{incident:str}/severity", needs="respond", include_in_schema=False)
async def severity_form(
    incident: FromPath[str], data: URLEncodedBody[Rating], console: ConsoleDep
) -> Redirect:
    """The button Change severity."""
    return await pressed(console, incident, _severity(incident, data), data.by)


@post("/incidents/{incident:str}/roles", needs="respond", include_in_schema=False)
async def role_form(
    incident: FromPath[str], data: URLEncodedBody[GivingRole], console: ConsoleDep
) -> Redirect:
    """The buttons that take a role and hand it over."""
    return await pressed(console, incident, _role(incident, data), data.by)


@post("/incidents/{incident:str}/updates", needs="respond", include_in_schema=False)
async def update_form(
    incident: FromPath[str], data: URLEncodedBody[UpdateForm], console: ConsoleDep
) -> Redirect:
    """The button Publish update."""
    command = Update(incident, data.by, data.text, bool(data.public), data.phase)
    return await pressed(console, incident, command, data.by)


@post("/incidents/{incident:str}/updates/{entry:int}/correct", needs="respond", include_in_schema=False)
async def correct_form(
    incident: FromPath[str], entry: FromPath[int], data: URLEncodedBody[Correcting], console: ConsoleDep
) -> Redirect:
    """The button Correct."""
    return await pressed(console, incident, CorrectUpdate(incident, entry, data.by, data.text), data.by)


@post("/incidents/{incident:str}/pins", needs="respond", include_in_schema=False)
async def pin_form(incident: FromPath[str], data: URLEncodedBody[PinForm], console: ConsoleDep) -> Redirect:
    """The button at an entry of the timeline."""
    command = _pin(console, incident, data.by, data.entry, bool(data.pinned))
    return await pressed(console, incident, command, data.by)


@post("/incidents/{incident:str}/charts", needs="respond", include_in_schema=False)
async def chart_form(
    incident: FromPath[str], data: URLEncodedBody[Attaching], console: ConsoleDep
) -> Redirect:
    """The button Attach chart."""
    return await pressed(console, incident, _chart(console, incident, data), data.by)


@get("/incidents/{incident:str}/export.md", needs="read", include_in_schema=False)
async def export_file(incident: FromPath[str], console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """The incident as a file of Markdown."""
    found = find(console, incident)
    headers = {"content-disposition": f'attachment; filename="{found.id}.md"'}
    return Response(exported(console, shell, found), media_type="text/markdown", headers=headers)


def entries(history: Iterable[Recorded], shell: Shell) -> list[Entry]:
    """The timeline of an incident in words, oldest first."""
    return [Entry(one.seq, one.fact.at, shell.say(one), manner(one)) for one in history]


def exported(console: Console, shell: Shell, incident: Incident) -> str:
    """All of it as Markdown."""
    line = line_of(state_of(console), incident)
    source = f"line {line.line}: {line.text}" if line is not None else ""
    current = console.guide.current
    service = (current.adopted.bindings.service if current is not None else "") or "unnamed"
    told = entries(console.history(subject(incident.id)), shell)
    return markdown(incident, told, people(console), source, service)


# The API ---------------------------------------------------------------------------------------------------------


@post(
    "/api/v1/incidents/{incident:str}/severity",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Change the severity of an incident",
    responses=refused(
        {409: f"{OVER}, has that severity (`same_severity`), or it is none (`undefined_severity`)"}
    ),
)
async def change_severity(
    incident: FromPath[str], data: JSONBody[Rating], console: ConsoleDep
) -> IncidentStatus:
    """Raised to one that wakes people, they are told again; what was missed stays missed, whatever it is now."""
    return await done(console, incident, _severity(incident, data), data.by)


@post(
    "/api/v1/incidents/{incident:str}/roles",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Give a role in an incident to somebody",
    responses=refused({409: f"{OVER}, or that person has it (`same_person`)"}),
)
async def assign_role(
    incident: FromPath[str], data: JSONBody[GivingRole], console: ConsoleDep
) -> IncidentStatus:
    """The commander leads, communications speaks for it, the scribe writes it down. Whoever gets one is told."""
    return await done(console, incident, _role(incident, data), data.by)


@post(
    "/api/v1/incidents/{incident:str}/updates",
    needs="respond",
    tags=TAGS,
    status_code=201,
    summary="Publish a status update",
    responses=refused(
        {
            404: "There is no such incident, or no such component of the status page (`unknown_component`)",
            409: "This key came before (`already_updated`), or components are named to the team (`not_public`)",
        }
    ),
)
async def publish_update(
    incident: FromPath[str], data: JSONBody[Updating], console: ConsoleDep, idempotency_key: KEY = None
) -> IncidentStatus:
    """Say how it stands: to the team, or with the audience `everybody` in public."""
    command = Update(
        incident,
        data.by,
        data.text,
        data.audience == "everybody",
        data.phase,
        idempotency_key or "",
        tuple(data.components),
    )
    try:
        return await done(console, incident, command, data.by)
    except Refused as error:
        published = find(console, incident)
        same = (data.audience == "everybody", data.phase, data.text.strip())
        known = [(one.public, one.phase, one.text) for one in published.work.updates]
        if error.reason != "already_updated" or same not in known:
            raise
        return status(published)


@post(
    "/api/v1/incidents/{incident:str}/updates/{entry:int}/correct",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Correct a status update",
    responses=refused(
        {
            404: "There is no such incident, or it has no such update (`unknown_update`)",
            409: "It says that already (`unchanged`)",
        }
    ),
)
async def correct_update(
    incident: FromPath[str], entry: FromPath[int], data: JSONBody[Correcting], console: ConsoleDep
) -> IncidentStatus:
    """Other words in its place, marked as corrected; where it was public, on the status page and in its feeds too."""
    return await done(console, incident, CorrectUpdate(incident, entry, data.by, data.text), data.by)


@post(
    "/api/v1/incidents/{incident:str}/pins",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Pin an entry of the timeline",
    responses=refused({409: "It is no entry of the timeline (`no_such_entry`), or so already (`unchanged`)"}),
)
async def pin_entry(incident: FromPath[str], data: JSONBody[Pinning], console: ConsoleDep) -> IncidentStatus:
    """What is pinned stands on top of the timeline, and in the post-mortem."""
    command = _pin(console, incident, data.by, data.entry, data.state == "pinned")
    return await done(console, incident, command, data.by)


@post(
    "/api/v1/incidents/{incident:str}/charts",
    needs="respond",
    tags=TAGS,
    status_code=201,
    summary="Attach the chart of a signal",
    responses=refused({409: "It would show what is still to come (`future_chart`), or there are too many"}),
)
async def attach_chart(
    incident: FromPath[str], data: JSONBody[Attaching], console: ConsoleDep
) -> IncidentStatus:
    """Its picture is drawn from telemetry, for as long as that is kept."""
    return await done(console, incident, _chart(console, incident, data), data.by)


class Exported(Struct, frozen=True):
    """An incident as Markdown."""

    incident: str
    markdown: str


@get("/api/v1/incidents/{incident:str}/export", needs="read", tags=TAGS, summary="An incident as Markdown")
async def export(
    request: Asked, incident: FromPath[str], console: ConsoleDep, shell: ShellDep
) -> Response[Exported]:
    """Facts, clocks, status updates, timeline and tasks."""
    found = find(console, incident)
    return conditional(
        request, ledger_tag(console), lambda: Exported(found.id, exported(console, shell, found))
    )


HANDLERS = (
    *(export_file, export),
    *(severity_form, role_form, update_form, correct_form, pin_form, chart_form),
    *(change_severity, assign_role, publish_update, correct_update, pin_entry, attach_chart),
)
