"""What watching a PostgreSQL takes from its throughput, and how near the query times are to the truth: with pgbench."""

import asyncio
import os
import statistics
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import asyncpg

from bench import Row
from opsguide.demo import postgres
from opsguide.demo.children import Child
from opsguide.demo.ports import HOST, any_free
from opsguide.monitoring.databases.durations import METRIC
from opsguide.monitoring.databases.watcher import Watcher
from opsguide.service.clock import SystemClock
from opsguide.telemetry.embedded import Embedded

CLIENTS = 8
PAIRS, SECONDS = 9, 6
TRUTH_SECONDS = 60
LIMIT = 0.2

MIXED = """\\set r random(1, 1000)
\\set k random(1, 100000)
\\set e random_exponential(0, 1000, 5)
\\if :r <= 700
select abalance from pgbench_accounts where aid = :k;
\\elif :r <= 900
select pg_sleep(:e * 0.0001);
\\else
select pg_sleep(:e * 0.0008);
\\endif
"""
"""Seven of ten quick, two up to 0.1 s, one up to 0.8 s."""


def rows() -> Iterable[Row]:
    """Throughput lost while it is watched, and the share of queries over 200 ms against pgbench's own log."""
    found = postgres.find()
    if isinstance(found, str) or not (found.programs / "pgbench").is_file():
        return
    with tempfile.TemporaryDirectory() as folder:
        loss, work, error = asyncio.run(_measured(found, Path(folder)))
    yield Row("throughput lost while a PostgreSQL is watched (select only)", loss, "%", goal="< 2")
    yield Row("work of the server for watching it, of one core", work, "%", goal="< 2")
    yield Row("share of queries over 200 ms, off the truth by", error, "points", goal="< 0.2")


async def _measured(server: postgres.Server, folder: Path) -> tuple[float, float, float]:
    cluster = postgres.prepare(server, folder / "postgres", any_free())
    child = Child("database", cluster.command, folder, orders=False)
    await child.start()
    try:
        assert await postgres.ready(cluster, lambda: child.running), child.last_lines()
        await postgres.introduce(cluster)
        bench = _Bench(server.programs / "pgbench", cluster, folder)
        await bench.run("-i", "-q", "-s", "1")
        loss, work = await _loss(bench, cluster), await _work(bench, cluster)
        return loss, work, await _error(bench, cluster, folder)
    finally:
        await child.stop()


class _Bench:
    """pgbench against the cluster."""

    def __init__(self, program: Path, cluster: postgres.Cluster, folder: Path) -> None:
        url = urlsplit(cluster.url)
        self._command = [str(program), "-h", HOST, "-p", str(url.port), "-U", str(url.username)]
        self._environment = {"PGPASSWORD": url.password or ""}
        self._folder = folder

    async def run(self, *options: str) -> str:
        done = await asyncio.to_thread(
            subprocess.run,
            [*self._command, *options, "postgres"],
            env=self._environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    async def rate(self) -> float:
        """Transactions a second, select only."""
        said = await self.run("-n", "-S", "-M", "prepared", "-c", str(CLIENTS), "-T", str(SECONDS))
        (line,) = [line for line in said.splitlines() if line.startswith("tps = ")]
        return float(line.split()[2])


@asynccontextmanager
async def _watched(cluster: postgres.Cluster) -> AsyncIterator[Embedded]:
    telemetry = Embedded()
    watcher = Watcher(
        url=lambda: cluster.watcher,
        target={"job": "postgresql", "environment": "production", "database": "bench"},
        every=15.0,
        limits=lambda: frozenset({LIMIT}),
        telemetry=telemetry,
        clock=SystemClock(),
    )
    task = asyncio.create_task(watcher.run())
    try:
        while watcher.problem:  # noqa: ASYNC110  (it sets no event)
            await asyncio.sleep(0.05)
        yield telemetry
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _loss(bench: _Bench, cluster: postgres.Cluster) -> float:
    """In percent: the median of pairs, one of each after the other, turn about."""
    lost = []
    for pair in range(PAIRS):
        before = await bench.rate() if pair % 2 else None
        async with _watched(cluster):
            watched = await bench.rate()
        plain = before or await bench.rate()
        lost.append((1 - watched / plain) * 100)
    return statistics.median(lost)


async def _work(bench: _Bench, cluster: postgres.Cluster) -> float:
    """In percent of a core: what the watching session computes while the server is busy, whatever else runs."""
    owner: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(cluster.url)
    try:
        async with _watched(cluster):
            name = urlsplit(cluster.watcher).username
            pid = await owner.fetchval("select pid from pg_stat_activity where usename = $1", name)
            start, before = monotonic(), _computed(pid)
            await bench.rate()
            return (_computed(pid) - before) / (monotonic() - start) * 100
    finally:
        await owner.close()


def _computed(pid: int) -> float:
    """Seconds that a process has computed (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _error(bench: _Bench, cluster: postgres.Cluster, folder: Path) -> float:
    """In points of a hundred: the share told against that of pgbench's log of every query."""
    (folder / "mixed.sql").write_text(MIXED)
    async with _watched(cluster) as telemetry:
        before = _told(telemetry)
        await bench.run(
            *("-n", "-M", "prepared", "-c", "16", "-T", str(TRUTH_SECONDS), "-l", "-f", "mixed.sql")
        )
        await asyncio.sleep(16)
        after = _told(telemetry)
    within, every = (now - then for now, then in zip(after, before, strict=True))
    return abs((1 - within / every) - _truth(folder)) * 100


def _truth(folder: Path) -> float:
    """The share over the limit in pgbench's log of every query."""
    logs = [path.read_text().splitlines() for path in folder.glob("pgbench_log*")]
    took = [int(line.split()[2]) / 1e6 for lines in logs for line in lines]
    return sum(seconds > LIMIT for seconds in took) / len(took)


def _told(telemetry: Embedded) -> tuple[float, float]:
    """How many within the limit, and how many at all, so far."""
    now = SystemClock().now()
    asked = (f'{METRIC}_bucket{{le="{LIMIT:g}"}}', f"{METRIC}_count")
    found = [telemetry.instant(expression, now) for expression in asked]
    within, every = (one[0].value if one else 0.0 for one in found)
    return within, every
