"""Which incidents want a post-mortem, until when; and what people write.

Every severity that an incident had counts: lowering it ends no duty. A line that names no severity holds for incidents
that ever paged; one about emergency maintenance for incidents of that kind. What was published late was late: the line
is kept again by the next one in time. Of several incidents that owe one to a line, the one that is due first says how
it stands; it is kept once none does.
"""

from collections.abc import Iterator

from dateutil.relativedelta import relativedelta
from msgspec import UNSET

from ...guide.promise import Promise
from ...guide.signing import end_of_day
from ...guide.values import ClockValues, Hours, Rule
from ...guide.working_hours import counted
from ...kernel.calendar import instant_of, local
from ...kernel.calendar import zone as calendar_zone
from ...kernel.clock import Instant, after, rfc3339, seconds_between
from ...kernel.duration import spoken
from ...kernel.part import Answer, Refusal, Said
from ...kernel.standing import EvidenceRecorded, Verdict
from .. import sla
from ..common import found, subject
from ..process import warning
from ..process.facts import Reason, Words
from ..process.updates import concerns, wanted
from ..state import Incident, State
from . import owed, reviews
from .commands import PublishPostmortem, RequirePostmortem, ReviewPostmortem, SaveSection
from .facts import (
    PostmortemOverdue,
    PostmortemPublished,
    PostmortemReminded,
    PostmortemRequired,
    PostmortemSectionSaved,
)

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
            yield _owed(promise.id, owed.sooner(state, promise.id, (due, incident.id)), over)


def _lines(state: State, incident: Incident, over: Instant) -> Iterator[tuple[Promise, Instant | None]]:
    for promise, values in wanted(state, incident, "postmortem"):
        due = _due(values, over, state.bindings.zone)
        if due is not None:
            yield promise, due
    for promise in state.postmortem_rules.values():
        if concerns(state, promise, incident):
            yield promise, None


def _due(values: ClockValues, over: Instant, zone: str) -> Instant | None:
    """To the end of the last day, where it is said in business days or months; None where it is not said."""
    if values.seconds is not UNSET:
        return after(over, values.seconds)
    if values.months is not UNSET:
        where = calendar_zone(zone)
        day = local(over, where).replace(tzinfo=None) + relativedelta(months=int(values.months))
        return end_of_day(instant_of(day, where), zone)
    if values.business_days is UNSET:
        return None
    days = counted(Hours(days=_BUSINESS, start="00:00", end="00:00", zone=zone))
    due = days.add(over, values.business_days * _DAY)
    return end_of_day(due, zone) if due is not None else None


def is_about_postmortems(promise: Promise) -> bool:
    return isinstance(promise.values, Rule) and promise.values.rule == "post_mortem"


def require(state: State, command: RequirePostmortem, now: Instant) -> Answer:
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
    if command.promise and not incident.work.postmortem.kept:
        first = owed.sooner(state, command.promise, (None, incident.id))
        said.append(_owed(command.promise, first, now))
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
    version, review = len(postmortem.versions) + 1, reviews.wanted(state, incident)
    published = PostmortemPublished(incident=incident.id, version=version, by=command.by, review=review)
    said = [Said(published, subject(incident.id), Words(command.text))]
    if review:
        return (*said, *reviews.asked(state, incident, version, review, now))
    return (*said, *kept(state, incident, now))


def review(state: State, command: ReviewPostmortem, now: Instant) -> Answer:
    """What is signed for counts; what is wanted changed waits for another version."""
    incident = found(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    refusal = reviews.refusal(state, incident, command)
    if refusal is not None:
        return refusal
    said = tuple(reviews.reviewed(state, incident, command, now))
    return (*said, *(kept(state, incident, now) if command.agrees else ()))


def kept(state: State, incident: Incident, now: Instant) -> Iterator[Said]:
    """What the guide wants is done, for the first time: its lines are kept where it was in time and none is owed."""
    postmortem = incident.work.postmortem
    if not postmortem.kept:
        for one in postmortem.wanted:
            if one.promise and (one.due is None or now <= one.due):
                other = owed.first(state, one.promise, besides=incident.id)
                if other is None:
                    yield _evidence(one.promise, "kept", f"{incident.id} has its post-mortem")
                else:
                    yield _owed(one.promise, other, now)


def due(state: State, incident: Incident, now: Instant, wakes: list[Instant]) -> Iterator[Said]:
    """Whoever it waits for is reminded, and told when it is due and not done, once: that breaks its line."""
    if incident.work.postmortem.kept:
        return
    for one in incident.work.postmortem.wanted:
        if one.due is None or one.overdue:
            continue
        if now > one.due:
            overdue = PostmortemOverdue(incident=incident.id, promise=one.promise, due=one.due)
            yield Said(overdue, subject(incident.id))
            if one.promise:
                yield _owed(one.promise, (one.due, incident.id), now)
            yield from reviews.reminder(state, incident, "postmortem", "and it was due", now)
            continue
        wakes.append(one.due + 1)
        at = warning.last(state, one.since, one.due)
        if at is None or one.reminded:
            continue
        if now < at:
            wakes.append(at)
            continue
        yield Said(PostmortemReminded(incident.id, one.promise, one.due), subject(incident.id))
        said = f"and it is due within {spoken(seconds_between(now, one.due))}"
        yield from reviews.reminder(state, incident, "postmortem-soon", said, now)


def _owed(promise: str, one: owed.Owed, now: Instant) -> Said:
    """How a line stands while an incident owes it a post-mortem."""
    due, incident = one
    if due is not None and now > due:
        return _evidence(promise, "broken", f"{incident} has no post-mortem, and it was due")
    until = f"until {rfc3339(due)[:16]} UTC" if due is not None else "without a day"
    return _evidence(promise, "at_risk", f"{incident} wants a post-mortem, {until}")


def _evidence(promise: str, verdict: Verdict, reason: str) -> Said:
    seen = EvidenceRecorded(promise=promise, verdict=verdict, reason=reason, fresh_seconds=sla.FRESH_SECONDS)
    return Said(seen, f"promise:{promise}")
