"""Taking an incident back, apart and together: given back, reopened, merged. Forms of the console, and the API."""

from typing import Annotated

from litestar import post
from litestar.params import FromPath, JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ..kernel.part import Command
from ..web.addresses import local_path
from ..web.api.answers import SAYS_SOMETHING
from ..web.api.description import refused
from ..web.console import Console
from ..web.pages import ConsoleDep
from .commands import Merge, Reopen, Unacknowledge
from .http_api import TAGS, Name, Text
from .shown import find
from .status import IncidentStatus, status

OVER = "It is over (`already_resolved`)"


class GivingBack(Struct, frozen=True):
    """Who gives it back (left out: who asks), and why."""

    reason: Text = ""
    by: Name = ""


class Reopening(Struct, frozen=True):
    """Who says that it is not over, and why."""

    reason: Annotated[str, Meta(max_length=10_000, extra_json_schema=SAYS_SOMETHING)]
    by: Name = ""


class Merging(Struct, frozen=True):
    """Who merges it, and into which incident it goes."""

    into: Annotated[str, Meta(min_length=1, max_length=40)]
    by: Name = ""


def _unacknowledge(incident: str, data: GivingBack) -> Command:
    return Unacknowledge(incident, data.by, data.reason.strip())


def _reopen(incident: str, data: Reopening) -> Command:
    return Reopen(incident, data.by, data.reason.strip())


def _merge(incident: str, data: Merging) -> Command:
    return Merge(incident, data.into.strip().upper(), data.by)


async def done(console: Console, incident: str, command: Command, by: str) -> IncidentStatus:
    await console.submit(command, actor=f"person:{by}")
    return status(find(console, incident))


async def pressed(console: Console, incident: str, command: Command, by: str, back: str = "") -> Redirect:
    """Leads `back` to the page that the button is on; "" is the page of the incident."""
    await console.submit(command, actor=f"person:{by}")
    return Redirect(local_path(back) if back else f"/incidents/{incident}", status_code=303)


@post("/incidents/{incident:str}/unacknowledge", needs="respond", include_in_schema=False)
async def unacknowledge_form(
    incident: FromPath[str], data: URLEncodedBody[GivingBack], console: ConsoleDep
) -> Redirect:
    """The button Give back."""
    return await pressed(console, incident, _unacknowledge(incident, data), data.by)


@post("/incidents/{incident:str}/reopen", needs="respond", include_in_schema=False)
async def reopen_form(
    incident: FromPath[str], data: URLEncodedBody[Reopening], console: ConsoleDep
) -> Redirect:
    """The button Reopen."""
    return await pressed(console, incident, _reopen(incident, data), data.by)


@post("/incidents/{incident:str}/merge", needs="respond", include_in_schema=False)
async def merge_form(incident: FromPath[str], data: URLEncodedBody[Merging], console: ConsoleDep) -> Redirect:
    """The button Merge. Leads to the incident in which it goes on."""
    await console.submit(_merge(incident, data), actor=f"person:{data.by}")
    return Redirect(f"/incidents/{data.into.strip().upper()}", status_code=303)


@post(
    "/api/v1/incidents/{incident:str}/unacknowledge",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Give an incident back",
    responses=refused({409: "Nobody has it (`not_acknowledged`), or it is over (`already_resolved`)"}),
)
async def unacknowledge(
    incident: FromPath[str], data: JSONBody[GivingBack], console: ConsoleDep
) -> IncidentStatus:
    """Nobody has it any more: the route starts from its first step."""
    return await done(console, incident, _unacknowledge(incident, data), data.by)


@post(
    "/api/v1/incidents/{incident:str}/reopen",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Reopen an incident",
    responses=refused({409: "It is open, or another one is for the same (`already_open`)"}),
)
async def reopen(incident: FromPath[str], data: JSONBody[Reopening], console: ConsoleDep) -> IncidentStatus:
    """It is not over: people are told again and its clocks start anew. A merged one is one of its own again."""
    return await done(console, incident, _reopen(incident, data), data.by)


@post(
    "/api/v1/incidents/{incident:str}/merge",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Merge an incident into another",
    responses=refused({409: f"{OVER}, is the same (`same_incident`), or is worse (`less_severe`)"}),
)
async def merge(incident: FromPath[str], data: JSONBody[Merging], console: ConsoleDep) -> IncidentStatus:
    """It is the same trouble: it goes on in the other one, with the clocks that run out first."""
    return await done(console, incident, _merge(incident, data), data.by)


HANDLERS = (unacknowledge_form, reopen_form, merge_form, unacknowledge, reopen, merge)
