"""How being on call was shared: hours, pages and nights woken of each person, from the facts of a period. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from ..kernel.calendar import local
from ..kernel.clock import Instant, seconds_between
from ..kernel.facts import Recorded
from ..kernel.intent import Outcome
from .escalation import PAGE
from .handoffs.facts import ShiftBegan
from .handoffs.state import Turn
from .oncall import INBOX

NIGHT_BEGINS, NIGHT_ENDS = 22, 7
"""Hours by the wall clock of the person."""


class Load(Struct):
    """`pages` are those that a channel took, however many channels one went through; drills and notices are none.

    `nights` are those in which at least one came between 22 and 7. `seconds` on call are of all rotations together.
    """

    person: str
    seconds: float = 0.0
    shifts: int = 0
    pages: set[tuple[str, str]] = field(default_factory=set)
    nights: set[date] = field(default_factory=set)

    @property
    def hours(self) -> float:
        return self.seconds / 3600

    @property
    def pages_a_shift(self) -> float | None:
        """None without a shift: then they were told beside the rotations."""
        return len(self.pages) / self.shifts if self.shifts else None


def loads(
    before: Mapping[str, Turn],
    facts: Iterable[Recorded],
    start: Instant,
    end: Instant,
    zone_of: Callable[[str], ZoneInfo],
) -> list[Load]:
    """Of everybody who was on call or paged, by name. `before` are the shifts that ran at the start, `facts` those of
    the period."""
    found: dict[str, Load] = {}
    running = {team: (turn.person, start) for team, turn in before.items()}
    for recorded in facts:
        data, at = recorded.fact.data, recorded.fact.at
        if at >= end:
            break
        if isinstance(data, ShiftBegan):
            _stood(found, running.pop(data.team, None), at)
            running[data.team] = (data.person, at)
        elif isinstance(data, Outcome) and data.result == "done":
            _paged(found, data.key, at, zone_of)
    for turn in running.values():
        _stood(found, turn, end)
    return sorted(found.values(), key=lambda one: one.person)


def _stood(found: dict[str, Load], turn: tuple[str, Instant] | None, until: Instant) -> None:
    if turn is None or not turn[0] or turn[1] >= until:
        return
    one = found.setdefault(turn[0], Load(turn[0]))
    one.seconds += seconds_between(turn[1], until)
    one.shifts += 1


def _paged(found: dict[str, Load], key: str, at: Instant, zone_of: Callable[[str], ZoneInfo]) -> None:
    """`page/INC-1/2/ana/phone`: the third part is a step of the route, or names a notice."""
    parts = key.split("/", 4)
    if parts[0] != PAGE or len(parts) != 5:
        return
    _, incident, step, person, channel = parts
    if channel == INBOX or not step[:1].isdecimal() or incident.startswith("DRILL"):
        return
    one = found.setdefault(person, Load(person))
    if (incident, step) in one.pages:
        return
    one.pages.add((incident, step))
    wall = local(at, zone_of(person))
    if wall.hour >= NIGHT_BEGINS or wall.hour < NIGHT_ENDS:
        one.nights.add((wall - timedelta(hours=NIGHT_ENDS)).date())
