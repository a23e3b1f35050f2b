"""How each fact about telling people changes the chapter's state: decided, attempted, withdrawn, a channel's test."""

from collections.abc import Callable, Mapping
from sys import intern

from ..kernel.clock import after
from ..kernel.facts import Data, Recorded
from ..kernel.intent import Intent, Outcome, Withdrawn
from ..kernel.standing import EvidenceRecorded
from . import digest, health, sla
from .escalation import DIGEST, PAGE
from .facts import ChannelTested, PageImpossible
from .oncall import INBOX, channels
from .state import Delivery, State, having


def _intended(state: State, recorded: Recorded) -> None:
    intent = recorded.fact.data
    assert isinstance(intent, Intent)
    if intent.deed == DIGEST:
        digest.decided(state, intent)
    incident = state.known(intent.args.get("incident", "")) if intent.deed == PAGE else None
    if incident is None:
        return
    if intent.promise is not None:
        incident.told = having(incident.told, intent.promise)
    incident.deliveries[intent.key] = Delivery(
        key=intent.key,
        step=int(intent.args["step"]),
        person=intern(intent.args["person"]),
        channel=intern(intent.args["channel"]),
        promise=intent.promise,
        decided_at=recorded.fact.at,
        at=recorded.fact.at,
        round=incident.round,
    )


def delivery(state: State, key: str) -> Delivery | None:
    """The delivery that an intent's key names: `page/INC-1/…`."""
    parts = key.split("/")
    incident = state.known(parts[1]) if parts[0] == PAGE and len(parts) > 1 else None
    return incident.deliveries.get(key) if incident is not None else None


def _attempted(state: State, recorded: Recorded) -> None:
    outcome = recorded.fact.data
    assert isinstance(outcome, Outcome)
    if outcome.key.startswith((f"{PAGE}/", f"{DIGEST}/")):
        problem = None if outcome.result == "done" else outcome.detail
        health.heard(state, health.channel_of(outcome.key), recorded.fact.at, problem, outcome.seconds)
    if outcome.key.startswith(f"{DIGEST}/") and outcome.result == "done":
        digest.over(state, outcome.key, after(recorded.fact.at, -(outcome.seconds or 0.0)))
    sent = delivery(state, outcome.key)
    if sent is None or sent.state in ("done", "withdrawn"):
        return
    sent.attempts, sent.detail, sent.at = outcome.attempt, outcome.detail, recorded.fact.at
    sent.seconds = outcome.seconds
    sent.state = "done" if outcome.result == "done" else "failed"
    _prove_step(state, recorded, sent)


def _prove_step(state: State, recorded: Recorded, delivery: Delivery) -> None:
    """A delivered page proves its step of the route; a failed one breaks it while no channel reached anybody.

    The inbox proves nothing of a person who is told through more than that.
    """
    incident = state.known(delivery.key.split("/")[1])
    if delivery.promise is None or incident is None:
        return
    sent = [d for d in incident.deliveries.values() if d.step == delivery.step]
    outside = [d for d in sent if d.channel != INBOX]
    if not outside and not channels(state.bindings, delivery.person):
        outside = sent
    if delivery not in outside:
        return
    reached = any(d.state == "done" for d in outside)
    said = f"{delivery.person} through {delivery.channel}"
    evidence = EvidenceRecorded(
        promise=delivery.promise,
        verdict="kept" if reached else "broken",
        reason=f"{incident.id} reached {said}" if reached else f"{incident.id} could not reach {said}",
        fresh_seconds=sla.FRESH_SECONDS,
    )
    state.book.fold(recorded.seq, recorded.fact.at, evidence)


def _tested(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ChannelTested)
    health.heard(state, data.channel, recorded.fact.at, data.problem or None, data.seconds)


def _withdrawn(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, Withdrawn)
    if recorded.fact.data.key.startswith(f"{DIGEST}/"):
        digest.over(state, recorded.fact.data.key, recorded.fact.at)
    sent = delivery(state, recorded.fact.data.key)
    if sent is not None:
        incident = state.known(sent.key.split("/")[1])
        if incident is not None:
            digest.gone(state, incident, sent, recorded.fact.at)
        sent.state, sent.detail = "withdrawn", recorded.fact.data.reason
        sent.at = recorded.fact.at


def _impossible(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, PageImpossible)
    incident = state.held(data.incident)
    incident.told = having(incident.told, data.promise)
    evidence = EvidenceRecorded(
        promise=data.promise, verdict="broken", reason=data.reason, fresh_seconds=sla.FRESH_SECONDS
    )
    state.book.fold(recorded.seq, recorded.fact.at, evidence)


OWN: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    PageImpossible: _impossible,
    ChannelTested: _tested,
    Intent: _intended,
    Outcome: _attempted,
    Withdrawn: _withdrawn,
}
