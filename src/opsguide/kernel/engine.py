"""The engine: command → facts → fold → reactions → decide → intents, until nothing more follows. Pure.

The caller appends the resulting batch to the ledger in one transaction; deeds are done only after that.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from typing import Any, Protocol, TypeAlias

from msgspec import Struct

from . import intent, standing
from .apart import apart
from .clock import Instant
from .facts import Data, Fact, FactTypes, Recorded
from .outbox import Outbox
from .part import Answer, Command, Conditions, Decision, Part, Refusal, Said

ENGINE = "opsguide"
"""The actor of what the engine decides by itself."""

MOST_FACTS_A_BATCH = 10_000
"""A batch that grows beyond this does not come to rest: two rules answer each other for ever."""

Reaction: TypeAlias = Callable[[Recorded], Command | None]
"""What one chapter wants because of another's fact: a translation without logic."""

KERNEL_FACTS = intent.FACTS.merge([standing.FACTS])


class _Reaction(Struct, frozen=True):
    """A reaction to a fact that was folded, which waits for its turn."""

    reaction: Reaction
    recorded: Recorded


_Next: TypeAlias = tuple[Said, str, int | None] | _Reaction
"""What is settled next: something said, by whom, because of which fact; or a reaction."""


class Batch(Struct, frozen=True):
    """Facts that belong together: folded already, to be appended as they are. The first has sequence `first`."""

    first: int
    facts: tuple[Fact, ...]

    @property
    def recorded(self) -> list[Recorded]:
        return [Recorded(seq, fact) for seq, fact in enumerate(self.facts, self.first)]


class Observer(Protocol):
    """Looks on while facts are folded, and changes nothing: what it keeps can be had again by a replay."""

    def before(self, engine: "Engine", recorded: Recorded) -> None:
        """The fact is about to be folded: the engine is as it was until then."""
        ...

    def after(self, engine: "Engine", recorded: Recorded) -> None:
        """The fact was folded."""
        ...


