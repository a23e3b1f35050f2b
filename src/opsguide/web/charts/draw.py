"""A picture as SVG. Marks carry classes, never styles: the console's policy allows no style in a page."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape
from msgspec import Struct

from ...kernel.clock import Instant
from . import scale
from .picture import Band, Picture, Point, Tick, beyond, runs


class Frame(Struct, frozen=True):
    """The paper: its size in px, the margins around the drawing, and whether it has axes and words."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    axes: bool


SPARK = Frame(120, 24, 1, 4, 3, 3, axes=False)
"""A sparkline in a line of text: the line, its limit, its last point."""

PLATE = Frame(960, 320, 64, 12, 24, 28, axes=True)
"""A chart on a page, in a post-mortem, or as a file."""

LABEL_PX = 13
CHARACTER_PX = 7
LINE_LOOKS = 6
WIDEST_TIME_LABEL_PX = 84


class _Paper:
    """Turns instants and values into places on the paper."""

    def __init__(self, picture: Picture, frame: Frame) -> None:
        self.picture, self.frame = picture, frame
        low, high = picture.span()
        self.marks = scale.values(low, high, picture.unit)
        self.low, self.high = (self.marks[0], self.marks[-1]) if frame.axes else (low, high)
        self.right, self.bottom = frame.width - frame.right, frame.height - frame.bottom
        self._wide = (self.right - frame.left) / max(1, picture.end - picture.start)
        self._tall = (self.bottom - frame.top) / (self.high - self.low)

    def x(self, at: float) -> float:
        return self.frame.left + (at - self.picture.start) * self._wide

    def y(self, value: float) -> float:
        return self.bottom - (value - self.low) * self._tall

    def path(self, points: Sequence[Point]) -> str:
        """One piece of a line; a single point becomes a short stroke, so that it can be seen."""
        places = [f"{_short(self.x(at))} {_short(self.y(value))}" for at, value in points]
        return f"M{places[0]}" + (f"L{'L'.join(places[1:])}" if len(places) > 1 else "h.1")


def draw(picture: Picture, frame: Frame = PLATE) -> Markup:
    """The picture as one `<svg>` element: described for a screen reader, in the colours of the page around it.

    Gaps stay gaps. What is beyond a level that has a bad side is drawn once more, as `beyond`.
    """
    paper = _Paper(picture, frame)
    kind = "chart" if frame.axes else "spark"
    parts = [
        f'<svg class="{kind}" viewBox="0 0 {frame.width} {frame.height}" width="{frame.width}" '
        f'height="{frame.height}" role="img"><title>{escape(picture.title)}</title>',
        f"<desc>{escape(picture.about)}</desc>" if picture.about else "",
        *(_bands(paper) if frame.axes else ()),
        *(_axes(paper) if frame.axes else ()),
        *_levels(paper),
        *_lines(paper),
        *(_ticks(paper) if frame.axes else ()),
        "</svg>",
    ]
    return Markup("".join(parts))


