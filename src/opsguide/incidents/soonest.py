"""Which running clock of a promise ends first, and whose ran out, without a look at every open incident: a storm has
thousands.

Like the agenda, a memory beside what happened. An entry is made whenever clocks begin or are set anew; it is thrown
away once it comes first and is not so any more.
"""

import heapq
from collections.abc import Iterable
from typing import NamedTuple

from ..guide.adoption import GuideAdopted
from ..guide.promise import Promise
from ..kernel.clock import Instant
from ..kernel.facts import Data, Recorded
from .agenda import Fold
from .facts import Clock, ClockMissed, ClockName, IncidentAbsorbed, IncidentOpened, IncidentReopened
from .process import updates
from .process.facts import IncidentSeverityChanged, IncidentUpdated
from .state import Incident, State

BEGIN: tuple[type[Data], ...] = (IncidentOpened, IncidentReopened, IncidentAbsorbed, IncidentSeverityChanged)
"""Facts that give an incident its clocks."""

SPOKEN: tuple[type[Data], ...] = (IncidentUpdated, ClockMissed)
"""Facts after which the next status update is due at another time."""


def running_on(state: State, promise: Promise) -> tuple[Incident, Clock] | None:
    """The clock of this promise that ends first, and the open incident in which it runs."""
    entries = state.agenda.clocks.get(promise.id, [])
    while entries:
        due, name = entries[0]
        incident = state.open.get(name)
        if incident is not None:
            for clock in _clocks(state, incident):
                if clock.promise == promise.id and clock.due == due:
                    return incident, clock
        heapq.heappop(entries)
    return None


class Late(NamedTuple):
    """An incident that is still not acknowledged, or not resolved, though its time for it is over."""

    incident: Incident
    seq: int
    since: Instant


def late_on(state: State, promise: str, clock: ClockName) -> Late | None:
    """The incident whose clock of this promise ran out first, of those that still wait for what it measures."""
    entries, found, over = state.agenda.late.get(promise, {}), None, list[str]()
    for name, (seq, since) in entries.items():
        incident = state.open.get(name)
        if incident is None or promise not in incident.missed:
            over.append(name)
        elif clock == "resolve" or incident.acknowledged_at is None:
            found = Late(incident, seq, since)
            break
    for name in over:
        del entries[name]
    return found


def remembering(kind: type[Data], fold: Fold) -> Fold:
    """The same fold, after which the clocks that it began are known here."""
    if kind not in (GuideAdopted, *BEGIN, *SPOKEN):
        return fold

    def folded(state: State, recorded: Recorded) -> None:
        fold(state, recorded)
        if kind is GuideAdopted:  # it may want other updates of what is open
            state.agenda.clocks.clear()
            for one in state.open.values():
                _began(state, one, _clocks(state, one))
            return
        data = recorded.fact.data
        if isinstance(data, ClockMissed) and data.clock != "update":
            place = recorded.seq, recorded.fact.at
            state.agenda.late.setdefault(data.promise, {})[data.incident] = place
        incident = state.open.get(getattr(data, "incident", ""))
        if incident is not None:
            _began(state, incident, _clocks(state, incident) if kind in BEGIN else _update(state, incident))

    return folded


def _began(state: State, incident: Incident, clocks: Iterable[Clock]) -> None:
    for clock in clocks:
        heapq.heappush(state.agenda.clocks.setdefault(clock.promise, []), (clock.due, incident.id))


def _clocks(state: State, incident: Incident) -> tuple[Clock, ...]:
    return (*incident.running(), *_update(state, incident))


def _update(state: State, incident: Incident) -> tuple[Clock, ...]:
    found = updates.running(state, incident)
    return () if found is None else (found,)
