"""A chapter: a part of the core that keeps promises and says how each stands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..kernel.clock import Instant
from ..kernel.facts import Data, Recorded
from ..kernel.part import Part
from ..kernel.standing import Standing
from .promise import Promise


def not_kept_yet(_state: Any, _promise: Promise, _at: Instant) -> Standing:
    """The standing of promises that opsguide reads but cannot keep yet: never green."""
    return Standing(
        kind="unbound", reason="this version of opsguide reads this promise but does not keep it yet"
    )


Moved: TypeAlias = Callable[[Any, Recorded], Iterable[str]]
"""The state after a fact was folded, and the fact → ids of the chapter's promises that may stand otherwise now."""


def moves_none(_state: Any, _recorded: Recorded) -> Iterable[str]:
    """For facts that move no promise of the chapter."""
    return ()


@dataclass(frozen=True)
class Chapter(Part):
    """`standing` answers for the promises whose keeper has this chapter's name, and says until when it holds.

    `moves` says, a class of fact, which promises may stand otherwise for it; one that the chapter folds and does not
    name there may move all of its promises. Evidence about a promise moves that one, which need not be said.
    """

    standing: Callable[[Any, Promise, Instant], Standing] = not_kept_yet
    moves: Mapping[type[Data], Moved] = field(default_factory=dict)
