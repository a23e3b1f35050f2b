"""The status page as a part of the core. It keeps its own state, and decides no more than to say that it is there."""

from msgspec.structs import replace

from ...guide.adoption import GuideAdopted
from ...incidents.facts import (
    IncidentAbsorbed,
    IncidentJoined,
    IncidentMerged,
    IncidentOpened,
    IncidentReopened,
    IncidentResolved,
)
from ...incidents.process.facts import IncidentUpdated, UpdateCorrected, Words
from ...kernel.clock import Instant, after
from ...kernel.facts import Recorded
from ...kernel.intent import Intent
from ...kernel.part import Answer, Conditions, Decision, Part, Said
from ...kernel.standing import EvidenceRecorded
from ...monitoring.probes.facts import ProbeDown, ProbeUnknown, ProbeUp
from .commands import Announce, RemoveSubscriber
from .facts import FACTS, Attended, SubscriberRemoved
from .state import ATTENDED_SECONDS, MOST_TOLD, Known, State, Turn, Update

COMPONENTS = ("environment:", "probe:")
"""What the keys of incidents about components begin with."""


def _adopted(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, GuideAdopted)
    state.adopt(recorded.fact.data.bindings, recorded.fact.at)


def _attended(state: State, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, EvidenceRecorded | Attended)
    state.attend(recorded.fact.at)


def _down(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ProbeDown)
    state.turn(data.probe, Turn(data.since, "down"))


def _up(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ProbeUp)
    bound = data.probe in state.bindings.probes
    state.turn(data.probe, Turn(recorded.fact.at, "up" if bound else "unknown"))


def _unknown(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ProbeUnknown)
    state.turn(data.probe, Turn(recorded.fact.at, "unknown"))


def _opened(state: State, recorded: Recorded) -> None:
    """Drills are nobody's business outside."""
    data = recorded.fact.data
    assert isinstance(data, IncidentOpened)
    if data.drill is not None:
        return
    one = Known(data.incident, recorded.fact.at, recorded.seq)
    state.incidents[data.incident] = one
    _about(one, data.key, data.promise, data.labels)


def _joined(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentJoined)
    one = state.incidents.get(data.incident)
    if one is not None:
        _about(one, data.key, data.promise, data.labels)


def _about(one: Known, key: str, promise: str | None, labels: dict[str, str]) -> None:
    if key.startswith(COMPONENTS):
        one.keys |= {key}
    if promise is not None:
        one.promises |= {promise}
    if environment := labels.get("environment"):
        one.environments |= {environment.casefold()}


def _resolved(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentResolved)
    one = state.incidents.get(data.incident)
    if one is not None:
        one.resolved_at, one.resolved_seq = recorded.fact.at, recorded.seq
        state.forget()


def _reopened(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentReopened)
    one = state.incidents.get(data.incident)
    if one is not None:
        one.resolved_at, one.merged = None, False


def _merged(state: State, recorded: Recorded) -> None:
    """It goes on as another one, which says the rest."""
    data = recorded.fact.data
    assert isinstance(data, IncidentMerged)
    one = state.incidents.get(data.incident)
    if one is not None:
        one.resolved_at, one.resolved_seq, one.merged = recorded.fact.at, recorded.seq, True


def _absorbed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, IncidentAbsorbed)
    one, other = state.incidents.get(data.incident), state.incidents.get(data.other)
    if one is not None and other is not None:
        one.keys |= other.keys
        one.promises |= other.promises
        one.environments |= other.environments


ANNOUNCE = "announce"
PRIORITY = 9
"""After everything that wakes or informs the team."""

ANNOUNCED_WITHIN_SECONDS = 86_400.0


def announce(state: State, command: Announce, now: Instant) -> Answer:
    """An intent for each that was not announced before. `decided` is when: who subscribes later is not told of it."""
    return tuple(
        Said(
            Intent(
                key=f"status/{message}",
                deed=ANNOUNCE,
                args={"message": message, "decided": str(now)},
                reason="something new is public",
                deadline=after(now, ANNOUNCED_WITHIN_SECONDS),
                priority=PRIORITY,
            ),
            "status",
        )
        for message in dict.fromkeys(command.messages)
        if message not in state.told
    )


def _removed(_state: State, command: RemoveSubscriber, _now: Instant) -> Answer:
    return (Said(SubscriberRemoved(command.subscriber), "status"),)


def _intended(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, Intent)
    if data.deed == ANNOUNCE:
        state.told[data.args["message"]] = recorded.fact.at
        while len(state.told) > MOST_TOLD:
            del state.told[next(iter(state.told))]


def _updated(state: State, recorded: Recorded) -> None:
    """Only what was published. What was erased keeps its place: a correction may have other words for it."""
    data, words = recorded.fact.data, recorded.fact.personal
    assert isinstance(data, IncidentUpdated)
    one = state.incidents.get(data.incident)
    if one is not None and data.public:
        text = words.text if isinstance(words, Words) else ""
        one.told = (*one.told, Update(recorded.seq, recorded.fact.at, data.phase, text, data.components))


def _corrected(state: State, recorded: Recorded) -> None:
    data, words = recorded.fact.data, recorded.fact.personal
    assert isinstance(data, UpdateCorrected)
    one = state.incidents.get(data.incident)
    if one is not None:
        text = words.text if isinstance(words, Words) else ""
        one.told = tuple(
            replace(update, text=text, corrected=recorded.fact.at) if update.seq == data.update else update
            for update in one.told
        )


def decide(state: State, _conditions: Conditions, now: Instant) -> Decision:
    """Where a page is bound and nothing was heard for half of a sign of life: one of its own."""
    if state.bindings.status is None:
        return Decision()
    due = after(state.attended[-1][1], -ATTENDED_SECONDS / 2) if state.attended else now
    if due > now:
        return Decision(wake=due)
    return Decision((Said(Attended(), "status"),), wake=after(now, ATTENDED_SECONDS / 2))


PART = Part(
    name="status_page",
    facts=FACTS,
    initial=State,
    folds={
        GuideAdopted: _adopted,
        EvidenceRecorded: _attended,
        Attended: _attended,
        ProbeDown: _down,
        ProbeUp: _up,
        ProbeUnknown: _unknown,
        IncidentOpened: _opened,
        IncidentJoined: _joined,
        IncidentResolved: _resolved,
        IncidentReopened: _reopened,
        IncidentMerged: _merged,
        IncidentAbsorbed: _absorbed,
        IncidentUpdated: _updated,
        UpdateCorrected: _corrected,
        Intent: _intended,
    },
    handlers={Announce: announce, RemoveSubscriber: _removed},
    decide=decide,
)
