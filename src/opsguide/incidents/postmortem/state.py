"""A post-mortem as it is now: a part of the incident's state."""

from msgspec import Struct, field

from ...kernel.clock import Instant
from .facts import Section


class Wanted(Struct):
    """Why there has to be one: a line of the guide, or a person's reason."""

    promise: str
    due: Instant | None
    by: str
    reason: str
    overdue: bool = False


class Written(Struct):
    """A section as it was saved last. `revision` is the sequence number of that; `text` is empty once it was erased."""

    text: str
    revision: int
    at: Instant
    by: str


class Version(Struct):
    """The whole as it was published; frozen."""

    number: int
    text: str
    at: Instant
    by: str
    seq: int


class Postmortem(Struct):
    wanted: list[Wanted] = field(default_factory=list)
    sections: dict[Section, Written] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Wanted or begun, and not published."""
        return bool(self.wanted or self.sections) and not self.versions

    @property
    def changed(self) -> bool:
        """Was a section saved after it was published last?"""
        last = self.versions[-1].seq if self.versions else 0
        return any(one.revision > last for one in self.sections.values())

    @property
    def due(self) -> Instant | None:
        return min((one.due for one in self.wanted if one.due is not None), default=None)

    @property
    def overdue(self) -> bool:
        return self.open and any(one.overdue for one in self.wanted)
