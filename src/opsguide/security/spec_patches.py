"""Reads how soon flaws are patched, by their severity."""

import re
from collections.abc import Iterator

from ..guide.claims import Claim, amount, claims, paired
from ..guide.phrases import Phrase
from ..guide.reader import Column, Draft, Item, Key, Scene
from ..guide.severities import NAMES
from ..guide.values import Patch

_SCORE = re.compile(
    r"(?P<low>\d{1,2}(?:[.,]\d)?)\s*(?:(?:-|–|—|to|bis|a|à)\s*(?P<high>\d{1,2}(?:[.,]\d)?)|\+)?"
)
_CLASSES = {9.0: "critical", 7.0: "high", 4.0: "medium", 0.1: "low", 0.0: "low"}
"""Where the classes of CVSS 3 and 4 begin (their specification, section 5)."""


def read_patches(scene: Scene) -> Iterator[Draft]:
    """`Critical patches: within 24 hours` and `Low severity: next scheduled maintenance` (the seed), `critical CVEs
    within 72h` (en_axiom), a row of a table by severity or CVSS.
    """
    if scene.aside or scene.block.kind in ("heading", "chart"):
        return
    for item in scene.items:
        for claim in claims(item, "seconds", "months", "business_days"):
            if not _is_deadline(claim) or not _about(item, claim.column, claim.clause):
                continue
            name = _severity(item, claim.column, claim.clause, (claim.measure.start, claim.measure.end))
            if name is not None:
                scope = _scope(item, claim.column)
                yield _draft(item, name, scope, amount(claim.measure), frozenset({claim.key}))
        for column in item.values:
            if column.text.has("patching", "until_window") and _about(
                item, column, (0, len(column.text.text))
            ):
                name = _severity(item, column, (0, len(column.text.text)), (0, 0))
                if name is not None:
                    yield _draft(item, name, _scope(item, column), {"until": "next_window"}, frozenset())


def _about(item: Item, column: Column, clause: tuple[int, int]) -> bool:
    """Is this about patches? Said in the clause, the label, the header, or the nearest heading."""
    if column.header.of("signal") or (
        column.text.between("moment", *clause) and not column.text.between("patching", *clause)
    ):
        said = {h.name for h in column.text.between("moment", *clause)}
        if said - {"resolve", "close"}:
            return False
    named = (item.label, column.header, item.key_header)
    if column.text.has("patching", "patch"):
        # `Critical flaws are patched within 48 hours, high ones within 14 days`
        return bool(column.text.between("patching", *clause) or column.text.between("severity", *clause))
    return any(p.has("patching", "patch") for p in named) or item.scene.topic == "patching"


def _severity(item: Item, column: Column, clause: tuple[int, int], place: tuple[int, int]) -> str | None:
    """The severity of the flaw, by name or by score; `any` where patches of all severities are meant."""
    inside = [h for h in column.text.between("severity", *clause) if h.name in NAMES]
    if inside:
        places = [(m.start, m.end) for m in column.text.measures if clause[0] <= m.start < clause[1]]
        found = paired(inside, places, place) if len(places) > 1 else inside[0]
        return found.name if found is not None else None
    for phrase in (item.label, column.header):
        scored = _by_score(phrase)
        if phrase.of("severity"):
            return phrase.of("severity")[0].name
        if scored:
            return scored
    if column.text.between("patching", *clause) and not item.scene.about("patching", within=0):
        return None if item.label.of("severity") else "any"
    return "any" if item.label.has("patching", "patch") and not item.row else None


def _by_score(phrase: Phrase) -> str | None:
    """`CVSS 9.0-10` and `≥ 9.0` are the class that begins there."""
    found = _SCORE.search(re.sub(r"v\s?[234](?:\.\d)?", "", phrase.text.lower()))
    if not found or not ("cvss" in phrase.text.lower() or found["high"]):
        return None
    return _CLASSES.get(float(found["low"].replace(",", ".")))


def _is_deadline(claim: Claim) -> bool:
    m = claim.measure
    counted = [x for x in claim.text.measures if x.unit == "count" and x.end <= m.start]
    return not (m.every or m.after or m.op in (">", ">=") or counted)


def _scope(item: Item, column: Column) -> str | None:
    """`| CVSS | Internet-facing | Internal |`: where the flaw is, if the columns tell that apart."""
    several = [c for c in item.values if c.text.measures or c.text.has("patching", "until_window")]
    plain = column.header.of("column") or column.header.of("moment") or column.header.of("patching")
    return column.header.text if len(several) > 1 and column.header.text and not plain else None


def _draft(
    item: Item, name: str, scope: str | None, values: dict[str, object], uses: frozenset[Key]
) -> Draft:
    return Draft(
        keeper="security",
        control="deadline",
        name=("patch", name, *((scope,) if scope else ())),
        values=Patch(patch=name, scope=scope, **values),  # type: ignore[arg-type]
        items=(item,),
        uses=uses,
    )
