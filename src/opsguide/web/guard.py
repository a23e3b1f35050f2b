"""What keeps other sites out: the names that are answered to, the origin of what acts, and strict headers.

Who is let in is for `gate.py`, which asks here first.
"""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope
from msgspec import Struct

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


class Listening(Struct, frozen=True):
    """`url` is what people open (`serve.url`), "" where it is not said. `beyond`: others than this machine reach it."""

    url: str = ""
    beyond: bool = False

    def answers_to(self, host: str) -> bool:
        """Whether a request may name this host: one whose name was rebound to this machine may not.

        Nobody can rebind an address that is written as a number.
        """
        name = _name(host)
        if name in LOOPBACK:
            return True
        if self.url and host.casefold() == urlsplit(self.url).netloc.casefold():
            return True
        return self.beyond and _is_address(name)

    def is_secure(self, connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
        """Whether the browser's side of the connection is encrypted, as far as can be told."""
        if connection.scope["scheme"] == "https":
            return True
        public = urlsplit(self.url)
        host = connection.headers.get("host", "")
        return public.scheme == "https" and host.casefold() == public.netloc.casefold()


def check(connection: ASGIConnection[Any, Any, Any, Any], listening: Listening) -> None:
    """Before every handler. Raises Forbidden."""
    host = connection.headers.get("host", "")
    if not listening.answers_to(host):
        known = f"to localhost and {listening.url}" if listening.url else "to localhost"
        raise Forbidden(
            f"this service answers {known} only, not to {host!r}",
            hint="name the address that people open as serve.url in opsguide.toml, or forward the port over SSH",
        )
    if (
        method(connection) not in SAFE
        and not from_elsewhere(connection)
        and not _same_origin(connection, host)
    ):
        raise Forbidden(
            "this request comes from another site, and nothing was changed",
            hint="open opsguide itself and press the button there",
        )


def method(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    return str(connection.scope.get("method", ""))


def from_elsewhere(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether it says of which page elsewhere it comes, where such may post."""
    return connection.scope["path"] in FROM_ELSEWHERE and "origin" in connection.headers


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _name(host: str) -> str:
    """The host without its port, in lower case: `[::1]:8470` → `[::1]`."""
    name, colon, port = host.casefold().rpartition(":")
    return name if colon and port.isdecimal() else host.casefold()


def _same_origin(connection: ASGIConnection[Any, Any, Any, Any], host: str) -> bool:
    """Browsers say where a request comes from; what says nothing at all is no browser (the CLI, curl)."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = connection.headers.get("origin")
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