def _axes(paper: _Paper) -> Iterator[str]:
    frame, picture = paper.frame, paper.picture
    for value in paper.marks:
        y = _short(paper.y(value))
        kind = "zero" if value == 0 else "grid"
        yield f'<path class="{kind}" d="M{frame.left} {y}H{paper.right}"/>'
        yield _text(frame.left - 8, paper.y(value) + 4, picture.say(value), "end")
    most = max(1, (paper.right - frame.left) // WIDEST_TIME_LABEL_PX)
    instants = scale.instants(picture.start, picture.end, most)
    step = instants[1] - instants[0] if len(instants) > 1 else 60_000
    for at in instants:
        x = paper.x(at)
        yield f'<path class="grid" d="M{_short(x)} {paper.bottom}v4"/>'
        yield _text(x, paper.bottom + 18, scale.said(at, step), "middle")


def _levels(paper: _Paper) -> Iterator[str]:
    """Each level across, its words above its right end; where two would cover each other, the lower one's below."""
    frame = paper.frame
    levels = sorted(paper.picture.levels, key=lambda level: level.value)
    for level in levels:
        across = f"M{frame.left} {_short(paper.y(level.value))}H{paper.right}"
        yield f'<path class="level {level.kind}" d="{across}"/>'
    if not frame.axes:
        return
    above: float | None = None
    for level in reversed(levels):
        y = paper.y(level.value)
        crowded = above is not None and y - above < LABEL_PX + 4
        above = y + LABEL_PX if crowded or y - LABEL_PX < 0 else y - 5
        yield _text(paper.right - 2, above, level.text, "end", f"of {level.kind}")


def _lines(paper: _Paper) -> Iterator[str]:
    picture = paper.picture
    for number, line in enumerate(picture.lines):
        pieces = list(runs(line, picture.gap_ms))
        if not pieces:
            continue
        d = "".join(paper.path(piece) for piece in pieces)
        name = f"<title>{escape(line.name)}</title>" if paper.frame.axes and line.name else ""
        end = f">{name}</path>" if name else "/>"
        yield f'<path class="line n{number % LINE_LOOKS}" d="{d}"{end}'
        yield from _beyond(paper, pieces)
    if not paper.frame.axes:
        yield from _last(paper)


def _beyond(paper: _Paper, pieces: Sequence[Sequence[Point]]) -> Iterator[str]:
    level = next((one for one in paper.picture.levels if one.bad is not None), None)
    if level is not None:
        out = "".join(paper.path(part) for piece in pieces for part in beyond(piece, level))
        if out:
            yield f'<path class="line beyond" d="{out}"/>'


def _last(paper: _Paper) -> Iterator[str]:
    """The newest point of a sparkline, if it is as new as the picture."""
    for line in paper.picture.lines[:1]:
        pieces = list(runs(line, paper.picture.gap_ms))
        if pieces and paper.picture.end - pieces[-1][-1][0] <= max(paper.picture.gap_ms, 1):
            at, value = pieces[-1][-1]
            out = any(level.bad is not None and level.beyond(value) > 0 for level in paper.picture.levels)
            kind = "last beyond" if out else "last"
            yield f'<circle class="{kind}" cx="{_short(paper.x(at))}" cy="{_short(paper.y(value))}" r="1.8"/>'


def _bands(paper: _Paper) -> Iterator[str]:
    free = -1.0
    for band in sorted(paper.picture.bands, key=lambda one: one.start):
        start, end = _inside(paper.picture, band)
        if end < start:
            continue
        x, width = paper.x(start), max(2.0, paper.x(end) - paper.x(start))
        shape = (
            f'<rect class="band" x="{_short(x)}" y="{paper.frame.top}" width="{_short(width)}" '
            f'height="{paper.bottom - paper.frame.top}"><title>{escape(band.text)}</title></rect>'
        )
        label = band.text.partition(":")[0]
        words = ""
        if x > free and x + len(label) * CHARACTER_PX < paper.right:
            words = _text(x, paper.frame.top - 8, label, "start", "of band")
            free = x + len(label) * CHARACTER_PX
        yield shape + words


def _inside(picture: Picture, band: Band) -> tuple[Instant, Instant]:
    end = band.end if band.end is not None else picture.end
    return max(band.start, picture.start), min(end, picture.end)


def _ticks(paper: _Paper) -> Iterator[str]:
    for tick in paper.picture.ticks:
        if paper.picture.start <= tick.at <= paper.picture.end:
            yield _tick(paper, tick)


def _tick(paper: _Paper, tick: Tick) -> str:
    x = _short(paper.x(tick.at))
    return (
        f'<g class="tick"><title>{escape(tick.text)}</title><path d="M{x} {paper.frame.top}V{paper.bottom}"/>'
        f'<path class="foot" d="M{x} {paper.bottom}l-4 6h8z"/></g>'
    )


def _text(x: float, y: float, said: str, anchor: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{_short(x)}" y="{_short(y)}" text-anchor="{anchor}">{escape(said)}</text>'


def _short(number: float) -> str:
    """At most one decimal: a tenth of a pixel cannot be seen, and pages carry hundreds of these."""
    text = f"{number:.1f}"
    return text[:-2] if text.endswith(".0") else text
