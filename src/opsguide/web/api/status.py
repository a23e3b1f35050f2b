"""The service as a whole: what is promised, and how it stands now."""

from collections.abc import Iterable, Mapping

from litestar import Response, get
from litestar.params import FromQuery
from msgspec import Struct

from ...guide.promise import Promise
from ...kernel.clock import Instant, rfc3339, rfc3339_or_none
from ...kernel.promise import Control, Keeper
from ...kernel.standing import Standing, StandingKind
from .. import marks
from ..console import Console
from ..marks import Held
from ..pages import ConsoleDep
from ..shell import ShellDep
from .answers import Asked, conditional, content_tag


class GuideStatus(Struct, frozen=True):
    """The guide in force. `newer_refused` says that a newer text could not be adopted."""

    title: str
    version: int
    adopted_at: str
    newer_refused: bool


class StandingStatus(Struct, frozen=True):
    """How a promise stands; instants are RFC 3339, `evidence` is a sequence number of the ledger."""

    kind: StandingKind
    reason: str
    value: str
    limit: str
    since: str | None
    evidence_at: str | None
    evidence: int | None
    missing: str


class PromiseStatus(Struct, frozen=True):
    """A promise with its standing. `line` and `end_line` count the guide's lines from 1, both inclusive."""

    id: str
    keeper: Keeper
    section: str
    control: Control
    line: int
    end_line: int
    text: str
    standing: StandingStatus


class Status(Struct, frozen=True):
    """The service as a whole. `trouble` is empty while all is well; `head` is the ledger's last number."""

    service: str
    at: str
    head: int
    trouble: str
    guide: GuideStatus | None
    counts: dict[StandingKind, int]
    promises: tuple[PromiseStatus, ...]


@get("/api/v1/status", needs="read", tags=["status"], summary="The service and every promise")
async def status(
    request: Asked, console: ConsoleDep, shell: ShellDep, standing: FromQuery[StandingKind | None] = None
) -> Response[Status]:
    """Every promise of the guide in force with its standing now; `standing` keeps only those that stand so.

    The ETag changes with what is said, not with `at`.
    """
    found = held(console)
    current = console.guide.current
    body = Status(
        service=shell.service if current is not None else "",
        at=rfc3339(console.now()),
        head=console.head.seq,
        trouble=console.trouble(),
        guide=guide_status(console),
        counts=counted(found),
        promises=tuple(promise_status(one) for one in found if standing in (None, one.standing.kind)),
    )
    tag = content_tag((body.head, body.trouble, body.promises))
    return conditional(request, tag, lambda: body)


def held(console: Console) -> list[Held]:
    """Every promise in force with its standing, in the guide's order."""
    current = console.guide.current
    promises = current.adopted.reading.promises if current is not None else ()
    standings: Mapping[str, Standing] = console.standings()
    return [Held(promise, standings.get(promise.id, marks.UNKNOWN)) for promise in promises]


def counted(found: Iterable[Held]) -> dict[StandingKind, int]:
    return {count.kind: count.number for count in marks.counts(found, every=True)}


def guide_status(console: Console) -> GuideStatus | None:
    """None until a guide is adopted."""
    current = console.guide.current
    if current is None:
        return None
    return GuideStatus(
        title=current.adopted.reading.title,
        version=current.adopted.version,
        adopted_at=rfc3339(current.at),
        newer_refused=console.guide.refused is not None,
    )


def promise_status(one: Held) -> PromiseStatus:
    promise: Promise = one.promise
    return PromiseStatus(
        id=promise.id,
        keeper=promise.keeper,
        section=promise.section,
        control=promise.control,
        line=promise.span.line,
        end_line=promise.span.end_line,
        text=promise.text,
        standing=standing_status(one.standing),
    )


def standing_status(standing: Standing) -> StandingStatus:
    return StandingStatus(
        kind=standing.kind,
        reason=standing.reason,
        value=standing.value,
        limit=standing.limit,
        since=instant(standing.since),
        evidence_at=instant(standing.evidence_at),
        evidence=standing.evidence,
        missing=standing.missing,
    )


def instant(at: Instant | None) -> str | None:
    """An instant as the API writes it."""
    return rfc3339_or_none(at)


HANDLERS = (status,)
