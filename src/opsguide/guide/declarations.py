"""Which severities does this guide define? Looked for before anything else is read."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from .claims import hours_in
from .lexicon import fold
from .scene import Column, Item, Scene, Shared
from .severities import NAMES, WEAK_PREFIXES, Named, listed_codes, parse_named, severity_number, weak_codes

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


_IN_PROSE = re.compile(r"\b(?:P|SEV|Sev)-?[0-5]\b")


class Declaration(Struct, frozen=True):
    """A statement that defines a severity, or at least names it in the place where definitions stand."""

    item: Item
    named: Named
    column: Column | None = None
    above: bool = False
    """Does the label above the list name it, and the list say what it is?"""
    listed: bool = False
    """Is it one of several that a sentence names, each with its meaning in brackets?"""


def declare(scenes: Sequence[Scene], shared: Shared) -> None:
    """Fills the book: first those with a code, then names that stand alone, then names that prose gives."""
    book = shared.book
    found = [d for scene in scenes for d in declarations(scene)]
    for declaration in found:
        if declaration.named.code:
            book.add(declaration.named, declared=True)
    coded = bool(book.known)
    for declaration in found:
        # In a guide with codes a name alone is the label of one of them, or something else.
        if not declaration.named.code and not coded:
            book.add(declaration.named, declared=True)
    if not book.known:
        # `Critical: reply within 2 hours`, `High: …`, `Low: …`: a list of deadlines names them all.
        for named in (n for scene in scenes for n in _timed(scene)):
            book.add(named, declared=False)
    if not book.known:
        for named in (n for scene in scenes for n in _spoken(scene)):
            book.add(named, declared=False)
    for scene in scenes:
        _note_hours(scene, shared)


def declarations(scene: Scene) -> Iterator[Declaration]:
    """The severities that a scene names as such.

    Rows under a `Severity` column (en_handbook_0210, de_handbook_0120), items of a list under a severity heading
    (the seed, en_axiom), headings (`### SEV-1: Critical`, es_laoz), cells of an impact × urgency matrix
    (de_handbook_0120), keys of data, bold beginnings of paragraphs.
    """
    if scene.aside or not scene.items or _is_axis(scene):
        return
    kind = scene.block.kind
    if kind in ("list", "ordered") and len(scene.block.labels) == 1:
        named = parse_named(scene.labels[0])
        if named and named.code and named.label and not _weak(named.code):
            yield Declaration(scene.items[0], named, above=True)
    if kind == "table":
        yield from _rows(scene)
    elif kind == "heading":
        named = parse_named(scene.items[0].whole)
        if named and named.code and not _weak(named.code):
            yield Declaration(scene.items[0], named)
    elif kind == "paragraph":
        yield from _begun(scene)
    elif scene.about("severities", within=1) and not scene.about(*_NOT_INCIDENTS, within=1):
        yield from _labels(scene, names=True)
    else:
        yield from _series(scene) or _labels(scene, names=False)


def _begun(scene: Scene) -> Iterator[Declaration]:
    """`**S1 – Emergency.** Nobody can book. …`, or with a label; a weak code (`level 1`) under a severity heading."""
    about = scene.about("severities", within=0)
    for item in scene.items:
        codes = listed_codes(item.whole.text)
        if codes and (about or len(codes) > 2) and not item.whole.measures:
            yield from _listed(item)
            continue
        named = parse_named(item.label) if item.label.text else parse_named(item.whole)
        plain = named is not None and (
            item.label.text or (not named.rest and (named.term or not named.label))
        )
        if named is not None and named.code and plain:
            if not _weak(named.code) or about or any(_two_clocks(i) for i in scene.items):
                yield Declaration(item, named if named.label else _with_label(named, item))
        elif named is not None and about and item.label.text and named.term in NAMES:
            yield Declaration(item, named)
        elif about:
            for found in weak_codes(item.whole.text):
                yield Declaration(item, Named(found, None, None, item.whole.text, severity_number(found)))


def _two_clocks(item: Item) -> bool:
    """`Level 1: reply in 10 minutes, fixed in 2 hours`: what has several deadlines is no support line."""
    clocks = {"acknowledge", "respond", "resolve", "update"}
    return len(clocks & set(item.body.names("moment"))) > 1 and len(item.body.measures) > 1


def _series(scene: Scene) -> list[Declaration]:
    """`Live-down (L1)`, `Limping (L2)`, `Annoying (L3)`: codes of one prefix that count up are severities where
    incidents are spoken of, whatever the prefix."""
    if scene.about("escalation", within=0) or scene.block.kind not in ("list", "ordered"):
        return []
    names = _scale(scene)
    if names:
        return names
    named = [(item, parse_named(item.label, any_code=True)) for item in scene.items if item.label.text]
    if not scene.about("incidents", "oncall", "severities", "escalation") or _is_ladder(scene):
        return []
    coded = [(item, n) for item, n in named if n is not None and n.code]
    prefixes = {n.code.rstrip("0123456789") for _, n in coded if n.code}
    digits = [n.digit or 0 for _, n in coded]
    if (
        len(coded) < 3
        or len(coded) < len(scene.items) - 1
        or len(prefixes) != 1
        or digits != sorted(set(digits))
    ):
        return []
    return [Declaration(item, n) for item, n in coded]


def _listed(item: Item) -> Iterator[Declaration]:
    for code, inside in listed_codes(item.whole.text):
        term = next(
            (h.name for h in item.scene.analyst.phrase(inside).of("severity") if h.name in NAMES), None
        )
        name = inside if term is not None and len(inside.split()) <= 2 else None
        rest = "" if name else inside
        yield Declaration(
            item, Named(code, name, term if name else None, rest, severity_number(code)), listed=True
        )


def _timed(scene: Scene) -> list[Named]:
    """A list in which three points or more say how fast something of a named severity happens."""
    named = [
        (i, parse_named(i.label))
        for i in scene.items
        if i.label.text and i.body.of("moment") and i.body.measures
    ]
    found = {n.term: n for _, n in named if n is not None and n.code is None and n.term in NAMES}
    return list(found.values()) if len(found) > 2 else []


def _is_ladder(scene: Scene) -> bool:
    """`Level 1: service desk`, `Level 2: developers`: people stand behind the codes, not what happened."""
    people = sum(bool(item.body.of("role")) and not item.body.measures for item in scene.items)
    return people > len(scene.items) / 2


def _scale(scene: Scene) -> list[Declaration]:
    """A list of which every point begins with a name of severity, three of them or more, is the scale itself."""
    if scene.about(*_NOT_INCIDENTS, within=1) or scene.about("recovery", "backups", within=1):
        return []
    named = [(item, parse_named(item.label)) for item in scene.items if item.label.text]
    found = [(item, n) for item, n in named if n is not None and n.code is None and n.term in NAMES]
    if len(found) < 3 or len(found) < len(scene.items) or len({n.term for _, n in found}) < len(found):
        return []
    if any(m.unit == "seconds" for item, _ in found for m in item.body.measures):
        return []
    return [Declaration(item, n) for item, n in found]


def _spoken(scene: Scene) -> Iterator[Named]:
    """`incidents of high priority`, `prioritate ridicată`: a name beside the word for severity, in prose."""
    if scene.aside or not scene.about("incidents", "severities"):
        return
    for item in scene.items:
        phrase = item.whole
        for code in _IN_PROSE.finditer(phrase.text) if phrase.of("moment") else ():
            # `We acknowledge a P1 within 5 minutes` where no list or heading says what a P1 is.
            named = parse_named(scene.analyst.phrase(code[0]))
            if named is not None:
                yield named
        nouns = [h for h in phrase.of("topic") if h.name in ("severities", "incidents")]
        for hit in phrase.of("severity"):
            if hit.name not in NAMES:
                continue
            near = any(0 <= hit.start - n.end <= 2 or 0 <= n.start - hit.end <= 2 for n in nouns)
            if near:
                yield Named(None, phrase.text[hit.start : hit.end], hit.name, "")


def _note_hours(scene: Scene, shared: Shared) -> None:
    """`P3 and P4 count in office hours, Mon-Fri 8-17`: a sentence that says when the clocks of a severity run."""
    if scene.aside or scene.block.kind in ("heading", "chart", "table", "data"):
        return
    for item in scene.items:
        phrase = item.whole
        mentions = scene.mentions(phrase)
        if not mentions or phrase.measures or phrase.of("route"):
            continue
        for start, end in _sentences(phrase.text):
            part = scene.analyst.phrase(phrase.text[start:end].strip())
            keys = [k for m in scene.mentions(part) for k in m.keys]
            hours = hours_in(part)
            if hours is not None and keys and not part.quantities.schedules[1:] and not part.of("negation"):
                for key in keys:
                    shared.hours.setdefault(key, (hours, item))


def _sentences(text: str) -> list[tuple[int, int]]:
    ends = [m.end() for m in re.finditer(r"[.;]\s+", text)]
    return list(zip([0, *ends], [*ends, len(text)], strict=True))


def _is_axis(scene: Scene) -> bool:
    """Is it a scale of impact or urgency? From these a matrix makes severities (de_handbook_0120)."""
    header = scene.items[0].key_header
    return header.has("axis") or any(
        p.has("axis") and not p.has("topic", "severities") for p in scene.outer[:1]
    )


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
        if not names and named.term is None and _only_remarks(item, named):
            # `Uptime alert (S1):` is of that severity.
            continue
        if named.code and not named.label:
            named = _with_label(named, item)
        yield Declaration(item, named)
    if scene.block.kind == "data" and scene.labels:
        named = parse_named(scene.labels[0])
        if named is not None and scene.about("severities", within=2) and len(scene.labels) > 1:
            yield Declaration(scene.items[0], named)


def _only_remarks(item: Item, named: Named) -> bool:
    text = (item.label if item.label.text else item.whole).text
    return bool(named.label and named.code) and text.rstrip(" :").endswith(f"({named.code})")


def _with_label(named: Named, item: Item) -> Named:
    """`SEV1 – Critical – site down`: the name may stand first in the body."""
    first = re.split(r"\s[–—-]\s|\.\s", item.body.text, maxsplit=1)[0].strip()
    if first == item.body.text.strip():
        return named
    head = parse_named(item.scene.analyst.phrase(first))
    if head is None or head.code is not None:
        return named
    return Named(named.code, head.label, head.term, named.rest, named.digit)


def _weak(code: str) -> bool:
    return re.sub(r"[\s\-–_]*[\da-e]$", "", fold(code)) in {fold(prefix) for prefix in WEAK_PREFIXES}


def _rows(scene: Scene) -> Iterator[Declaration]:
    across = list(_columns(scene))
    if across:
        yield from across
        return
    header = scene.items[0].key_header
    any_code = _one_prefix(scene)
    strong = header.has("column", "severity") or header.has("topic", "severities")
    weak_header = fold(header.text) in ("level", "class", "category", "grade", "urgency")
    incidents = (
        scene.about("severities", "incidents", "oncall", "objectives", "escalation") or scene.topic is None
    )
    for item in scene.items:
        if "cvss" in item.whole.text.casefold():
            # How bad a flaw is, and no incident.
            continue
        named = parse_named(item.label, any_code=any_code)
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
        elif named is not None and named.code and not _weak(named.code) and not named.code.isdigit():
            yield Declaration(item, _with_column_label(named, item))
        else:
            yield from _matrix(item)


def _one_prefix(scene: Scene) -> bool:
    """Do all rows begin with a code of the same prefix (G1, G2, G3)? Then it is the guide's own."""
    if scene.about("escalation", within=1):
        # `L1`, `L2` are the rungs of the ladder.
        return False
    codes = [
        n.code for item in scene.items if (n := parse_named(item.label, any_code=True)) is not None and n.code
    ]
    return len(codes) > 1 and len({code.rstrip("0123456789") for code in codes}) == 1


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
