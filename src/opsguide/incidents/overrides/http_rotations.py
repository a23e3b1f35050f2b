"""Rotations in the API, and how shifts and changes of a schedule are said there."""

from typing import Annotated, TypeAlias

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct

from ...guide.bindings import Bindings
from ...kernel.calendar import Interval
from ...kernel.clock import Instant, after, rfc3339
from ...kernel.errors import Refused
from ...web.api.answers import Asked, conditional, content_tag
from ...web.errors import NotFound
from ...web.pages import ConsoleDep
from ..roster import AHEAD_SECONDS, rotation_of, zone_of
from ..rotation import Rotation, Shift, shifts
from ..shown import state_of
from . import rules
from .http_asked import span_of
from .schedule import Change

TAGS = ["on call"]
NAMED = Meta(min_length=1, max_length=80)
Id: TypeAlias = Annotated[str, NAMED]
By: TypeAlias = Annotated[str, Meta(max_length=80)]
Text: TypeAlias = Annotated[str, Meta(max_length=10_000)]
Time: TypeAlias = Annotated[
    str, Meta(max_length=40, description="RFC 3339, or without an offset in the rotation's zone, or `now`.")
]


class ShiftStatus(Struct, frozen=True):
    """From `start` until just before `end`. `person` is null where nobody is on call; `layer` counts from 1 at the
    bottom, 0 is an override."""

    start: str
    end: str
    person: str | None
    layer: int | None = None
    instead_of: str | None = None


class RotationStatus(Struct, frozen=True):
    """Who of a team is on call now, who is next; `holes` are those within `oncall.warn_ahead`
    (30 days)."""

    team: str
    zone: str
    now: ShiftStatus
    next: ShiftStatus | None
    holes: tuple[tuple[str, str], ...]


class Rotations(Struct, frozen=True):
    """By team."""

    items: tuple[RotationStatus, ...]


class Schedule(Struct, frozen=True):
    """Shifts without gap or overlap: a hole is a shift without a person."""

    team: str
    zone: str
    shifts: tuple[ShiftStatus, ...]


class Preview(Struct, frozen=True):
    """The schedule around a change, as it is and as it would be; `holes` are those that it would open."""

    before: tuple[ShiftStatus, ...]
    after: tuple[ShiftStatus, ...]
    holes: tuple[tuple[str, str], ...]


def _shift(one: Shift) -> ShiftStatus:
    duty = one.duty
    return ShiftStatus(
        rfc3339(one.start),
        rfc3339(one.end),
        one.person,
        None if duty is None else duty.layer,
        None if duty is None else duty.instead_of,
    )


def _holes(found: tuple[Interval, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((rfc3339(start), rfc3339(end)) for start, end in found)


def preview(change: Change) -> Preview:
    return Preview(tuple(map(_shift, change.before)), tuple(map(_shift, change.after)), _holes(change.holes))


def _rotation(bindings: Bindings, team: str) -> Rotation:
    found = rotation_of(bindings, team)
    if found is None:
        hint = f"rotations: {', '.join(bindings.rotations) or 'none is bound'}"
        raise NotFound(f"there is no rotation {team}", where=team, hint=hint)
    return found


def _status(bindings: Bindings, team: str, now: Instant) -> RotationStatus:
    found = shifts(_rotation(bindings, team), now, after(now, bindings.oncall.warn_ahead))
    holes = tuple((one.start, one.end) for one in found if one.duty is None)
    following = _shift(found[1]) if len(found) > 1 else None
    return RotationStatus(team, zone_of(bindings, team).key, _shift(found[0]), following, _holes(holes))


@get("/api/v1/rotations", needs="read", tags=TAGS, summary="List rotations")
async def rotations(request: Asked, console: ConsoleDep) -> Response[Rotations]:
    """Who is on call now, who is next, and when nobody would be."""
    bindings, now = state_of(console).bindings, console.now()
    body = Rotations(tuple(_status(bindings, team, now) for team in bindings.rotations))
    return conditional(request, content_tag(body), lambda: body)


@get("/api/v1/rotations/{team:str}", needs="read", tags=TAGS, summary="A rotation's schedule")
async def rotation(
    team: FromPath[str],
    request: Asked,
    console: ConsoleDep,
    start: FromQuery[str] = "now",
    end: FromQuery[str] = "",
) -> Response[Schedule]:
    """Its shifts between two times, of the next 30 days where none are given; a year at most."""
    bindings, name = state_of(console).bindings, team.casefold()
    found = _rotation(bindings, name)
    asked = span_of(bindings, name, start, end, AHEAD_SECONDS, console.now())
    if not 0 < asked.end - asked.start <= rules.FURTHEST_SECONDS * 1000:
        hint = "ask for less than a year, with an end after its start"
        raise Refused("no such time", reason="malformed_span", hint=hint)
    turns = shifts(found, asked.start, asked.end)
    body = Schedule(name, zone_of(bindings, name).key, tuple(map(_shift, turns)))
    return conditional(request, content_tag(body), lambda: body)


HANDLERS = (rotations, rotation)
