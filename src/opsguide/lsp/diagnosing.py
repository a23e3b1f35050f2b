"""What a check found, as the protocol's diagnostics: of the guide and of its bindings."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeAlias

from lsprotocol.types import (
    CodeDescription,
    Diagnostic,
    DiagnosticRelatedInformation,
    DiagnosticSeverity,
    Location,
    Position,
    Range,
)
from pygls.workspace import PositionCodec

from ..guide import pages
from ..guide.diagnostics import Note, of_diagnostic
from ..guide.formats.told import told
from ..guide.promise import Diagnostic as Said
from ..guide.wording import listed
from .look import Look
from .text import Text

SOURCE = "opsguide"
LEVELS = {
    "error": DiagnosticSeverity.Error,
    "warning": DiagnosticSeverity.Warning,
    "note": DiagnosticSeverity.Information,
}
MAX_QUOTED = 100

ByFile: TypeAlias = dict[str, list[Diagnostic]]


def of_look(look: Look, address: Callable[[str], str]) -> ByFile:
    """File → its diagnostics. The guide is under its name; bindings are under their path. `address` gives the URI."""
    if look.checked is None:
        return _troubles(look)
    found: ByFile = {look.checked.name: []}
    bindings = Text(look.checked.bindings_text, look.text.codec)
    for one in told(look.checked.result):
        if one.silenced is None:
            own = one.file == look.checked.name
            made = of_note(one.note, look.text if own else bindings, address(one.file))
            found.setdefault(one.file, []).append(made)
    found[look.checked.name] += _unbound(look)
    for file, those in _troubles(look).items():
        found.setdefault(file, []).extend(those)
    return found


def of_bindings(said: tuple[Said, ...], source: str, uri: str, codec: PositionCodec) -> list[Diagnostic]:
    text = Text(source, codec)
    return [of_note(of_diagnostic(one), text, uri) for one in said]


def of_note(note: Note, text: Text, uri: str) -> Diagnostic:
    """One message; every other line involved is a place to go to."""
    page = pages.path(note.code)
    related = [
        DiagnosticRelatedInformation(Location(uri, text.span(mark.span)), _quoted(text.line(mark.span.line)))
        for mark in note.marks[1:]
    ]
    return Diagnostic(
        range=text.mark(note.marks[0]),
        severity=LEVELS[note.level],
        code=note.code,
        code_description=None if page is None else CodeDescription(page.as_uri()),
        source=SOURCE,
        message=f"{note.message}\n{note.hint}" if note.hint else note.message,
        related_information=related or None,
    )


def _quoted(line: str) -> str:
    shown = line.strip()
    return shown if len(shown) <= MAX_QUOTED else f"{shown[:MAX_QUOTED]}…"


def _unbound(look: Look) -> Iterator[Diagnostic]:
    """Advice at each promise that the bindings beside the guide leave unbound; none where there are no bindings."""
    if look.bindings is None:
        return
    for promise in look.promises:
        missing = look.missing.get(promise.id)
        if missing:
            reasons = "; ".join(dict.fromkeys(one.reason for one in missing))
            keys = listed(dict.fromkeys(one.key for one in missing))
            yield Diagnostic(
                range=look.text.span(promise.span),
                severity=DiagnosticSeverity.Hint,
                code="unbound",
                source=SOURCE,
                message=f"not bound: {reasons}\n{look.bindings.name} lacks {keys}",
            )


def _troubles(look: Look) -> ByFile:
    found: ByFile = {}
    for trouble in look.troubles:
        place = Range(Position(0, 0), Position(0, 0))
        made = Diagnostic(
            range=place, severity=DiagnosticSeverity.Error, source=SOURCE, message=str(trouble.error)
        )
        found.setdefault(trouble.file, []).append(made)
    return found


def summary(found: list[Diagnostic]) -> str:
    """`1 error, 2 warnings`: for the log."""
    names = Counter(one.severity.name.lower() for one in found if one.severity is not None)
    return ", ".join(f"{count} {name}" for name, count in names.items()) or "nothing to say"
