"""Who began a shift when, as it stands on the ledger. Subjects are `rotation:core-platform`, the team's name."""

from ...kernel.clock import Instant
from ...kernel.facts import Data, FactTypes

FACTS = FactTypes()


@FACTS.register("shift.began")
class ShiftBegan(Data, frozen=True):
    """`person` is on call for the team from now on ("": nobody is); `before` was, since `since`.

    `since` is None where nothing was known of before: the rotation is new.
    """

    team: str
    person: str
    before: str = ""
    since: Instant | None = None
    layer: int = 0
