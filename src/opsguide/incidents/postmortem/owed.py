"""Which incidents owe a line of the guide its post-mortem, the one that is due first in front.

Kept in order as it is asked for and done: a storm that is resolved asks of each incident what the others owe.
"""

from bisect import insort
from typing import TypeAlias

from ...kernel.clock import Instant
from ..state import Incident, State

Owed: TypeAlias = tuple[Instant | None, str]
"""Until when, and by which incident; without a day comes last."""


def first(state: State, promise: str, besides: str = "") -> Owed | None:
    return next((one for one in state.owed.get(promise, ()) if one[1] != besides), None)


def sooner(state: State, promise: str, one: Owed) -> Owed:
    """The one that is due first of these and one more."""
    other = first(state, promise)
    return one if other is None else min(other, one, key=_place)


def begin(state: State, promise: str, one: Owed) -> None:
    insort(state.owed.setdefault(promise, []), one, key=_place)


def end(state: State, incident: Incident) -> None:
    """What it owed is done, once and for all its lines."""
    for promise in {one.promise for one in incident.work.postmortem.wanted} & state.owed.keys():
        state.owed[promise] = [one for one in state.owed[promise] if one[1] != incident.id]


def _place(one: Owed) -> tuple[bool, Instant]:
    return (one[0] is None, one[0] or 0)
