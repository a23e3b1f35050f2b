"""Who is behind a name in the guide: `@core-platform` → a team of the bindings → the person on call now."""

from msgspec import Struct

from ..guide.bindings import Bindings, handle
from ..guide.bindings.problems import quoted

INBOX = "inbox"
"""The channel everybody has: the console's own inbox."""


class OnCall(Struct, frozen=True):
    """The person to tell and their channels, best first; `problem` says why there is nobody."""

    person: str = ""
    channels: tuple[str, ...] = ()
    problem: str = ""


def on_call(bindings: Bindings, name: str) -> OnCall:
    """The first member of the team (rotations come later), or the person of that name."""
    wanted = handle(name)
    if wanted in bindings.people:
        return _reach(bindings, wanted)
    team = bindings.teams.get(wanted)
    if team is None:
        return OnCall(problem=f"nobody is bound to {name}: add [teams.{quoted(wanted)}] with its members")
    if not team.members:
        return OnCall(problem=f"team {wanted} has no members")
    return _reach(bindings, team.members[0])


def _reach(bindings: Bindings, person: str) -> OnCall:
    channels = bindings.people[person].channels if person in bindings.people else ()
    return OnCall(person=person, channels=(*(c for c in channels if c != INBOX), INBOX))
