"""Signals in the API: each with its value now, and over time."""

from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from ..web.api.answers import Asked, Listing, PagingDep, conditional, content_tag, later
from ..web.api.description import refused
from ..web.changes import BinderDep
from ..web.pages import ConsoleDep
from ..web.shell import ShellDep
from .board import Board
from .shown import course, course_status, find, let_go, now_or_then
from .status import CourseStatus, SignalStatus, signal_status

TAGS = ["signals"]


class LettingGo(Struct, frozen=True):
    """Who lets go of it."""

    by: Annotated[str, Meta(max_length=80)] = ""


class Signals(Listing, frozen=True, kw_only=True):
    """The signals that the guide names, in its order."""

    items: tuple[SignalStatus, ...]


def handlers(board: Board) -> tuple[HTTPRouteHandler, ...]:
    @get("/api/v1/signals", needs="read", tags=TAGS, summary="List signals")
    async def signals(paging: PagingDep, console: ConsoleDep) -> Response[Signals]:
        """Every signal that the guide names: its PromQL, where that comes from, its value, the lines that use it."""
        known = paging.after(tuple[int, str])
        found = [signal_status(one) for one in await now_or_then(console, board)]
        found.sort(key=_place)
        items, following = paging.page(later(found, known, _place), _place)
        body = Signals(items=items, next=following)
        return paging.answer(content_tag(body), lambda: body)

    @get("/api/v1/signals/{signal:str}", needs="read", tags=TAGS, summary="One signal")
    async def signal(request: Asked, signal: FromPath[str], console: ConsoleDep) -> Response[SignalStatus]:
        """A signal by the name under which `[signals]` would bind it, as it is now."""
        body = signal_status(await find(console, board, signal))
        return conditional(request, content_tag(body), lambda: body)

    @get(
        "/api/v1/signals/{signal:str}/series",
        needs="read",
        tags=TAGS,
        summary="A signal over time",
    )
    async def series(
        request: Asked,
        signal: FromPath[str],
        console: ConsoleDep,
        shell: ShellDep,
        binder: BinderDep,
        range: FromQuery[Literal["1h", "6h", "24h", "7d", "30d"]] = "6h",  # noqa: A002
    ) -> Response[CourseStatus]:
        """Its values with limits, incidents and guide versions, as the chart of its page shows them."""
        found = await course(await find(console, board, signal), board, shell, binder, range)
        body = course_status(found)
        return conditional(request, content_tag(body), lambda: body)

    @post(
        "/api/v1/signals/{signal:str}/let-go",
        needs="operate",
        tags=TAGS,
        status_code=200,
        summary="Let go of what measured a signal",
        responses=refused({409: "No instrumentation is held for it (`nothing_chosen`)"}),
    )
    async def let_go_of(
        signal: FromPath[str], data: JSONBody[LettingGo], console: ConsoleDep
    ) -> SignalStatus:
        """Its instrumentation is gone for good: of those that are there now, one is chosen anew."""
        return signal_status(await let_go(console, board, signal, data.by))

    return signals, signal, series, let_go_of


def _place(one: SignalStatus) -> tuple[int, str]:
    return min((use.line for use in one.uses), default=0), one.name
