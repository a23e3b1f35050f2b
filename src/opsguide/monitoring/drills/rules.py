"""What drills answer to commands and decide by themselves. The breach goes through the rules of alerts and probes."""

from collections.abc import Iterator

from msgspec.structs import replace

from ...guide.bindings import handle
from ...guide.promise import Promise
from ...guide.proving import DrillDetected, DrillEnded, DrillPassed, DrillStarted, Result, Stage, impossible
from ...guide.values import Alert
from ...kernel.clock import Instant, after, seconds_between
from ...kernel.duration import spoken
from ...kernel.part import Answer, Conditions, Decision, Refusal, Said
from .. import alerts
from .. import rules as monitoring
from ..commands import Observation, Probed
from ..facts import AlertFiring, AlertPending, EnvironmentDown, ProbeFailed
from . import schedule
from .commands import Breached, CannotBreach, FailedProbe, NobodyTold, Passed, StartDrill, StopDrill
from .state import Drill, State

BY_SCHEDULE = "schedule"

DETECTING_SECONDS = 900.0
"""So long a breach may take to be detected, beyond the wait of its alert."""

ANSWERING_SECONDS = 1800.0
"""So long a drill waits to be told and acknowledged; then it ends by itself."""


def subject(promise: str) -> str:
    return f"promise:{promise}"


def start(state: State, command: StartDrill, now: Instant) -> Answer:
    """Refused where a drill would prove nothing, or could not be told from what is real."""
    beside = state.beside
    promise = beside.promises.get(command.promise)
    if promise is None and command.promise not in beside.everything:
        return Refusal("unknown_promise", f"the guide in force has no promise {command.promise!r}")
    why = (
        impossible(promise)
        if promise is not None
        else "nothing measures it, so that nothing detects a breach"
    )
    if promise is None or why:
        return Refusal("cannot_be_proven", f"{command.promise} cannot be proven by a drill: {why}")
    missing = beside.missing.get(command.promise)
    if missing is not None:
        hint = f"bind {missing.key}" if missing.key else ""
        return Refusal(
            "not_bound", f"{command.promise} cannot be proven while it is unbound: {missing.reason}", hint
        )
    running = state.of(command.promise)
    if running is not None:
        hint = f"opsguide prove --stop {running.started.drill}"
        return Refusal("already_running", f"{running.started.drill} of this promise is running", hint)
    if command.to and handle(command.to) not in beside.bindings.people:
        return Refusal("unknown_person", f"the bindings have no person {command.to!r}", "add [people.NAME]")
    return (_start(state, promise, command, now),)


def _start(state: State, promise: Promise, command: StartDrill, now: Instant) -> Said:
    wait = 0.0 if command.shortened else alerts.for_seconds(promise)
    return Said(
        DrillStarted(
            drill=f"DRILL-{state.count + 1}",
            promise=promise.id,
            by=command.by,
            until=after(now, wait + DETECTING_SECONDS),
            shortened=command.shortened,
            tell=command.tell,
            to=handle(command.to) if command.to else "",
        ),
        subject(promise.id),
    )


def stop(state: State, command: StopDrill, now: Instant) -> Answer:
    one = state.running.get(command.drill)
    if one is None:
        return _over(state, command.drill)
    return (_end(one, "stopped", f"stopped by {command.by}", now),)


def _over(state: State, drill: str) -> Refusal:
    if drill in state.ended:
        return Refusal("already_over", f"{drill} is over: {state.ended[drill].reason}")
    return Refusal(
        "unknown_drill", f"there is no drill {drill}", "opsguide prove --list shows those that run"
    )


def breached(state: State, command: Breached, now: Instant) -> Answer:
    """The real rule of the alert, on the synthetic value: pending, then firing after its wait."""
    one = state.running.get(command.drill)
    if one is None or one.detected_at is not None:
        return _over(state, command.drill)
    promise = _of(state, one)
    bound = None if promise is None else monitoring.bound_for(state.beside, promise)
    if promise is None or bound is None:
        return (_end(one, "failed", "the guide no longer has this promise as it was", now),)
    seen = Observation(promise.id, command.value, command.problem)
    said, _, reason = alerts.observe(state.beside, promise, bound, seen, now)
    found = list[Said]()
    if command.value is not None and "breach" not in one.passed and bound.holds(command.value):
        found.append(_passed(one, "breach", f"the expression gives {reason}", now))
    match said.data if said is not None else None:
        case AlertPending() as pending:
            found.append(_passed(one, "pending", pending.reason, now))
        case AlertFiring() as firing:
            found.append(_detected(one, firing.title, firing.reason, now, severity=firing.severity))
    return tuple(found)


def failed_probe(state: State, command: FailedProbe, now: Instant) -> Answer:
    """The real rule of probes: so many failures in a row mean that the environment is down."""
    one = state.running.get(command.drill)
    if one is None or one.detected_at is not None:
        return _over(state, command.drill)
    promise = _of(state, one)
    environment = "" if promise is None else monitoring.uptime_environment(state.beside, promise)
    answer = monitoring.probed(state.beside, Probed(environment, False, 0.0, "a synthetic failure"), now)
    if isinstance(answer, Refusal):
        return (_end(one, "failed", answer.what, now),)
    found = list[Said]()
    for said in answer:
        match said.data:
            case ProbeFailed() as failed:
                words = f"probe {failed.failures} of {failed.needed} failed"
                found.append(_passed(one, "probe", words, now))
            case EnvironmentDown() as down:
                title = f"{down.environment} is down"
                found.append(_detected(one, title, down.reason, now, condition="system_down"))
            case _:
                pass
    return tuple(found)


