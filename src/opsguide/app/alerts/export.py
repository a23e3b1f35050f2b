"""The guide's alerts as a Prometheus rule file, for an engine that evaluates them itself."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import yaml
from msgspec import Struct

from ...guide.adoption import Adopt
from ...guide.bindings import every_of, main_of
from ...guide.promise import Promise
from ...guide.values import Alert, Objective
from ...monitoring.alerts import for_seconds, is_rule, name, rule_bound
from ...monitoring.amounts import Bound
from ...monitoring.definitions import BUILTINS
from ...monitoring.signals import Presence, signal_of
from ..alert_rules import query_of


class Exported(Struct, frozen=True):
    """The file, and the alerts that it lacks: their lines with the reason."""

    text: str
    rules: int
    left_out: tuple[tuple[int, str], ...]


def exported(adopt: Adopt, guide: str, metrics: Collection[str] = ()) -> Exported:
    """`metrics` are those that the service has: built-in signals are chosen by them; without any, the first."""
    environment = main_of(adopt.bindings) or "production"
    every = every_of(adopt.bindings, environment)
    groups: dict[str, list[dict[str, Any]]] = {}
    left_out: list[tuple[int, str]] = []
    for promise in adopt.reading.promises:
        if not is_rule(promise):
            continue
        bound = rule_bound(promise)
        signal = signal_of(promise, adopt.bindings, environment, every, ({}, _present(promise, metrics)))
        if bound is None or signal.expression is None:
            left_out.append((promise.span.line, f"{name(promise)}: {signal.problem or 'it has no limit'}"))
            continue
        rule = _rule(promise, signal.expression, bound, guide)
        groups.setdefault(promise.section, []).append(rule)
    told = {"groups": [{"name": section, "rules": rules} for section, rules in groups.items()]}
    head = f"# The alerts of {guide}, by `opsguide alerts export`. Change the guide, not this file.\n"
    text = head + yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=110)
    return Exported(text, sum(map(len, groups.values())), tuple(left_out))


def _present(promise: Promise, metrics: Collection[str]) -> Presence:
    """What the other engine is taken to have."""
    said = promise.values.percentile if isinstance(promise.values, Alert | Objective) else None
    every = (one for some in BUILTINS.values() for one in some)
    return {
        one.key(one.percentile if said is None else said): 1.0
        for one in every
        if not metrics or one.needs in metrics
    }


def _rule(promise: Promise, expression: str, bound: Bound, guide: str) -> dict[str, Any]:
    values, waits = promise.values, for_seconds(promise)
    assert isinstance(values, Alert | Objective)
    severity = values.severity if isinstance(values, Alert) else None
    labels = {"promise": promise.id, **({"severity": severity} if severity else {})}
    said = name(promise)
    summary = (
        f"{said} {bound.text}" if said.startswith(values.signal) else f"{said}: {values.signal} {bound.text}"
    )
    annotations = {"summary": summary, "guide": f"{guide}:{promise.span.line}"}
    return {
        "alert": name(promise),
        "expr": query_of(expression, bound),
        **({"for": _duration(waits)} if waits else {}),
        "labels": dict(_literal(labels)),
        "annotations": dict(_literal(annotations)),
    }


def _duration(seconds: float) -> str:
    """As Prometheus writes it: one unit, the largest that fits."""
    milliseconds = round(seconds * 1000)
    units = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))
    return next(f"{milliseconds // size}{unit}" for unit, size in units if milliseconds % size == 0)


def _literal(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What the guide says is no template."""
    for key, text in texts.items():
        yield key, " ".join(text.split()).replace("{{", '{{ "{{" }}')
