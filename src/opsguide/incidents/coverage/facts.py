"""Times ahead in which nobody could be paged, as they stand on the ledger.

Subjects are `rotation:core-platform`, and `person:ana` where no rotation says when they are told.
"""

from ...kernel.clock import Instant
from ...kernel.facts import Data, FactTypes

FACTS = FactTypes()


@FACTS.register("coverage.alarmed")
class CoverageAlarmed(Data, frozen=True):
    """From `start` to `end` nobody is on call for the team (`person` is ""), or `person` whom no channel reaches.

    It is the first such time within what is looked ahead; `end` is None where the person may be told at any time: of a
    team without a rotation, by the guide's own word or for a task (then `team` is their own name). `severity` is a
    word of the guide, `promise` the step of the route that leads to the team, None where none does.
    """

    alarm: str
    team: str
    person: str
    start: Instant
    end: Instant | None
    title: str
    reason: str
    severity: str
    promise: str | None = None


@FACTS.register("coverage.restored")
class CoverageRestored(Data, frozen=True):
    """Within what is looked ahead there is no such time any more."""

    alarm: str
    reason: str


@FACTS.register("coverage.near")
class CoverageNear(Data, frozen=True):
    """The first such time begins within a day, and nobody mended it: it is told once more."""

    alarm: str
