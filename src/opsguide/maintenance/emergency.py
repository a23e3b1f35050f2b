"""Emergency maintenance: asked for, approved by whom the guide names, begun. Its downtime counts. Pure."""

from collections.abc import Iterator

from msgspec.structs import replace

from ..guide.bindings import behind
from ..guide.promise import Promise
from ..guide.values import Rule
from ..kernel.clock import Instant, after, seconds_between
from ..kernel.duration import spoken
from ..kernel.facts import Recorded
from ..kernel.part import Answer, Refusal, Said
from .commands import ApproveEmergency, AskEmergency, BeginEmergency
from .facts import EmergencyAsked, EmergencyBegun, EmergencyEnded, MaintenanceApproved, MaintenanceText
from .planning import LONGEST_SECONDS, SHORTEST_SECONDS, look, subject
from .windows import Emergency, Maintenance, State, keep

APPROVED_SECONDS = 86_400.0
"""So long an approval counts: what it was given for is another thing the day after."""


def rule(state: State) -> tuple[Promise, str] | None:
    """The line that says who approves, and who that is in its words."""
    for promise in state.promises.values():
        values = promise.values
        if (
            isinstance(values, Rule)
            and values.rule != "post_mortem"
            and "approval" in values.demands
            and values.by
        ):
            return promise, values.by
    return None


def ask(state: State, command: AskEmergency, _now: Instant) -> Answer:
    if not command.what.strip():
        what = "emergency maintenance needs a word on what is done, and why now"
        return Refusal(
            "empty_text", what, "such as: fail over to the second database, the first one has a bad disk"
        )
    if not SHORTEST_SECONDS <= command.seconds <= LONGEST_SECONDS:
        most = f"maintenance takes from {spoken(SHORTEST_SECONDS)} to {spoken(LONGEST_SECONDS)}"
        return Refusal("unlikely_length", most, "look at how long it takes")
    asked = rule(state)
    name = f"MNT-{state.count + 1}"
    fact = EmergencyAsked(
        maintenance=name,
        seconds=command.seconds,
        approver=asked[1] if asked is not None else "",
        promise=asked[0].id if asked is not None else "",
        by=command.by,
    )
    return (Said(fact, subject(name), MaintenanceText(command.what.strip())),)


def _waiting(state: State, name: str) -> tuple[Maintenance, Emergency] | Refusal:
    one = state.announced.get(name)
    if one is None or one.emergency is None:
        return Refusal(
            "unknown_maintenance", f"no emergency maintenance {name} was asked for", "/maintenance lists it"
        )
    if one.cancelled_at is not None:
        return Refusal("already_cancelled", f"{name} was cancelled before")
    if one.emergency.begun:
        return Refusal("already_begun", f"{name} has begun")
    return one, one.emergency


def approvers(state: State, emergency: Emergency) -> tuple[str, ...]:
    """The people behind the words of the guide."""
    return behind(state.bindings, emergency.approver) if emergency.approver else ()


def approve(state: State, command: ApproveEmergency, _now: Instant) -> Answer:
    """By one of those whom the guide names, and never by who asked."""
    found = _waiting(state, command.maintenance)
    if isinstance(found, Refusal):
        return found
    one, emergency = found
    if not emergency.approver:
        return Refusal("no_approval", "the guide wants nobody to approve it", "begin it")
    if command.by == one.by:
        return Refusal("own_work", f"{one.by} asked for it", "another one approves it")
    people = approvers(state, emergency)
    if command.by not in people:
        hint = (
            f"that is {', '.join(people)}"
            if people
            else f"bind people to {emergency.approver} in opsguide.toml"
        )
        return Refusal("not_approver", f"{emergency.approver} approves it", hint)
    fact = MaintenanceApproved(maintenance=one.id, by=command.by, asked_by=one.by)
    return (Said(fact, subject(one.id), MaintenanceText(command.note.strip())),)


def begin(state: State, command: BeginEmergency, now: Instant) -> Answer:
    """Refused without the approval that the guide wants; wanted anyway, that breaks its line."""
    found = _waiting(state, command.maintenance)
    if isinstance(found, Refusal):
        return found
    one, emergency = found
    wrong = unapproved(emergency, now)
    if wrong and not command.anyway:
        hint = f"ask {emergency.approver}; or begin it anyway: then that line of the guide is broken"
        return Refusal("not_approved", wrong, hint)
    begun = EmergencyBegun(
        maintenance=one.id,
        start=now,
        end=now + (one.end - one.start),
        by=command.by,
        breaks=(wrong,) if wrong else (),
    )
    return (Said(begun, subject(one.id)), *_evidence(state, begun, emergency, now))


def unapproved(emergency: Emergency, now: Instant) -> str:
    """What is missing, "" where nothing is."""
    if not emergency.approver:
        return ""
    if emergency.approved_at is None:
        return f"{emergency.approver} did not approve it"
    old = seconds_between(emergency.approved_at, now)
    return f"it was approved {spoken(old)} ago, which counts for a day" if old > APPROVED_SECONDS else ""


def _evidence(state: State, begun: EmergencyBegun, emergency: Emergency, now: Instant) -> Iterator[Said]:
    if emergency.promise in state.promises:
        kept = f"{emergency.approved_by} approved {begun.maintenance}"
        reason = f"{begun.maintenance}: {begun.breaks[0]}" if begun.breaks else kept
        yield look(emergency.promise, "broken" if begun.breaks else "kept", reason, begun.end, now)


def over(state: State, now: Instant) -> Iterator[Said]:
    """What has lasted as long as it was to."""
    for one in state.announced.values():
        emergency = one.emergency
        if emergency is not None and emergency.begun and not emergency.ended and now >= one.until:
            yield Said(EmergencyEnded(maintenance=one.id), subject(one.id))


# Folds ------------------------------------------------------------------------------------------------------------


def asked(state: State, recorded: Recorded) -> None:
    fact = recorded.fact
    data, text = fact.data, fact.personal
    assert isinstance(data, EmergencyAsked)
    keep(
        state,
        Maintenance(
            id=data.maintenance,
            seq=recorded.seq,
            window="",
            start=fact.at,
            end=after(fact.at, data.seconds),
            by=data.by,
            announced_at=fact.at,
            what=text.text if isinstance(text, MaintenanceText) else "",
            emergency=Emergency(data.approver, data.promise),
        ),
    )


def _changed(state: State, name: str, one: Maintenance | None, **more: object) -> None:
    """Another one of that name; one so old that it is forgotten stays so."""
    if one is not None and one.emergency is not None:
        state.announced[name] = replace(one, emergency=replace(one.emergency, **more))


def approved(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, MaintenanceApproved)
    one = state.announced.get(data.maintenance)
    _changed(state, data.maintenance, one, approved_by=data.by, approved_at=recorded.fact.at)


def begun(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, EmergencyBegun)
    one = state.announced.get(data.maintenance)
    if one is not None:
        one = replace(one, start=data.start, end=data.end, breaks=data.breaks)
    _changed(state, data.maintenance, one, begun=True)


def ended(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, EmergencyEnded)
    _changed(state, data.maintenance, state.announced.get(data.maintenance), ended=True)
