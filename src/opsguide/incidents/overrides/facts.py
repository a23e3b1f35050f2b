"""Overrides and swaps as they stand on the ledger. Subjects are `rotation:core-platform`, the team's name."""

from msgspec import Struct

from ...kernel.clock import Instant
from ...kernel.facts import Data, FactTypes

FACTS = FactTypes()


class Reason(Data, frozen=True):
    """Why, in a person's words; it can be erased."""

    text: str


class Span(Struct, frozen=True):
    """From `start` until just before `end`."""

    start: Instant
    end: Instant


@FACTS.register("override.made", personal=Reason)
class OverrideMade(Data, frozen=True):
    """`person` is on call from `start` until just before `end`; with `replaces` only where that person would be.

    `swap` is the swap that it comes from, "" for none.
    """

    override: str
    team: str
    person: str
    start: Instant
    end: Instant
    by: str
    replaces: str = ""
    swap: str = ""


@FACTS.register("override.withdrawn")
class OverrideWithdrawn(Data, frozen=True):
    """It is as if it had never been made; what of it is past stays: one that has begun ends now."""

    override: str
    by: str


@FACTS.register("swap.asked", personal=Reason)
class SwapAsked(Data, frozen=True):
    """`asker` asks `other` to stand in for them in `theirs`; in return they offer to take over `back`, if anything."""

    swap: str
    team: str
    asker: str
    other: str
    theirs: Span
    by: str
    back: Span | None = None


@FACTS.register("swap.answered")
class SwapAnswered(Data, frozen=True):
    """Accepted swaps become overrides at once."""

    swap: str
    accepted: bool
    by: str


@FACTS.register("swap.ended")
class SwapEnded(Data, frozen=True):
    """Nobody answered: it was taken back, or the time that it is about began (`by` is opsguide)."""

    swap: str
    by: str
