"""Feeds for the calendars of people: they sign in nowhere, so that each address carries a secret."""

from collections.abc import Sequence
from urllib.parse import quote

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from ..guide.bindings import Bindings
from ..identity.principal import authorize
from ..kernel.clock import Instant
from ..web.console import Console
from ..web.errors import NotFound
from ..web.gate import MeDep
from ..web.pages import ConsoleDep
from ..web.people import people
from . import feed, links, weeks
from .roster import rotation_of, zone_of
from .rotation import Rotation
from .shown import state_of

CALENDAR = "text/calendar; charset=utf-8"


def address(kind: str, name: str, key: bytes) -> str:
    """Where a calendar subscribes to the feed of a team or a person."""
    path = f"/on-call/{kind}/{quote(name, safe='')}.ics"
    return f"{path}?key={links.feed_key(kind, name, key)}"


def handlers(link_key: bytes) -> Sequence[ControllerRouterHandler]:
    """`link_key` signs the addresses."""

    @get("/on-call/teams/{file:str}", needs="link", include_in_schema=False)
    async def team_feed(
        file: FromPath[str], console: ConsoleDep, me: MeDep, key: FromQuery[str] = ""
    ) -> Response[bytes]:
        """A team's shifts of the next weeks, for a calendar to subscribe to: `core-platform.ics`."""
        bindings, team = state_of(console).bindings, _named(file)
        if not links.opens_feed(key, "teams", team, link_key):
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
        if not links.opens_feed(key, "people", person, link_key):
            authorize(me, "read")
        if person not in names:
            hint = f"people: {', '.join(names) or 'none is bound'}"
            raise NotFound(f"there is no feed {file}", where="/on-call/people/PERSON.ics", hint=hint)
        entries = _entries(bindings, set(bindings.rotations), console.now())
        own = [one for one in entries if one.shift.person == person]
        return _answer(console, f"On call: {names[person]}", own)

    return (team_feed, person_feed)


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
