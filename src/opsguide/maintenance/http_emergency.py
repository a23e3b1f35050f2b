"""Emergency maintenance in the console and the API: asked for, approved, begun."""

from typing import Annotated

from litestar import post
from litestar.params import FromPath, JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ..kernel.errors import Refused
from ..kernel.part import Command
from ..web.api.answers import SAYS_SOMETHING
from ..web.api.description import refused
from ..web.console import Console
from ..web.pages import ConsoleDep
from .commands import ApproveEmergency, AskEmergency, BeginEmergency
from .facts import EmergencyAsked
from .planning import LONGEST_SECONDS, SHORTEST_SECONDS
from .shown import state_of
from .status import MaintenanceStatus, status

TAGS = ["maintenance"]
HOURS = {"30m": 0.5, "1h": 1, "2h": 2, "3h": 3, "4h": 4, "8h": 8, "1d": 24}
"""What the console offers; the API takes any number of seconds."""

Name = Annotated[str, Meta(max_length=80)]
What = Annotated[str, Meta(max_length=2_000, extra_json_schema=SAYS_SOMETHING)]
UNKNOWN = "No such emergency was asked for (`unknown_maintenance`)"


class EmergencyBody(Struct, frozen=True):
    """What has to be done now, and why; and how many `seconds` it takes."""

    what: What
    seconds: Annotated[float, Meta(ge=SHORTEST_SECONDS, le=LONGEST_SECONDS)]
    by: Name = ""


class EmergencyForm(Struct, frozen=True):
    """The same as the console's form sends it."""

    what: What
    lasts: str
    by: Name = ""


class Approving(Struct, frozen=True):
    """Who approves it, and what they say of it."""

    note: Annotated[str, Meta(max_length=2_000)] = ""
    by: Name = ""


class Beginning(Struct, frozen=True):
    """Who begins it; `anyway` without the approval that the guide wants: that breaks the guide's line."""

    anyway: bool = False
    by: Name = ""


class BeginForm(Struct, frozen=True):
    """The same from a form."""

    anyway: str = ""
    by: Name = ""


async def _ask(console: Console, command: AskEmergency) -> MaintenanceStatus:
    recorded = await console.submit(command, actor=f"person:{command.by}")
    asked = next(one.fact.data for one in recorded if isinstance(one.fact.data, EmergencyAsked))
    return status(state_of(console).announced[asked.maintenance], console.now())


def seconds_of(lasts: str) -> float:
    """Of what the console offers. Raises Refused."""
    if lasts not in HOURS:
        raise Refused(f"`{lasts}` is not offered", reason="malformed_duration", hint=", ".join(HOURS))
    return HOURS[lasts] * 3600.0


async def done(console: Console, maintenance: str, command: Command, by: str) -> MaintenanceStatus:
    await console.submit(command, actor=f"person:{by}")
    return status(state_of(console).announced[maintenance], console.now())


async def _pressed(console: Console, maintenance: str, command: Command, by: str) -> Redirect:
    await console.submit(command, actor=f"person:{by}")
    return Redirect(f"/maintenance#{maintenance}", status_code=303)


@post("/maintenance/emergency", needs="operate", include_in_schema=False)
async def emergency_form(data: URLEncodedBody[EmergencyForm], console: ConsoleDep) -> Redirect:
    """The button Ask for it."""
    made = await _ask(console, AskEmergency(data.what, seconds_of(data.lasts), data.by))
    return Redirect(f"/maintenance#{made.id}", status_code=303)


@post("/maintenance/{maintenance:str}/approve", needs="respond", include_in_schema=False)
async def approve_form(
    maintenance: FromPath[str], data: URLEncodedBody[Approving], console: ConsoleDep
) -> Redirect:
    """The button Approve."""
    return await _pressed(console, maintenance, ApproveEmergency(maintenance, data.by, data.note), data.by)


@post("/maintenance/{maintenance:str}/begin", needs="operate", include_in_schema=False)
async def begin_form(
    maintenance: FromPath[str], data: URLEncodedBody[BeginForm], console: ConsoleDep
) -> Redirect:
    """The button Begin."""
    command = BeginEmergency(maintenance, data.by, bool(data.anyway))
    return await _pressed(console, maintenance, command, data.by)


@post(
    "/api/v1/maintenance/emergency",
    needs="operate",
    tags=TAGS,
    status_code=201,
    summary="Ask for emergency maintenance",
)
async def ask_emergency(data: JSONBody[EmergencyBody], console: ConsoleDep) -> MaintenanceStatus:
    """Whoever approves it by the guide is told. Its downtime counts."""
    return await _ask(console, AskEmergency(data.what, data.seconds, data.by))


@post(
    "/api/v1/maintenance/{maintenance:str}/approve",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Approve emergency maintenance",
    responses=refused(
        {
            404: UNKNOWN,
            409: "Another one approves it (`not_approver`, `own_work`), nobody has to (`no_approval`), or it has begun "
            "(`already_begun`)",
        }
    ),
)
async def approve_maintenance(
    maintenance: FromPath[str], data: JSONBody[Approving], console: ConsoleDep
) -> MaintenanceStatus:
    """One of those whom the guide names, and never who asked. It counts for a day."""
    return await done(console, maintenance, ApproveEmergency(maintenance, data.by, data.note), data.by)


@post(
    "/api/v1/maintenance/{maintenance:str}/begin",
    needs="operate",
    tags=TAGS,
    status_code=200,
    summary="Begin emergency maintenance",
    responses=refused(
        {
            404: UNKNOWN,
            409: "It is not approved (`not_approved`), has begun (`already_begun`), or was cancelled "
            "(`already_cancelled`)",
        }
    ),
)
async def begin_maintenance(
    maintenance: FromPath[str], data: JSONBody[Beginning], console: ConsoleDep
) -> MaintenanceStatus:
    """An incident opens with it, for status updates and the post-mortem."""
    return await done(console, maintenance, BeginEmergency(maintenance, data.by, data.anyway), data.by)


HANDLERS = (
    *(emergency_form, approve_form, begin_form),
    *(ask_emergency, approve_maintenance, begin_maintenance),
)
