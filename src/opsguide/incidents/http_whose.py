"""Whose an incident is: the teams that its route wakes, and the people who were told or work on it."""

from collections.abc import Iterator

from ..guide.bindings import Bindings, handle
from ..kernel.part import Command
from ..web.acting import Concern
from ..web.console import Console
from .escalation import route
from .shown import state_of
from .state import Incident, State


def whose(state: State, incident: Incident) -> Concern:
    """Everybody's where the route names no team: then any responder may be the one who looks."""
    named = {handle(step.to) for _, step in route(state, incident)}
    named |= {handle(incident.drill.to)} if incident.drill is not None and incident.drill.to else set()
    told = {one.person for one in incident.deliveries.values()} | {*incident.work.roles.values()}
    return Concern(incident.id, frozenset(_teams(state.bindings, named)), frozenset(named | told))


def _teams(bindings: Bindings, named: set[str]) -> Iterator[str]:
    """Those that are named, and those of the people who are."""
    for team in {**bindings.teams, **bindings.rotations}:
        members = bindings.teams[team].members if team in bindings.teams else ()
        if team in named or named & {*members}:
            yield team


def concerns(console: Console, command: Command) -> Iterator[Concern]:
    """What a command is about: one incident, or the two of a merge."""
    state = state_of(console)
    for name in (getattr(command, "incident", ""), getattr(command, "into", "")):
        incident = state.known(name) if isinstance(name, str) else None
        if incident is not None:
            yield whose(state, incident)
