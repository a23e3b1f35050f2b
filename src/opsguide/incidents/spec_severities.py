"""Reads which severities a guide has, and what each means."""

from collections.abc import Iterator

from ..guide.declarations import Declaration, declarations
from ..guide.reader import Draft, Item, Scene
from ..guide.severities import Known
from ..guide.statements import Statement
from ..guide.values import Severity
from .conditions import Condition
from .spec_conditions import conditions_of


def read_severities(scene: Scene) -> Iterator[Draft]:
    """A severity a declaration: `1. **Critical**: System down` (the seed), `- S1 Critical: full outage` (en_axiom),
    a row under `Priority` (en_handbook_0210), a heading `SEV-1: Critical` with its bullets (es_laoz).
    """
    for declaration in declarations(scene):
        item = declaration.item
        book = scene.book
        known = book.known_as(declaration.named)
        if known is None or not known.declared or _says_nothing(declaration) or _is_mention(declaration):
            continue
        if declaration.named.code is None and known.digit is not None and _is_class(declaration):
            continue
        definition, extra = _definition(declaration, known)
        yield Draft(
            keeper="incidents",
            control="declaration",
            name=("severity", known.key),
            values=Severity(
                severity=known.key,
                label=known.label,
                definition=definition,
                order=book.order(known),
                conditions=_conditions(scene, definition, known.label),
            ),
            items=(item,),
            extra=extra,
        )


def _conditions(scene: Scene, definition: str | None, label: str | None) -> tuple[Condition, ...] | None:
    """Of the definition; else of the label: `P1 — Caída total` (es_saas_equipo), `L1 Live-down` (en_studio_oncall)."""
    if definition is not None:
        return conditions_of(scene.analyst.phrase(definition))
    return conditions_of(scene.analyst.phrase(label or "")) or None


def _says_nothing(declaration: Declaration) -> bool:
    """A row whose other cells are placeholders (a form to fill in) declares nothing."""
    values = declaration.item.values
    return declaration.item.row and bool(values) and all(c.text.placeholder or c.text.blanked for c in values)


def _is_class(declaration: Declaration) -> bool:
    """`| Critical | 99.95% |` under `Service class`: a name that is also one of P1 … P4 says nothing of those."""
    return declaration.item.row and not declaration.item.scene.about("severities", "incidents", within=1)


def _is_mention(declaration: Declaration) -> bool:
    """`SEV-1: < 2 h` far from any definition only speaks of a severity."""
    item = declaration.item
    if declaration.named.label or declaration.listed or item.row or item.scene.block.kind == "heading":
        return False
    return not item.scene.about("severities", within=1)


def _definition(declaration: Declaration, known: Known) -> tuple[str | None, tuple[Statement, ...]]:
    item = declaration.item
    if declaration.listed:
        return declaration.named.rest or None, ()
    if declaration.above:
        said = [i.statement for i in item.scene.items if not i.label.text] or [item.statement]
        return "; ".join(s.text for s in said), tuple(said[1:])
    if item.scene.block.kind == "heading":
        return _below(item, declaration.named.rest)
    if item.row:
        if declaration.column is not None:
            across = item.label.has("column", "definition")
            return (declaration.column.text.text or None) if across else None, ()
        column = item.under("definition")
        return (column.text.text or None if column else None), ()
    named = known.term is not None and known.digit is None and item.scene.block.kind in ("list", "ordered")
    if item.scene.block.kind == "data" or not (named or item.scene.about("severities", within=1)):
        return _in_data(item), ()
    body = item.body.text
    if known.label and body.startswith(known.label):
        body = body[len(known.label) :].lstrip(" -–—:")
    if body in (item.label.text, item.whole.text):
        body = declaration.named.rest
    return body or declaration.named.rest or None, ()


def _in_data(item: Item) -> str | None:
    described = item.beside("definition")
    return described.body.text if described is not None and item.scene.block.kind == "data" else None


def _below(item: Item, rest: str) -> tuple[str | None, tuple[Statement, ...]]:
    """Under a heading the definition is what stands below `Definition:`, else the first paragraph."""
    for scene in item.scene.below():
        label = scene.labels[0] if scene.labels else None
        if label is not None and label.has("aside", "criteria"):
            said = [i.statement for i in scene.items]
            return "; ".join(s.text for s in said), tuple(said)
        labelled = [i for i in scene.items if i.label.has("aside", "criteria") and i.body.text]
        if labelled:
            return labelled[0].body.text, (labelled[0].statement,)
    for scene in item.scene.below():
        if scene.block.kind == "paragraph" and not scene.labels:
            plain = [i.statement for i in scene.items if not i.statement.label]
            if plain:
                return rest or plain[0].text, () if rest else (plain[0],)
    return rest or None, ()
