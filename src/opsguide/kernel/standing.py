"""The standing of a promise at an instant, folded from evidence. Unknown is never green; evidence ages."""

from typing import Literal, TypeAlias

from msgspec import Struct

from .clock import Instant, after
from .facts import Data, FactTypes

StandingKind: TypeAlias = Literal["kept", "at_risk", "broken", "unproven", "unbound", "by_hand"]
Verdict: TypeAlias = Literal["kept", "at_risk", "broken", "unproven"]
"""What one look found; `unproven` says that the look itself failed (no data, a query error)."""


class Standing(Struct, frozen=True, omit_defaults=True, gc=False):
    """How a promise stands. `reason` is a plain sentence a person reads; `value` and `limit` carry units.

    `since` is when it took this standing, `evidence_at` when it was last looked at, `missing` the binding key
    that would bind it, `evidence` the ledger's sequence number of the last evidence. `until` is the last instant at
    which it holds if nothing more is recorded; None: time alone does not change it.
    """

    kind: StandingKind
    reason: str
    value: str = ""
    limit: str = ""
    since: Instant | None = None
    evidence_at: Instant | None = None
    evidence: int | None = None
    missing: str = ""
    until: Instant | None = None


FACTS = FactTypes()


@FACTS.register("evidence.recorded")
class EvidenceRecorded(Data, frozen=True, omit_defaults=True):
    """One look at a promise: at every change of verdict, and again before the evidence gets old.

    `value` and `limit` are written with units, as people read them; `fresh_seconds` says how long it counts.
    """

    promise: str
    verdict: Verdict
    reason: str
    fresh_seconds: float
    value: str = ""
    limit: str = ""
    number: float | None = None


class Look(Struct, frozen=True):
    """The last evidence of a promise, and since when its verdict holds."""

    evidence: EvidenceRecorded
    seq: int
    at: Instant
    since: Instant

    @property
    def until(self) -> Instant:
        """The last instant at which it counts."""
        return after(self.at, self.evidence.fresh_seconds)


class EvidenceBook(Struct):
    """The last look at each promise: a chapter that gathers evidence keeps one in its state."""

    looks: dict[str, Look] = {}

    def fold(self, seq: int, at: Instant, evidence: EvidenceRecorded) -> None:
        before = self.looks.get(evidence.promise)
        same = before is not None and before.evidence.verdict == evidence.verdict and at <= before.until
        since = before.since if same and before is not None else at
        self.looks[evidence.promise] = Look(evidence=evidence, seq=seq, at=at, since=since)

    def wanted(self, evidence: EvidenceRecorded, now: Instant) -> bool:
        """Is this look worth a fact: first one, another verdict, or half of the old one's freshness gone?"""
        before = self.looks.get(evidence.promise)
        if before is None or before.evidence.verdict != evidence.verdict:
            return True
        return now >= after(before.at, before.evidence.fresh_seconds / 2)

    def standing(self, promise: str, at: Instant) -> Standing:
        """The standing that the evidence gives; `unproven` where there is none, or it is too old."""
        look = self.looks.get(promise)
        if look is None:
            return Standing(kind="unproven", reason="bound, but nothing was measured yet")
        old = look.until
        seen = look.evidence
        if at > old:
            return Standing(
                kind="unproven",
                reason="the last evidence is too old",
                value=seen.value,
                limit=seen.limit,
                since=old,
                evidence_at=look.at,
                evidence=look.seq,
            )
        return Standing(
            kind=seen.verdict,
            reason=seen.reason,
            value=seen.value,
            limit=seen.limit,
            since=look.since,
            evidence_at=look.at,
            evidence=look.seq,
            until=old,
        )
