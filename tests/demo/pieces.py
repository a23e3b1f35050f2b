"""What the demo's tests share: a shop of their own, and how to ask it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import httpx

from opsguide.demo import postgres
from opsguide.demo.children import Child
from opsguide.demo.ports import HOST, any_free
from opsguide.demo.shop.__main__ import DATABASE
from opsguide.demo.supervisor import answers
from opsguide.telemetry.exposition import parse


class Shop:
    """A running shop, a client for it, and its metrics as opsguide reads them."""

    def __init__(self, child: Child, client: httpx.AsyncClient) -> None:
        self.child = child
        self.client = client

    async def metric(self, name: str, **labels: str) -> float:
        """The sum over all series with these labels."""
        read = parse((await self.client.get("/metrics")).content)
        assert not read.complaints
        wanted = {"__name__": name, **labels}.items()
        return sum(sample.value for sample in read.samples if wanted <= sample.labels.items())

    async def many(self, times: int, path: str = "/products") -> list[float]:
        """Ask for a page `times` at once; how long each took, in seconds."""

        async def one() -> float:
            start = monotonic()
            assert (await self.client.get(path)).status_code == 200
            return monotonic() - start

        return await asyncio.gather(*(one() for _ in range(times)))


@asynccontextmanager
async def running_cluster(folder: Path, **settings: str) -> AsyncIterator[postgres.Cluster]:
    """A PostgreSQL of its own with its watcher, as the demo starts it; its processes are gone afterwards.

    `settings` are those of postgresql.conf.
    """
    found = postgres.find()
    assert not isinstance(found, str), found
    cluster = postgres.prepare(found, folder / "postgres", any_free())
    chosen = [f"-c{name}={value}" for name, value in settings.items()]
    child = Child("database", [*cluster.command, *chosen], folder, orders=False)
    await child.start()
    try:
        assert await postgres.ready(cluster, lambda: child.running), child.last_lines()
        await postgres.introduce(cluster)
        yield cluster
    finally:
        await child.stop()


@asynccontextmanager
async def running_postgres(folder: Path) -> AsyncIterator[str]:
    """The URL of such a PostgreSQL."""
    async with running_cluster(folder) as cluster:
        yield cluster.url


@asynccontextmanager
async def running_shop(folder: Path, database: str = "", vitals: str = "") -> AsyncIterator[Shop]:
    """A shop on a free port, whose process is gone afterwards. `database` is the URL of a PostgreSQL."""
    port = any_free()
    command = [
        sys.executable,
        "-m",
        "opsguide.demo.shop",
        f"--port={port}",
        f"--tls-port={any_free()}",
        f"--database={folder / 'shop.sqlite'}",
        f"--vitals={vitals}",
    ]
    child = Child("shop", command, folder, orders=True)
    if database:
        child.secrets[DATABASE] = database
    await child.start()
    try:
        await until(lambda: answers(port, "/health"))
        async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=10, trust_env=False) as client:
            yield Shop(child, client)
    finally:
        await child.stop()


async def until(true: Callable[[], bool], within: float = 10) -> None:
    """Wait for something that another process does. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110  (another process sets no event here)
            await asyncio.sleep(0.02)
