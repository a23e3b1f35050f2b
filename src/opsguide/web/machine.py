"""What machines ask of the service itself: is it well, what are its numbers, what changed; and the static files."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from msgspec import Struct

from . import marks, metrics
from .console import Console
from .errors import NotFound
from .gate import GateDep
from .guard import EMBEDDED_ELSEWHERE
from .marks import Held
from .metrics import Metric, gauge
from .pages import ConsoleDep
from .shell import STATIC, ShellDep

TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
}
FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_DAY = "public, max-age=86400"
"""Where pages of others name a file, by an address without its digest."""


class Health(Struct, frozen=True):
    """`reason` says why it is not well; `notes` what is wrong while it goes on, such as samples that are refused."""

    status: str
    reason: str = ""
    head: int = 0
    notes: tuple[str, ...] = ()


@get("/healthz", needs="open", tags=["service"])
async def healthz(console: ConsoleDep, shell: ShellDep) -> Response[Health]:
    """200 while the service can read its guide and write its ledger, else 503 with the reason."""
    reason = console.trouble()
    if not reason and console.guide.current is None:
        reason = "no guide is in force"
    notes = (*_refused(console), *(note for pages in shell.pages for note in pages.notes(console)))
    health = Health("failing" if reason else "ok", reason, console.head.seq, notes)
    return Response(health, status_code=503 if reason else 200, media_type="application/json")


def _refused(console: Console) -> Iterator[str]:
    """That what is written now is not what is in force."""
    refused, current = console.guide.refused, console.guide.current
    if refused is not None and current is not None:
        where, first = refused.places[0]
        yield f"{where}: {first.message}; version {current.adopted.version} of the guide stays in force"


@get("/metrics", needs="metrics", tags=["service"], media_type="text/plain")
async def own_metrics(console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """The service's own numbers for Prometheus."""
    found = [*_own(console), gauge("opsguide_live_streams", "Open live pages.", shell.live.listeners)]
    found += [metric for pages in shell.pages for metric in pages.metrics(console)]
    return Response(metrics.text(found), media_type=metrics.CONTENT_TYPE)


def _own(console: Console) -> Iterator[Metric]:
    head, waiting = console.head, console.outbox.waiting
    yield gauge(
        "opsguide_up", "1 while the service is well, 0 while it is in trouble.", not console.trouble()
    )
    yield Metric("opsguide_ledger_facts_total", "Facts on the ledger.", (({}, head.seq),), "counter")
    yield gauge("opsguide_ledger_head_timestamp_seconds", "When the last fact was recorded.", head.at / 1000)
    yield gauge("opsguide_intents_pending", "Deeds decided and not done yet.", len(waiting))
    tried = sum(1 for pending in waiting.values() if pending.attempts)
    yield gauge("opsguide_intents_failing", "Pending deeds with at least one failed attempt.", tried)
    current = console.guide.current
    if current is not None:
        yield gauge("opsguide_guide_version", "The version of the guide in force.", current.adopted.version)
        standings = console.standings()
        found = [
            Held(promise, standings.get(promise.id, marks.UNKNOWN))
            for promise in current.adopted.reading.promises
        ]
        numbers = tuple(
            ({"standing": count.kind}, float(count.number)) for count in marks.counts(found, every=True)
        )
        yield Metric("opsguide_promises", "Promises of the guide by standing.", numbers)


@get("/events", needs="read", include_in_schema=False, media_type="text/event-stream")
async def events(
    request: Request[Any, Any, Any], shell: ShellDep, gate: GateDep, after: FromQuery[str] = ""
) -> Stream:
    """Server-sent events: each names a piece of the console and carries its new HTML, or nothing."""
    mark = request.headers.get("last-event-id", after)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    stream = gate.while_allowed(shell.live.stream(mark), request, "read")
    return Stream(stream, media_type="text/event-stream", headers=headers)


class File(Struct, frozen=True):
    """A script or style as it is sent: packed once, since every browser of today unpacks gzip."""

    plain: bytes
    packed: bytes
    kind: str


def _file(path: Path) -> File:
    content = path.read_bytes()
    return File(content, gzip.compress(content, mtime=0), TYPES[path.suffix])


FILES = {
    path.name: _file(path)
    for path in (sorted(STATIC.iterdir()) if STATIC.is_dir() else ())
    if path.suffix in TYPES
}


@get("/static/{name:str}", needs="open", include_in_schema=False)
async def static(name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """Scripts and styles, kept in memory: a few files, and no path of a request ever reaches the disk."""
    file = FILES.get(name)
    if file is None:
        raise NotFound(
            f"there is no static file {name!r}",
            where=f"/static/{name}",
            hint="`make setup` builds the console's assets",
        )
    kept = FOR_A_DAY if request.scope["path"] in EMBEDDED_ELSEWHERE else FOR_EVER
    headers = {"cache-control": kept, "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, media_type=file.kind, headers=headers | {"content-encoding": "gzip"})
    return Response(file.plain, media_type=file.kind, headers=headers)


HANDLERS = (healthz, own_metrics, events, static)
