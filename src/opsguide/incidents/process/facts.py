"""What people do about an incident, as it stands on the ledger. Subjects are `incident:INC-1`."""

from ...kernel.clock import Instant
from ...kernel.facts import Data, FactTypes
from ..facts import Clock, ClockName

FACTS = FactTypes()


class Reason(Data, frozen=True):
    """Why, in a person's words: detached from the chain."""

    text: str


@FACTS.register("incident.severity_changed", personal=Reason)
class IncidentSeverityChanged(Data, frozen=True):
    """From `was` to `severity`. `clocks` are all it has from now on: those that were met or ran out stay.

    `pages` says whether it wakes people from now on, `again` that everybody is told from the start of the route.
    """

    incident: str
    was: str
    severity: str
    clocks: tuple[Clock, ...]
    pages: bool
    again: bool
    by: str


@FACTS.register("clock.warned")
class ClockWarned(Data, frozen=True):
    """So large a `share` of a clock is used up (0.8 is 80 %), and it still runs."""

    incident: str
    clock: ClockName
    promise: str
    share: float
    due: Instant
