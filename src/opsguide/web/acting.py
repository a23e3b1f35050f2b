"""The console as somebody signed in has it: what they do is theirs, whatever a handler or a form says."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, cast

from msgspec import Struct, structs

from ..guide.wording import did_you_mean, listed
from ..identity.principal import NotAllowed, Principal, may
from ..kernel.errors import Refused
from ..kernel.part import Command
from .console import Console
from .people import people


class Concern(Struct, frozen=True):
    """Something, by its name, that is some teams' (everybody's where there are none) and some people's."""

    name: str
    teams: frozenset[str]
    people: frozenset[str]

    def lets(self, me: Principal | None) -> bool:
        """Whether somebody may respond to it."""
        if me is not None and me.person and me.person in self.people and may(me, "respond"):
            return True
        return any(may(me, "respond", team) for team in self.teams) if self.teams else may(me, "respond")


Concerns: TypeAlias = Callable[[Console, Command], Iterable[Concern]]


def nobodys(_console: Console, _command: Command) -> Iterable[Concern]:
    """What is no team's."""
    return ()


def acting(console: Console, me: Principal | None, concerns: Iterable[Concerns]) -> Console:
    """The same console, whose deeds are those of `me`. Links that need no login carry as whom they act."""
    return console if me is None else cast("Console", _Acting(console, me, tuple(concerns)))


class _Acting:
    """Passes everything on; a command's `by` and its actor are who is signed in, and it is about what is theirs.

    Raises NotAllowed for another one, Refused for a name that nobody has.
    """

    def __init__(self, console: Console, me: Principal, concerns: tuple[Concerns, ...]) -> None:
        self._console, self._me, self._concerns = console, me, concerns

    def __getattr__(self, name: str) -> Any:
        return getattr(self._console, name)

    async def submit(self, command: Command, *, actor: str) -> Any:
        named: str | None = getattr(command, "by", None)
        by, mine = self._me.acting(named or "")
        if named is not None:
            command = structs.replace(command, by=by)
        if self._me.stands_in and named and named != self._me.kind:
            _check_known(self._console, named)
        for concern in (one for find in self._concerns for one in find(self._console, command)):
            if not concern.lets(self._me):
                raise NotAllowed(
                    f"{concern.name} is for {listed(sorted(concern.teams))}: you are a responder of another team",
                    hint="one of them acts, or an admin gives you the role there, or everywhere",
                )
        return await self._console.submit(command, actor=mine)


def _check_known(console: Console, named: str) -> None:
    """Who is at the machine itself says who they are: a name that nobody has is a slip."""
    known = people(console)
    if known and named not in known:
        hint = did_you_mean(named, known) or f"known are {listed(known)}"
        raise Refused(f"there is nobody called {named!r}", reason="stranger", where="by", hint=hint)
