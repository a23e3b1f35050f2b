"""What the page needs of the past and no chapter keeps: how probes turned, when opsguide ran, public incidents."""

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct, field

from ...guide.bindings import Bindings
from ...guide.bindings.status_page import Announced
from ...incidents.process.facts import Phase
from ...kernel.calendar import instant_of, zone
from ...kernel.clock import Instant, after, from_datetime
from ...monitoring.probes.state import ProbeStand

KEPT_SECONDS = 100 * 86_400.0
"""Ninety days are shown; what is older than this goes."""

ATTENDED_SECONDS = 600.0
"""One sign of life counts for so long, as long as evidence of monitoring does."""

MOST_CLOSED = 500

MOST_TOLD = 2_000
"""Messages are told within an hour, or not at all: older ones need not be remembered."""


Span: TypeAlias = tuple[Instant, Instant]
"""From and until."""


class Turn(Struct, frozen=True):
    """A probe is so from `at` on."""

    at: Instant
    state: ProbeStand


class Update(Struct, frozen=True):
    """What somebody told the public; `seq` is its place on the ledger.

    `components` are those that it says are concerned, by the names of their tables; () leaves it as it was.
    `text` is empty once it was erased; `corrected` is when it was replaced last.
    """

    seq: int
    at: Instant
    phase: Phase
    text: str
    components: tuple[str, ...] = ()
    corrected: Instant | None = None


class Known(Struct, gc=False):
    """An incident, as far as the page may need it: `keys` (those of components) and `promises` are what it is about,
    `environments` where."""

    id: str
    opened_at: Instant
    opened_seq: int
    keys: frozenset[str] = frozenset()
    promises: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()
    resolved_at: Instant | None = None
    resolved_seq: int = 0
    merged: bool = False
    told: tuple[Update, ...] = ()

    @property
    def updates(self) -> tuple[Update, ...]:
        """What is public of it: nothing is left of words that were erased."""
        return tuple(one for one in self.told if one.text)


class Announcement(Struct, frozen=True):
    """Maintenance as it was announced last, when it was first, and when that was changed."""

    what: Announced
    first: Instant
    last: Instant

    def effective(self, zone_name: str) -> Span:
        """From when it was both announced and on: nothing is excused that was announced only afterwards."""
        start, end = (moment_of(text, zone_name) for text in (self.what.start, self.what.end))
        return max(start, self.last), end


def moment_of(text: str, zone_name: str) -> Instant:
    """An instant of the bindings, in their zone where it names none."""
    moment = datetime.fromisoformat(text)
    return instant_of(moment, zone(zone_name)) if moment.tzinfo is None else from_datetime(moment)


def announced_as(one: Announced) -> str:
    """What makes it the same when its words or its end change."""
    return f"{one.title}/{one.start}"


class State(Struct):
    """`bound_at` is since when there is a page, `announced` goes by title and start, `told` are ids of messages.

    `maintained` is the maintenance that is over or was changed, by component, as it had been announced beforehand.
    `attended` are the times in which opsguide ran, (from, until), ascending; the last `until` may be yet to come."""

    bindings: Bindings = field(default_factory=Bindings)
    bound_at: Instant = 0
    announced: dict[str, Announcement] = field(default_factory=dict)
    maintained: dict[str, list[Span]] = field(default_factory=dict)
    probes: dict[str, list[Turn]] = field(default_factory=dict)
    attended: list[tuple[Instant, Instant]] = field(default_factory=list)
    incidents: dict[str, Known] = field(default_factory=dict)
    told: dict[str, Instant] = field(default_factory=dict)

    def adopt(self, bindings: Bindings, at: Instant) -> None:
        """Other bindings are in force. What is announced no longer is forgotten, but for what took place until now."""
        before, announced = self.announced, dict[str, Announcement]()
        zone_before, self.bindings = self.bindings.zone, bindings
        page = bindings.status
        if page is not None:
            self.bound_at = self.bound_at or at
        for one in page.maintenance if page is not None else ():
            known = before.get(announced_as(one))
            if known is None or known.what != one:
                known = Announcement(one, known.first if known is not None else at, at)
            announced[announced_as(one)] = known
        for name, was in before.items():
            if announced.get(name) != was:
                self._keep(was, zone_before, at)
        self.announced = announced

    def _keep(self, was: Announcement, zone_name: str, at: Instant) -> None:
        start, end = was.effective(zone_name)
        for component in was.what.components if start < min(end, at) else ():
            kept = self.maintained.setdefault(component, [])
            kept[:] = [one for one in kept if one[1] >= after(at, -KEPT_SECONDS)]
            kept.append((start, min(end, at)))

    def maintenance_of(self, component: str) -> list[Span]:
        """When maintenance of a component was or is on, where it was announced beforehand."""
        lasting = (
            one.effective(self.bindings.zone)
            for one in self.announced.values()
            if component in one.what.components
        )
        return [*self.maintained.get(component, ()), *(one for one in lasting if one[0] < one[1])]

    def attend(self, at: Instant) -> None:
        """A sign of life."""
        until = after(at, ATTENDED_SECONDS)
        if self.attended and at <= self.attended[-1][1]:
            began, known = self.attended[-1]
            self.attended[-1] = (began, max(known, until))
            return
        self.attended.append((at, until))
        oldest = after(at, -KEPT_SECONDS)
        while self.attended[0][1] < oldest:
            self.attended.pop(0)

    def turn(self, probe: str, turn: Turn) -> None:
        """A probe turned; one that is told later counts from when it began."""
        turns = self.probes.setdefault(probe, [])
        while turns and turns[-1].at >= turn.at:
            turns.pop()
        turns.append(turn)
        oldest = after(turn.at, -KEPT_SECONDS)
        while len(turns) > 1 and turns[1].at < oldest:
            turns.pop(0)

    def forget(self) -> None:
        """Closed incidents beyond the most go, the oldest first; those that the public was told of stay longest."""
        closed = [one for one in self.incidents.values() if one.resolved_at is not None]
        closed.sort(key=lambda one: (bool(one.updates), one.opened_at))
        for one in closed[: max(0, len(closed) - MOST_CLOSED)]:
            del self.incidents[one.id]
