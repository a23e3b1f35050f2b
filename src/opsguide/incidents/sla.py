"""The clocks of an incident: how long to acknowledge and to resolve, as the guide promises."""

from msgspec import UNSET
from msgspec.structs import replace

from ..guide.promise import Promise
from ..guide.values import ClockValues
from ..kernel.clock import Instant, after, seconds_between
from ..kernel.duration import spoken
from ..kernel.standing import EvidenceRecorded, Standing
from .facts import Clock, ClockName
from .state import Incident, State

FRESH_SECONDS = 90 * 86400.0
"""A met clock proves its promise for a quarter; after that the guide's clock is unproven again."""

AT_RISK_SHARE = 0.5
"""From here on a running clock is shown as at risk."""

KEPT: dict[str, ClockName] = {"acknowledge": "acknowledge", "respond": "acknowledge", "resolve": "resolve"}
"""The guide's clocks that this chapter runs: a response time is met by the acknowledgement."""


def clocks_for(state: State, severity: str, opened: Instant) -> tuple[Clock, ...]:
    """The clocks that start when an incident of this severity opens. Clocks in business hours are not run yet."""
    found: dict[str, Clock] = {}
    for promise in state.promises.values():
        values = promise.values
        if not isinstance(values, ClockValues) or values.severity != severity or values.clock not in KEPT:
            continue
        if values.seconds is UNSET or values.hours is not None or values.scope is not None:
            continue
        name = KEPT[values.clock]
        clock = Clock(
            name=name, promise=promise.id, seconds=values.seconds, due=after(opened, values.seconds)
        )
        if name not in found or clock.due < found[name].due:
            found[name] = clock
    return tuple(sorted(found.values(), key=lambda c: c.due))


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


def running_on(state: State, promise: Promise) -> list[tuple[Incident, Clock]]:
    """The open incidents in which this promise's clock is running, the earliest due first."""
    pairs = [(i, c) for i in state.open.values() for c in i.running() if c.promise == promise.id]
    return sorted(pairs, key=lambda pair: pair[1].due)


def standing(state: State, promise: Promise, at: Instant, proven: Standing) -> Standing:
    """At risk while a running clock has less than half left, else as proven by earlier incidents."""
    running = running_on(state, promise)
    if not running or proven.kind == "broken":
        return proven
    incident, clock = running[0]
    left = seconds_between(at, clock.due)
    half = after(clock.due, -clock.seconds * AT_RISK_SHARE)
    if at < half:
        until = half - 1 if proven.until is None else min(half - 1, proven.until)
        return replace(proven, until=until)
    return Standing(
        kind="at_risk",
        reason=f"{incident.id} has {spoken(max(0.0, left))} left",
        value=spoken(incident.age_seconds(at)),
        limit=spoken(clock.seconds),
        since=half,
        evidence_at=at,
    )
