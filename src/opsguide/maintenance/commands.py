"""What can be wanted of maintenance."""

from ..kernel.clock import Instant
from ..kernel.part import Command


class AnnounceMaintenance(Command, frozen=True):
    """`what` is done from `start` to `end`. `window` names a window of the guide, by its promise's id or its name; ""
    is the one of the whole service. What the guide does not allow is refused, unless it is wanted `anyway`.
    `components` are those of the status page that are concerned, by the names of their tables; none: those of the
    window's environment.
    """

    what: str
    start: Instant
    end: Instant
    by: str
    window: str = ""
    anyway: bool = False
    components: tuple[str, ...] = ()


class CancelMaintenance(Command, frozen=True):
    """It does not take place, or it ends now."""

    maintenance: str
    by: str


class AskEmergency(Command, frozen=True):
    """`what` has to be done now, and takes so many `seconds`: whoever approves it by the guide is asked."""

    what: str
    seconds: float
    by: str


class ApproveEmergency(Command, frozen=True):
    """It may begin, for a day."""

    maintenance: str
    by: str
    note: str = ""


class BeginEmergency(Command, frozen=True):
    """It begins now. Without the approval that the guide wants it is refused, unless it is wanted `anyway`."""

    maintenance: str
    by: str
    anyway: bool = False
