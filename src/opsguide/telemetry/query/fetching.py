"""One query on its way: the samples that its selectors fetched, what they cost, and the notes taken."""

import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from msgspec import Struct

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import QueryError
from opsguide.kernel.matching import Matcher
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.points import Points

from .syntax import Node, Query, Selector


class Source(Protocol):
    """Where samples come from."""

    def select(self, matchers: tuple[Matcher, ...], start: Instant, end: Instant) -> list[Points]: ...


def _never() -> bool:
    return False


class TimedOut(QueryError):
    """A query took too long, or was given up."""


class Options(Struct, frozen=True):
    """`lookback_ms`: how old a sample may be to stand for now. `subquery_step_ms`: the step of `[5m:]`.

    `max_samples`, `max_steps` and `seconds` bound what one query may cost; `stopped` says that nobody waits any more.
    """

    lookback_ms: int = 5 * 60 * 1000
    subquery_step_ms: int = 60 * 1000
    max_samples: int = 20_000_000
    max_steps: int = 11_000
    seconds: float = 60.0
    stopped: Callable[[], bool] = _never


DEFAULTS = Options()


class Track(NamedTuple):
    """A fetched series. `live_*` leave the stale markers out."""

    labels: Labels
    times: list[Instant]
    values: list[float]
    stale: list[bool]
    live_times: list[Instant]
    live_values: list[float]


def _track(points: Points) -> Track:
    times, values, stale = points.times.tolist(), points.values.tolist(), points.stale.tolist()
    if not points.stale.any():
        return Track(points.labels, times, values, stale, times, values)
    live = ~points.stale
    return Track(
        points.labels, times, values, stale, points.times[live].tolist(), points.values[live].tolist()
    )


class Fetched(NamedTuple):
    """What a selector brought for low <= time <= high."""

    low: Instant
    high: Instant
    tracks: list[Track]


class Run:
    """One query on its way: what it fetched, counted and noted."""

    def __init__(
        self,
        query: Query,
        source: Source,
        options: Options,
        start: Instant,
        end: Instant,
        *,
        in_range: bool = False,
    ) -> None:
        self.query = query
        self.options = options
        self.start = start
        self.end = end
        self.in_range = in_range
        # Dicts and not sets: notes are shown in the order in which they were taken.
        self.warnings: dict[str, None] = {}
        self.infos: dict[str, None] = {}
        self._source = source
        self._fetched: dict[Selector, Fetched] = {}
        self._samples = 0
        self._until = time.monotonic() + options.seconds

    def count(self, samples: int) -> None:
        self._samples += samples
        self.refuse_over(self._samples)
        if time.monotonic() > self._until:
            hint = "narrow the selectors, shorten the range or take larger steps"
            raise TimedOut(f"the query takes longer than {self.options.seconds:g} s", hint=hint)
        if self.options.stopped():
            raise TimedOut("the query was given up")

    def refuse_over(self, samples: int) -> None:
        if samples > self.options.max_samples:
            hint = "narrow the selectors, shorten the range or take larger steps"
            raise QueryError(f"the query reads more than {self.options.max_samples} samples", hint=hint)

    def tracks(self, selector: Selector, low: Instant, high: Instant, far: Instant) -> list[Track]:
        """The selector's series, with at least the samples of low <= time <= high; `far` is what comes later."""
        fetched = self._fetched.get(selector)
        if fetched is None or low < fetched.low or high > fetched.high:
            high = max(high, far)
            self.count(0)
            points = self._source.select(selector.matchers, low, high)
            self.refuse_over(sum(len(found.times) for found in points))
            fetched = Fetched(low, high, [_track(found) for found in points])
            self._fetched[selector] = fetched
        return fetched.tracks

    def note(self, notes: dict[str, None], kind: str, node: Node, text: str) -> None:
        notes[f"PromQL {kind}: {text} ({self.query.place(node)})"] = None
