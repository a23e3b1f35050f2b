"""Who is told, in the forms in which guides say it: a bullet, a chain, a sentence, a row, a key of data."""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from ..guide.phrases import Phrase
from ..guide.quantities import Measure
from ..guide.reader import Column, Item, Key

ARROWS = re.compile(r"\s*(?:-+>|→|=+>|➜|⇒)\s*")
_PAREN = re.compile(r"\s*\(([^()]*)\)")
_EDGES = " \t.,;:–—-→>*\"'()"
_HANDLE = re.compile(r"(?<!\w)[@#][\w./-]+")
_LEVEL = re.compile(
    r"^(?:L|T|N|Level|Tier|Stufe|Nivel|Niveau|Nível|Nivelul|Cấp|Mức|Ebene|Lớp)\s?-?(\d)\b", re.I
)
_DASH = re.compile(r"\s[-–—]\s")
_STOP = re.compile(
    r"\s\(|\s(?:bei|if|when|si|wenn|falls|nếu|se|dacă|cuando|quand|lorsque|quando|by|via|in|with|per|mit|con|avec|com|và|sowie|which|who)\s"
)
_ARTICLE = re.compile(
    r"^(?:the|den|die|das|der|dem|la|el|los|las|le|les|l'|o|a|os|as|al|our|unseren?|zum|zur|the\s+on-duty|an?|către|cho)\s+",
    re.I,
)
_IS = re.compile(r"^(?:ist|sind|wird|werden|is|are|then|so|dann)\s+", re.I)
_RANKS = ("primary", "secondary", "tertiary", "escalation")
_MAX_WORDS = 6


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


# Lists, sentences, data --------------------------------------------------------------------------------------------


def told(item: Item, *, listed: bool) -> Iterator[Told]:
    """The people of a statement that is no row. `listed` says that the list is about who is told: there a bare name
    is enough; elsewhere only `escalate to …` is.
    """
    column = item.columns[0]
    negations = column.text.of("negation")
    if negations and negations[0].start == 0:
        return
    severity = around(column)
    label, delay = item.label, _delay(item.label)
    if label.text and is_somebody(label) and not _LEVEL.match(label.text) and _only_says_when(column.text):
        # `PDG : après 2 heures`, `Plantonista – imediato`
        if listed:
            yield _from_label(item, column, severity)
        return
    carried = delay
    found: list[Told] = []
    chain = len(ARROWS.findall(column.text.text)) > 1
    for start, end in _pieces(column.text):
        piece = column.text.text[start:end].strip()
        phrase = item.scene.analyst.phrase(piece)
        own = _delay(phrase)
        # `after 90 minutes the lead is told; after four hours, the head of IT`: the second needs no verb.
        goes_on = bool(found) and (own is not None or carried is not None)
        said = _piece(item, column, phrase, listed=listed or goes_on, carried=carried)
        if said is None:
            if found and found[-1].after is None and _only_says_when(phrase) and not chain:
                # `Guardia, al momento`: when the one before is told.
                found[-1] = replace(found[-1], after=_seconds(phrase, own))
            else:
                # `If nobody answers within 15 minutes, …`: the delay of what comes next.
                carried = own if own is not None else carried
            continue
        carried = delay
        offset = column.text.text.find(piece, start)
        uses = frozenset(column.key(m.start + offset) for m in phrase.measures)
        severity_here = _severity_beside(column, phrase, own) or _severity_of(column, phrase) or severity
        found.append(replace(said, severity=severity_here, uses=uses | _carried_uses(item, column)))
    level = _LEVEL.match(label.text)
    yield from (replace(said, level=int(level[1])) for said in found) if level and len(found) == 1 else found


