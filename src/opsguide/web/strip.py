"""How a promise stood over time, as a strip: one piece a standing, as wide as it lasted. And the same as a list."""

from collections.abc import Sequence

from markupsafe import Markup, escape
from msgspec import Struct

from ..guide.history import Stint
from ..kernel.clock import Instant
from ..kernel.duration import spoken
from ..kernel.standing import StandingKind
from .marks import WORDS

STRIP_DAYS = 14
WIDTH, HEIGHT = 720, 18
LEAST_PX = 2.0
"""A short break must be seen: no piece that is not kept is narrower."""


class Course(Struct, frozen=True):
    """From `start` to `end`: the strip, how it is said, and the stints, newest first."""

    start: Instant
    end: Instant
    strip: Markup
    said: str
    stints: tuple[Stint, ...]


def course(stints: Sequence[Stint], start: Instant, end: Instant) -> Course:
    """The strip of stints (oldest first) between two instants; what was before the first is left blank."""
    kept = [one for one in stints if one.end > one.start]
    return Course(start, end, _strip(kept, start, end), _said(kept), tuple(reversed(kept)))


def _strip(stints: Sequence[Stint], start: Instant, end: Instant) -> Markup:
    scale = WIDTH / max(1, end - start)
    # What is drawn later lies on top: the shortest and worst pieces are never hidden under their neighbours.
    pieces = sorted(stints, key=lambda one: one.kind in ("broken", "at_risk"))
    drawn = "".join(_piece(one, (one.start - start) * scale, (one.end - one.start) * scale) for one in pieces)
    return Markup(
        f'<svg class="strip" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img">'
        f"<title>{escape(_said(stints))}</title>"
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>{drawn}</svg>'
    )


def _piece(one: Stint, x: float, width: float) -> str:
    # Told apart without colour too: a broken piece is full height, the others leave the top free by how well they are.
    top = {"broken": 0.0, "at_risk": 4.0, "kept": 9.0, "by_hand": 9.0}.get(one.kind, 14.0)
    wide = max(width, LEAST_PX) if one.kind in ("broken", "at_risk") else width
    said = f"{WORDS[one.kind]} for {spoken(one.seconds)}: {one.standing.reason}"
    return (
        f'<rect class="s-{one.kind}" x="{x:.1f}" y="{top:g}" width="{wide:.1f}" height="{HEIGHT - top:g}">'
        f"<title>{escape(said)}</title></rect>"
    )


def _said(stints: Sequence[Stint]) -> str:
    """`kept 13 d 2 h, broken 12 m`: how long it stood how, the longest first."""
    seconds: dict[StandingKind, float] = {}
    for one in stints:
        seconds[one.kind] = seconds.get(one.kind, 0.0) + one.seconds
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    return (
        ", ".join(f"{WORDS[kind]} {spoken(spent)}" for kind, spent in ordered) or "not promised in this time"
    )
