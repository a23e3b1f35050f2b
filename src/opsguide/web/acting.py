"""The console as somebody signed in has it: what they do is theirs, whatever a handler or a form says."""

from typing import Any, cast

from msgspec import structs

from ..identity.principal import Principal
from ..kernel.part import Command
from .console import Console


def acting(console: Console, me: Principal | None) -> Console:
    """The same console, whose deeds are those of `me`. Links that need no login carry as whom they act."""
    return console if me is None else cast("Console", _Acting(console, me))


class _Acting:
    """Passes everything on; a command's `by` and its actor are who is signed in. Raises NotAllowed for another one."""

    def __init__(self, console: Console, me: Principal) -> None:
        self._console, self._me = console, me

    def __getattr__(self, name: str) -> Any:
        return getattr(self._console, name)

    async def submit(self, command: Command, *, actor: str) -> Any:
        named: str | None = getattr(command, "by", None)
        by, mine = self._me.acting(named or "")
        if named is not None:
            command = structs.replace(command, by=by)
        return await self._console.submit(command, actor=mine)