def _pieces(phrase: Phrase) -> list[tuple[int, int]]:
    """The clauses; one that only says what for (`, for security incidents`) belongs to the one before."""
    found: list[tuple[int, int]] = []
    for start, end in phrase.clauses():
        begins = start + len(phrase.text[start:end]) - len(phrase.text[start:end].lstrip())
        if found and any(h.start == begins for h in phrase.of("purpose")):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _carried_uses(item: Item, column: Column) -> frozenset[Key]:
    return frozenset(
        column.key(m.start) for m in column.text.measures if m.unit == "seconds" and item.label.text == ""
    )


def _only_says_when(phrase: Phrase) -> bool:
    """A delay, `immediately` or office hours, and nobody else."""
    if phrase.of("role") and not phrase.of("condition"):
        return False
    return bool(_delay(phrase) or phrase.has("immediate") or phrase.has("hours"))


def _from_label(item: Item, column: Column, severity: tuple[str, ...]) -> Told:
    measure = _delay(column.text)
    uses = frozenset({column.key(measure.start)}) if measure else frozenset[Key]()
    name, _ = split_name(item.label.text)
    return Told(to=name, after=_seconds(column.text, measure), column=column, severity=severity, uses=uses)


def _piece(
    item: Item, column: Column, phrase: Phrase, *, listed: bool, carried: Measure | None
) -> Told | None:
    """One clause → whom it names: after `to`, else in a list of people the name itself."""
    measure = _delay(phrase) or carried
    recipient = _recipient(phrase)
    speaks = measure is not None or phrase.has("immediate") or listed
    rung = listed and _LEVEL.match(item.label.text)
    if recipient and speaks and (measure or rung or phrase.has("immediate") or item.label.of("topic")):
        return Told(to=recipient, after=_seconds(phrase, measure), column=column)
    if not listed:
        return None
    text = (
        _DASH.split(phrase.text)[0]
        if _LEVEL.match(item.label.text) or not item.statement.label
        else phrase.text
    )
    bare = item.scene.analyst.phrase(text)
    name, remark = split_name(_without(bare, _delay(bare)))
    named, about = item.scene.analyst.phrase(name), item.scene.analyst.phrase(remark)
    roles = {(h.start, h.end) for h in named.of("role")}
    if any((h.start, h.end) not in roles for h in named.of("moment")) and not named.text.startswith("@"):
        return None
    known = is_somebody(named) or bool(about.of("role") and name[:1].isupper())
    if not name or bare.placeholder or named.blanked or len(name.split()) > _MAX_WORDS or not known:
        return None
    return Told(
        to=name,
        after=_seconds(about if about.has("immediate") else phrase, measure or _delay(about)),
        column=column,
        kind=_kind(about),
        rank=_rank(item.label),
    )


def data(item: Item) -> Iterator[Told]:
    """`primary_oncall: @core`, `Escalation: DevOps Lead (5min), EM (10min)`."""
    column, label = item.columns[0], item.label
    if not (label.of("route") or label.has("topic", "escalation", "oncall") or label.has("column", "role")):
        return
    pieces = re.split(r",\s*(?![^()]*\))", item.body.text)
    loose = len(pieces) == 1 or label.has("topic", "escalation")
    for piece in pieces:
        phrase = item.scene.analyst.phrase(piece.strip())
        if phrase.placeholder or not (loose or is_somebody(phrase)):
            continue
        name, remark = split_name(phrase.text)
        about = item.scene.analyst.phrase(remark)
        kind, measure = _kind(about), _delay(about)
        plain = not (kind or measure or about.has("immediate") or about.has("hours"))
        start = column.text.text.find(piece)
        yield Told(
            to=name,
            after=_seconds(about, measure),
            column=column,
            severity=around(column),
            kind=kind,
            scope=remark if remark and plain else None,
            uses=frozenset(
                column.key(m.start) for m in column.text.measures if start <= m.start < start + len(piece)
            ),
            rank=_rank(label),
        )


# Rows --------------------------------------------------------------------------------------------------------------


