"""One evaluation of an alerting rule: which alerts hold, and what changes with those there were. Pure.

The state machine is that of Prometheus 3: pending while the condition holds for less than `for`, firing from then on,
and `keep_firing_for` longer than the condition.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import OpsguideError
from opsguide.kernel.ports import Sample
from opsguide.monitoring.rulefiles.facts import Change
from opsguide.monitoring.rulefiles.state import Instance, digest
from opsguide.telemetry import labels as label
from opsguide.telemetry.labels import NAME, Labels

from ..gotemplate import Found, Scope, Template, TemplateError, expand
from .model import Rule

MOST_ALERTS = 10_000
"""A rule with more alerts than this is wrong, and costs more than it tells."""

Query = Callable[[str], Sequence[Sample]]


class RuleError(OpsguideError):
    """A rule cannot be evaluated."""


class Surroundings(Struct, frozen=True):
    """What templates see besides: `$externalLabels`, `$externalURL`."""

    labels: Mapping[str, str] = {}
    url: str = ""


class Alert(Struct, frozen=True):
    """An alert that is pending or firing, with what it says. `value` None: it is not known, after a restart."""

    id: str
    labels: Labels
    annotations: Mapping[str, str]
    value: float | None
    instance: Instance

    @property
    def state(self) -> str:
        return "firing" if self.instance.firing else "pending"


class Step(Struct, frozen=True):
    """What an evaluation came to: the alerts now, and how each that changed did, changes of one kind together."""

    alerts: tuple[Alert, ...]
    changes: tuple[tuple[Change, Alert], ...]


def step(  # noqa: PLR0913 - what an evaluation needs, by name
    rule: Rule,
    before: Mapping[str, Instance],
    found: Sequence[Sample],
    now: Instant,
    *,
    query: Query,
    surroundings: Surroundings,
    limit: int = 0,
    last: Sequence[Alert] = (),
) -> Step:
    """`before` are the alerts by digest, `found` what the expression gives now. Raises RuleError.

    `last` is what the alerts said at the last evaluation: what fires by `keep_firing_for` goes on saying it.
    """
    holding = _holding(rule, found, query, surroundings)
    said = {alert.id: alert for alert in last}
    alerts: list[Alert] = []
    changes: list[tuple[Change, Alert]] = []
    for alert in holding.values():
        change, after = _held(rule, before.get(alert.id), alert, now)
        alerts.append(after)
        if change is not None:
            changes.append((change, after))
    for name, instance in before.items():
        if name not in holding:
            change, kept = _ended(rule, instance, now)
            ended = structs.replace(said[name], instance=kept) if name in said else _mute(name, kept)
            if change not in ("resolved", "cleared"):
                alerts.append(ended)
            if change is not None:
                changes.append((change, ended))
    if len(alerts) > (limit or MOST_ALERTS):
        raise RuleError(f"the rule has {len(alerts)} alerts, more than its limit of {limit or MOST_ALERTS}")
    changes.sort(key=lambda one: one[0])
    return Step(tuple(alerts), tuple(changes))


def _mute(name: str, instance: Instance) -> Alert:
    """What was said is not known any more, after a restart."""
    return Alert(name, label.of(instance.labels), {}, None, instance)


def _holding(
    rule: Rule, found: Sequence[Sample], query: Query, surroundings: Surroundings
) -> dict[str, Alert]:
    """The alerts whose condition holds, by digest, with labels and annotations expanded."""
    holding: dict[str, Alert] = {}
    plain = {name: one.plain for name, one in {**rule.labels, **rule.annotations}.items()}
    fixed = None not in plain.values()
    for sample in found:
        scope = None if fixed else _scope(sample, query, surroundings)
        own = {name: value for name, value in sample.labels.items() if name != NAME}
        own |= {name: _expanded(one, scope) for name, one in rule.labels.items()}
        own["alertname"] = rule.name
        labels = label.of(own)
        name = digest(labels)
        if name in holding:
            hint = "keep a label that tells the series apart, or aggregate it away"
            raise RuleError(f"two series give the same alert {label.text(labels)}", hint=hint)
        annotations = {key: _expanded(one, scope) for key, one in rule.annotations.items()}
        holding[name] = Alert(name, labels, annotations, sample.value, Instance(dict(labels), 0))
    return holding


def _scope(sample: Sample, query: Query, surroundings: Surroundings) -> Scope:
    data = {
        "Labels": sample.labels,
        "ExternalLabels": surroundings.labels,
        "ExternalURL": surroundings.url,
        "Value": sample.value,
    }
    variables: dict[str, Any] = {
        "$labels": sample.labels,
        "$externalLabels": surroundings.labels,
        "$externalURL": surroundings.url,
        "$value": sample.value,
    }

    def ask(expression: str) -> Sequence[Found]:
        try:
            return [Found(one.labels, one.value) for one in query(expression)]
        except OpsguideError as error:
            raise TemplateError(f"query failed: {error.what}") from None

    return Scope(data, variables, ask, surroundings.url)


def _expanded(template: Template, scope: Scope | None) -> str:
    """A template that fails says so in its place: the alert matters more than its words."""
    if scope is None or template.plain is not None:
        return template.plain or ""
    try:
        return expand(template, scope)
    except TemplateError as error:
        return f"<error expanding template: {error.what}>"


def _held(rule: Rule, before: Instance | None, alert: Alert, now: Instant) -> tuple[Change | None, Alert]:
    """The condition holds."""
    active = now if before is None else before.active_at
    firing = (before is not None and before.firing) or now - active >= rule.for_ms
    change: Change | None = None
    if before is None or firing != before.firing:
        change = "firing" if firing else "pending"
    elif before.kept_since is not None:
        change = "returned"
    instance = Instance(alert.instance.labels, active, firing)
    return change, Alert(alert.id, alert.labels, alert.annotations, alert.value, instance)


def _ended(rule: Rule, instance: Instance, now: Instant) -> tuple[Change | None, Instance]:
    """The condition holds no more."""
    if not instance.firing:
        return "cleared", instance
    since = now if instance.kept_since is None else instance.kept_since
    if rule.keep_firing_ms and now - since < rule.keep_firing_ms:
        kept = Instance(instance.labels, instance.active_at, True, since)
        return ("kept" if instance.kept_since is None else None), kept
    return "resolved", instance
