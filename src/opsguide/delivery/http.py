"""Deploys in the API: announced by whoever deploys, listed for whoever looks for a cause."""

from typing import Annotated

from litestar import Response, get, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from ..kernel.clock import rfc3339
from ..kernel.errors import Refused
from ..kernel.links import WEB_LINK
from ..web.api.answers import KEY, Listing, PagingDep, later, ledger_tag
from ..web.api.description import refused
from ..web.console import Console
from ..web.pages import ConsoleDep, Pages
from .commands import AnnounceDeploy
from .deploys import Deploy
from .shown import WORDS, events, state_of

TAGS = ["deploys"]


class AnnouncingDeploy(Struct, frozen=True):
    """What went where, by whom (left out: who asks); `url` leads to the pipeline's run."""

    environment: Annotated[str, Meta(min_length=1, max_length=80)]
    version: Annotated[str, Meta(min_length=1, max_length=200)]
    url: Annotated[str, Meta(max_length=2_000, extra_json_schema={"pattern": f"^$|{WEB_LINK}"})] = ""
    by: Annotated[str, Meta(min_length=1, max_length=80)] = ""


class DeployStatus(Struct, frozen=True):
    """A deploy; `seq` is its fact on the ledger."""

    seq: int
    at: str
    environment: str
    version: str
    by: str
    url: str


class Deploys(Listing, frozen=True, kw_only=True):
    """Deploys, newest first."""

    items: tuple[DeployStatus, ...]


def _status(one: Deploy) -> DeployStatus:
    return DeployStatus(one.seq, rfc3339(one.at), one.environment, one.version, one.by, one.url)


@get("/api/v1/deploys", needs="read", tags=TAGS, summary="List deploys")
async def deploys(paging: PagingDep, console: ConsoleDep) -> Response[Deploys]:
    """The latest 500 that were announced, newest first."""
    known = paging.after(int)

    def make() -> Deploys:
        found = sorted(state_of(console).deploys, key=lambda one: -one.seq)
        rest = later(found, None if known is None else -known, lambda one: -one.seq)
        items, following = paging.page(rest, lambda one: one.seq)
        return Deploys(items=tuple(_status(one) for one in items), next=following)

    return paging.answer(ledger_tag(console), make)


@post(
    "/api/v1/deploys",
    needs="respond",
    tags=TAGS,
    status_code=201,
    summary="Announce a deploy",
    responses=refused({400: "The address is no http(s) URL (`malformed_url`)"}),
)
async def announce_deploy(
    data: JSONBody[AnnouncingDeploy], console: ConsoleDep, idempotency_key: KEY = None
) -> DeployStatus:
    """It stands on charts and beside incidents that begin within two hours. Announced twice with one key, it is one."""
    command = AnnounceDeploy(data.environment, data.version, data.by, data.url, idempotency_key or "")
    try:
        await console.submit(command, actor=f"person:{data.by}")
    except Refused as error:
        if error.reason != "already_announced":
            raise
        return _status(_known(console, command.key))
    return _status(state_of(console).deploys[-1])


def _known(console: Console, key: str) -> Deploy:
    return next(one for one in state_of(console).deploys if one.key == key)


def pages() -> Pages:
    """This chapter's part of the console and the API."""
    return Pages(name="delivery", handlers=(deploys, announce_deploy), events=events, words=WORDS)
