"""A post-mortem as it stands on the ledger. Subjects are `incident:INC-1`; what people write is detached."""

from typing import Literal, TypeAlias

from ...kernel.clock import Instant
from ...kernel.facts import Data, FactTypes
from ..process.facts import Reason, Words

FACTS = FactTypes()

Section: TypeAlias = Literal["summary", "impact", "detection", "response", "causes", "lessons"]


@FACTS.register("postmortem.required", personal=Reason)
class PostmortemRequired(Data, frozen=True):
    """A line of the guide (`promise`) wants one, until `due` where it says so; or a person (`by`) does, then why stands
    beside."""

    incident: str
    promise: str
    due: Instant | None
    by: str


@FACTS.register("postmortem.section_saved", personal=Words)
class PostmortemSectionSaved(Data, frozen=True):
    incident: str
    section: Section
    by: str


@FACTS.register("postmortem.published", personal=Words)
class PostmortemPublished(Data, frozen=True):
    """The whole as it is from now on; `version` counts from 1. `review` are the names, in the guide's words or of
    people, of which one signs for it; none where it counts without."""

    incident: str
    version: int
    by: str
    review: tuple[str, ...] = ()


@FACTS.register("postmortem.reviewed", personal=Words)
class PostmortemReviewed(Data, frozen=True):
    """A person signs for a version; or does not agree, and what is to be changed stands beside."""

    incident: str
    version: int
    agrees: bool
    by: str


@FACTS.register("postmortem.reminded")
class PostmortemReminded(Data, frozen=True):
    """It is due soon, and somebody was told."""

    incident: str
    promise: str
    due: Instant


@FACTS.register("postmortem.overdue")
class PostmortemOverdue(Data, frozen=True):
    """It was due, and is not published: the line of the guide is broken."""

    incident: str
    promise: str
    due: Instant
