"""Promises one by one: what was read, what proves it, what is missing, and how it stood over time."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Struct

from ...guide.adoption import Version
from ...guide.bindings import Missing, unbound
from ...guide.history import Stint, totals
from ...guide.promise import Finding, Promise
from ...kernel.clock import rfc3339
from ...kernel.promise import Control, Keeper
from ...kernel.standing import Standing, StandingKind
from ..console import Console
from ..errors import NotFound
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
)
from .params import At, instant_of
from .status import PromiseStatus, StandingStatus, held, promise_status, standing_status

HISTORY_DAYS = 30
DAY_MS = 86_400_000


class Promises(Listing, frozen=True, kw_only=True):
    """Promises in the guide's order. `version` is the guide's, so that a change between two pages shows."""

    version: int
    items: tuple[PromiseStatus, ...]


class MissingStatus(Struct, frozen=True):
    """A binding that a promise lacks: `toml` are the lines to add to opsguide.toml; empty if no key would help."""

    key: str
    reason: str
    toml: str


class FindingStatus(Struct, frozen=True):
    """What the guide says that cannot be so, is missing, or has aged. `silenced` is the guide's own reason."""

    rule: str
    kind: str
    message: str
    lines: tuple[int, ...]
    promises: tuple[str, ...]
    proposal: str
    silenced: str | None


class WrittenLine(Struct, frozen=True):
    """A line of the guide, as it is written."""

    line: int
    text: str


class HolderStatus(Struct, frozen=True):
    """Who has a promise that is not kept."""

    text: str
    href: str


class PromiseDetail(Struct, frozen=True):
    """A promise in depth. `values` are what was read (docs/reference/contract.md); `excerpt` the lines that say it."""

    promise: PromiseStatus
    values: dict[str, Any]
    excerpt: tuple[WrittenLine, ...]
    missing: tuple[MissingStatus, ...]
    findings: tuple[FindingStatus, ...]
    holder: HolderStatus | None


class StintStatus(Struct, frozen=True):
    """A promise stood so from `start` until `end`; `standing` is as it was when that began."""

    start: str
    end: str
    seconds: float
    version: int
    standing: StandingStatus


class History(Listing, frozen=True, kw_only=True):
    """How a promise stood over a time, oldest first. `seconds` sums each standing over the whole of it."""

    promise: str
    start: str
    end: str
    seconds: dict[StandingKind, float]
    breaks: int
    items: tuple[StintStatus, ...]


@get("/api/v1/promises", needs="read", tags=["promises"], summary="List promises")
async def promises(
    paging: PagingDep,
    console: ConsoleDep,
    standing: FromQuery[StandingKind | None] = None,
    keeper: FromQuery[Keeper | None] = None,
    control: FromQuery[Control | None] = None,
) -> Response[Promises]:
    """The promises of the guide in force with their standings now, in the guide's order.

    `standing`, `keeper` and `control` keep only those; together they all have to fit.
    """
    known = paging.after(tuple[int, str])
    fitting = [
        one
        for one in held(console)
        if standing in (None, one.standing.kind)
        and keeper in (None, one.promise.keeper)
        and control in (None, one.promise.control)
    ]
    fitting.sort(key=_place)
    items, following = paging.page(later(fitting, known, _place), _place)
    current = console.guide.current
    body = Promises(
        version=current.adopted.version if current is not None else 0,
        items=tuple(promise_status(one) for one in items),
        next=following,
    )
    return paging.answer(content_tag(body), lambda: body)


def _place(one: Held) -> tuple[int, str]:
    return one.promise.span.line, one.promise.id


@get("/api/v1/promises/{promise:path}", needs="read", tags=["promises"], summary="One promise in depth")
async def promise(
    request: Asked, promise: FromPath[str], console: ConsoleDep, shell: ShellDep
) -> Response[PromiseDetail]:
    """What it says and where, how it stands, who has it if it is not kept, and the binding that it lacks."""
    version, one = find(console, promise.removeprefix("/"))
    reading = version.adopted.reading
    holder = shell.holders().get(one.promise.id)
    body = PromiseDetail(
        promise=promise_status(one),
        values=msgspec.to_builtins(one.promise.values),
        excerpt=tuple(
            WrittenLine(number, line) for part in excerpts(version, one.promise) for number, line in part
        ),
        missing=tuple(
            missing_status(m)
            for m in unbound(reading, version.adopted.bindings)
            if m.promise == one.promise.id
        ),
        findings=tuple(finding_status(f) for f in reading.findings if one.promise.id in f.promises),
        holder=HolderStatus(holder.text, holder.href) if holder is not None else None,
    )
    return conditional(request, content_tag(body), lambda: body)


@get("/api/v1/history", needs="read", tags=["promises"], summary="How a promise stood over time")
async def history(
    paging: PagingDep,
    console: ConsoleDep,
    promise: Annotated[str, QueryParameter(max_length=500, description="The promise's id.")],
    start: At = None,
    end: At = None,
) -> Response[History]:
    """The stints of a promise, oldest first: 30 days up to now, or from `start` to `end`.

    Also for a promise that the guide no longer has. Empty where it was never promised.
    """
    now = console.now()
    until = min(instant_of(end, "end") or now, now)
    since = instant_of(start, "start")
    since = until - HISTORY_DAYS * DAY_MS if since is None else since
    stints = console.stints(promise, since, until) if since < until else ()
    known = paging.after(int)
    items, following = paging.page(later(stints, known, _began), _began)
    sums = totals(stints, since)
    body = History(
        promise=promise,
        start=rfc3339(since),
        end=rfc3339(max(since, until)),
        seconds=dict(sums.by_kind),
        breaks=sums.breaks,
        items=tuple(stint_status(one) for one in items),
        next=following,
    )
    return paging.answer(content_tag((body.items, following)), lambda: body)


def _began(stint: Stint) -> int:
    return stint.start


def find(console: Console, promise: str) -> tuple[Version, Held]:
    """A promise of the guide in force. Raises NotFound."""
    current = console.guide.current
    found = next((one for one in held(console) if one.promise.id == promise), None)
    if current is None or found is None:
        raise NotFound(
            f"the guide in force has no promise {promise!r}",
            where=promise,
            hint="it may have been renamed with the guide: /api/v1/promises lists all of them",
        )
    return current, found


def excerpts(version: Version, promise: Promise) -> list[list[tuple[int, str]]]:
    """The lines that say it, numbered, as they stand in the document."""
    lines = version.adopted.text.splitlines()
    return [
        [(n, lines[n - 1]) for n in range(span.line, span.end_line + 1) if n <= len(lines)]
        for span in (promise.span, *promise.also)
    ]


def missing_status(missing: Missing) -> MissingStatus:
    return MissingStatus(missing.key, missing.reason, missing.toml)


def finding_status(finding: Finding) -> FindingStatus:
    return FindingStatus(
        rule=finding.rule,
        kind=finding.kind,
        message=finding.message,
        lines=tuple(span.line for span in finding.spans),
        promises=finding.promises,
        proposal=finding.proposal,
        silenced=finding.silenced,
    )


def stint_status(stint: Stint) -> StintStatus:
    standing: Standing = stint.standing
    return StintStatus(
        rfc3339(stint.start), rfc3339(stint.end), stint.seconds, stint.version, standing_status(standing)
    )


HANDLERS = (promises, promise, history)
