"""Swaps in the API: one asks, the other accepts."""

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from ...guide.bindings import Bindings
from ...kernel.clock import Instant, rfc3339
from ...web.api.answers import Listing, PagingDep, content_tag, later
from ...web.api.description import refused
from ...web.console import Console
from ...web.gate import MeDep
from ...web.pages import ConsoleDep
from ..shown import state_of
from .commands import AnswerSwap, AskSwap, WithdrawSwap
from .facts import Span, SwapAsked
from .http_asked import authorize_for, span_of
from .http_overrides import MAKING, number
from .http_rotations import TAGS, By, Id, Text, Time
from .state import Swap


class SwapBody(Struct, frozen=True, kw_only=True):
    """`asker` (left out: who asks) is stood in for by `other` from `start` to `end`, and offers to take over their
    turns from `back_start` to `back_end`, if anything."""

    team: Id
    other: Id
    start: Time
    end: Time
    back_start: Time = ""
    back_end: Time = ""
    asker: By = ""
    reason: Text = ""
    by: By = ""


class SpanStatus(Struct, frozen=True):
    """From `start` until just before `end`."""

    start: str
    end: str


class SwapStatus(Struct, frozen=True):
    """A swap that waits for the answer of `other`, until `until`."""

    id: str
    team: str
    asker: str
    other: str
    theirs: SpanStatus
    back: SpanStatus | None
    until: str


class Swaps(Listing, frozen=True, kw_only=True):
    """Those that wait for an answer."""

    items: tuple[SwapStatus, ...]


class Answering(Struct, frozen=True):
    """Who does it; left out: who asks."""

    by: By = ""


class SwapId(Struct, frozen=True):
    """The swap that does not wait any more."""

    id: str


def _span(span: Span) -> SpanStatus:
    return SpanStatus(rfc3339(span.start), rfc3339(span.end))


def _swap(one: Swap) -> SwapStatus:
    back = _span(one.back) if one.back is not None else None
    return SwapStatus(one.id, one.team, one.asker, one.other, _span(one.theirs), back, rfc3339(one.until))


@get("/api/v1/swaps", needs="read", tags=TAGS, summary="List swaps")
async def swaps(paging: PagingDep, console: ConsoleDep) -> Response[Swaps]:
    """Those that wait for an answer."""
    rest = later(state_of(console).overrides.swaps.values(), paging.after(int), number)
    items, following = paging.page(rest, number)
    body = Swaps(items=tuple(map(_swap, items)), next=following)
    return paging.answer(content_tag(body), lambda: body)


@post(
    "/api/v1/swaps",
    needs="respond",
    tags=TAGS,
    status_code=201,
    summary="Ask for a swap",
    responses=refused(MAKING | {409: "They have no turn then (`not_on_call`), or it has begun (`past`)"}),
)
async def ask_swap(data: JSONBody[SwapBody], console: ConsoleDep, me: MeDep) -> SwapStatus:
    """The other one is told, and accepts or declines; until then nothing changes."""
    by, actor = me.acting(data.by)
    command = swap_of(state_of(console).bindings, data, by, console.now())
    authorize_for(me, command.team, by, {command.asker})
    recorded = await console.submit(command, actor=actor)
    asked = next(one.fact.data for one in recorded if isinstance(one.fact.data, SwapAsked))
    return _swap(state_of(console).overrides.swaps[asked.swap])


def swap_of(bindings: Bindings, data: SwapBody, by: str, now: Instant) -> AskSwap:
    """The command for it. Raises Refused."""
    back = None
    if data.back_start or data.back_end:
        back = span_of(bindings, data.team, data.back_start, data.back_end, 0, now)
    return AskSwap(
        team=data.team.casefold(),
        asker=(data.asker or by).casefold(),
        other=data.other.casefold(),
        theirs=span_of(bindings, data.team, data.start, data.end, 0, now),
        by=by,
        back=back,
        reason=data.reason,
    )


UNANSWERED = refused({404: "No such swap waits for an answer (`unknown_swap`)"})


async def answer(console: Console, me: MeDep, swap: str, by: str, *, accept: bool) -> None:
    """The other one's own answer, or an operator's for them. Raises NotAllowed, Refused."""
    by, actor = me.acting(by)
    found = state_of(console).overrides.swaps.get(swap)
    if found is not None:
        authorize_for(me, found.team, by, {found.other})
    await console.submit(AnswerSwap(swap, accept=accept, by=by), actor=actor)


async def take_back(console: Console, me: MeDep, swap: str, by: str) -> None:
    """By who asked, or an operator. Raises NotAllowed, Refused."""
    by, actor = me.acting(by)
    found = state_of(console).overrides.swaps.get(swap)
    if found is not None:
        authorize_for(me, found.team, by, {found.asker, found.by})
    await console.submit(WithdrawSwap(swap, by), actor=actor)


@post(
    "/api/v1/swaps/{swap:str}/accept",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Accept a swap",
    responses=UNANSWERED,
)
async def accept_swap(
    swap: FromPath[str], data: JSONBody[Answering], console: ConsoleDep, me: MeDep
) -> SwapId:
    """It is in force at once."""
    await answer(console, me, swap, data.by, accept=True)
    return SwapId(swap)


@post(
    "/api/v1/swaps/{swap:str}/decline",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Decline a swap",
    responses=UNANSWERED,
)
async def decline_swap(
    swap: FromPath[str], data: JSONBody[Answering], console: ConsoleDep, me: MeDep
) -> SwapId:
    """Nothing changes."""
    await answer(console, me, swap, data.by, accept=False)
    return SwapId(swap)


@post(
    "/api/v1/swaps/{swap:str}/withdraw",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Take a swap back",
    responses=UNANSWERED,
)
async def withdraw_swap(
    swap: FromPath[str], data: JSONBody[Answering], console: ConsoleDep, me: MeDep
) -> SwapId:
    """Before it was answered."""
    await take_back(console, me, swap, data.by)
    return SwapId(swap)


HANDLERS = (swaps, ask_swap, accept_swap, decline_swap, withdraw_swap)
