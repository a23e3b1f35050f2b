"""`demo hurry`: minutes and hours of a guide become seconds, by edits that its own reader confirms.

Works on any guide that opsguide reads, in any language: an edit is tried on the text, the text is read again, and it
counts only if exactly the promise in question has the new time and every other promise says what it said before.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from ..guide.promise import Promise, Reading
from ..guide.values import Alert, ClockValues
from ..kernel.promise import Span, Values

Read = Callable[[str], Reading]

ALERT_SECONDS = 5
CLOCKS = {"acknowledge": (60, 30), "respond": (60, 30), "resolve": (120, 60)}
"""Seconds for the most urgent severity, and how many more for each that is less so."""

_DURATION = re.compile(
    r"(?<![\w.,-])(?P<number>\d+(?:[.,]\d+)?)(?P<space>[\s-]?)(?P<unit>[^\W\d_]+)", re.UNICODE
)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Edit(Struct, frozen=True):
    """One line that was changed, ends of line included. `line` counts from 1."""

    line: int
    old: str
    new: str


class Wish(NamedTuple):
    """A promise and the seconds that it should say."""

    promise: Promise
    seconds: int


class Hurried(NamedTuple):
    """The edited text, what was edited, and the promises whose time could not be found in their lines."""

    text: str
    edits: tuple[Edit, ...]
    left: tuple[Promise, ...]


def hurry(text: str, read: Read) -> Hurried:
    """Shorten what `wishes` lists, one promise after the other."""
    reading, left = read(text), list[Promise]()
    before = text
    for wish in wishes(reading):
        for attempt in _attempts(text, wish):
            found = read(attempt)
            if _only_changed(reading, found, wish):
                text, reading = attempt, found
                break
        else:
            left.append(wish.promise)
    return Hurried(text, tuple(_edits(before, text)), tuple(left))


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
    """The text with one duration of the promise's lines replaced, for each of them in each way to write it."""
    lines = _LINE.findall(text)
    for number in _lines_of(wish.promise.span):
        line = lines[number - 1] if number <= len(lines) else ""
        for found in _DURATION.finditer(line):
            for written in _ways(found, wish.seconds):
                changed = f"{line[: found.start()]}{written}{line[found.end() :]}"
                yield "".join([*lines[: number - 1], changed, *lines[number:]])


def _lines_of(span: Span) -> range:
    return range(span.line, span.end_line + 1)


def _ways(found: re.Match[str], seconds: int) -> Sequence[str]:
    """How to write seconds: as the guide writes, in words or short."""
    words, short = f"{seconds}{found['space']}seconds", f"{seconds}{found['space']}s"
    return (words, short) if found["space"] and len(found["unit"]) > 2 else (short, words)


def _only_changed(before: Reading, after: Reading, wish: Wish) -> bool:
    said = {promise.id: promise.values for promise in before.promises}
    says = {promise.id: promise.values for promise in after.promises}
    changed = {name for name in said.keys() | says.keys() if said.get(name) != says.get(name)}
    values = says.get(wish.promise.id)
    return changed == {wish.promise.id} and values is not None and _seconds(values) == wish.seconds


def _edits(before: str, after: str) -> Iterator[Edit]:
    pairs = zip(_LINE.findall(before), _LINE.findall(after), strict=True)
    for number, (old, new) in enumerate(pairs, start=1):
        if old != new:
            yield Edit(number, old, new)


def undo(text: str, edits: Sequence[Edit]) -> tuple[str, tuple[Edit, ...]]:
    """The text with the edits taken back, and those that could not be: their line was changed since."""
    lines, lost = _LINE.findall(text), list[Edit]()
    for edit in reversed(edits):
        at = _where(lines, edit)
        if at is None:
            lost.append(edit)
        else:
            lines[at] = edit.old
    return "".join(lines), tuple(reversed(lost))


def _where(lines: Sequence[str], edit: Edit) -> int | None:
    """The line of the edit, also where lines above it came or went since."""
    at = edit.line - 1
    if at < len(lines) and lines[at] == edit.new:
        return at
    same = [index for index, line in enumerate(lines) if line == edit.new]
    return same[0] if len(same) == 1 else None
