"""Reads alert rules: a condition, how long it must hold, and the severity."""

import re
from collections.abc import Iterator

from ..guide.claims import amount
from ..guide.reader import Column, Draft, Item, Key, Scene
from ..guide.scopes import by_severity, level_of
from ..guide.severities import Mention
from ..guide.signals import ENUMERATED, target_side, usual_op
from ..guide.statements import Node
from ..guide.thresholds import Condition, conditions, percentile_of, shared_op
from ..guide.values import Alert, Op

_CONDITIONS = (
    "condition",
    "expr",
    "expression",
    "query",
    "when",
    "if",
    "rule",
    "threshold",
    "trigger",
    "alert_when",
)
_LASTING = (
    "for",
    "duration",
    "sustained",
    "hold",
    "window",
    "over",
    "for_duration",
    "evaluation_period",
    "pending",
)
_EXPRESSION = re.compile(
    r"^(?P<signal>.*?[\w)\]}])\s*(?P<op>>=|<=|==|>|<)\s*(?P<value>-?\d+(?:\.\d+)?(?:[eE]-?\d+)?)\s*(?P<percent>%)?$",
    re.S,
)
_OPS: dict[str, Op] = {">": ">", ">=": ">=", "<": "<", "<=": "<=", "==": "=="}
_ACTION = re.compile(r"(?:page|ticket|e-?mail|call|sms|phone)\b", re.I)
_ARROW = re.compile(r"->|→|=>|➜|⇒")
# `api_5xx: error rate > 2 %`: a name that a system gave it, which is what people look for.
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:[_.-][a-z0-9]+)*$")
_NAMES = ("alert", "name", "alertname", "title", "id", "rule")


def read_alerts(scene: Scene) -> Iterator[Draft]:
    """A rule a mapping of data (the seed, Prometheus), a row with thresholds (en_handbook_0210), or a comparison
    where alerts are spoken of: `Error rate >1% por 5min` (es_laoz), `we page when latency exceeds 1 s`.
    """
    if scene.aside or scene.block.kind in ("heading", "chart"):
        return
    if scene.block.kind == "data":
        yield from _data(scene)
    elif scene.block.kind == "table":
        for item in scene.items:
            yield from _row(item)
    else:
        yield from _said(scene)


# Data ------------------------------------------------------------------------------------------------------------


def _data(scene: Scene) -> Iterator[Draft]:
    node = scene.block.node
    if node is None or not (scene.about("alerts") or node.get("expr", "condition") is not None):
        return
    item = _condition(scene)
    if item is None:
        return
    found = [c for c in conditions(item, item.columns[0]) if c.claim.measure.op is not None]
    expression = _EXPRESSION.match(item.body.text)
    if len(found) != 1 or (expression and not expression["signal"].replace("_", "").isalnum()):
        if expression:
            yield from _promql(scene, node, item, expression)
        return
    said = found[0]
    name, lasting = _data_name(scene, node), _held(scene)
    others = [i for i in scene.items if i is not item]
    yield Draft(
        keeper="monitoring",
        control="threshold",
        name=("alert", name or said.words),
        values=Alert(
            alert=name,
            signal=said.words,
            percentile=said.percentile,
            op=said.op or ">",
            for_seconds=_seconds(lasting),
            severity=_data_severity(scene, node),
            **amount(said.claim.measure),  # type: ignore[arg-type]
        ),
        items=(item, *others),
        uses=frozenset({said.claim.key, *_keys(lasting)}),
    )


def _keys(item: Item | None) -> Iterator[Key]:
    """The measures of an item: what an alert took as its duration is no objective of its own."""
    for column in item.columns if item is not None else ():
        yield from (column.key(measure.start) for measure in column.text.measures)


def _promql(scene: Scene, node: Node, item: Item, expression: re.Match[str]) -> Iterator[Draft]:
    """`rate(errors[5m]) / rate(requests[5m]) > 0.02`: the signal is an expression of its own."""
    name, lasting = _data_name(scene, node), _held(scene)
    number = float(expression["value"])
    value = int(number) if number.is_integer() else number
    others = [i for i in scene.items if i is not item]
    yield Draft(
        keeper="monitoring",
        control="threshold",
        name=("alert", name or expression["signal"]),
        values=Alert(
            alert=name,
            signal=expression["signal"].strip(),
            op=_OPS[expression["op"]],
            for_seconds=_seconds(lasting),
            severity=_data_severity(scene, node),
            **{"ratio": value / 100} if expression["percent"] else {"count": value},
        ),
        items=(item, *others),
        uses=frozenset((*_keys(item), *_keys(lasting))),
    )


def _data_name(scene: Scene, node: Node) -> str | None:
    named = node.get(*_NAMES)
    if named is not None and named.kind == "scalar" and named.value:
        return named.value
    return scene.labels[0].text if scene.labels else None


