"""Times ahead in which nobody could be paged, as they stand on the ledger. Subjects are `rotation:core-platform`."""

from ...kernel.clock import Instant
from ...kernel.facts import Data, FactTypes

FACTS = FactTypes()


@FACTS.register("coverage.alarmed")
class CoverageAlarmed(Data, frozen=True):
    """From `start` to `end` nobody is on call for the team (`person` is ""), or `person` whom no channel reaches.

    It is the first such time within what is looked ahead. `severity` is a word of the guide, `promise` the step of the
    route that leads to the team, None where none does.
    """

    alarm: str
    team: str
    person: str
    start: Instant
    end: Instant
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
