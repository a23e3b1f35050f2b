"""What happens to an incident, as it stands on the ledger. Subjects are `incident:INC-1`."""

from typing import Literal, TypeAlias

from msgspec import Struct

from ..guide.values import Hours
from ..kernel.clock import Instant
from ..kernel.facts import Data, FactTypes

FACTS = FactTypes()

ClockName: TypeAlias = Literal["acknowledge", "resolve"]


class Clock(Struct, frozen=True):
    """A clock as the guide set it when the incident opened: `promise` is its id, `due` when it runs out.

    With `hours` only the time in them counts; `half` is when half of the clock is used up.
    """

    name: ClockName
    promise: str
    seconds: float
    due: Instant
    half: Instant | None = None
    hours: Hours | None = None


@FACTS.register("incident.opened")
class IncidentOpened(Data, frozen=True):
    """`key` is what it is about (one open incident a key); `promise` the one that broke; `reason` why this severity.

    `severity_known` is false where the guide does not define that word: then there are no clocks, and nobody is paged.
    """

    incident: str
    key: str
    title: str
    severity: str
    severity_known: bool
    reason: str
    clocks: tuple[Clock, ...]
    pages: bool
    promise: str | None = None
    kind: str | None = None


@FACTS.register("incident.recurred")
class IncidentRecurred(Data, frozen=True):
    """What opened it happened again while it is open."""

    incident: str
    reason: str


@FACTS.register("incident.acknowledged")
class IncidentAcknowledged(Data, frozen=True):
    incident: str
    by: str


@FACTS.register("incident.recovered")
class IncidentRecovered(Data, frozen=True):
    """What opened it is over; somebody or something still has to resolve it."""

    incident: str
    reason: str


@FACTS.register("incident.resolved")
class IncidentResolved(Data, frozen=True):
    incident: str
    by: str
    reason: str


class NoteText(Data, frozen=True):
    """Free text of a person: detached from the chain, since it may name people."""

    text: str


@FACTS.register("incident.noted", personal=NoteText)
class IncidentNoted(Data, frozen=True):
    """`key` is the client's, so that the same request sent twice is one note; empty where it gave none."""

    incident: str
    by: str
    key: str = ""


@FACTS.register("clock.met")
class ClockMet(Data, frozen=True):
    incident: str
    clock: ClockName
    promise: str
    taken_seconds: float
    limit_seconds: float


@FACTS.register("clock.missed")
class ClockMissed(Data, frozen=True):
    """The clock ran out: the promise is broken, whatever comes after."""

    incident: str
    clock: ClockName
    promise: str
    limit_seconds: float


@FACTS.register("page.impossible")
class PageImpossible(Data, frozen=True):
    """A step of a route has nobody behind it: an alarm of its own."""

    incident: str
    step: int
    to: str
    reason: str
    promise: str
