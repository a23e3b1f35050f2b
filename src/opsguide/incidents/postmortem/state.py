"""A post-mortem as it is now: a part of the incident's state."""

from typing import Literal

from msgspec import Struct, field

from ...kernel.clock import Instant
from .facts import Section


class Wanted(Struct):
    """Why there has to be one: a line of the guide, or a person's reason."""

    promise: str
    due: Instant | None
    by: str
    reason: str
    since: Instant = 0
    reminded: bool = False
    overdue: bool = False


class Written(Struct):
    """A section as it was saved last. `revision` is the sequence number of that; `text` is empty once it was erased."""

    text: str
    revision: int
    at: Instant
    by: str


class Review(Struct, frozen=True):
    """What a person said of a version; `note` is empty once it was erased."""

    by: str
    at: Instant
    agrees: bool
    note: str


class Version(Struct):
    """The whole as it was published; frozen. One of `review` signs for it; none: it counts without."""

    number: int
    text: str
    at: Instant
    by: str
    seq: int
    review: tuple[str, ...] = ()
    reviews: list[Review] = field(default_factory=list)

    @property
    def counts(self) -> bool:
        return not self.review or any(one.agrees for one in self.reviews)


class Postmortem(Struct):
    wanted: list[Wanted] = field(default_factory=list)
    sections: dict[Section, Written] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)

    @property
    def waits_for(self) -> Literal["nothing", "publishing", "review", "changes"]:
        """What has to be done for it next: a version that is wanted changed is published again."""
        if not self.versions:
            return "publishing" if self.wanted or self.sections else "nothing"
        last = self.versions[-1]
        if last.counts:
            return "nothing"
        return "changes" if last.reviews and not last.reviews[-1].agrees else "review"

    @property
    def open(self) -> bool:
        """Wanted or begun, and not published; or published, and nobody signed for it yet."""
        return self.waits_for != "nothing"

    @property
    def kept(self) -> bool:
        """Whether what the guide wants was done once."""
        return any(one.counts for one in self.versions)

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
        return not self.kept and any(one.overdue for one in self.wanted)
