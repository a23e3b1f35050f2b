"""The overrides and swaps that people made, beside those of the bindings."""

from msgspec import Struct, field

from ...guide.bindings import Bindings
from ...kernel.clock import Instant
from ..calendars.facts import CalendarRead
from .facts import Span


class Override(Struct, frozen=True):
    """As in `facts.OverrideMade`; `at` is when it was made."""

    id: str
    team: str
    person: str
    span: Span
    by: str
    at: Instant
    replaces: str = ""
    swap: str = ""


class Swap(Struct, frozen=True):
    """As in `facts.SwapAsked`: one that nobody answered yet."""

    id: str
    team: str
    asker: str
    other: str
    theirs: Span
    by: str
    at: Instant
    back: Span | None = None

    @property
    def until(self) -> Instant:
        """It can be answered until the first time that it is about begins."""
        return min(self.theirs.start, self.back.start) if self.back is not None else self.theirs.start


class Overrides(Struct):
    """`made` go in the order in which they were made, over ones for two months. `adopted` are the bindings without
    them. `count` and `swap_count` number them from 1 for ever.
    `calendars` are what the calendars of rotations said last, by team."""

    adopted: Bindings = field(default_factory=Bindings)
    made: dict[str, Override] = field(default_factory=dict)
    swaps: dict[str, Swap] = field(default_factory=dict)
    count: int = 0
    swap_count: int = 0
    calendars: dict[str, CalendarRead] = field(default_factory=dict)
