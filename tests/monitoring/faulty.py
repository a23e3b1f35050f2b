"""A real HTTP server that misbehaves on request: each path is a fault."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

Handler: TypeAlias = Callable[[str, asyncio.StreamWriter], None]

METRICS = b"""# HELP shop_requests_total Requests.
# TYPE shop_requests_total counter
shop_requests_total{code="200"} 41
shop_requests_total{code="500"} 1
"""
OPEN_METRICS = "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8"
OPEN_METRICS_PAGE = b"""# TYPE shop_latency_seconds histogram
# UNIT shop_latency_seconds seconds
shop_latency_seconds_bucket{le="0.1"} 41 # {trace_id="a1"} 0.05 1790000000.5
shop_latency_seconds_bucket{le="+Inf"} 42
shop_latency_seconds_count 42
shop_latency_seconds_sum 3.5
shop_latency_seconds_created 1790000000.25
# TYPE shop_requests counter
shop_requests_total 42 1790000001
# EOF
"""


class Faulty:
    """`url(path)` asks for a fault: /ok, /error, /never, /cut, /endless, /garbage, /redirect?TARGET, /around …"""

    def __init__(self, port: int, scheme: str) -> None:
        self.port = port
        self.scheme = scheme
        self.requests: list[str] = []

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


@asynccontextmanager
async def faulty(tls: ssl.SSLContext | None = None) -> AsyncIterator[Faulty]:
    server: Faulty
    released = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            received = await reader.read(65536)
            while b"\r\n\r\n" not in received and received[:1].isalpha():
                received += await reader.read(65536) or b"\r\n\r\n"
            head = received.decode("latin-1")
            if not head[:1].isalpha():
                writer.write(_http("400 Bad Request", b"speak HTTP"))
                return
            server.requests.append(head)
            path, _, query = head.split(" ")[1].partition("?")
            if path == "/never":
                await released.wait()
            elif path == "/endless":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                while not writer.is_closing():
                    writer.write(b"x" * 65536)
                    await writer.drain()
            else:
                writer.write(_answer(path, query))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    server = Faulty(listening.sockets[0].getsockname()[1], "https" if tls else "http")
    try:
        yield server
    finally:
        released.set()
        listening.close()
        await listening.wait_closed()


def _answer(path: str, query: str) -> bytes:
    match path:
        case "/ok":
            return _http("200 OK", b"fine")
        case "/error":
            return _http("500 Internal Server Error", b"broken")
        case "/metrics":
            return _http("200 OK", METRICS)
        case "/openmetrics":
            return _http(
                f"200 OK\r\n{OPEN_METRICS}\r\nContent-Encoding: gzip", gzip.compress(OPEN_METRICS_PAGE)
            )
        case "/openmetrics/cut":
            return _http(f"200 OK\r\n{OPEN_METRICS}", OPEN_METRICS_PAGE[:-30])
        case "/openmetrics/lines":
            return _http(f"200 OK\r\n{OPEN_METRICS}", OPEN_METRICS_PAGE.removesuffix(b"# EOF\n"))
        case "/bomb":
            return _http("200 OK\r\nContent-Encoding: gzip", gzip.compress(b"a 1\n" * 5_000_000))
        case "/malformed":
            return _http("200 OK", b'shop_up 1\nshop_requests_total{code="200} 41\n')
        case "/redirect":
            return _http(f"302 Found\r\nLocation: {query}", b"")
        case "/around":
            return _http("302 Found\r\nLocation: /around", b"")
        case "/cut":
            return b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this"
        case "/garbage":
            return b"\x16\x03\x01 this is no HTTP\r\n\r\n"
    return _http("404 Not Found", b"")


def _http(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def closed_port() -> int:
    """A port of this machine on which nothing listens."""
    listening = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port: int = listening.sockets[0].getsockname()[1]
    listening.close()
    await listening.wait_closed()
    return port
