"""Who subscribed to the public page, in the console and the API: for admins, since addresses are personal."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect
from msgspec import Struct

from ...kernel.clock import rfc3339, rfc3339_or_none
from ...kernel.errors import Refused
from ...kernel.facts import Recorded
from ...web.api.answers import Listing, PagingDep, content_tag, later
from ...web.api.description import refused
from ...web.console import Console
from ...web.gate import MeDep
from ...web.pages import ConsoleDep, Link, Pages
from ...web.shell import Shell, ShellDep
from .commands import RemoveSubscriber
from .facts import SubscriberRemoved
from .http_telling import handlers as telling
from .publishing import Publishing
from .subscribers import PAUSED_AFTER, Kind, Stand, Subscriber, Subscribers

TAGS = ["status page"]
MOST_SHOWN = 200
ORDER: tuple[Stand, ...] = ("paused", "failing", "asked", "told")
"""What needs somebody first."""

Sought: TypeAlias = Annotated[
    str, QueryParameter(max_length=200, description="Only those whose address holds this.")
]
OfStand: TypeAlias = Annotated[
    Stand | None, QueryParameter(name="state", description="Only those who stand so.")
]
UNKNOWN = {404: "Nobody subscribed by that id (`unknown_subscriber`)"}
NOT_NOW = {
    409: "They get every message already (`subscribed`), were asked enough (`too_many`), or could not be asked"
    " (`not_asked`)"
}


class SubscriberStatus(Struct, frozen=True):
    """`state`: asked and not confirmed, told, failing, or paused; `problem` is why the last message was not taken."""

    id: str
    kind: Kind
    address: str
    state: Stand
    asked: str
    confirmed: str | None
    failures: int = 0
    failed: str | None = None
    problem: str = ""


class SubscriberList(Listing, frozen=True, kw_only=True):
    """Who subscribed, oldest first."""

    items: tuple[SubscriberStatus, ...]


def _status(one: Subscriber) -> SubscriberStatus:
    return SubscriberStatus(
        id=one.id,
        kind=one.kind,
        address=one.address,
        state=one.stand,
        asked=rfc3339(one.asked_at),
        confirmed=rfc3339_or_none(one.confirmed_at or None),
        failures=one.failures,
        failed=rfc3339_or_none(one.failed_at or None),
        problem=one.problem,
    )


def _place(one: Subscriber) -> tuple[int, str]:
    return one.asked_at, one.id


async def _found(subscribers: Subscribers, sought: str, stand: Stand | None = None) -> list[Subscriber]:
    words, everybody = sought.strip().casefold(), await asyncio.to_thread(subscribers.all)
    return [one for one in everybody if words in one.address.casefold() and stand in (None, one.stand)]


async def _get(subscribers: Subscribers, name: str) -> Subscriber:
    """Raises Refused."""
    one = await asyncio.to_thread(subscribers.find, name)
    if one is None:
        hint = "opsguide status-page subscribers list"
        raise Refused("nobody subscribed by that id", reason="unknown_subscriber", where=name, hint=hint)
    return one


async def _remove(publishing: Publishing, console: Console, name: str, actor: str) -> Subscriber:
    one = await _get(publishing.subscribers, name)
    await console.submit(RemoveSubscriber(one.id), actor=actor)
    await asyncio.to_thread(publishing.subscribers.delete, one)
    return one


async def _resend(publishing: Publishing, name: str) -> Subscriber:
    """Ask them again: by a link, or by a challenge. Raises Refused."""
    one, page = await _get(publishing.subscribers, name), publishing.page()
    if one.is_told:
        raise Refused(f"{one.address} gets every message already", reason="subscribed")
    if page is None:
        hint = "add [status] to opsguide.toml"
        raise Refused("there is no status page", reason="not_asked", hint=hint)
    if not publishing.asking.may(one.kind, one.address):
        hint = "try again later: at most three links a day go to one address, ten minutes apart"
        raise Refused(
            f"a message went to {one.address} just now, or often enough today", reason="too_many", hint=hint
        )
    if problem := await publishing.asking.ask(page, one):
        raise Refused(f"{one.address} could not be asked: {problem}", reason="not_asked")
    return await _get(publishing.subscribers, name)


def pages(publishing: Publishing) -> Pages:
    """The console's page about the public one, and its trouble where the service's health is told."""
    return Pages(
        name="status_page",
        handlers=(*_pages(publishing), *_api(publishing), *telling(publishing)),
        templates=Path(__file__).parent / "templates",
        links=(Link("Status page", "/status-page", "", 75, minor=True, needs="administer"),),
        notes=lambda _: publishing.trouble.values(),
        words={SubscriberRemoved: _removed},
    )


def _removed(_recorded: Recorded, _people: object) -> str:
    return "A subscription to the status page was ended by an admin"


def _pages(publishing: Publishing) -> Sequence[Any]:
    async def shown(shell: Shell, sought: str, error: Refused | None = None) -> Response[str]:
        found = await _found(publishing.subscribers, sought)
        found.sort(key=lambda one: (ORDER.index(one.stand), one.address))
        return shell.render(
            "status_page/subscribers.html",
            status=409 if error is not None else 200,
            here="/status-page",
            bound=publishing.bound(),
            url=publishing.url,
            counts={stand: sum(one.stand == stand for one in found) for stand in ORDER},
            subscribers=found[:MOST_SHOWN],
            more=len(found) - MOST_SHOWN,
            sought=sought,
            paused_after=PAUSED_AFTER,
            error=error,
        )

    @get("/status-page", needs="administer", include_in_schema=False)
    async def subscribers_page(shell: ShellDep, q: Sought = "") -> Response[str]:
        """Where the public page is, and who is told by it."""
        return await shown(shell, q)

    @post("/status-page/subscribers/{subscriber:str}/remove", needs="administer", include_in_schema=False)
    async def remove_form(subscriber: FromPath[str], console: ConsoleDep, me: MeDep) -> Redirect:
        """The button Remove."""
        await _remove(publishing, console, subscriber, me.actor)
        return Redirect("/status-page", status_code=303)

    @post("/status-page/subscribers/{subscriber:str}/resend", needs="administer", include_in_schema=False)
    async def resend_form(subscriber: FromPath[str], shell: ShellDep) -> Response[Any]:
        """The button Ask again."""
        try:
            await _resend(publishing, subscriber)
        except Refused as error:
            return await shown(shell, "", error)
        return Redirect("/status-page", status_code=303)

    return (subscribers_page, remove_form, resend_form)


def _api(publishing: Publishing) -> Sequence[Any]:
    @get(
        "/api/v1/status-page/subscribers",
        needs="administer",
        tags=TAGS,
        summary="List subscribers of the status page",
    )
    async def list_subscribers(
        paging: PagingDep, q: Sought = "", stand: OfStand = None
    ) -> Response[SubscriberList]:
        """Who is told of public updates, and whom they do not reach."""
        found = await _found(publishing.subscribers, q, stand)
        rest = later(found, paging.after(tuple[int, str]), _place)
        items, following = paging.page(rest, _place)
        body = SubscriberList(items=tuple(_status(one) for one in items), next=following)
        return paging.answer(content_tag(body), lambda: body)

    @post(
        "/api/v1/status-page/subscribers/{subscriber:str}/remove",
        needs="administer",
        tags=TAGS,
        status_code=200,
        summary="Remove a subscriber of the status page",
        responses=refused(UNKNOWN),
    )
    async def remove_subscriber(
        subscriber: FromPath[str], console: ConsoleDep, me: MeDep
    ) -> SubscriberStatus:
        """Nothing more is sent, and the address is deleted."""
        return _status(await _remove(publishing, console, subscriber, me.actor))

    @post(
        "/api/v1/status-page/subscribers/{subscriber:str}/resend",
        needs="administer",
        tags=TAGS,
        status_code=200,
        summary="Ask a subscriber of the status page again",
        responses=refused(UNKNOWN | NOT_NOW),
    )
    async def ask_subscriber(subscriber: FromPath[str]) -> SubscriberStatus:
        """Sends the link to confirm by, or the challenge, to who has not confirmed or is paused."""
        return _status(await _resend(publishing, subscriber))

    return (list_subscribers, remove_subscriber, ask_subscriber)
