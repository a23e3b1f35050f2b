"""Maintenance as the API tells of it."""

from msgspec import Struct

from ..kernel.clock import Instant, rfc3339
from .emergency import unapproved
from .windows import Emergency, Maintenance


class MaintenanceStatus(Struct, frozen=True):
    """Maintenance that was announced. `state` is planned, running, over or cancelled; `breaks` says what of the guide
    it does not keep; `what` is empty once it was erased; `components` of the status page are concerned.

    An `emergency` is asked, or for a day approved, before it runs; `approver` approves it, in the guide's words ("":
    nobody has to); until it begins, `start` and `end` are as if it had begun when it was asked for.
    """

    id: str
    state: str
    start: str
    end: str
    what: str
    by: str
    announced_at: str
    window: str
    breaks: tuple[str, ...]
    emergency: bool
    approver: str
    approved_by: str
    components: tuple[str, ...]


def state_in_words(one: Maintenance, now: Instant) -> str:
    emergency = one.emergency
    if emergency is not None and not emergency.begun and one.cancelled_at is None:
        return "asked" if unapproved(emergency, now) else "approved"
    if not one.takes_place:
        return "cancelled"
    return "planned" if now < one.start else "running" if now < one.until else "over"


def status(one: Maintenance, now: Instant) -> MaintenanceStatus:
    emergency = one.emergency or Emergency("", "")
    return MaintenanceStatus(
        id=one.id,
        state=state_in_words(one, now),
        start=rfc3339(one.start),
        end=rfc3339(one.until if one.takes_place else one.end),
        what=one.what,
        by=one.by,
        announced_at=rfc3339(one.announced_at),
        window=one.window,
        breaks=one.breaks,
        emergency=one.emergency is not None,
        approver=emergency.approver,
        approved_by=emergency.approved_by,
        components=one.components,
    )
