"""An engine that answers as told: what a real Prometheus cannot be made to do."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

from msgspec import Struct


class Asked(Struct):
    """One request: `headers` in lower case, the parameters of address and form together."""

    path: str
    headers: dict[str, str]
    params: dict[str, str]
    body: bytes


class Told(Struct):
    """What it answers. `wait`: it never does; `endless`: it never ends."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = {}
    wait: bool = False
    endless: bool = False


class Engine:
    """`tell` decides; `asked` is what was asked so far."""

    def __init__(self, tell: Callable[[Asked], Told]) -> None:
        self.tell, self.asked = tell, list[Asked]()
        self.port = 0
        self.at_once = self.most_at_once = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/prometheus"


@asynccontextmanager
async def engine(tell: Callable[[Asked], Told], tls: ssl.SSLContext | None = None) -> AsyncIterator[Engine]:
    found, ended = Engine(tell), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await _read(reader)
            found.asked.append(asked)
            found.at_once += 1
            found.most_at_once = max(found.most_at_once, found.at_once)
            told = found.tell(asked)
            if told.wait:
                await ended.wait()
            await _write(writer, told)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            found.at_once -= 1
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    found.port = listening.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        ended.set()
        listening.close()
        await listening.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _, query = first.split(" ")[1].partition("?")
    form = body.decode() if headers.get("content-type") == "application/x-www-form-urlencoded" else ""
    params = parse_qs(f"{query}&{form}")
    return Asked(path, headers, {name: values[0] for name, values in params.items()}, body)


async def _write(writer: asyncio.StreamWriter, told: Told) -> None:
    more = "".join(f"{name}: {value}\r\n" for name, value in told.headers.items())
    if told.endless:
        writer.write(f"HTTP/1.1 {told.status} OK\r\n{more}\r\n".encode() + told.body)
        while not writer.is_closing():
            writer.write(b" " * 65_536)
            await writer.drain()
    head = f"HTTP/1.1 {told.status} Told\r\nContent-Length: {len(told.body)}\r\n{more}\r\n"
    writer.write(head.encode() + told.body)
    await writer.drain()
