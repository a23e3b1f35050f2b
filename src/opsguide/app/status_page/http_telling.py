"""The console's page from which the public is told of an incident: write, see it as the public will, publish."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from markupsafe import Markup
from msgspec import Meta, Struct

from ...guide.bindings import StatusPage
from ...identity import secret
from ...incidents.process.commands import Update
from ...incidents.process.facts import Phase
from ...kernel.errors import Refused
from ...web.console import Console
from ...web.errors import NotFound
from ...web.pages import ConsoleDep
from ...web.people import people
from ...web.shell import Shell, ShellDep
from .publishing import Publishing
from .state import Known
from .telling import concerned, foreseen, known_inside, words_for
from .words import PHASES


class Telling(Struct, frozen=True):
    """What was typed, and which button was pressed. `key` makes of a second press the first one."""

    text: Annotated[str, Meta(max_length=10_000)] = ""
    phase: Phase = "investigating"
    components: list[str] | str = ()  # type: ignore[assignment]
    deed: Literal["words", "preview", "publish"] = "preview"
    key: Annotated[str, Meta(max_length=100)] = ""
    by: Annotated[str, Meta(max_length=80)] = ""

    @property
    def named(self) -> tuple[str, ...]:
        """A form sends one name as a text."""
        return (self.components,) if isinstance(self.components, str) else tuple(self.components)


def _bound(publishing: Publishing) -> StatusPage:
    """Raises NotFound."""
    bound = publishing.bound()
    if bound is None:
        raise NotFound("there is no status page", where="status", hint="add [status] to opsguide.toml")
    return bound


def _known(console: Console, incident: str) -> Known:
    """As the status page knows it. Raises NotFound."""
    found: Known | None = console.state("status_page").incidents.get(incident)
    if found is None:
        hint = "drills, and incidents that are long over, are not told to the public"
        raise NotFound(f"the status page knows no incident {incident}", where=incident, hint=hint)
    return found


class _Writing:
    """The page, as far as somebody is with it."""

    def __init__(self, publishing: Publishing) -> None:
        self._publishing = publishing

    async def shown(
        self,
        shell: Shell,
        known: Known,
        data: Telling,
        *,
        preview: Markup | None = None,
        error: Refused | None = None,
    ) -> Response[str]:
        bound = _bound(self._publishing)
        everybody = await asyncio.to_thread(self._publishing.subscribers.all)
        told = [one for one in everybody if one.is_told]
        return shell.render(
            "status_page/tell.html",
            status=400 if error is not None else 200,
            here="/incidents",
            incident=known.id,
            bound=bound,
            data=data,
            chosen=data.named,
            phases=PHASES,
            preview=preview,
            inside=known_inside(data.text, self._publishing.bindings()) if preview is not None else [],
            mails=sum(one.kind == "mail" for one in told),
            hooks=sum(one.kind == "webhook" for one in told),
            people=people(shell.console),
            error=error,
        )

    async def seen(self, shell: Shell, known: Known, data: Telling) -> Response[str]:
        page, now = self._publishing.page(), shell.console.now()
        entry = foreseen(_bound(self._publishing), known, data.phase, data.text.strip(), data.named, now)
        if page is None or entry is None:
            raise NotFound("there is no status page", where="status", hint="add [status] to opsguide.toml")
        return await self.shown(shell, known, data, preview=Markup(self._publishing.preview(page, entry)))

    def begun(self, known: Known, phase: Phase) -> Telling:
        bound = _bound(self._publishing)
        names = concerned(bound, known)
        labels = [bound.components[name].label for name in names]
        return Telling(words_for(phase, labels), phase, names, key=secret.opaque("u"))


def handlers(publishing: Publishing) -> Sequence[Any]:
    writing = _Writing(publishing)

    @get("/incidents/{incident:str}/public", needs="respond", include_in_schema=False)
    async def tell_page(
        incident: FromPath[str], console: ConsoleDep, shell: ShellDep, phase: FromQuery[Phase | None] = None
    ) -> Response[str]:
        """The form, with words to begin with."""
        known = _known(console, incident)
        last = known.updates[-1].phase if known.updates else "investigating"
        return await writing.shown(shell, known, writing.begun(known, phase or last))

    @post("/incidents/{incident:str}/public", needs="respond", include_in_schema=False)
    async def tell_form(
        incident: FromPath[str], data: URLEncodedBody[Telling], console: ConsoleDep, shell: ShellDep
    ) -> Response[Any]:
        """The buttons: other words to begin with, a preview, and Publish."""
        known, bound = _known(console, incident), _bound(publishing)
        if data.deed == "words":
            return await writing.shown(shell, known, writing.begun(known, data.phase))
        if not data.text.strip():
            error = Refused("the update says nothing", reason="empty_update", hint="write what people notice")
            return await writing.shown(shell, known, data, error=error)
        if data.deed == "preview":
            return await writing.seen(shell, known, data)
        named = tuple(name for name in data.named if name in bound.components)
        command = Update(incident, data.by, data.text, True, data.phase, data.key, named)
        try:
            await console.submit(command, actor=f"person:{data.by}")
        except Refused as error:
            if error.reason != "already_updated":
                raise
        return Redirect(f"/incidents/{incident}", status_code=303)

    return (tell_page, tell_form)
