"""Reads recovery objectives: how soon a thing is back (RTO), how much of its data may be lost (RPO)."""

import re
from collections.abc import Iterator
from typing import Literal, cast

from ..guide.claims import Claim, amount, claims, ends_an_incident, paired
from ..guide.lexicon import Hit
from ..guide.phrases import Phrase
from ..guide.quantities import Measure
from ..guide.reader import Column, Draft, Item, Scene
from ..guide.values import Recovery

_MAX_WORDS = 8


def read_objectives(scene: Scene) -> Iterator[Draft]:
    """`rto: 4 hours` under a scenario's key (the seed), `DB RPO 15m, RTO 1h; object store RPO 0` and `S1: … RTO <
    30m` (en_axiom), a row of a table with RPO and RTO columns.
    """
    if scene.aside or scene.block.kind in ("heading", "chart"):
        return
    for item in scene.items:
        if item.row and item.label.blanked:
            continue
        for claim in claims(item, "seconds", "count", "business_days", "months"):
            objective = _objective(claim)
            if objective is not None:
                yield _draft(claim, objective)
        yield from _zeros(item)


def _objective(claim: Claim) -> str | None:
    m = claim.measure
    if m.every or (m.unit == "count" and m.value != 0) or m.op in (">", ">="):
        return None
    if _is_clock(claim):
        return None
    near = _near(claim)
    if near is not None:
        return near
    if m.after and claim.text.between("role", *claim.around):
        # `after T+45 min the head of the division`: who is told then.
        return None
    for phrase in claim.item.chain(claim.column):
        names = [h.name for h in phrase.of("recovery") if h.name in ("rto", "rpo")]
        if len(set(names)) == 1:
            return names[0] if phrase in (claim.item.label, claim.column.header) or _clean(claim) else None
        if names:
            return _by_place(claim, names)
        if claim.scene.mentions(phrase) or phrase is claim.column.header or phrase is claim.item.label:
            # A row or a bullet names what recovers; the objective may stand in the heading above.
            if phrase is claim.column.header and phrase.of("moment"):
                return None
            continue
        return None
    return None


def _is_clock(claim: Claim) -> bool:
    """`P1: service is restored within 4 hours`: how soon an incident of a severity is over, and no RTO."""
    said = (p for p in (claim.text, *claim.item.chain(claim.column)) if p.has("recovery", "rto", "rpo"))
    first = next(said, None)
    return first is not None and ends_an_incident(claim, first)


def _zeros(item: Item) -> Iterator[Draft]:
    """`RPO: zero`, and a cell that says `none` under RPO."""
    for column in item.columns if item.row else item.values:
        longer = [(h.start, h.end) for h in column.text.of("comparator")]
        for hit in column.text.of("zero"):
            if any(start <= hit.start and hit.end < end for start, end in longer):
                # `không quá 30 phút` is at most 30 minutes, though `không` alone is none.
                continue
            alone = hit.start == 0 and not column.text.text[hit.end :].strip(" .")
            claim = Claim(column, Measure(start=hit.start, end=hit.end, value=0, unit="seconds"))
            named = column.text.between("recovery", *claim.around)
            beside = any(h.name == "rpo" and 0 <= hit.start - h.end <= 12 for h in named)
            if beside or (alone and _objective(claim) == "rpo"):
                yield _draft(claim, "rpo")


def _near(claim: Claim) -> str | None:
    """The objective that the clause names: of `the RTO is 4 h and the RPO 1 h` the one before (or after) each."""
    named = [h for h in claim.text.between("recovery", *claim.around) if h.name in ("rto", "rpo")]
    if len({h.name for h in named}) < 2:
        near = claim.near("recovery")
        if near is None or near.name not in ("rto", "rpo") or _is_of_another(claim, near):
            return None
        return near.name
    start, end = claim.around
    behind = _in_brackets(claim, named)
    if behind is not None:
        return behind.name
    places = [
        (m.start, m.end)
        for m in claim.text.measures
        if start <= m.start < end and m.unit in ("seconds", "count")
    ]
    found = paired(named, places, (claim.measure.start, claim.measure.end))
    return found.name if found is not None else None


def _in_brackets(claim: Claim, named: list[Hit]) -> Hit | None:
    """`back within 6 hours (RTO), losing at most 15 minutes of data (RPO)`: the name alone in brackets behind each."""
    phrase, end = claim.text, claim.measure.end
    following = min((m.start for m in phrase.measures if m.start >= end), default=len(phrase.text))
    for hit in named:
        alone = phrase.text[: hit.start].endswith("(") and phrase.text.startswith(")", hit.end)
        if alone and end <= hit.start < following:
            return hit
    return None


def _is_of_another(claim: Claim, named: Hit) -> bool:
    """`two days and a data loss of at most 24 hours`: the two days stand before and are something else."""
    start, end = claim.around
    others = [m for m in claim.text.measures if named.end <= m.start < end and m.unit == "seconds"]
    return start <= claim.measure.start < named.start and bool(others)


def _clean(claim: Claim) -> bool:
    """The clause says nothing else: `lasting more than 2 h` in a row about RTO is no RTO."""
    return not claim.text.between("moment", *claim.clause) or bool(claim.text.of("recovery"))


