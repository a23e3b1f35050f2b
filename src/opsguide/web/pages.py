"""What a chapter adds to the console: its routes and templates, panels in the top bar, numbers, words for facts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.types import ControllerRouterHandler
from markupsafe import Markup
from msgspec import Struct

from ..kernel.clock import Instant
from ..kernel.facts import Data, Recorded
from ..kernel.standing import StandingKind
from .acting import Concerns, nobodys
from .console import Console
from .live import Fragment
from .metrics import Metric

ConsoleDep: TypeAlias = NamedDependency[SkipValidation[Console]]
"""A handler's parameter `console: ConsoleDep` is the running service."""


class Link(Struct, frozen=True):
    """An entry of the top bar's navigation, `place` orders them; `g` and then `key` on the keyboard leads there.
    Only those see it who have the permission `needs`.

    A minor one stands under More; the keyboard and the search lead there from everywhere. No two have the same key.

    Places are taken in tens, as the day of an operator goes: Guide 0, Now 10, Incidents 20, Inbox 30, On call 35,
    Signals 40, Budget 43, Databases 47, Guide changes 50, Ledger 60, Report 70,
    Status page 75, People & access 80.
    """

    text: str
    href: str
    key: str = ""
    place: int = 90
    minor: bool = False
    needs: str = "read"


class Panel(Struct, frozen=True):
    """One thing that the top bar always says. `alarm` makes it red: somebody has to act now."""

    label: str
    text: str
    href: str = ""
    alarm: bool = False


class Holder(Struct, frozen=True):
    """Who has a promise that is not kept: `INC-3, Ana has it`."""

    text: str
    href: str
    alarm: bool = False


class Countdown(Struct, frozen=True):
    """A clock of the guide: `acknowledge` within `seconds`, at `due`."""

    name: str
    seconds: float
    due: Instant
    state: Literal["running", "met", "missed"] = "running"


class Fire(Struct, frozen=True, kw_only=True):
    """Something that needs people: an incident. `holder` is a person's name, empty while nobody has it.

    `over` is when it ended by itself, `ended` when somebody said so, `ending` what mended it. `muted` names the silence
    or the incident because of which nobody is told.
    """

    id: str
    title: str
    severity: str
    reason: str
    href: str
    since: Instant
    holder: str = ""
    over: Instant | None = None
    ended: Instant | None = None
    ending: str = ""
    muted: str = ""
    clocks: tuple[Countdown, ...] = ()
    promise: str | None = None

    @property
    def next(self) -> Countdown | None:
        """The running clock that is due first."""
        running = [clock for clock in self.clocks if clock.state == "running"]
        return min(running, key=lambda clock: clock.due, default=None)


class OnDuty(Struct, frozen=True):
    """Who is behind a step of a route now; `problem` says why nobody is."""

    role: str
    name: str
    problem: str = ""


class Found(Struct, frozen=True):
    """Something that the search leads to. `words` are further ones that it is found by, `about` stands behind it.

    `act` names a button of every page to press (`data-print`) in place of an address.
    """

    kind: Literal["page", "promise", "chapter", "incident", "person", "command"]
    text: str
    href: str = ""
    about: str = ""
    words: str = ""
    standing: StandingKind | None = None
    act: str = ""


class Event(Struct, frozen=True):
    """A time that was special, as charts show it. `end` is None while it lasts; `kind` is incident, deploy or
    maintenance."""

    start: Instant
    end: Instant | None
    name: str
    text: str
    href: str
    kind: str = "incident"


Say: TypeAlias = Callable[[Recorded, Mapping[str, str]], str]
"""A fact as a sentence; the mapping gives people's names by their ids."""


def _nothing(_console: Console) -> Iterable[Any]:
    return ()


def _nobody(_console: Console) -> Mapping[str, Any]:
    return {}


def _knows_nobody(_console: Console, _person: str) -> Iterable[str]:
    return ()


def _undrawn(_console: Console, _promise: str) -> Markup | None:
    return None


def _untouched(_recorded: Recorded) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Pages:
    """`touches` names the live events that a fact causes; `fragments` are live pieces of what is on no ledger.
    `words` say facts in a sentence.

    `fires` are what needs people now, most urgent first; `on_duty` who is called, in order; `finds` what the search
    knows; `involved` the ids of promises that a person has to do with. `holders` and `trends` go by promise; a
    trend is the last hour of what the promise stands on as a sparkline, `chart` the same of one, to read. `events`
    are times that were special. `notes` are what is wrong with the service while it goes on, a sentence each.
    `concerns` says whose that is which a command is about.
    """

    name: str
    handlers: Sequence[ControllerRouterHandler] = ()
    templates: Path | None = None
    links: Sequence[Link] = ()
    panels: Callable[[Console], Iterable[Panel]] = _nothing
    holders: Callable[[Console], Mapping[str, Holder]] = _nobody
    fires: Callable[[Console], Iterable[Fire]] = _nothing
    on_duty: Callable[[Console], Iterable[OnDuty]] = _nothing
    finds: Callable[[Console], Iterable[Found]] = _nothing
    involved: Callable[[Console, str], Iterable[str]] = _knows_nobody
    trends: Callable[[Console], Mapping[str, Markup]] = _nobody
    chart: Callable[[Console, str], Markup | None] = _undrawn
    events: Callable[[Console], Iterable[Event]] = _nothing
    metrics: Callable[[Console], Iterable[Metric]] = _nothing
    notes: Callable[[Console], Iterable[str]] = _nothing
    concerns: Concerns = nobodys
    touches: Callable[[Recorded], Iterable[str]] = _untouched
    fragments: Callable[[], Mapping[str, Fragment]] = dict
    words: Mapping[type[Data], Say] = field(default_factory=dict)