def row(item: Item) -> Iterator[Told]:
    """`| Level 2 | Platform team | after 30 min |`, `| P2 | … | After 4h to Ops Manager |`, `| P1 | on-call | lead |`
    under `| | at once | after 30 min |`.
    """
    severity = tuple(k for m in item.scene.mentions(item.label) for k in m.keys)
    role = _role_column(item)
    late = _delay(item.label) if item.label.measures else None
    if late is not None or item.label.has("immediate"):
        yield from _by_delay(item, late)
        return
    for column in item.values:
        if column.header.has("topic", "escalation") and (severity or role is None):
            for said in _in_cell(column):
                yield replace(said, severity=severity or said.severity)
        header = _delay(column.header)
        at_once = column.header.has("immediate")
        if (header is not None or at_once) and is_somebody(column.text) and not column.text.measures:
            name, _ = split_name(column.text.text)
            yield Told(to=name, after=header.value if header else 0, column=column, severity=severity)
    if role is not None and item.scene.about("escalation", "oncall", within=1):
        yield from _by_role(item, role, severity)


def _by_delay(item: Item, late: Measure | None) -> Iterator[Told]:
    """`| 30 min | Team lead | On-call |` under `| After | S1 | S2 |`; `| T+15 min | Head of IT |`."""
    across = [c for c in item.values if item.scene.mentions(c.header)]
    for column in across or item.values[:1]:
        # `No ack → Team lead`: after the last arrow; `Escalate to the board`: after the verb.
        words = ARROWS.split(column.text.text)[-1]
        name, _ = split_name(_recipient(item.scene.analyst.phrase(words)) or words)
        if column.header.has("column", "action") and not is_somebody(item.scene.analyst.phrase(name)):
            continue
        timed = any(m.unit == "seconds" for m in column.text.measures)
        if column.text.placeholder or not name or len(re.findall(r"\w+", name)) > _MAX_WORDS or timed:
            continue
        severity = tuple(k for m in item.scene.mentions(column.header) for k in m.keys)
        yield Told(
            to=name,
            after=late.value if late is not None else 0,
            column=column,
            severity=severity or item.scene.severities_around(),
            uses=frozenset({item.columns[0].key(late.start)}) if late is not None else frozenset(),
        )


def _in_cell(column: Column) -> Iterator[Told]:
    for start, end in column.text.clauses():
        phrase = column.item.scene.analyst.phrase(column.text.text[start:end].strip())
        measure = _delay(phrase)
        recipient = _recipient(phrase)
        if recipient and (measure is not None or phrase.has("immediate")):
            offset = column.text.text.find(phrase.text, start)
            uses = frozenset({column.key(measure.start + offset)}) if measure else frozenset[Key]()
            yield Told(
                to=recipient,
                after=_seconds(phrase, measure),
                column=column,
                severity=around(column),
                uses=uses,
            )


def _role_column(item: Item) -> Column | None:
    """The column that says who: one that does not also say when, if there is a choice."""
    named = [c for c in item.columns if c.header.has("column", "role") and is_somebody(c.text)]
    plain = [c for c in named if not c.header.has("column", "after")]
    return next(iter(plain or named), None)


def _by_role(item: Item, role: Column, severity: tuple[str, ...]) -> Iterator[Told]:
    measure: Measure | None = None
    place: Column | None = None
    for column in item.columns:
        when = column.header.has("column", "after") or column.header.has("topic", "escalation")
        if column is not role and when and (_delay(column.text) is not None or column.text.has("immediate")):
            measure, place = _delay(column.text), column
            break
    name, _ = split_name(role.text.text)
    if role.text.placeholder or not name:
        return
    # `| Network | Network team |`: a row by area, and no rung of a ladder.
    area = item.key_header.has("column", "scope") and place is None and role is not item.columns[0]
    yield Told(
        to=name,
        after=_seconds(place.text, measure) if place else None,
        column=place or role,
        severity=severity or (_severity_of(place, place.text) or around(place) if place else ()),
        scope=item.label.text if area else None,
        uses=frozenset({place.key(measure.start)}) if place and measure else frozenset(),
    )


