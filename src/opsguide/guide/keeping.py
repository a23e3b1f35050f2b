"""What every chapter's state holds: the promises it keeps, the bindings in force, and the evidence it has seen."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct, field

from ..kernel.clock import Instant
from ..kernel.facts import Data, FactTypes, Recorded
from ..kernel.promise import Keeper
from ..kernel.standing import EvidenceBook, EvidenceRecorded, Standing
from .adoption import GuideAdopted
from .bindings import Bindings, Missing, unbound
from .chapter import Chapter, Moved, moves_none
from .promise import Promise


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
    adopted_at: Instant = 0
    adopted_seq: int = 0


def adopt(state: Keeping, recorded: Recorded) -> None:
    """Fold of `guide.adopted`: what is promised and bound from here on. Evidence of unchanged promises stays."""
    adopted = recorded.fact.data
    assert isinstance(adopted, GuideAdopted)
    reading = adopted.reading
    state.promises = {p.id: p for p in reading.promises if p.keeper == state.keeper}
    state.everything = {p.id: Line(p.span.line, p.text) for p in reading.promises}
    state.bindings = adopted.bindings
    # A promise may lack several keys; the most useful comes first.
    state.missing = {m.promise: m for m in reversed(unbound(reading, adopted.bindings))}
    state.adopted_at, state.adopted_seq = recorded.fact.at, recorded.seq


def remember(state: Keeping, recorded: Recorded) -> None:
    """Fold of `evidence.recorded`: about this chapter's promises, or about a thing all share (`environment:…`)."""
    evidence = recorded.fact.data
    assert isinstance(evidence, EvidenceRecorded)
    if evidence.promise in state.promises or ":" in evidence.promise:
        state.book.fold(recorded.seq, recorded.fact.at, evidence)


FOLDS: dict[type[Data], Callable[[Any, Recorded], None]] = {GuideAdopted: adopt, EvidenceRecorded: remember}


MOVES: dict[type[Data], Moved] = {EvidenceRecorded: moves_none}
"""What all share moves no promise, unless a chapter says so."""


def by_evidence(state: Keeping, promise: Promise, at: Instant) -> Standing:
    """Unbound where a binding is missing, else what the evidence says."""
    missing = state.missing.get(promise.id)
    if missing is not None:
        return Standing(kind="unbound", reason=missing.reason, missing=missing.key)
    return state.book.standing(promise.id, at)


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
