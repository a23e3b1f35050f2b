"""Reads how long things are kept: backups by tier, logs, metrics, records."""

import re
from collections.abc import Iterator

from ..guide.claims import Claim, amount, claims, paired
from ..guide.lexicon import Hit
from ..guide.quantities import Measure
from ..guide.reader import Column, Draft, Item, Scene
from ..guide.values import Retention

_VERB = re.compile(r"^(?:and|the)\s+|\s+(?:is|are|will be|must be|shall be|se|sunt|được)$", re.I)
_TIERS = ("hourly", "daily", "weekly", "monthly", "quarterly", "yearly")


def read_retention(scene: Scene) -> Iterator[Draft]:
    """`Retention: 30 days for daily, 12 months for weekly` (the seed), `logs 30d, metrics 13m` (en_axiom), a row
    with a retention column, `keep 7 daily and 4 weekly snapshots`.
    """
    if scene.aside or scene.block.kind in ("heading", "chart"):
        return
    for item in scene.items:
        if item.row and item.label.blanked:
            continue
        for claim in claims(item, "seconds", "months", "years", "count"):
            if _is_kept(claim):
                yield _draft(claim)
        yield from _in_label(item)


def _in_label(item: Item) -> Iterator[Draft]:
    """`**7-day retention** (older ones are deleted)`"""
    if item.row or not item.label.of("retain") or item.body.measures:
        return
    for measure in item.label.measures:
        if measure.unit in ("seconds", "months", "years") and not measure.every:
            yield _draft(Claim(Column(item, 1, item.scene.nothing, item.label), measure))


def _subject(claim: Claim) -> str:
    """`Privacy-safe tombstones are kept for 180 days` under `Backups`: a sentence names what it is about."""
    if claim.item.row or claim.item.label.text:
        return ""
    verbs = [h for h in claim.text.between("retain", *claim.clause) if h.end <= claim.measure.start]
    gone = [h for h in claim.text.between("comparator", *claim.clause) if h.end <= claim.measure.start]
    expires = any(h.name == "expiry" for h in claim.text.between("retain", *claim.clause))
    verbs = verbs or (gone if expires else [])
    words = claim.text.text[claim.clause[0] : verbs[0].start].strip(" -–—:") if verbs else ""
    subject = claim.scene.analyst.phrase(words)
    plain = subject.residue(kinds=("tier", "backup_kind", "modal", "cadence", "backup"))
    return _VERB.sub("", words).strip() if len(plain) > (0 if expires else 1) else ""


def _is_kept(claim: Claim) -> bool:
    """Is the amount a time (or a number of copies) that something is kept?"""
    m = claim.measure
    if any(h.name == "expiry" for h in claim.text.between("retain", *claim.clause)):
        # `Access logs are deleted after 14 days`, `media older than 45 days is purged`
        long = m.unit in ("months", "years") or (m.unit == "seconds" and m.value >= 86400)
        return long and (m.after or m.op in (">", ">="))
    label = claim.item.label
    if (
        claim.scene.block.kind == "data"
        and m.unit == "count"
        and label.of("retain")
        and label.has("tier", *_TIERS)
    ):
        # `keep_daily: 7`
        return claim.item.body.text.isdigit()
    if m.every or m.after or (m.unit == "count" and not _copies(claim)):
        return False
    if claim.near("retain") is not None:
        return _names_a_thing(claim)
    if (
        m.unit != "count"
        and claim.near("tier")
        and label.of("store")
        and not claim.item.row
        and not label.residue(kinds=("store",))[1:]
    ):
        # `Loki logs: 30 days hot, 13 months cold`
        return True
    if claim.text.of("retain") and claim.near("tier") and not claim.item.row:
        # `daily ones are kept 30 days, monthly ones 2 years`
        return True
    if _is_store(claim):
        return True
    listed = claim.scene.about("retention", within=0) and claim.item.label.text
    if claim.near("recovery") or (claim.near("moment") and not listed) or claim.near("patching"):
        return False
    if claim.item.row:
        header = claim.column.header
        if header.of("retain") or header.has("topic", "retention"):
            return True
        return bool(claim.item.label.of("retain")) and not (header.of("moment") or header.of("recovery"))
    if claim.item.label.of("retain") or claim.item.label.has("topic", "retention"):
        return True
    if any(p.of("retain") for p in claim.scene.labels) and claim.item.label.text:
        return True
    return bool(claim.scene.about("retention", within=0)) and m.op not in (">", ">=")


