"""Reads how soon flaws are patched, by their severity."""

import re
from collections.abc import Iterator

from ..guide.claims import Claim, amount, claims, paired
from ..guide.reader import Column, Draft, Item, Key, Scene
from ..guide.severities import NAMES
from ..guide.values import Patch

_ROWS = 12
_ARROW = re.compile(r"-+>|→|=+>|➜|⇒")
_SCORE = re.compile(
    r"(?P<low>\d{1,2}(?:[.,]\d)?)\s*(?:(?:-|–|—|to|bis|a|à)\s*(?P<high>\d{1,2}(?:[.,]\d)?)|\+)?"
)
_BELOW = re.compile(
    r"<|\b(?:below|under|less than|unter|kleiner|por debajo|menor|inférieur|moins de|abaixo|sub|mai mic|dưới)\b"
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
            place = (claim.measure.start, claim.measure.end)
            for name in _several(item) or (_severity(item, claim.column, _led(claim), place),):
                if name is not None:
                    scope = _scope(item, claim.column)
                    yield _draft(item, name, scope, amount(claim.measure), frozenset({claim.key}))
        for column in item.values:
            if column.text.has("patching", "until_window") and _about(
                item, column, (0, len(column.text.text))
            ):
                name = _severity(item, column, (0, len(column.text.text)), (0, 0)) or _others(item)
                if name == "any" and item.row and item.label.text:
                    name = item.label.text.casefold()
                if name is not None and not _goes_beyond(item, column):
                    yield _draft(item, name, _scope(item, column), {"until": "next_window"}, frozenset())


def _about(item: Item, column: Column, clause: tuple[int, int]) -> bool:
    """Is this about patches? Said in the clause, the label, the header, or the nearest heading."""
    if column.header.of("signal") or (
        column.text.between("moment", *clause) and not column.text.between("patching", *clause)
    ):
        said = {h.name for h in column.text.between("moment", *clause)}
        if said - {"resolve", "close"}:
            return False
    if column.text.has("patching", "fix") and item.scene.chapter == "security" and column.text.of("severity"):
        # `Critical ones must be fixed within 5 days`
        return True
    if _goes_on(item) or (item.row and column.header.of("patching") and item.scene.chapter == "security"):
        return True
    named = (item.label, column.header, item.key_header)
    if item.row and not column.text.has("patching", "patch"):
        # `| Low | Next maintenance window |` below `| Medium | Patch within 60 days |`
        same = (i.columns[column.place] for i in item.scene.items[:_ROWS] if len(i.columns) > column.place)
        if any(c.text.has("patching", "patch") for c in same):
            return True
    if column.text.has("patching", "patch"):
        # `Critical flaws are patched within 48 hours, high ones within 14 days`
        return bool(column.text.between("patching", *clause) or column.text.between("severity", *clause))
    return any(p.has("patching", "patch") for p in named) or item.scene.topic == "patching"


def _led(claim: Claim) -> tuple[int, int]:
    """The clause, with the one whose arrow leads to it: `critical → 24 h, high → 7 days`."""
    start, end = claim.clause
    before = [(a, b) for a, b in claim.text.clauses() if b <= start]
    arrow = bool(before) and _ARROW.fullmatch(claim.text.text[before[-1][1] : start].strip())
    return (before[-1][0], end) if arrow else (start, end)


def _others(item: Item) -> str | None:
    """`All others: with the next maintenance` after those that name a severity."""
    before = [i for i in item.scene.items if i.number < item.number]
    named = item.label.text and any(
        i.label.of("severity") or _by_score(i.label.text, i.key_header.text) for i in before
    )
    return item.label.text.casefold() if named and item.scene.topic == "patching" else None


def _goes_on(item: Item) -> bool:
    """`Critical flaws: 24 h. High: 1 week.`: after a label that names both, one that only names a severity."""
    label = item.label
    if (
        item.row
        or not [h for h in label.of("severity") if h.name in NAMES]
        or label.residue(kinds=("severity", "column", "topic"))
    ):
        return False
    before = [i for i in item.scene.items if i.number < item.number]
    return any(i.label.has("patching", "patch") and i.label.of("severity") for i in before)


def _several(item: Item) -> tuple[str, ...]:
    """`Critical / High: within 14 days`: the label names more than one, and the body none."""
    names = tuple(dict.fromkeys(h.name for h in item.label.of("severity") if h.name in NAMES))
    inside = any(h.name in NAMES for h in item.body.of("severity")) and not item.row
    return names if len(names) > 1 and not inside else ()


def _goes_beyond(item: Item, column: Column) -> bool:
    """`Urgent patches: 2 days; the rest in the next window`: what comes after an amount is not of the label."""
    hit = next(h for h in column.text.of("patching") if h.name == "until_window")
    start, end = column.text.clause_of(hit.start)
    before = [m for m in column.text.measures if m.end <= start]
    return not item.row and bool(before) and not column.text.between("severity", start, end)


def _severity(item: Item, column: Column, clause: tuple[int, int], place: tuple[int, int]) -> str | None:
    """The severity of the flaw, by name or by score; `any` where patches of all severities are meant."""
    inside = [h for h in column.text.between("severity", *clause) if h.name in NAMES]
    if inside:
        places = [(m.start, m.end) for m in column.text.measures if clause[0] <= m.start < clause[1]]
        found = paired(inside, places, place) if len(places) > 1 else inside[0]
        return found.name if found is not None else None
    # `CVSS 9.0+ → patch within 48 hours`
    begin = clause[0] if item.row else 0
    scored = _by_score(column.text.text[begin : place[0]] if place[1] else "", "")
    if scored:
        return scored
    for phrase in (item.label, column.header):
        scored = _by_score(phrase.text, item.key_header.text)
        if phrase.of("severity"):
            return phrase.of("severity")[0].name
        if scored:
            return scored
    if column.text.between("patching", *clause) and not item.scene.about("patching", within=0):
        return None if item.label.of("severity") else "any"
    return "any" if item.label.has("patching", "patch") and not item.row else None


def _by_score(text: str, header: str) -> str | None:
    """`CVSS 9.0-10` and `≥ 9.0` are the class that begins there, `below 4.0` the one that ends there."""
    text = re.sub(r"v\s?[234](?:\.\d)?", "", text.lower())
    found = _SCORE.search(text.rpartition("cvss")[2])
    if not found or not ("cvss" in text or "cvss" in header.lower() or found["high"]):
        return None
    score = float(found["low"].replace(",", "."))
    return _CLASSES.get(score) if not _BELOW.search(text) else "low" if score == 4.0 else None


def _is_deadline(claim: Claim) -> bool:
    m = claim.measure
    scored = claim.text.text.lower()
    counted = [
        x
        for x in claim.text.measures
        if x.unit == "count" and x.end <= m.start and "cvss" not in scored[: x.start]
    ]
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
