"""The events of an iCalendar file (RFC 5545) in a stretch of time: recurrences, exceptions, whole days, zones. Pure.

Recurrences are counted by dateutil on the wall clock of the event's zone, so that nine stays nine when clocks change.
recurring-ical-events, which does the same, holds dateutil at an older version than ours.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr
from icalendar import Calendar
from msgspec import Struct

from ...kernel.calendar import instant_of
from ...kernel.clock import Instant, from_datetime, to_datetime

MOST = 2_000
"""So many events of one file are read."""

_DAY = timedelta(days=1)


class UnreadableCalendar(ValueError):
    """It is no iCalendar file, or one event of it makes no sense."""


class Event(Struct, frozen=True):
    """`who` are the mail addresses and names of those who take part."""

    start: Instant
    end: Instant
    summary: str
    who: tuple[str, ...] = ()


class _Wall(Struct, frozen=True):
    """A time on the wall clock of a zone."""

    shown: datetime
    zone: tzinfo

    def instant(self) -> Instant:
        if isinstance(self.zone, ZoneInfo):
            return instant_of(self.shown, self.zone)
        return from_datetime(self.shown.replace(tzinfo=self.zone))


def events(text: bytes, since: Instant, until: Instant, where: ZoneInfo) -> list[Event]:
    """Those that overlap the stretch, in order. Times without a zone, and whole days, are in `where`.

    Raises UnreadableCalendar.
    """
    try:
        parts: list[Any] = list(Calendar.from_ical(text).walk("VEVENT"))
        moved = {
            (_uid(one), _wall(one, "RECURRENCE-ID", where).instant())
            for one in parts
            if "RECURRENCE-ID" in one
        }
        found = [
            event
            for one in parts
            for event in _of(one, since, until, where)
            if "RECURRENCE-ID" in one or (_uid(one), event.start) not in moved
        ]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise UnreadableCalendar(f"it is no readable iCalendar file: {error}") from None
    if len(found) > MOST:
        raise UnreadableCalendar(f"it has more than {MOST} events in this time")
    return sorted(found, key=lambda one: (one.start, one.end, one.summary))


def _uid(part: Any) -> str:
    return str(part.get("UID", ""))


def _of(part: Any, since: Instant, until: Instant, where: ZoneInfo) -> Iterator[Event]:
    if str(part.get("STATUS", "")).upper() == "CANCELLED":
        return
    first = _wall(part, "DTSTART", where)
    length = _length(part, first, where)
    for shown in islice(_starts(part, first, length, since, until, where), MOST + 1):
        begins, ends = _Wall(shown, first.zone), _Wall(shown + length, first.zone)
        event = Event(begins.instant(), ends.instant(), str(part.get("SUMMARY", "")).strip(), _who(part))
        if event.start < event.end and event.end > since and event.start < until:
            yield event


def _wall(part: Any, name: str, where: ZoneInfo) -> _Wall:
    return _wall_of(part.decoded(name), where)


def _wall_of(value: date, where: ZoneInfo) -> _Wall:
    if not isinstance(value, datetime):
        return _Wall(datetime.combine(value, time()), where)
    return _Wall(value.replace(tzinfo=None), value.tzinfo or where)


def _length(part: Any, first: _Wall, where: ZoneInfo) -> timedelta:
    """By the wall clock; a whole day where only a day is given."""
    if "DTEND" in part:
        end = _wall(part, "DTEND", where)
        if end.zone is not first.zone and str(end.zone) != str(first.zone):
            return timedelta(milliseconds=end.instant() - first.instant())
        return end.shown - first.shown
    if "DURATION" in part:
        found: timedelta = part.decoded("DURATION")
        return found
    return timedelta() if isinstance(part.decoded("DTSTART"), datetime) else _DAY


def _starts(
    part: Any, first: _Wall, length: timedelta, since: Instant, until: Instant, where: ZoneInfo
) -> Iterator[datetime]:
    """The wall times at which it begins in the stretch."""
    if "RECURRENCE-ID" in part or not ("RRULE" in part or "RDATE" in part):
        yield first.shown
        return
    rules = rruleset()
    rules.rdate(first.shown)
    for rule in _several(part.get("RRULE")):
        rules.rrule(rrulestr(_ruled(rule, first.zone), dtstart=first.shown))  # type: ignore[arg-type]
    for name, add in (("RDATE", rules.rdate), ("EXDATE", rules.exdate)):
        for given in _several(part.get(name)):
            for one in given.dts:
                add(_in_zone(_wall_of(one.dt, where), first.zone))
    low = to_datetime(since).replace(tzinfo=None) - length - 2 * _DAY
    high = to_datetime(until).replace(tzinfo=None) + 2 * _DAY
    yield from _between(rules, low, high)


def _between(rules: rruleset, low: datetime, high: datetime) -> Iterator[datetime]:
    for found in rules:
        if found > high:
            return
        if found >= low:
            yield found


def _several(value: Any) -> Sequence[Any]:
    return () if value is None else value if isinstance(value, list) else (value,)


def _ruled(rule: Any, zone: tzinfo) -> str:
    """The rule for wall times: an UNTIL in UTC is told as the wall clock shows it."""
    if {str(one).upper() for one in rule.get("FREQ", ())} & {"SECONDLY", "MINUTELY"}:
        raise ValueError("shifts do not recur each second or minute")
    until = rule.get("UNTIL")
    if until:
        last = until[0]
        if isinstance(last, datetime) and last.tzinfo is not None:
            last = last.astimezone(zone).replace(tzinfo=None)
        elif not isinstance(last, datetime):
            last = datetime.combine(last, time(23, 59, 59))
        rule = rule.copy()
        rule["UNTIL"] = [last]
    written: str = rule.to_ical().decode()
    return written


def _in_zone(wall: _Wall, zone: tzinfo) -> datetime:
    """What the clock of another zone shows then."""
    if str(wall.zone) == str(zone):
        return wall.shown
    return to_datetime(wall.instant()).astimezone(zone).replace(tzinfo=None)


def _who(part: Any) -> tuple[str, ...]:
    found = list[str]()
    for one in _several(part.get("ATTENDEE")):
        found.append(str(one).casefold().removeprefix("mailto:"))
        found.append(str(one.params.get("CN", "")))
    return tuple(one for one in found if one)
