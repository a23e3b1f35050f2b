"""What the chapter answers to observations and probes. Pure; most answers are empty."""

from collections.abc import Callable, Iterator

from ..guide.bindings import Scoped, main_of, part_of, place_of, uptime_of
from ..guide.promise import Promise
from ..guide.values import Alert, Amount, Objective
from ..kernel.clock import Instant, seconds_between
from ..kernel.duration import spoken
from ..kernel.part import Answer, Conditions, Decision, Refusal, Said
from ..kernel.standing import EvidenceRecorded, Verdict
from . import alerts, budgets, burning, choosing, traffic, unmeasured
from .amounts import Bound, bound_of, written
from .commands import Counted, Observation, Observe, Probed
from .facts import (
    EnvironmentDown,
    EnvironmentUp,
    EnvironmentWatched,
    MaintenanceBegan,
    MaintenanceEnded,
    ProbeFailed,
    ProbeRecovered,
    RequestsCounted,
)
from .probes import rules as probes
from .signals import Seen, Signal, signal_of
from .state import State, Watched

FRESH_SECONDS = 600.0
"""Evidence counts for ten minutes, and is recorded every five while nothing changes."""

CERTIFICATE_SECONDS = 14 * 86400.0
"""A certificate that runs out within two weeks puts its environment at risk: most authorities renew 30 days before."""


def target_bound(state: State, promise: Promise) -> Bound | None:
    """The limit of a target: the guide's, else the one bound under `[limits]`."""
    values = promise.values
    if isinstance(values, Objective) and values.level == "target":
        found = bound_of(values, values.op, ">=" if values.signal == "availability" else "<=")
        if found is not None:
            return found
    limit = state.bindings.limits.get(promise.id)
    if limit is not None and isinstance(values, Amount):
        return bound_of(limit, limit.op, "<=")
    return None


def bound_for(state: State, promise: Promise) -> Bound | None:
    """What a promise's value is held against: an alert's condition, or a target's limit."""
    return alerts.rule_bound(promise) if alerts.is_rule(promise) else target_bound(state, promise)


def observe(state: State, command: Observe, now: Instant) -> Answer:
    """Transitions of alerts, and evidence where it is new or due."""
    fresh = max(FRESH_SECONDS, 4 * command.every)
    said = list[Said]()
    for seen in command.observations:
        promise = state.promises.get(seen.promise)
        if promise is not None:
            said.extend(_observed(state, promise, seen, fresh, now))
    return tuple(said)


def _observed(
    state: State, promise: Promise, seen: Observation, fresh: float, now: Instant
) -> Iterator[Said]:
    bound = bound_for(state, promise)
    if bound is None:
        return
    seen = unmeasured.proven(promise, bound, seen)
    yield from unmeasured.observe(state, promise, seen, now)
    yield from choosing.observe(state, seen)
    if alerts.is_rule(promise):
        transition, verdict, reason = alerts.observe(
            state, promise, bound, seen, now, environment_of(state, promise)
        )
        if transition is not None:
            yield transition
        evidence = alerts.evidence(promise, bound, seen, verdict, reason, fresh)
    else:
        evidence = _against(state, promise, bound, seen, fresh)
    yield from _evidence(state, evidence, now)


def _against(
    state: State, promise: Promise, bound: Bound, seen: Observation, fresh: float
) -> EvidenceRecorded:
    if seen.value is None:
        return alerts.evidence(promise, bound, seen, "unproven", seen.problem or "no data", fresh)
    kept = bound.holds(seen.value)
    reason = f"{written(seen.value, bound.unit)} is {'' if kept else 'not '}{bound.text}"
    if seen.by:
        reason += f" ({seen.by})"
    if traffic.is_for_normal(promise):
        reason += f" ({traffic.normal(state.bindings)})"
    return alerts.evidence(promise, bound, seen, "kept" if kept else "broken", reason, fresh)


def _evidence(state: State, evidence: EvidenceRecorded, now: Instant) -> Iterator[Said]:
    if state.book.wanted(evidence, now):
        thing = ":" in evidence.promise
        yield Said(evidence, evidence.promise if thing else alerts.subject(evidence.promise))


def probed(state: State, command: Probed, now: Instant) -> Answer:
    """Failures are counted on the ledger, so that a restart goes on from where it was."""
    binding = state.bindings.environments.get(command.environment)
    if binding is None or binding.url is None:
        return Refusal("not_bound", f"environment {command.environment} has no url")
    said = list[Said]()
    watched = state.environments.get(command.environment)
    if watched is None:
        said.append(Said(EnvironmentWatched(command.environment), _place(command.environment)))
        watched = Watched(since=now)
    if command.up:
        said.extend(_up(state, command, watched))
    elif not watched.down or watched.failures < binding.failures:
        said.extend(_failed(state, command, watched, binding.failures))
    said.extend(_environment_evidence(state, command, now))
    return tuple(said)


def _place(environment: str) -> str:
    return f"environment:{environment}"


def _up(state: State, command: Probed, watched: Watched) -> Iterator[Said]:
    place = _place(command.environment)
    if watched.down and not state.probing.down_for(command.environment):
        yield Said(EnvironmentUp(command.environment, "the probe answers again"), place)
    elif watched.failures:
        yield Said(ProbeRecovered(command.environment, watched.failures), place)


