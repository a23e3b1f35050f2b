"""Reads routes: who is told of an incident, in which order, after how long."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ..guide.phrases import Phrase
from ..guide.quantities import Measure
from ..guide.reader import Column, Draft, Item, Key, Scene
from ..guide.values import ClockValues, Step

_ROUTES = ("escalation", "oncall", "communication")
_PAREN = re.compile(r"\s*\(([^()]*)\)")
_ARROWS = re.compile(r"\s*(?:-+>|→|=+>|➜|⇒)\s*")
_EDGES = " \t.,;:–—-→>*\"'()"
_HANDLE = re.compile(r"(?<!\w)[@#][\w./-]+")
_LEVEL = re.compile(r"^(?:L|T|Level|Tier|Stufe|Nivel|Niveau|Nível|Cấp|Mức|Ebene|Lớp)\s?-?(\d)\b", re.I)


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


def read_routes(scene: Scene) -> Iterator[Draft]:
    """Steps of a route: keys of data (the seed), bullets `CTO (T+15min)` under a severity (es_laoz), `Nach 30
    Minuten an Level 2` (de_handbook_0120), `L1 On-call -> L2 Platform` (en_axiom), rows with roles and delays.
    """
    if scene.aside or scene.block.kind in ("heading", "chart"):
        return
    found: list[tuple[str, Told]] = []
    for item in scene.items:
        route = _route(item)
        if route is None or item.label.blanked:
            continue
        found.extend((route, told) for told in _told(item))
    yield from _steps(found)


def _route(item: Item) -> str | None:
    """Which route the statement is about, by its label or what stands around it; None if about none."""
    scene = item.scene
    if item.row:
        if any(c.header.has("topic", "escalation") for c in item.columns):
            return "escalation"
    elif item.label.has("topic", "escalation", "oncall") or item.label.of("route"):
        if item.label.has("topic", "escalation") and scene.topic not in ("oncall",):
            return "escalation"
    if scene.block.kind == "data" and item.label.of("route"):
        # `page:` beside `escalation:` is the first rung of the same ladder.
        if any(other.label.has("topic", "escalation") for other in scene.items):
            return "escalation"
    for name, _ in scene.topics[:3]:
        if name in _ROUTES:
            return "on-call" if name == "oncall" else name
        if name in (
            "postmortems",
            "backups",
            "maintenance",
            "objectives",
            "alerts",
            "severities",
            "approvals",
        ):
            break
    return "escalation" if item.whole.has("topic", "escalation") and not item.row else None


def _told(item: Item) -> Iterator[Told]:
    scene = item.scene
    if item.row:
        yield from _row(item)
        return
    column = item.columns[0]
    if column.text.has("negation") and column.text.of("negation")[0].start == 0:
        return
    parts = _ARROWS.split(item.body.text)
    if len(parts) > 1 and (
        scene.about("escalation", within=0) or item.label.has("topic", "escalation", "oncall")
    ):
        yield from _chain(column, parts)
    elif scene.block.kind == "data":
        yield from _data(item, column)
    else:
        said = list(_sentence(column))
        yield from said or _bullet(item, column)


# Forms -----------------------------------------------------------------------------------------------------------


def _chain(column: Column, parts: Sequence[str]) -> Iterator[Told]:
    """`L1 On-call -> L2 Platform (30 min) -> Director`."""
    for part in parts:
        phrase = column.item.scene.analyst.phrase(part.strip())
        to, _ = _name(phrase.text)
        measure = _delay(phrase)
        if to and not phrase.blanked:
            yield Told(to=to, after=_seconds(phrase, measure), column=column, severity=_around(column))


def _data(item: Item, column: Column) -> Iterator[Told]:
    """`primary_oncall: @core`, `Escalation: DevOps Lead (5min), EM (10min)`."""
    if not (
        item.label.of("route")
        or item.label.has("topic", "escalation", "oncall")
        or item.label.has("column", "role")
    ):
        return
    pieces = re.split(r",\s*(?![^()]*\))", item.body.text)
    loose = len(pieces) == 1 or item.label.has("topic", "escalation")
    for piece in pieces:
        phrase = item.scene.analyst.phrase(piece.strip())
        if phrase.placeholder or not _is_somebody(phrase, loose=loose):
            continue
        to, remark = _name(phrase.text)
        about = item.scene.analyst.phrase(remark)
        kind = "security" if about.has("route", "security") or about.has("topic", "security") else None
        measure = _delay(about)
        scope = (
            remark
            if remark and not (kind or measure or about.has("immediate") or about.has("hours"))
            else None
        )
        rank = next(
            (
                n
                for n, name in enumerate(("primary", "secondary", "tertiary", "escalation"))
                if item.label.has("route", name)
            ),
            None,
        )
        yield Told(
            to=to,
            after=_seconds(about, measure),
            column=column,
            severity=_around(column),
            kind=kind,
            scope=scope,
            uses=_uses(column, piece),
            rank=rank,
        )


def _uses(column: Column, piece: str) -> frozenset[Key]:
    start = column.text.text.find(piece)
    return frozenset(column.key(m.start) for m in column.text.measures if start <= m.start < start + len(piece))


def _bullet(item: Item, column: Column) -> Iterator[Told]:
    """`CTO (T+15min)`, `Customers: e-mail (T+30min)`, `Level 2: Platform team - outages`."""
    scene = item.scene
    if item.statement.label and scene.topic == "communication":
        measure = _delay(column.text)
        if measure is not None and measure.after:
            yield Told(
                to=item.label.text,
                after=measure.value,
                column=column,
                severity=_around(column),
                uses=frozenset({column.key(measure.start)}),
            )
        return
    if not scene.about("escalation", within=1) and not scene.about("oncall", within=1):
        return
    level = _LEVEL.match(item.label.text)
    text = re.split(r"\s[-–—]\s", item.body.text)[0] if level or not item.statement.label else item.body.text
    phrase = scene.analyst.phrase(text.strip())
    measure = _delay(column.text) or _delay(item.label)
    if item.label.measures and not item.body.measures:
        phrase = scene.analyst.phrase(item.body.text)
    to, remark = _name(_without(phrase, _delay(phrase)))
    named = scene.analyst.phrase(to)
    if not to or phrase.placeholder or named.blanked or not _is_somebody(named) or len(to.split()) > 6:
        return
    if item.label.text and not level and not item.label.measures and not item.label.of("route"):
        # `Database team: Maria`: the label is who is told.
        if not _is_somebody(item.label):
            return
    uses = (
        frozenset({column.key(measure.start)}) if measure in column.text.measures and measure else frozenset()
    )
    yield Told(
        to=to,
        after=_seconds(column.text if column.text.has("immediate") else phrase, measure),
        column=column,
        severity=_around(column),
        uses=uses,  # type: ignore[arg-type]
    )


def _sentence(column: Column) -> Iterator[Told]:
    """`Nach 30 Minuten an Level 2, nach 1 Stunde an Management`; `Immediately to CIO`; `after 30 min → manager`."""
    phrase = column.text
    if phrase.has("negation") and phrase.has("condition"):
        pass
    for start, end in phrase.clauses():
        clause = column.item.scene.analyst.phrase(phrase.text[start:end].strip())
        measure = _delay(clause)
        if measure is None and not clause.has("immediate"):
            continue
        preps = [
            h
            for h in clause.of("route")
            if h.name == "to" and (measure is None or h.start >= measure.end or h.end <= measure.start)
        ]
        for hit in preps:
            to = _recipient(clause, hit.end)
            if to:
                offset = phrase.text.index(clause.text, start)
                uses = frozenset({column.key(measure.start + offset)}) if measure else frozenset()
                yield Told(
                    to=to,
                    after=_seconds(clause, measure),
                    column=column,
                    severity=_of_clause(column, clause),
                    uses=uses,
                )  # type: ignore[arg-type]
                break


def _recipient(clause: Phrase, start: int) -> str:
    """Who stands after the preposition: up to a bracket, a delay or a condition."""
    text = clause.text
    stops = [m.start for m in clause.measures if m.start >= start and m.unit == "seconds"]
    stops += [
        h.start
        for h in clause.hits
        if h.start > start and h.kind in ("condition", "purpose", "comparator", "immediate")
    ]
    stops += [
        m.start()
        for m in re.finditer(
            r"\s\(|\s(?:bei|if|when|si|wenn|falls|nếu|se|dacă|cuando|quand|quando|by|via|in|with)\s", text
        )
        if m.start() >= start
    ]
    to = text[start : min(stops, default=len(text))].strip(_EDGES)
    to = re.sub(
        r"^(?:the|den|die|das|der|dem|la|el|los|las|le|les|l'|o|a|os|as|al|our|unseren?|zum|zur)\s+",
        "",
        to,
        flags=re.I,
    )
    phrase = Phrase(to, clause.lexicon)
    return to if to and len(to.split()) <= 5 and _is_somebody(phrase) and not phrase.blanked else ""


def _row(item: Item) -> Iterator[Told]:
    severity = tuple(k for m in item.scene.mentions(item.label) for k in m.keys)
    role = next(
        (
            c
            for c in item.columns
            if c.header.has("column", "role") and not c.header.has("column", "after") and _is_somebody(c.text)
        ),
        None,
    )
    if role is None:
        role = next(
            (c for c in item.columns if c.header.has("column", "role") and _is_somebody(c.text)), None
        )
    for column in item.values:
        if column.header.has("topic", "escalation") and (severity or role is None):
            yield from (
                Told(to=t.to, after=t.after, column=t.column, severity=severity or t.severity, uses=t.uses)
                for t in _sentence(column)
            )
        header = _delay(column.header)
        if header is not None and _is_somebody(column.text) and not column.text.measures:
            to, _ = _name(column.text.text)
            yield Told(to=to, after=header.value, column=column, severity=severity)
    if role is None or not item.scene.about("escalation", within=1):
        return
    yield from _role_row(item, role, severity)


def _role_row(item: Item, role: Column, severity: tuple[str, ...]) -> Iterator[Told]:
    """`| Level 2 | Platform team | after 30 min |`."""
    measure: Measure | None = None
    place: Column | None = None
    for column in item.columns:
        if column is not role and (
            column.header.has("column", "after") or column.header.has("topic", "escalation")
        ):
            found = _delay(column.text)
            if found is not None or column.text.has("immediate"):
                measure, place = found, column
                break
    named = severity or (_of_clause(place, place.text) if place else ())
    to, _ = _name(role.text.text)
    # `| Network | Network team |`: a row by area, and no rung of a ladder.
    area = item.key_header.has("column", "scope") and place is None and role is not item.columns[0]
    if role.text.placeholder or not to:
        return
    uses = frozenset({place.key(measure.start)}) if place and measure else frozenset()
    yield Told(
        to=to,
        after=_seconds(place.text, measure) if place else None,
        column=place or role,
        severity=named,
        scope=item.label.text if area else None,
        uses=uses,
    )  # type: ignore[arg-type]


# Parts -----------------------------------------------------------------------------------------------------------


def _name(text: str) -> tuple[str, str]:
    """`@security (for security incidents)` → the name and the remark."""
    found = _PAREN.search(text)
    remark = found[1].strip() if found else ""
    return _PAREN.sub("", text).strip(_EDGES), remark


def _without(phrase: Phrase, measure: Measure | None) -> str:
    """The text up to its delay: `CTO after 15 min` → CTO."""
    if measure is None:
        return phrase.text
    inside = phrase.text.rfind("(", 0, measure.start)
    if inside >= 0:
        return phrase.text
    starts = [h.start for h in phrase.of("comparator") if h.end <= measure.start]
    return phrase.text[: starts[-1] if starts else measure.start]


def _is_somebody(phrase: Phrase, *, loose: bool = False) -> bool:
    return bool(phrase.of("role") or _HANDLE.search(phrase.text) or _LEVEL.match(phrase.text)) or (
        loose and bool(phrase.text)
    )


def _delay(phrase: Phrase) -> Measure | None:
    found = [m for m in phrase.measures if m.unit == "seconds" and m.high is None and not m.every]
    return found[0] if found else None


def _seconds(phrase: Phrase, measure: Measure | None) -> int | float | None:
    if measure is not None:
        return measure.value
    return 0 if phrase.has("immediate") else None


def _around(column: Column) -> tuple[str, ...]:
    scene = column.item.scene
    for phrase in (column.item.label, column.text):
        found = tuple(k for m in scene.mentions(phrase) for k in m.keys)
        if found:
            return found
    return scene.severities_around()


def _of_clause(column: Column, clause: Phrase) -> tuple[str, ...]:
    found = tuple(k for m in column.item.scene.mentions(clause) for k in m.keys)
    return found or _around(column)


def _scope(told: Told) -> str | None:
    """A runbook's route is for what the runbook is about."""
    scene = told.column.item.scene
    heading = scene.headings[0] if scene.headings else None
    return heading.text if heading is not None and heading.has("topic", "runbook") else told.scope


