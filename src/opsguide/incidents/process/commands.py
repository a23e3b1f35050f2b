"""What people want of an incident that they work on."""

from ...kernel.clock import Instant
from ...kernel.part import Command
from .facts import Phase, Role, TaskState


class ChangeSeverity(Command, frozen=True):
    """`severity` is a word that the guide defines or the bindings map; `reason` is asked of everybody."""

    incident: str
    severity: str
    by: str
    reason: str


class AssignRole(Command, frozen=True):
    """Give a role to a person, or with an empty one take it from whoever has it."""

    incident: str
    role: Role
    person: str
    by: str


class Update(Command, frozen=True):
    """Say how it stands. `key`, if any, names the request: a second one with it is refused as `already_updated`.

    `components` of the status page are concerned, by the names of their tables; none leaves it as it is.
    """

    incident: str
    by: str
    text: str
    public: bool
    phase: Phase
    key: str = ""
    components: tuple[str, ...] = ()


class CorrectUpdate(Command, frozen=True):
    """Put other words in the place of those of a status update: `update` is its number on the ledger."""

    incident: str
    update: int
    by: str
    text: str


class AddTask(Command, frozen=True):
    incident: str
    by: str
    text: str
    owner: str = ""
    due: Instant | None = None


class ChangeTask(Command, frozen=True):
    """What is None stays as it is; `due` is changed only with `sets_due`."""

    incident: str
    task: int
    by: str
    owner: str | None = None
    due: Instant | None = None
    sets_due: bool = False
    state: TaskState | None = None


class Pin(Command, frozen=True):
    """`entry` is the sequence number of a fact of the incident."""

    incident: str
    entry: int
    by: str
    pinned: bool = True


class AttachChart(Command, frozen=True):
    incident: str
    signal: str
    range: str
    until: Instant
    by: str
    caption: str = ""
