"""Facts as they are recorded, as server-sent events: typed, resumable, and never more in memory than one block.

The ledger is the buffer. A stream remembers only how far it came and reads on from there, so that a client that was
away, or reads slowly, costs nothing and misses nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.params import QueryParameter
from litestar.response import Stream
from litestar.response.sse import ServerSentEventMessage
from msgspec import Struct

from ...kernel.errors import OpsguideError
from ...kernel.look import Wanted
from ..console import Console
from ..gate import GateDep
from ..pages import ConsoleDep
from ..shell import Shell, ShellDep
from .ledger import Kind, fact_status

STREAMS_AT_MOST = 50
BLOCK = 100
HEARTBEAT_SECONDS = 15.0
SLOW_SECONDS = 30.0
RETRY_MS = 2000


class TooManyStreams(OpsguideError):
    """So many clients listen already that another one is refused."""


class BadEventId(OpsguideError):
    """What was seen last is no sequence number."""


class Dropped(Struct, frozen=True):
    """The last event of a stream that the service ends: why, and what to send as Last-Event-ID to go on."""

    reason: str
    last: int


class Streams:
    """How many clients listen now."""

    def __init__(self) -> None:
        self.open = 0


STREAMS = Streams()


@get(
    "/api/v1/events",
    needs="read",
    tags=["ledger"],
    media_type="text/event-stream",
    summary="Follow the ledger",
    response_description="Server-sent events, for as long as the client listens",
)
async def events(
    request: Request[Any, Any, Any],
    console: ConsoleDep,
    shell: ShellDep,
    gate: GateDep,
    after: Annotated[
        int | None,
        QueryParameter(
            ge=0, le=2**53, description="Start behind this number; 0 tells everything. Default: now."
        ),
    ] = None,
    kind: Kind = None,
) -> Stream:
    """Every fact as it is recorded: `event` is its type, `id` its sequence number, `data` the fact as in `/facts`.

    A client that reconnects sends `Last-Event-ID` (browsers do it by themselves) and gets what it missed. While
    nothing happens a comment comes every 15 seconds. A client that takes more than 30 seconds to read what is sent
    is dropped: its last event is `dropped`, with the number to go on from. 503 when 50 clients listen already.
    """
    seen = _seen(request.headers.get("last-event-id"), after, console)
    if STREAMS.open >= STREAMS_AT_MOST:
        hint = "close another one; each browser tab and each script holds its own"
        raise TooManyStreams(f"{STREAMS_AT_MOST} clients listen already", hint=hint)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    stream = gate.while_allowed(follow(console, shell, seen, kind), request, "read")
    return Stream(stream, media_type="text/event-stream", headers=headers)


def _seen(header: str | None, after: int | None, console: Console) -> int:
    if header is not None:
        if not header.isdecimal() or len(header) > 18:
            hint = "send back the `id` of the last event"
            raise BadEventId(f"{header!r} is no sequence number", where="Last-Event-ID", hint=hint)
        return int(header)
    return console.head.seq if after is None else after


async def follow(
    console: Console, shell: Shell, seen: int, kind: str | None = None, slow: float = SLOW_SECONDS
) -> AsyncIterator[bytes]:
    """What is recorded behind `seen`, as it becomes durable, for ever; or until the client reads too slowly."""
    loop, wanted = asyncio.get_running_loop(), Wanted(type=kind)
    news = asyncio.Event()
    watching = asyncio.create_task(_watch(console, news))
    STREAMS.open += 1
    try:
        yield ServerSentEventMessage(comment="opsguide", data=None, retry=RETRY_MS).encode()
        while True:
            news.clear()
            while seen < console.head.seq:
                block = list(console.facts(seen, min(console.head.seq, seen + BLOCK)))
                if not block:
                    break
                began, seen = loop.time(), block[-1].seq
                told = b"".join(_event(one, shell) for one in block if wanted.fits(one))
                if not told:
                    await asyncio.sleep(0)
                    continue
                yield told
                if loop.time() - began > slow:
                    yield _last(f"reading {len(block)} facts took more than {slow:g} s", seen)
                    return
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await news.wait()
                    continue
            yield _STILL
    finally:
        STREAMS.open -= 1
        watching.cancel()


async def _watch(console: Console, news: asyncio.Event) -> None:
    async for _ in console.changes():
        news.set()


def _event(recorded: Any, shell: Shell) -> bytes:
    data = msgspec.json.encode(fact_status(recorded, shell, whole=False)).decode()
    return ServerSentEventMessage(data=data, event=recorded.fact.type, id=str(recorded.seq)).encode()


def _last(reason: str, seen: int) -> bytes:
    data = msgspec.json.encode(Dropped(reason, seen)).decode()
    return ServerSentEventMessage(data=data, event="dropped", id=str(seen)).encode()


_STILL = ServerSentEventMessage(comment="still here", data=None).encode()

HANDLERS = (events,)
