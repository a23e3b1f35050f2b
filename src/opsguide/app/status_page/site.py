"""The page on an address of its own: files made before, answered from memory; and a stream that says when they change.

No cookie, no session, no route of the console: whoever reaches it learns what is on the page and nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from ...web.guard import POLICY
from .desk import MOST_BODY, Desk
from .door import MOST_STREAMS
from .render import File, Files

CACHE = b"public, max-age=15, stale-while-revalidate=60, stale-if-error=86400"
"""Fifteen seconds: what stands between may serve thousands, and nobody reads an old page for long."""

ASSETS = b"public, max-age=3600"

HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
FOR_ALL = (b"access-control-allow-origin", b"*")
"""The page as data may be read by any page: it is public, and nobody is known here."""

AT_DESK = ("/subscribe", "/confirm/", "/unsubscribe/")

COMMENT_SECONDS = 20.0

Header: TypeAlias = tuple[bytes, bytes]

# ASGI 3: https://asgi.readthedocs.io/en/latest/specs/www.html
Scope: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Ready(Struct, frozen=True):
    """A file as it is sent, plain and packed."""

    tag: bytes
    plain: list[Header]
    packed: list[Header]
    file: File


class Site:
    """An ASGI application. `publish` puts other files in place."""

    def __init__(self, desk: Desk | None = None, most_streams: int = MOST_STREAMS) -> None:
        self._desk, self._most_streams = desk, most_streams
        self._ready: dict[str, Ready] = {}
        self._changed = asyncio.Event()
        self._closed = False
        self.streams = 0

    def publish(self, files: Files, *, tell: bool) -> None:
        """These from now on. `tell`: whoever has the page open is told to look."""
        self._ready = {f"/{name}": _ready(name, one) for name, one in files.items()}
        if "/index.html" in self._ready:
            self._ready["/"] = self._ready["/index.html"]
        if tell:
            self._wake()

    def close(self) -> None:
        """End the streams: the server is about to stop."""
        self._closed = True
        self._wake()

    def open(self) -> None:
        self._closed = False

    def _wake(self) -> None:
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        method, path = scope["method"], scope["path"]
        if path == "/events" and method == "GET":
            await self._stream(receive, send)
            return
        ready = self._ready.get(path)
        if ready is None and await self._at_desk(scope, receive, send):
            return
        if ready is None:
            await _say(send, 404, "There is no such page here. The status page is at /\n")
        elif method not in ("GET", "HEAD"):
            await _say(send, 405, "This can only be read.\n", [(b"allow", b"GET, HEAD")])
        else:
            await _answer(ready, scope, send)

    async def _at_desk(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Subscribing and its end, which are no files. Whether it was that."""
        method, path = scope["method"], scope["path"]
        if self._desk is None or method not in ("GET", "HEAD", "POST") or not path.startswith(AT_DESK):
            return False
        body = await _body(receive) if method == "POST" else b""
        if body is None:
            await _say(send, 413, "This is too much.\n")
            return True
        client = scope.get("client")
        reply = await self._desk.answer(method, path, body, client[0] if client else "")
        if reply is None:
            return False
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(reply.body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-robots-tag", b"noindex"),
            *HEADERS,
        ]
        await _send(send, reply.status, headers, b"" if method == "HEAD" else reply.body)
        return True

    async def _stream(self, receive: Receive, send: Send) -> None:
        """Server-sent events: `changed`, without saying what; browsers ask for the page again."""
        if self.streams >= self._most_streams or self._closed:
            await _say(send, 503, "Too many streams: ask for the page instead.\n", [(b"retry-after", b"60")])
            return
        self.streams += 1
        gone = asyncio.create_task(_gone(receive))
        try:
            await self._tell(send, gone)
        finally:
            self.streams -= 1
            gone.cancel()

    def _is_over(self, gone: "asyncio.Task[None]") -> bool:
        return self._closed or gone.done()

    async def _tell(self, send: Send, gone: "asyncio.Task[None]") -> None:
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), *HEADERS]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _piece(send, b"retry: 10000\n\n")
        while not self._is_over(gone):
            changed = asyncio.create_task(self._changed.wait())
            await asyncio.wait({changed, gone}, timeout=COMMENT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            told = changed.done()
            changed.cancel()
            if not self._is_over(gone):
                await _piece(send, b"event: changed\ndata:\n\n" if told else b":\n\n")
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _ready(name: str, one: File) -> Ready:
    cache = ASSETS if name.endswith((".css", ".js")) else CACHE
    tag = one.tag.encode()
    common = [
        (b"content-type", one.type.encode()),
        (b"etag", b"W/" + tag),  # weak: packed or not, it is the same
        (b"cache-control", cache),
        (b"vary", b"accept-encoding"),
        *HEADERS,
        *([FOR_ALL] if name.endswith((".json", ".atom")) else []),
    ]
    plain = [*common, (b"content-length", str(len(one.body)).encode())]
    packed = [*common, (b"content-encoding", b"gzip"), (b"content-length", str(len(one.packed)).encode())]
    return Ready(tag, plain, packed, one)


async def _answer(ready: Ready, scope: Scope, send: Send) -> None:
    packs = False
    for name, value in scope["headers"]:
        if name == b"if-none-match" and _matches(value, ready.tag):
            kept = [header for header in ready.plain if header[0] not in (b"content-length", b"content-type")]
            await _send(send, 304, kept, b"")
            return
        if name == b"accept-encoding":
            packs = b"gzip" in value and b"gzip;q=0" not in value.replace(b" ", b"")
    body = b"" if scope["method"] == "HEAD" else ready.file.packed if packs else ready.file.body
    await _send(send, 200, ready.packed if packs else ready.plain, body)


def _matches(asked: bytes, tag: bytes) -> bool:
    """Weakly: proxies that pack may have made a tag weak."""
    known = (one.strip().removeprefix(b"W/") for one in asked.split(b","))
    return asked.strip() == b"*" or tag in known


async def _send(send: Send, status: int, headers: Sequence[Header], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _body(receive: Receive) -> bytes | None:
    """All of it; None where it is too long, or the client is gone."""
    found = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        found += message.get("body", b"")
        if len(found) > MOST_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(found)


async def _say(send: Send, status: int, text: str, more: Sequence[Header] = ()) -> None:
    body = text.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *HEADERS,
        *more,
    ]
    await _send(send, status, headers, body)


async def _piece(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
