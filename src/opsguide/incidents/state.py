"""The state of the chapter: open incidents, the latest closed ones, and what was sent to whom."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from msgspec import Struct, field

from ..guide.keeping import Keeping
from ..guide.promise import Promise
from ..kernel.clock import Instant, seconds_between
from ..kernel.matching import Matcher
from ..kernel.promise import Keeper
from .agenda import Agenda
from .coverage.state import Uncovered
from .facts import Clock, Drill, Proposal
from .handoffs.state import Turn
from .overrides.state import Overrides
from .process.state import NO_WORK, Work

CLOSED_KEPT = 200
"""So many closed incidents stay at hand; older ones are on the ledger."""


DRILLS_KEPT = 50
"""So many drills, open and over, stay at hand."""


class Delivery(Struct, gc=False):
    """One page or ticket on its way: `state` is waiting, done, failed (tried again), withdrawn.

    It belongs to the `round` of the route that was gone when it was decided; `seconds` is how long its last attempt
    took.
    """

    key: str
    step: int
    person: str
    channel: str
    promise: str | None
    state: str = "waiting"
    attempts: int = 0
    detail: str = ""
    decided_at: Instant = 0
    at: Instant = 0
    round: int = 1
    seconds: float | None = None


class Health(Struct):
    """How a channel does: the failures in a row, `problem` with the last of them, and when it last worked and failed.

    `turned`: its last message made it work again, or fail for the first time.
    """

    failures: int = 0
    problem: str = ""
    worked_at: Instant | None = None
    failed_at: Instant | None = None
    seconds: float | None = None
    turned: bool = False


class Missed(Struct, frozen=True):
    """An incident that somebody was never told of, by its title, and when its page was given up."""

    title: str
    at: Instant


class Stale(Struct):
    """What a channel kept from a person, by incident; `intent` is the digest that is on its way, "" where none is."""

    missed: dict[str, Missed] = field(default_factory=dict)
    intent: str = ""


class Replaced(Struct, frozen=True):
    """A clock that a change of severity ended: it had run from `began` to `at`, and was neither met nor missed."""

    clock: Clock
    began: Instant
    at: Instant


class Member(Struct, gc=False):
    """One thing that an incident is about, by its key; `over` is when it ended, None while it lasts."""

    title: str
    since: Instant
    over: Instant | None = None


class Silence(Struct):
    """Nobody is told, until then, of incidents whose labels fulfil all matchers. Why is on the ledger only."""

    id: str
    matchers: tuple[Matcher, ...]
    by: str
    since: Instant
    until: Instant


class Incident(Struct, gc=False):
    """One incident as it is now. `notes` are the keys of requests that added one.

    `labels` are what all that it is about has in common. `changes` are the latest
    instants at which it was over and happened again. `muted_by` names the silence or incident because of which nobody
    is told. `told` are the steps of the route that were taken in this `round`, which began at `round_at`; `repeats` of
    the rounds began because nobody acknowledged. `heard_at` is when a person last did something about it. `met` and
    `missed` are promises of its clocks; `warned` the largest share of each that was said to be used up. `counts_from`
    is when it opened, or was reopened. What few incidents of a storm have is None until they do: `joined` (see
    `members`), `severities` (see `had`), and `begun` (see `work`).
    `links` name the signed links that acknowledged it.
    `replaced` are clocks that ran until its severity changed. Who acknowledged it first is kept when it is given back.
    """

    id: str
    key: str
    title: str
    severity: str
    severity_known: bool
    reason: str
    opened_at: Instant
    opened_seq: int
    clocks: tuple[Clock, ...]
    pages: bool
    promise: str | None = None
    kind: str | None = None
    runbook: str = ""
    drill: Drill | None = None
    acknowledged_at: Instant | None = None
    acknowledged_by: str = ""
    recovered_at: Instant | None = None
    resolved_at: Instant | None = None
    resolved_by: str = ""
    resolution: str = ""
    met: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    group: str = ""
    joined: dict[str, Member] | None = None
    changes: tuple[Instant, ...] = ()
    flapping: bool = False
    muted_by: str = ""
    merged_into: str = ""
    heard_at: Instant = 0
    round: int = 1
    round_at: Instant = 0
    repeats: int = 0
    proposed: Proposal | None = None
    severities: dict[str, Instant] | None = None
    counts_from: Instant = 0
    warned: tuple[tuple[str, float], ...] = ()
    severity_by: str = ""
    severity_changes: int = 0
    begun: Work | None = None
    first_acknowledged_at: Instant | None = None
    first_acknowledged_by: str = ""
    replaced: tuple[Replaced, ...] = ()

    @property
    def members(self) -> Mapping[str, Member]:
        """What it is about, by their keys, to look at."""
        return {self.key: Member(self.title, self.opened_at)} if self.joined is None else self.joined

    def joining(self) -> dict[str, Member]:
        """The same, to change it."""
        if self.joined is None:
            self.joined = dict(self.members)
        return self.joined

    @property
    def had(self) -> Mapping[str, Instant]:
        """The severities that it has had, each since when."""
        return {self.severity: self.opened_at} if self.severities is None else self.severities

    @property
    def work(self) -> Work:
        """What people do about it, to look at."""
        return NO_WORK if self.begun is None else self.begun

    def working(self) -> Work:
        """The same, to add to it: most incidents of a storm never have any."""
        if self.begun is None:
            self.begun = Work()
        return self.begun

    @property
    def headline(self) -> str:
        """What it is about, as it is shown: of a drill, that it is one."""
        return self.title if self.drill is None else f"DRILL: {self.title}"

    @property
    def open(self) -> bool:
        return self.resolved_at is None

    @property
    def ended_at(self) -> Instant | None:
        """When what opened it was over, else when somebody said so."""
        return self.recovered_at or self.resolved_at

    def running(self) -> list[Clock]:
        """The clocks that neither were met nor ran out."""
        return [c for c in self.clocks if self.how(c) == "running"]

    def how(self, clock: Clock) -> Literal["running", "met", "missed"]:
        """How one of its clocks stands."""
        if clock.promise in self.met:
            return "met"
        return "missed" if clock.promise in self.missed else "running"

    def ended_clocks(self) -> list[Replaced]:
        """The clocks that a change of severity ended, and none began again: each once."""
        running = {clock.promise for clock in self.clocks}
        last = {one.clock.promise: one for one in self.replaced}
        return [one for promise, one in last.items() if promise not in running]

    def started(self, clock: Clock) -> Instant:
        return self.opened_at if clock.started is None else clock.started

    def matched(self) -> dict[str, str]:
        """The labels that matchers see."""
        return {
            **self.labels,
            "severity": self.severity,
            **({"promise": self.promise} if self.promise else {}),
        }

    def age_seconds(self, now: Instant) -> float:
        return seconds_between(self.opened_at, now)


@lru_cache(maxsize=1024)
def having(known: tuple[str, ...], one: str) -> tuple[str, ...]:
    """Those and one more, each once. What is alike is one tuple: a storm has a hundred thousand incidents."""
    return known if one in known else (*known, one)


class State(Keeping, kw_only=True):
    """`by_key` holds the open incident of each key, `by_group` that of each group; `count` and `silence_count` number
    them from 1 for ever. `silences` are those in force. `drills` stand apart, open and over: what counts incidents
    never meets one. `health` is that of each channel that was ever used. The rotations of `bindings`
    hold the `overrides` that people made; `turns` are the shifts that run, by team, and `uncovered` the alarms about
    coming ones. `feeds` says how often the address of a calendar feed was revoked: `people/ana` → 1.
    `unfinished` names what is over and has open tasks or no post-mortem yet: it stays among the closed ones.
    `owed` are the post-mortems that each line waits for: see postmortem/owed.py.
    `postmortem_rules` are lines of any chapter that want one, and set no time; `update_rules` those that want status
    updates in real time."""

    keeper: Keeper = "incidents"
    count: int = 0
    open: dict[str, Incident] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    by_group: dict[str, str] = field(default_factory=dict)
    closed: dict[str, Incident] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)
    silence_count: int = 0
    unfinished: set[str] = field(default_factory=set)
    owed: dict[str, list[tuple[Instant | None, str]]] = field(default_factory=dict)
    postmortem_rules: dict[str, Promise] = field(default_factory=dict)
    update_rules: dict[str, Promise] = field(default_factory=dict)
    drills: dict[str, Incident] = field(default_factory=dict)
    health: dict[str, Health] = field(default_factory=dict)
    agenda: Agenda = field(default_factory=Agenda)
    stale: dict[str, Stale] = field(default_factory=dict)
    digests: int = 0
    overrides: Overrides = field(default_factory=Overrides)
    turns: dict[str, Turn] = field(default_factory=dict)
    uncovered: dict[str, Uncovered] = field(default_factory=dict)
    feeds: dict[str, int] = field(default_factory=dict)

    def finish(self, incident: Incident) -> None:
        """Keep at hand what is over and still has something to be done, however old it gets."""
        if not incident.open and incident.work.unfinished:
            self.unfinished.add(incident.id)
        else:
            self.unfinished.discard(incident.id)

    def find(self, incident: str) -> Incident | None:
        return self.open.get(incident) or self.closed.get(incident)

    def known(self, incident: str) -> Incident | None:
        """The same, or a drill."""
        return self.find(incident) or self.drills.get(incident)

    def held(self, incident: str) -> Incident:
        """What is open under this name, or a drill that is at hand."""
        return self.open[incident] if incident in self.open else self.drills[incident]
