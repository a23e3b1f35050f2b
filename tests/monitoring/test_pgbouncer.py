"""A real PgBouncer before a real PostgreSQL: what its pools say, full, waiting, gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from opsguide.demo import postgres
from opsguide.demo.children import Child
from opsguide.demo.ports import HOST, any_free
from opsguide.demo.postgres import Cluster
from opsguide.monitoring.databases.pooler import Pooler
from opsguide.monitoring.databases.pools import Looks, pools
from tests.demo.pieces import until
from tests.monitoring.watched import ALERT, BOUND, POOL, Play, Watched, watching

ROWS = {
    "cl_active": 3,
    "sv_idle": 1,
    "sv_used": 0,
    "maxwait": 2,
    "maxwait_us": 500_000,
    "pool_mode": "session",
}


POOLED = BOUND + 'pgbouncer = "env:CONSOLE"\n'


def pool(database: str, active: int, waiting: int = 0) -> dict[str, object]:
    return ROWS | {"database": database, "user": "shop", "sv_active": active, "cl_waiting": waiting}


def size(name: str, pool_size: int, most: int = 0) -> dict[str, object]:
    return {"name": name, "pool_size": pool_size, "max_connections": most, "paused": 0, "disabled": 0}


def test_pools_are_told_with_their_room_and_the_fullest_leads() -> None:
    shown = [pool("shop", 2), pool("stock", 4, waiting=1), pool("pgbouncer", 1)]
    full, half = pools(shown, [size("shop", 20, most=4), size("stock", 4), size("pgbouncer", 2)])
    assert (full.database, full.active, full.size, full.waiting, full.longest) == ("stock", 4, 4, 1, 2.5)
    assert full.is_full
    assert (half.database, half.size, half.is_full) == ("shop", 4, False)


def test_between_two_samples_use_is_a_mean_and_waiting_the_worst() -> None:
    looks = Looks()
    for active, waiting in ((0, 0), (4, 3), (2, 0)):
        looks.looked(pools([pool("shop", active, waiting)], [size("shop", 4)]))
    said = {one.labels["__name__"]: one.value for one in looks.samples()}
    assert said["pgbouncer_pools_server_active_connections"] == 2
    assert said["pgbouncer_pools_client_waiting_connections"] == 3
    assert said["pgbouncer_pools_size"] == 4
    assert list(looks.samples()) == []


class Bouncer:
    """A PgBouncer with a pool of three connections."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        server, url = postgres.find(), urlsplit(cluster.url)
        assert not isinstance(server, str)
        self.port = any_free()
        (folder / "users").write_text('"stats" "seen"\n"shop" "shop"\n')
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\nshop = host={HOST} port={url.port} dbname=postgres user={url.username} "
            f"password={url.password} pool_size=3\n"
            f"[pgbouncer]\nlisten_addr={HOST}\nlisten_port={self.port}\nunix_socket_dir=\n"
            f"auth_type=plain\nauth_file={folder / 'users'}\nstats_users=stats\npool_mode=transaction\n"
        )
        self.child = Child("pgbouncer", [*server.become, program(), str(settings)], folder, orders=False)

    def url(self, who: str, database: str) -> str:
        return f"postgresql://{who}@{HOST}:{self.port}/{database}"

    @property
    def console(self) -> str:
        return self.url("stats:seen", "pgbouncer")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.child.start()
        try:
            yield
        finally:
            await self.child.stop()

    @asynccontextmanager
    async def clients(self, count: int) -> AsyncIterator[None]:
        """So many transactions that stay open."""

        async def one() -> None:
            connection = await asyncpg.connect(self.url("shop:shop", "shop"), statement_cache_size=0)
            try:
                await connection.execute("begin; select pg_sleep(60)")
            finally:
                connection.terminate()

        tasks = [asyncio.create_task(one()) for _ in range(count)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def program() -> str:
    return next(one for one in ("/usr/sbin/pgbouncer", "/usr/bin/pgbouncer") if Path(one).exists())


@pytest.fixture
def bouncer(cluster: Cluster, open_folder: Path) -> Bouncer:
    return Bouncer(cluster, open_folder)


def test_a_full_pool_breaks_the_line_while_the_server_has_room(
    cluster: Cluster, bouncer: Bouncer, play: Play
) -> None:
    async def story() -> None:
        async with bouncer.running(), watching(cluster.watcher, POOLED, bouncer.console) as watched:
            await until(lambda: not pooler(watched).problem, 20)
            async with bouncer.clients(1):
                await until(lambda: watched.kind(POOL) == "kept", 20)
            async with bouncer.clients(5):
                await until(lambda: watched.kind(POOL) == watched.kind(ALERT) == "broken", 30)
                (full,) = pooler(watched).seen
                assert (full.database, full.active, full.size, full.is_full) == ("shop", 3, 3, True)
                assert (full.waiting, full.mode) == (2, "transaction")
                assert full.longest > 0
                assert watched.value("pgbouncer_pools_client_waiting_connections") == 2
                connections = "sum(pg_stat_activity_count) / on() max(pg_settings_max_connections)"
                assert watched.value(connections) < 0.5
            await until(lambda: watched.kind(POOL) == watched.kind(ALERT) == "kept", 30)

    play(story())


def test_a_pooler_that_is_gone_leaves_the_line_unproven_and_says_why(
    cluster: Cluster, bouncer: Bouncer, play: Play
) -> None:
    async def story() -> None:
        async with watching(cluster.watcher, POOLED, bouncer.console) as watched:
            async with bouncer.running():
                await until(lambda: not pooler(watched).problem, 20)
                async with bouncer.clients(1):
                    await until(lambda: watched.kind(POOL) == "kept", 20)
            await until(lambda: watched.kind(POOL) == "unproven", 20)
            wanted = "PgBouncer of database shop: it takes no connection"
            await until(lambda: wanted in watched.problem(POOL), 20)
            assert watched.value("pgbouncer_up") == 0
            assert watched.value("pg_up") == 1

    play(story())


WRONG = [
    ("stats:wrong", "pgbouncer", "it does not accept the password"),
    ("shop:shop", "pgbouncer", "add it to stats_users"),
    ("shop:shop", "shop", "that is a PostgreSQL, not the admin console"),
    ("stats:seen", "pgbouncer?sslmode=require", "it does not speak TLS"),
    ("stats:seen", "pgbouncer?sslmode=maybe", "there is no such sslmode"),
]


def test_what_is_wrong_with_the_console_is_said(cluster: Cluster, bouncer: Bouncer, play: Play) -> None:
    async def one(who: str, database: str, said: str) -> None:
        url = bouncer.url(who, database)
        async with watching(cluster.watcher, POOLED, url) as watched:
            await until(lambda: said in pooler(watched).problem, 20)
            assert HOST not in pooler(watched).problem

    async def story() -> None:
        async with bouncer.running():
            for who, database, said in WRONG:
                await one(who, database, said)

    play(story())


def pooler(watched: Watched) -> Pooler:
    found = watched.watcher.pooler
    assert found is not None
    return found
