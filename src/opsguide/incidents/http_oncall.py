"""Who is on call: the page with its calendar."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from litestar import Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from ..guide.bindings import Bindings, handle
from ..guide.values import Step
from ..kernel.calendar import local
from ..kernel.clock import Instant
from ..kernel.standing import Standing
from ..web.console import Console
from ..web.pages import ConsoleDep
from ..web.people import bound, people
from ..web.shell import ShellDep
from . import http_feeds, oncall, weeks
from .calendars.facts import CalendarRead, Unmatched
from .overrides.state import Override
from .roster import rotation_of, zone_of
from .rosters import MOST_SHOWN, NEAR_SHOWN, Changed, Clocks, Face, Row, changed, clocks, faces, present, rows
from .rotation import Shift
from .shown import state_of

VIEWS = ("2", "4")
"""So many weeks are shown: what the page offers."""

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


class Roster(Struct, frozen=True, kw_only=True):
    """A team's rotation, as a calendar and as a list; `near` and `later` are the coming shifts, `beyond` are so many
    more. `declared` layers stand in the bindings; those above come from a calendar."""

    team: str
    zone: str
    rows: list[Row]
    faces: list[Face]
    clocks: list[Changed]
    near: list[Shift]
    later: list[Shift]
    beyond: int
    holes: int
    stand_ins: bool
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


def _rosters(console: Console, clocks: Clocks, count: int) -> Iterator[Roster]:
    """By the wall clock that was asked for. The rotation's own clocks are marked as well: their changes move turns."""
    state, now = state_of(console), console.now()
    bindings, known = state.bindings, faces(state.bindings, people(console))
    for team in bindings.rotations:
        rotation, own = rotation_of(bindings, team), zone_of(bindings, team)
        if rotation is None:
            continue
        where = clocks.of(own)
        drawn = list(rows(weeks.weeks(rotation, where, now, count, {where, own}), known, now, where))
        coming = weeks.coming(rotation, where, now, count)
        read = state.overrides.calendars.get(team)
        yield Roster(
            team=team,
            zone=where.key,
            rows=drawn,
            faces=present(drawn),
            clocks=changed(drawn),
            near=coming[:NEAR_SHOWN],
            later=coming[NEAR_SHOWN:MOST_SHOWN],
            beyond=max(0, len(coming) - MOST_SHOWN),
            holes=sum(one.duty is None for one in coming),
            stand_ins=any(block.is_override for row in drawn for block in row.blocks),
            overrides=[
                one for one in state.overrides.made.values() if one.team == team and one.span.end > now
            ],
            declared=len(state.overrides.adopted.rotations[team].layers),
            calendar=read,
            unmatched=_unmatched(console, team) if read is not None and read.unmatched else (),
        )


def _unmatched(console: Console, team: str) -> tuple[str, ...]:
    """What the entries say that fit nobody; nothing once that was erased."""
    found: tuple[str, ...] = ()
    for one in console.history(f"rotation:{team}"):
        if isinstance(one.fact.data, CalendarRead):
            found = one.fact.personal.summaries if isinstance(one.fact.personal, Unmatched) else ()
    return found


def handlers(link_key: bytes) -> Sequence[ControllerRouterHandler]:
    """The page. `link_key` signs the addresses to which calendars subscribe."""

    @get("/on-call", needs="read", include_in_schema=False)
    async def on_call_page(
        console: ConsoleDep, shell: ShellDep, zone: FromQuery[str] = "", weeks: FromQuery[str] = ""
    ) -> Response[str]:
        """Who is on now and next, where the holes are. `zone` and `weeks` choose the view; without them the usual."""
        bindings = state_of(console).bindings
        chosen = clocks(zone, bound(console), shell.viewer.me)
        count = int(weeks) if weeks in VIEWS else max(map(int, VIEWS))

        def wall(at: Instant, team: str) -> datetime:
            own = zone_of(bindings, team) if team in bindings.rotations else chosen.mine
            return local(at, chosen.of(own))

        def field(at: Instant, team: str) -> str:
            return local(at, zone_of(bindings, team)).isoformat(timespec="minutes")

        return shell.render(
            "incidents/on_call.html",
            here="/on-call",
            rungs=list(_rungs(console)),
            rosters=list(_rosters(console, chosen, count)),
            swaps=list(state_of(console).overrides.swaps.values()),
            people=people(console),
            maintenance=shell.maintenance(MAINTENANCE_SECONDS),
            wall=wall,
            field=field,
            feed=lambda kind, name: http_feeds.status(state_of(console), kind, name, link_key).address,
            clocks=chosen,
            count=count,
            views=VIEWS,
        )

    return (on_call_page,)
