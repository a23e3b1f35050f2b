"""Rules and alerts as Prometheus' HTTP API tells of them: `/api/v1/rules` and `/api/v1/alerts`.

Reference: prometheus.io/docs/prometheus/latest/querying/api, sections Rules and Alerts.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from opsguide.kernel.clock import Instant, rfc3339

from .prometheus import Answer, BadParameter, Params, number, success

NEVER = "0001-01-01T00:00:00Z"
"""What Prometheus says of an instant that has not been."""

State: TypeAlias = Literal["inactive", "pending", "firing"]


class Active(Struct, frozen=True):
    """An alert that is pending or firing. `kept_since`: its condition is over, and it fires for a while yet."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    state: State
    since: Instant
    value: float | None
    kept_since: Instant | None = None


class Rule(Struct, frozen=True, kw_only=True):
    """A rule and how it is. `at` is its last evaluation, `seconds` what that took; `error` why it failed, or "".

    `where` is file:line; `unknown` says why nothing is known of its condition, or is "".
    """

    name: str
    query: str
    kind: Literal["alerting", "recording"] = "alerting"
    for_seconds: float = 0.0
    keep_seconds: float = 0.0
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    active: tuple[Active, ...] = ()
    at: Instant | None = None
    seconds: float = 0.0
    error: str = ""
    unknown: str = ""
    series: int = 0
    where: str = ""
    id: str = ""

    @property
    def state(self) -> State:
        states = {one.state for one in self.active}
        return "firing" if "firing" in states else "pending" if states else "inactive"

    @property
    def health(self) -> Literal["ok", "err", "unknown"]:
        return "err" if self.error else "unknown" if self.unknown or self.at is None else "ok"


class Group(Struct, frozen=True, kw_only=True):
    """Rules that are evaluated together; `file` is `guide` for the guide's own."""

    name: str
    file: str
    rules: tuple[Rule, ...]
    interval_seconds: float = 0.0
    limit: int = 0
    at: Instant | None = None
    seconds: float = 0.0


def rules(found: Sequence[Group], params: Params) -> Answer:
    kind = next(iter(params.get("type", ())), "")
    if kind not in ("", "alert", "record"):
        raise BadParameter(f'invalid parameter "type": not supported value {kind!r}')
    names, wanted = params.get("rule_name[]", ()), params.get("rule_group[]", ())
    files = params.get("file[]", ())
    with_alerts = next(iter(params.get("exclude_alerts", ())), "") not in ("1", "t", "true", "TRUE", "True")
    groups = []
    for group in found:
        if (wanted and group.name not in wanted) or (files and group.file not in files):
            continue
        members = [
            _rule(rule, with_alerts=with_alerts)
            for rule in group.rules
            if (not kind or rule.kind.startswith(kind)) and (not names or rule.name in names)
        ]
        if members or not (kind or names):
            groups.append(_group(group, members))
    return success({"groups": groups})


def _group(group: Group, members: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": group.name,
        "file": group.file,
        "rules": members,
        "interval": group.interval_seconds,
        "limit": group.limit,
        "evaluationTime": group.seconds,
        "lastEvaluation": _instant(group.at),
    }


def _rule(rule: Rule, *, with_alerts: bool) -> dict[str, Any]:
    evaluated: dict[str, Any] = {
        "health": rule.health,
        "evaluationTime": rule.seconds,
        "lastEvaluation": _instant(rule.at),
    }
    if rule.error:
        evaluated["lastError"] = rule.error
    told: dict[str, Any] = {"name": rule.name, "query": rule.query, "labels": rule.labels}
    if rule.kind == "recording":
        return {"type": "recording", **told, **evaluated}
    alerts = [_alert(one) for one in rule.active] if with_alerts else []
    return {
        "type": "alerting",
        **told,
        "state": rule.state,
        "duration": rule.for_seconds,
        "keepFiringFor": rule.keep_seconds,
        "annotations": rule.annotations,
        "alerts": alerts,
        **evaluated,
    }


def alerts(found: Sequence[Group]) -> Answer:
    return success({"alerts": [_alert(one) for one in active(found)]})


def active(found: Sequence[Group]) -> Iterator[Active]:
    for group in found:
        for rule in group.rules:
            yield from rule.active


def _alert(one: Active) -> dict[str, Any]:
    told: dict[str, Any] = {
        "labels": one.labels,
        "annotations": one.annotations,
        "state": one.state,
        "activeAt": rfc3339(one.since),
        "value": number(math.nan if one.value is None else one.value),
    }
    if one.kept_since is not None:
        told["keepFiringSince"] = rfc3339(one.kept_since)
    return told


def _instant(at: Instant | None) -> str:
    return NEVER if at is None else rfc3339(at)
