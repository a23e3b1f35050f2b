"""The clocks of an incident: how long to acknowledge and to resolve, as the guide promises."""

from msgspec import UNSET
from msgspec.structs import replace

from ..guide.values import ClockValues
from ..guide.working_hours import counted, whole
from ..kernel.clock import Instant, after, seconds_between
from ..kernel.duration import spoken
from ..kernel.part import Said
from ..kernel.standing import EvidenceRecorded, Standing
from .common import subject
from .facts import Clock, ClockMet, ClockName
from .state import Incident, State

FRESH_SECONDS = 90 * 86400.0
"""A met clock proves its promise for a quarter; after that the guide's clock is unproven again."""

AT_RISK_SHARE = 0.5
"""From here on a running clock is shown as at risk."""

KEPT: dict[str, ClockName] = {"acknowledge": "acknowledge", "respond": "acknowledge", "resolve": "resolve"}
"""The guide's clocks that this chapter runs: a response time is met by the acknowledgement."""


def clocks_for(state: State, severity: str, opened: Instant) -> tuple[Clock, ...]:
    """The clocks that start when an incident of this severity opens; those in business hours count only these."""
    found: dict[str, Clock] = {}
    for promise in state.promises.values():
        values = promise.values
        if not isinstance(values, ClockValues) or values.severity != severity or values.clock not in KEPT:
            continue
        if values.seconds is UNSET or values.scope is not None:
            continue
        name = KEPT[values.clock]
        clock = started(name, promise.id, values, values.seconds, state.bindings.zone, opened)
        if clock is None:
            continue
        if name not in found or clock.due < found[name].due:
            found[name] = clock
    return tuple(sorted(found.values(), key=lambda c: c.due))


def started(
    name: ClockName, promise: str, values: ClockValues, seconds: float, otherwise: str, opened: Instant
) -> Clock | None:
    """A clock that runs from `opened` on; None where its hours cannot be counted."""
    if values.hours is None:
        due, half = after(opened, seconds), after(opened, seconds * AT_RISK_SHARE)
        return Clock(name=name, promise=promise, seconds=seconds, due=due, half=half, started=opened)
    hours = whole(values.hours, otherwise)
    if hours is None:
        return None
    open_hours = counted(hours)
    due_then, half_then = open_hours.add(opened, seconds), open_hours.add(opened, seconds * AT_RISK_SHARE)
    if due_then is None:
        return None
    return Clock(
        name=name,
        promise=promise,
        seconds=seconds,
        due=due_then,
        half=half_then,
        hours=hours,
        started=opened,
    )


def used_seconds(clock: Clock, started: Instant, now: Instant) -> float:
    """How much of a clock has gone by: only its hours count where it has some."""
    if clock.hours is None:
        return seconds_between(started, now)
    return counted(clock.hours).seconds_open(started, now)


def used_up(clock: Clock, started: Instant, share: float) -> Instant:
    """When so much of a clock has gone by."""
    if clock.hours is None:
        return after(started, clock.seconds * share)
    return counted(clock.hours).add(started, clock.seconds * share) or clock.due


def evidence(incident: str, promise: str, seconds: float, limit: float, kept: bool) -> EvidenceRecorded:
    """What a met or missed clock proves."""
    value, most = spoken(seconds), spoken(limit)
    reason = f"{incident} took {value} of {most}" if kept else f"{incident} was not done within {most}"
    return EvidenceRecorded(
        promise=promise,
        verdict="kept" if kept else "broken",
        reason=reason,
        fresh_seconds=FRESH_SECONDS,
        value=value,
        limit=most,
        number=seconds,
    )


def met(incident: Incident, names: set[str], now: Instant) -> tuple[Said, ...]:
    """The clocks of these names that were still running are met; at or before `due` counts."""
    said = list[Said]()
    for clock in incident.running():
        if clock.name in names and now <= clock.due:
            taken = used_seconds(clock, incident.started(clock), now)
            done = ClockMet(
                incident=incident.id,
                clock=clock.name,
                promise=clock.promise,
                taken_seconds=taken,
                limit_seconds=clock.seconds,
            )
            said.append(Said(done, subject(incident.id)))
            said.append(proof(incident, clock.promise, taken, clock.seconds, kept=True))
    return tuple(said)


def proof(incident: Incident, promise: str, taken: float, limit: float, *, kept: bool) -> Said:
    return Said(evidence(incident.id, promise, taken, limit, kept), f"promise:{promise}")


def standing_late(
    incident: Incident, name: ClockName, seq: int, since: Instant, proven: Standing
) -> Standing:
    """Broken while what ran out is still not done, whatever later incidents proved."""
    if proven.kind == "broken":
        return proven
    done = "acknowledged" if name == "acknowledge" else "resolved"
    reason = f"{incident.id} is not {done}, and its time for that is over"
    return Standing(kind="broken", reason=reason, since=since, evidence_at=since, evidence=seq)


def standing(running: tuple[Incident, Clock] | None, at: Instant, proven: Standing) -> Standing:
    """At risk while the running clock has less than half left, else as proven by earlier incidents."""
    if running is None or proven.kind == "broken":
        return proven
    incident, clock = running
    used = used_seconds(clock, incident.started(clock), at)
    left = clock.seconds - used
    half = clock.half if clock.half is not None else after(clock.due, -clock.seconds * AT_RISK_SHARE)
    if at < half:
        until = half - 1 if proven.until is None else min(half - 1, proven.until)
        return replace(proven, until=until)
    return Standing(
        kind="at_risk",
        reason=f"{incident.id} has {spoken(max(0.0, left))} left",
        value=spoken(used),
        limit=spoken(clock.seconds),
        since=half,
        evidence_at=at,
    )
