"""A document as the editor shows it: its lines, and places in the units that the client counts in.

The reader counts signs of lines composed to NFC, from 1. A client counts UTF-16 units (or UTF-8, UTF-32: what it asked
for) of lines as they were typed, from 0.
"""

import re
import unicodedata
from collections.abc import Iterator

from lsprotocol.types import Position, Range
from pygls.workspace import PositionCodec

from ..guide.diagnostics import Mark, stretches
from ..kernel.promise import Span

# What the protocol calls an end of line; str.splitlines knows more of them, and would count other lines.
_LINE_END = re.compile(r"\r\n|\r|\n")


class Text:
    """Lines are counted from 1, as the reader does; columns are offsets into a line from 0."""

    def __init__(self, source: str, codec: PositionCodec) -> None:
        self.source = source
        self.lines = _LINE_END.split(source)
        self.codec = codec

    def line(self, number: int) -> str:
        """Empty where there is none: a result may be older than the text."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def place(self, line: int, column: int) -> Position:
        """Where an offset into a line stands for the client."""
        return Position(line - 1, self.codec.client_num_units(self.line(line)[:column]))

    def at(self, position: Position) -> tuple[int, int]:
        """Line and offset of a client's place; what lies behind a line's end is its end."""
        line = self.line(position.line + 1)
        # The codec moves a place that lies too far to before the last sign: let that be the line's end.
        inside = Position(0, position.character)
        return position.line + 1, self.codec.position_from_client_units([f"{line}\n"], inside).character

    def stretch(self, line: int, start: int, end: int) -> Range:
        return Range(self.place(line, start), self.place(line, end))

    def span(self, span: Span) -> Range:
        """Whole lines, from their first sign to the last one's end."""
        first, last = self.line(span.line), self.line(span.end_line)
        start = len(first) - len(first.lstrip())
        return Range(self.place(span.line, start), self.place(span.end_line, len(last.rstrip())))

    def mark(self, mark: Mark) -> Range:
        """The first stretch that a message underlines; its first line where it underlines nothing."""
        for number in range(mark.span.line, min(mark.span.end_line, len(self.lines)) + 1):
            line = self.line(number)
            for start, end in stretches(unicodedata.normalize("NFC", line), mark):
                return self.stretch(number, typed(line, start), typed(line, end))
        return self.span(Span(mark.span.line, mark.span.line))


def typed(line: str, column: int) -> int:
    """The offset into a line as it was typed, of one into the line composed to NFC."""
    if line.isascii() or unicodedata.is_normalized("NFC", line):
        return column
    at = composed = 0
    for cluster in _clusters(line):
        if composed >= column:
            break
        at += len(cluster)
        composed += len(unicodedata.normalize("NFC", cluster))
    return at


def _clusters(line: str) -> Iterator[str]:
    """Signs with all that may be composed with them: accents behind a letter, the parts of a Hangul syllable."""
    cluster = ""
    for sign in line:
        joins = unicodedata.combining(sign) or "\u1160" <= sign <= "\u11ff"
        if cluster and not joins:
            yield cluster
            cluster = ""
        cluster += sign
    yield cluster
