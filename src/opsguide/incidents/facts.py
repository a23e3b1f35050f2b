"""What happens to an incident, as it stands on the ledger. Subjects are `incident:INC-1`."""

from typing import Literal, TypeAlias

from msgspec import Struct, field

from ..guide.values import Hours
from ..kernel.clock import Instant
from ..kernel.facts import Data, FactTypes

FACTS = FactTypes()

ClockName: TypeAlias = Literal["acknowledge", "resolve", "update"]


class Clock(Struct, frozen=True):
    """A clock as the guide set it when the incident opened: `promise` is its id, `due` when it runs out.

    With `hours` only the time in them counts; `half` is when half of the clock is used up. `started` is when it
    began; None: when the incident opened.
    """

    name: ClockName
    promise: str
    seconds: float
    due: Instant
    half: Instant | None = None
    hours: Hours | None = None
    started: Instant | None = None


class Proposal(Struct, frozen=True):
    """The severity that a definition of the guide gives to what is so: `promise` is the id of the definition,
    `condition` the term for what is so (`system_down`)."""

    severity: str
    promise: str
    condition: str


class Drill(Struct, frozen=True):
    """How a drill's incident differs: nobody is told without `tell`; `to` is a person in place of who is on call."""

    tell: bool = True
    to: str = ""


@FACTS.register("incident.opened")
class IncidentOpened(Data, frozen=True):
    """`key` is what it is about (one open incident a key); `promise` the one that broke; `reason` why this severity.

    `severity_known` is false where the guide does not define that word: then there are no clocks, and nobody is paged.
    Of a `drill` nothing is wrong: it has no clocks and counts nowhere.
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
    labels: dict[str, str] = field(default_factory=dict)
    group: str = ""
    runbook: str = ""
    drill: Drill | None = None
    proposed: Proposal | None = None


@FACTS.register("incident.joined")
class IncidentJoined(Data, frozen=True):
    """Another alert of its group: `key` is what it is about. All of them have to be over before it is."""

    incident: str
    key: str
    title: str
    reason: str
    labels: dict[str, str] = field(default_factory=dict)
    promise: str | None = None


@FACTS.register("incident.recurred")
class IncidentRecurred(Data, frozen=True):
    """What opened it happened again while it is open; `key` says what, where there are several."""

    incident: str
    reason: str
    key: str = ""


@FACTS.register("incident.flapping")
class IncidentFlapping(Data, frozen=True):
    """It was over and happened again `times` within `window_seconds`: it stays open until it is quiet for long."""

    incident: str
    times: int
    window_seconds: float


@FACTS.register("incident.acknowledged")
class IncidentAcknowledged(Data, frozen=True, omit_defaults=True):
    """`link` names the signed link whose button it was, "" where it was none."""

    incident: str
    by: str
    link: str = ""


@FACTS.register("incident.unacknowledged")
class IncidentUnacknowledged(Data, frozen=True):
    """Nobody has it any more: given back by a person, or nothing was heard of them for too long (`by` is opsguide)."""

    incident: str
    by: str
    reason: str


@FACTS.register("incident.route_repeated")
class RouteRepeated(Data, frozen=True):
    """All of the route were told and nobody acknowledged: it starts again."""

    incident: str
    reason: str


@FACTS.register("incident.member_recovered")
class IncidentMemberRecovered(Data, frozen=True):
    """One of the alerts of a group is over, others are not."""

    incident: str
    key: str
    reason: str


@FACTS.register("incident.recovered")
class IncidentRecovered(Data, frozen=True):
    """What opened it is over; if it stays so, the incident is resolved."""

    incident: str
    reason: str
    key: str = ""


@FACTS.register("incident.muted")
class IncidentMuted(Data, frozen=True):
    """Nobody is told of it while `by` (`SIL-1`, a silence, or `INC-3`, the incident that inhibits it) lasts."""

    incident: str
    by: str
    reason: str


@FACTS.register("incident.unmuted")
class IncidentUnmuted(Data, frozen=True):
    incident: str
    by: str


@FACTS.register("incident.reopened")
class IncidentReopened(Data, frozen=True):
    """It was resolved, or merged into another, and is not over. Its clocks start anew; what they proved before stands.

    `keys` is what it is about from now on.
    """

    incident: str
    by: str
    reason: str
    keys: tuple[str, ...]
    clocks: tuple[Clock, ...]


@FACTS.register("incident.merged")
class IncidentMerged(Data, frozen=True):
    """It is the same trouble as `into` and goes on there."""

    incident: str
    into: str
    by: str


@FACTS.register("incident.absorbed")
class IncidentAbsorbed(Data, frozen=True):
    """`other` goes on in it; of two clocks alike, the one that runs out first counts (`clocks`)."""

    incident: str
    other: str
    by: str
    clocks: tuple[Clock, ...]


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


@FACTS.register("channel.tested")
class ChannelTested(Data, frozen=True):
    """Somebody sent a test message; `problem` says why the provider did not take it, "" where it did."""

    channel: str
    by: str
    problem: str = ""
    seconds: float | None = None
    person: str = ""


class SilenceReason(Data, frozen=True):
    """Why, in a person's words: detached from the chain."""

    text: str


@FACTS.register("silence.created", personal=SilenceReason)
class SilenceCreated(Data, frozen=True):
    """Nobody is told, until then, of incidents whose labels fulfil all matchers."""

    silence: str
    matchers: tuple[str, ...]
    until: Instant
    by: str


@FACTS.register("silence.ended")
class SilenceEnded(Data, frozen=True):
    """Its time is up (`by` is opsguide), or somebody ended it."""

    silence: str
    by: str


@FACTS.register("feed.revoked")
class FeedRevoked(Data, frozen=True):
    """The address that the calendar feed of a person or a team (`kind`: people, teams) had opens nothing any more."""

    kind: str
    name: str
    by: str
