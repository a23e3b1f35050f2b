"""What people do about an incident, as it stands on the ledger. Subjects are `incident:INC-1`."""

from typing import Literal, TypeAlias

from ...kernel.clock import Instant
from ...kernel.facts import Data, FactTypes
from ..facts import Clock, ClockName

FACTS = FactTypes()

Role: TypeAlias = Literal["commander", "communications", "scribe"]
Phase: TypeAlias = Literal["investigating", "identified", "monitoring", "resolved"]
TaskState: TypeAlias = Literal["open", "done", "dropped"]


class Reason(Data, frozen=True):
    """Why, in a person's words: detached from the chain."""

    text: str


class Words(Data, frozen=True):
    """What a person wrote: detached from the chain, since it may name people."""

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


@FACTS.register("role.assigned")
class RoleAssigned(Data, frozen=True):
    """`person` has the role from now on; nobody where it is empty. `was` had it before."""

    incident: str
    role: Role
    person: str
    was: str
    by: str


@FACTS.register("incident.updated", personal=Words)
class IncidentUpdated(Data, frozen=True):
    """A status update. A `public` one is for everybody, also outside the team; `phase` is how far the work is.

    `components` are those of the status page that a public one says are concerned, by the names of their tables; none
    leaves it to what the incident is about. `key` is the client's, so that the same request sent twice is one update;
    empty where it gave none.
    """

    incident: str
    by: str
    public: bool
    phase: Phase
    key: str = ""
    components: tuple[str, ...] = ()


@FACTS.register("incident.update_corrected", personal=Words)
class UpdateCorrected(Data, frozen=True):
    """Other words stand in the place of those of a status update; `update` is its number on the ledger."""

    incident: str
    update: int
    by: str


@FACTS.register("task.added", personal=Words)
class TaskAdded(Data, frozen=True):
    """Something to do because of an incident; `owner` is empty while nobody has it. Its words stand beside."""

    incident: str
    task: int
    owner: str
    due: Instant | None
    by: str


@FACTS.register("task.changed")
class TaskChanged(Data, frozen=True):
    """How it stands from now on: who has it, until when, and whether it is still to be done."""

    incident: str
    task: int
    owner: str
    due: Instant | None
    state: TaskState
    by: str


@FACTS.register("task.reminded")
class TaskReminded(Data, frozen=True):
    """It is to be done soon, and whoever owns it was told."""

    incident: str
    task: int
    due: Instant


@FACTS.register("task.overdue")
class TaskOverdue(Data, frozen=True):
    """It was to be done until `due`, and is not. Said once a day that it was to be done."""

    incident: str
    task: int
    owner: str
    due: Instant


@FACTS.register("entry.pinned")
class EntryPinned(Data, frozen=True):
    """An entry of the timeline (its sequence number) matters, or does not any more."""

    incident: str
    entry: int
    pinned: bool
    by: str


@FACTS.register("chart.attached", personal=Words)
class ChartAttached(Data, frozen=True):
    """The course of a signal belongs to the incident: `range` (`6h`) until `until`. What it shows stands beside."""

    incident: str
    signal: str
    range: str
    until: Instant
    by: str
