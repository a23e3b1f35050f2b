"""What is shown where the pointer rests: what the line promises, and what is wrong with it."""

import re

from lsprotocol.types import Hover, MarkupContent, MarkupKind, Position

from ..guide.findings import RULES
from ..kernel.promise import Span
from .jumping import severity_at
from .look import Look
from .saying import of_finding, of_promise

_ALLOWED = re.compile(r"opsguide:\s*allow\b.*")
MAX_PARTS = 6
"""Promises and findings of one line that are shown."""


def hover(look: Look, position: Position) -> Hover | None:
    line, column = look.text.at(position)
    rule = _rule_at(look.text.line(line), column)
    parts = [] if rule is None else [rule]
    severity = severity_at(look, line, column)
    promises = list(dict.fromkeys([*([severity] if severity else []), *look.promises_at(line)]))
    parts += [of_promise(promise, look) for promise in promises]
    parts += [of_finding(finding, line) for finding in look.findings_at(line)]
    if not parts:
        return None
    more = [f"and {len(parts) - MAX_PARTS} more"] if len(parts) > MAX_PARTS else []
    text = "\n\n---\n\n".join([*parts[:MAX_PARTS], *more])
    return Hover(MarkupContent(MarkupKind.Markdown, text), look.text.span(Span(line, line)))


def _rule_at(line: str, column: int) -> str | None:
    """What a rule finds whose name stands in a comment that silences it."""
    silence = _ALLOWED.search(line)
    for word in re.finditer(r"[\w-]+", line) if silence else ():
        if word.start() <= column <= word.end() and word[0] in RULES:
            return f"**{word[0]}** ({RULES[word[0]].kind}): {RULES[word[0]].says}"
    return None
