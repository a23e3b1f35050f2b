"""Signals as the API gives them. These are a public contract (docs/reference/api.md)."""

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from ..kernel.clock import Instant, rfc3339_or_none, seconds_between
from ..kernel.ports import Series
from .amounts import Unit, written
from .board import Measured
from .catalogue import Role, Use
from .signals import Origin

SignalState: TypeAlias = Literal[
    "measured", "no_data", "query_error", "stale", "undefined", "partial", "no_traffic"
]


class UseStatus(Struct, frozen=True):
    """A promise that stands on a signal. `limit` is written with its unit, `number` in the signal's base unit."""

    promise: str
    line: int
    text: str
    role: Role
    limit: str
    number: float | None


class SignalStatus(Struct, frozen=True):
    """A signal that the guide names, measured now.

    `origin` says where its definition comes from: bound under `[signals]` (`source` is the key), or built in
    (`source` is the metric by which the instrumentation `instrument` was recognised; `others` are present too and not
    used; `note` is what a reader of the values should know). `state` is measured, no_data (nothing
    answers the expression), query_error, stale (its source cannot be reached), undefined (nobody said what it
    is), partial (a part of its source is away: a value within its limit proves nothing) or no_traffic (too little of
    it to judge); `problem` says why. `silent_since` is since when it has no value that proves something, null while it
    has one or there is no traffic, and `alarmed` whether somebody was told. `value` is in the base unit (seconds,
    ratio, count, bytes), `said` as people read it.
    """

    name: str
    scope: str
    unit: Unit
    expression: str | None
    origin: Origin
    source: str
    state: SignalState
    problem: str
    value: float | None
    said: str
    at: str | None
    uses: tuple[UseStatus, ...]
    silent_since: str | None
    alarmed: bool
    instrument: str = ""
    others: tuple[str, ...] = ()
    note: str = ""


class LineStatus(Struct, frozen=True):
    """One series: a value for `start`, `start` + step …; null where there is none."""

    name: str
    labels: dict[str, str]
    values: tuple[float | None, ...]


class LevelStatus(Struct, frozen=True):
    """A limit or an alert level across a chart; `bad` is the side on which it is broken."""

    value: float
    text: str
    kind: Role
    bad: Literal["above", "below"] | None


class EventStatus(Struct, frozen=True):
    """A time that was special: an incident, or (`end` is `start`) a guide version. `end` is null while it lasts."""

    start: str
    end: str | None
    name: str
    text: str
    href: str


class Display(Struct, frozen=True):
    """How values are best shown: times `factor`, with `suffix` behind."""

    factor: float
    suffix: str


class CourseStatus(Struct, frozen=True):
    """A signal over a stretch of time, with its limits and what happened meanwhile.

    Stretches of more than 6 hours show what was recorded of it, the worst of each step.
    """

    signal: str
    expression: str | None
    start: str
    end: str
    step_seconds: float
    unit: Unit
    display: Display
    lines: tuple[LineStatus, ...]
    levels: tuple[LevelStatus, ...]
    incidents: tuple[EventStatus, ...]
    versions: tuple[EventStatus, ...]


def state_of(measured: Measured) -> SignalState:
    return measured.why or "measured"


def signal_status(measured: Measured) -> SignalStatus:
    """What the API says of a signal."""
    named, value = measured.named, measured.value
    return SignalStatus(
        name=named.name,
        scope=named.scope,
        unit=named.unit,
        expression=named.signal.expression,
        origin=named.signal.origin,
        source=named.signal.source,
        state=state_of(measured),
        problem=measured.problem,
        value=value,
        said="" if value is None else written(value, named.unit),
        at=rfc3339_or_none(measured.at),
        uses=tuple(_use(use) for use in named.uses),
        silent_since=rfc3339_or_none(measured.silent_since),
        alarmed=measured.alarmed,
        instrument=named.signal.name,
        others=named.signal.others,
        note=named.signal.note,
    )


def _use(use: Use) -> UseStatus:
    bound = use.bound
    return UseStatus(
        promise=use.promise.id,
        line=use.promise.span.line,
        text=use.promise.text,
        role=use.role,
        limit=bound.text if bound is not None else "",
        number=bound.number if bound is not None else None,
    )


def display_of(unit: Unit, largest: float) -> Display:
    """The unit in which a chart whose largest value is this reads best."""
    if unit == "ratio":
        return Display(100.0, " %")
    if unit == "seconds":
        if largest < 1:
            return Display(1000.0, " ms")
        return Display(1.0, " s") if largest < 180 else Display(1 / 60, " min")
    if unit == "bytes":
        for factor, suffix in ((1e-12, " TB"), (1e-9, " GB"), (1e-6, " MB"), (1e-3, " kB")):
            if largest * factor >= 1:
                return Display(factor, suffix)
        return Display(1.0, " B")
    return Display(1.0, "")


def label(labels: dict[str, str]) -> str:
    """A series by its labels, as PromQL writes them; the metric's name is left out."""
    named = sorted((name, value) for name, value in labels.items() if name != "__name__")
    return ", ".join(f"{name}={value}" for name, value in named)


def line_status(series: Series, name: str, times: Sequence[Instant]) -> LineStatus:
    """The series with a value for each of `times`."""
    found = dict(zip(series.times, series.values, strict=True))
    values = tuple(found[at] if at in found and math.isfinite(found[at]) else None for at in times)
    return LineStatus(name, series.labels, values)


def course_times(start: Instant, end: Instant, step_ms: int) -> range:
    return range(start, end + 1, step_ms)


def step_seconds(step_ms: int) -> float:
    return seconds_between(0, step_ms)
