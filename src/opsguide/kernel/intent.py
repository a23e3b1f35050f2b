"""Intents and outcomes: a deed is on the ledger before it is done, and what came of it is too."""

from typing import Literal, TypeAlias

from msgspec import Struct

from .clock import Instant
from .facts import Data, FactTypes

Again: TypeAlias = Literal["safe", "look"]
"""After a crash: `safe` deeds are simply done again (a page), others are looked for first."""

Result: TypeAlias = Literal["done", "failed", "unknown"]

FACTS = FactTypes()


@FACTS.register("intent.decided")
class Intent(Data, frozen=True):
    """A deed decided. `key` names it for ever: the same key is the same deed, whatever the attempt.

    `args` are opaque ids as plain JSON; `reason` a sentence; `deadline` the instant after which it is pointless;
    `priority` orders what waits, smallest first.
    """

    key: str
    deed: str
    args: dict[str, str]
    reason: str
    deadline: Instant
    promise: str | None = None
    again: Again = "safe"
    priority: int = 5


@FACTS.register("intent.withdrawn")
class Withdrawn(Data, frozen=True):
    """The deed is no longer wanted (the incident was acknowledged, say); it is not attempted again."""

    key: str
    reason: str


@FACTS.register("outcome.recorded")
class Outcome(Data, frozen=True):
    """What came of one attempt, counted from 1. `detail` never holds a secret or a response body.

    `seconds` is how long it took, None where nobody measured it.
    """

    key: str
    attempt: int
    result: Result
    detail: str = ""
    seconds: float | None = None


class Pending(Struct):
    """A deed that still waits: its intent, the attempts so far, and when the next one is due."""

    intent: Intent
    seq: int
    attempts: int
    due: Instant
