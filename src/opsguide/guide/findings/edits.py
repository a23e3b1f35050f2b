"""Proposed edits: made from the lines of a guide, and applied to its text."""

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

from ...kernel.promise import Span
from ..promise import Edit
from ..values import Amount
from .amounts import limit, number
from .guide import Guide

_NEVER = r"(?!)"
_LINE_END = re.compile(r"(\r\n|\r|\n)")


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits made; lines and line ends beside them stay as they are.

    Raises ValueError where two edits touch the same line: one of them has to be chosen, or the guide read again.
    """
    parts = _LINE_END.split(text)
    lines, ends = parts[::2], [*parts[1::2], ""]
    ordered = sorted(set(edits), key=lambda edit: edit.span)
    for one, other in pairwise(ordered):
        if other.span.line <= one.span.end_line:
            raise ValueError(f"two edits touch line {other.span.line}")
    for edit in reversed(ordered):
        first, last = edit.span.line - 1, edit.span.end_line
        new = edit.text.split("\n") if edit.text else []
        lines[first:last] = new
        # The last line has none of its own: then the one before says how this file ends its lines.
        inner = ends[first] or (ends[first - 1] if first else "") or "\n"
        ends[first:last] = [*[inner] * (len(new) - 1), ends[last - 1]] if new else []
    return "".join(line + end for line, end in zip(lines, ends, strict=True))


def swap(guide: Guide, line: int, old: str, new: str) -> tuple[Edit, ...]:
    """One line with what `old` (a pattern) finds in it replaced; none where it is not there exactly once."""
    return _changed(guide, line, old, lambda _: new)


def swap_within(guide: Guide, span: Span, old: str, new: str) -> tuple[Edit, ...]:
    """As `swap`, on that one line of the span that has it."""
    found = [edit for line in range(span.line, span.end_line + 1) for edit in swap(guide, line, old, new)]
    return tuple(found) if len(found) == 1 else ()


def insert_after(guide: Guide, line: int, old: str, more: str) -> tuple[Edit, ...]:
    """One line with `more` behind what the pattern finds in it."""
    return _changed(guide, line, old, lambda match: match[0] + more)


def append(guide: Guide, line: int, more: str) -> tuple[Edit, ...]:
    """A line of text with `more` at its end; none for a row of a table or a line of a fenced block."""
    if not 0 < line <= len(guide.lines) or line in guide.fenced or "|" in guide.lines[line - 1]:
        return ()
    # Behind another sentence, or another promise, it would say something of that one.
    both = (guide.reading.statements, guide.promises)
    if any(sum(one.span.line <= line <= one.span.end_line for one in those) > 1 for those in both):
        return ()
    before = guide.lines[line - 1].rstrip()
    stop = before[-1:] if before.endswith((".", ";")) else ""
    return (Edit(Span(line, line), before.removesuffix(stop) + more + stop.replace(";", "")),)


def _changed(guide: Guide, line: int, old: str, new: Callable[[re.Match[str]], str]) -> tuple[Edit, ...]:
    if not 0 < line <= len(guide.lines):
        return ()
    before = guide.lines[line - 1]
    if len(re.findall(old, before)) != 1:
        return ()
    return (Edit(Span(line, line), re.sub(old, new, before)),)


def pattern(amount: Amount) -> str:
    """Finds the amount as a guide writes it: `99.9 %`, `99,9%`, `500ms`, `0.5 s`; as bare number in data too."""
    found = limit(amount)
    if found is None:
        return _NEVER
    if found.unit == "ratio":
        return rf"{_digits(found.value * 100)}\s?%"
    if found.unit == "seconds" and found.value < 60:
        return rf"(?:{_digits(found.value * 1000)}(?:\s?ms)?|{_digits(found.value)}\s?s)(?![\w])"
    return rf"{_digits(found.value)}(?!\w)" if found.unit == "count" else _NEVER


def _digits(value: float) -> str:
    whole, _, part = number(value).partition(".")
    return rf"(?<![\w.,]){whole}" + (rf"[.,]{part}0*" if part else r"(?:[.,]0+)?(?![\d.,]\d)")
