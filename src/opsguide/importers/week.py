"""Parts of a week, in minutes from Monday 00:00 by a wall clock."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from ..kernel.calendar import WEEK as DAYS

Window: TypeAlias = tuple[int, int]
"""From the first minute until just before the last; an end beyond the week goes on at its beginning."""

DAY = 1440
WEEK = 7 * DAY
ALL: tuple[Window, ...] = ((0, WEEK),)


def merged(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same time without overlaps, in order; nothing for no time at all."""
    covered = _covered(windows)
    if all(covered):
        return ALL
    starts = (minute for minute in range(WEEK) if covered[minute] and not covered[minute - 1])
    return tuple((start, _end(covered, start)) for start in starts)


def rest(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The part of the week that they leave."""
    covered = _covered(windows)
    return merged((minute, minute + 1) for minute in range(WEEK) if not covered[minute])


def daily(start: int, length: int) -> tuple[Window, ...]:
    """The same minutes of every day."""
    return tuple((day * DAY + start, day * DAY + start + length) for day in range(7))


def as_bits(windows: Iterable[Window], shift: int = 0) -> int:
    """A number whose bits are the minutes covered, moved by so many minutes: to compare weeks of two zones."""
    covered = _covered((start + shift, end + shift) for start, end in windows)
    return int("".join(map(str, covered)), 2)


def as_days(windows: Sequence[Window]) -> list[tuple[tuple[str, ...], str | None]]:
    """The week as layers of the bindings have it: `days` (none: every day) and `hours` (None: the whole day)."""
    hours: dict[tuple[int, int], list[int]] = {}
    for start, end in windows:
        for day, opens, closes in _days(start, end):
            hours.setdefault((opens, closes), []).append(day)
    return [(_names(days), _written(*times)) for times, days in hours.items()]


def _covered(windows: Iterable[Window]) -> bytearray:
    covered = bytearray(WEEK)
    for start, end in windows:
        for minute in range(start, min(end, start + WEEK)):
            covered[minute % WEEK] = 1
    return covered


def _end(covered: bytearray, start: int) -> int:
    end = start
    while covered[end % WEEK]:
        end += 1
    return end


def _days(start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Weekday, minute it opens, minute it closes (0: midnight). Up to a day it may go over midnight in one piece."""
    day, minute = divmod(start, DAY)
    if end - start < DAY:
        yield day % 7, minute, end % DAY
        return
    while start < end:
        closes = min(end, (start // DAY + 1) * DAY)
        yield start // DAY % 7, start % DAY, closes % DAY
        start = closes


def _names(days: Iterable[int]) -> tuple[str, ...]:
    found = sorted(set(days))
    return () if len(found) == 7 else tuple(DAYS[day] for day in found)


def _written(opens: int, closes: int) -> str | None:
    if opens == closes == 0:
        return None
    return f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"
