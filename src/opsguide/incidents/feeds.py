"""Addresses of feeds: one that got into wrong hands is revoked without touching the others. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..kernel.clock import Instant
from ..kernel.facts import Data, Recorded
from ..kernel.part import Answer, Command, Refusal, Said
from .commands import RevokeFeed
from .facts import FeedRevoked
from .state import State

PEOPLE, TEAMS = "people", "teams"


def known(state: State) -> Iterator[tuple[str, str]]:
    """Every feed that there is: of each rotation, then of each person."""
    yield from ((TEAMS, team) for team in state.bindings.rotations)
    yield from ((PEOPLE, person) for person in state.bindings.people)


def turn(state: State, kind: str, name: str) -> int:
    """How often its address was revoked: part of what the secret in the address signs."""
    return state.feeds.get(f"{kind}/{name}", 0)


def revoke(state: State, command: RevokeFeed, _now: Instant) -> Answer:
    feed = (command.kind, command.name)
    if feed not in set(known(state)):
        hint = f"feeds: {', '.join('/'.join(one) for one in known(state)) or 'none, as no rotation is bound'}"
        return Refusal("unknown_feed", f"there is no feed {'/'.join(feed)}", hint)
    revoked = FeedRevoked(kind=command.kind, name=command.name, by=command.by)
    return (Said(revoked, f"feed:{command.kind}/{command.name}"),)


def _revoked(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, FeedRevoked)
    state.feeds[f"{data.kind}/{data.name}"] = turn(state, data.kind, data.name) + 1


OWN: Mapping[type[Data], Callable[[State, Recorded], None]] = {FeedRevoked: _revoked}
HANDLERS: Mapping[type[Command], Callable[[Any, Any, Instant], Answer]] = {RevokeFeed: revoke}
