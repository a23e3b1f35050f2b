"""What watching a PostgreSQL takes from its throughput (with pgbench), and how near query times are to the truth."""

import asyncio
import math
import os
import statistics
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from time import monotonic, process_time
from typing import NamedTuple
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
EVERY = 15.0
BLOCKS, SECONDS = 8, 8
"""A block is watched for twice as long, so that a round falls into it, at the usual pace."""

SETTLED_SECONDS = 3.0
"""From the first round on: connecting, and reading all statistics for the first time, is done once and not counted."""

TRUTH_SECONDS, WORK_SECONDS = 60, 60
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
        yield from asyncio.run(_measured(found, Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        share, quantile = asyncio.run(_from_log(found, Path(folder)))
    yield Row("share of queries over 200 ms by the log, off the truth by", share, "points", goal="< 0.2")
    yield Row("p95 of queries by the log, off the truth by", quantile, "%", goal="< 5")


async def _measured(server: postgres.Server, folder: Path) -> list[Row]:
    async with _running(server, folder, {}) as (bench, cluster):
        blocks = [await _block(bench, cluster) for _ in range(BLOCKS)]
        theirs, ours = await _work(bench, cluster)
        error = (await _errors(cluster, None))[0]
    lost, dearer = zip(*blocks, strict=True)
    by_time, by_work = (
        "throughput lost while a PostgreSQL is watched (select only)",
        "the same by computing time",
    )
    return [
        Row(by_time, statistics.median(lost), "%", peer=_spread(lost), goal="< 2"),
        Row(by_work, statistics.median(dearer), "%", peer=_spread(dearer), goal="< 2"),
        Row("work of the server for watching it, of one core", theirs, "%", goal="< 2"),
        Row("work of opsguide for watching it, of one core", ours, "%"),
        Row("share of queries over 200 ms by looks, off the truth by", error, "points", goal="< 0.2"),
    ]


def _spread(blocks: Sequence[float]) -> str:
    return f"single blocks: {min(blocks):.1f} to {max(blocks):.1f} %"


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
        self._server = int((cluster.data / "postmaster.pid").read_text().split()[0])

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

    async def rate(self, seconds: int) -> "_Rate":
        """Of transactions, select only."""
        before = _computed_by_all(self._server)
        said = await self.run("-n", "-S", "-M", "prepared", "-c", str(CLIENTS), "-T", str(seconds))
        computed = _computed_by_all(self._server) - before
        done = int(_figure(said, "number of transactions actually processed: "))
        return _Rate(_figure(said, "tps = "), computed / done)


class _Rate(NamedTuple):
    """Transactions in a second of time, and the seconds that the whole server computed for each."""

    a_second: float
    computed: float


def _figure(said: str, named: str) -> float:
    (line,) = [line.removeprefix(named) for line in said.splitlines() if line.startswith(named)]
    return float(line.split()[0])


@asynccontextmanager
async def _watched(cluster: postgres.Cluster, log: Path | None = None) -> AsyncIterator[Embedded]:
    telemetry = Embedded()
    watcher = Watcher(
        url=lambda: cluster.watcher,
        target={"job": "postgresql", "environment": "production", "database": "bench"},
        every=EVERY,
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


async def _block(bench: _Bench, cluster: postgres.Cluster) -> tuple[float, float]:
    """By how much watching made it slower, and by how much each transaction dearer, in percent.

    Unwatched, watched, watched, unwatched: all runs are alike, and a drift falls out.
    """
    plain = [await bench.rate(SECONDS)]
    async with _watched(cluster):
        await asyncio.sleep(SETTLED_SECONDS)
        watched = [await bench.rate(SECONDS), await bench.rate(SECONDS)]
    plain.append(await bench.rate(SECONDS))
    slower = 1 - sum(one.a_second for one in watched) / sum(one.a_second for one in plain)
    dearer = sum(one.computed for one in watched) / sum(one.computed for one in plain) - 1
    return slower * 100, dearer * 100


async def _work(bench: _Bench, cluster: postgres.Cluster) -> tuple[float, float]:
    """In percent of a core: what the watching session and we compute while the server is busy, whatever else runs."""
    owner: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(cluster.url)
    try:
        async with _watched(cluster):
            await asyncio.sleep(SETTLED_SECONDS)
            name = urlsplit(cluster.watcher).username
            pid = await owner.fetchval("select pid from pg_stat_activity where usename = $1", name)
            start, theirs, ours = monotonic(), _computed(pid), process_time()
            await bench.rate(WORK_SECONDS)
            theirs, ours, took = _computed(pid) - theirs, process_time() - ours, monotonic() - start
            return theirs / took * 100, ours / took * 100
    finally:
        await owner.close()


def _computed(pid: int) -> float:
    """Seconds that a process has computed (Linux)."""
    return _seconds(_stat(Path(f"/proc/{pid}"))[11:13])


def _computed_by_all(server: int) -> float:
    """The same of a server with all its processes, those that have ended too."""
    stats = [_stat(process) for process in Path("/proc").iterdir() if process.name.isdecimal()]
    running = sum(_seconds(stat[11:13]) for stat in stats if stat[1:2] == [str(server)])
    return running + _seconds(_stat(Path(f"/proc/{server}"))[11:15])


def _stat(process: Path) -> list[str]:
    """What the kernel says of it, from its state on; nothing where it has ended."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _seconds(ticks: Sequence[str]) -> float:
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


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
