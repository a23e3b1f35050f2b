"""News of other chapters to people: of maintenance, say. Pure; the words are the chapter's that wants it said."""

from collections.abc import Iterator

from ..guide.bindings import behind
from ..kernel.clock import Instant
from ..kernel.part import Answer, Said
from .commands import Tell
from .escalation import steps
from .news import news
from .oncall import on_call
from .state import State


def tell(state: State, command: Tell, now: Instant) -> Answer:
    """Once a name and person; whoever has no channel outside the console sees it there."""
    return tuple(_said(state, command, now))


def _said(state: State, command: Tell, now: Instant) -> Iterator[Said]:
    args = {"title": command.title, "said": command.said, "place": command.place, "subject": command.subject}
    for person in behind(state.bindings, command.to) if command.to else on_routes(state, now):
        yield from news(state, person, command.about, command.name, args, now)


def on_routes(state: State, now: Instant) -> list[str]:
    """Everybody whom a route of the guide tells."""
    found = sorted(steps(state), key=lambda pair: pair[0].span)
    people = (on_call(state.bindings, step.to, now).person for _, step in found)
    return list(dict.fromkeys(person for person in people if person))
