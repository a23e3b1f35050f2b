"""What people do about an incident, as it is now: a part of the incident's state."""

from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from ...kernel.clock import Instant
from ..postmortem.state import Postmortem
from .facts import Phase, Role, TaskState


class Update(Struct):
    """A status update; `text` is empty once it was erased. `corrected_at` is when its words were replaced last."""

    seq: int
    at: Instant
    by: str
    public: bool
    phase: Phase
    text: str
    corrected_at: Instant | None = None


class Task(Struct):
    """Something to do because of an incident. `number` counts from 1; `owner` is empty while nobody has it."""

    number: int
    text: str
    owner: str
    due: Instant | None
    added_at: Instant
    added_by: str
    state: TaskState = "open"
    ended_at: Instant | None = None
    reminded: bool = False
    overdue: bool = False


class Chart(Struct):
    """The course of a signal, `range` long (`6h`) until `at`; the picture is drawn from telemetry when it is shown."""

    seq: int
    signal: str
    range: str
    at: Instant
    by: str
    caption: str


class Work(Struct, gc=False):
    """`spoke_at` is since when the next status update is due: the last one, or when one was missed. `reminded` is
    the due instant of which somebody was reminded; `pins` are sequence numbers of entries of the timeline that matter,
    `keys` those of requests that published an update."""

    roles: dict[Role, str] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)
    spoke_at: Instant | None = None
    reminded: Instant | None = None
    tasks: dict[int, Task] = field(default_factory=dict)
    pins: list[int] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    keys: dict[str, None] = field(default_factory=dict)
    postmortem: Postmortem = field(default_factory=Postmortem)

    @property
    def unfinished(self) -> bool:
        """Is there something to be done after the incident is over?"""
        return self.postmortem.open or any(task.state == "open" for task in self.tasks.values())

    @property
    def open_tasks(self) -> list[Task]:
        """The one that is due first comes first, those without a day last."""
        found = [task for task in self.tasks.values() if task.state == "open"]
        return sorted(found, key=lambda task: (task.due is None, task.due or 0, task.number))


def _nothing() -> Work:
    """Nobody can add to it by mistake."""
    none: Any = MappingProxyType({})
    empty: Any = ()
    return Work(
        roles=none,
        updates=empty,
        tasks=none,
        pins=empty,
        charts=empty,
        keys=none,
        postmortem=Postmortem(wanted=empty, sections=none, versions=empty),
    )


NO_WORK = _nothing()
"""Of every incident that nobody has begun to work on."""
