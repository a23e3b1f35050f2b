"""`python -m opsguide.demo.traffic URL`: visitors of the shop, about 20 requests a second.

Gentle on purpose: one process, loopback only, a bounded number of visitors at once. When the shop is slow,
those who would come on top stay away, so a broken shop is not flooded. It ends when standard input closes.
"""

import asyncio
import random
import sys
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

import uvloop

from .lifeline import lines

REQUESTS_PER_SECOND = 20
VISITORS_AT_ONCE = 40
PATIENCE_SECONDS = 5.0
LOOK, LIST, PICTURE, BUY = "GET /", "GET /products", "GET /favicon.svg", "POST /checkout"
MIX = {LOOK: 38, LIST: 20, PICTURE: 20, BUY: 22}
"""How many of 100 requests are what. Only pages with a product list and checkouts ask the database."""


async def visit(host: str, port: int, what: str, product: int) -> None:
    """One request on its own connection, as bytes: an HTTP library here costs more than the shop itself."""
    body = f"product={product}" if what == BUY else ""
    head = (
        f"{what} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    # A shop that fails, hangs, or is not there is for opsguide to notice.
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write((head + body).encode())
                await reader.read()
            finally:
                writer.close()


async def come_and_go(host: str, port: int) -> None:
    """Visitors for ever."""
    chance = random.Random(2026)
    inside: set[asyncio.Task[None]] = set()
    while True:
        await asyncio.sleep(chance.uniform(0.5, 1.5) / REQUESTS_PER_SECOND)
        if len(inside) >= VISITORS_AT_ONCE:
            continue
        what = chance.choices(list(MIX), list(MIX.values()))[0]
        task = asyncio.create_task(visit(host, port, what, chance.randint(1, 6)))
        inside.add(task)
        task.add_done_callback(inside.discard)


async def until_told(host: str, port: int) -> None:
    coming = asyncio.create_task(come_and_go(host, port))
    async for _ in lines():
        pass
    coming.cancel()


def main() -> None:
    url = urlsplit(sys.argv[1])
    if not url.hostname or not url.port or not ip_address(url.hostname).is_loopback:
        sys.exit(f"{sys.argv[1]} is not on this machine: visitors go to http://127.0.0.1:PORT only")
    uvloop.run(until_told(url.hostname, url.port))


if __name__ == "__main__":
    main()
