"""Who is on call: the page with its calendar, and feeds for the calendars of people."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import quote

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from ..guide.bindings import Bindings, handle
from ..guide.values import Step
from ..identity.principal import authorize
from ..kernel.calendar import local
from ..kernel.clock import Instant
from ..kernel.standing import Standing
from ..web.console import Console
from ..web.errors import NotFound
from ..web.gate import MeDep
from ..web.pages import ConsoleDep
from ..web.people import people
from ..web.shell import ShellDep
from . import feed, links, oncall, weeks
from .calendars.facts import CalendarRead, Unmatched
from .overrides.state import Override
from .roster import rotation_of, zone_of
from .rotation import Rotation, Shift
from .shown import state_of

CALENDAR = "text/calendar; charset=utf-8"
MAINTENANCE_SECONDS = 35 * 86400.0
"""As far ahead as the calendar of shifts, and some."""


class Rung(Struct, frozen=True):
    """A step of the guide's route: who it is now, until when, who comes next, and how the promise stands."""

    step: Step
    team: str
    who: oncall.OnCall
    shift: Shift | None
    following: Shift | None
    standing: Standing | None
    promise: str


class Roster(Struct, frozen=True):
    """A team's rotation, as a calendar and as a list."""

    team: str
    zone: str
    members: list[str]
    weeks: list[weeks.Week]
    shifts: list[Shift]
    overrides: list[Override]
    declared: int = 0
    calendar: CalendarRead | None = None
    unmatched: tuple[str, ...] = ()


def _rungs(console: Console) -> Iterator[Rung]:
    state, standings = state_of(console), console.standings()
    for promise in sorted(state.promises.values(), key=lambda one: (one.span, one.id)):
        if isinstance(promise.values, Step):
            yield _rung(state.bindings, promise.id, promise.values, standings.get(promise.id), console.now())


def _rung(bindings: Bindings, promise: str, step: Step, standing: Standing | None, now: Instant) -> Rung:
    team = handle(step.to)
    rotation = rotation_of(bindings, team)
    shifts = [] if rotation is None else weeks.coming(rotation, zone_of(bindings, team), now)
    return Rung(
        step=step,
        team=team,
        who=oncall.on_call(bindings, step.to, now),
        shift=shifts[0] if shifts else None,
        following=shifts[1] if len(shifts) > 1 else None,
        standing=standing,
        promise=promise,
    )


def _rosters(console: Console) -> Iterator[Roster]:
    state, now = state_of(console), console.now()
    bindings = state.bindings
    for team in bindings.rotations:
        rotation, where = rotation_of(bindings, team), zone_of(bindings, team)
        if rotation is not None:
            calendar = weeks.weeks(rotation, where, now)
            members = sorted({bar.shift.person for week in calendar for bar in week.bars if bar.shift.person})
            made = [one for one in state.overrides.made.values() if one.team == team and one.span.end > now]
            read = state.overrides.calendars.get(team)
            yield Roster(
                team,
                where.key,
                members,
                calendar,
                weeks.coming(rotation, where, now),
                made,
                len(state.overrides.adopted.rotations[team].layers),
                read,
                _unmatched(console, team) if read is not None and read.unmatched else (),
            )


def _unmatched(console: Console, team: str) -> tuple[str, ...]:
    """What the entries say that fit nobody; nothing once that was erased."""
    found: tuple[str, ...] = ()
    for one in console.history(f"rotation:{team}"):
        if isinstance(one.fact.data, CalendarRead):
            found = one.fact.personal.summaries if isinstance(one.fact.personal, Unmatched) else ()
    return found


def handlers(link_key: bytes) -> Sequence[ControllerRouterHandler]:
    """The page and the feeds. Calendars sign in nowhere: `link_key` signs the addresses that they subscribe to."""

    def address(kind: str, name: str) -> str:
        path = f"/on-call/{kind}/{quote(name, safe='')}.ics"
        return f"{path}?key={links.feed_key(kind, name, link_key)}"

    @get("/on-call", needs="read", include_in_schema=False)
    async def on_call_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
        """Who is on now and next, where the holes are."""
        bindings = state_of(console).bindings

        def wall(at: Instant, team: str) -> datetime:
            return local(at, zone_of(bindings, team))

        return shell.render(
            "incidents/on_call.html",
            here="/on-call",
            rungs=list(_rungs(console)),
            rosters=list(_rosters(console)),
            swaps=list(state_of(console).overrides.swaps.values()),
            people=people(console),
            maintenance=shell.maintenance(MAINTENANCE_SECONDS),
            wall=wall,
            field=lambda at, team: wall(at, team).isoformat(timespec="minutes"),
            feed=address,
        )

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

    return (on_call_page, team_feed, person_feed)


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