def _by_place(claim: Claim, names: list[str]) -> str | None:
    """`RPO/RTO: 15 min / 1 h`: amounts in the order of the names."""
    found = [m for m in claim.text.measures if m.unit in ("seconds", "count")]
    if len(found) > len(names):
        # `database 1 h/15 min; files 1 day/24 h`
        parts = re.split(r"(;)", claim.text.text)
        ends = [sum(map(len, parts[: n + 1])) for n in range(len(parts))]
        part = next(n for n, end in enumerate(ends) if claim.measure.start < end)
        found = [m for m in found if (ends[part - 1] if part else 0) <= m.start < ends[part]]
    place = next((n for n, m in enumerate(found) if m is claim.measure), None)
    return None if place is None or len(found) != len(names) else names[place]


def _draft(claim: Claim, objective: str) -> Draft:
    values: dict[str, object] = {"seconds": 0} if claim.measure.unit == "count" else amount(claim.measure)
    scenario, severity, scope = _about(claim)
    named = scenario or severity or scope
    return Draft(
        keeper="recovery",
        control="deadline",
        name=(objective, *((named,) if named else ())),
        values=Recovery(
            scenario=scenario,
            severity=severity,
            scope=scope,
            objective=cast(Literal["rto", "rpo"], objective),
            **values,  # type: ignore[arg-type]
        ),
        items=(claim.item,),
        uses=frozenset({claim.key}),
    )


def _about(claim: Claim) -> tuple[str | None, str | None, str | None]:
    """Scenario, severity or part of the system that the objective is for; at most one of them."""
    item, scene = claim.item, claim.scene
    mentioned = [k for phrase in (item.label, *scene.labels) for m in scene.mentions(phrase) for k in m.keys]
    if mentioned and not item.key_header.has("column", "scope"):
        return None, mentioned[0], None
    header = claim.column.header
    plain = bool(header.of("recovery") or header.of("objective"))
    plain = plain or (header.has("column") and not header.has("column", "scope"))
    if item.row and item.label.of("recovery") and header.text and not plain:
        # `| | Booking | Portal |` above `| RTO | 1 h | 4 h |`
        return None, None, header.text
    words = _purpose(claim) or _before(claim)
    if words:
        return None, None, words
    for phrase in (item.subject, *scene.labels):
        if phrase.text and _names_a_thing(phrase):
            if _is_scenario(phrase, claim.column, item, scene):
                return phrase.text, None, None
            return None, None, phrase.text
    return None, None, _heading(scene) if not item.row else None


def _heading(scene: Scene) -> str | None:
    """`### Databases (critical)` under `## Backup schedules`: the part of the system that a section is about."""
    if len(scene.headings) < 2 or scene.headings[0].text == scene.title:
        return None
    heading, above = scene.headings[0], scene.headings[1:]
    about = ("backups", "recovery", "retention")
    if not any(h.has("topic", *about) for h in above) or heading.has("topic", *about):
        return None
    plain = heading.of("aside") or heading.of("objective") or heading.of("duty") or heading.of("moment")
    # `Databases`, `File server (standard)`, `Application servers`; `Who does what, and when` is no part of a system.
    named = heading.has("topic", "databases") or heading.has("column", "scope") or heading.of("severity")
    return heading.text if named and not plain and _names_a_thing(heading) else None


def _names_a_thing(phrase: Phrase) -> bool:
    if len(phrase.text.split()) > _MAX_WORDS:
        # A sentence that leads to a list names nothing.
        return False
    if phrase.quantities.schedules:
        # `Twice a year we rehearse the recovery: RTO 6 h`
        return False
    if phrase.has("recovery", "event"):
        return not phrase.blanked
    general = phrase.of("recovery") or phrase.has("topic", "recovery")
    kinds = ("recovery", "objective", "topic", "column") if general else ("objective",)
    return bool(phrase.residue(kinds=kinds)) and not phrase.blanked


def _is_scenario(phrase: Phrase, column: Column, item: Item, scene: Scene) -> bool:
    if item.row and phrase is item.label:
        return item.key_header.has("recovery", "scenario", "event") or phrase.has("recovery", "event")
    return phrase.has("recovery", "event") or any(p.has("recovery", "scenario") for p in scene.outer)


def _purpose(claim: Claim) -> str | None:
    """`4 hours for production restore` → production restore."""
    phrase, (_, end) = claim.text, claim.clause
    for hit in phrase.of("purpose"):
        if claim.measure.end <= hit.start < end and not phrase.text[claim.measure.end : hit.start].strip():
            return phrase.text[hit.end : end].partition(" (")[0].strip(" .;,)") or None
    return None


def _before(claim: Claim) -> str | None:
    """`DB RPO 15m, RTO 1h; object store RPO 0`: the words before the first objective of the same part."""
    phrase = claim.text
    if claim.item.row:
        return None
    if claim.clause != claim.around:
        # `RTO 4h (whole region gone: RTO 24h)`
        opened = phrase.text.rfind("(", 0, claim.measure.start)
        inside, colon, _ = phrase.text[opened + 1 : claim.measure.start].partition(":")
        return inside.strip() if colon else None
    begin = (
        max(phrase.text.rfind(";", 0, claim.measure.start), phrase.text.rfind(". ", 0, claim.measure.start))
        + 1
    )
    first = next((h for h in phrase.of("recovery") if h.start >= begin), None)
    at = first.start if first is not None else None
    if at is None and len(claim.item.label.of("recovery")) > 1:
        # `RTO/RPO: database 1 h/15 min`
        at = next(m.start for m in phrase.measures if m.start >= begin)
    if at is None or at > claim.measure.start:
        return None
    words = phrase.text[begin:at].strip(" :,(–—-")
    part = claim.scene.analyst.phrase(words)
    if not words or part.measures or len(words.split()) > 4 or not part.residue():
        return None
    return words
