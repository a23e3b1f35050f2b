"""Drills as the API gives them: a public contract (docs/reference/api.md)."""

from collections.abc import Iterator

from msgspec import Struct

from ...guide.proving import Proof, every, provable
from ...kernel.clock import Instant, rfc3339, seconds_between
from ...monitoring import alerts
from ...monitoring.drills import rules, schedule
from ...monitoring.drills.state import Drill, State


class StageStatus(Struct, frozen=True):
    """What a drill has passed, and how many seconds after its start."""

    stage: str
    seconds: float
    said: str


class DrillStatus(Struct, frozen=True):
    """A drill; `state` is running, proven, partly, failed or stopped; `detected_seconds` null until it is detected."""

    id: str
    promise: str
    state: str
    reason: str
    by: str
    shortened: bool
    started_at: str
    ends_at: str
    detected_seconds: float | None
    stages: tuple[StageStatus, ...]


class ProvableStatus(Struct, frozen=True):
    """A promise that a drill can prove. `due_at` is when the schedule starts the next one, `by` when it decays to
    unproven without; both null where `[drills]` asks for none. `problem` says why it cannot be drilled now.
    """

    promise: str
    name: str
    line: int
    problem: str
    running: str | None
    last: str | None
    last_result: str | None
    last_reason: str
    proven_at: str | None
    every_seconds: float | None
    due_at: str | None
    by: str | None


def status(state: State, drill: str) -> DrillStatus | None:
    """One that runs, or one of the last that ended."""
    running = state.running.get(drill)
    if running is not None:
        return _status(running, "running", "", rules.deadline(running))
    ended = state.ended.get(drill)
    return None if ended is None else _status(ended.drill, ended.result, ended.reason, ended.at)


def _status(one: Drill, kind: str, reason: str, ends: Instant) -> DrillStatus:
    return DrillStatus(
        id=one.started.drill,
        promise=one.started.promise,
        state=kind,
        reason=reason,
        by=one.started.by,
        shortened=one.started.shortened,
        started_at=rfc3339(one.at),
        ends_at=rfc3339(ends),
        detected_seconds=None if one.detected_at is None else seconds_between(one.at, one.detected_at),
        stages=tuple(StageStatus(*found) for found in rules.stages(one)),
    )


def listed(state: State, now: Instant) -> Iterator[ProvableStatus]:
    """Every promise that a drill can prove, in the guide's order."""
    plans = {plan.promise.id: plan for plan in schedule.plans(state, now)}
    for promise in provable(state.beside.promises):
        missing, running = state.beside.missing.get(promise.id), state.of(promise.id)
        last: Proof | None = state.proofs.last.get(promise.id)
        proven, plan = state.proofs.proven.get(promise.id), plans.get(promise.id)
        yield ProvableStatus(
            promise=promise.id,
            name=alerts.name(promise),
            line=promise.span.line,
            problem=missing.reason if missing is not None else "",
            running=running.started.drill if running is not None else None,
            last=rfc3339(last.at) if last is not None else None,
            last_result=last.result if last is not None else None,
            last_reason=last.reason if last is not None else "",
            proven_at=rfc3339(proven) if proven is not None else None,
            every_seconds=every(state.beside.bindings, promise),
            due_at=rfc3339(plan.at) if plan is not None else None,
            by=rfc3339(plan.by) if plan is not None else None,
        )