def _find(node: Node, *keys: str) -> Node | None:
    """The scalar under one of the keys, here or in a nested mapping (`labels: {severity: page}`)."""
    here = node.get(*keys)
    if here is not None and here.kind == "scalar":
        return here
    return next(
        (f for c in node.children if c.kind == "mapping" and (f := _find(c, *keys)) is not None), None
    )


def _condition(scene: Scene) -> Item | None:
    """The entry that compares: `condition:`, `expr:`, `conditie:`."""
    named = next((i for i in scene.items if i.label.text.casefold() in _CONDITIONS), None)
    if named is not None or not scene.about("alerts"):
        return named
    compared = (i for i in scene.items if i.label.has("column", "alert") and _compares(i.columns[0]))
    return next(compared, None)


def _data_severity(scene: Scene, node: Node) -> str | None:
    said = _find(node, "severity", "priority", "level")
    if said is not None:
        return said.value.casefold()
    beside = next((i for i in scene.items if i.label.has("column", "severity") and i.body.text), None)
    return beside.body.text.casefold() if beside is not None else None


def _held(scene: Scene) -> Item | None:
    """The entry that says how long the condition must hold: `for:`, `duration:`, `durata:`."""
    named = next((i for i in scene.items if i.label.text.casefold() in _LASTING), None)
    return named or next((i for i in scene.items if i.label.has("column", "for", "duration")), None)


def _seconds(item: Item | None) -> int | float | None:
    if item is None:
        return None
    found = [m for m in item.body.measures if m.unit == "seconds" and m.high is None]
    return found[0].value if len(found) == 1 else None


# Tables ----------------------------------------------------------------------------------------------------------


def _row(item: Item) -> Iterator[Draft]:
    scene = item.scene
    about_alerts = scene.about("alerts", within=1) or item.key_header.has("topic", "alerts")
    if item.label.blanked or scene.mentions(item.label):
        return
    rated = by_severity(item)
    for column in item.values:
        level = level_of(column)
        if rated:
            keys = [key for m in scene.mentions(column.header) for key in m.keys]
            if len(keys) == 1 and _compares(column):
                yield from _row_conditions(item, column, keys[0])
        elif level in ("warning", "critical") or (level == "alert" and (about_alerts or _compares(column))):
            severity = level if level != "alert" else None
            yield from _row_conditions(item, column, severity)
        elif about_alerts and level != "target" and _compares(column):
            yield from _row_conditions(item, column, None)


def _compares(column: Column) -> bool:
    return any(m.op is not None for m in column.text.measures)


def _row_conditions(item: Item, column: Column, severity: str | None) -> Iterator[Draft]:
    named = item.under("severity") or _coded(item)
    if severity is None and named is not None and named.text.text and not named.text.placeholder:
        severity = _severity(item.scene, named)
    lasting = item.under("for")
    held = (
        [m for m in lasting.text.measures if m.unit == "seconds"] if lasting and lasting is not column else []
    )
    found = conditions(item, column)
    for said in found:
        measure = said.claim.measure
        op = measure.op or shared_op(said.claim)
        if op is None and severity in ("warning", "critical"):
            op = usual_op(said.term, "alert") or ">"
        if op in ("<", "<=") and measure.unit == "ratio" and item.label.has("comparator", "drop"):
            # `Drop of orders | < 25 %`: a small drop is no alarm, so it is said of something else.
            continue
        if op is None or (
            measure.unit == "seconds" and column.header.has("column", "for") and not _compares(column)
        ):
            continue
        words = said.words if said.words and len(found) > 0 and _is_signal(said) else item.label.text
        yield Draft(
            keeper="monitoring",
            control="threshold",
            name=("alert", item.label.text, *((severity,) if severity else ())),
            values=Alert(
                alert=item.label.text,
                signal=_signal(said, words),
                percentile=percentile_of(said.claim),
                op=op,
                for_seconds=said.lasting.value if said.lasting else held[0].value if len(held) == 1 else None,
                severity=severity,
                **amount(measure),  # type: ignore[arg-type]
            ),
            items=(item,),
            uses=frozenset({said.claim.key}),
            qualifier=words,
        )


def _coded(item: Item) -> Column | None:
    """The one cell that is a severity and nothing else, whatever its header: `SEV1` under `Pages`."""
    found = [c for c in item.values if any(_fills(m, c) for m in item.scene.mentions(c.text, names=False))]
    return found[0] if len(found) == 1 else None


def _fills(mention: Mention, column: Column) -> bool:
    return not column.text.residue((mention.start, mention.end))


def _is_signal(said: Condition) -> bool:
    return len(said.words) > 1


def _severity(scene: Scene, column: Column) -> str:
    found = scene.mentions(column.text)
    return found[0].keys[0] if found else column.text.text.casefold()


# Lists and sentences ---------------------------------------------------------------------------------------------


