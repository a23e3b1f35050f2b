"""What a calendar said, as it stands on the ledger. Subjects are `rotation:core-platform`, the team's name."""

from msgspec import Struct

from ...kernel.clock import Instant
from ...kernel.facts import Data, FactTypes

FACTS = FactTypes()


class Entry(Struct, frozen=True):
    """A person of the bindings is on call from `start` until just before `end`."""

    person: str
    start: Instant
    end: Instant


class Unmatched(Data, frozen=True):
    """What the entries say that fit nobody: free text of people, so it can be erased."""

    summaries: tuple[str, ...]


@FACTS.register("calendar.read", personal=Unmatched)
class CalendarRead(Data, frozen=True):
    """It said something else than before. `unmatched` entries fit no person; with a `problem` the last ones go on."""

    team: str
    entries: tuple[Entry, ...]
    unmatched: int = 0
    problem: str = ""
