"""What watching a PostgreSQL takes from its throughput (with pgbench), and how near query times are to the truth."""

import asyncio
import math
import os
import statistics
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
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
from opsguide.telemetry.intake.access_log import Tail

CLIENTS = 8
BLOCKS, SECONDS = 20, 2
"""Many short runs, watched and not: what else the machine does hits both, and the median drops the rest."""

TRUTH_SECONDS, WORK_SECONDS = 60, 20
LIMIT = 0.2
LOGGED = {
    "logging_collector": "on",
    "log_destination": "jsonlog",
    "log_directory": "log",
    "log_min_duration_sample": "0",
    "log_statement_sample_rate": "0.5",
    "log_min_duration_statement": "200",
}
"""As docs/how-to/watch-postgresql.md advises, at a rate for the few queries of this bench."""

MEASURED = "select extract(epoch from clock_timestamp() - statement_timestamp())::float8 from pg_sleep($1)"
"""How long a query took, as the server measures it itself: nothing of the client's own waiting is in it."""


def rows() -> Iterable[Row]:
    """Throughput lost while it is watched, and the share of queries over 200 ms against pgbench's own log."""
    found = postgres.find()
    if isinstance(found, str) or not (found.programs / "pgbench").is_file():
        return
    with tempfile.TemporaryDirectory() as folder:
        loss, work, error = asyncio.run(_measured(found, Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        share, quantile = asyncio.run(_from_log(found, Path(folder)))
    yield Row("throughput lost while a PostgreSQL is watched (select only)", loss, "%", goal="< 2")
    yield Row("work of the server for watching it, of one core", work, "%", goal="< 2")
    yield Row("share of queries over 200 ms by looks, off the truth by", error, "points", goal="< 0.2")
    yield Row("share of queries over 200 ms by the log, off the truth by", share, "points", goal="< 0.2")
    yield Row("p95 of queries by the log, off the truth by", quantile, "%", goal="< 5")


async def _measured(server: postgres.Server, folder: Path) -> tuple[float, float, float]:
    async with _running(server, folder, {}) as (bench, cluster):
        loss, work = await _loss(bench, cluster), await _work(bench, cluster)
        return loss, work, (await _errors(cluster, None))[0]


async def _from_log(server: postgres.Server, folder: Path) -> tuple[float, float]:
    async with _running(server, folder, LOGGED) as (_, cluster):
        return await _errors(cluster, cluster.data / "log")


@asynccontextmanager
async def _running(
    server: postgres.Server, folder: Path, settings: Mapping[str, str]
) -> AsyncIterator[tuple["_Bench", postgres.Cluster]]:
    cluster = postgres.prepare(server, folder / "postgres", any_free())
    chosen = [f"-c{name}={value}" for name, value in settings.items()]
    child = Child("database", [*cluster.command, *chosen], folder, orders=False)
    await child.start()
    try:
        assert await postgres.ready(cluster, lambda: child.running), child.last_lines()
        await postgres.introduce(cluster)
        bench = _Bench(server.programs / "pgbench", cluster, folder)
        await bench.run("-i", "-q", "-s", "1")
        yield bench, cluster
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

    async def rate(self, seconds: int = SECONDS) -> float:
        """Transactions a second, select only."""
        said = await self.run("-n", "-S", "-M", "prepared", "-c", str(CLIENTS), "-T", str(seconds))
        (line,) = [line for line in said.splitlines() if line.startswith("tps = ")]
        return float(line.split()[2])


@asynccontextmanager
async def _watched(cluster: postgres.Cluster, log: Path | None = None) -> AsyncIterator[Embedded]:
    telemetry = Embedded()
    watcher = Watcher(
        url=lambda: cluster.watcher,
        target={"job": "postgresql", "environment": "production", "database": "bench"},
        every=15.0,
        limits=lambda: frozenset({LIMIT}),
        telemetry=telemetry,
        clock=SystemClock(),
        log=log,
        tails=Tail,
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
    """In percent: the median of blocks, each unwatched, watched, watched, unwatched, so that a drift falls out."""
    lost = []
    for _ in range(BLOCKS):
        plain = await bench.rate()
        async with _watched(cluster):
            watched = await bench.rate() + await bench.rate()
        plain += await bench.rate()
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
            await bench.rate(WORK_SECONDS)
            return (_computed(pid) - before) / (monotonic() - start) * 100
    finally:
        await owner.close()


def _computed(pid: int) -> float:
    """Seconds that a process has computed (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _errors(cluster: postgres.Cluster, log: Path | None) -> tuple[float, float]:
    """Against what the server itself measured of every query: of the share in points, of the p95 in percent."""
    async with _watched(cluster, log) as telemetry:
        before = _told(telemetry)
        until = monotonic() + TRUTH_SECONDS
        clients = await asyncio.gather(
            *(_client(cluster, Random(number), until) for number in range(CLIENTS))
        )
        await asyncio.sleep(16)
        after = _told(telemetry)
    true = sorted(took for client in clients for took in client)
    told = {le: count - before.get(le, 0.0) for le, count in after.items()}
    within = told[LIMIT] / told[math.inf]
    share = abs((1 - within) - sum(seconds > LIMIT for seconds in true) / len(true)) * 100
    return share, abs(_quantile(told, 0.95) / true[int(0.95 * len(true))] - 1) * 100


async def _client(cluster: postgres.Cluster, random: Random, until: float) -> list[float]:
    """Seven of ten queries quick, two up to 0.1 s, one up to 0.8 s; how long the server took for each."""
    took = list[float]()
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(cluster.url)
    try:
        while monotonic() < until:
            mean = random.choices((0.0, 0.02, 0.16), (70, 20, 10))[0]
            seconds = min(5 * mean, random.expovariate(1 / mean)) if mean else 0.0
            took.append(await connection.fetchval(MEASURED, seconds))
    finally:
        await connection.close()
    return took


def _quantile(told: Mapping[float, float], part: float) -> float:
    """As PromQL's histogram_quantile interpolates."""
    wanted, before, below = part * told[math.inf], 0.0, 0.0
    for le, count in sorted(told.items()):
        if count >= wanted:
            return before + (le - before) * (wanted - below) / (count - below)
        before, below = le, count
    return math.nan


def _told(telemetry: Embedded) -> dict[float, float]:
    """How many took at most so long, so far."""
    found = telemetry.instant(f"{METRIC}_bucket", SystemClock().now())
    return {float(one.labels["le"]): one.value for one in found}
