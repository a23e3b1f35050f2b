"""Guide changes: every version that was in force, what it meant for the promises, and the texts that were refused."""

import asyncio
from collections.abc import Mapping
from typing import TypeAlias

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, SkipValidation

from ..guide.formats.changes import details
from ..guide.timeline import actor
from ..guide.versions import Entry, VersionEntry, Versions
from .console import Console
from .pages import ConsoleDep
from .people import people
from .shell import ShellDep

PAGE = 20


class Binder:
    """The versions of the running service's guide, folded as far as the ledger goes; each is compared once."""

    def __init__(self) -> None:
        self._versions = Versions()
        self._lock = asyncio.Lock()

    async def entries(self, console: Console) -> list[Entry]:
        """All until the console's instant, newest first. The first look reads them all, in a thread."""
        async with self._lock:
            await asyncio.to_thread(self._catch_up, console)
        return [entry for entry in reversed(self._versions.entries) if entry.at <= console.now()]

    def _catch_up(self, console: Console) -> None:
        self._versions.fold(console.history("guide", self._versions.seq))


BinderDep: TypeAlias = NamedDependency[SkipValidation[Binder]]


@get("/changes", needs="read", include_in_schema=False)
async def changes_page(
    console: ConsoleDep, shell: ShellDep, binder: BinderDep, before: FromQuery[int | None] = None
) -> Response[str]:
    """The newest versions; `before` (a fact's number) goes on to older ones."""
    found = await binder.entries(console)
    left = [entry for entry in found if before is None or entry.seq < before]
    shown = left[:PAGE]
    names = people(console)
    return shell.render(
        "changes.html",
        here="/changes",
        entries=shown,
        total=sum(isinstance(entry, VersionEntry) for entry in found),
        in_force=next((entry.seq for entry in found if isinstance(entry, VersionEntry)), None),
        older=shown[-1].seq if len(left) > PAGE else None,
        newest=before is None,
        details=details,
        known=set(console.standings()),
        by=lambda entry: _by(entry, names),
    )


def _by(entry: Entry, names: Mapping[str, str]) -> str:
    """Until there are accounts a guide is adopted because its file was saved."""
    who = entry.actor if isinstance(entry, VersionEntry) else ""
    return "opsguide, from the file" if who == "opsguide" else actor(who, names)


HANDLERS = (changes_page,)
