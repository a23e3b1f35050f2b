"""Chromium's one way out: a SOCKS5 proxy (RFC 1928) on loopback that connects to vetted addresses only.

Chromium resolves no name itself, so that nothing it loads gets to where a binding does not allow it: neither the page,
nor its redirects, images and scripts, nor a name that turns elsewhere between two look-ups.
"""

import asyncio
import ipaddress
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from ....kernel.errors import OpsguideError

Vet: TypeAlias = Callable[..., Awaitable[Sequence[object]]]
"""As service.guarded.vetted: `await vet(host, port, private=…)` gives addresses, or raises OpsguideError."""

CONNECT_SECONDS = 10.0
PIECE = 65_536

_GRANTED, _REFUSED, _UNREACHABLE, _UNSUPPORTED = 0, 2, 4, 7
"""Answers of RFC 1928, section 6."""


class _Unreadable(Exception):
    """What came is no request of SOCKS5."""


@dataclass
class Door:
    """`private` allows loopback and private addresses. `problems` says by host why it could not be reached."""

    vet: Vet
    private: bool
    problems: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    port: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, _Unreadable):
                host, port = await _asked(reader, writer)
                there = await self._connect(host, port)
                if isinstance(there, int):
                    await _reply(writer, there)
                    return
                try:
                    await _reply(writer, _GRANTED)
                    await asyncio.gather(_pipe(reader, there[1]), _pipe(there[0], writer))
                finally:
                    there[1].transport.abort()
        except asyncio.CancelledError:
            return  # by `close`, and nobody else; Python 3.11 would log it as a failure
        finally:
            writer.transport.abort()

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | int:
        try:
            addresses = await self.vet(host, port, private=self.private)
        except OpsguideError as error:
            self.problems[host] = error.what
            self.refused.add(host)
            return _REFUSED
        for address in addresses:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection(str(address), port)
        self.problems[host] = f"{host} takes no connection at port {port}"
        return _UNREACHABLE

    def forget(self) -> None:
        """What was refused before another load."""
        self.problems.clear()
        self.refused.clear()

    async def close(self) -> None:
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    """Host and port of a request to connect. Raises _Unreadable."""
    version, methods = await reader.readexactly(2)
    if version != 5:
        raise _Unreadable
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")
    version, command, _, kind = await reader.readexactly(4)
    match kind:
        case 1:
            host = str(ipaddress.IPv4Address(await reader.readexactly(4)))
        case 3:
            (length,) = await reader.readexactly(1)
            host = (await reader.readexactly(length)).decode("latin-1")
        case 4:
            host = str(ipaddress.IPv6Address(await reader.readexactly(16)))
        case _:
            raise _Unreadable
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    if version != 5 or command != 1:
        await _reply(writer, _UNSUPPORTED)
        raise _Unreadable
    return host, port


async def _reply(writer: asyncio.StreamWriter, said: int) -> None:
    writer.write(bytes([5, said, 0, 1, 0, 0, 0, 0, 0, 0]))
    await writer.drain()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What one side says to the other, until it ends."""
    while piece := await reader.read(PIECE):
        writer.write(piece)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


@asynccontextmanager
async def door(vet: Vet, *, private: bool) -> AsyncIterator[Door]:
    """Open for as long as a check takes."""
    found = Door(vet, private)
    server = await asyncio.start_server(found._answer, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        await found.close()
