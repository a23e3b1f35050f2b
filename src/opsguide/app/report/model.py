"""What a report says. Instants are milliseconds in UTC; `zone` is the service's, in which the month is meant."""

from collections.abc import Mapping

from msgspec import Struct

from ...guide.history import Stint, Totals
from ...guide.promise import Promise
from ...guide.versions import Entry
from ...kernel.clock import Instant
from ...kernel.ledger import Head
from ...kernel.standing import Standing


class PromiseLine(Struct, frozen=True):
    """One promise over the month. `standing` is how it ended, None where it had left the guide by then.

    `stints` are how it stood, oldest first.
    """

    promise: Promise
    standing: Standing | None
    totals: Totals
    stints: tuple[Stint, ...]

    @property
    def breaks(self) -> tuple[Stint, ...]:
        """When it was broken, with what was seen then."""
        return tuple(stint for stint in self.stints if stint.kind == "broken")

    @property
    def broken_seconds(self) -> float:
        return self.totals.of("broken")

    @property
    def kept_share(self) -> float | None:
        """Of the time in which somebody looked; None where nobody did."""
        looked = sum(self.totals.of(kind) for kind in ("kept", "at_risk", "broken"))
        return None if looked == 0 else 1 - self.broken_seconds / looked

    @property
    def verdict(self) -> str:
        """`broken` if ever so, else `kept` if ever looked at, `by_hand` if ever signed, `unproven`, `unbound`."""
        if self.totals.of("broken"):
            return "broken"
        if self.totals.of("kept") or self.totals.of("at_risk"):
            return "kept"
        return next((kind for kind in ("by_hand", "unproven") if self.totals.by_kind.get(kind)), "unbound")


class ClockLine(Struct, frozen=True):
    """A clock of an incident: `state` is met, missed or running; `taken` in seconds, None while it ran."""

    name: str
    promise: str
    limit: float
    taken: float | None
    state: str


class IncidentLine(Struct, frozen=True):
    """An incident that was open at some time of the month."""

    id: str
    title: str
    severity: str
    promise: str | None
    opened_at: Instant
    opened_seq: int
    acknowledged_at: Instant | None
    acknowledged_by: str
    resolved_at: Instant | None
    resolved_by: str
    resolution: str
    clocks: tuple[ClockLine, ...]


class SignatureLine(Struct, frozen=True):
    """A signature that was given or taken back in the month; `note` is empty once erased."""

    promise: str
    by: str
    at: Instant
    seq: int
    until: Instant | None
    withdrawn: bool
    note: str


class EvidenceLine(Struct, frozen=True):
    """A fact that the report stands on: its number, its hash on the chain, and what it says."""

    seq: int
    at: Instant
    type: str
    subject: str
    said: str
    hash: str


class Report(Struct, frozen=True):
    """The whole report. `until` is the instant to which it tells: the month's end, or earlier where it is not over.

    `facts` counts what was recorded in the month; `left_out` evidence that is on the ledger and not listed. `head` is
    the last fact that was read: every row up to it was checked against the chain.
    """

    service: str
    title: str
    month: str
    zone: str
    start: Instant
    end: Instant
    until: Instant
    version: int | None
    facts: int
    promises: tuple[PromiseLine, ...]
    incidents: tuple[IncidentLine, ...]
    changes: tuple[Entry, ...]
    signatures: tuple[SignatureLine, ...]
    evidence: tuple[EvidenceLine, ...]
    left_out: int
    head: Head
    origin: str
    names: Mapping[str, str]

    @property
    def complete(self) -> bool:
        return self.until >= self.end - 1

    @property
    def broken(self) -> tuple[PromiseLine, ...]:
        """Worst first."""
        found = [line for line in self.promises if line.verdict == "broken"]
        return tuple(sorted(found, key=lambda line: -line.broken_seconds))

    @property
    def broken_seconds(self) -> float:
        return sum(line.broken_seconds for line in self.promises)

    def count(self, verdict: str) -> int:
        return sum(line.verdict == verdict for line in self.promises)

    @property
    def clocks(self) -> tuple[ClockLine, ...]:
        return tuple(clock for incident in self.incidents for clock in incident.clocks)

    def clocks_in(self, state: str) -> int:
        return sum(clock.state == state for clock in self.clocks)
