"""Faults of a real PostgreSQL that come slowly: a standby behind, slots, archiving, prepared transactions, bloat."""

import asyncio
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from opsguide.demo import postgres
from opsguide.demo.children import Child
from opsguide.demo.ports import HOST, any_free
from opsguide.demo.postgres import Cluster
from opsguide.monitoring.databases.shown import Figure, shown
from tests.demo.pieces import running_cluster, until
from tests.monitoring.watched import Play, Watched, connected, watching

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "watch-postgresql.md"
SETTINGS = {
    "wal_level": "replica",
    "max_prepared_transactions": "2",
    "max_wal_senders": "4",
    "archive_mode": "on",
    "archive_command": "test -e there_is_room",
    "autovacuum": "off",
    "wal_receiver_status_interval": "1s",
}


@pytest.fixture(scope="module")
def primary(loop: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    running = running_cluster(tmp_path_factory.mktemp("primary"), **SETTINGS)
    yield loop.run(running.__aenter__())
    loop.run(running.__aexit__(None, None, None))


async def figures(watched: Watched) -> dict[str, Figure]:
    now = watched.world.clock.now()
    found = await shown("shop", watched.watcher, watched.telemetry, now)
    return {one.name: one for one in found.figures}


def one(watched: Watched, expression: str) -> float | None:
    found = watched.telemetry.instant(expression, watched.world.clock.now())
    return max((sample.value for sample in found), default=None)


def test_archiving_that_fails_is_told(primary: Cluster, play: Play) -> None:
    async def story() -> None:
        async with watching(primary.watcher) as watched, connected(primary) as owner:
            await owner.execute("create table if not exists a (n int)")
            await owner.execute("insert into a select generate_series(1, 10)")
            await owner.execute("select pg_switch_wal()")
            await until(lambda: (one(watched, "pg_archive_ready_files") or 0) >= 1, 20)
            await until(lambda: one(watched, "pg_stat_archiver_failing") == 1, 20)
            assert (await figures(watched))["Archiving fails"].worries
            (primary.data / "there_is_room").touch()
            await owner.execute("insert into a select generate_series(1, 10)")
            await owner.execute("select pg_switch_wal()")
            await until(lambda: one(watched, "pg_stat_archiver_failing") == 0, 20)
            assert "Archiving fails" not in await figures(watched)

    play(story())


def test_a_slot_that_nobody_reads_and_a_prepared_transaction_are_told(primary: Cluster, play: Play) -> None:
    async def story() -> None:
        async with watching(primary.watcher) as watched, connected(primary) as owner:
            await owner.execute("select pg_create_physical_replication_slot('warehouse', true)")
            await owner.execute("begin; create table b (n int); prepare transaction 'forgotten'")
            try:
                await until(
                    lambda: one(watched, 'pg_replication_slots_active{slot_name="warehouse"}') == 0, 20
                )
                await until(lambda: (one(watched, "pg_prepared_transactions_oldest_seconds") or 0) > 0, 20)
                before = one(watched, "pg_replication_slots_pg_wal_lsn_diff") or 0.0
                await owner.execute("select pg_logical_emit_message(false, 'much', repeat('x', 4000000))")
                await until(
                    lambda: (one(watched, "pg_replication_slots_pg_wal_lsn_diff") or 0) > before + 3e6, 20
                )
                assert (await figures(watched))["Slots that nobody reads"].worries
            finally:
                await owner.execute("rollback prepared 'forgotten'")
                await owner.execute("select pg_drop_replication_slot('warehouse')")

    play(story())


def test_bloat_is_estimated_near_what_a_rewrite_gives_back(primary: Cluster, play: Play) -> None:
    async def story() -> None:
        async with connected(primary) as owner:
            text = HOW_TO.read_text(encoding="utf-8")
            (function,) = re.findall(r"```sql\n(create function opsguide_row_widths.*?)```", text, re.DOTALL)
            await owner.execute(function)
            await owner.execute(
                "create table stock as select n, repeat('x', 50) as name, null::int as gone"
                " from generate_series(1, 40000) n"
            )
            await owner.execute("delete from stock where n % 4 <> 0")
            await owner.execute("vacuum analyze stock")
            full = await owner.fetchval("select pg_relation_size('stock')")
            async with watching(primary.watcher) as watched:
                await until(lambda: one(watched, 'pg_table_bloat_bytes{relname="stock"}') is not None, 20)
                told = one(watched, 'pg_table_bloat_bytes{relname="stock"}')
                assert "bloat" not in watched.watcher.lacks
                await owner.execute("vacuum full stock")
                given_back = full - await owner.fetchval("select pg_relation_size('stock')")
                assert told == pytest.approx(given_back, rel=0.1)

    play(story())


def test_a_standby_that_falls_behind_is_told_on_both_sides(
    primary: Cluster, play: Play, open_folder: Path
) -> None:
    async def story() -> None:
        standby = await asyncio.to_thread(copied, primary, open_folder)
        await standby.start()
        try:
            url, port = urlsplit(primary.watcher), standby.command[standby.command.index("-p") + 1]
            there = f"postgresql://{url.username}:{url.password}@{HOST}:{port}/postgres"
            await until(lambda: "ready to accept read-only" in standby.log.read_text(), 30)
            async with (
                watching(primary.watcher) as watched,
                watching(there) as beyond,
                connected(primary) as owner,
            ):
                await soon(lambda: one(beyond, "pg_replication_is_replica") == 1)
                lag = 'pg_stat_replication_pg_wal_lsn_diff{application_name="walreceiver"}'
                await soon(lambda: one(watched, lag) is not None)
                paused = await asyncpg.connect(primary.url.replace(str(urlsplit(primary.url).port), port))
                await owner.execute("create table d (n int)")
                # The age of what was replayed last is only known once something was.
                while await paused.fetchval("select to_regclass('d')") is None:  # noqa: ASYNC110  (as below)
                    await asyncio.sleep(0.1)
                await paused.execute("select pg_wal_replay_pause()")
                while await paused.fetchval("select pg_get_wal_replay_pause_state()") != "paused":  # noqa: ASYNC110  (as above)
                    await asyncio.sleep(0.1)
                await owner.execute("create table c as select generate_series(1, 20000) n")
                await soon(lambda: (one(watched, lag) or 0) > 500_000)
                await soon(lambda: (one(beyond, "pg_replication_lag_seconds") or 0) > 0.5)
                await paused.execute("select pg_wal_replay_resume()")
                await soon(lambda: (one(watched, lag) or 0) < 50_000)
                await soon(lambda: one(beyond, "pg_replication_lag_seconds") == 0)
                await paused.close()
        finally:
            await standby.stop()

    play(story())


async def soon(true: Callable[[], bool]) -> None:
    """Ask on the loop, where samples come in too."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110  (another process sets no event here)
            await asyncio.sleep(0.2)


def copied(primary: Cluster, folder: Path) -> Child:
    """A standby of the primary, ready to start."""
    server, url, data = postgres.find(), urlsplit(primary.url), folder / "data"
    assert not isinstance(server, str)
    data.mkdir(mode=0o700)
    if server.user:
        subprocess.run(["chown", server.user, str(data)], check=True)
    where = ["-h", HOST, "-p", str(url.port), "-U", str(url.username)]
    command = [
        *server.become,
        str(server.programs / "pg_basebackup"),
        *where,
        "-D",
        str(data),
        "-R",
        "-c",
        "fast",
    ]
    environment = {**os.environ, "PGPASSWORD": url.password or ""}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd="/")
    assert done.returncode == 0, done.stderr
    program = str(server.programs / "postgres")
    chosen = [f"-c{name}={value}" for name, value in (postgres.SETTINGS | SETTINGS).items() if name != "port"]
    run = [
        *server.become,
        program,
        "-D",
        str(data),
        "-p",
        str(any_free()),
        *chosen,
        "-cshared_preload_libraries=",
    ]
    return Child("standby", run, folder, orders=False)
