"""The outbox, folded from the ledger: which deeds wait, and when the next attempt of each is due."""

from collections.abc import Iterator
from heapq import heappop, heappush
from zlib import crc32

from msgspec import Struct

from .clock import Instant, after
from .facts import Recorded
from .intent import Intent, Outcome, Pending, Withdrawn

FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 60.0
MOST_DOUBLINGS = 10
"""Beyond this the longest delay holds anyway, and a power of two would overflow after a day of failures."""


JITTER = 0.2
"""By up to so much a delay is shorter, so that what failed together does not come back together."""


def retry_delay(attempts: int, key: str = "") -> float:
    """Seconds until the next attempt after `attempts` failed ones: 5, 10, 20, 40, then 60.

    With the `key` of what is tried, less by up to a fifth: by its hash, so that a replay gives the same.
    """
    doublings = min(attempts - 1, MOST_DOUBLINGS)
    delay = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0**doublings)
    return delay * (1 - JITTER * (crc32(f"{key}/{attempts}".encode()) % 1000) / 1000 if key else 1.0)


class Outbox(Struct):
    """Open deeds by key. Done, withdrawn and expired ones are gone from here; the ledger keeps them."""

    waiting: dict[str, Pending] = {}
    deadlines: list[tuple[Instant, str]] = []
    """A heap; those of deeds that are gone stay until they are on top, or are the most."""

    def fold(self, recorded: Recorded) -> None:
        data = recorded.fact.data
        if isinstance(data, Intent):
            self.waiting[data.key] = Pending(intent=data, seq=recorded.seq, attempts=0, due=recorded.fact.at)
            heappush(self.deadlines, (data.deadline, data.key))
        elif isinstance(data, Withdrawn):
            self.waiting.pop(data.key, None)
        elif isinstance(data, Outcome):
            self._attempted(data, recorded.fact.at)

    def _attempted(self, outcome: Outcome, at: Instant) -> None:
        pending = self.waiting.get(outcome.key)
        if pending is None:
            return
        if outcome.result == "done":
            del self.waiting[outcome.key]
            return
        pending.attempts = outcome.attempt
        pending.due = after(at, retry_delay(outcome.attempt, outcome.key))

    def due(self, now: Instant) -> Iterator[Pending]:
        """What is to be attempted now, most urgent first."""
        ready = (p for p in self.waiting.values() if p.due <= now <= p.intent.deadline)
        yield from sorted(ready, key=lambda p: (p.intent.priority, p.due, p.seq))

    def expired(self, now: Instant) -> Iterator[Pending]:
        """What waited past its deadline."""
        expiry = self.expiry()
        if expiry is not None and now >= expiry:
            yield from (p for p in self.waiting.values() if now > p.intent.deadline)

    def expiry(self) -> Instant | None:
        """When the first deed that waits becomes pointless."""
        if len(self.deadlines) > 2 * len(self.waiting) + 64:
            self.deadlines = sorted((p.intent.deadline, key) for key, p in self.waiting.items())
        while self.deadlines:
            deadline, key = self.deadlines[0]
            pending = self.waiting.get(key)
            if pending is not None and pending.intent.deadline == deadline:
                return deadline + 1
            heappop(self.deadlines)
        return None
