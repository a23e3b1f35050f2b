"""The guide's alert rules as Prometheus' API tells of them."""

from collections.abc import Sequence

from ..guide.values import Alert
from ..monitoring.alerts import for_seconds, is_rule, name, rule_bound
from ..monitoring.amounts import Bound
from ..monitoring.board import Board, Measured
from ..monitoring.catalogue import NamedSignal, Use
from ..monitoring.state import AlertStatus
from ..telemetry.prometheus_rules import Active, Group, Rule

GUIDE = "guide"
"""How the guide is called among the files of rules."""


def alert_rules(board: Board) -> Sequence[Group]:
    """One group a section, in the guide's order; a rule whose signal has no expression yet has no query."""
    alerts = board.state().alerts
    sections: dict[str, list[Rule]] = {}
    for named in board.named():
        for use in named.uses:
            if is_rule(use.promise):
                rule = _rule(named, board.newest(named), use, alerts.get(use.promise.id))
                if rule is not None:
                    sections.setdefault(use.promise.section, []).append(rule)
    return [
        Group(name=name, file=GUIDE, rules=tuple(found), at=max(one.at or 0 for one in found) or None)
        for name, found in sections.items()
    ]


def query_of(expression: str | None, bound: Bound) -> str:
    """The rule's condition in PromQL; empty where its signal has no expression."""
    return f"({expression}) {bound.op} {bound.number:.12g}" if expression else ""


def _rule(named: NamedSignal, measured: Measured | None, use: Use, status: AlertStatus | None) -> Rule | None:
    promise = use.promise
    bound = rule_bound(promise)
    if bound is None:
        return None
    severity = promise.values.severity if isinstance(promise.values, Alert) else None
    labels = {"promise": promise.id, **({"severity": severity} if severity else {})}
    annotations = {"line": str(promise.span.line)}
    value = measured.value if measured is not None else None
    active = (
        ()
        if status is None
        else (Active({"alertname": name(promise), **labels}, annotations, status.phase, status.since, value),)
    )
    return Rule(
        id=promise.id,
        name=name(promise),
        query=query_of(named.signal.expression, bound),
        for_seconds=for_seconds(promise),
        labels=labels,
        annotations=annotations,
        active=active,
        at=measured.at if measured is not None else None,
        unknown=_unknown(named, measured),
        error=measured.problem if measured is not None and measured.why == "query_error" else "",
        where=f"{GUIDE}:{promise.span.line}",
    )


def _unknown(named: NamedSignal, measured: Measured | None) -> str:
    """Why the signal has no value, or ""."""
    if measured is not None and measured.value is not None:
        return ""
    return (measured.problem if measured is not None else "") or named.signal.problem or "not measured yet"
