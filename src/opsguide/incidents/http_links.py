"""The signed link of a page: what it shows to whoever opens it, and the one button that acts, once."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from ..kernel.errors import Refused
from ..kernel.facts import Recorded
from ..web.console import Console
from ..web.errors import NotFound
from ..web.pages import ConsoleDep
from ..web.people import people
from ..web.shell import ShellDep
from . import links
from .commands import Acknowledge
from .common import subject
from .facts import IncidentAcknowledged, IncidentReopened, IncidentUnacknowledged
from .http_clues import near
from .process.updates import running
from .shown import find, promise_of, state_of
from .state import Incident

TOO_LATE = ("already_acknowledged", "already_resolved", "link_used")
"""Somebody was quicker, or the same person pressed twice: the page says who has it, or what became of it."""


def opened(console: Console, token: str, link_key: bytes, where: str, hint: str) -> links.Link:
    """The link of a token, which `link_key` opens; `hint` says what else to do. Raises NotFound."""
    link = links.read(token, link_key, console.now())
    if link is None:
        raise NotFound("this link has expired, or it was never ours", where=where, hint=hint)
    if link.person not in state_of(console).bindings.people:
        what = f"this link was sent to {link.person}, who is none of the people in the bindings any more"
        raise NotFound(what, where=where, hint="sign in to see what it is about")
    return link


def handlers(link_key: bytes) -> Sequence[Any]:
    """`link_key` opens the links."""

    def of_page(token: str, console: Console) -> tuple[links.Link, Incident]:
        hint = "open the incident in the console; a newer page carries a newer link"
        link = opened(console, token, link_key, "/page/…", hint)
        return link, find(console, link.about)

    @get("/page/{token:str}", needs="link", include_in_schema=False)
    async def page(token: FromPath[str], console: ConsoleDep, shell: ShellDep) -> Response[str]:
        """What a page's link shows. Scanners and previews fetch links: only the button acts."""
        link, incident = of_page(token, console)
        return shell.render(
            "incidents/page.html",
            here="",
            link=link,
            token=token,
            incident=incident,
            promise=promise_of(console, incident),
            people=people(console),
            clues=near(console, shell, incident),
            update=running(state_of(console), incident),
            used=[(one, shell.say(one)) for one in _since(console, incident, link)],
        )

    @post("/page/{token:str}/acknowledge", needs="link", include_in_schema=False)
    async def acknowledge_page(token: FromPath[str], console: ConsoleDep) -> Redirect:
        """The button on it, as the person to whom the page was sent."""
        link, _ = of_page(token, console)
        try:
            command = Acknowledge(link.about, link.person, link.name)
            await console.submit(command, actor=f"person:{link.person}")
        except Refused as refused:
            if refused.reason not in TOO_LATE:
                raise
        return Redirect(f"/page/{token}", status_code=303)

    return (page, acknowledge_page)


def _since(console: Console, incident: Incident, link: links.Link) -> Sequence[Recorded]:
    """That this link acknowledged it, and how it was lost again; nothing where the link was not used."""
    if link.name not in incident.links:
        return ()
    found = list[Recorded]()
    for one in console.history(subject(incident.id)):
        data = one.fact.data
        if isinstance(data, IncidentAcknowledged) and data.link == link.name:
            found.append(one)
        elif found and isinstance(data, IncidentUnacknowledged | IncidentReopened):
            return (*found, one)
    return found
