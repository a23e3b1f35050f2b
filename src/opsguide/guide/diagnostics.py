"""Messages as a good compiler writes them: place, the source line, a caret span, what to write instead.

Diagnostics, findings and gaps become one kind of `Note`; `Sheet` draws notes over one source text.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TextIO, TypeAlias

from msgspec import Struct

from ..kernel.promise import Span
from .promise import Diagnostic, Finding, Gap

Level: TypeAlias = Literal["error", "warning", "note"]

MAX_WIDTH = 150
"""Columns of a source line that are shown; a longer one is cut around its caret."""

SECRET_CODES = frozenset({"literal-secret", "bad-reference", "bad-secret-url"})
"""Codes whose span may hold a secret: it is never printed, since reports end in logs."""

_SHADES = {"error": "1;31", "warning": "1;33", "note": "1;36", "bold": "1", "quiet": "2", "help": "32"}
_TAB = "    "


class Mark(Struct, frozen=True):
    """A stretch to show: columns are 1-based, `end_column` exclusive; equal columns mean the whole line."""

    span: Span
    column: int = 1
    end_column: int = 1


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
    return Note(
        level="note" if finding.kind == "advice" else "warning",
        code=finding.rule,
        message=finding.message,
        marks=tuple(Mark(span) for span in finding.spans) or (Mark(Span(1, 1)),),
        hint=finding.proposal,
    )


def of_gap(gap: Gap) -> Note:
    return Note(
        level="warning",
        code="gap",
        message=f"this sounds like an obligation and is not understood: {gap.why}",
        marks=(Mark(gap.span),),
        hint="say it with a number and a unit, or as plain prose if nothing is promised",
    )


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
        yield f"{paint('bold', place)}: {kind}: {paint('bold', printable(note.message))}"
        gutter = max(len(str(mark.span.line)) for mark in note.marks)
        for mark in note.marks:
            yield from self._source(mark, note, gutter)
        if note.hint:
            hint = printable(note.hint).replace("\n", "\n" + " " * (gutter + 5))
            yield f"{' ' * gutter} {paint('quiet', '=')} {paint('help', 'help:')} {hint}"

    def _column(self, mark: Mark) -> int:
        whole = mark.column == mark.end_column == 1 and 0 < mark.span.line <= len(self._lines)
        return _columns(self._lines[mark.span.line - 1], mark)[0] + 1 if whole else mark.column

    def _source(self, mark: Mark, note: Note, gutter: int) -> Iterator[str]:
        if not 0 < mark.span.line <= len(self._lines):
            return
        line = self._lines[mark.span.line - 1]
        start, end = _columns(line, mark)
        if note.code in SECRET_CODES:
            line, end = line[:start] + "•••" + line[end:], start + 3
        before, marked, after = _cut(_shown(line[:start]), _shown(line[start:end]), _shown(line[end:]))
        rule = self._paint("quiet", "|")
        number = self._paint("quiet", str(mark.span.line).rjust(gutter))
        yield f"{number} {rule} {before}{marked}{after}".rstrip()
        carets = self._paint(note.level, "^" * max(1, _width(marked)))
        yield f"{' ' * gutter} {rule} {' ' * _width(before)}{carets}"


def printable(text: str) -> str:
    """Without control characters: a guide must not be able to steer the terminal it is shown on."""
    return "".join(
        sign if sign == "\n" or sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text
    )


def _shown(text: str) -> str:
    return printable(text.replace("\t", _TAB)).replace("\n", " ")


def _columns(line: str, mark: Mark) -> tuple[int, int]:
    """Offsets into the line, end exclusive; the whole of it, without its margins, where no columns are given."""
    if mark.end_column > mark.column:
        start = min(mark.column - 1, len(line))
        return start, min(mark.end_column - 1, max(start, len(line)))
    if mark.column > 1:
        start = min(mark.column - 1, len(line))
        return start, min(start + 1, len(line))
    text = line.strip()
    start = line.find(text)
    return start, start + len(text)


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
