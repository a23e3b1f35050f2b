"""What monitoring adds to the console: facts in words, the live pieces they touch, and the course of each signal."""

from collections.abc import Iterable, Mapping
from functools import partial

from markupsafe import Markup

from ..kernel.facts import Recorded
from ..web.charts import SPARK, Frame, Level, Line, Picture, draw
from ..web.console import Console
from ..web.live import promise_event
from ..web.pages import Pages
from .amounts import written
from .board import TREND_STEP_MS, Board, Trend
from .catalogue import NamedSignal, Use
from .facts import AlertCleared, AlertFiring, AlertPending, AlertResolved
from .timeline import WORDS


def _touches(recorded: Recorded) -> Iterable[str]:
    data = recorded.fact.data
    if isinstance(data, AlertPending | AlertCleared | AlertFiring | AlertResolved):
        yield promise_event(data.alert)


def level_of(use: Use) -> Level | None:
    """The line that a promise draws across a chart, with the side on which it is broken."""
    bound = use.bound
    if bound is None or use.weighed:
        return None
    over = bound.op in (">", ">=") if use.role == "alert" else bound.op in ("<", "<=")
    words = "alert" if use.role == "alert" else "limit"
    return Level(bound.number, f"{words} {bound.text}", use.role, "above" if over else "below")


SHEET = Frame(440, 170, 58, 8, 20, 26, axes=True)
"""The chart of one promise in its sheet."""


def picture(named: NamedSignal, trend: Trend, use: Use) -> Picture:
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
        return draw(picture(named, trend, use), SHEET)

    def _one(self, promise: str, use: Use, named: NamedSignal, trend: Trend) -> Markup:
        key = (trend.end, len(trend.times), trend.times[-1], use.bound, named.signal.expression)
        before = self._drawn.get(promise)
        if before is None or before[0] != key:
            before = self._drawn[promise] = (key, draw(picture(named, trend, use), SPARK))
        return before[1]


def pages(board: Board) -> Pages:
    """This chapter's part of the console. `board` knows the signals."""
    sparks = Sparks(board)
    return Pages(name="monitoring", touches=_touches, words=WORDS, trends=sparks.all, chart=sparks.chart)
