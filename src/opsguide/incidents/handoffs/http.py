"""The hand-off as a page, and the load of being on call: page, CSV, API."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from ...kernel.calendar import instant_of, local, zone
from ...kernel.clock import Instant, after, from_datetime, rfc3339, seconds_between
from ...kernel.errors import Refused
from ...kernel.facts import Recorded
from ...web.api.answers import Asked, conditional, content_tag
from ...web.api.description import refused
from ...web.console import Console
from ...web.errors import NotFound
from ...web.pages import ConsoleDep
from ...web.people import bound, people
from ...web.shell import ShellDep
from ..load import Load, loads
from ..roster import zone_of
from ..shown import state_of
from .state import Turn
from .summary import summary

TAGS = ["on call"]
USUAL_SECONDS = 28 * 86_400.0
MOST_SECONDS = 366 * 86_400.0
COLUMNS = ("person", "hours_on_call", "shifts", "pages", "pages_a_shift", "nights_woken")


class LoadStatus(Struct, frozen=True):
    """`pages` that a channel took, without drills and notices; `nights_woken` have one between 22 and 7 by the wall
    clock of the person. `pages_a_shift` is null for who had no shift."""

    person: str
    hours_on_call: float
    shifts: int
    pages: int
    pages_a_shift: float | None
    nights_woken: int


class LoadReport(Struct, frozen=True):
    """From `start` until just before `end`."""

    start: str
    end: str
    items: tuple[LoadStatus, ...]


@get("/on-call/handoff/{team:str}", needs="read", include_in_schema=False)
async def handoff_page(team: FromPath[str], console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """What whoever is on call now took over: what is open, what happened in the shift before, what is silenced."""
    name = team.casefold()
    found = summary(state_of(console), name, console.standings(), console.now())
    if found is None:
        hint = f"rotations: {', '.join(state_of(console).bindings.rotations) or 'none is bound'}"
        raise NotFound(f"there is no rotation {team}", where=team, hint=hint)
    where = zone_of(state_of(console).bindings, name)

    def wall(at: Instant, _team: str = "") -> datetime:
        return local(at, where)

    return shell.render(
        "incidents/handoff.html",
        here="/on-call",
        one=found,
        maintenance=shell.maintenance(seconds_between(console.now(), found.until)),
        people=people(console),
        wall=wall,
        zone_name=where.key,
    )


async def _loads(console: Console, start: Instant, end: Instant) -> list[Load]:
    first = next(console.facts(0, 1), None)
    turns, seq = dict[str, Turn](), 0
    if first is not None and first.fact.at < start:
        then = await console.at(start - 1)
        turns, seq = state_of(then).turns, then.head.seq
    facts: Iterator[Recorded] = console.facts(seq, console.head.seq)
    return loads(turns, facts, start, min(end, console.now()), partial(_zone, console))


def _zone(console: Console, person: str) -> ZoneInfo:
    """The person's own, else that of the bindings."""
    bindings = bound(console)
    known = bindings.people.get(person)
    return zone((known.zone if known is not None else None) or bindings.zone)


def _period(console: Console, start: str, end: str) -> tuple[Instant, Instant]:
    """Days of the bindings' zone, or instants; the last four weeks where nothing was asked. Raises Refused."""
    now, where = console.now(), zone(bound(console).zone)
    stop = _moment(end, where) if end else now
    begin = _moment(start, where) if start else after(stop, -USUAL_SECONDS)
    if not 0 < stop - begin <= MOST_SECONDS * 1000 or begin >= now:
        hint = "ask for a year at most, that began before now"
        raise Refused("no such period", reason="malformed_period", hint=hint)
    return begin, stop


def _moment(text: str, where: ZoneInfo) -> Instant:
    try:
        found = datetime.fromisoformat(text.strip())
        return instant_of(found, where) if found.tzinfo is None else from_datetime(found)
    except (ValueError, OverflowError):
        hint = "write a day, 2026-11-01"
        raise Refused(f"`{text[:40]}` is no day", reason="malformed_time", hint=hint) from None


def _status(one: Load) -> LoadStatus:
    each = one.pages_a_shift
    return LoadStatus(
        one.person,
        round(one.hours, 1),
        one.shifts,
        len(one.pages),
        None if each is None else round(each, 2),
        len(one.nights),
    )


@get("/on-call/load", needs="respond", include_in_schema=False)
async def load_page(
    console: ConsoleDep, shell: ShellDep, start: FromQuery[str] = "", end: FromQuery[str] = ""
) -> Response[str]:
    """Hours on call, pages and nights woken, a person, over a period."""
    begin, stop = _period(console, start, end)
    found = [_status(one) for one in await _loads(console, begin, stop)]
    where = zone(bound(console).zone)
    return shell.render(
        "incidents/load.html",
        here="/on-call",
        loads=found,
        most=max((one.hours_on_call for one in found), default=0.0),
        most_pages=max((one.pages for one in found), default=0),
        people=people(console),
        first=local(begin, where),
        last=local(stop, where),
        query=f"start={local(begin, where).isoformat()}&end={local(stop, where).isoformat()}",
        zone_name=where.key,
    )


@get("/on-call/load.csv", needs="respond", include_in_schema=False)
async def load_csv(
    console: ConsoleDep, start: FromQuery[str] = "", end: FromQuery[str] = ""
) -> Response[str]:
    """The same as a file."""
    begin, stop = _period(console, start, end)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for one in await _loads(console, begin, stop):
        said = _status(one)
        table.writerow(["" if (v := getattr(said, name)) is None else v for name in COLUMNS])
    headers = {"content-disposition": 'attachment; filename="on-call-load.csv"'}
    return Response(out.getvalue(), media_type="text/csv", headers=headers)


@get(
    "/api/v1/on-call/load",
    needs="respond",
    tags=TAGS,
    summary="The load of being on call",
    responses=refused({400: "It is no period of a year at most (`malformed_period`, `malformed_time`)"}),
)
async def on_call_load(
    request: Asked, console: ConsoleDep, start: FromQuery[str] = "", end: FromQuery[str] = ""
) -> Response[LoadReport]:
    """Of the last four weeks, or between two days."""
    begin, stop = _period(console, start, end)
    items = tuple(_status(one) for one in await _loads(console, begin, stop))
    body = LoadReport(rfc3339(begin), rfc3339(stop), items)
    return conditional(request, content_tag(items), lambda: body)


HANDLERS = (handoff_page, load_page, load_csv, on_call_load)
