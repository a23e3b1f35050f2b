"""What evidence says of a promise at an instant. Unknown is never green, and evidence ages."""

import pytest

from opsguide.kernel.clock import after
from opsguide.kernel.standing import EvidenceBook, EvidenceRecorded, Verdict

NOON = 1_764_000_000_000
FRESH = 600.0


def look(verdict: Verdict = "kept", value: str = "99.95%") -> EvidenceRecorded:
    return EvidenceRecorded("uptime", verdict, f"it was {value}", FRESH, value=value, limit="99.9%")


def told(*looks: tuple[float, Verdict]) -> EvidenceBook:
    """A book with these looks: minutes after noon, and what was found."""
    book = EvidenceBook()
    for seq, (minute, verdict) in enumerate(looks, 1):
        book.fold(seq, after(NOON, minute * 60), look(verdict))
    return book


def at(minute: float) -> int:
    return after(NOON, minute * 60)


def test_without_evidence_it_is_unproven() -> None:
    standing = EvidenceBook().standing("uptime", NOON)
    assert (standing.kind, standing.evidence_at, standing.since) == ("unproven", None, None)
    assert standing.reason == "bound, but nothing was measured yet"


@pytest.mark.parametrize("verdict", ["kept", "at_risk", "broken", "unproven"])
def test_fresh_evidence_is_what_it_says(verdict: Verdict) -> None:
    standing = told((0, verdict)).standing("uptime", at(5))
    assert (standing.kind, standing.value, standing.limit) == (verdict, "99.95%", "99.9%")
    assert (standing.since, standing.evidence_at, standing.evidence) == (NOON, NOON, 1)


@pytest.mark.parametrize("verdict", ["kept", "at_risk", "broken"])
def test_old_evidence_proves_nothing_either_way(verdict: Verdict) -> None:
    book = told((0, verdict))
    assert book.standing("uptime", at(10)).kind == verdict
    standing = book.standing("uptime", at(10) + 1)
    assert (standing.kind, standing.reason) == ("unproven", "the last evidence is too old")
    assert (standing.since, standing.evidence_at, standing.evidence) == (at(10), NOON, 1)
    assert (standing.value, standing.limit) == ("99.95%", "99.9%"), "what was last seen is still shown"


def test_since_counts_from_the_last_change_of_verdict() -> None:
    book = told((0, "kept"), (5, "kept"), (8, "broken"), (12, "broken"), (14, "kept"))
    assert book.standing("uptime", at(15)).since == at(14)
    book = told((0, "kept"), (5, "kept"))
    standing = book.standing("uptime", at(6))
    assert (standing.since, standing.evidence_at, standing.evidence) == (NOON, at(5), 2)


def test_a_promise_does_not_stand_by_anothers_evidence() -> None:
    assert told((0, "kept")).standing("latency", NOON).kind == "unproven"


@pytest.mark.parametrize(
    ("minute", "verdict", "wanted"),
    [
        (0.1, "kept", False),
        (4.99, "kept", False),
        (5, "kept", True),
        (0.1, "broken", True),
        (0.1, "unproven", True),
    ],
)
def test_a_look_is_worth_a_fact_when_it_changed_or_before_the_last_gets_old(
    minute: float, verdict: Verdict, wanted: bool
) -> None:
    assert told((0, "kept")).wanted(look(verdict), at(minute)) is wanted


def test_the_first_look_is_always_worth_a_fact() -> None:
    assert EvidenceBook().wanted(look(), NOON)


def test_repeating_what_was_wanted_never_lets_good_evidence_age() -> None:
    """A look a minute, of which only the wanted ones are recorded, keeps the promise proven all day."""
    book = EvidenceBook()
    recorded = 0
    for minute in range(24 * 60):
        if book.wanted(look(), at(minute)):
            recorded += 1
            book.fold(recorded, at(minute), look())
        assert book.standing("uptime", at(minute + 1)).kind == "kept"
    assert recorded == 24 * 60 / 5


def test_two_books_do_not_share_their_looks() -> None:
    told((0, "kept"))
    assert EvidenceBook().looks == {}
