"""Alertmanager's time intervals as parts of a week, where they are that."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from yaml.nodes import Node

from ..rulefiles.documents import Document
from .documents import note_left
from .model import Note
from .turns import known_zone
from .week import ALL, DAY, Window, merged, rest

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YEARLY = ("days_of_month", "months", "years")
_READ = {*_YEARLY, "times", "weekdays", "location"}


class Interval(Struct, frozen=True):
    """`week` by the clock of `zone`; `odd` says why it is no part of every week, or is empty."""

    zone: str
    week: tuple[Window, ...]
    odd: str = ""


def intervals(document: Document, top: Mapping[str, Node], notes: list[Note]) -> dict[str, Interval]:
    """By their names, those of the old key `mute_time_intervals` too."""
    found: dict[str, Interval] = {}
    for key in ("mute_time_intervals", "time_intervals"):
        for node in document.sequence(top.get(key), f"`{key}`"):
            entry = document.mapping(node, (), "a time interval", any_key=True)
            name = document.text(entry.get("name"), "`name` of a time interval")
            note_left(f"time interval {name}", entry.keys() - {"name", "time_intervals"}, notes)
            found[name] = _interval(
                name, document, document.sequence(entry.get("time_intervals"), "`time_intervals`"), notes
            )
            if found[name].odd:
                what = (
                    f"{found[name].odd}: say it as a maintenance window in the guide, or silence it by hand"
                )
                notes.append(Note("missing", f"time interval {name}", what))
    return found


def when(
    about: str, active: Sequence[str], muted: Sequence[str], named: Mapping[str, Interval], notes: list[Note]
) -> tuple[str, tuple[Window, ...]]:
    """The zone and the part of the week that remain: active in one of `active`, and in none of `muted`."""
    known = [(name, named[name]) for name in (*active, *muted) if name in named and not named[name].odd]
    zones = dict.fromkeys(interval.zone for _, interval in known)
    if len(zones) > 1:
        notes.append(Note("approximated", about, "has times of several zones: here it is told always"))
        return "UTC", ALL
    on = [window for name, interval in known if name in active for window in interval.week]
    off = [window for name, interval in known if name in muted for window in interval.week]
    if any(name not in dict(known) for name in active):
        on = []  # some of its time is not known: rather always than too seldom
    week = _without(merged(on) or ALL, off)
    if not week:
        notes.append(Note("approximated", about, "is never active there: here it is told always"))
    return next(iter(zones), "UTC"), week or ALL


def _without(week: Sequence[Window], off: Iterable[Window]) -> tuple[Window, ...]:
    return rest((*rest(week), *off))


def _interval(name: str, document: Document, specs: Iterable[Node], notes: list[Note]) -> Interval:
    """All specs together. Yearly ones, and those of several zones, are no part of every week."""
    windows: list[Window] = []
    zones: dict[str, None] = {}
    odd = ""
    for spec in specs:
        found = document.mapping(spec, (), "a time interval", any_key=True)
        note_left(f"time interval {name}", found.keys() - _READ, notes)
        yearly = [key for key in _YEARLY if document.sequence(found.get(key), f"`{key}`")]
        if yearly:
            odd = f"depends on {' and '.join(yearly)}"
        zones[document.text(found.get("location"), "`location`", "UTC")] = None
        windows += _windows(document, found)
    zone = next(iter(zones), "UTC")
    if len(zones) > 1:
        odd = odd or "has times of several zones"
    elif not known_zone(zone):
        odd = odd or f"is of `{zone}`, which is no zone of the IANA database"
    return Interval(zone, merged(windows), odd)


def _windows(document: Document, found: Mapping[str, Node]) -> Iterator[Window]:
    times = [_times(document, node) for node in document.sequence(found.get("times"), "`times`")] or [
        (0, DAY)
    ]
    days = [
        day
        for node in document.sequence(found.get("weekdays"), "`weekdays`")
        for day in _days(document, node)
    ]
    for day in days or range(7):
        yield from ((day * DAY + start, day * DAY + end) for start, end in times if end > start)


def _times(document: Document, node: Node) -> tuple[int, int]:
    entry = document.mapping(node, (), "an entry of `times`", any_key=True)
    start, end = (_minute(document, node, entry.get(key), key) for key in ("start_time", "end_time"))
    if start >= end:
        document.note(node, "`end_time` is not after `start_time`", "write two: until 24:00, and from 00:00")
    return start, end


def _minute(document: Document, node: Node, value: Node | None, key: str) -> int:
    """`HH:MM`, up to 24:00."""
    text = document.text(value, f"`{key}`")
    hour, _, minute = text.partition(":")
    if hour.isdecimal() and minute.isdecimal() and int(minute) < 60 and int(hour) * 60 + int(minute) <= DAY:
        return int(hour) * 60 + int(minute)
    document.note(value or node, f"`{key}` cannot be `{text}`", "write it as 09:00, up to 24:00")
    return 0


def _days(document: Document, node: Node) -> list[int]:
    """`monday:friday`, `saturday`; the week begins on Sunday there."""
    first, _, last = document.text(node, "a weekday").casefold().replace(" ", "").partition(":")
    if first not in _DAYS or (last or first) not in _DAYS:
        document.note(node, f"`{first}` is no weekday" if first not in _DAYS else f"`{last}` is no weekday")
        return []
    start, end = _DAYS.index(first), _DAYS.index(last or first)
    return [(start + place) % 7 for place in range((end - start) % 7 + 1)]
