"""From a line to those that state the same fact, or that it cannot be true together with; from a severity to its
definition, and back to its uses.
"""

import re
from collections.abc import Iterable

from lsprotocol.types import DocumentHighlight, DocumentHighlightKind, Location, Position

from ..guide.promise import Promise
from ..guide.values import Severity
from ..kernel.promise import Span
from .look import Look, holds


def definition(look: Look, uri: str, position: Position) -> list[Location]:
    """Of a severity that is named here, its definition; else the other lines involved."""
    line, column = look.text.at(position)
    severity = severity_at(look, line, column)
    if severity is not None and not holds(severity.span, line):
        return _locations(look, uri, [severity.span])
    return _locations(look, uri, _others(look, line))


def references(look: Look, uri: str, position: Position) -> list[Location]:
    """Of a severity every promise about it; of any other line those that it is involved with, itself included."""
    line, column = look.text.at(position)
    severity = severity_at(look, line, column)
    if severity is not None:
        return _locations(look, uri, _uses(look, severity))
    others = _others(look, line)
    return _locations(look, uri, sorted({Span(line, line), *others})) if others else []


def highlights(look: Look, position: Position) -> list[DocumentHighlight]:
    line, column = look.text.at(position)
    severity = severity_at(look, line, column)
    others = _uses(look, severity) if severity is not None else _others(look, line)
    spans = sorted({Span(line, line), *others}) if others else []
    return [DocumentHighlight(look.text.span(span), DocumentHighlightKind.Text) for span in spans]


def severity_at(look: Look, line: int, column: int) -> Promise | None:
    """The definition of the severity whose code or name stands at a place."""
    text = look.text.line(line).casefold()
    for promise in look.severities.values():
        for name in _names(promise):
            for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
                if found.start() <= column <= found.end():
                    return promise
    return None


def _names(promise: Promise) -> Iterable[str]:
    values = promise.values
    if isinstance(values, Severity):
        yield values.severity.casefold()
        if values.label:
            yield values.label.casefold()


def _uses(look: Look, severity: Promise) -> list[Span]:
    name = getattr(severity.values, "severity", None)
    about = (p for p in look.promises if getattr(p.values, "severity", None) == name)
    return sorted({span for promise in about for span in (promise.span, *promise.also)})


def _others(look: Look, line: int) -> list[Span]:
    """Lines that say the same fact again, and lines of the same findings."""
    same = [span for promise in look.promises_at(line) for span in (promise.span, *promise.also)]
    against = [span for finding in look.findings_at(line) for span in finding.spans]
    return sorted({span for span in (*same, *against) if not holds(span, line)})


def _locations(look: Look, uri: str, spans: Iterable[Span]) -> list[Location]:
    return [Location(uri, look.text.span(span)) for span in spans]
