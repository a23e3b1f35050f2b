"""The chapter "Maintenance Windows": maintenance is announced, held to the guide's windows, and open while it lasts.

The other promises of the chapter are read and shown.
"""

from ..guide.chapter import Chapter, moves_none
from ..guide.keeping import FOLDS, MOVES
from . import planning, windows
from .commands import AnnounceMaintenance, CancelMaintenance
from .facts import FACTS, MaintenanceAnnounced, MaintenanceCancelled
from .windows import State

CHAPTER = Chapter(
    name="maintenance",
    facts=FACTS,
    initial=State,
    folds={**FOLDS, MaintenanceAnnounced: windows.announced, MaintenanceCancelled: windows.cancelled},
    handlers={AnnounceMaintenance: planning.announce, CancelMaintenance: planning.cancel},
    decide=planning.decide,
    conditions=windows.conditions,
    standing=planning.standing,
    moves={**MOVES, MaintenanceAnnounced: moves_none, MaintenanceCancelled: moves_none},
)
