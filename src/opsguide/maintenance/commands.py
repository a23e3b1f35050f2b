"""What can be wanted of maintenance."""

from ..kernel.clock import Instant
from ..kernel.part import Command


class AnnounceMaintenance(Command, frozen=True):
    """`what` is done from `start` to `end`. `window` names a window of the guide, by its promise's id or its name; ""
    is the one of the whole service. What the guide does not allow is refused, unless it is wanted `anyway`.
    """

    what: str
    start: Instant
    end: Instant
    by: str
    window: str = ""
    anyway: bool = False


class CancelMaintenance(Command, frozen=True):
    """It does not take place, or it ends now."""

    maintenance: str
    by: str
