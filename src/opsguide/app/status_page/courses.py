"""How a component was over time: courses of levels, put over each other, and counted by day.

A course is a list of (from when, level), ascending; a level holds until the next one.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct

from ...guide.history import Stint
from ...kernel.calendar import instant_of, local
from ...kernel.clock import Instant
from .state import Span, Turn

DAYS = 90


class Level(IntEnum):
    """The worst of several counts. Not knowing is worse than being up: it is never green."""

    UP = 0
    UNKNOWN = 1
    MAINTENANCE = 2
    DEGRADED = 3
    DOWN = 4


Course: TypeAlias = Sequence[tuple[Instant, Level]]

LONG_AGO: Instant = 0
STANDS = {"up": Level.UP, "down": Level.DOWN, "unknown": Level.UNKNOWN}
PROMISED = {"kept": Level.UP, "at_risk": Level.UP, "broken": Level.DEGRADED}


def of_spans(spans: Iterable[tuple[Instant, Instant | None]], inside: Level, outside: Level) -> Course:
    """One level within the spans, which are ascending, and another one between them."""
    found = [(LONG_AGO, outside)]
    for start, end in spans:
        found.append((start, inside))
        if end is not None:
            found.append((end, outside))
    return found


def of_outages(since: Instant, outages: Iterable[tuple[Instant, Instant | None]]) -> Course:
    """An environment: nothing is known of the time before `since`."""
    found = [(LONG_AGO, Level.UNKNOWN), (since, Level.UP)]
    for start, end in outages:
        found.append((max(start, since), Level.DOWN))
        if end is not None:
            found.append((max(end, since), Level.UP))
    return found


def of_turns(turns: Iterable[Turn]) -> Course:
    """A probe."""
    return [(LONG_AGO, Level.UNKNOWN), *((turn.at, STANDS[turn.state]) for turn in turns)]


def of_stints(stints: Iterable[Stint], otherwise: Level, now: Instant) -> Course:
    """A promise: broken is degraded. Where its standing says neither kept nor broken, `otherwise`."""
    found = [(LONG_AGO, otherwise)]
    for stint in stints:
        found.append((stint.start, PROMISED.get(stint.kind, otherwise)))
        if stint.end < now:
            found.append((stint.end, otherwise))
    return found


def worst(courses: Sequence[Course], start: Instant, end: Instant) -> Course:
    """The worst of all at each instant of the time between."""
    bounds = {at for course in courses for at, _ in course if start < at < end}
    found = list[tuple[Instant, Level]]()
    for at in sorted(bounds | {start}):
        level = max((level_at(course, at) for course in courses), default=Level.UNKNOWN)
        if not found or found[-1][1] != level:
            found.append((at, level))
    return found


def excused(course: Course, maintained: Sequence[Span], end: Instant) -> Course:
    """Trouble within maintenance is maintenance. That it was up, or not known, stays so."""
    start = course[0][0] if course else end
    bounds = {at for at, _ in course} | {at for span in maintained for at in span if start < at < end}
    found = list[tuple[Instant, Level]]()
    for at in sorted(bounds):
        level = level_at(course, at)
        if level > Level.MAINTENANCE and any(begin <= at < over for begin, over in maintained):
            level = Level.MAINTENANCE
        if not found or found[-1][1] != level:
            found.append((at, level))
    return found


def level_at(course: Course, at: Instant) -> Level:
    """Of two that begin at once, the later one counts."""
    place = bisect_right(course, at, key=lambda entry: entry[0])
    return course[place - 1][1] if place else Level.UNKNOWN


def spans(course: Course, end: Instant) -> Iterator[tuple[Instant, Instant, Level]]:
    """From, until and level of each stretch that lasted."""
    for place, (start, level) in enumerate(course):
        until = course[place + 1][0] if place + 1 < len(course) else end
        if start < until:
            yield start, until, level


class Day(Struct, frozen=True):
    """Seconds of a day in each level; less than a day's where it is today, or the clocks change."""

    day: date
    up: float
    unknown: float
    maintenance: float
    degraded: float
    down: float

    @property
    def level(self) -> Level:
        """What it is remembered for: the worst that was seen."""
        if self.down:
            return Level.DOWN
        if self.degraded:
            return Level.DEGRADED
        if self.maintenance:
            return Level.MAINTENANCE
        return Level.UP if self.up else Level.UNKNOWN

    @property
    def partly(self) -> bool:
        """For most of it nobody knows."""
        return self.unknown > self.up + self.maintenance + self.degraded + self.down


def days(course: Course, zone: ZoneInfo, end: Instant) -> tuple[Day, ...]:
    """The last ninety days by the clocks of a zone, today last."""
    starts = day_starts(zone, end)
    counted = [[0.0] * len(Level) for _ in starts]
    bounds = [at for _, at in starts]
    for start, until, level in spans(course, end):
        place = max(0, bisect_right(bounds, start) - 1)
        while place < len(bounds) and bounds[place] < until:
            ends = bounds[place + 1] if place + 1 < len(bounds) else end
            counted[place][level] += max(0, min(until, ends) - max(start, bounds[place])) / 1000
            place += 1
    return tuple(
        Day(
            day,
            up=found[Level.UP],
            unknown=found[Level.UNKNOWN],
            maintenance=found[Level.MAINTENANCE],
            degraded=found[Level.DEGRADED],
            down=found[Level.DOWN],
        )
        for (day, _), found in zip(starts, counted, strict=True)
    )


def day_starts(zone: ZoneInfo, end: Instant) -> list[tuple[date, Instant]]:
    """Each of the days, and when it begins."""
    today = local(end, zone).date()
    every = (today - timedelta(days=back) for back in range(DAYS - 1, -1, -1))
    return [(day, instant_of(datetime.combine(day, time(0)), zone)) for day in every]


def uptime(days: Sequence[Day]) -> float | None:
    """The share of the known time without maintenance in which it was not down; None where there is none."""
    known = sum(day.up + day.degraded + day.down for day in days)
    return None if not known else 1 - sum(day.down for day in days) / known
