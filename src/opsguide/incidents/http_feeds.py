"""Feeds for the calendars of people: they sign in nowhere, so that each address carries a secret."""

from collections.abc import Sequence
from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, URLEncodedBody
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from ..guide.bindings import Bindings
from ..identity.principal import Principal, authorize
from ..kernel.clock import Instant
from ..web.api.answers import Asked, conditional, content_tag
from ..web.api.description import refused
from ..web.console import Console
from ..web.errors import NotFound
from ..web.gate import MeDep
from ..web.pages import ConsoleDep
from ..web.people import people
from ..web.shell import ShellDep
from . import feed, feeds, links, weeks
from .commands import RevokeFeed
from .overrides.http_asked import authorize_for, may_for
from .overrides.http_rotations import TAGS, By, Id
from .roster import rotation_of, zone_of
from .rotation import Rotation
from .shown import state_of
from .state import State

CALENDAR = "text/calendar; charset=utf-8"


class FeedStatus(Struct, frozen=True):
    """The feed of a team's rotation or of a person (`kind`: teams, people). Whoever has its address can read it."""

    kind: str
    name: str
    address: str
    revoked: int


class Feeds(Struct, frozen=True):
    """Of rotations, then of people."""

    items: tuple[FeedStatus, ...]


class FeedForm(Struct, frozen=True, kw_only=True):
    """Which one, and who does it."""

    kind: Id
    name: Id
    by: By = ""


def status(state: State, kind: str, name: str, key: bytes) -> FeedStatus:
    """Where a calendar subscribes to it."""
    turn = feeds.turn(state, kind, name)
    path = f"/on-call/{kind}/{quote(name, safe='')}.ics"
    return FeedStatus(kind, name, f"{path}?key={links.feed_key(kind, name, turn, key)}", turn)


def listed(state: State, key: bytes) -> tuple[FeedStatus, ...]:
    return tuple(status(state, kind, name, key) for kind, name in feeds.known(state))


def _whose(kind: str, name: str) -> tuple[str, set[str]]:
    """The team that a feed is of, "" for a person's; and who has it as their own."""
    return (name if kind == feeds.TEAMS else "", {name} if kind == feeds.PEOPLE else set())


def _may_revoke(me: Principal, one: FeedStatus, by: str) -> bool:
    team, own = _whose(one.kind, one.name)
    return me.stands_in or may_for(me, team, by, own)


async def _revoke(console: Console, me: Principal, data: FeedForm) -> tuple[str, str]:
    """Raises NotAllowed, Refused."""
    by, actor = me.acting(data.by)
    kind, name = data.kind, data.name.casefold()
    team, own = _whose(kind, name)
    authorize_for(me, team, by, own)
    await console.submit(RevokeFeed(kind, name, by), actor=actor)
    return kind, name


def handlers(link_key: bytes) -> Sequence[ControllerRouterHandler]:
    """`link_key` signs the addresses."""

    def opens(console: Console, found: str, kind: str, name: str) -> bool:
        turn = feeds.turn(state_of(console), kind, name)
        return links.opens_feed(found, links.feed_key(kind, name, turn, link_key))

    @get("/on-call/teams/{file:str}", needs="link", include_in_schema=False)
    async def team_feed(
        file: FromPath[str], console: ConsoleDep, me: MeDep, key: FromQuery[str] = ""
    ) -> Response[bytes]:
        """A team's shifts of the next weeks, for a calendar to subscribe to: `core-platform.ics`."""
        bindings, team = state_of(console).bindings, _named(file)
        if not opens(console, key, feeds.TEAMS, team):
            authorize(me, "read")
        if rotation_of(bindings, team) is None:
            hint = f"rotations: {', '.join(bindings.rotations) or 'none is bound'}"
            raise NotFound(f"there is no feed {file}", where="/on-call/teams/TEAM.ics", hint=hint)
        return _answer(console, f"On call: {team}", _entries(bindings, {team}, console.now()))

    @get("/on-call/people/{file:str}", needs="link", include_in_schema=False)
    async def person_feed(
        file: FromPath[str], console: ConsoleDep, me: MeDep, key: FromQuery[str] = ""
    ) -> Response[bytes]:
        """A person's shifts in all rotations: `ana.ics`."""
        bindings, names, person = state_of(console).bindings, people(console), _named(file)
        if not opens(console, key, feeds.PEOPLE, person):
            authorize(me, "read")
        if person not in names:
            hint = f"people: {', '.join(names) or 'none is bound'}"
            raise NotFound(f"there is no feed {file}", where="/on-call/people/PERSON.ics", hint=hint)
        entries = _entries(bindings, set(bindings.rotations), console.now())
        own = [one for one in entries if one.shift.person == person]
        return _answer(console, f"On call: {names[person]}", own)

    return (team_feed, person_feed, *_managing(link_key))


def _managing(link_key: bytes) -> Sequence[ControllerRouterHandler]:
    """The page of all feeds and the same in the API: their addresses, and how one is revoked."""

    @get("/on-call/feeds", needs="read", include_in_schema=False)
    async def feeds_page(console: ConsoleDep, shell: ShellDep, me: MeDep) -> Response[str]:
        """Every feed with its address."""
        by = me.person or shell.viewer.me
        found = listed(state_of(console), link_key)
        mine = {one.address: _may_revoke(me, one, by) for one in found}
        return shell.render(
            "incidents/feeds.html", here="/on-call", feeds=found, people=people(console), may_revoke=mine
        )

    @post("/on-call/feeds/revoke", needs="respond", include_in_schema=False)
    async def revoke_form(data: URLEncodedBody[FeedForm], console: ConsoleDep, me: MeDep) -> Redirect:
        """The button Revoke."""
        await _revoke(console, me, data)
        return Redirect("/on-call/feeds", status_code=303)

    @get("/api/v1/feeds", needs="read", tags=TAGS, summary="List calendar feeds")
    async def list_feeds(request: Asked, console: ConsoleDep) -> Response[Feeds]:
        """Of rotations and of people, with the addresses to which calendars subscribe."""
        body = Feeds(listed(state_of(console), link_key))
        return conditional(request, content_tag(body), lambda: body)

    @post(
        "/api/v1/feeds/revoke",
        needs="respond",
        tags=TAGS,
        status_code=200,
        summary="Revoke the address of a calendar feed",
        responses=refused({404: "There is no such feed (`unknown_feed`)"}),
    )
    async def revoke_feed(data: JSONBody[FeedForm], console: ConsoleDep, me: MeDep) -> FeedStatus:
        """Calendars that subscribed to it get nothing any more; it has another address from now on."""
        return status(state_of(console), *await _revoke(console, me, data), link_key)

    return (feeds_page, revoke_form, list_feeds, revoke_feed)


def _named(file: str) -> str:
    """What `NAME.ics` names; nothing where it ends otherwise."""
    name, dot, ending = file.rpartition(".")
    return name.casefold() if dot and ending == "ics" else ""


def _entries(bindings: Bindings, teams: set[str], now: Instant) -> list[feed.Entry]:
    rotations: list[tuple[str, Rotation]] = [
        (team, found) for team in sorted(teams) if (found := rotation_of(bindings, team)) is not None
    ]
    return [
        feed.Entry(team, shift)
        for team, rotation in rotations
        for shift in weeks.coming(rotation, zone_of(bindings, team), now)
    ]


def _answer(console: Console, title: str, entries: list[feed.Entry]) -> Response[bytes]:
    return Response(feed.feed(title, entries, people(console), console.now()), media_type=CALENDAR)
