"""Status updates, and how often the guide wants one.

The next one is due so long after the last one, or after the opening. Every severity that the incident had counts, the
shortest interval wins: lowering a severity ends no duty. A line that names no severity holds for incidents that ever
paged.
"""

from collections.abc import Iterator

from msgspec import UNSET
from msgspec.structs import replace

from ...guide.bindings import has_amount
from ...guide.components import unknown_component
from ...guide.promise import Promise
from ...guide.values import ClockValues, Rule
from ...kernel.clock import Instant, seconds_between
from ...kernel.duration import spoken
from ...kernel.part import Answer, Refusal, Said
from .. import escalation, severity, sla
from ..common import found, subject
from ..facts import Clock, ClockMet, ClockMissed
from ..state import Incident, State
from .commands import CorrectUpdate, Update
from .facts import ClockWarned, IncidentUpdated, UpdateCorrected, Words

EMERGENCY = "emergency_maintenance"
"""The kind of incident that lines about emergency maintenance are for."""


def update(state: State, command: Update, now: Instant) -> Answer:
    """Of what is over too: the last words often come later."""
    incident = found(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if not command.text.strip():
        return Refusal("empty_update", "the update says nothing", "write what is known, and what is done")
    if command.key and command.key in incident.work.keys:
        return Refusal(
            "already_updated", "this update was published before", "send another key for another one"
        )
    if command.components and not command.public:
        what = "an update for the team concerns no component of the status page"
        return Refusal("not_public", what, "make it public, or name no component")
    unknown = unknown_component(state.bindings, command.components)
    return unknown or tuple(_updated(state, incident, command, now))


def _updated(state: State, incident: Incident, command: Update, now: Instant) -> Iterator[Said]:
    clock = running(state, incident)
    fact = IncidentUpdated(
        incident=incident.id,
        by=command.by,
        public=command.public,
        phase=command.phase,
        key=command.key,
        components=command.components,
    )
    yield Said(fact, subject(incident.id), Words(command.text.strip()))
    if clock is not None and now <= clock.due:
        taken = sla.used_seconds(clock, incident.started(clock), now)
        yield Said(
            ClockMet(
                incident=incident.id,
                clock="update",
                promise=clock.promise,
                taken_seconds=taken,
                limit_seconds=clock.seconds,
            ),
            subject(incident.id),
        )
        yield sla.proof(incident, clock.promise, taken, clock.seconds, kept=True)


def correct(state: State, command: CorrectUpdate, _now: Instant) -> Answer:
    """It stays an update of its time and phase: when the next one is due is not moved by better words."""
    incident = found(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    known = next((one for one in incident.work.updates if one.seq == command.update), None)
    text = command.text.strip()
    if known is None:
        what = f"{incident.id} has no status update #{command.update}"
        return Refusal("unknown_update", what, "its timeline numbers them")
    if not text:
        return Refusal("empty_update", "the update says nothing", "write what is to stand there instead")
    if text == known.text:
        return Refusal("unchanged", f"update #{command.update} says that already", "write other words")
    fact = UpdateCorrected(incident=incident.id, update=command.update, by=command.by)
    return (Said(fact, subject(incident.id), Words(text)),)


def wanted(state: State, incident: Incident, kind: str) -> Iterator[tuple[Promise, ClockValues]]:
    """What the guide wants of it at all its severities: the clocks `update` or `postmortem` with an amount.

    Where the guide gives none (`real-time status updates`), the amount is the bindings' or there is none.
    """
    wakes = severity.ever_paged(state, incident)
    for promise in state.promises.values():
        values = promise.values
        if not isinstance(values, ClockValues) or values.clock != kind or values.scope is not None:
            continue
        if values.severity in incident.had or (values.severity is None and wakes):
            yield promise, _limited(state, promise, values)
    for promise in state.update_rules.values() if kind == "update" else ():
        if concerns(state, promise, incident) and isinstance(promise.values, Rule):
            yield (
                promise,
                _limited(state, promise, ClockValues(clock="update", seconds=promise.values.seconds)),
            )


def _limited(state: State, promise: Promise, values: ClockValues) -> ClockValues:
    limit = state.bindings.limits.get(promise.id)
    if limit is None or limit.seconds is None or has_amount(values):
        return values
    return replace(values, seconds=limit.seconds)


def concerns(state: State, promise: Promise, incident: Incident) -> bool:
    """A line on emergency maintenance is for incidents of that kind, another one for those that ever woke people."""
    if promise.keeper != "maintenance":
        return severity.ever_paged(state, incident)
    return EMERGENCY in (incident.kind, incident.labels.get("kind"))


def running(state: State, incident: Incident) -> Clock | None:
    """Until when the next update is wanted; None where the guide wants none, or it is over."""
    if not incident.open or incident.drill is not None:
        return None
    found = list[Clock]()
    for promise, values in wanted(state, incident, "update"):
        if values.seconds is UNSET:
            continue
        began = _since(incident, values)
        clock = sla.started("update", promise.id, values, values.seconds, state.bindings.zone, began)
        found.extend([clock] if clock is not None else [])
    return min(found, key=lambda clock: clock.due, default=None)


def _since(incident: Incident, values: ClockValues) -> Instant:
    known = incident.had.get(values.severity or "", incident.opened_at)
    return max(known, incident.counts_from, incident.work.spoke_at or 0)


def due(
    state: State, incident: Incident, now: Instant, wakes: list[Instant], *, tells: bool
) -> Iterator[Said]:
    """Reminded shortly before it is due; then the promise breaks, and the next one is due an interval later."""
    clock = running(state, incident)
    if clock is None or incident.recovered_at is not None:
        return
    if now > clock.due:
        yield from _missed(incident, clock)
        return
    wakes.append(clock.due + 1)
    if not state.bindings.incidents.warn_at:
        return
    share = max(state.bindings.incidents.warn_at) / 100
    at = sla.used_up(clock, incident.started(clock), share)
    if at > now:
        wakes.append(at)
    elif incident.work.reminded != clock.due:
        yield from _reminded(state, incident, clock, share, now, tells=tells)


def _missed(incident: Incident, clock: Clock) -> Iterator[Said]:
    missed = ClockMissed(
        incident=incident.id, clock="update", promise=clock.promise, limit_seconds=clock.seconds
    )
    yield Said(missed, subject(incident.id))
    yield sla.proof(incident, clock.promise, clock.seconds, clock.seconds, kept=False)


def _reminded(
    state: State, incident: Incident, clock: Clock, share: float, now: Instant, *, tells: bool
) -> Iterator[Said]:
    """Whoever speaks for it is told, else who leads it, else who has it."""
    warned = ClockWarned(
        incident=incident.id, clock="update", promise=clock.promise, share=share, due=clock.due
    )
    yield Said(warned, subject(incident.id))
    if tells:
        roles = incident.work.roles
        said = f"wants a status update within {spoken(seconds_between(now, clock.due))}"
        to = roles.get("communications") or roles.get("commander") or ""
        new = escalation.Notice(f"update-{clock.due}", said, clock.due, to)
        yield from escalation.notice(state, incident, new, now)
