"""Working on an incident through the console and the API: its severity."""

from typing import Annotated

from litestar import post
from litestar.params import FromPath, JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ...kernel.part import Command
from ...web.api.answers import SAYS_SOMETHING
from ...web.api.description import refused
from ...web.pages import ConsoleDep
from ..http_api import TAGS, Name
from ..http_lifecycle import OVER, done, pressed
from ..status import IncidentStatus
from .commands import ChangeSeverity


class Rating(Struct, frozen=True):
    """Who says how bad it is, and why."""

    severity: Annotated[str, Meta(min_length=1, max_length=80)]
    reason: Annotated[str, Meta(max_length=10_000, extra_json_schema=SAYS_SOMETHING)]
    by: Name = ""


def _severity(incident: str, data: Rating) -> Command:
    return ChangeSeverity(incident, data.severity, data.by, data.reason)


@post("/incidents/{incident:str}/severity", needs="respond", include_in_schema=False)
async def severity_form(
    incident: FromPath[str], data: URLEncodedBody[Rating], console: ConsoleDep
) -> Redirect:
    """The button Change severity."""
    return await pressed(console, incident, _severity(incident, data), data.by)


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


HANDLERS = (severity_form, change_severity)
