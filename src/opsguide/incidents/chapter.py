"""The chapter "Incident Response": its folds, its commands, and the standing of its promises."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from ..guide.adoption import GuideAdopted
from ..guide.bindings import wants_live_updates
from ..guide.chapter import Chapter, Moved, moves_none
from ..guide.keeping import FOLDS, by_evidence
from ..guide.keeping import MOVES as BY_EVIDENCE
from ..guide.promise import Promise
from ..guide.values import ClockValues, Severity, Step
from ..kernel.clock import Instant
from ..kernel.facts import Data, Recorded
from ..kernel.intent import Outcome
from ..kernel.standing import Standing
from . import feeds, health, merging, oncall, rules, silences, sla, soonest, telling
from .agenda import noting
from .calendars import rules as calendars
from .calendars.facts import FACTS as CALENDAR_FACTS
from .commands import (
    Acknowledge,
    AddNote,
    EndSilence,
    Merge,
    NoteTest,
    Open,
    Recover,
    Reopen,
    Resolve,
    Silence,
    Tell,
    Unacknowledge,
)
from .coverage import rules as coverage
from .coverage.facts import FACTS as COVERAGE_FACTS
from .facts import (
    FACTS,
    ChannelTested,
    ClockMet,
    ClockMissed,
    IncidentAbsorbed,
    IncidentAcknowledged,
    IncidentMerged,
    IncidentOpened,
    IncidentReopened,
    IncidentResolved,
    IncidentUnacknowledged,
    PageImpossible,
)
from .folds import OWN
from .folds_told import OWN as TOLD
from .folds_told import delivery
from .handoffs import rules as handoffs
from .handoffs.facts import FACTS as SHIFT_FACTS
from .overrides import folds as overrides
from .overrides import rules as overriding
from .overrides.facts import FACTS as OVERRIDE_FACTS
from .postmortem import rules as postmortems
from .postmortem.commands import PublishPostmortem, RequirePostmortem, ReviewPostmortem, SaveSection
from .postmortem.facts import FACTS as POSTMORTEM_FACTS
from .postmortem.folds import FOLDS as POSTMORTEM_FOLDS
from .process import notes, roles, severities, tasks, updates
from .process.commands import (
    AddTask,
    AssignRole,
    AttachChart,
    ChangeSeverity,
    ChangeTask,
    CorrectUpdate,
    Pin,
    Update,
)
from .process.facts import FACTS as PROCESS_FACTS
from .process.facts import IncidentSeverityChanged, IncidentUpdated
from .process.folds import FOLDS as PROCESS_FOLDS
from .state import Incident, State


def conditions(state: State, _now: Instant) -> Iterable[str]:
    return sorted(f"incident.{severity}.open" for severity in state.agenda.severities)


def standing(state: State, promise: Promise, at: Instant) -> Standing:
    """Severities are in force once adopted; clocks and routes stand by what incidents proved."""
    if isinstance(promise.values, Severity):
        held = state.book.standing(promise.id, at)
        if held.kind == "broken":
            return held
        return Standing(
            kind="kept",
            reason="incidents are opened by this definition",
            since=state.adopted_at,
            evidence_at=state.adopted_at,
            evidence=state.adopted_seq,
        )
    found = by_evidence(state, promise, at)
    if isinstance(promise.values, ClockValues) and found.kind != "unbound":
        found = _of_clock(state, promise, promise.values, at, found)
    if isinstance(promise.values, Step) and found.kind not in ("unbound", "broken"):
        found = oncall.standing(state.bindings, state.health, promise.values.to, at, found)
    if found.kind == "unproven" and found.evidence is None:
        if isinstance(promise.values, ClockValues):
            return replace(found, reason="no incident has tested this clock yet")
        if isinstance(promise.values, Step):
            return replace(found, reason="no page has gone this way yet")
    return found


def _of_clock(state: State, promise: Promise, values: ClockValues, at: Instant, proven: Standing) -> Standing:
    name = sla.KEPT.get(values.clock)
    late = soonest.late_on(state, promise.id, name) if name is not None else None
    if name is not None and late is not None:
        return sla.standing_late(late.incident, name, late.seq, late.since, proven)
    return sla.standing(soonest.running_on(state, promise), at, proven)


def _adopted(state: State, recorded: Recorded) -> None:
    """What wants a post-mortem, or updates in real time, is kept here, whichever chapter the line belongs to."""
    overrides.OWN[GuideAdopted](state, recorded)
    assert isinstance(recorded.fact.data, GuideAdopted)
    promises = recorded.fact.data.reading.promises
    state.postmortem_rules = {one.id: one for one in promises if postmortems.is_about_postmortems(one)}
    state.update_rules = {one.id: one for one in promises if wants_live_updates(one)}


def _clocks_moved(state: State, recorded: Recorded) -> Iterable[str]:
    """The clocks that run from now on, or no longer, and those that ran out."""
    data = recorded.fact.data
    assert isinstance(
        data,
        IncidentOpened
        | IncidentAcknowledged
        | IncidentUnacknowledged
        | IncidentReopened
        | IncidentAbsorbed
        | IncidentMerged
        | IncidentResolved,
    )
    incident = state.find(data.incident)
    if incident is None:
        return ()
    return [*(clock.promise for clock in incident.clocks), *incident.missed, *_wanted(state, incident)]


def _wanted(state: State, incident: Incident) -> list[str]:
    """The lines that want status updates of it."""
    wanted = (promise.id for promise, _ in updates.wanted(state, incident, "update"))
    return [promise for promise in wanted if promise in state.promises]


def _updated(state: State, recorded: Recorded) -> Iterable[str]:
    assert isinstance(recorded.fact.data, IncidentUpdated)
    incident = state.find(recorded.fact.data.incident)
    return _wanted(state, incident) if incident is not None else ()


def _rated(state: State, _recorded: Recorded) -> Iterable[str]:
    """Clocks of the severity that it had, of the one that it has, and the definition that it is held to."""
    return state.promises


def _clock_moved(_state: State, recorded: Recorded) -> Iterable[str]:
    assert isinstance(recorded.fact.data, ClockMet | ClockMissed | PageImpossible)
    return (recorded.fact.data.promise,)


def _delivery_moved(state: State, recorded: Recorded) -> Iterable[str]:
    assert isinstance(recorded.fact.data, Outcome)
    sent = delivery(state, recorded.fact.data.key)
    proven = {sent.promise} if sent is not None and sent.promise is not None else set[str]()
    return proven | set(_channel_turned(state, health.channel_of(recorded.fact.data.key)))


def _channel_moved(state: State, recorded: Recorded) -> Iterable[str]:
    assert isinstance(recorded.fact.data, ChannelTested)
    return _channel_turned(state, recorded.fact.data.channel)


def _channel_turned(state: State, channel: str) -> Iterable[str]:
    """A channel that fails, or works again, says something of every step."""
    known = state.health.get(channel)
    if known is not None and known.turned:
        yield from (name for name, promise in state.promises.items() if isinstance(promise.values, Step))


MOVES: Mapping[type[Data], Moved] = {
    **dict.fromkeys((*OWN, *TOLD, *PROCESS_FOLDS, *POSTMORTEM_FOLDS), moves_none),
    **BY_EVIDENCE,
    **dict.fromkeys(
        (
            *(IncidentOpened, IncidentAcknowledged, IncidentUnacknowledged, IncidentReopened),
            *(IncidentAbsorbed, IncidentMerged, IncidentResolved),
        ),
        _clocks_moved,
    ),
    **dict.fromkeys((ClockMet, ClockMissed, PageImpossible), _clock_moved),
    **overrides.MOVES,
    **dict.fromkeys((*handoffs.OWN, *coverage.OWN, *feeds.OWN), moves_none),
    Outcome: _delivery_moved,
    ChannelTested: _channel_moved,
    IncidentUpdated: _updated,
    IncidentSeverityChanged: _rated,
}


ALL_FOLDS: dict[type[Data], Any] = {
    **{
        **FOLDS,
        **OWN,
        **TOLD,
        **PROCESS_FOLDS,
        **POSTMORTEM_FOLDS,
        **overrides.OWN,
        **handoffs.OWN,
        **coverage.OWN,
        **feeds.OWN,
        **calendars.OWN,
    },
    GuideAdopted: _adopted,
}


CHAPTER = Chapter(
    name="incidents",
    facts=FACTS.merge(
        [PROCESS_FACTS, POSTMORTEM_FACTS, OVERRIDE_FACTS, SHIFT_FACTS, CALENDAR_FACTS, COVERAGE_FACTS]
    ),
    initial=State,
    folds={kind: noting(soonest.remembering(kind, fold)) for kind, fold in ALL_FOLDS.items()},
    handlers={
        Open: rules.open_incident,
        Recover: rules.recover,
        Acknowledge: rules.acknowledge,
        Resolve: rules.resolve,
        AddNote: rules.add_note,
        Unacknowledge: merging.unacknowledge,
        Reopen: merging.reopen,
        Merge: merging.merge,
        Silence: silences.create,
        EndSilence: silences.end,
        NoteTest: health.note_test,
        ChangeSeverity: severities.change,
        **overriding.HANDLERS,
        AssignRole: roles.assign,
        Update: updates.update,
        CorrectUpdate: updates.correct,
        AddTask: tasks.add,
        ChangeTask: tasks.change,
        Pin: notes.pin,
        AttachChart: notes.attach,
        RequirePostmortem: postmortems.require,
        SaveSection: postmortems.save,
        PublishPostmortem: postmortems.publish,
        ReviewPostmortem: postmortems.review,
        Tell: telling.tell,
        **calendars.HANDLERS,
        **feeds.HANDLERS,
    },
    decide=rules.decide,
    conditions=conditions,
    standing=standing,
    moves=MOVES,
)
