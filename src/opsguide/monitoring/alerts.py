"""Alert rules of the guide: inactive → pending → firing → resolved, as observations come in."""

from collections.abc import Iterator

from ..guide.bindings import built_in
from ..guide.promise import Promise
from ..guide.values import Alert, Objective
from ..kernel.clock import Instant, seconds_between
from ..kernel.duration import spoken
from ..kernel.part import Said
from ..kernel.standing import EvidenceRecorded, Verdict
from .amounts import Bound, bound_of, written
from .commands import Observation
from .facts import AlertCleared, AlertFiring, AlertPending, AlertResolved
from .state import AlertStatus, State


def subject(promise: str) -> str:
    return f"promise:{promise}"


def is_rule(promise: Promise) -> bool:
    """An `alerts:` rule, or the alert level beside a target."""
    values = promise.values
    return isinstance(values, Alert) or (isinstance(values, Objective) and values.level == "alert")


def rule_bound(promise: Promise) -> Bound | None:
    """When the rule's condition holds."""
    values = promise.values
    if isinstance(values, Alert):
        return bound_of(values, values.op, ">")
    if isinstance(values, Objective):
        return bound_of(values, values.op, ">")
    return None


def for_seconds(promise: Promise) -> float:
    return float(promise.values.for_seconds or 0) if isinstance(promise.values, Alert) else 0.0


def name(promise: Promise) -> str:
    """How people call the rule: its own name, else its signal."""
    values = promise.values
    if isinstance(values, Alert):
        return values.alert or values.signal
    assert isinstance(values, Objective)
    return f"{values.signal} p{values.percentile:g}" if values.percentile is not None else values.signal


def observe(
    state: State, promise: Promise, bound: Bound, seen: Observation, now: Instant, environment: str = ""
) -> tuple[Said | None, Verdict, str]:
    """The transition (if any), the verdict for the evidence, and its reason."""
    status = state.alerts.get(promise.id)
    if seen.value is None:
        return None, "unproven", seen.problem or "no data"
    if not bound.holds(seen.value):
        by = f" ({seen.by})" if seen.by else ""
        return _over(promise, status, seen.value, bound), "kept", f"not {bound.text}{by}"
    return _holding(promise, status, seen, bound, now, _labels(promise, environment))


def _labels(promise: Promise, environment: str) -> dict[str, str]:
    values = promise.values
    assert isinstance(values, Alert | Objective)
    given = {"kind": "alert", "alert": name(promise), "signal": built_in(values.signal)}
    return {**given, "environment": environment} if environment else given


def _holding(
    promise: Promise,
    status: AlertStatus | None,
    seen: Observation,
    bound: Bound,
    now: Instant,
    labels: dict[str, str],
) -> tuple[Said | None, Verdict, str]:
    value = seen.value
    assert value is not None
    waits = for_seconds(promise)
    what = f"{name(promise)} is {written(value, bound.unit)}, {bound.text}"
    what += f" ({seen.by})" if seen.by else ""
    if status is not None and status.phase == "firing":
        return None, "broken", what
    held = seconds_between(status.since, now) if status is not None else 0.0
    if held < waits:
        pending = AlertPending(alert=promise.id, value=value, for_seconds=waits, reason=what)
        transition = Said(pending, subject(promise.id)) if status is None else None
        return transition, "at_risk", f"{what}: fires if so for {spoken(waits)}"
    values = promise.values
    firing = AlertFiring(
        alert=promise.id,
        title=f"{name(promise)}: {written(value, bound.unit)} {bound.text}",
        value=value,
        severity=values.severity if isinstance(values, Alert) else None,
        reason=f"{what}{f' for {spoken(held)}' if held else ''} (line {promise.span.line})",
        labels=labels,
    )
    return Said(firing, subject(promise.id)), "broken", what


def _over(promise: Promise, status: AlertStatus | None, value: float, bound: Bound) -> Said | None:
    if status is None:
        return None
    reason = f"{name(promise)} is {written(value, bound.unit)}, no longer {bound.text}"
    if status.phase == "firing":
        return Said(AlertResolved(alert=promise.id, reason=reason), subject(promise.id))
    return Said(AlertCleared(alert=promise.id, value=value, reason=reason), subject(promise.id))


def gone(state: State) -> Iterator[Said]:
    """Alerts whose rule the guide no longer has end with it."""
    for alert, status in state.alerts.items():
        if alert not in state.promises:
            reason = "the guide no longer has this rule"
            ended = (
                AlertResolved(alert=alert, reason=reason)
                if status.phase == "firing"
                else AlertCleared(alert=alert, value=0.0, reason=reason)
            )
            yield Said(ended, subject(alert))


def evidence(
    promise: Promise, bound: Bound, seen: Observation, verdict: Verdict, reason: str, fresh: float
) -> EvidenceRecorded:
    """The evidence fact of one observation against a bound."""
    return EvidenceRecorded(
        promise=promise.id,
        verdict=verdict,
        reason=reason,
        fresh_seconds=fresh,
        value="" if seen.value is None else written(seen.value, bound.unit),
        limit=bound.text,
        number=seen.value,
    )