def _said(scene: Scene) -> Iterator[Draft]:
    about = scene.topic in ("alerts",) or any(i.label.has("topic", "alerts") for i in scene.items)
    if scene.about("checklist") or any(p.has("aside", "criteria", "checklist") for p in scene.labels[:1]):
        return
    for item in scene.items:
        if item.label.has("aside", "criteria"):
            continue
        spoken = about or item.whole.has("topic", "alerts") or _leads_to_severity(item)
        if not spoken or item.whole.of("intrusion"):
            continue
        column = item.columns[0]
        if item.label.measures and not item.body.of("role"):
            # `CPU > 90% for 10 min: page P3`: the colon stands behind the condition.
            column = Column(item, 0, scene.nothing, item.whole)
        found = conditions(item, column)
        for said in found:
            if _alerts(said):
                yield _spoken(item, said, several=len(found) > 1)


def _leads_to_severity(item: Item) -> bool:
    """`CPU > 85% for 15 minutes → P3 ticket`"""
    if any(m.op for m in item.label.measures) and not item.row and _ACTION.match(item.body.text):
        # `Home file system above 90 % full: page`
        return True
    arrow = _ARROW.search(item.whole.text)
    if arrow is None or not any(m.op for m in item.whole.measures if m.end <= arrow.start()):
        return False
    return any(m.start >= arrow.end() for m in item.scene.mentions(item.whole, names=False))


def _signal(said: Condition, words: str) -> str:
    """The contract's name of the signal where the words say it and nothing more, else the words."""
    phrase = said.claim.scene.analyst.phrase(words)
    named = [h.name for h in phrase.of("signal") if h.name in ENUMERATED]
    places = [(p.start, p.end) for p in phrase.quantities.percentiles]
    if len(set(named)) == 1 and not phrase.residue(*places, kinds=("signal",)):
        return named[0]
    if (
        not named
        and said.percentile is not None
        and said.claim.measure.unit == "seconds"
        and not phrase.residue(*places)
    ):
        return "response_time"
    return words


def _severity_after(said: Condition) -> tuple[str, ...]:
    """`> 1% for 5 min -> P1`: what stands between this amount and the next one."""
    phrase, m = said.claim.text, said.claim.measure
    last = said.lasting.end if said.lasting is not None else m.end
    following = [x.start for x in phrase.measures if x.start > last]
    end = min(following, default=len(phrase.text))
    found = [x.keys for x in said.claim.scene.mentions(phrase, names=False) if last <= x.start < end]
    return found[0] if found else ()


def _alerts(said: Condition) -> bool:
    """A signal on its bad side is an alert where alerts are spoken of; one on its good side is a target."""
    op = shared_op(said.claim)
    if op is None:
        return False
    if said.term is None and said.claim.measure.unit == "seconds" and _is_lasting(said):
        return False
    good = target_side(said.term, op)
    if good is None and op in ("<", "<=") and _leads_to_severity(said.claim.item):
        # `cert: expires in less than 21 days → P3`
        return True
    return not good if good is not None else op in (">", ">=") or bool(said.lasting)


def _is_lasting(said: Condition) -> bool:
    """`if the problem lasts longer than 15 minutes`, `back to normal for at least 30 minutes`: how long, no signal."""
    phrase, start = said.claim.text, said.claim.measure.start
    begin = max([said.claim.clause[0], *(m.end for m in phrase.measures if m.end <= start)])
    if any(h.name == "duration" for h in phrase.between("window", begin, start)):
        return True
    held = [h.end for h in phrase.between("sustain", begin, start)]
    return bool(held) and not phrase.text[held[-1] : start].strip()


def _level(item: Item) -> str | None:
    """`(Warning)`, `(Crítica)`: the level in the brackets of a label."""
    found = [h.name for h in item.label.of("severity") if "(" in item.label.text[: h.start]]
    return found[0] if len(found) == 1 else None


def _above(item: Item, said: Condition) -> str | None:
    """`Alert condition (warning): > 80 %` under `CPU usage`: the label says that it is an alert, the parent of what."""
    label, labels = item.label, item.scene.labels
    if said.words or not label.has("topic", "alerts") or label.of("signal") or not labels:
        return None
    return labels[0].text if labels[0].of("signal") else None


def _spoken(item: Item, said: Condition, *, several: bool) -> Draft:
    above = _above(item, said)
    words = above or said.words or item.label.text
    label = (
        item.label.text if item.label.text and item.label.text != words and not item.label.measures else None
    )
    mentioned = _severity_after(said) or said.claim.severities()
    return Draft(
        keeper="monitoring",
        control="threshold",
        name=("alert", *((label,) if label else ()), *((words,) if several or not label else ())),
        values=Alert(
            alert=item.label.text if _IDENTIFIER.match(item.label.text) else said.words or above or label,
            signal=_signal(said, words),
            percentile=said.percentile,
            op=shared_op(said.claim) or ">",
            for_seconds=said.lasting.value if said.lasting else None,
            severity=mentioned[0] if len(mentioned) == 1 else _level(item) if above else None,
            **amount(said.claim.measure),  # type: ignore[arg-type]
        ),
        items=(item,),
        uses=frozenset({said.claim.key}),
        qualifier=words,
    )
