"""The rule files as the API and the console tell of them."""

from collections.abc import Mapping, Sequence

from opsguide.monitoring.rulefiles.state import RuleStatus
from opsguide.telemetry import prometheus_rules as api
from opsguide.telemetry.prometheus_rules import Active

from .model import Group, Rule
from .runner import Ran, Runner


def groups(runner: Runner, alerts: Mapping[str, RuleStatus], *, past: bool = False) -> Sequence[api.Group]:
    """`alerts` are those of the ledger; of the past nothing else is known: no values, no evaluations."""
    return [_group(runner, group, alerts, past=past) for group in runner.loaded.groups]


def _group(runner: Runner, group: Group, alerts: Mapping[str, RuleStatus], *, past: bool) -> api.Group:
    ran = None if past else runner.groups.get(group.key)
    return api.Group(
        name=group.name,
        file=group.file,
        interval_seconds=(group.interval_ms or 0) / 1000,
        limit=group.limit,
        at=ran.at if ran is not None else None,
        seconds=ran.seconds if ran is not None else 0.0,
        rules=tuple(
            _rule(one, None if past else runner.rules.get(one.id), alerts.get(one.id)) for one in group.rules
        ),
    )


def _rule(rule: Rule, ran: Ran | None, status: RuleStatus | None) -> api.Rule:
    return api.Rule(
        id=rule.id,
        kind=rule.kind,
        name=rule.name,
        query=rule.expr,
        for_seconds=rule.for_ms / 1000,
        keep_seconds=rule.keep_firing_ms / 1000,
        labels=rule.label_texts,
        annotations=rule.annotation_texts,
        active=_active(ran, status),
        at=ran.at if ran is not None else None,
        seconds=ran.seconds if ran is not None else 0.0,
        series=ran.series if ran is not None else 0,
        error=ran.error if ran is not None else "",
        where=rule.where,
    )


def _active(ran: Ran | None, status: RuleStatus | None) -> tuple[Active, ...]:
    """The alerts on the ledger, with what the last evaluation said of them."""
    said = {alert.id: alert for alert in ran.alerts} if ran is not None else {}
    found = []
    for name, one in status.instances.items() if status is not None else ():
        alert = said.get(name)
        found.append(
            Active(
                labels=one.labels,
                annotations=alert.annotations if alert is not None else {},
                state="firing" if one.firing else "pending",
                since=one.active_at,
                value=alert.value if alert is not None else None,
                kept_since=one.kept_since,
            )
        )
    return tuple(found)
