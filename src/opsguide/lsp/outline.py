"""The outline of a guide: its sections, and in each what it promises."""

from lsprotocol.types import DocumentSymbol, SymbolKind

from ..guide.findings.lines import fences, headings
from ..guide.promise import Promise
from ..kernel.promise import Span
from .look import Look
from .saying import in_short

_KINDS = {
    "threshold": SymbolKind.Number,
    "deadline": SymbolKind.Event,
    "duty": SymbolKind.Event,
    "gate": SymbolKind.Boolean,
    "route": SymbolKind.Array,
    "invariant": SymbolKind.Constant,
    "declaration": SymbolKind.EnumMember,
}
MAX_NAME = 80


def symbols(look: Look) -> list[DocumentSymbol]:
    """Nested as the headings are."""
    lines = look.text.lines
    skip = frozenset(n for first, last in fences(lines) for n in range(first, last + 1))
    top: list[DocumentSymbol] = []
    # Depth of each heading above, and what stands under it so far.
    path: list[tuple[int, list[DocumentSymbol]]] = [(0, top)]
    found = headings(lines, skip)
    promises = sorted(look.promises, key=lambda promise: promise.span)
    for place, (line, depth) in enumerate([(0, 0), *found]):
        last = found[place][0] - 1 if place < len(found) else len(lines)
        own = [_promise(look, p) for p in promises if line <= p.span.line <= last]
        if line == 0:
            top += own
            continue
        end = next((n - 1 for n, other in found[place:] if other <= depth), len(lines))
        section = DocumentSymbol(
            name=lines[line - 1].strip("# \t") or "section",
            kind=SymbolKind.Namespace,
            range=look.text.span(Span(line, max(line, end))),
            selection_range=look.text.span(Span(line, line)),
            children=own,
        )
        path = [(other, inside) for other, inside in path if other < depth]
        path[-1][1].append(section)
        path.append((depth, own))
    return top


def _promise(look: Look, promise: Promise) -> DocumentSymbol:
    name = promise.text.split("\n")[0].strip() or promise.id
    return DocumentSymbol(
        name=name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}…",
        detail=in_short(promise),
        kind=_KINDS[promise.control],
        range=look.text.span(promise.span),
        selection_range=look.text.span(promise.span),
    )
