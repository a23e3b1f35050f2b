"""Signals as the console shows them: rows, charts, sparklines. Pages and API read the same views."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from markupsafe import Markup
from msgspec.structs import replace

from ..guide.versions import VersionEntry
from ..kernel.clock import Instant, rfc3339, rfc3339_or_none
from ..kernel.errors import OpsguideError
from ..kernel.facts import Recorded
from ..kernel.ports import Series
from ..web.changes import Binder
from ..web.charts import SPARK, Band, Frame, Level, Line, Picture, Tick, draw
from ..web.console import Console
from ..web.errors import NotFound
from ..web.live import promise_event
from ..web.pages import Event, Found
from ..web.shell import Shell
from .amounts import written
from .board import TREND_STEP_MS, Board, Measured, Trend, patience
from .catalogue import NamedSignal, Use
from .commands import LetGo
from .facts import AlertCleared, AlertFiring, AlertPending, AlertResolved
from .state import State
from .status import (
    CourseStatus,
    EventStatus,
    LevelStatus,
    course_times,
    display_of,
    label,
    line_status,
    step_seconds,
)

LINES_AT_MOST = 12
"""So many series of one signal are drawn; who needs more asks in PromQL."""

_S, _M, _H = 1_000, 60_000, 3_600_000
RANGES: Mapping[str, tuple[int, int]] = {
    "1h": (_H, 15 * _S),
    "6h": (6 * _H, _M),
    "24h": (24 * _H, 5 * _M),
    "7d": (7 * 24 * _H, 30 * _M),
    "30d": (30 * 24 * _H, 2 * _H),
}
"""How far a chart looks back, and its step."""

USUAL_RANGE = "6h"


class UnknownRange(OpsguideError):
    """A chart cannot be asked for such a stretch of time."""


class Course(NamedTuple):
    """A signal over a stretch of time."""

    measured: Measured
    range: str
    start: Instant
    end: Instant
    step_ms: int
    series: Sequence[Series]
    incidents: Sequence[Event]
    versions: Sequence[Event]
    warnings: Sequence[str] = ()


async def now_or_then(console: Console, board: Board) -> tuple[Measured, ...]:
    """Every signal as of the console's instant."""
    state: State = console.state("monitoring")
    return await board.signals(state, console.as_of)


async def find(console: Console, board: Board, signal: str) -> Measured:
    """Raises NotFound."""
    found = next((one for one in await now_or_then(console, board) if one.named.name == signal), None)
    if found is None:
        hint = "/signals lists those that the guide in force names"
        raise NotFound(f"the guide names no signal {signal!r}", where=signal, hint=hint)
    return found


async def let_go(console: Console, board: Board, signal: str, by: str) -> Measured:
    """What measures it is chosen anew. Raises NotFound, Refused."""
    found = await find(console, board, signal)
    promises = tuple(use.promise.id for use in found.named.uses)
    await console.submit(LetGo(promises, by), actor=f"person:{by}")
    return await find(console, board, signal)


async def course(
    measured: Measured, board: Board, shell: Shell, binder: Binder, wanted: str = USUAL_RANGE
) -> Course:
    """A signal until the console's instant. Raises QueryError, UnknownRange."""
    start, end, step = stretch(shell.console, wanted)
    async with patience():
        found = await board.course(measured.named, start, end, step)
    incidents, versions = await around(shell, binder, start, end)
    return Course(measured, wanted, start, end, step, found.series, incidents, versions, found.warnings)


def stretch(console: Console, wanted: str) -> tuple[Instant, Instant, int]:
    """Start, end and step in ms of a range until the console's instant. Raises UnknownRange."""
    if wanted not in RANGES:
        hint = f"one of {', '.join(RANGES)}"
        raise UnknownRange(f"a chart cannot look back {wanted!r}", where="range", hint=hint)
    back, step = RANGES[wanted]
    end = console.now() // step * step
    return end - back, end, step


async def around(
    shell: Shell, binder: Binder, start: Instant, end: Instant
) -> tuple[list[Event], list[Event]]:
    """The incidents, deploys and maintenance, and the guide versions of a stretch of time, oldest first."""
    versions = [
        Event(entry.at, entry.at, f"v{entry.version}", f"guide version {entry.version} adopted", "/changes")
        for entry in await binder.entries(shell.console)
        if isinstance(entry, VersionEntry) and start <= entry.at <= end
    ]
    return shell.events(start, end), versions[::-1]


def levels(named: NamedSignal) -> list[Level]:
    """The lines that the guide draws across a chart of this signal; of several limits, each once."""
    found = [level for use in named.uses if (level := level_of(use)) is not None]
    return list({(one.value, one.kind): one for one in found}.values())


def limit_texts(named: NamedSignal) -> tuple[str, ...]:
    """What the guide holds a signal to, each number once for targets and once for alerts."""
    found = {
        (use.role, use.bound.number): _limit_text(use)
        for use in reversed(named.uses)
        if use.bound is not None
    }
    return tuple(reversed([text for text in found.values() if text]))


def _limit_text(use: Use) -> str:
    """What a line holds its signal to, in words; empty where it gives no number."""
    level = level_of(use)
    if level is not None:
        return level.text
    return f"limit {use.bound.text} over {use.weighed}" if use.bound is not None else ""


