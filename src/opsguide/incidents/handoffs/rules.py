"""Shifts that changed hands since they were recorded last, and who is told of it. Pure."""

from collections.abc import Callable, Iterator, Mapping

from ...kernel.clock import Instant
from ...kernel.facts import Data, Recorded
from ...kernel.part import Said
from ..news import news
from ..roster import next_change, rotation_of
from ..state import State
from .facts import ShiftBegan
from .state import Turn


def changes(state: State, now: Instant) -> Iterator[Said]:
    """One fact a rotation whose shift changed hands; those who leave and those who come are told once.

    Whom an override relieves is not told when it begins: they heard of it when it was made, and may be asleep.
    """
    for team in state.bindings.rotations:
        rotation = rotation_of(state.bindings, team)
        duty = None if rotation is None else rotation.on_duty(now)
        person, known = "" if duty is None else duty.person, state.turns.get(team)
        if known is not None and known.person == person:
            continue
        began = ShiftBegan(
            team=team,
            person=person,
            before="" if known is None else known.person,
            since=None if known is None else known.since,
            layer=0 if duty is None else duty.layer,
        )
        yield Said(began, f"rotation:{team}")
        if known is not None:
            relieved = duty is not None and duty.instead_of == known.person
            for told in (person,) if relieved else (person, known.person):
                yield from news(state, told, "handoff", f"{team}/{now}", {"team": team}, now)


def wakes(state: State, now: Instant) -> Iterator[Instant]:
    """When a shift may change hands next."""
    for team in state.bindings.rotations:
        rotation = rotation_of(state.bindings, team)
        if rotation is not None:
            yield next_change(rotation, now)


def _began(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ShiftBegan)
    state.turns[data.team] = Turn(data.person, recorded.fact.at, data.before, data.since)


OWN: Mapping[type[Data], Callable[[State, Recorded], None]] = {ShiftBegan: _began}
