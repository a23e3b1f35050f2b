"""A typeset document: fixed HTML with places where marks are set. Made once for each adopted text."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence, Set
from typing import Literal, TypeAlias, TypeGuard, TypeVar

import msgspec
from msgspec import Struct

from ...kernel.promise import Span


class Place(Struct, frozen=True):
    """Where marks of promises go. `name` tells places apart that stand on one line (stages of a pipeline)."""

    key: str
    span: Span
    kind: Literal["text", "row", "code", "stage"]
    name: str = ""


class Shown(Struct, frozen=True):
    """Inside a start tag: what a filter takes away when nothing that it wants stands on these lines."""

    span: Span
    dim: bool = False


Piece: TypeAlias = str | Place | Shown
PieceT = TypeVar("PieceT", bound=Piece)


class Heading(Struct, frozen=True):
    """A heading as the contents list it. `span` reaches to the next heading of its level or above."""

    level: int
    text: str
    anchor: str
    span: Span


class Page(Struct, frozen=True):
    """The typeset text. `title` is the HTML of a level 1 heading that opens the document: the header shows it."""

    title: str
    pieces: tuple[Piece, ...]
    headings: tuple[Heading, ...]
    places: tuple[Place, ...]
    whole: tuple[str | Place, ...] = ()
    """The pieces for a page without a filter: as few as can be, since they are joined at every request."""

    def place_of(self, line: int, name: str = "") -> Place | None:
        """The innermost place that holds a line (named so, where one is), else the nearest before it."""
        holding = [place for place in self.places if place.span.line <= line <= place.span.end_line]
        named = [place for place in holding if name and place.name == name]
        if named or holding:
            return max(named or holding, key=lambda place: (place.span.line, -place.span.end_line))
        before = [place for place in self.places if place.span.line <= line]
        return max(before, key=lambda place: place.span.line) if before else next(iter(self.places), None)

    def inside(self, span: Span) -> list[Place]:
        """The places that start within a span, its first line left out."""
        return [place for place in self.places if span.line < place.span.line <= span.end_line]

    def only(self, keys: Set[str]) -> "Page":
        """The same page for marks at these places only."""
        whole = joined(one for one in self.pieces if isinstance(one, str) or _is_at(one, keys))
        return msgspec.structs.replace(self, whole=tuple(whole))

    def html(self, mark: Callable[[Place], str], wanted: Iterable[int] | None = None) -> str:
        """The page with its marks. With `wanted` lines the rest is hidden; in code, dimmed."""
        if wanted is None:
            return "".join(
                one if isinstance(one, str) else mark(one)
                for one in self.whole or self.pieces
                if not isinstance(one, Shown)
            )
        lines = sorted(wanted)
        return "".join(_set(piece, mark, lines) for piece in self.pieces)


def _is_at(piece: Piece, keys: Set[str]) -> TypeGuard[Place]:
    return isinstance(piece, Place) and piece.key in keys


def joined(pieces: Iterable[PieceT]) -> list[PieceT | str]:
    """Neighbouring strings as one."""
    found: list[PieceT | str] = []
    for piece in pieces:
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def _set(piece: Piece, mark: Callable[[Place], str], wanted: Sequence[int]) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Place):
        return mark(piece)
    at = bisect_left(wanted, piece.span.line)
    if at < len(wanted) and wanted[at] <= piece.span.end_line:
        return ""
    return " data-dim" if piece.dim else " hidden"
