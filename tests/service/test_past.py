"""Looking back in a running service: whatever was looked at before, an instant is what a replay until then gives."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.app import past
from opsguide.app.core import build_engine
from opsguide.app.past import Past, until
from opsguide.kernel.clock import Instant, after
from opsguide.kernel.engine import Engine
from opsguide.kernel.standing import EvidenceRecorded
from tests.cast import ERRORS, P95, harbour
from tests.world import START, MemoryLedger, World


@pytest.fixture(autouse=True)
def _close(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints so close that a short history has many, and drops some."""
    monkeypatch.setattr(past, "STEP", 3)
    monkeypatch.setattr(past, "MOST_CHECKPOINTS", 4)
    monkeypatch.setattr(past, "MOST_KEPT", 2)


def lived(facts: int = 60) -> tuple[World, MemoryLedger]:
    world, ledger = harbour(), MemoryLedger()
    for number in range(facts):
        world.clock.advance(0 if number % 3 == 0 else 60)
        verdict = "broken" if number % 4 == 0 else "kept"
        seen = EvidenceRecorded(P95 if number % 2 else ERRORS, verdict, str(number), 600.0)  # type: ignore[arg-type]
        world._keep(world.engine.record(seen, subject="promise:x", now=world.clock.now()))
    ledger.rows = list(world.history)
    return world, ledger


def replayed(ledger: MemoryLedger, at: Instant) -> Engine:
    engine = build_engine()
    engine.replay(until(ledger.read(), at))
    return engine


@settings(max_examples=40)
@given(st.lists(st.integers(-60, 60 * 60), min_size=1, max_size=8))
def test_any_instants_in_any_order(moments: list[int]) -> None:
    _, ledger = lived()
    found = Past(ledger.read)
    for moment in moments:
        at = after(START, moment)
        engine, expected = found.at(at, ledger.head), replayed(ledger, at)
        assert (engine.seq, engine.states) == (expected.seq, expected.states)


def test_an_instant_that_is_not_over_is_looked_at_again_when_more_was_recorded() -> None:
    world, ledger = lived(6)
    found, now = Past(ledger.read), world.clock.now()
    assert found.at(now, ledger.head).seq == len(ledger.rows)
    seen = EvidenceRecorded(P95, "broken", "later in the same instant", 600.0)
    world._keep(world.engine.record(seen, subject="promise:x", now=now))
    ledger.rows = list(world.history)
    assert found.at(now, ledger.head).seq == len(ledger.rows)


def test_what_was_asked_lately_is_at_hand() -> None:
    _, ledger = lived()
    reads = []

    def read(after_seq: int) -> object:
        reads.append(after_seq)
        return ledger.read(after_seq)

    found, at = Past(read), after(START, 600)  # type: ignore[arg-type]
    first = found.at(at, ledger.head)
    assert found.at(at, ledger.head) is first
    assert len(reads) == 1
    found.at(after(START, 1200), ledger.head)
    assert reads[1] > 0, "the second one starts from a checkpoint"


def test_threads_may_ask_at_once() -> None:
    _, ledger = lived()
    found, answers = Past(ledger.read), dict[int, int]()

    def ask(minute: int) -> None:
        answers[minute] = found.at(after(START, minute * 60), ledger.head).seq

    threads = [threading.Thread(target=ask, args=(minute,)) for minute in range(0, 40, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {minute: replayed(ledger, after(START, minute * 60)).seq for minute in range(0, 40, 5)}
