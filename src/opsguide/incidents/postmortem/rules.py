"""Which incidents want a post-mortem, until when; and what people write.

Every severity that an incident had counts: lowering it ends no duty. A line that names no severity holds for incidents
that page; one about emergency maintenance for incidents of that kind. What was published late was late: the line is
kept again by the next one in time.
"""

from collections.abc import Iterator

from msgspec import UNSET

from ...guide.promise import Promise
from ...guide.signing import end_of_day
from ...guide.values import ClockValues, Hours, Rule
from ...guide.working_hours import counted
from ...kernel.clock import Instant, after, rfc3339
from ...kernel.part import Answer, Refusal, Said
from ...kernel.standing import EvidenceRecorded, Verdict
from .. import escalation, sla
from ..common import found, subject
from ..process.facts import Reason, Words
from ..process.updates import wanted
from ..state import Incident, State
from .commands import PublishPostmortem, RequirePostmortem, SaveSection
from .facts import PostmortemOverdue, PostmortemPublished, PostmortemRequired, PostmortemSectionSaved

EMERGENCY = "emergency_maintenance"
"""The kind of incident that lines about emergency maintenance are for."""

_DAY = 86400.0
_BUSINESS = ("MO", "TU", "WE", "TH", "FR")


def required(state: State, incident: Incident, over: Instant) -> Iterator[Said]:
    """What the guide wants of an incident that is resolved now; nothing that was asked for already."""
    if incident.drill is not None:
        return
    asked = {one.promise for one in incident.work.postmortem.wanted}
    for promise, due in _lines(state, incident, over):
        if promise.id not in asked:
            fact = PostmortemRequired(incident=incident.id, promise=promise.id, due=due, by="opsguide")
            yield Said(fact, subject(incident.id))
            until = f"until {rfc3339(due)[:16]} UTC" if due is not None else "without a day"
            yield _evidence(promise.id, "at_risk", f"{incident.id} wants a post-mortem, {until}")


def _lines(state: State, incident: Incident, over: Instant) -> Iterator[tuple[Promise, Instant | None]]:
    for promise, values in wanted(state, incident, "postmortem"):
        due = _due(values, over, state.bindings.zone)
        if due is not None:
            yield promise, due
    kinds = {incident.kind, incident.labels.get("kind")}
    for promise in state.postmortem_rules.values():
        is_for = EMERGENCY in kinds if promise.keeper == "maintenance" else incident.pages
        if is_for:
            yield promise, None


def _due(values: ClockValues, over: Instant, zone: str) -> Instant | None:
    """To the end of the last business day, where it is said in those; None where it is said in months."""
    if values.seconds is not UNSET:
        return after(over, values.seconds)
    if values.business_days is UNSET:
        return None
    days = counted(Hours(days=_BUSINESS, start="00:00", end="00:00", zone=zone))
    due = days.add(over, values.business_days * _DAY)
    return end_of_day(due, zone) if due is not None else None


def is_about_postmortems(promise: Promise) -> bool:
    return isinstance(promise.values, Rule) and promise.values.rule == "post_mortem"


def require(state: State, command: RequirePostmortem, _now: Instant) -> Answer:
    incident = found(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if not command.reason.strip():
        return Refusal("empty_reason", "say why there shall be one")
    if command.promise and command.promise not in state.postmortem_rules:
        return Refusal("unknown_promise", f"no line {command.promise} of the guide wants a post-mortem")
    if command.promise in {one.promise for one in incident.work.postmortem.wanted}:
        return Refusal("already_required", f"{incident.id} wants a post-mortem for that already")
    fact = PostmortemRequired(incident=incident.id, promise=command.promise, due=None, by=command.by)
    said = [Said(fact, subject(incident.id), Reason(command.reason.strip()))]
    if command.promise and not incident.work.postmortem.versions:
        said.append(_evidence(command.promise, "at_risk", f"{incident.id} wants a post-mortem"))
    return tuple(said)


def save(state: State, command: SaveSection, _now: Instant) -> Answer:
    incident = found(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    written = incident.work.postmortem.sections.get(command.section)
    current = written.revision if written is not None else 0
    if command.base != current:
        by = written.by if written is not None else "nobody"
        what = f"{by} changed this section while you wrote"
        return Refusal("edit_conflict", what, "look at both, and save what holds")
    if written is not None and written.text == command.text:
        return Refusal("unchanged", "nothing was changed")
    saved = PostmortemSectionSaved(incident=incident.id, section=command.section, by=command.by)
    return (Said(saved, subject(incident.id), Words(command.text)),)


def publish(state: State, command: PublishPostmortem, now: Instant) -> Answer:
    """A version is frozen; what is changed later is another one."""
    incident = found(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if incident.open:
        return Refusal("still_open", f"{incident.id} is not over", "resolve it first")
    postmortem = incident.work.postmortem
    if not postmortem.sections:
        return Refusal("nothing_written", "nobody wrote anything yet", "save at least one section")
    if postmortem.versions and not postmortem.changed:
        return Refusal("unchanged", "nothing was changed since it was published")
    version = len(postmortem.versions) + 1
    published = PostmortemPublished(incident=incident.id, version=version, by=command.by)
    said = [Said(published, subject(incident.id), Words(command.text))]
    if version == 1:
        kept = (one for one in postmortem.wanted if one.promise and (one.due is None or now <= one.due))
        said += [_evidence(one.promise, "kept", f"{incident.id} has its post-mortem") for one in kept]
    return tuple(said)


def due(state: State, incident: Incident, now: Instant, wakes: list[Instant]) -> Iterator[Said]:
    """What is due and not published breaks its line; whoever led the work is told, once."""
    if not incident.work.postmortem.open:
        return
    for one in incident.work.postmortem.wanted:
        if one.due is None or one.overdue:
            continue
        if now <= one.due:
            wakes.append(one.due + 1)
            continue
        yield Said(
            PostmortemOverdue(incident=incident.id, promise=one.promise, due=one.due), subject(incident.id)
        )
        yield _evidence(one.promise, "broken", f"{incident.id} has no post-mortem, and it was due")
        to = incident.work.roles.get("commander") or incident.acknowledged_by or incident.resolved_by
        new = escalation.Notice("postmortem", "has no post-mortem, and it was due", to=to)
        yield from escalation.notice(state, incident, new, now)


def _evidence(promise: str, verdict: Verdict, reason: str) -> Said:
    seen = EvidenceRecorded(promise=promise, verdict=verdict, reason=reason, fresh_seconds=sla.FRESH_SECONDS)
    return Said(seen, f"promise:{promise}")
