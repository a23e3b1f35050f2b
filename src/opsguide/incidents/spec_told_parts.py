"""The parts of which it is made up who is told: a name, a delay, the severities; and `Told` itself."""

import re

from msgspec import Struct

from ..guide.phrases import Phrase
from ..guide.quantities import Measure
from ..guide.reader import Column, Item, Key

ARROWS = re.compile(r"\s*(?:-+>|→|=+>|➜|⇒)\s*")
_PAREN = re.compile(r"\s*\(([^()]*)\)")
_EDGES = " \t.,;:–—-→>*\"'()"
HANDLE = re.compile(r"(?<!\w)[@#][\w./-]+")
LEVEL = re.compile(
    r"^(?:L|T|N|Level|Tier|Stufe|Nivel|Niveau|Nível|Nivelul|Cấp|Mức|Ebene|Lớp)\s?-?(\d)\b", re.I
)
_STOP = re.compile(
    r"\s[(+]|\s(?:bei|if|when|si|wenn|falls|nếu|se|dacă|cuando|quand|lorsque|quando|by|via|in|with|per|mit|con|avec|com|và|sowie|which|who)\s"
)
ARTICLE = re.compile(
    r"^(?:the|den|die|das|der|dem|la|el|los|las|le|les|l'|o|a|os|as|al|our|unseren?|zum|zur|the\s+on-duty|an?|către|cho)\s+",
    re.I,
)
_JOIN = re.compile(r"\s(?:and|und|y|e|et|și|và)$", re.I)
_WILL = re.compile(r"(?<=\w)\s(?:wird|werden)\b.*$")
_IS = re.compile(r"^(?:ist|sind|wird|werden|is|are|then|so|dann)\s+", re.I)
_RANKS = ("primary", "secondary", "tertiary", "escalation")
MAX_WORDS = 6


class Told(Struct, frozen=True, kw_only=True):
    """Somebody who is told, before the step has its number."""

    to: str
    after: int | float | None
    column: Column
    severity: tuple[str, ...] = ()
    kind: str | None = None
    scope: str | None = None
    uses: frozenset[Key] = frozenset()
    rank: int | None = None
    level: int | None = None
    beside: tuple[Item, ...] = ()


def split_name(text: str) -> tuple[str, str]:
    """`@security (for security incidents)` and `@security, for security incidents` → the name and the remark."""
    found = _PAREN.search(text)
    name, comma, rest = _PAREN.sub("", text).partition(", ")
    remark = found[1].strip() if found else rest.strip() if comma else ""
    return name.strip(_EDGES), remark


def is_somebody(phrase: Phrase) -> bool:
    return bool(phrase.of("role") or HANDLE.search(phrase.text) or LEVEL.match(phrase.text))


def recipient_of(clause: Phrase) -> str:
    """Who stands after `to`, `an`, `notify` …: up to a bracket, a delay or a condition; or before `is informed`."""
    for hit in (h for h in clause.of("route") if h.name == "told"):
        starts = [m.end for m in clause.measures if m.end <= hit.start]
        starts += [h.end for h in clause.of("condition") if h.end <= hit.start]
        name = clause.text[max(starts, default=0) : hit.start].strip(_EDGES)
        name = ARTICLE.sub("", _IS.sub("", _WILL.sub("", name))).strip()
        phrase = Phrase(name, clause.lexicon)
        if name and len(name.split()) <= MAX_WORDS and is_somebody(phrase) and not phrase.blanked:
            return name
    for hit in (h for h in clause.of("route") if h.name == "to"):
        stops = [m.start for m in clause.measures if m.start >= hit.end and m.unit == "seconds"]
        stops += [
            h.start
            for h in clause.hits
            if h.start > hit.end and h.kind in ("condition", "purpose", "immediate")
        ]
        stops += [
            h.start
            for h in clause.of("comparator")
            if h.start > hit.end and any(0 <= m.start - h.end <= 4 for m in clause.measures)
        ]
        stops += [m.start() for m in _STOP.finditer(clause.text) if m.start() >= hit.end]
        name = clause.text[hit.end : min(stops, default=len(clause.text))].strip(_EDGES)
        name = _JOIN.sub("", ARTICLE.sub("", name)).strip(_EDGES)
        phrase = Phrase(name, clause.lexicon)
        beside = _PAREN.match(clause.text, clause.text.find(name, hit.end) + len(name))
        known = is_somebody(phrase) or (beside and is_somebody(Phrase(beside[1], clause.lexicon)))
        if name and len(name.split()) <= MAX_WORDS and known and not phrase.blanked:
            return name
    return ""


def without_delay(phrase: Phrase, measure: Measure | None) -> str:
    """The text up to its delay: `CTO after 15 min` → CTO; from it on, where the delay comes first."""
    if measure is None or phrase.text.rfind("(", 0, measure.start) >= 0:
        return phrase.text
    starts = [h.start for h in phrase.of("comparator") if h.end <= measure.start]
    before = phrase.text[: starts[-1] if starts else measure.start].strip(_EDGES)
    return before or phrase.text[measure.end :]


def delay_of(phrase: Phrase) -> Measure | None:
    found = [
        m for m in phrase.measures if m.high is None and not m.every and (m.unit == "seconds" or _at_once(m))
    ]
    return found[0] if found else None


def _at_once(measure: Measure) -> bool:
    """`T+0`"""
    return measure.after and measure.value == 0 and measure.unit == "count"


def seconds_of(phrase: Phrase, measure: Measure | None) -> int | float | None:
    if measure is not None:
        return measure.value
    return 0 if phrase.has("immediate") else None


def kind_of(about: Phrase) -> str | None:
    """`for security incidents`: the kind of incident that the step is for."""
    return "security" if about.has("route", "security") or about.has("topic", "security") else None


def rank_of(label: Phrase) -> int | None:
    return next((n for n, name in enumerate(_RANKS) if label.has("route", name)), None)


def around(column: Column) -> tuple[str, ...]:
    """The severities that the statement, or what stands above it, names."""
    scene = column.item.scene
    for phrase in (column.item.label, column.text):
        found = tuple(k for m in scene.mentions(phrase) for k in m.keys)
        if found:
            return found
    return scene.severities_around()


def severity_beside(column: Column, clause: Phrase, delay: Measure | None) -> tuple[str, ...]:
    """`within 4 h (P3) or at the next daily (P4/P5)`: the delay is for those in the brackets right after it."""
    if delay is None:
        return ()
    found = (m for m in column.item.scene.mentions(clause) if m.start >= delay.end)
    return next((m.keys for m in found if clause.text[delay.end : m.start].strip() == "("), ())


def severity_of(column: Column, clause: Phrase) -> tuple[str, ...]:
    return tuple(k for m in column.item.scene.mentions(clause) for k in m.keys)
