"""Which deeds are begun now: a lane for each channel, so that a bad one holds up no other.

In a lane at most WIDTH are on their way at once. While its circuit is open, one at a time tries it and the rest wait.
What waits for one person in a lane is a queue, most urgent first; a burst goes on as one message.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct, field

from ..kernel.clock import Instant, after
from ..kernel.facts import Recorded
from ..kernel.intent import Intent, Outcome, Pending
from ..kernel.outbox import Outbox

WIDTH = 4

ALONE = 3
"""So many messages to a person through a channel go alone within a WINDOW; what comes then goes together."""

WINDOW_SECONDS = 60.0
MOST_TOGETHER = 5_000
"""More become another message."""


class Queue(Struct):
    """What waits for one person in a lane, as (priority, sequence, key); `sent` are the latest (instant, priority)."""

    waiting: list[tuple[int, int, str]] = field(default_factory=list)
    sent: list[tuple[Instant, int]] = field(default_factory=list)


def lane_of(intent: Intent) -> str:
    """The channel of a page; what has none goes by its deed."""
    return intent.args.get("channel", intent.deed)


class Lanes:
    """Told what becomes durable (`heard`), it says what to begin (`take`), and is told what ended (`ended`).

    `held_until` is the instant before which nothing goes through a lane, 0 where it is not held; `gap` is how many
    seconds messages of many deeds are apart: None where each goes alone, 0 where all that waits goes at once.
    """

    def __init__(
        self, outbox: Outbox, held_until: Callable[[str], Instant], gap: Callable[[Intent], float | None]
    ) -> None:
        self._held_until, self._gap = held_until, gap
        self._busy: dict[str, int] = {}
        self._doing: set[str] = set()
        self.follow(outbox)

    def follow(self, outbox: Outbox) -> None:
        """From now on this one, which was folded anew; what is on its way stays so."""
        self._outbox = outbox
        self._later = list[tuple[Instant, int, str]]()
        self._queues = dict[tuple[str, str], Queue]()
        self._wake: Instant | None = None
        for pending in outbox.waiting.values():
            self._add(pending)

    def heard(self, batch: Iterable[Recorded]) -> None:
        """What of it is to be done."""
        for recorded in batch:
            if isinstance(recorded.fact.data, Intent | Outcome):
                pending = self._outbox.waiting.get(recorded.fact.data.key)
                if pending is not None:
                    self._add(pending)

    def _add(self, pending: Pending) -> None:
        heapq.heappush(self._later, (pending.due, pending.seq, pending.intent.key))

    def take(self, now: Instant) -> Iterator[Sequence[Pending]]:
        """What is to be begun now; each is one message to one person, the most urgent page first."""
        self._ripen(now)
        self._wake = None
        for place in sorted(self._queues, key=lambda place: self._queues[place].waiting[:1]):
            yield from self._of_queue(place, now)

    def wake(self) -> Instant | None:
        """When to ask again, if nothing else happens: what is begun kicks when it ends."""
        times = [one for one in (self._wake, self._later[0][0] if self._later else None) if one is not None]
        return min(times, default=None)

    def ended(self, bundle: Sequence[Pending]) -> None:
        lane = lane_of(bundle[0].intent)
        self._busy[lane] -= 1
        if not self._busy[lane]:
            del self._busy[lane]
        self._doing.difference_update(pending.intent.key for pending in bundle)

    def _ripen(self, now: Instant) -> None:
        while self._later and self._later[0][0] <= now:
            due, seq, key = heapq.heappop(self._later)
            pending = self._outbox.waiting.get(key)
            if pending is not None and pending.due == due:
                place = lane_of(pending.intent), pending.intent.args.get("person", "")
                queue = self._queues.setdefault(place, Queue())
                heapq.heappush(queue.waiting, (pending.intent.priority, seq, key))

    def _of_queue(self, place: tuple[str, str], now: Instant) -> Iterator[Sequence[Pending]]:
        lane, queue = place[0], self._queues[place]
        while (first := self._next(queue, now)) is not None:
            held = self._held_until(lane)
            if self._busy.get(lane, 0) >= (1 if held else WIDTH):
                return
            goes_at = max(held, self._goes_at(queue, first, now))
            if goes_at > now:
                self._wake = goes_at if self._wake is None else min(goes_at, self._wake)
                return
            yield self._begun(lane, queue, self._together(queue, now), now)
        if not any(at > after(now, -WINDOW_SECONDS) for at, _ in queue.sent):
            del self._queues[place]

    def _next(self, queue: Queue, now: Instant) -> Pending | None:
        """The most urgent that still waits; what was withdrawn or is on its way is dropped."""
        while queue.waiting:
            key = queue.waiting[0][2]
            pending = self._outbox.waiting.get(key)
            if (
                pending is not None
                and key not in self._doing
                and pending.due <= now <= pending.intent.deadline
            ):
                return pending
            heapq.heappop(queue.waiting)
        return None

    def _goes_at(self, queue: Queue, first: Pending, now: Instant) -> Instant:
        """When the next message may go: at once, unless it is one of many and no more urgent than they were."""
        gap = self._gap(first.intent)
        start = after(now, -WINDOW_SECONDS)
        queue.sent = [one for one in queue.sent if one[0] > start]
        urgent = all(first.intent.priority < priority for _, priority in queue.sent)
        if len(queue.sent) < ALONE or urgent or not gap:
            return 0
        return after(queue.sent[-1][0], gap)

    def _together(self, queue: Queue, now: Instant) -> list[Pending]:
        """The next message: one page, or all that wait where there were many lately."""
        bundle = list[Pending]()
        while len(bundle) < MOST_TOGETHER and (pending := self._next(queue, now)) is not None:
            gap = self._gap(pending.intent)
            joins = gap == 0 or (gap is not None and len(queue.sent) >= ALONE)
            if bundle and not joins:
                break
            heapq.heappop(queue.waiting)
            bundle.append(pending)
            if not joins:
                break
        return bundle

    def _begun(self, lane: str, queue: Queue, bundle: list[Pending], now: Instant) -> list[Pending]:
        self._busy[lane] = self._busy.get(lane, 0) + 1
        self._doing.update(pending.intent.key for pending in bundle)
        queue.sent.append((now, bundle[0].intent.priority))
        return bundle
