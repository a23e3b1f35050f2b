"""The way out for what is no HTTP: a TCP connection to a vetted address, with TLS or without, and a few bytes over it.

Names are resolved and vetted by `guarded.vetted`, and the connection is made to the vetted address itself.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Protocol

from msgspec import Struct

from opsguide.kernel.clock import Instant

from .guarded import OutboundError, expiry_of, trusting, vetted

MOST_BYTES = 64 * 1024
GOODBYE_SECONDS = 1.0
"""So long a goodbye of the other side is waited for (TLS has one): a broken one never says it."""


class Talking(Protocol):
    """What is sent once it is connected, and when enough was read; `enough` None: nothing is read."""

    @property
    def send(self) -> bytes: ...
    @property
    def enough(self) -> Callable[[bytes], bool] | None: ...


class Heard(Struct, frozen=True):
    """What came over a connection; `phases` are seconds: resolve, connect (with TLS), transfer."""

    said: bytes
    latency_seconds: float
    tls_expires: Instant | None
    phases: dict[str, float]


async def converse(
    host: str,
    port: int,
    *,
    private: bool,
    timeout: float,  # noqa: ASYNC109
    talk: Talking,
    tls: str | None,
) -> Heard:
    """Connect, send, and read until it is enough. All within `timeout` seconds.

    `tls` None: none is spoken; else what is trusted beside the system's authorities (PEM, or ""). What was read until
    the time is over, or the other side ends, is what was heard. Raises OutboundError where there is no connection.
    """
    loop = asyncio.get_running_loop()
    start, deadline = loop.time(), loop.time() + timeout
    phases: dict[str, float] = {}
    with _named(timeout):
        async with asyncio.timeout_at(deadline):
            addresses = await vetted(host, port, private=private)
            phases["resolve"] = loop.time() - start
            context = trusting(tls) if tls is not None else None
            reader, writer = await _connected([str(one) for one in addresses], port, context, host, deadline)
            phases["connect"] = loop.time() - start - phases["resolve"]
    async with _closing(writer):
        said = await _exchanged(reader, writer, talk, deadline)
        phases["transfer"] = loop.time() - start - sum(phases.values())
        shown = writer.get_extra_info("ssl_object")
        return Heard(said, loop.time() - start, expiry_of(shown) if shown is not None else None, phases)


async def _connected(
    addresses: list[str], port: int, context: ssl.SSLContext | None, host: str, deadline: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the first address that takes a connection; each gets its share of the time."""
    loop = asyncio.get_running_loop()
    over: dict[str, Any] = {}
    if context is not None:
        over = {"ssl": context, "server_hostname": host, "ssl_shutdown_timeout": GOODBYE_SECONDS}
    for left in range(len(addresses), 1, -1):
        share = (deadline - loop.time()) / left
        try:
            async with asyncio.timeout(share):
                return await asyncio.open_connection(addresses[-left], port, **over)
        except (OSError, TimeoutError):
            continue
    return await asyncio.open_connection(addresses[-1], port, **over)


async def _exchanged(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    talk: Talking,
    deadline: float,
) -> bytes:
    said = b""
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout_at(deadline):
            if talk.send:
                writer.write(talk.send)
                await writer.drain()
            while talk.enough is not None and not talk.enough(said) and len(said) < MOST_BYTES:
                piece = await reader.read(4096)
                if not piece:
                    break
                said += piece
    return said


@asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await writer.wait_closed()


@contextmanager
def _named(timeout: float) -> Iterator[None]:
    """What goes wrong on the way, in plain words."""
    try:
        yield
    except TimeoutError as error:
        raise OutboundError(f"no connection within {timeout:g} s", reason="timed out") from error
    except ssl.SSLCertVerificationError as error:
        said = f"its certificate is not valid: {error.verify_message}"
        raise OutboundError(said, reason="TLS failed") from error
    except ssl.SSLError as error:
        raise OutboundError("TLS could not be agreed on", reason="TLS failed") from error
    except OSError as error:
        raise OutboundError("it takes no connection", reason="no connection") from error
