"""The chapter "Maintenance Windows": maintenance is announced, held to the guide's windows, and open while it lasts;
emergency maintenance is approved by whom the guide names.

The other promises of the chapter are read and shown.
"""

from collections.abc import Callable, Mapping

from ..guide.chapter import Chapter, moves_none
from ..guide.keeping import FOLDS, MOVES
from ..kernel.clock import Instant
from ..kernel.facts import Data, Recorded
from ..kernel.part import Conditions, Decision, Said
from ..kernel.standing import EvidenceRecorded
from . import emergency, planning, windows
from .commands import (
    AnnounceMaintenance,
    ApproveEmergency,
    AskEmergency,
    BeginEmergency,
    CancelMaintenance,
)
from .facts import (
    FACTS,
    EmergencyAsked,
    EmergencyBegun,
    EmergencyEnded,
    MaintenanceAnnounced,
    MaintenanceApproved,
    MaintenanceCancelled,
    MaintenanceReminded,
)
from .planning import KEPT_SECONDS
from .windows import State, taken, wake


def decide(state: State, _conditions: Conditions, now: Instant) -> Decision:
    """Windows in which work is done every time need no announcement: their line is kept while they are."""
    said = [*emergency.over(state, now), *planning.reminders(state, now)]
    for promise, hours in taken(state):
        if hours.is_open(now):
            reason = "work is done in it every time, as opsguide.toml says"
            evidence = EvidenceRecorded(promise.id, "kept", reason, KEPT_SECONDS)
            if state.book.wanted(evidence, now):
                said.append(Said(evidence, f"promise:{promise.id}"))
    return Decision(tuple(said), wake(state, now))


OWN: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    MaintenanceAnnounced: windows.announced,
    MaintenanceCancelled: windows.cancelled,
    MaintenanceReminded: windows.reminded,
    EmergencyAsked: emergency.asked,
    MaintenanceApproved: emergency.approved,
    EmergencyBegun: emergency.begun,
    EmergencyEnded: emergency.ended,
}

CHAPTER = Chapter(
    name="maintenance",
    facts=FACTS,
    initial=State,
    folds={**FOLDS, **OWN},
    handlers={
        AnnounceMaintenance: planning.announce,
        CancelMaintenance: planning.cancel,
        AskEmergency: emergency.ask,
        ApproveEmergency: emergency.approve,
        BeginEmergency: emergency.begin,
    },
    decide=decide,
    conditions=windows.conditions,
    standing=planning.standing,
    moves={**MOVES, **dict.fromkeys(OWN, moves_none)},
)
