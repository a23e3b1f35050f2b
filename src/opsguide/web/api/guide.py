"""The document: its statements with their standings, its versions and what changed between them, what it lacks."""

from collections.abc import Iterator
from typing import Annotated

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from ...guide.bindings import unbound
from ...guide.promise import Finding, Role, StatementOutcome
from ...kernel.standing import StandingKind
from .. import marks
from ..console import Console
from ..marks import Held
from ..pages import ConsoleDep
from ..shell import ShellDep
from .answers import (
    Asked,
    Listing,
    PagingDep,
    conditional,
    content_tag,
    later,
    ledger_tag,
)
from .promises import FindingStatus, MissingStatus, finding_status, missing_status
from .status import GuideStatus, counted, guide_status, held


class Guide(Struct, frozen=True):
    """The guide in force: `guide` is null until one is adopted. `refused` says why a newer text is not in force."""

    service: str
    guide: GuideStatus | None
    language: str
    counts: dict[StandingKind, int]
    statements: int
    gaps: int
    findings: int
    next_binding: str
    refused: tuple[str, ...]


class Stands(Struct, frozen=True):
    """A promise of a statement, and how it stands."""

    id: str
    standing: StandingKind


class StatementStatus(Struct, frozen=True):
    """One bullet, row, sentence or key of the guide: a promise, prose, or a gap (an obligation not understood)."""

    line: int
    end_line: int
    section: str
    text: str
    role: Role
    promises: tuple[Stands, ...]


class Statements(Listing, frozen=True, kw_only=True):
    """The statements of the guide, in its order."""

    version: int
    items: tuple[StatementStatus, ...]


class Findings(Listing, frozen=True, kw_only=True):
    """The findings on the guide, in the order of their first lines."""

    items: tuple[FindingStatus, ...]


class UnboundKey(Struct, frozen=True):
    """A missing binding key (empty where no key would help), and the promises that it would bind."""

    missing: MissingStatus
    promises: tuple[str, ...]


class Unbound(Listing, frozen=True, kw_only=True):
    """Missing binding keys, the one that would bind the most promises first."""

    items: tuple[UnboundKey, ...]


@get("/api/v1/guide", needs="read", tags=["guide"], summary="The guide in force")
async def guide(request: Asked, console: ConsoleDep, shell: ShellDep) -> Response[Guide]:
    """Its title, version and counts, the key of the next useful binding, and why a newer text was refused."""
    current, found = console.guide.current, held(console)
    reading = current.adopted.reading if current is not None else None
    binding = marks.next_binding(found)
    refused = console.guide.refused
    body = Guide(
        service=shell.service if current is not None else "",
        guide=guide_status(console),
        language=reading.language if reading is not None else "",
        counts=counted(found),
        statements=len(reading.statements) if reading is not None else 0,
        gaps=len(reading.gaps) if reading is not None else 0,
        findings=len(reading.findings) if reading is not None else 0,
        next_binding=binding[0] if binding is not None else "",
        refused=tuple(f"{where}: {d.message}" for where, d in refused.places) if refused else (),
    )
    return conditional(request, content_tag(body), lambda: body)


@get(
    "/api/v1/guide/statements",
    needs="read",
    tags=["guide"],
    summary="The guide's statements with their standings",
)
async def statements(
    paging: PagingDep,
    console: ConsoleDep,
    role: FromQuery[Role | None] = None,
) -> Response[Statements]:
    """What each statement became, in the guide's order; `role` keeps only promises, prose or gaps."""
    known = paging.after(tuple[int, int, str])
    current = console.guide.current
    every = current.adopted.reading.statements if current is not None else ()
    fitting = sorted((one for one in every if role in (None, one.role)), key=_said_at)
    items, following = paging.page(later(fitting, known, _said_at), _said_at)
    by_id = {one.promise.id: one for one in held(console)}
    body = Statements(
        version=current.adopted.version if current is not None else 0,
        items=tuple(_statement(one, by_id) for one in items),
        next=following,
    )
    return paging.answer(content_tag(body), lambda: body)


def _said_at(one: StatementOutcome) -> tuple[int, int, str]:
    return one.span.line, one.span.end_line, one.text


def _statement(one: StatementOutcome, by_id: dict[str, Held]) -> StatementStatus:
    stands = tuple(Stands(p, by_id[p].standing.kind) for p in one.promises if p in by_id)
    return StatementStatus(one.span.line, one.span.end_line, one.section, one.text, one.role, stands)


@get("/api/v1/guide/findings", needs="read", tags=["guide"], summary="Findings on the guide")
async def findings(
    paging: PagingDep,
    console: ConsoleDep,
    rule: Annotated[str | None, QueryParameter(max_length=100, description="Only this rule's.")] = None,
) -> Response[Findings]:
    """What the guide says that cannot be so, is missing, or has aged; silenced ones too, with the reason."""
    known = paging.after(tuple[int, str, str])
    current = console.guide.current
    every = current.adopted.reading.findings if current is not None else ()
    fitting = sorted((one for one in every if rule in (None, one.rule)), key=_found_at)

    def make() -> Findings:
        items, following = paging.page(later(fitting, known, _found_at), _found_at)
        return Findings(items=tuple(finding_status(one) for one in items), next=following)

    return paging.answer(ledger_tag(console), make)


def _found_at(one: Finding) -> tuple[int, str, str]:
    return min((span.line for span in one.spans), default=0), one.rule, one.message


@get("/api/v1/guide/unbound", needs="read", tags=["guide"], summary="Missing bindings")
async def unbound_keys(paging: PagingDep, console: ConsoleDep) -> Response[Unbound]:
    """Which keys opsguide.toml lacks, with the lines to paste and the promises that each would bind."""
    known = paging.after(tuple[int, str, str])

    def make() -> Unbound:
        fitting = sorted(_unbound(console), key=_usefulness)
        items, following = paging.page(later(fitting, known, _usefulness), _usefulness)
        return Unbound(items=items, next=following)

    return paging.answer(ledger_tag(console), make)


def _unbound(console: Console) -> Iterator[UnboundKey]:
    current = console.guide.current
    if current is None:
        return
    found: dict[tuple[str, str], list[str]] = {}
    said: dict[tuple[str, str], MissingStatus] = {}
    for missing in unbound(current.adopted.reading, current.adopted.bindings):
        key = (missing.key, "" if missing.key else missing.reason)
        said.setdefault(key, missing_status(missing))
        found.setdefault(key, []).append(missing.promise)
    yield from (UnboundKey(said[key], tuple(promises)) for key, promises in found.items())


def _usefulness(one: UnboundKey) -> tuple[int, str, str]:
    """Keys before what no key binds; then by how many promises."""
    most = -len(one.promises) if one.missing.key else 1
    return most, one.missing.key, one.missing.reason


HANDLERS = (guide, statements, findings, unbound_keys)
