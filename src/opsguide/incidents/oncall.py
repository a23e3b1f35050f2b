"""Who is behind a name in the guide: `@core-platform` → a team of the bindings → the person on call now."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from ..guide.bindings import Bindings, handle
from ..guide.bindings.problems import quoted
from ..kernel.clock import Instant, rfc3339
from ..kernel.standing import Standing
from .roster import hole_said, looked_until, next_hole, rotation_of
from .state import Health

INBOX = "inbox"
"""The channel everybody has: the console's own inbox."""


class OnCall(Struct, frozen=True):
    """The person to tell and their channels, best first; `problem` says why there is nobody.

    `hole` tells a rotation that has nobody now from a team that nobody bound yet.
    """

    person: str = ""
    channels: tuple[str, ...] = ()
    problem: str = ""
    hole: bool = False


def on_call(bindings: Bindings, name: str, at: Instant) -> OnCall:
    """Who has the shift in the team's rotation, else the team's first member, or the person of that name."""
    wanted = handle(name)
    if wanted in bindings.people:
        return _reach(bindings, wanted)
    rotation = rotation_of(bindings, wanted)
    if rotation is not None:
        duty = rotation.on_duty(at)
        if duty is not None:
            return _reach(bindings, duty.person)
        hole = next_hole(rotation, at, bindings.oncall.warn_ahead)
        until = f"until {rfc3339(hole[1])}" if hole is not None else ""
        problem = f"nobody is on call in [rotations.{quoted(wanted)}] {until}"
        return OnCall(problem=problem, hole=True)
    team = bindings.teams.get(wanted)
    if team is None:
        return OnCall(problem=f"nobody is bound to {name}: add [teams.{quoted(wanted)}] with its members")
    if not team.members:
        return OnCall(problem=f"team {wanted} has no members")
    return _reach(bindings, team.members[0])


def standing(
    bindings: Bindings, health: Mapping[str, Health], name: str, at: Instant, proven: Standing
) -> Standing:
    """What is wrong with a step before anybody has to be told, else what pages have proven of it.

    Broken while nobody is on call; at risk where that lies within what is looked ahead, or a person who may have to
    answer has no channel, or none whose last message arrived.
    """
    team, who = handle(name), on_call(bindings, name, at)
    rotation = rotation_of(bindings, team)
    hole = None if rotation is None else next_hole(rotation, at, bindings.oncall.warn_ahead)
    if who.problem:
        until = None if hole is None else hole[1] - 1
        return Standing(kind="broken", reason=who.problem, evidence_at=at, until=until)
    if hole is not None:
        return Standing(kind="at_risk", reason=hole_said(team, *hole), evidence_at=at, until=hole[0] - 1)
    problem = unreached(bindings, health, _people(bindings, team, who.person, at))
    if problem:
        return Standing(kind="at_risk", reason=problem, evidence_at=at)
    if rotation is None:
        return proven
    looked = looked_until(at)
    return replace(proven, until=looked if proven.until is None else min(looked, proven.until))


def unreached(bindings: Bindings, health: Mapping[str, Health], people: set[str], failures: int = 1) -> str:
    """Who of them has no channel, else whose channels all failed so often when they were last used; "" for nobody."""
    mute = sorted(person for person in people if not channels(bindings, person))
    if mute:
        return f"no channel reaches {', '.join(mute)} outside the console"
    for person in sorted(people):
        own = channels(bindings, person)
        if all(one in health and health[one].failures >= failures for one in own):
            return f"no channel of {person} works: {own[0]} failed last ({health[own[0]].problem})"
    return ""


def colleagues(bindings: Bindings, name: str) -> tuple[str, ...]:
    """Who of a team may stand in for each other, in the order of the bindings; nobody for a person."""
    team = handle(name)
    if team in bindings.people or team not in bindings.teams:
        return ()
    rotation = rotation_of(bindings, team)
    turns = (p for layer in rotation.layers for p in layer.people) if rotation is not None else ()
    return tuple(dict.fromkeys((*bindings.teams[team].members, *turns)))


def lead(bindings: Bindings, name: str) -> str:
    """The first of a team, "" where there is none: who hears what concerns the team as a whole."""
    team = bindings.teams.get(handle(name))
    return team.members[0] if team is not None and team.members else ""


def _people(bindings: Bindings, team: str, otherwise: str, at: Instant) -> set[str]:
    """Everybody who may have to answer for a team."""
    rotation = rotation_of(bindings, team)
    if rotation is None:
        return {otherwise}
    stand_ins = {override.person for override in rotation.overrides if override.end > at}
    return {person for layer in rotation.layers for person in layer.people} | stand_ins


def channels(bindings: Bindings, person: str) -> tuple[str, ...]:
    """Those that lead outside the console, best first: with what only a rule names."""
    bound = bindings.people.get(person)
    if bound is None:
        return ()
    named = (*bound.channels, *(rule.channel for rule in bound.notify))
    return tuple(channel for channel in dict.fromkeys(named) if channel != INBOX)


def _reach(bindings: Bindings, person: str) -> OnCall:
    return OnCall(person=person, channels=(*channels(bindings, person), INBOX))
