"""The rotations of the bindings, as who is on call when. Pure: the same bindings give the same answer."""

from collections.abc import Iterator
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from ..guide.bindings import Bindings
from ..guide.bindings import model as bound
from ..guide.bindings.problems import quoted
from ..kernel.calendar import EVERY_DAY, WEEK, Hours, Interval, instant_of, zone
from ..kernel.clock import Instant, after, from_datetime, rfc3339
from .rotation import Layer, Override, Rotation, Shift, Turns, Unit, shifts

AHEAD_SECONDS = 30 * 86400.0
"""So far ahead shifts are told of where nothing else is asked."""

_UNITS: dict[str, Unit] = {"h": "hours", "d": "days", "w": "weeks"}
_HOUR_MS = 3_600_000


def rotation_of(bindings: Bindings, team: str) -> Rotation | None:
    """The rotation of a team, None where none is bound."""
    found = bindings.rotations.get(team)
    return None if found is None else _built(found, found.zone or bindings.zone)


def zone_of(bindings: Bindings, team: str) -> ZoneInfo:
    """The zone of a team's rotation, which is bound."""
    return zone(bindings.rotations[team].zone or bindings.zone)


@lru_cache(maxsize=64)
def _built(found: bound.Rotation, zone_name: str) -> Rotation:
    where = zone(zone_name)
    holidays = frozenset(date.fromisoformat(day) for day in found.holidays)
    return Rotation(
        layers=tuple(_layer(layer, where, holidays) for layer in found.layers),
        overrides=tuple(
            Override(one.person, _instant(one.start, where), _instant(one.end, where), one.replaces)
            for one in found.overrides
        ),
    )


def _layer(layer: bound.Layer, rotations: ZoneInfo, holidays: frozenset[date]) -> Layer:
    where = rotations if layer.zone is None else zone(layer.zone)
    first = datetime.combine(date.fromisoformat(layer.start), time.fromisoformat(layer.handoff))
    turns = Turns(where, first, int(layer.every[:-1]), _UNITS[layer.every[-1]])
    return Layer(
        layer.members,
        turns,
        _hours(layer, where, holidays),
        since=None if layer.since is None else _instant(layer.since, where),
        until=None if layer.until is None else _instant(layer.until, where),
    )


def _hours(layer: bound.Layer, where: ZoneInfo, holidays: frozenset[date]) -> Hours | None:
    """None where the layer covers all of the time. Holidays are left out by layers that name days."""
    if not layer.days and layer.hours is None:
        return None
    start, _, end = (layer.hours or "00:00-00:00").partition("-")
    return Hours(
        zone=where,
        days=frozenset(map(WEEK.index, layer.days)) if layer.days else EVERY_DAY,
        start=time.fromisoformat(start),
        end=time.fromisoformat(end),
        holidays=holidays if layer.days else frozenset(),
    )


def _instant(text: str, where: ZoneInfo) -> Instant:
    moment = datetime.fromisoformat(text)
    return instant_of(moment, where) if moment.tzinfo is None else from_datetime(moment)


@lru_cache(maxsize=256)
def _ahead(rotation: Rotation, hour: int, seconds: float) -> tuple[Shift, ...]:
    start = hour * _HOUR_MS
    return tuple(shifts(rotation, start, after(start, seconds)))


def ahead(rotation: Rotation, at: Instant, seconds: float = AHEAD_SECONDS) -> Iterator[Shift]:
    """The shifts of so many seconds that are not over, holes included; taken by the hour, so up to one less."""
    return (shift for shift in _ahead(rotation, at // _HOUR_MS, seconds) if shift.end > at)


def looked_until(at: Instant) -> Instant:
    """The last instant for which a look ahead from now says the same: it is taken by the hour."""
    return (at // _HOUR_MS + 1) * _HOUR_MS - 1


def next_change(rotation: Rotation, at: Instant) -> Instant:
    """When the shift that runs ends, or as far as is looked ahead."""
    return next(ahead(rotation, at)).end


def next_hole(rotation: Rotation, at: Instant, seconds: float) -> Interval | None:
    """The next time within so many seconds in which nobody is on call; one that has begun counts."""
    found = (shift for shift in ahead(rotation, at, seconds) if shift.duty is None)
    return next(((max(hole.start, at), hole.end) for hole in found), None)


def hole_said(team: str, start: Instant, end: Instant) -> str:
    """`nobody is on call from … to … in [rotations.core-platform]`."""
    return f"nobody is on call from {rfc3339(start)} to {rfc3339(end)} in [rotations.{quoted(team)}]"
