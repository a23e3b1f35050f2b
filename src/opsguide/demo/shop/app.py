"""Harbour over HTTP: a bare ASGI application: six routes need no framework, and idling must cost nothing."""

import logging
from collections.abc import Awaitable, Callable
from time import monotonic, time
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import parse_qs

import msgspec

from . import pages
from .metrics import CONTENT_TYPE, Counter, Gauge, Histogram, exposition
from .pool import SIZE, PoolExhausted
from .stock import DatabaseFailed, NoSuchProduct, Stock

Scope: TypeAlias = dict[str, Any]
Message: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

LARGEST_ORDER_BYTES = 4096
HTML, JSON, TEXT = "text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8"

log = logging.getLogger("harbour")


class Reply(NamedTuple):
    """What is sent back."""

    status: int
    kind: str
    body: bytes


class Request(NamedTuple):
    """What was asked, its body read (at most `LARGEST_ORDER_BYTES` of it)."""

    method: str
    path: str
    body: bytes


class Shop:
    """The ASGI application. Every request but a scrape is counted and timed.

    `vitals` is the origin of a service whose script measures the pages in their visitors' browsers; "" for none.
    """

    def __init__(self, stock: Stock, vitals: str = "") -> None:
        self._script = f"{vitals}/static/vitals.js" if vitals else ""
        self._policy = _policy(vitals)
        self._stock, pool = stock, stock.pool
        self._requests = Counter("http_requests_total", "Requests answered.")
        self._seconds = Histogram("http_request_duration_seconds", "How long requests took.")
        started = time()
        self._families = (
            self._requests,
            self._seconds,
            pool.query_seconds,
            Gauge("db_pool_connections_in_use", "Connections taken from the pool.", lambda: pool.in_use),
            Gauge("db_pool_connections_max", "Connections that the pool may open.", lambda: SIZE),
            Gauge("process_start_time_seconds", "When this process started.", lambda: round(started, 3)),
        )
        self._routes: dict[tuple[str, str], Callable[[Request], Awaitable[Reply]]] = {
            ("GET", "/"): self._front,
            ("GET", "/products"): self._products,
            ("POST", "/checkout"): self._checkout,
            ("GET", "/health"): self._health,
            ("GET", "/favicon.svg"): self._favicon,
        }
        self._paths = {path for _method, path in self._routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope["method"], scope["path"], await _body(receive))
        if request.path == "/metrics":
            await self._send(send, Reply(200, CONTENT_TYPE, exposition(*self._families).encode()))
            return
        start = monotonic()
        reply = await self._answer(request)
        self._count(request, reply, monotonic() - start)
        await self._send(send, reply)

    async def _answer(self, request: Request) -> Reply:
        # HEAD is answered as GET; the server leaves the body out.
        route = self._routes.get(("GET" if request.method == "HEAD" else request.method, request.path))
        if route is None:
            known = request.path in self._paths
            return Reply(405, TEXT, b"not so\n") if known else Reply(404, TEXT, b"there is nothing here\n")
        try:
            return await route(request)
        except DatabaseFailed as error:
            log.error("%s %s failed: %s", request.method, request.path, error)
            return Reply(500, TEXT, b"something broke on our side\n")
        except PoolExhausted as error:
            log.error("%s %s failed: %s", request.method, request.path, error)
            return Reply(503, TEXT, b"too busy, try again\n")

    def _count(self, request: Request, reply: Reply, seconds: float) -> None:
        # Paths come from visitors: an unknown one must not make a series of its own.
        route = ("route", request.path if request.path in self._paths else "other")
        method = ("method", request.method if request.method in ("GET", "HEAD", "POST") else "other")
        self._requests.add(method, route, ("status", str(reply.status)))
        self._seconds.observe(seconds, method, route)

    async def _front(self, _request: Request) -> Reply:
        return Reply(200, HTML, pages.front_page(await self._stock.products(), script=self._script).encode())

    async def _products(self, _request: Request) -> Reply:
        found = await self._stock.products()
        return Reply(200, JSON, msgspec.json.encode([product._asdict() for product in found]))

    async def _checkout(self, request: Request) -> Reply:
        asked = parse_qs(request.body.decode("utf-8", "replace")).get("product", [""])[0]
        if not asked.isdecimal() or len(asked) > 9:
            return Reply(400, TEXT, b"say which product: product=1\n")
        try:
            number = await self._stock.order(int(asked))
        except NoSuchProduct as error:
            return Reply(404, TEXT, f"{error}\n".encode())
        notice = f"Order {number} is on its way. Thank you."
        return Reply(200, HTML, pages.front_page(await self._stock.products(), notice, self._script).encode())

    async def _health(self, _request: Request) -> Reply:
        await self._stock.products()
        return Reply(200, JSON, b'{"status":"ok"}')

    async def _favicon(self, _request: Request) -> Reply:
        return Reply(200, "image/svg+xml", pages.FAVICON.encode())

    async def _send(self, send: Send, reply: Reply) -> None:
        headers = [
            (b"content-type", reply.kind.encode()),
            (b"content-length", str(len(reply.body)).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"content-security-policy", self._policy),
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})


def _policy(vitals: str) -> bytes:
    """What a page of the shop may load, and to whom it may report."""
    own = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'"
    return f"{own}; script-src {vitals}; connect-src {vitals}".encode() if vitals else own.encode()


async def _body(receive: Receive) -> bytes:
    """What came with the request. The rest of a larger body is read and dropped."""
    body = b""
    while True:
        message = await receive()
        more: bytes = message.get("body", b"")
        body = (body + more)[:LARGEST_ORDER_BYTES]
        if not message.get("more_body"):
            return body