# Parts -------------------------------------------------------------------------------------------------------------


def split_name(text: str) -> tuple[str, str]:
    """`@security (for security incidents)` and `@security, for security incidents` → the name and the remark."""
    found = _PAREN.search(text)
    name, comma, rest = _PAREN.sub("", text).partition(", ")
    remark = found[1].strip() if found else rest.strip() if comma else ""
    return name.strip(_EDGES), remark


def is_somebody(phrase: Phrase) -> bool:
    return bool(phrase.of("role") or _HANDLE.search(phrase.text) or _LEVEL.match(phrase.text))


def _recipient(clause: Phrase) -> str:
    """Who stands after `to`, `an`, `notify` …: up to a bracket, a delay or a condition; or before `is informed`."""
    for hit in (h for h in clause.of("route") if h.name == "told"):
        starts = [m.end for m in clause.measures if m.end <= hit.start]
        starts += [h.end for h in clause.of("condition") if h.end <= hit.start]
        name = clause.text[max(starts, default=0) : hit.start].strip(_EDGES)
        name = _ARTICLE.sub("", _IS.sub("", name)).strip()
        phrase = Phrase(name, clause.lexicon)
        if name and len(name.split()) <= _MAX_WORDS and is_somebody(phrase) and not phrase.blanked:
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
        name = _ARTICLE.sub("", name).strip()
        phrase = Phrase(name, clause.lexicon)
        if name and len(name.split()) <= _MAX_WORDS and is_somebody(phrase) and not phrase.blanked:
            return name
    return ""


def _without(phrase: Phrase, measure: Measure | None) -> str:
    """The text up to its delay: `CTO after 15 min` → CTO; from it on, where the delay comes first."""
    if measure is None or phrase.text.rfind("(", 0, measure.start) >= 0:
        return phrase.text
    starts = [h.start for h in phrase.of("comparator") if h.end <= measure.start]
    before = phrase.text[: starts[-1] if starts else measure.start].strip(_EDGES)
    return before or phrase.text[measure.end :]


def _delay(phrase: Phrase) -> Measure | None:
    found = [
        m for m in phrase.measures if m.high is None and not m.every and (m.unit == "seconds" or _at_once(m))
    ]
    return found[0] if found else None


def _at_once(measure: Measure) -> bool:
    """`T+0`"""
    return measure.after and measure.value == 0 and measure.unit == "count"


def _seconds(phrase: Phrase, measure: Measure | None) -> int | float | None:
    if measure is not None:
        return measure.value
    return 0 if phrase.has("immediate") else None


def _kind(about: Phrase) -> str | None:
    """`for security incidents`: the kind of incident that the step is for."""
    return "security" if about.has("route", "security") or about.has("topic", "security") else None


def _rank(label: Phrase) -> int | None:
    return next((n for n, name in enumerate(_RANKS) if label.has("route", name)), None)


def around(column: Column) -> tuple[str, ...]:
    """The severities that the statement, or what stands above it, names."""
    scene = column.item.scene
    for phrase in (column.item.label, column.text):
        found = tuple(k for m in scene.mentions(phrase) for k in m.keys)
        if found:
            return found
    return scene.severities_around()


def _severity_beside(column: Column, clause: Phrase, delay: Measure | None) -> tuple[str, ...]:
    """`within 4 h (P3) or at the next daily (P4/P5)`: the delay is for those in the brackets right after it."""
    if delay is None:
        return ()
    found = (m for m in column.item.scene.mentions(clause) if m.start >= delay.end)
    return next((m.keys for m in found if clause.text[delay.end : m.start].strip() == "("), ())


def _severity_of(column: Column, clause: Phrase) -> tuple[str, ...]:
    return tuple(k for m in column.item.scene.mentions(clause) for k in m.keys)
