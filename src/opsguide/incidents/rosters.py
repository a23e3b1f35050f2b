"""A team's rotation as the page On call draws it: whose block is where, in which colour, with which words. Pure.

Nobody is told apart by colour alone: a block carries a name, or initials where it is narrow, and people beyond the
eighth a pattern. A person looks alike in all rotations.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from ..guide.bindings import Bindings
from ..kernel.calendar import ClockChange, local, zone
from ..kernel.clock import Instant
from ..kernel.duration import spoken
from .rotation import Shift
from .weeks import Bar, Week, initials

HUES = 8
PATTERNS = 4
DESK, PHONE = 760, 270
"""So many pixels a week has at least on a desk and on a phone: decides which words fit into a block."""

LETTER = 7.4
MARGIN = 12.0

NEAR_SHOWN = 14
MOST_SHOWN = 200
"""So many coming shifts are listed at once, and behind a click."""


class Face(Struct, frozen=True):
    """How a person looks: `hue` and `pattern` are numbers of the style sheet."""

    person: str
    name: str
    initials: str
    hue: int
    pattern: int


class Block(Struct, frozen=True):
    """A part of a shift in a week. `face` is None for a hole; `desk` and `phone` are the words that fit there."""

    left: float
    width: float
    shift: Shift
    face: Face | None
    desk: str
    phone: str

    @property
    def is_override(self) -> bool:
        return self.shift.is_override


class Row(Struct, frozen=True):
    """A week as it is drawn; `today` is None in all others."""

    week: Week
    blocks: tuple[Block, ...]
    today: date | None


class Changed(Struct, frozen=True):
    """Clocks are changed, in words: `go forward 1 h, from 03:00 to 04:00`."""

    at: Instant
    zone: str
    said: str


class Clocks(Struct, frozen=True):
    """By whose wall clock a page tells: `rotation` (each by its own), `mine` or `utc`."""

    which: str
    mine: ZoneInfo

    def of(self, rotations: ZoneInfo) -> ZoneInfo:
        return {"mine": self.mine, "utc": zone("UTC")}.get(self.which, rotations)


def clocks(which: str, bindings: Bindings, person: str) -> Clocks:
    """A person's own zone, else that of the bindings. Whatever is no known choice is the rotation's."""
    known = bindings.people.get(person)
    own = known.zone if known is not None else None
    return Clocks(which if which in ("mine", "utc") else "rotation", zone(own or bindings.zone))


def faces(bindings: Bindings, names: Mapping[str, str]) -> dict[str, Face]:
    """By the order of the bindings, so that who is added last changes nobody else's."""
    people = list(bindings.people)
    letters = initials([names.get(one, one) for one in people])
    return {
        person: Face(
            person, names.get(person, person), letters[place], place % HUES, place // HUES % PATTERNS
        )
        for place, person in enumerate(people)
    }


def rows(shown: Sequence[Week], known: Mapping[str, Face], at: Instant, where: ZoneInfo) -> Iterator[Row]:
    today = local(at, where).date()
    for week in shown:
        blocks = tuple(_block(bar, known) for bar in week.bars)
        yield Row(week, blocks, today if week.now is not None else None)


def _block(bar: Bar, known: Mapping[str, Face]) -> Block:
    person = bar.shift.person
    face = None if person is None else known.get(person, Face(person, person, person[:2], 0, 0))
    mark = "⇄ " if bar.shift.is_override else ""
    words = ("Nobody", "!") if face is None else (f"{mark}{face.name}", face.initials)
    desk, phone = (_fitting(words, bar.width * pixels) for pixels in (DESK, PHONE))
    return Block(bar.left, bar.width, bar.shift, face, desk, phone)


def _fitting(words: Iterable[str], pixels: float) -> str:
    """The first of the words that fits; "" where none does."""
    return next((word for word in words if len(word) * LETTER + MARGIN <= pixels), "")


def present(found: Iterable[Row]) -> list[Face]:
    """Who has a block in them, by name."""
    seen = {block.face.person: block.face for row in found for block in row.blocks if block.face is not None}
    return sorted(seen.values(), key=lambda face: face.name.casefold())


def changed(found: Iterable[Row]) -> list[Changed]:
    """The changes of clocks in these weeks, in words."""
    return [_changed(mark.change) for row in found for mark in row.week.marks]


def _changed(change: ClockChange) -> Changed:
    where = zone(change.zone)
    jump, then = local(change.at - 1, where) + timedelta(milliseconds=1), local(change.at, where)
    way = "forward" if change.seconds > 0 else "back"
    said = f"go {way} {spoken(abs(change.seconds))}, from {jump:%H:%M} to {then:%H:%M}"
    return Changed(change.at, change.zone, said)
