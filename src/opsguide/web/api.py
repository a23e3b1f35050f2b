"""The JSON API of the guide: what is promised, and how it stands. Chapters add theirs under the same prefix."""

from litestar import get
from litestar.params import FromQuery
from msgspec import Struct

from ..guide.promise import Promise
from ..kernel.clock import Instant, rfc3339
from ..kernel.promise import Control, Keeper
from ..kernel.standing import Standing, StandingKind
from . import marks
from .as_of import AsOfQuery
from .marks import Held
from .pages import ConsoleDep


class GuideStatus(Struct, frozen=True):
    """The guide in force."""

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
    """A promise with its standing."""

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


@get("/api/v1/status", tags=["status"])
async def status(
    console: ConsoleDep, standing: FromQuery[StandingKind | None] = None, as_of: AsOfQuery = None
) -> Status:
    """Every promise of the guide in force with its standing now; `standing` keeps only those that stand so."""
    current = console.guide.current
    promises = current.adopted.reading.promises if current is not None else ()
    standings = console.standings()
    found = [Held(promise, standings.get(promise.id, marks.UNKNOWN)) for promise in promises]
    return Status(
        service=(current.adopted.bindings.service or "") if current is not None else "",
        at=rfc3339(console.now()),
        head=console.head.seq,
        trouble=console.trouble(),
        guide=None
        if current is None
        else GuideStatus(
            title=current.adopted.reading.title,
            version=current.adopted.version,
            adopted_at=rfc3339(current.at),
            newer_refused=console.guide.refused is not None,
        ),
        counts={count.kind: count.number for count in marks.counts(found, every=True)},
        promises=tuple(_promise(one) for one in found if standing in (None, one.standing.kind)),
    )


def _promise(one: Held) -> PromiseStatus:
    promise: Promise = one.promise
    return PromiseStatus(
        id=promise.id,
        keeper=promise.keeper,
        section=promise.section,
        control=promise.control,
        line=promise.span.line,
        end_line=promise.span.end_line,
        text=promise.text,
        standing=_standing(one.standing),
    )


def _standing(standing: Standing) -> StandingStatus:
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
    return None if at is None else rfc3339(at)


HANDLERS = (status,)