def _is_store(claim: Claim) -> bool:
    """`Audit logs: 7 years`: of logs and the like a long time says how long they are kept."""
    label, m = claim.item.label, claim.measure
    kept = label.of("store") and label.of("store")[0].name not in ("data", "backups")
    long = m.unit in ("months", "years") or (m.unit == "seconds" and m.value >= 86400)
    plain = not (
        label.residue(kinds=("store", "topic"))
        or claim.near("moment")
        or claim.near("recovery")
        or label.of("signal")
    )
    return bool(kept and long and plain and not claim.item.row and m.op not in (">", ">="))


def _names_a_thing(claim: Claim) -> bool:
    """Is it said of what is kept? `21 minutes remain` is not about keeping anything."""
    if claim.measure.unit == "seconds" and claim.measure.value < 3600 and claim.measure.letter != "m":
        return False
    around = (claim.text, claim.item.label, *claim.scene.outer[:2])
    return claim.item.row or any(
        p.of("store") or p.of("tier") or p.of("duty") or p.of("retain") for p in around
    )


def _copies(claim: Claim) -> bool:
    """`7 daily`, `daily × 14`: a bare number counts copies only right beside a tier."""
    m, text = claim.measure, claim.text.text
    for hit in claim.text.of("tier"):
        if hit.name in _TIERS and (
            0 <= hit.start - m.end <= 1 or re.fullmatch(r"\s*[×x:]\s*", text[hit.end : m.start])
        ):
            return True
    return False


def _draft(claim: Claim) -> Draft:
    what = _what(claim)
    tier = _tier(claim)
    across = claim.item.row and claim.item.label.of("retain") and claim.column.header.text
    scope = claim.column.header.text if across else _in_brackets(claim)
    return Draft(
        keeper="recovery",
        control="invariant",
        name=(
            "retention",
            *(() if what == "backups" else (what,)),
            *(part for part in (scope, tier) if part),
        ),
        values=Retention(retain=what, tier=tier, scope=scope, **_amount(claim.measure)),  # type: ignore[arg-type]
        items=(claim.item,),
        uses=frozenset({claim.key}),
    )


def _in_brackets(claim: Claim) -> str | None:
    """`30 days (prod), 7 days (dev)`"""
    found = re.match(r"\s*\(([^()]{2,30})\)", claim.text.text[claim.measure.end :])
    inside = claim.scene.analyst.phrase(found[1]) if found else None
    return inside.text if inside is not None and inside.of("environment") and not inside.measures else None


def _amount(measure: Measure) -> dict[str, object]:
    """Nothing is retained for 13 minutes: `13m` are months."""
    if measure.unit == "seconds" and measure.letter == "m" and measure.high is None:
        return {"months": int(measure.value // 60)}
    return amount(measure)


def _what(claim: Claim) -> str:
    """What is kept: named in the clause, else by the label, the row, or what stands above."""
    phrase, (start, end) = claim.text, claim.clause
    here = list(phrase.between("store", start, end))
    if here:
        return min(here, key=lambda h: abs(h.start - claim.measure.start)).name
    if _subject(claim):
        return _subject(claim)
    before = [h for h in phrase.of("store") if h.end <= claim.measure.start]
    if before and not claim.item.row:
        # `Logs stay hot for 14 days, move to warm storage for 90 days`
        return before[-1].name
    for above in (claim.item.label, *claim.scene.labels, *claim.scene.headings):
        found = above.of("store")
        if claim.item.row and above is claim.item.label and above.text:
            return found[0].name if found and not above.residue(kinds=("store", "duty")) else above.text
        if found:
            return found[0].name
    label = claim.item.label.text
    if label and not claim.item.label.of("retain") and not claim.item.label.of("tier"):
        return label
    # `**Archive**: two tape copies, 10 years` under a heading that says nothing of data
    return label or (claim.scene.block.headings[-1] if claim.scene.block.headings else "data")


def _tier(claim: Claim) -> str | None:
    phrase, (start, end) = claim.text, claim.clause
    here: list[Hit] = phrase.between("tier", start, end)
    if here:
        places = [(m.start, m.end) for m in phrase.measures if start <= m.start < end]
        found = paired(here, places, (claim.measure.start, claim.measure.end))
        return found.name if found else None
    for above in (claim.item.label, claim.column.header, *claim.scene.labels[:1]):
        said = above.of("tier")
        if len(said) == 1:
            return said[0].name
    heading = claim.scene.headings[0] if claim.scene.headings and not claim.item.row else None
    if heading is not None and heading.of("store") and len({h.name for h in heading.of("tier")}) == 1:
        # `#### Daily backup` above `Retention: 30 days`
        return heading.of("tier")[0].name
    return None
