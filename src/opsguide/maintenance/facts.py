"""What happens to maintenance, as it stands on the ledger."""

from ..kernel.clock import Instant
from ..kernel.facts import Data, FactTypes

FACTS = FactTypes()


class MaintenanceText(Data, frozen=True):
    """What is done: free text of a person, detached from the chain."""

    text: str


@FACTS.register("maintenance.announced", personal=MaintenanceText)
class MaintenanceAnnounced(Data, frozen=True):
    """Maintenance is planned from `start` to `end`, in the window of the guide whose promise is `window`, "" where the
    guide has none. `breaks` are sentences: what the guide asks and this does not keep; its downtime is not planned.
    `components` are those of the status page that are concerned, by the names of their tables.
    """

    maintenance: str
    window: str
    start: Instant
    end: Instant
    by: str
    breaks: tuple[str, ...] = ()
    components: tuple[str, ...] = ()


@FACTS.register("maintenance.cancelled")
class MaintenanceCancelled(Data, frozen=True):
    """It does not take place; or, where it had begun, it ended before its time."""

    maintenance: str
    by: str


@FACTS.register("maintenance.emergency_asked", personal=MaintenanceText)
class EmergencyAsked(Data, frozen=True):
    """Emergency maintenance of so many `seconds` is wanted. `approver` has to approve it, in the words of the guide's
    line `promise`; both are "" where the guide names nobody."""

    maintenance: str
    seconds: float
    approver: str
    promise: str
    by: str


@FACTS.register("maintenance.approved", personal=MaintenanceText)
class MaintenanceApproved(Data, frozen=True):
    """It may begin. `asked_by` waits for that."""

    maintenance: str
    by: str
    asked_by: str


@FACTS.register("maintenance.begun")
class EmergencyBegun(Data, frozen=True):
    """Emergency maintenance goes on, until `end` unless somebody ends it before. `breaks` as above."""

    maintenance: str
    start: Instant
    end: Instant
    by: str
    breaks: tuple[str, ...] = ()


@FACTS.register("maintenance.ended")
class EmergencyEnded(Data, frozen=True):
    """Its time is over."""

    maintenance: str


@FACTS.register("maintenance.reminded")
class MaintenanceReminded(Data, frozen=True):
    """It begins as soon as the guide's notice says: those who were told long ago hear of it once more."""

    maintenance: str
    start: Instant
    end: Instant
