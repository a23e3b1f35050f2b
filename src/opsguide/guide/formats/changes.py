"""A comparison of two guides, as text and as JSON."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from ..change import KINDS, Change, Comparison, Detail
from ..diagnostics import Paint, printable
from ..promise import Promise

UNSAID = "nothing said"
_SHADES = {"dropped": "error", "loosened": "error", "changed": "warning", "moved": "quiet"}


class Compared(Struct, frozen=True):
    """What was found between two guides, by their names."""

    old: str
    new: str
    found: Comparison


def text(compared: Compared, paint: Paint) -> Iterator[str]:
    """One line a change that names its place, its old and new words below it, and a last line that says it all."""
    for change in compared.found.changes:
        yield from _change(compared, change, paint)
        yield ""
    for gap in compared.found.unclear:
        place = f"{printable(compared.new)}:{gap.span.line}"
        yield f"{paint('bold', place)}: {paint('warning', 'unclear')}: {printable(gap.why)}"
        yield from _words("+ ", gap.text)
        yield ""
    yield verdict(compared.found)


def verdict(found: Comparison) -> str:
    """`1 dropped, 2 loosened; 80 promises mean what they meant`."""
    counts = [f"{len(found.of(kind))} {kind}" for kind in KINDS if found.of(kind)]
    if found.unclear:
        counts.append(f"{len(found.unclear)} unclear")
    kept = (
        "1 promise means what it meant" if found.kept == 1 else f"{found.kept} promises mean what they meant"
    )
    return f"{', '.join(counts) or 'no change in meaning'}; {kept}"


def _change(compared: Compared, change: Change, paint: Paint) -> Iterator[str]:
    kind = paint(_SHADES.get(change.kind, "help"), change.kind)
    name = paint("bold", printable(change.promise.id))
    said = [printable(part) for part in details(change)]
    yield f"{paint('bold', place(compared, change))}: {kind}: {name}{': ' if said else ''}{'; '.join(said)}"
    before, after = change.before, change.after
    if before is not None and after is not None and before.text == after.text:
        yield from _words("  ", after.text)
        return
    for sign, shade, promise in (("- ", "error", before), ("+ ", "help", after)):
        if promise is not None:
            yield from (paint(shade, line) for line in _words(sign, promise.text))


def place(compared: Compared, change: Change) -> str:
    """Where to look: in the new guide, or where the old one had it."""
    name = compared.old if change.after is None else compared.new
    return f"{printable(name)}:{change.promise.span.line}"


def details(change: Change) -> list[str]:
    """`time: 2 hours → 4 hours`; which way a part went where it is not the way of the whole."""
    if change.kind == "moved":
        return [_moved(change)]
    whole = {"loosened": "looser", "tightened": "tighter"}.get(change.kind, "other")
    return [
        _detail(detail) + (f" ({detail.weighs})" if detail.weighs != whole else "")
        for detail in change.details
    ]


def _detail(detail: Detail) -> str:
    return f"{detail.what}: {detail.before or UNSAID} → {detail.after or UNSAID}"


def _moved(change: Change) -> str:
    assert change.before is not None
    assert change.after is not None
    lines = f"line {change.before.span} → {change.after.span}"
    before, after = change.before.section, change.after.section
    return lines if before == after else f"{lines}: {before or 'the top'} → {after or 'the top'}"


def _words(sign: str, text: str) -> Iterator[str]:
    yield from (f"  {sign}{line}" for line in printable(text).split("\n"))


def as_json(compared: Compared, _paint: Paint) -> Iterator[str]:
    """The documented object (docs/reference/contract.md), indented."""
    found = compared.found
    made = {
        "old": compared.old,
        "new": compared.new,
        "changes": [_json(change) for change in found.changes],
        "unclear": [{"line": gap.span.line, "text": gap.text, "why": gap.why} for gap in found.unclear],
        "kept": found.kept,
    }
    yield msgspec.json.format(msgspec.json.encode(made), indent=2).decode()


def _json(change: Change) -> dict[str, Any]:
    return {
        "change": change.kind,
        "id": change.promise.id,
        "keeper": change.promise.keeper,
        "details": [msgspec.to_builtins(detail) for detail in change.details],
        "before": _side(change.before),
        "after": _side(change.after),
    }


def _side(promise: Promise | None) -> dict[str, Any] | None:
    if promise is None:
        return None
    return {
        "id": promise.id,
        "section": promise.section,
        "line": promise.span.line,
        "end_line": promise.span.end_line,
        "text": promise.text,
        "values": msgspec.to_builtins(promise.values),
    }
