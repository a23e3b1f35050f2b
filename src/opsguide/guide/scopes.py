"""Of what a limit is said: a part of the system, in the label, after `for`, in the clause, above; and its level."""

import re

from .claims import Claim
from .phrases import Phrase
from .scene import Column, Item, Scene
from .signals import ENUMERATED, target_side
from .thresholds import EDGES, first_of_list, words_of

_SUBJECT = re.compile(r"^(?:the|der|die|das|el|la|los|las|le|les|l'|o|a|os|as|our|unsere?r?)\s+", re.I)
# `La disponibilidad mensual del SGA será …`: what is behind the signal, up to the verb.
_OF = re.compile(
    r"(?:\s+(?:mensual|mensuelle|mensal|lunară|monthly))?"
    r"\s+(?:of(?: the)?|der|des|del?|de las?|de los|du|da|do|das|dos|a|al|ale|của)\s+(?P<what>[^,;:]+?)"
    r"\s+(?:is|must|shall|will|ist|beträgt|liegt|será|es|debe|est|reste|doit|sera|é|deve|este|trebuie|là|phải)\s",
    re.I,
)
_VERB = re.compile(
    r"\s+(?:is|are|has|have|(?:must|shall|will|should|is to|are to) be"
    r"|ist|sind|es|son|est|sont|é|são|este|sunt|là|api|'s)$",
    re.I,
)
_PREDICATE = re.compile(
    r"\s(?:targets|guarantees|promises|aims for|provides|offers|has|have|is|are"
    r"|hat|haben|ist|sind|tiene|tienen|tem|têm|au|có|est|sont)\s",
    re.I,
)


def level_of(column: Column) -> str | None:
    """What a column of limits holds: `target`, `warning`, `critical`, `alert`; None if its header says nothing."""
    header = column.header
    for name in ("warning", "critical", "alert", "target"):
        if header.has("column", name):
            return name
    return None


def by_severity(item: Item) -> bool:
    """`| Error rate | > 25% | 10-25% |` under `| Metric | P1 | P2 |`: a row that says from where on it is which
    severity. At its good side a row of targets would stand (`| Uptime | >= 99.9% |` under `| | P1 | P2 |`).
    """
    if not item.row:
        return False
    named = [c for c in item.values if item.scene.mentions(c.header, names=False)]
    terms = [h.name for h in item.label.of("signal")]
    compared = [m.op for c in named for m in c.text.measures if m.op is not None]
    return len(named) > 1 and bool(terms) and any(target_side(terms[0], op) is False for op in compared)


def scope_of(claim: Claim, *, label_is_signal: bool) -> str | None:
    """Of what part of the system it is said: in brackets in the label, after `for`, in the clause, or the row."""
    item, phrase = claim.item, claim.text
    inside = _purpose(claim)
    if inside:
        return inside
    if not item.label.text and not item.row:
        return _subject(claim)
    words = words_of(first_of_list(claim))
    if words and not item.row:
        part = item.scene.analyst.phrase(words)
        left = part.residue(
            *((p.start, p.end) for p in part.quantities.percentiles),
            kinds=("signal", "objective", "comparator", "part"),
        )
        if left and not part.of("signal") and not phrase.between("signal", *claim.clause):
            return words
    bracket = re.search(r"\(([^()]+)\)\s*$", item.label.text)
    if bracket and not item.row:
        part = item.scene.analyst.phrase(bracket[1])
        if not (part.of("signal") or part.quantities.percentiles or part.of("objective") or part.measures):
            return bracket[1].strip()
    if item.row:
        if label_is_signal:
            return _column_scope(claim) or _part_of_system(claim)
        return item.label.text or None
    if item.label.text and not _says_what(item.label) and not item.scene.mentions(item.label):
        # `Booking: p95 ≤ 450 ms`: the label is what it is said of.
        return item.label.text
    return _part_of_system(claim) or label_scope(item.scene)


def _says_what(label: Phrase) -> bool:
    """Is the label the signal itself (`Uptime`, `p95`, `SLO`), and no part of the system?"""
    if (
        label.of("signal")
        or label.of("objective")
        or label.quantities.percentiles
        or label.has("moment", "mean")
    ):
        return True
    if label.has("column", "scope") and len(label.of("column")) == 1:
        # `api: 99.95%`
        return False
    return not label.residue(kinds=("topic", "column"))


