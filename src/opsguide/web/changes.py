"""Guide changes: every version that was in force, what it meant for the promises, and the texts that were refused."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, SkipValidation
from msgspec import Struct

from ..guide.formats.changes import details
from ..guide.timeline import actor
from ..guide.versions import Entry, RefusedEntry, VersionEntry, Versions
from ..kernel.clock import rfc3339
from .as_of import AsOfQuery
from .console import Console
from .errors import NotFound
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


class ChangeStatus(Struct, frozen=True):
    """What became of one promise: `kind` is dropped, loosened, changed, tightened, added or moved."""

    kind: str
    promise: str
    line: int
    details: tuple[str, ...]


class VersionStatus(Struct, frozen=True):
    """A version of the guide, or (`refused`) a text that could not be used, with why. `seq` is its fact."""

    seq: int
    at: str
    refused: bool
    version: int | None
    by: str
    changes: tuple[ChangeStatus, ...]
    diagnostics: tuple[str, ...]


@get("/changes", include_in_schema=False)
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


@get("/api/v1/guide/versions", tags=["guide"])
async def versions(
    console: ConsoleDep, binder: BinderDep, as_of: AsOfQuery = None
) -> Sequence[VersionStatus]:
    """Every version of the guide with what it changed, newest first; and what was refused in between."""
    return [_status(entry) for entry in await binder.entries(console)]


@get("/api/v1/guide/versions/{version:int}", tags=["guide"])
async def version_text(version: FromPath[int], console: ConsoleDep, binder: BinderDep) -> Response[str]:
    """The text of a version as it was adopted, byte for byte."""
    found = await binder.entries(console)
    entry = next((e for e in found if isinstance(e, VersionEntry) and e.version == version), None)
    then = await console.at(entry.at) if entry is not None else None
    if then is None or then.guide.current is None or then.guide.current.adopted.version != version:
        raise NotFound(f"the guide has no version {version}", hint="/api/v1/guide/versions lists them")
    return Response(then.guide.current.adopted.text, media_type="text/markdown")


def _status(entry: Entry) -> VersionStatus:
    refused = isinstance(entry, RefusedEntry)
    changes = entry.found.changes if isinstance(entry, VersionEntry) and entry.found is not None else ()
    wrong = entry.diagnostics if isinstance(entry, RefusedEntry) else ()
    return VersionStatus(
        seq=entry.seq,
        at=rfc3339(entry.at),
        refused=refused,
        version=entry.version if isinstance(entry, VersionEntry) else None,
        by=entry.actor if isinstance(entry, VersionEntry) else "",
        changes=tuple(
            ChangeStatus(one.kind, one.promise.id, one.promise.span.line, tuple(details(one)))
            for one in changes
        ),
        diagnostics=tuple(f"line {one.line}: {one.message}" for one in wrong),
    )


HANDLERS = (changes_page, versions, version_text)
