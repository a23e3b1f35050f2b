"""What keeps other sites out. There are no accounts yet, so that loopback and same origin are the whole gate."""

from typing import Any

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from .errors import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
FROM_ELSEWHERE = frozenset({"/beacons/vitals"})
"""What pages of other sites may post to, where they say which they are: the handler decides, and reads no cookie."""

EMBEDDED_ELSEWHERE = frozenset({"/static/vitals.js"})
"""What pages of other sites may load."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


async def check(request: Request[Any, Any, Any]) -> None:
    """Before every handler. Raises Forbidden."""
    host = request.headers.get("host", "")
    if _name(host) not in LOOPBACK:
        raise Forbidden(
            f"this service answers to localhost only, not to {host!r}",
            hint="open it as http://localhost with its port; to reach it from elsewhere, forward the port over SSH",
        )
    named = request.scope["path"] in FROM_ELSEWHERE and "origin" in request.headers
    if request.method not in SAFE and not named and not _same_origin(request, host):
        raise Forbidden(
            "this request comes from another site, and nothing was changed",
            hint="open opsguide itself and press the button there",
        )


def _name(host: str) -> str:
    """The host without its port, in lower case: `[::1]:8470` → `[::1]`."""
    name, colon, port = host.casefold().rpartition(":")
    return name if colon and port.isdecimal() else host.casefold()


def _same_origin(request: Request[Any, Any, Any], host: str) -> bool:
    """Browsers say where a request comes from; what says nothing at all is no browser (the CLI, curl)."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2].casefold() == host.casefold()


async def add_headers(message: Message, scope: Scope) -> None:
    """On every answer, errors and streams included. Pages are never stored: they are out of date at once."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers[name] = value
    if scope["path"] in EMBEDDED_ELSEWHERE:
        headers["cross-origin-resource-policy"] = "cross-origin"
    headers.setdefault("cache-control", "no-store")