def _column_scope(claim: Claim) -> str | None:
    """`| | Tier 0 | Tier 1 |` above `| Availability | 99.99% | 99.95% |`"""
    header = claim.column.header
    if not header.text or level_of(claim.column) or header.of("objective"):
        return None
    if header.of("column") and not header.has("column", "scope"):
        return None
    return header.text if header.residue() or header.measures else None


def _part_of_system(claim: Claim) -> str | None:
    """`| Checkout latency | < 300 ms |` is said of the checkout: the label holds more than a signal of the contract."""
    label = claim.item.label
    if not any(hit.name in ENUMERATED for hit in label.of("signal")):
        return None
    places = ((p.start, p.end) for p in label.quantities.percentiles)
    left = label.residue(*places, kinds=("signal", "objective", "comparator", "topic", "moment", "cadence"))
    return label.text if left else None


def _subject(claim: Claim) -> str | None:
    """`Checkout is available 99.9% of the time` → Checkout: what stands before the signal in a sentence."""
    phrase, (start, end) = claim.text, claim.clause
    signals = [h for h in phrase.between("signal", start, end) if h.start > start]
    named = [h for h in phrase.between("signal", start, end) if h.end <= claim.measure.start]
    behind = _OF.match(phrase.text[named[0].end : claim.measure.start]) if len(named) == 1 else None
    if behind is not None:
        part = claim.scene.analyst.phrase(behind["what"])
        if len(behind["what"].split()) <= 5 and part.residue(kinds=("objective",)) and not part.blanked:
            return behind["what"]
    if not signals or signals[0].start > claim.measure.start:
        return None
    words = _SUBJECT.sub("", phrase.text[start : signals[0].start].strip(EDGES)).strip()
    words = _VERB.sub("", _PREDICATE.split(words)[0])
    part = claim.scene.analyst.phrase(words)
    if (
        not words
        or len(words.split()) > 4
        or part.measures
        or part.blanked
        or not part.residue(kinds=("objective",))
        or any(h.end == len(words) for h in part.of("generic"))
        or any((h.start, h.end, h.name) == (0, len(words), "system") for h in part.of("trouble"))
    ):
        # What ends in an article or a preposition (`garantând un`, `the level for`) names nothing, and who says that
        # the site is up means all of it.
        return None
    return words


def _purpose(claim: Claim) -> str | None:
    """`< 1% for normal traffic` → normal traffic."""
    phrase, (_, end) = claim.text, claim.clause
    for hit in phrase.of("purpose"):
        if (
            hit.start >= claim.measure.end
            and hit.end < end
            and not phrase.text[claim.measure.end : hit.start].strip(" )")
        ):
            # `99.9% for Standard and 99.95% for Premium customers`
            following = [m.start for m in phrase.measures if hit.end <= m.start < end]
            said = phrase.text[hit.end : min(following, default=end)]
            rest = re.sub(r"\s(?:and|und|y|et|e|și|và)\s*$", "", said).strip(EDGES + ")")
            part = claim.scene.analyst.phrase(rest)
            other = (
                part.quantities.percentiles
                or part.measures
                or part.of("tier")
                or part.quantities.schedules
                or part.blanked
            )
            if rest and not other:
                return rest
    return None


def label_scope(scene: Scene) -> str | None:
    """A parent bullet, key or heading that names a thing of its own: `Checkout API`, `apiResponse`."""
    for phrase in (*scene.labels, *scene.headings[:1]):
        if scene.mentions(phrase, names=False):
            return None
        if phrase in scene.headings and phrase.text == scene.title:
            return None
        says = ("signal", "objective", "topic", "moment", "aside")
        signal = phrase.of("signal")
        if signal and signal[0].name in ENUMERATED and not _residue_beside(phrase):
            # `apiResponse` names a part of the system besides the signal; `Response times` does not.
            named = phrase not in scene.headings and phrase.has("column", "scope")
            return phrase.text if named else None
        if phrase.of("topic") or phrase.of("aside") or phrase.of("objective"):
            if not _residue_beside(phrase) or phrase in scene.headings:
                return None
        if phrase.quantities.percentiles or len(phrase.text.split()) > 8:
            # A sentence that leads to a list names nothing.
            continue
        if _residue_beside(phrase, says) or signal:
            return phrase.text
    return None


def _residue_beside(
    phrase: Phrase, kinds: tuple[str, ...] = ("signal", "objective", "topic", "aside")
) -> list[str]:
    return phrase.residue(*((p.start, p.end) for p in phrase.quantities.percentiles), kinds=kinds)