def _steps(found: Sequence[tuple[str, Told]]) -> Iterator[Draft]:
    """Numbers the steps of each route: by rank (primary, secondary …) where there is one, else as they stand."""
    counted: dict[tuple[object, ...], int] = {}
    ranked = sorted(found, key=lambda pair: pair[1].rank if pair[1].rank is not None else 0)
    for route, told in ranked:
        scope = _scope(told)
        for severity in told.severity or (None,):
            place = (route, severity, scope, told.kind if told.rank is None else None)
            counted[place] = counted.get(place, 0) + 1
            item = told.column.item
            yield Draft(
                keeper="incidents",
                control="route",
                name=(
                    "route",
                    route,
                    *((scope,) if scope else ()),
                    *((severity,) if severity else ()),
                    told.to,
                ),
                values=Step(
                    route=route,
                    step=counted[place],
                    to=told.to,
                    after_seconds=told.after,
                    severity=severity,
                    kind=told.kind,
                    scope=scope,
                ),  # fmt: skip
                items=(item,),
                uses=told.uses,
                qualifier=told.kind or "",
            )
            if item.row and told.after is not None and told.column.header.has("topic", "escalation"):
                yield from _clock(told, severity, item)


def _clock(told: Told, severity: str | None, item: Item) -> Iterator[Draft]:
    """`| P2 | … | After 4h to Ops Manager |` also says when a P2 is escalated."""
    subject = {k for m in item.scene.mentions(item.label) for k in m.keys}
    if severity is None or severity not in subject:
        return
    yield Draft(
        keeper="incidents",
        control="deadline",
        name=("clock", severity, "escalate"),
        values=ClockValues(severity=severity, clock="escalate", seconds=told.after or 0),
        items=(item,),
        uses=told.uses,
    )
