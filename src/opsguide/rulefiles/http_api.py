"""Rules in the API."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from litestar import Response, get
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from opsguide.kernel.clock import rfc3339, rfc3339_or_none
from opsguide.telemetry.prometheus_rules import Active, Group, Rule
from opsguide.web.api.answers import Listing, PagingDep, content_tag, later
from opsguide.web.console import Console
from opsguide.web.pages import ConsoleDep

ALERTS_TOLD = 100


class RuleAlert(Struct, frozen=True):
    """An alert of a rule. `value` is null where it is not known (any more); instants are RFC 3339."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    state: Literal["inactive", "pending", "firing"]
    since: str
    value: float | None


class RuleStatus(Struct, frozen=True, kw_only=True):
    """A rule and how it is. `file` is `guide` for a rule of the guide; `where` is file:line.

    `health` is ok, err (`error` says why) or unknown while it was not evaluated. `alert_count` counts all of its
    alerts, of which the first 100 stand in `alerts`.
    """

    id: str
    name: str
    kind: Literal["alerting", "recording"]
    group: str
    file: str
    where: str
    query: str
    for_seconds: float
    keep_firing_seconds: float
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    state: Literal["inactive", "pending", "firing"]
    health: Literal["ok", "err", "unknown"]
    error: str
    evaluated_at: str | None
    evaluation_seconds: float
    series: int
    alert_count: int
    alerts: tuple[RuleAlert, ...]


class Rules(Listing, frozen=True, kw_only=True):
    """The rules of the guide and of rule files, in their order."""

    items: tuple[RuleStatus, ...]


Known = Callable[[Console], Sequence[Group]]


def handlers(known: Known) -> tuple[ControllerRouterHandler, ...]:
    @get("/api/v1/rules", needs="read", tags=["rules"], summary="List rules")
    async def rules(paging: PagingDep, console: ConsoleDep) -> Response[Rules]:
        """Every alerting and recording rule, of the guide and of rule files: state, alerts, last evaluation, error."""
        after = paging.after(tuple[int, str])
        found = list(enumerate(_status(group, rule) for group in known(console) for rule in group.rules))
        items, following = paging.page(later(found, after, _place), _place)
        body = Rules(items=tuple(one for _, one in items), next=following)
        return paging.answer(content_tag(body), lambda: body)

    return (rules,)


def _place(one: tuple[int, RuleStatus]) -> tuple[int, str]:
    return one[0], one[1].id


def _status(group: Group, rule: Rule) -> RuleStatus:
    return RuleStatus(
        id=rule.id,
        name=rule.name,
        kind=rule.kind,
        group=group.name,
        file=group.file,
        where=rule.where,
        query=rule.query,
        for_seconds=rule.for_seconds,
        keep_firing_seconds=rule.keep_seconds,
        labels=rule.labels,
        annotations=rule.annotations,
        state=rule.state,
        health=rule.health,
        error=rule.error,
        evaluated_at=rfc3339_or_none(rule.at),
        evaluation_seconds=rule.seconds,
        series=rule.series,
        alert_count=len(rule.active),
        alerts=tuple(_alert(one) for one in rule.active[:ALERTS_TOLD]),
    )


def _alert(one: Active) -> RuleAlert:
    value = one.value if one.value is not None and math.isfinite(one.value) else None
    return RuleAlert(one.labels, one.annotations, one.state, rfc3339(one.since), value)