def _failed(state: State, command: Probed, watched: Watched, needed: int) -> Iterator[Said]:
    failures, place = watched.failures + 1, _place(command.environment)
    failed = ProbeFailed(command.environment, failures, needed, command.error)
    yield Said(failed, place)
    if failures >= needed and not watched.down:
        uptime = uptime_of(state.promises, state.bindings, command.environment)
        reason = f"{failures} probes in a row failed: {command.error}"
        down = EnvironmentDown(command.environment, failures, reason, uptime)
        yield Said(down, place)


def _environment_evidence(state: State, command: Probed, now: Instant) -> Iterator[Said]:
    """The environment itself: does it answer? Its promise is kept by delivery, the evidence comes from here."""
    latency = written(command.latency_seconds, "seconds") if command.up else "down"
    verdict: Verdict = "kept" if command.up else "broken"
    reason = f"answers in {latency}" if command.up else f"does not answer: {command.error}"
    left = None if command.tls_expires is None else seconds_between(now, command.tls_expires)
    if command.up and left is not None and left < CERTIFICATE_SECONDS:
        verdict, reason = "at_risk", f"its certificate runs out in {spoken(max(0.0, left))}"
    evidence = EvidenceRecorded(
        promise=_place(command.environment),
        verdict=verdict,
        reason=reason,
        fresh_seconds=FRESH_SECONDS,
        value=latency,
        number=command.latency_seconds if command.up else None,
    )
    yield from _evidence(state, evidence, now)


WINDOW_OPEN = "window.open"
"""What the chapter of maintenance publishes while a window is open."""


def counted(state: State, command: Counted, _now: Instant) -> Answer:
    """Requests are counted once: what begins before the last ones ended is refused."""
    counts = state.counts.get(command.environment)
    if counts is not None and command.start < counts.until:
        return Refusal("already_counted", f"the requests of {command.environment} are counted until later")
    said = RequestsCounted(
        command.environment, command.start, command.end, round(command.total, 3), round(command.failed, 3)
    )
    return (Said(said, _place(command.environment)),)


def decide(state: State, conditions: Conditions, now: Instant) -> Decision:
    """Rules that left the guide end, long silence is alarmed; uptime is weighed whenever its evidence is due or an
    outage changes it."""
    said = [
        *alerts.gone(state),
        *probes.gone(state),
        *unmeasured.decide(state, now, main_environment_name(state) or ""),
        *_maintenance(state, conditions),
    ]
    said += burning.decide(state, now)
    wakes = [unmeasured.wake(state, now), burning.wake(state, now)]
    for _, terms in budgets.objectives(state):
        if terms.count == "requests" or _seen(state, terms.place):
            said.extend(_evidence(state, budgets.evidence(state, terms, now), now))
    return Decision(tuple(said), min((wake for wake in wakes if wake is not None), default=None))


def _maintenance(state: State, conditions: Conditions) -> Iterator[Said]:
    """When windows were open is remembered here: a budget may have to leave them out for as long as it is shown."""
    known = bool(state.maintenance) and state.maintenance[-1][1] is None
    if known != (WINDOW_OPEN in conditions):
        yield Said(MaintenanceEnded() if known else MaintenanceBegan(), "maintenance")


def is_spent(state: State, promise: Promise) -> bool:
    """Is its error budget gone?"""
    look = state.book.looks.get(promise.id)
    return look is not None and look.evidence.verdict == "broken"


def _seen(state: State, environment: str) -> bool:
    """Whether somebody can say how an environment is; else its uptime is not weighed, and ages."""
    watched = state.environments.get(environment)
    unknown = state.probing.unknown_for(environment, state.bindings.probes)
    return watched is not None and (watched.down or not unknown)


def bound_of_uptime(promise: Promise) -> float | None:
    values = promise.values
    assert isinstance(values, Objective)
    return float(values.ratio) if isinstance(values.ratio, int | float) else None


def environment_of(state: State, promise: Promise) -> str:
    """The environment that a promise's signal is measured in."""
    part = part_judging(state, promise)
    return part.environment if part is not None else main_environment_name(state) or ""


def part_judging(state: State, promise: Promise) -> Scoped | None:
    """What of the service a promise is judged by; None where nothing says where its part is."""
    values = promise.values
    if not isinstance(values, Alert | Objective):
        return None
    return part_of(values, state.bindings, main_environment_name(state) or "")


def parts(state: State) -> tuple[Scoped, ...]:
    """The main environment, and what else promises are judged by."""
    main = Scoped(main_environment_name(state) or "")
    found = (part_judging(state, promise) for promise in state.promises.values())
    return tuple(dict.fromkeys((main, *(part for part in found if part is not None))))


def signal_for(state: State, promise: Promise, every: float, seen: Callable[[Scoped | None], Seen]) -> Signal:
    """What measures a promise now, by what was `seen` of its part of the service, and what measured it until now."""
    main = main_environment_name(state) or ""
    part = part_judging(state, promise)
    return signal_of(promise, state.bindings, main, every, seen(part), state.chosen.get(promise.id))


def uptime_environment(state: State, promise: Promise) -> str:
    """The environment whose outages break a promise of availability."""
    assert isinstance(promise.values, Objective)
    return place_of(promise.values, state.bindings, main_environment_name(state) or "")


def main_environment_name(state: State) -> str | None:
    """The environment that users meet."""
    return main_of(state.bindings)
