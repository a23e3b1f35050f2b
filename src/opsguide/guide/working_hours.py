"""The hours in which a clock of the guide runs, as the calendar counts them."""

from datetime import time

from msgspec.structs import replace

from ..kernel.calendar import EVERY_DAY, WEEK, zone
from ..kernel.calendar import Hours as Open
from .values import Hours

_MIDNIGHT = "00:00"


def whole(hours: Hours, otherwise: str) -> Hours | None:
    """The same with nothing left open, `otherwise` being the zone where the guide names none.

    None where the guide leaves open on which days or from when to when: nobody can count such hours.
    """
    if hours.days is None or (hours.start is None) != (hours.end is None):
        return None
    found = replace(
        hours, start=hours.start or _MIDNIGHT, end=hours.end or _MIDNIGHT, zone=hours.zone or otherwise
    )
    try:
        counted(found)
    except ValueError:
        return None
    return found


def counted(hours: Hours) -> Open:
    """Hours with nothing left open, to count with. Raises ValueError for a zone or a time that there is not."""
    assert hours.days is not None
    days = frozenset(map(WEEK.index, hours.days)) or EVERY_DAY
    return Open(zone(hours.zone or ""), days, _time(hours.start), _time(hours.end))


def _time(text: str | None) -> time:
    return time() if text in (None, "24:00") else time.fromisoformat(text or _MIDNIGHT)
