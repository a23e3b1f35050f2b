"""The state of the chapter: open incidents, the latest closed ones, and what was sent to whom."""

from msgspec import Struct, field

from ..guide.keeping import Keeping
from ..kernel.clock import Instant, seconds_between
from ..kernel.promise import Keeper
from .facts import Clock

CLOSED_KEPT = 200
"""So many closed incidents stay at hand; older ones are on the ledger."""


class Delivery(Struct):
    """One page or ticket on its way: `state` is waiting, done, failed (tried again), withdrawn."""

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


class Incident(Struct):
    """One incident as it is now. `notes` are the keys of requests that added one."""

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
    acknowledged_at: Instant | None = None
    acknowledged_by: str = ""
    recovered_at: Instant | None = None
    resolved_at: Instant | None = None
    resolved_by: str = ""
    resolution: str = ""
    met: set[str] = field(default_factory=set)
    missed: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)
    deliveries: dict[str, Delivery] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        return self.resolved_at is None

    def running(self) -> list[Clock]:
        """The clocks that neither were met nor ran out."""
        return [c for c in self.clocks if c.name not in self.met and c.name not in self.missed]

    def age_seconds(self, now: Instant) -> float:
        return seconds_between(self.opened_at, now)


class State(Keeping, kw_only=True):
    """`by_key` holds the open incident of each key; `count` numbers them from 1 for ever."""

    keeper: Keeper = "incidents"
    count: int = 0
    open: dict[str, Incident] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    closed: dict[str, Incident] = field(default_factory=dict)

    def find(self, incident: str) -> Incident | None:
        return self.open.get(incident) or self.closed.get(incident)