def cannot(state: State, command: CannotBreach, now: Instant) -> Answer:
    one = state.running.get(command.drill)
    if one is None:
        return _over(state, command.drill)
    return (_end(one, "failed", command.reason, now),)


def passed(state: State, command: Passed, now: Instant) -> Answer:
    """What incidents say; an acknowledgement ends the drill, and so does all that was asked for."""
    one = state.running.get(command.drill)
    if one is None or command.stage in one.passed:
        return _over(state, command.drill)
    found = [_passed(one, command.stage, command.said, now)]
    if command.stage == "acknowledged":
        found.append(_finished(one, f"{command.said}, {_since(one, now)} after the start", now))
    elif command.stage in ("incident", "ticket") and not one.started.tell:
        found.append(_end(one, "partly", "detected, and its incident opened; nobody was to be told", now))
    elif command.stage == "inbox" and "ticket" in one.passed:
        found.append(_end(one, "proven", f"its severity pages nobody: the ticket is {command.said}", now))
    return tuple(found)


def nobody_told(state: State, command: NobodyTold, now: Instant) -> Answer:
    one = state.running.get(command.drill)
    if one is None:
        return _over(state, command.drill)
    return (_end(one, "failed", f"nobody could be told: {command.reason}", now),)


def decide(state: State, _conditions: Conditions, now: Instant) -> Decision:
    """Drills whose time is over end; the next one of the schedule starts when it is due."""
    said, wakes = list[Said](), list[Instant]()
    for one in state.running.values():
        if one.started.promise not in state.beside.promises:
            said.append(_end(one, "stopped", "the guide no longer has this promise", now))
            continue
        ends = deadline(one)
        if now > ends:
            said.append(_finished(one, "", now))
        else:
            wakes.append(ends + 1)
    if not state.running and not said:
        plan = next(iter(schedule.plans(state, now)), None)
        if plan is not None and plan.at <= now:
            said.append(_start(state, plan.promise, StartDrill(plan.promise.id, BY_SCHEDULE), now))
        elif plan is not None:
            wakes.append(plan.at)
    return Decision(tuple(said), min(wakes, default=None))


def deadline(one: Drill) -> Instant:
    """When the drill ends by itself."""
    if one.detected_at is None:
        return one.started.until
    return after(one.detected_at, ANSWERING_SECONDS)


def _finished(one: Drill, acknowledged: str, now: Instant) -> Said:
    """What was proven by now, or where it stopped and why."""
    if one.detected_at is None:
        why = "the synthetic breach was not detected" if "breach" in one.passed else "the breach did not show"
        return _end(one, "failed", f"{why} within {_since(one, now)}", now)
    if one.passed.keys().isdisjoint(("incident", "ticket")):
        return _end(one, "failed", "detected, and no incident was opened", now)
    if "page" in one.passed:
        silent = f"; nobody acknowledged within {spoken(ANSWERING_SECONDS)}"
        return _end(
            one, "proven", f"{one.said['page']}{f'; {acknowledged}' if acknowledged else silent}", now
        )
    if "inbox" in one.passed and acknowledged:
        return _end(one, "proven", f"{one.said['inbox']}; {acknowledged}", now)
    if "inbox" in one.passed:
        return _end(one, "failed", "only the console's inbox took it, and nobody acknowledged it there", now)
    return _end(one, "failed", "an incident was opened, and no provider took its page", now)


def _since(one: Drill, now: Instant) -> str:
    return spoken(seconds_between(one.at, now))


def _of(state: State, one: Drill) -> Promise | None:
    """The promise; without its wait where that is left out."""
    promise = state.beside.promises.get(one.started.promise)
    if promise is not None and one.started.shortened and isinstance(promise.values, Alert):
        return replace(promise, values=replace(promise.values, for_seconds=None))
    return promise


def _passed(one: Drill, stage: Stage, said: str, now: Instant) -> Said:
    data = DrillPassed(one.started.drill, one.started.promise, stage, said, seconds_between(one.at, now))
    return Said(data, subject(one.started.promise))


def _detected(
    one: Drill,
    title: str,
    reason: str,
    now: Instant,
    *,
    severity: str | None = None,
    condition: str | None = None,
) -> Said:
    started = one.started
    data = DrillDetected(
        drill=started.drill,
        promise=started.promise,
        title=title,
        reason=reason,
        seconds=seconds_between(one.at, now),
        severity=severity,
        condition=condition,
        tell=started.tell,
        to=started.to,
    )
    return Said(data, subject(started.promise))


def _end(one: Drill, result: Result, reason: str, now: Instant) -> Said:
    if one.started.shortened and result in ("proven", "partly"):
        reason += "; the wait was left out, and is not proven"
    data = DrillEnded(one.started.drill, one.started.promise, result, reason, seconds_between(one.at, now))
    return Said(data, subject(one.started.promise))


def stages(one: Drill) -> Iterator[tuple[str, float, str]]:
    """What was passed: name, seconds since the start, in words."""
    for stage, at in one.passed.items():
        yield stage, seconds_between(one.at, at), one.said[stage]
