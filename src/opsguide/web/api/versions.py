"""The versions of the guide: each with what it changed in meaning, and the texts that were refused in between."""

from typing import Annotated, TypeAlias

from litestar import Response, get
from litestar.params import PathParameter, QueryParameter
from msgspec import Struct

from ...guide.adoption import GuideAdopted
from ...guide.change import Change, Comparison, compare
from ...guide.formats.changes import details, verdict
from ...guide.promise import Promise
from ...guide.versions import Entry, VersionEntry
from ...kernel.clock import rfc3339
from ..changes import Binder, BinderDep
from ..console import Console
from ..errors import NotFound
from ..pages import ConsoleDep
from .answers import Asked, Listing, PagingDep, conditional, later, ledger_tag

VersionNumber: TypeAlias = Annotated[int, PathParameter(ge=1, le=10**9, description="Counts from 1.")]


class ChangeStatus(Struct, frozen=True):
    """What became of one promise: `kind` is dropped, loosened, changed, tightened, added or moved.

    `before` and `after` are its words in the two texts, null where it is not in one; `line` is where it stands now.
    """

    kind: str
    promise: str
    line: int
    details: tuple[str, ...]
    before: str | None
    after: str | None


class VersionStatus(Struct, frozen=True):
    """A version of the guide, or (`refused`) a text that could not be used, with why. `seq` is its fact.

    `why` says which file changed, `changes` compare with the version before.
    """

    seq: int
    at: str
    refused: bool
    version: int | None
    by: str
    why: str
    promises: int
    changes: tuple[ChangeStatus, ...]
    diagnostics: tuple[str, ...]


class VersionList(Listing, frozen=True, kw_only=True):
    """Versions and refused texts, newest first."""

    items: tuple[VersionStatus, ...]


class VersionDetail(Struct, frozen=True):
    """A version with its text, byte for byte."""

    version: VersionStatus
    text: str


class Difference(Struct, frozen=True):
    """Two versions compared by meaning. `kept` promises mean what they meant; `weaker` says that one may not."""

    before: int
    after: int
    verdict: str
    weaker: bool
    kept: int
    changes: tuple[ChangeStatus, ...]


@get("/api/v1/guide/versions", needs="read", tags=["guide"], summary="Versions of the guide")
async def versions(paging: PagingDep, console: ConsoleDep, binder: BinderDep) -> Response[VersionList]:
    """Every version that was in force with what it changed, newest first; and the texts that were refused."""
    known = paging.after(int)
    found = await binder.entries(console)

    def make() -> VersionList:
        rest = later(found, None if known is None else -known, lambda one: -one.seq)
        items, following = paging.page(rest, lambda one: one.seq)
        return VersionList(items=tuple(_status(one) for one in items), next=following)

    return paging.answer(ledger_tag(console), make)


@get("/api/v1/guide/versions/{version:int}", needs="read", tags=["guide"], summary="One version of the guide")
async def version(
    request: Asked, version: VersionNumber, console: ConsoleDep, binder: BinderDep
) -> Response[VersionDetail]:
    """The text that was promised from then on."""
    entry, adopted = await _version(console, binder, version)
    return conditional(request, ledger_tag(console), lambda: VersionDetail(_status(entry), adopted.text))


@get(
    "/api/v1/guide/versions/{version:int}/diff",
    needs="read",
    tags=["guide"],
    summary="What a version changed",
)
async def diff(
    request: Asked,
    version: VersionNumber,
    console: ConsoleDep,
    binder: BinderDep,
    against: Annotated[
        int | None,
        QueryParameter(ge=1, le=10**9, description="The version to compare with; the one before by default."),
    ] = None,
) -> Response[Difference]:
    """Two versions compared by meaning: what was dropped, loosened, changed, tightened, added, moved."""
    _, newer = await _version(console, binder, version)
    _, older = await _version(console, binder, version - 1 if against is None else against)

    def make() -> Difference:
        found = compare(older.reading, newer.reading)
        return Difference(
            before=older.version,
            after=newer.version,
            verdict=verdict(found),
            weaker=found.may_be_weaker,
            kept=found.kept,
            changes=_changes(found),
        )

    return conditional(request, ledger_tag(console), make)


async def _version(console: Console, binder: Binder, number: int) -> tuple[VersionEntry, GuideAdopted]:
    """A version and what was adopted. Raises NotFound."""
    found = await binder.entries(console)
    entry = next((one for one in found if isinstance(one, VersionEntry) and one.version == number), None)
    fact = next(console.facts(entry.seq - 1, entry.seq), None) if entry is not None else None
    if entry is None or fact is None or not isinstance(fact.fact.data, GuideAdopted):
        hint = "/api/v1/guide/versions lists those that were adopted"
        raise NotFound(f"no version {number} was ever in force", where=f"version {number}", hint=hint)
    return entry, fact.fact.data


def _status(entry: Entry) -> VersionStatus:
    if isinstance(entry, VersionEntry):
        return VersionStatus(
            seq=entry.seq,
            at=rfc3339(entry.at),
            refused=False,
            version=entry.version,
            by=entry.actor,
            why=entry.why,
            promises=entry.promises,
            changes=_changes(entry.found) if entry.found is not None else (),
            diagnostics=(),
        )
    wrong = tuple(f"line {one.line}: {one.message}" for one in entry.diagnostics)
    return VersionStatus(entry.seq, rfc3339(entry.at), True, None, "", "", 0, (), wrong)


def _changes(found: Comparison) -> tuple[ChangeStatus, ...]:
    return tuple(_change(one) for one in found.changes)


def _change(one: Change) -> ChangeStatus:
    said, line = tuple(details(one)), one.promise.span.line
    return ChangeStatus(one.kind, one.promise.id, line, said, _text(one.before), _text(one.after))


def _text(promise: Promise | None) -> str | None:
    return None if promise is None else promise.text


HANDLERS = (versions, version, diff)
