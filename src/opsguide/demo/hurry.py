"""`demo hurry`: minutes and hours of a guide become seconds, by edits that its own reader confirms.

Works on any guide that opsguide reads, in any language: an edit is tried on the text, the text is read again, and it
counts only if the promise in question has the new time and no promise changed that was not to be shortened too.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from math import inf
from typing import NamedTuple

from ..guide.promise import Promise, Reading
from ..guide.values import Alert, ClockValues
from ..kernel.promise import Values

Read = Callable[[str], Reading]

ALERT_SECONDS = 5
CLOCKS = {"acknowledge": (60, 30), "respond": (60, 30), "resolve": (120, 60)}
"""Seconds for the most urgent severity, and how many more for each that is less so."""

_DURATION = re.compile(
    r"(?<![\w.,-])(?P<number>\d+(?:[.,]\d+)?)(?P<space>[\s-]?)(?P<unit>[^\W\d_]+)", re.UNICODE
)
_UNITS = (1, 60, 3600, 86400, 7 * 86400)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Edit(NamedTuple):
    """One line that was changed, line ends included. `line` counts from 1."""

    line: int
    old: str
    new: str


class Wish(NamedTuple):
    """A promise and the seconds that it should say."""

    promise: Promise
    seconds: int


class Hurried(NamedTuple):
    """The edited text, and the promises whose time could not be found in their lines."""

    text: str
    left: tuple[Promise, ...]


def hurry(text: str, read: Read) -> Hurried:
    """Shorten what `wishes` lists, one promise after the other."""
    reading, left = read(text), list[Promise]()
    wanted = wishes(reading)
    may_change = {wish.promise.id for wish in wanted}
    for wish in wanted:
        if _told(reading, wish) <= wish.seconds:
            continue  # One time may stand for two promises.
        for attempt in _attempts(text, wish):
            found = read(attempt)
            if _told(found, wish) == wish.seconds and changed(reading, found) <= may_change:
                text, reading = attempt, found
                break
        else:
            left.append(wish.promise)
    return Hurried(text, tuple(left))


def wishes(reading: Reading) -> list[Wish]:
    """What takes long in this guide, with the seconds that it should take. Nothing gets longer."""
    found = [
        Wish(promise, ALERT_SECONDS)
        for promise in reading.promises
        if isinstance(promise.values, Alert) and (promise.values.for_seconds or 0) > ALERT_SECONDS
    ]
    for clock, (first, step) in CLOCKS.items():
        clocks = [(p, seconds) for p in reading.promises if (seconds := _clock_seconds(p, clock)) is not None]
        urgency = sorted({seconds for _, seconds in clocks})
        wanted = [(p, seconds, first + step * urgency.index(seconds)) for p, seconds in clocks]
        found += [Wish(promise, less) for promise, seconds, less in wanted if seconds > less]
    return found


def _clock_seconds(promise: Promise, clock: str) -> float | None:
    values = promise.values
    if isinstance(values, ClockValues) and values.clock == clock and isinstance(values.seconds, int | float):
        return values.seconds
    return None


def _seconds(values: Values) -> float | None:
    found = values.for_seconds if isinstance(values, Alert) else getattr(values, "seconds", None)
    return found if isinstance(found, int | float) else None


def _attempts(text: str, wish: Wish) -> Iterator[str]:
    """The text with one duration of the promise's lines replaced, for each of them in each way to write it.

    A promise may be said in several places: where the same duration stands in more than one, all of them at once too.
    """
    lines = _LINE.findall(text)
    places = [
        (number - 1, found)
        for number in _lines_of(wish.promise)
        if number <= len(lines)
        for found in _DURATION.finditer(lines[number - 1])
    ]
    # Reading again is what costs, so the likeliest is tried first.
    for place in sorted(places, key=lambda place: not _may_mean(place[1], wish.promise)):
        same = [other for other in places if other[1][0] == place[1][0]]
        for written in _ways(place[1], wish.seconds):
            yield _replaced(lines, [place], written)
            if len(same) > 1 and place == same[0]:
                yield _replaced(lines, same, written)


def _may_mean(found: re.Match[str], promise: Promise) -> bool:
    """Would the promise's time be this number of seconds, minutes, hours, days or weeks?"""
    number, seconds = float(found["number"].replace(",", ".")), _seconds(promise.values)
    return seconds is not None and any(number * unit == seconds for unit in _UNITS)


def _lines_of(promise: Promise) -> list[int]:
    spans = (promise.span, *promise.also)
    return sorted({line for span in spans for line in range(span.line, span.end_line + 1)})


def _replaced(lines: Sequence[str], places: Sequence[tuple[int, re.Match[str]]], written: str) -> str:
    changed = list(lines)
    # From the right: what stands before a replaced piece keeps its place.
    for line, found in sorted(places, key=lambda place: place[1].start(), reverse=True):
        changed[line] = f"{changed[line][: found.start()]}{written}{changed[line][found.end() :]}"
    return "".join(changed)


def _ways(found: re.Match[str], seconds: int) -> Sequence[str]:
    """How to write seconds: as the guide writes, in words or short."""
    words, short = f"{seconds}{found['space']}seconds", f"{seconds}{found['space']}s"
    return (words, short) if found["space"] and len(found["unit"]) > 2 else (short, words)


def _told(reading: Reading, wish: Wish) -> float:
    """The seconds that the promise says now; endless where it does not say any more."""
    found = (_seconds(p.values) for p in reading.promises if p.id == wish.promise.id)
    return next((seconds for seconds in found if seconds is not None), inf)


def changed(before: Reading, after: Reading) -> set[str]:
    """The promises that came, went, or say something else."""
    said = {promise.id: promise.values for promise in before.promises}
    says = {promise.id: promise.values for promise in after.promises}
    return {name for name in said.keys() | says.keys() if said.get(name) != says.get(name)}


def edits(plain: str, hurried: str) -> list[Edit]:
    """What tells the two apart. Both have the same number of lines."""
    pairs = zip(_LINE.findall(plain), _LINE.findall(hurried), strict=True)
    return [Edit(number, old, new) for number, (old, new) in enumerate(pairs, start=1) if old != new]


def undo(text: str, plain: str, hurried: str) -> tuple[str, list[Edit]]:
    """`text`, once `hurried` and edited since, with the lines of `plain` back; and the edits that could not be undone,
    since their line was changed.
    """
    lines = _LINE.findall(text)
    matcher = SequenceMatcher(None, _LINE.findall(hurried), lines, autojunk=False)
    now = {a + k: b + k for a, b, size in matcher.get_matching_blocks() for k in range(size)}
    lost = list[Edit]()
    for edit in edits(plain, hurried):
        at = now.get(edit.line - 1)
        if at is None:
            lost.append(edit)
        else:
            lines[at] = edit.old
    return "".join(lines), lost
