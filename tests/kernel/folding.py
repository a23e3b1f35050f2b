"""Folds a history and prints all that follows from it; run under different PYTHONHASHSEEDs by test_ledger.py."""

import random

import msgspec

from opsguide.kernel.clock import after
from opsguide.kernel.engine import KERNEL_FACTS, Engine
from opsguide.kernel.facts import Data, Fact
from opsguide.kernel.intent import Intent, Outcome, Withdrawn
from opsguide.kernel.ledger import GENESIS, Row, encode, link, recorded
from opsguide.kernel.standing import EvidenceBook, EvidenceRecorded

NOON = 1_764_000_000_000
KEYS = [f"page:INC-{number}" for number in range(60)]


def history() -> list[Fact]:
    """Deeds decided, tried and withdrawn, and evidence, by a seeded chance."""
    chance = random.Random(7)
    facts: list[Fact] = []
    for step in range(600):
        key = chance.choice(KEYS)
        data: Data = chance.choice(
            [
                Intent(
                    key, "page", {"who": "ana", "incident": key}, "because", NOON + 10**9, priority=step % 3
                ),
                Outcome(key, 1 + step % 4, chance.choice(["done", "failed", "unknown"])),
                Withdrawn(key, "acknowledged"),
                EvidenceRecorded(key, chance.choice(["kept", "broken"]), "measured", 60.0),
            ]
        )
        facts.append(KERNEL_FACTS.fact(data, subject=key, actor="opsguide", at=after(NOON, step)))
    return facts


def main() -> None:
    engine, book, prev = Engine([], {}), EvidenceBook(), GENESIS
    now = after(NOON, 600)
    for seq, fact in enumerate(history(), 1):
        body = encode(fact)
        row = Row(seq, prev, link(prev, body), body)
        one = recorded(row, KERNEL_FACTS)
        engine.replay([one])
        if isinstance(one.fact.data, EvidenceRecorded):
            book.fold(seq, one.fact.at, one.fact.data)
        prev = row.hash
    print(prev.hex())
    for state in (list(engine.outbox.due(now)), engine.outbox, book, engine.tick(now).facts):
        print(msgspec.json.encode(state).decode())


if __name__ == "__main__":
    main()
