"""One on-call shift of Grafana OnCall as a layer, where it can be one."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ..kernel.calendar import WEEK as DAYS
from .model import Layer, Note
from .turns import aware, end_of, ended, known_zone, length_of, unknown_zone, wall
from .week import ALL, DAY, WEEK, Window, merged

_FREQUENCIES = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(weeks=1)}


class Shift(Struct):
    id: str
    type: str
    start: datetime
    duration: Annotated[float, Meta(gt=0, le=31_622_400)]
    name: str | None = None
    level: int | None = None
    time_zone: str | None = None
    frequency: Literal["hourly", "daily", "weekly", "monthly"] | None = None
    interval: Annotated[int, Meta(ge=1, le=1000)] | None = None
    until: datetime | None = None
    rotation_start: datetime | None = None
    week_start: str | None = None
    by_day: list[Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]] | None = None
    by_month: list[int] | None = None
    by_monthday: list[int] | None = None
    users: list[str] = []
    rolling_users: list[list[str]] | None = None
    start_rotation_from_user_index: int | None = None


class _Pattern(Struct, frozen=True):
    """Turns of `every`, the first from `first` on, in which `week` is covered."""

    first: datetime
    every: timedelta
    week: tuple[Window, ...]


def layer_of(shift: Shift, about: str, zone: str, now: datetime, notes: list[Note]) -> Layer | None:
    """The layer; None, with a note, where the shift has no equal or is over. `zone` is the schedule's."""
    where = shift.time_zone or zone
    if not known_zone(where):
        notes.append(unknown_zone(about, where))
        return None
    start = wall(about, shift.start, where, notes)
    length = timedelta(seconds=shift.duration)
    once = shift.type == "single_event"
    until = aware(start, where) + length if once else end_of(shift.until, where)
    people = _people(shift, about, notes)
    if not people or ended(about, until, now, notes):
        return None
    pattern = _Pattern(start, timedelta(weeks=1), ()) if once else _pattern(shift, start, length, len(people))
    if pattern is None:
        notes.append(Note("missing", about, "repeats in a way that turns here do not: set it up by hand"))
        return None
    turn = length_of(about, pattern.every, people, notes)
    since = aware(start if once else shift.rotation_start or start, where)
    if turn is None:
        return None
    return Layer(
        name=shift.name or "",
        people=people,
        first=pattern.first,
        zone=where,
        every=turn[0],
        unit=turn[1],
        week=pattern.week,
        since=since if since > now else None,
        until=until,
        level=shift.level or 0,
    )


def _people(shift: Shift, about: str, notes: list[Note]) -> tuple[str, ...]:
    """Who takes turns, from the one who begins; of those who are told together the first."""
    groups = shift.rolling_users if shift.type == "rolling_users" else [shift.users]
    groups = [group for group in groups or () if group]
    begin = (shift.start_rotation_from_user_index or 0) % max(1, len(groups))
    if not groups:
        notes.append(Note("missing", about, "has nobody: left out"))
    elif any(len(group) > 1 for group in groups):
        what = "tells several at once: here the first of them, make a team of its own for the others"
        notes.append(Note("approximated", about, what))
    return tuple(group[0] for group in (*groups[begin:], *groups[:begin]))


def _pattern(shift: Shift, start: datetime, length: timedelta, people: int) -> _Pattern | None:
    """How the events of all follow each other; None where that is no round of equal turns."""
    size = _FREQUENCIES.get(shift.frequency or "")
    if size is None or shift.by_month or shift.by_monthday:
        return None
    every = size * (shift.interval or 1)
    if length == every and not shift.by_day:
        return _Pattern(start, every, ())
    if length > every or shift.interval not in (None, 1):
        return None
    if shift.frequency == "daily":
        return _daily(shift, start, length, people)
    return _weekly(shift, start, length) if shift.frequency == "weekly" else None


def _daily(shift: Shift, start: datetime, length: timedelta, people: int) -> _Pattern | None:
    """A part of each day. With some days only: as long as nobody begins on a day that is left out."""
    days = [DAYS.index(day) for day in shift.by_day or DAYS]
    if any((start.weekday() + turn) % 7 not in days for turn in range(people)):
        return None
    minute = start.hour * 60 + start.minute
    return _Pattern(start, timedelta(days=1), _events(days, minute, length))


def _weekly(shift: Shift, start: datetime, length: timedelta) -> _Pattern | None:
    """Some days of each week. Turns change where the week of RFC 5545 begins, at the time of day of the events."""
    minute = start.hour * 60 + start.minute
    if not shift.by_day:
        return _Pattern(start, timedelta(weeks=1), _events([start.weekday()], minute, length))
    begins = DAYS.index(shift.week_start if shift.week_start in DAYS else "SU")
    days = [DAYS.index(day) for day in shift.by_day]
    last = max((day - begins) % 7 for day in days)
    if last * DAY + length.total_seconds() / 60 > WEEK:
        return None  # an event would reach into the next one's week
    first = start - timedelta(days=(start.weekday() - begins) % 7)
    return _Pattern(first, timedelta(weeks=1), _events(days, minute, length))


def _events(days: list[int], minute: int, length: timedelta) -> tuple[Window, ...]:
    size = round(length.total_seconds() / 60)
    found = merged((day * DAY + minute, day * DAY + minute + size) for day in days)
    return () if found == ALL else found
