"""Reads routes: who is told of an incident, in which order, after how long."""

from collections.abc import Iterator, Sequence

from ..guide.reader import Draft, Item, Scene
from ..guide.values import ClockValues, Step
from .spec_told import data, told
from .spec_told_parts import ARROWS, LEVEL, Told
from .spec_told_rows import row

_ROUTES = {"escalation": "escalation", "oncall": "on-call", "communication": "communication"}
_MAX_RUNGS = 9
_ELSEWHERE = (
    "postmortems",
    "backups",
    "maintenance",
    "objectives",
    "alerts",
    "severities",
    "approvals",
    "recovery",
)


def read_routes(scene: Scene) -> Iterator[Draft]:
    """Steps of a route: keys of data (the seed), bullets `CTO (T+15min)` under a severity (es_laoz), `Nach 30
    Minuten an Level 2` (de_handbook_0120), `L1 On-call -> L2 Platform` (en_axiom), rows with roles and delays.
    """
    if scene.aside or scene.block.kind in ("heading", "chart"):
        return
    found: list[tuple[str, Told]] = []
    for item in scene.items:
        route = _route(item)
        if route is not None and not item.label.blanked:
            found.extend((route, said) for said in _told(item, route))
    yield from _steps(found)


def _route(item: Item) -> str | None:
    """Which route the statement is about, by its label or what stands around it; None if about none."""
    scene = item.scene
    if item.row:
        if any(c.header.has("topic", "escalation") for c in item.columns):
            return "escalation"
    elif item.label.has("topic", "escalation") and not scene.about("oncall", within=0):
        return "escalation"
    elif item.label.has("topic", "oncall") and not scene.about("escalation", within=0):
        return "on-call"
    if scene.block.kind == "data" and item.label.of("route"):
        # `page:` beside `escalation:` is the first rung of the same ladder.
        if any(other.label.has("topic", "escalation") for other in scene.items) and not scene.about(
            "oncall", within=0
        ):
            return "escalation"
    if _is_ladder(scene):
        return "escalation"
    for name, _ in scene.topics[:3]:
        if name in _ROUTES:
            return _ROUTES[name]
        if name in _ELSEWHERE:
            break
    return "escalation" if not item.row and _escalates(item) else None


def _is_ladder(scene: Scene) -> bool:
    """`Level 1: service desk`, `Level 2: developers`, whatever the heading says."""
    if scene.block.kind not in ("list", "ordered") or not 1 < len(scene.items) <= _MAX_RUNGS:
        return False
    return all(LEVEL.match(i.label.text) and i.body.of("role") for i in scene.items)


def _escalates(item: Item) -> bool:
    """A sentence anywhere that says when to escalate: it must hold a condition or a delay."""
    phrase = item.columns[0].text
    if item.scene.topics and item.scene.chapter not in ("incidents", "monitoring"):
        return False
    return phrase.has("topic", "escalation") or bool(phrase.of("condition") and phrase.of("route"))


def _told(item: Item, route: str) -> Iterator[Told]:
    scene = item.scene
    if item.row:
        yield from row(item)
    elif scene.block.kind == "data":
        yield from data(item)
    elif route == "communication":
        yield from _informed(item)
    else:
        about = scene.about("escalation", "oncall", within=1) or _is_ladder(scene)
        labelled = item.label.has("topic", "escalation", "oncall")
        rungs = len(ARROWS.split(item.body.text))
        listed = about and (scene.block.kind in ("list", "ordered") or rungs > 2)
        listed = listed or (labelled and rungs > 1)
        yield from told(item, listed=listed)


def _informed(item: Item) -> Iterator[Told]:
    """`Customers: e-mail (T+30min)` where communication is planned."""
    column = item.columns[0]
    late = [m for m in column.text.measures if m.after and m.unit == "seconds"]
    if item.label.text and late:
        severity = item.scene.severities_around()
        uses = frozenset({column.key(late[0].start)})
        yield Told(to=item.label.text, after=late[0].value, column=column, severity=severity, uses=uses)


def _scope(said: Told) -> str | None:
    """A runbook's route is for what the runbook is about."""
    scene = said.column.item.scene
    heading = scene.headings[0] if scene.headings else None
    return heading.text if heading is not None and heading.has("topic", "runbook") else said.scope


def _steps(found: Sequence[tuple[str, Told]]) -> Iterator[Draft]:
    """Numbers the steps of each route: by rank (primary, secondary …) where there is one, else as they stand."""
    counted: dict[tuple[object, ...], int] = {}
    for route, said in sorted(found, key=lambda pair: pair[1].rank or 0):
        scope = _scope(said)
        for severity in said.severity or (None,):
            place = (route, severity, scope, said.kind if said.rank is None else None)
            counted[place] = counted.get(place, 0) + 1
            yield _draft(route, said, severity, scope, said.level or counted[place])
            yield from _clock(said, severity)


def _draft(route: str, said: Told, severity: str | None, scope: str | None, number: int) -> Draft:
    named = [part for part in (scope, severity) if part]
    return Draft(
        keeper="incidents",
        control="route",
        name=("route", route, *named, said.to),
        values=Step(
            route=route,
            step=number,
            to=said.to,
            after_seconds=said.after,
            severity=severity,
            kind=said.kind,
            scope=scope,
        ),
        items=(said.column.item, *said.beside),
        uses=said.uses,
        qualifier=said.kind or "",
    )


def _clock(said: Told, severity: str | None) -> Iterator[Draft]:
    """`| P2 | … | After 4h to Ops Manager |` also says when a P2 is escalated."""
    item = said.column.item
    if not item.row or said.after is None or not said.column.header.has("topic", "escalation"):
        return
    subject = {k for m in item.scene.mentions(item.label) for k in m.keys}
    if severity is not None and severity in subject:
        yield Draft(
            keeper="incidents",
            control="deadline",
            name=("clock", severity, "escalate"),
            values=ClockValues(severity=severity, clock="escalate", seconds=said.after),
            items=(item,),
            uses=said.uses,
        )
