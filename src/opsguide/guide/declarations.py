"""Which severities does this guide define? Looked for before anything else is read."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from .lexicon import fold
from .scene import Column, Item, Scene
from .severities import NAMES, WEAK_PREFIXES, Named, SeverityBook, parse_named

_NOT_INCIDENTS = (
    "patching",
    "detection",
    "access",
    "capacity",
    "approvals",
    "releases",
    "cost",
    "objectives",
)


class Declaration(Struct, frozen=True):
    """A statement that defines a severity, or at least names it in the place where definitions stand."""

    item: Item
    named: Named
    column: Column | None = None


def declare(scenes: Sequence[Scene], book: SeverityBook) -> None:
    """Fills the book: first those with a code, then names that stand alone."""
    found = [d for scene in scenes for d in declarations(scene)]
    for declaration in found:
        if declaration.named.code:
            book.add(declaration.named, declared=True)
    coded = bool(book.known)
    for declaration in found:
        # In a guide with codes a name alone is the label of one of them, or something else.
        if not declaration.named.code and not coded:
            book.add(declaration.named, declared=True)


def declarations(scene: Scene) -> Iterator[Declaration]:
    """The severities that a scene names as such.

    Rows under a `Severity` column (en_handbook_0210, de_handbook_0120), items of a list under a severity heading
    (the seed, en_axiom), headings (`### SEV-1: Critical`, es_laoz), cells of an impact × urgency matrix
    (de_handbook_0120), keys of data.
    """
    if scene.aside or not scene.items or _is_axis(scene):
        return
    kind = scene.block.kind
    if kind == "table":
        yield from _rows(scene)
    elif kind == "heading":
        named = parse_named(scene.items[0].whole)
        if named and named.code and not _weak(named.code):
            yield Declaration(scene.items[0], named)
    elif scene.about("severities", within=1) and not scene.about(*_NOT_INCIDENTS, within=1):
        yield from _labels(scene, names=True)
    else:
        yield from _labels(scene, names=False)


def _is_axis(scene: Scene) -> bool:
    """Is it a scale of impact or urgency? From these a matrix makes severities (de_handbook_0120)."""
    header = scene.items[0].key_header
    return header.has("axis") or any(p.has("axis") and not p.has("topic", "severities") for p in scene.outer[:1])


def _labels(scene: Scene, *, names: bool) -> Iterator[Declaration]:
    """Labels of items: any code counts, a name alone only where severities are defined."""
    if scene.block.kind in ("paragraph", "chart"):
        return
    for item in scene.items:
        named = parse_named(item.label) if item.label.text else parse_named(item.whole)
        if named is None or (named.code is None and not names):
            continue
        if not item.label.text and (named.rest or (named.label and named.term is None)):
            # `P1 incident not resolved after 1 hour` speaks of a severity and defines none.
            continue
        if named.code and _weak(named.code) and not names:
            continue
        if named.code and not named.label:
            named = _with_label(named, item)
        yield Declaration(item, named)
    if scene.block.kind == "data" and scene.labels:
        named = parse_named(scene.labels[0])
        if named is not None and scene.about("severities", within=2) and len(scene.labels) > 1:
            yield Declaration(scene.items[0], named)


def _with_label(named: Named, item: Item) -> Named:
    """`SEV1 – Critical – site down`: the name may stand first in the body."""
    first = item.body.text.partition(" – ")[0].partition(" - ")[0].partition(" — ")[0].strip()
    if first == item.body.text.strip():
        return named
    head = parse_named(item.scene.analyst.phrase(first))
    if head is None or head.code is not None:
        return named
    return Named(named.code, head.label, head.term, named.rest, named.digit)


def _weak(code: str) -> bool:
    return fold(code).rstrip("0123456789 -–_") in {fold(prefix) for prefix in WEAK_PREFIXES}


def _rows(scene: Scene) -> Iterator[Declaration]:
    across = list(_columns(scene))
    if across:
        yield from across
        return
    header = scene.items[0].key_header
    strong = header.has("column", "severity") or header.has("topic", "severities")
    weak_header = fold(header.text) in ("level", "class", "category", "grade", "urgency")
    incidents = (
        scene.about("severities", "incidents", "oncall", "objectives", "escalation") or scene.topic is None
    )
    for item in scene.items:
        named = parse_named(item.label)
        if named is not None and strong:
            if named.code is None and (
                scene.about("patching", "access", "capacity", "approvals", within=1)
                or (weak_header and not scene.about("severities", "incidents"))
                or item.under("risk") is not None
            ):
                continue
            if named.code and _weak(named.code) and not incidents:
                continue
            yield Declaration(item, _with_column_label(named, item))
        elif named is not None and named.code and not _weak(named.code):
            yield Declaration(item, _with_column_label(named, item))
        else:
            yield from _matrix(item)


def _columns(scene: Scene) -> Iterator[Declaration]:
    """`| | SEV1 | SEV2 |` or `| | Critical | High |` above rows of clocks: the severities are the columns."""
    first = scene.items[0]
    named = [(column, parse_named(column.header)) for column in first.values]
    found = [(column, n) for column, n in named if n is not None and (n.code or n.term in NAMES)]
    if len(found) < 2 or len(found) < len(named) - 1 or first.key_header.has("axis"):
        return
    if not any(item.label.of("moment") for item in scene.items) and not scene.about("severities", within=1):
        return
    meaning = next((item for item in scene.items if item.label.has("column", "definition")), None)
    for column, n in found:
        cell = meaning.columns[column.place] if meaning is not None else column
        yield Declaration(meaning or first, n, cell)


def _with_column_label(named: Named, item: Item) -> Named:
    """`| P1 | Critical | … |`: the name in its own column."""
    if named.label or named.code is None:
        return named
    for column in item.values[:2]:
        said = parse_named(column.text)
        if said is not None and said.code is None and said.label and not column.header.has("column", "risk"):
            return Named(named.code, column.text.text, said.term, named.rest, named.digit)
        if (
            column.header.has("column", "label")
            and 0 < len(column.text.text.split()) <= 4
            and not column.text.blanked
        ):
            return Named(named.code, column.text.text, None, named.rest, named.digit)
    return named


def _matrix(item: Item) -> Iterator[Declaration]:
    """`| Impact: high | P1 - Critical | P2 - High |`: each cell is a severity with its code and name."""
    for column in item.values:
        named = parse_named(column.text)
        if named is not None and named.code and named.label and not named.rest and named.term in NAMES:
            yield Declaration(item, named, column)
