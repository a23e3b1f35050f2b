"""The one way out: HTTP to addresses that a guide or its bindings name, and to none they must not reach.

A name is resolved here, every resolved address is vetted, and the connection is made to a vetted one itself,
so that a second look-up cannot give another one (DNS rebinding). Redirects go through the same door. Time and
body are bounded. Proxies of the environment are ignored: a proxy would resolve names for us, unvetted.
"""

import asyncio
import functools
import ipaddress
import socket
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol, TypeAlias

import httpx
from msgspec import Struct

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import OpsguideError

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_REDIRECTS = 5


class OutboundError(OpsguideError):
    """An outbound request failed. `reason` is the failure's name, stable for scripts and metrics.

    refused address · bad address · name not found · no connection · TLS failed · timed out · too large ·
    too many redirects · broken answer
    """

    def __init__(self, what: str, *, reason: str, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.reason = reason


class Sending(Protocol):
    """What is sent: `Outgoing`, or what a chapter has of the same form."""

    @property
    def method(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes | None: ...


class Outgoing(Struct, frozen=True):
    """What is sent."""

    method: str = "GET"
    headers: Mapping[str, str] = {}
    body: bytes | None = None


GET = Outgoing()


class Answer(Struct, frozen=True):
    """What the last of a chain of redirects answered. `latency_seconds`: from the start to the last byte.

    `phases` are the seconds of it, summed over the chain: resolve, connect, tls, processing (until the first byte of an
    answer), transfer; as Prometheus' blackbox exporter names them.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    latency_seconds: float
    tls_expires: Instant | None
    phases: Mapping[str, float] = {}


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# Not through ipaddress's is_private and is_global: they miss 100.64/10 and change between Python versions.
# From IANA's special-purpose address registries (RFC 6890 and its successors).
_PRIVATE = _networks(
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15"),
    *("::1/128", "fc00::/7", "fec0::/10"),
)
_NEVER = _networks(
    *("0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.51.100.0/24"),
    *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("::/128", "fe80::/10", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "ff00::/8"),
    # NAT64 in an operator's own network: where the IPv4 address stands in it cannot be known (RFC 8215).
    "64:ff9b:1::/48",
    # Metadata services that live in otherwise private ranges: AWS over IPv6, Alibaba Cloud.
    *("fd00:ec2::/32", "100.100.100.200/32"),
)
# IPv6 forms that carry an IPv4 address, and how many bits stand right of it.
_CARRIERS = (
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),  # mapped
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),  # translated, RFC 2765
    (ipaddress.IPv6Network("::/96"), 0),  # compatible, long deprecated
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (ipaddress.IPv6Network("2002::/16"), 80),  # 6to4
)
_LOOPBACK = ipaddress.IPv6Address("::1")


def why_refused(address: Address, *, private: bool) -> str:
    """Why nothing may be sent to the address, or "" where it may. `private` allows a host's own networks."""
    for inner in (address, *_carried(address)):
        if any(inner in network for network in _NEVER if network.version == inner.version):
            return f"{address} is link-local, a metadata service or reserved"
        if not private and any(inner in network for network in _PRIVATE if network.version == inner.version):
            return f"{address} is a private address"
    return ""


def _carried(address: Address) -> Iterator[ipaddress.IPv4Address]:
    if isinstance(address, ipaddress.IPv4Address) or address == _LOOPBACK:
        return
    for network, shift in _CARRIERS:
        if address in network:
            yield ipaddress.IPv4Address((int(address) >> shift) & 0xFFFFFFFF)


async def vetted(host: str, port: int, *, private: bool) -> list[Address]:
    """The addresses of the host, in the order to try. All of them must be allowed, else OutboundError."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutboundError(f"the name {host} was not found", reason="name not found") from error
    # A zone (fe80::1%eth0) is only on link-local addresses, which are refused.
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        if why := why_refused(address, private=private):
            hint = "" if private else "a binding may allow private addresses: private = true"
            raise OutboundError(f"{host} is not allowed: {why}", reason="refused address", hint=hint)
    return addresses


_PHASES = {
    "connect_tcp.started": "resolve",
    "connect_tcp.complete": "connect",
    "start_tls.complete": "tls",
    "receive_response_headers.complete": "processing",
    "receive_response_body.complete": "transfer",
}
"""Which phase ends with an event of httpcore."""


class _Watch:
    """Where the time of a request goes."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._since = self._clock()
        self.phases: dict[str, float] = {}

    async def saw(self, event: str, _info: object) -> None:
        """httpcore's `trace` extension."""
        phase = _PHASES.get(event.partition(".")[2])
        if phase is not None:
            now = self._clock()
            self.phases[phase] = self.phases.get(phase, 0.0) + now - self._since
            self._since = now


class _PinnedTransport(httpx.AsyncBaseTransport):
    """Sends each request to a vetted address; Host header and TLS name stay the host's."""

    def __init__(self, *, private: bool, timeout: float, tls: ssl.SSLContext) -> None:
        self._private = private
        self._timeout = timeout
        self.watch = _Watch()
        # No connection is kept: one that was verified for a host must not serve another host at its address.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._inner = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            what = f"{url.copy_with(query=None, userinfo=b'')} cannot be asked"
            raise OutboundError(what, reason="bad address", hint="write an address that starts with https://")
        port = url.port or (443 if url.scheme == "https" else 80)
        *others, last = await vetted(url.host, port, private=self._private)
        for address in others:
            try:
                return await self._send(request, address, self._timeout / (len(others) + 1))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._send(request, last, self._timeout)

    async def _send(self, request: httpx.Request, address: Address, patience: float) -> httpx.Response:
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=str(address)),
            headers=request.headers,
            stream=request.stream,
            extensions={
                "sni_hostname": request.url.host,
                "timeout": {"connect": patience},
                "trace": self.watch.saw,
            },
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        await self._inner.aclose()


@functools.lru_cache(maxsize=16)
def trusting(authority: str, certificate: str = "") -> ssl.SSLContext:
    """Trusts the system's authorities, and this one (PEM); shows this certificate, which has its key below (PEM).

    Raises OutboundError where they are none.
    """
    context = ssl.create_default_context()
    if authority:
        try:
            context.load_verify_locations(cadata=authority)
        except (ssl.SSLError, ValueError, TypeError):
            hint = "the file starts with -----BEGIN CERTIFICATE-----"
            raise OutboundError(
                "the bound authority is no certificate", reason="TLS failed", hint=hint
            ) from None
    if certificate:
        _show(context, certificate)
    return context


def _show(context: ssl.SSLContext, certificate: str) -> None:
    # OpenSSL reads a key only from a file: one that nobody else may read, for this moment.
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write(certificate)
        file.flush()
        try:
            # A password callback, so that nobody is asked for one on the terminal.
            context.load_cert_chain(file.name, password=lambda: "")
        except (ssl.SSLError, ValueError, TypeError):
            hint = "the file holds the certificate, then its key without a password, both in PEM"
            raise OutboundError(
                "the bound client certificate cannot be used", reason="TLS failed", hint=hint
            ) from None


class Guarded:
    """The guarded client. `certificate` (PEM, with its key below) is shown to servers that ask for one."""

    def __init__(self, *, max_bytes: int = MAX_BODY_BYTES, certificate: str = "") -> None:
        self._max_bytes, self._certificate = max_bytes, certificate

    async def fetch(
        self,
        url: str,
        *,
        private: bool = False,
        timeout: float = 10.0,  # noqa: ASYNC109  (one bound over name, connection, redirects and body)
        send: Sending = GET,
        authority: str = "",
        redirects: bool = True,
    ) -> Answer:
        """One request, redirects followed unless told otherwise, within `timeout` seconds. Raises OutboundError.

        Headers of one's own travel along a redirect, to whatever host: with secrets in them none is followed.
        `private` allows loopback and private networks, never link-local or metadata addresses. `authority` is a
        certificate (PEM) that is trusted beside the system's.
        """
        loop = asyncio.get_running_loop()
        start = loop.time()
        transport = _PinnedTransport(
            private=private, timeout=timeout, tls=trusting(authority, self._certificate)
        )
        with _named_errors(timeout):
            async with (
                asyncio.timeout(timeout),
                httpx.AsyncClient(transport=transport, timeout=None, trust_env=False) as client,
            ):
                request = client.build_request(send.method, url, headers=send.headers, content=send.body)
                response = await _follow(client, request, send, MAX_REDIRECTS if redirects else 0)
                try:
                    expires = _tls_expiry(response)
                    content = await _read(response, self._max_bytes)
                finally:
                    await response.aclose()
        return Answer(
            response.status_code,
            dict(response.headers),
            content,
            loop.time() - start,
            expires,
            transport.watch.phases,
        )


async def _follow(
    client: httpx.AsyncClient, request: httpx.Request, send: Sending, most: int
) -> httpx.Response:
    """The end of a chain of redirects. Not followed by httpx itself, which would read each body whole."""
    for _ in range(most + 1):
        response = await client.send(request, stream=True)
        if response.next_request is None or not most:
            return response
        before, request = request.url, response.next_request
        if _origin(request.url) != _origin(before):
            # httpx drops Authorization; a key in a header of another name is meant for the first host as well.
            for name in send.headers:
                request.headers.pop(name, None)
        await response.aclose()
    raise OutboundError(f"more than {most} redirects", reason="too many redirects")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    content = bytearray()
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > max_bytes:
            raise OutboundError(f"the answer is larger than {max_bytes} bytes", reason="too large")
    return bytes(content)


def _tls_expiry(response: httpx.Response) -> Instant | None:
    """When the certificate runs out that the last server of the chain showed."""
    stream = response.extensions.get("network_stream")
    shown = stream.get_extra_info("ssl_object") if stream is not None else None
    return expiry_of(shown) if shown is not None else None


def expiry_of(shown: ssl.SSLObject) -> Instant | None:
    """When the certificate runs out that the other side showed."""
    certificate = shown.getpeercert()
    return int(ssl.cert_time_to_seconds(str(certificate["notAfter"]))) * 1000 if certificate else None


@contextmanager
def _named_errors(timeout: float) -> Iterator[None]:
    try:
        yield
    except (TimeoutError, httpx.TimeoutException) as error:
        raise OutboundError(f"no answer within {timeout:g} s", reason="timed out") from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise OutboundError("this is no web address", reason="bad address") from error
    except httpx.ConnectError as error:
        raise _connect_error(error) from error
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise OutboundError("the answer broke off or is no HTTP", reason="broken answer") from error


def _connect_error(error: httpx.ConnectError) -> OutboundError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return OutboundError(f"its certificate is not valid: {cause.verify_message}", reason="TLS failed")
        if isinstance(cause, ssl.SSLError):
            return OutboundError("TLS could not be agreed on", reason="TLS failed")
        cause = cause.__cause__ or cause.__context__
    return OutboundError("it takes no connection", reason="no connection")
