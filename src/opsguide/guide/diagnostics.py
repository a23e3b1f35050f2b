"""Messages as a good compiler writes them: place, the source line, a caret span, what to write instead.

Diagnostics, findings and gaps become one kind of `Note`; `Sheet` draws notes over one source text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TextIO, TypeAlias

from msgspec import Struct

from ..kernel.errors import OpsguideError
from ..kernel.promise import Span
from .promise import Diagnostic, Finding, Gap

Level: TypeAlias = Literal["error", "warning", "note"]

MAX_WIDTH = 150
"""Columns of a source line that are shown; a longer one is cut around its caret."""

MAX_LINES = 4
"""Lines of a longer span that are shown."""

SECRET_CODES = frozenset({"literal-secret", "bad-reference", "bad-secret-url"})
"""Codes whose span may hold a secret: it is never printed, since reports end in logs."""

_SHADES = {"error": "1;31", "warning": "1;33", "note": "1;36", "bold": "1", "quiet": "2", "help": "32"}
_TAB = "    "


class Mark(Struct, frozen=True):
    """Lines to show. Columns are 1-based, `end_column` exclusive; where they are equal, `words` are underlined, and
    without any of those the whole first line.
    """

    span: Span
    column: int = 1
    end_column: int = 1
    words: tuple[str, ...] = ()


class Note(Struct, frozen=True, kw_only=True):
    """One message. The first mark is where it is about (there always is one), the others are involved."""

    level: Level
    code: str
    message: str
    marks: tuple[Mark, ...]
    hint: str = ""


def of_diagnostic(diagnostic: Diagnostic) -> Note:
    mark = Mark(Span(diagnostic.line, diagnostic.line), diagnostic.column, diagnostic.end_column)
    return Note(
        level=diagnostic.level,
        code=diagnostic.code,
        message=diagnostic.message,
        marks=(mark,),
        hint=diagnostic.hint,
    )


def of_finding(finding: Finding) -> Note:
    """What the message quotes is underlined where the lines have it."""
    words = tuple(re.findall(r"`([^`]+)`", finding.message))
    return Note(
        level="note" if finding.kind == "advice" else "warning",
        code=finding.rule,
        message=finding.message,
        marks=tuple(Mark(span, words=words) for span in finding.spans) or (Mark(Span(1, 1)),),
        hint=finding.proposal,
    )


def of_gap(gap: Gap) -> Note:
    return Note(
        level="warning",
        code="gap",
        message=f"this sounds like an obligation, but is unclear: {gap.why}",
        marks=(Mark(gap.span),),
        hint="say it with a number and a unit, or as plain prose if nothing is promised",
    )


def told_error(error: OpsguideError, paint: "Paint") -> str:
    """An error that ends a command, or skips one of several inputs: what, where, and what to do next."""
    return f"{paint('error', 'error:')} {error}"


class Paint:
    """Colours for a terminal; plain text for everything else."""

    def __init__(self, on: bool) -> None:
        self._on = on

    @classmethod
    def for_stream(cls, stream: TextIO, environ: Mapping[str, str]) -> "Paint":
        """Only on a terminal that can, and never where NO_COLOR is set (https://no-color.org)."""
        wanted = not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        return cls(wanted and stream.isatty())

    def __call__(self, shade: str, text: str) -> str:
        return f"\033[{_SHADES[shade]}m{text}\033[0m" if self._on and text else text


class Sheet:
    """The lines of a source by its name, over which notes are drawn."""

    def __init__(self, name: str, lines: Sequence[str], paint: Paint) -> None:
        self._name = printable(name)
        self._lines = lines
        self._paint = paint

    def draw(self, notes: Iterable[Note]) -> Iterator[str]:
        """Lines to print, a blank one after each note."""
        for note in notes:
            yield from self._note(note)
            yield ""

    def _note(self, note: Note) -> Iterator[str]:
        paint, first = self._paint, note.marks[0]
        place = f"{self._name}:{first.span.line}:{self._column(first)}"
        kind = paint(note.level, f"{note.level}[{note.code}]")
        # One line, whatever it quotes: a line of the guide's own must not begin one of ours.
        message = printable(note.message).replace("\n", " ")
        yield f"{paint('bold', place)}: {kind}: {paint('bold', message)}"
        gutter = len(str(max(_last(mark.span) for mark in note.marks)))
        for mark in note.marks:
            yield from self._source(mark, note, gutter)
        if note.hint:
            hint = printable(note.hint).replace("\n", "\n" + " " * (gutter + 5))
            yield f"{' ' * gutter} {paint('quiet', '=')} {paint('help', 'help:')} {hint}"

    def _column(self, mark: Mark) -> int:
        if mark.end_column > 1 or not 0 < mark.span.line <= len(self._lines):
            return mark.column
        line = self._lines[mark.span.line - 1]
        return len(line) - len(line.lstrip()) + 1

    def _source(self, mark: Mark, note: Note, gutter: int) -> Iterator[str]:
        first = max(1, mark.span.line)
        lines = self._lines[first - 1 : _last(mark.span)]
        if not lines:
            return
        marks = [stretches(line, mark) for line in lines]
        if not any(marks):
            marks[0] = [_whole(lines[0])]
        for number, line, marked in zip(range(first, first + len(lines)), lines, marks, strict=True):
            yield from self._line(number, line, marked, note, gutter)

    def _line(
        self, number: int, line: str, marked: list[tuple[int, int]], note: Note, gutter: int
    ) -> Iterator[str]:
        rule = self._paint("quiet", "|")
        shown, carets = _drawn(line, marked, secret=note.code in SECRET_CODES)
        yield f"{self._paint('quiet', str(number).rjust(gutter))} {rule} {shown}".rstrip()
        if carets:
            yield f"{' ' * gutter} {rule} {self._paint(note.level, carets)}"


def printable(text: str) -> str:
    """Without control characters: a guide must not be able to steer the terminal it is shown on."""
    return "".join(
        sign if sign == "\n" or sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text
    )


def _shown(text: str) -> str:
    return printable(text.replace("\t", _TAB)).replace("\n", " ")


def _last(span: Span) -> int:
    return min(span.end_line, span.line + MAX_LINES - 1)


def stretches(line: str, mark: Mark) -> list[tuple[int, int]]:
    """Offsets into the line of what is to be underlined, ends exclusive, in their order."""
    if mark.column > 1 or mark.end_column > mark.column:
        start = min(mark.column - 1, len(line))
        return [(start, max(start, min(max(mark.end_column - 1, mark.column), len(line))))]
    words = "|".join(re.escape(word) for word in sorted(mark.words, key=len, reverse=True))
    found = re.finditer(rf"(?<![\w-])(?:{words})(?![\w-])", line, re.IGNORECASE) if words else ()
    return [match.span() for match in found]


def _whole(line: str) -> tuple[int, int]:
    """The line without its margins."""
    text = line.strip()
    start = line.find(text)
    return start, start + len(text)


def _drawn(line: str, marked: list[tuple[int, int]], *, secret: bool) -> tuple[str, str]:
    """The line as it is shown, and the carets below it."""
    if not marked:
        return _cut("", "", _shown(line))[2], ""
    start, end = marked[0]
    if secret:
        line, end = line[:start] + "•••" + line[end:], start + 3
    if len(marked) > 1 and len(_shown(line)) <= MAX_WIDTH:
        carets, at = "", 0
        for start, end in marked:
            carets += " " * _width(_shown(line[at:start])) + "^" * _width(_shown(line[start:end]))
            at = end
        return _shown(line), carets
    before, stretch, after = _cut(_shown(line[:start]), _shown(line[start:end]), _shown(line[end:]))
    return before + stretch + after, " " * _width(before) + "^" * max(1, _width(stretch))


def _cut(before: str, marked: str, after: str) -> tuple[str, str, str]:
    """Kept within MAX_WIDTH characters, the marked part first."""
    if len(before) + len(marked) + len(after) <= MAX_WIDTH:
        return before, marked, after
    if len(marked) > MAX_WIDTH * 2 // 3:
        marked, after = marked[: MAX_WIDTH * 2 // 3] + "…", ""
    room = (MAX_WIDTH - len(marked)) // 2
    if len(before) > room:
        before = "…" + before[len(before) - room :]
    if len(after) > room:
        after = after[:room] + "…"
    return before, marked, after


def _width(text: str) -> int:
    """Columns on a terminal: wide characters take two, combining ones none."""
    return sum(_sign_width(sign) for sign in text)


def _sign_width(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
