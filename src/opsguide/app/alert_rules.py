"""The guide's alert rules as Prometheus' API tells of them."""

from collections.abc import Sequence

from ..guide.values import Alert
from ..monitoring.alerts import for_seconds, is_rule, name, rule_bound
from ..monitoring.board import Board, Measured
from ..monitoring.catalogue import NamedSignal, Use
from ..monitoring.state import AlertStatus
from ..telemetry.prometheus import Rule


def alert_rules(board: Board) -> Sequence[Rule]:
    """In the guide's order; a rule whose signal has no expression yet has no query."""
    alerts = board.state().alerts
    return [
        rule
        for named in board.named()
        for use in named.uses
        if is_rule(use.promise)
        and (rule := _rule(named, board.newest(named), use, alerts.get(use.promise.id))) is not None
    ]


def _rule(named: NamedSignal, measured: Measured | None, use: Use, status: AlertStatus | None) -> Rule | None:
    promise, expression = use.promise, named.signal.expression
    bound = rule_bound(promise)
    if bound is None:
        return None
    severity = promise.values.severity if isinstance(promise.values, Alert) else None
    return Rule(
        group=promise.section,
        name=name(promise),
        query=f"({expression}) {bound.op} {bound.number:.12g}" if expression else "",
        for_seconds=for_seconds(promise),
        labels={"promise": promise.id, **({"severity": severity} if severity else {})},
        annotations={"line": str(promise.span.line)},
        state=status.phase if status is not None else "inactive",
        since=status.since if status is not None else None,
        value=measured.value if measured is not None and status is not None else None,
    )
