"""Channels in the console and the API: how each does, and a test of one."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Protocol, TypeAlias
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ..identity.principal import Principal
from ..kernel.clock import rfc3339
from ..kernel.errors import Refused
from ..web.api.answers import Listing, PagingDep, later, ledger_tag
from ..web.api.description import refused
from ..web.console import Console
from ..web.gate import MeDep
from ..web.pages import ConsoleDep
from ..web.people import people
from ..web.shell import ShellDep
from . import health, oncall
from .commands import NoteTest
from .http_api import TAGS, Name
from .shown import state_of
from .state import Health

Works: TypeAlias = Literal["works", "fails", "cut off", "never used"]
WORST_FIRST: tuple[Works, ...] = ("cut off", "fails", "never used", "works")


class Tester(Protocol):
    """Sends a test message through a channel."""

    async def test(self, channel: str, by: str) -> tuple[str, float]:
        """Why the provider did not take it, "" where it did; and how long that took, in seconds."""
        ...


class Testing(Struct, frozen=True):
    """Who tests it (left out: who asks); `person` has to be one who is told through it."""

    by: Name = ""
    person: Annotated[str, Meta(max_length=80)] = ""


class ChannelStatus(Struct, frozen=True):
    """A channel and how it does: `problem` is why its last message failed, `tried_again` when one cut off is."""

    channel: str
    people: tuple[str, ...]
    state: Works
    failures: int = 0
    problem: str = ""
    worked: str | None = None
    failed: str | None = None
    seconds: float | None = None
    tried_again: str | None = None


class Channels(Listing, frozen=True, kw_only=True):
    """Those of the bindings, by name."""

    items: tuple[ChannelStatus, ...]


class Tested(Struct, frozen=True):
    """What came of a test. `problem` says why the provider did not take it; it never holds what a provider wrote."""

    channel: str
    arrived: bool
    seconds: float
    problem: str = ""


def works(known: Health) -> Works:
    if known.worked_at is None and known.failed_at is None:
        return "never used"
    if not known.failures:
        return "works"
    return "cut off" if known.failures >= health.CUT_OFF_AFTER else "fails"


def statuses(console: Console) -> list[ChannelStatus]:
    state = state_of(console)
    return [
        _status(console, name, state.health.get(name, Health())) for name in sorted(state.bindings.channels)
    ]


def _status(console: Console, name: str, known: Health) -> ChannelStatus:
    again = health.tried_again_at(state_of(console), name)
    return ChannelStatus(
        channel=name,
        people=tuple(health.users(state_of(console), name)),
        state=works(known),
        failures=known.failures,
        problem=known.problem,
        worked=rfc3339(known.worked_at) if known.worked_at is not None else None,
        failed=rfc3339(known.failed_at) if known.failed_at is not None else None,
        seconds=known.seconds,
        tried_again=rfc3339(again) if again else None,
    )


@get("/channels", needs="read", include_in_schema=False)
async def channels_page(console: ConsoleDep, shell: ShellDep, tested: FromQuery[str] = "") -> Response[str]:
    """Every channel, those that fail first: whose it is, how it does, and a test of it. `?tested=` says what came of
    that."""
    state = state_of(console)
    return shell.render(
        "incidents/channels.html",
        here="/channels",
        channels=sorted(statuses(console), key=lambda one: WORST_FIRST.index(one.state)),
        tested=tested,
        health=state.health,
        people=people(console),
        mute=[
            person for person in sorted(state.bindings.people) if not oncall.channels(state.bindings, person)
        ],
    )


@get("/api/v1/channels", needs="read", tags=TAGS, summary="List channels")
async def list_channels(paging: PagingDep, console: ConsoleDep) -> Response[Channels]:
    """How each does: works, fails, is cut off, or was never used. Addresses are not shown."""
    known = paging.after(str)

    def make() -> Channels:
        rest = later(statuses(console), known, lambda one: one.channel)
        items, following = paging.page(rest, lambda one: one.channel)
        return Channels(items=tuple(items), next=following)

    return paging.answer(ledger_tag(console), make)


def handlers(tester: Tester) -> Sequence[Any]:
    """`tester` sends the test messages."""

    async def tested(console: Console, me: Principal, channel: str, data: Testing) -> Tested:
        refusal = health.why_untestable(state_of(console), channel, data.person)
        if refusal is not None:
            raise Refused(refusal.what, reason=refusal.reason, hint=refusal.hint)
        by, actor = me.acting(data.by)
        problem, seconds = await tester.test(channel, by)
        await console.submit(NoteTest(channel, by, problem, seconds, data.person), actor=actor)
        return Tested(channel, not problem, seconds, problem)

    @post("/channels/{channel:str}/test", needs="operate", include_in_schema=False)
    async def channel_form(
        channel: FromPath[str], data: URLEncodedBody[Testing], console: ConsoleDep, me: MeDep
    ) -> Redirect:
        """The button Test: what came of it stands above the list."""
        await tested(console, me, channel, data)
        return Redirect(f"/channels?{urlencode({'tested': channel})}", status_code=303)

    @post(
        "/api/v1/channels/{channel:str}/test",
        needs="operate",
        tags=TAGS,
        status_code=200,
        summary="Test a channel",
        responses=refused(
            {404: "No such channel (`unknown_channel`)", 409: "It is not that person's (`not_theirs`)"}
        ),
    )
    async def check_channel(
        channel: FromPath[str], data: JSONBody[Testing], console: ConsoleDep, me: MeDep
    ) -> Tested:
        """Sends a test message and says what came of it, without what the provider wrote."""
        return await tested(console, me, channel, data)

    return (channels_page, list_channels, channel_form, check_channel)