def level_of(use: Use) -> Level | None:
    """The line that a promise draws across a chart, with the side on which it is broken."""
    bound = use.bound
    if bound is None or use.weighed:
        return None
    over = bound.op in (">", ">=") if use.role == "alert" else bound.op in ("<", "<=")
    return Level(bound.number, f"{use.role} {bound.text}", use.role, "above" if over else "below")


def plain(
    named: NamedSignal, series: Sequence[Series], span: tuple[Instant, Instant, int], when: str
) -> Picture:
    """A signal with the lines that the guide draws across it; `span` is start, end and step in ms, `when` in words."""
    start, end, step_ms = span
    name = named.name.replace("_", " ")
    limits = sorted(levels(named), key=lambda level: level.kind != "limit")
    return Picture(
        title=f"{name}, {when}",
        about="; ".join([*(level.text for level in limits), f"{len(series)} series"]),
        start=start,
        end=end,
        lines=[Line(label(one.labels) or name, one.times, one.values) for one in series[:LINES_AT_MOST]],
        levels=limits,
        gap_ms=step_ms * 3 // 2,
        unit=named.unit,
        say=partial(written, unit=named.unit),
    )


def picture(one: Course) -> Picture:
    """The chart of a signal with what happened meanwhile, for the page, for a file, for a post-mortem."""
    span = (one.start, one.end, one.step_ms)
    drawn = plain(one.measured.named, one.series, span, f"the last {one.range}")
    incidents = sum(event.kind == "incident" for event in one.incidents)
    return replace(
        drawn,
        about=f"{drawn.about}; {incidents} incidents",
        bands=[Band(event.start, event.end, f"{event.name}: {event.text}") for event in one.incidents],
        ticks=[Tick(event.start, event.text) for event in one.versions],
    )


def course_status(one: Course) -> CourseStatus:
    """The same for the API and for the chart in the browser."""
    named = one.measured.named
    times = course_times(one.start, one.end, one.step_ms)
    _, highest = picture(one).span()
    single = len(one.series) == 1
    return CourseStatus(
        signal=named.name,
        expression=named.signal.expression,
        start=rfc3339(one.start),
        end=rfc3339(one.end),
        step_seconds=step_seconds(one.step_ms),
        unit=named.unit,
        display=display_of(named.unit, highest),
        lines=tuple(
            line_status(series, named.name if single else label(series.labels) or named.name, times)
            for series in one.series
        ),
        levels=tuple(LevelStatus(level.value, level.text, level.kind, level.bad) for level in levels(named)),
        incidents=tuple(_event(event) for event in one.incidents),
        versions=tuple(_event(event) for event in one.versions),
    )


def _event(event: Event) -> EventStatus:
    end = rfc3339_or_none(event.end)
    return EventStatus(rfc3339(event.start), end, event.name, event.text, event.href)


SHEET = Frame(440, 170, 58, 8, 20, 26, axes=True)
"""The chart of one promise in its sheet."""


def last_hour(named: NamedSignal, trend: Trend, use: Use) -> Picture:
    """The last hour of a signal against what one promise holds it to."""
    level = level_of(use)
    low, high = (written(pick(trend.values), named.unit) for pick in (min, max))
    said = f"{named.name.replace('_', ' ')} in the last hour: {low} to {high}"
    return Picture(
        title=said + (f", {level.text}" if level is not None else ""),
        start=trend.start,
        end=trend.end,
        lines=[Line(named.name, trend.times, trend.values)],
        levels=[level] if level is not None else [],
        gap_ms=TREND_STEP_MS * 3 // 2,
        unit=named.unit,
        say=partial(written, unit=named.unit),
    )


class Sparks:
    """Sparklines by promise, drawn once for each point that was added."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._drawn: dict[str, tuple[object, Markup]] = {}

    def all(self, _console: Console) -> Mapping[str, Markup]:
        trends = self._board.trends()
        drawn = {promise: self._one(promise, *found) for promise, found in trends.items()}
        self._drawn = {promise: self._drawn[promise] for promise in drawn}
        return drawn

    def chart(self, _console: Console, promise: str) -> Markup | None:
        """The last hour of one promise with its limit, large enough to read; None where nothing is measured."""
        found = self._board.trends().get(promise)
        if found is None:
            return None
        use, named, trend = found
        return draw(last_hour(named, trend, use), SHEET)

    def _one(self, promise: str, use: Use, named: NamedSignal, trend: Trend) -> Markup:
        key = (trend.end, len(trend.times), trend.times[-1], use.bound, named.signal.expression)
        before = self._drawn.get(promise)
        if before is None or before[0] != key:
            before = self._drawn[promise] = (key, draw(last_hour(named, trend, use), SPARK))
        return before[1]


def touches(recorded: Recorded) -> Iterable[str]:
    data = recorded.fact.data
    if isinstance(data, AlertPending | AlertCleared | AlertFiring | AlertResolved):
        yield promise_event(data.alert)


def finds(console: Console, board: Board) -> Iterable[Found]:
    """Signals, for the search."""
    state: State = console.state("monitoring")
    for named in board.named(state):
        name = named.name
        yield Found(
            "page", name.replace("_", " "), f"/signals/{Shell.segment(name)}", about="signal", words=name
        )