class Engine:
    """All parts' states, folded from one ledger. `seq` and `at` are those of the last folded fact.

    `wake` is when something is to be decided next, whatever happens; deeds to attempt are asked of the outbox.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        reactions: Mapping[type[Data], Sequence[Reaction]],
        observer: Observer | None = None,
    ) -> None:
        self.parts = tuple(parts)
        self.observer = observer
        self.states: dict[str, Any] = {part.name: part.initial() for part in self.parts}
        self.outbox = Outbox()
        self.seq = 0
        self.at: Instant = 0
        self.wake: Instant | None = None
        self._reactions = reactions
        self._handlers = {cls: (part, fn) for part in self.parts for cls, fn in part.handlers.items()}
        self._folders = self._bound_folds()
        self._types = KERNEL_FACTS.merge([part.facts for part in self.parts])

    def _bound_folds(self) -> dict[type[Data], list[tuple[Any, Callable[[Any, Recorded], None]]]]:
        """Each class of fact → the states that it changes, and how."""
        found: dict[type[Data], list[tuple[Any, Callable[[Any, Recorded], None]]]] = {}
        for part in self.parts:
            for cls, fn in part.folds.items():
                found.setdefault(cls, []).append((self.states[part.name], fn))
        return found

    def fork(self) -> "Engine":
        """The same at this point, with states of its own: both go on without each other. Nobody observes it."""
        other = copy(self)
        other.observer = None
        other.states = {name: apart(state) for name, state in self.states.items()}
        other.outbox = apart(self.outbox)
        other._folders = other._bound_folds()
        return other

    @property
    def fact_types(self) -> FactTypes:
        return self._types

    def state(self, part: str) -> Any:
        """The state of a part, to look at; only folds change it."""
        return self.states[part]

    def replay(self, history: Iterable[Recorded]) -> None:
        """Fold what is already on the ledger. No reaction, no decision: replay has no ports."""
        for recorded in history:
            self._fold(recorded)

    def run(self, command: Command, *, actor: str, now: Instant) -> Batch | Refusal:
        """What follows from a command. A refusal changed nothing."""
        answer = self._handle(command, now)
        if isinstance(answer, Refusal):
            return answer
        return self._settle(((said, actor, None) for said in answer), now)

    def record(self, data: Data, *, subject: str, actor: str = ENGINE, now: Instant) -> Batch:
        """A fact from the edge (the outcome of a deed, say) and all that follows from it."""
        return self._settle([(Said(data, subject), actor, None)], now)

    def note(self, said: Iterable[Said], *, now: Instant) -> Batch:
        """Several facts from the edge at once, and all that follows from them."""
        return self._settle(((one, ENGINE, None) for one in said), now)

    def tick(self, now: Instant) -> Batch:
        """What the parts decide because time went by."""
        return self._settle([], now)

    def _handle(self, command: Command, now: Instant) -> Answer:
        part, handler = self._handlers[type(command)]
        return handler(self.states[part.name], command, now)

    def _settle(self, said: Iterable[tuple[Said, str, int | None]], now: Instant) -> Batch:
        """Fold what was said and all that follows. What a fact leads to comes before the next fact: a reaction is
        decided on a state that has everything in it that was said before."""
        now = max(now, self.at)
        first, facts = self.seq + 1, list[Fact]()
        queue = deque[_Next](said)
        while True:
            while queue:
                following = queue.popleft()
                if isinstance(following, _Reaction):
                    queue.extendleft(reversed(self._answered(following, now)))
                    continue
                fact = self._stamp(*following, now)
                recorded = Recorded(self.seq + 1, fact)
                self._fold(recorded)
                facts.append(fact)
                reactions = self._reactions.get(type(fact.data), ())
                queue.extendleft(_Reaction(reaction, recorded) for reaction in reversed(reactions))
                if len(facts) > MOST_FACTS_A_BATCH:
                    raise RuntimeError(f"no rest after {len(facts)} facts; the last was {fact.type}")
            decided = self._decide(now)
            if not decided:
                return Batch(first, tuple(facts))
            queue.extend((one, ENGINE, None) for one in decided)

    def _stamp(self, said: Said, actor: str, cause: int | None, now: Instant) -> Fact:
        return self._types.fact(
            said.data, subject=said.subject, actor=actor, at=now, personal=said.personal, cause=cause
        )

    def _fold(self, recorded: Recorded) -> None:
        if self.observer is not None:
            self.observer.before(self, recorded)
        self.seq, self.at = recorded.seq, recorded.fact.at
        for state, fold in self._folders.get(type(recorded.fact.data), ()):
            fold(state, recorded)
        self.outbox.fold(recorded)
        if self.observer is not None:
            self.observer.after(self, recorded)

    def _answered(self, one: _Reaction, now: Instant) -> list[_Next]:
        """What a reaction says; nothing where it wants nothing, or is refused."""
        command = one.reaction(one.recorded)
        answer = self._handle(command, now) if command is not None else ()
        if isinstance(answer, Refusal):
            return []
        return [(said, ENGINE, one.recorded.seq) for said in answer]

    def conditions(self, now: Instant) -> Conditions:
        return frozenset(c for part in self.parts for c in part.conditions(self.states[part.name], now))

    def _decide(self, now: Instant) -> list[Said]:
        conditions = self.conditions(now)
        decisions: list[Decision] = [
            part.decide(self.states[part.name], conditions, now) for part in self.parts
        ]
        wakes = [d.wake for d in decisions if d.wake is not None]
        expiry = self.outbox.expiry()
        self.wake = min([*wakes, expiry] if expiry is not None else wakes, default=None)
        expired = [
            Said(intent.Withdrawn(key=p.intent.key, reason="its deadline passed"), f"intent:{p.intent.key}")
            for p in self.outbox.expired(now)
        ]
        return [said for d in decisions for said in d.said] + expired
