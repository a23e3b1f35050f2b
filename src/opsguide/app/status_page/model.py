"""What the page says, before it is a page: all forms of it (HTML, feeds, JSON) are made of this."""

from typing import Literal, TypeAlias

from msgspec import Struct

from ...incidents.process.facts import Phase
from ...kernel.clock import Instant
from .courses import Day, Level

Overall: TypeAlias = Literal["up", "maintenance", "incident", "degraded", "down", "unknown", "empty"]


class Component(Struct, frozen=True, kw_only=True):
    """`since` is since when it is so, None where that is longer ago than is shown; `uptime` a share of known time."""

    name: str
    label: str
    about: str
    group: str
    level: Level
    maintained: bool
    since: Instant | None
    days: tuple[Day, ...]
    uptime: float | None

    @property
    def known_days(self) -> int:
        return sum(1 for day in self.days if day.up or day.degraded or day.down)


class Said(Struct, frozen=True, kw_only=True):
    """One update of an entry. `id` is stable; `corrected` is when its words were replaced last."""

    id: str
    at: Instant
    phase: Phase
    text: str
    corrected: Instant | None = None


class Entry(Struct, frozen=True, kw_only=True):
    """An incident as the public knows it: `updates` newest first, never empty; `components` are labels."""

    id: str
    title: str
    started: Instant
    ended: Instant | None
    components: tuple[str, ...]
    updates: tuple[Said, ...]

    @property
    def updated(self) -> Instant:
        return max(self.ended or 0, *(max(one.at, one.corrected or 0) for one in self.updates))


class Planned(Struct, frozen=True, kw_only=True):
    """Maintenance that is planned, or under way. `announced` and `changed` are None of the guide's regular windows.

    At `reminded` it is told once more, because it begins soon. Where it is not as the guide asks, it excuses nothing.
    """

    id: str
    title: str
    text: str
    start: Instant
    end: Instant
    components: tuple[str, ...] = ()
    excuses: bool = True
    announced: Instant | None = None
    changed: Instant | None = None
    reminded: Instant | None = None
    cancelled: Instant | None = None

    def is_on(self, at: Instant) -> bool:
        return self.start <= at < self.end


class Page(Struct, frozen=True, kw_only=True):
    """Everything, as of `now`; there is a page `since`.

    `entries` are newest first; `planned` are those to come or under way, next first; `called_off` is
    what was planned and does not take place, of which nothing is shown.
    """

    title: str
    about: str
    url: str
    contact: str
    zone: str
    since: Instant
    now: Instant
    overall: Overall
    components: tuple[Component, ...]
    entries: tuple[Entry, ...]
    planned: tuple[Planned, ...]
    called_off: tuple[Planned, ...] = ()

    @property
    def open(self) -> tuple[Entry, ...]:
        return tuple(one for one in self.entries if one.ended is None)

    @property
    def over(self) -> tuple[Entry, ...]:
        return tuple(one for one in self.entries if one.ended is not None)

    @property
    def under_way(self) -> tuple[Planned, ...]:
        """What was announced and has begun. A regular window that is open says only that something may be done."""
        return tuple(one for one in self.planned if one.is_on(self.now) and one.announced is not None)

    @property
    def upcoming(self) -> tuple[Planned, ...]:
        under_way = self.under_way
        return tuple(one for one in self.planned if one not in under_way)

    @property
    def groups(self) -> tuple[tuple[str, tuple[Component, ...]], ...]:
        """Components by group, in the order of the bindings; those of none stand under ""."""
        found: dict[str, list[Component]] = {}
        for one in self.components:
            found.setdefault(one.group, []).append(one)
        return tuple((group, tuple(members)) for group, members in found.items())
