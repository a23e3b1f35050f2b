"""What every chapter's state holds: the promises it keeps, the bindings in force, evidence seen, and signatures."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct, field

from ..kernel.clock import Instant
from ..kernel.facts import Data, FactTypes, Recorded
from ..kernel.promise import Keeper
from ..kernel.standing import EvidenceBook, EvidenceRecorded, Standing
from .adoption import GuideAdopted
from .bindings import Bindings, Missing
from .chapter import Chapter, Moved, moves_none
from .promise import Promise
from .proving import DrillEnded, Proofs
from .signing import PromiseSigned, Signatures, SignatureWithdrawn, first_missing, unsignable


class Line(Struct, frozen=True):
    """Where a promise of any chapter stands in the guide, and its words, for citing."""

    line: int
    text: str


class Keeping(Struct, kw_only=True):
    """Base of a chapter's state. `promises` (its own), `everything` (all chapters') and `missing` go by promise id."""

    keeper: Keeper
    promises: dict[str, Promise] = field(default_factory=dict)
    everything: dict[str, Line] = field(default_factory=dict)
    bindings: Bindings = field(default_factory=Bindings)
    missing: dict[str, Missing] = field(default_factory=dict)
    book: EvidenceBook = field(default_factory=EvidenceBook)
    signatures: Signatures = field(default_factory=Signatures)
    proofs: Proofs = field(default_factory=Proofs)
    adopted_at: Instant = 0
    adopted_seq: int = 0


def adopt(state: Keeping, recorded: Recorded) -> None:
    """Fold of `guide.adopted`: what is promised and bound from here on. Evidence of unchanged promises stays."""
    adopted = recorded.fact.data
    assert isinstance(adopted, GuideAdopted)
    reading = adopted.reading
    before = state.promises
    state.promises = {p.id: p for p in reading.promises if p.keeper == state.keeper}
    state.everything = {p.id: Line(p.span.line, p.text) for p in reading.promises}
    state.bindings = adopted.bindings
    state.signatures.adopt(before, state.promises)
    state.proofs.adopt(state.promises, adopted.bindings, recorded.fact.at)
    state.missing = first_missing(reading, adopted.bindings)
    state.adopted_at, state.adopted_seq = recorded.fact.at, recorded.seq


def remember(state: Keeping, recorded: Recorded) -> None:
    """Fold of `evidence.recorded`: about this chapter's promises, or about a thing all share (`environment:…`)."""
    evidence = recorded.fact.data
    assert isinstance(evidence, EvidenceRecorded)
    if evidence.promise in state.promises or ":" in evidence.promise:
        state.book.fold(recorded.seq, recorded.fact.at, evidence)


def signed(state: Keeping, recorded: Recorded) -> None:
    """Fold of `promise.signed`."""
    state.signatures.sign(recorded)


def unsigned(state: Keeping, recorded: Recorded) -> None:
    """Fold of `promise.signature_withdrawn`."""
    state.signatures.withdraw(recorded)


def drilled(state: Keeping, recorded: Recorded) -> None:
    """Fold of `drill.ended`."""
    state.proofs.end(recorded)


FOLDS: dict[type[Data], Callable[[Any, Recorded], None]] = {
    GuideAdopted: adopt,
    EvidenceRecorded: remember,
    PromiseSigned: signed,
    SignatureWithdrawn: unsigned,
    DrillEnded: drilled,
}


def signed_moved(_state: Keeping, recorded: Recorded) -> Iterable[str]:
    data = recorded.fact.data
    assert isinstance(data, PromiseSigned | SignatureWithdrawn | DrillEnded)
    return (data.promise,)


MOVES: dict[type[Data], Moved] = {
    EvidenceRecorded: moves_none,
    PromiseSigned: signed_moved,
    SignatureWithdrawn: signed_moved,
    DrillEnded: signed_moved,
}
"""Evidence of what all share moves no promise, unless a chapter says so."""


def by_evidence(state: Keeping, promise: Promise, at: Instant) -> Standing:
    """What the evidence says; where nothing can look, what a person signed; else unbound."""
    missing = state.missing.get(promise.id)
    if missing is not None:
        signature = state.signatures.last.get(promise.id)
        if signature is not None and unsignable(promise, missing) is None:
            return signature.standing(at)
        return Standing(kind="unbound", reason=missing.reason, missing=missing.key)
    return state.proofs.aged(promise, state.bindings, at, state.book.standing(promise.id, at))


def reading_only(name: Keeper) -> Chapter:
    """A chapter whose promises are read and shown, and kept by evidence from elsewhere or not at all yet."""
    return Chapter(
        name=name,
        facts=FactTypes(),
        initial=lambda: Keeping(keeper=name),
        folds=FOLDS,
        standing=by_evidence,
        moves=MOVES,
    )
