"""A real PostgreSQL, watched: what the guide's database lines say of it while all is well and under real faults."""

import asyncio
from pathlib import Path
from time import monotonic

import asyncpg
import markupsafe
import pytest
from httpx import Response
from litestar.testing import TestClient

from opsguide.demo.postgres import Cluster
from opsguide.monitoring.databases.sessions import tree
from tests.demo.pieces import until
from tests.monitoring.watched import (
    ALERT,
    BOUND,
    LIMITED,
    LOCKS,
    POOL,
    QUERIES,
    Play,
    Watched,
    connected,
    visitors,
    watching,
)
from tests.prometheus import prometheus
from tests.web.served import Served, harbour


def test_a_quiet_database_keeps_its_lines(cluster: Cluster, play: Play) -> None:
    async def story() -> None:
        async with watching(cluster.watcher, BOUND + LIMITED) as watched, visitors(cluster, 0.005):
            await until(lambda: {watched.kind(one) for one in (POOL, QUERIES, LOCKS)} == {"kept"}, 20)
            assert watched.kind(ALERT) == "kept"
            assert not watched.watcher.problem
            assert set(watched.watcher.lacks) == {"bloat"}
            assert watched.value('sum(pg_stat_activity_count{database="shop"})') >= 4
            assert watched.value("pg_replication_is_replica") == 0
            assert watched.value("pg_up") == 1
            assert watched.value('pg_database_wraparound_age_datfrozenxid_seconds{datname="postgres"}') > 0

    play(story())


def test_slow_queries_break_the_query_time_and_nothing_else(cluster: Cluster, play: Play) -> None:
    async def story() -> None:
        async with watching(cluster.watcher, BOUND + LIMITED) as watched, visitors(cluster, 0.3):
            await until(lambda: watched.kind(QUERIES) == "broken", 20)
            # Begin and commit, as many as the slow queries each, are no queries that were answered quickly.
            share = (
                'pg_query_duration_seconds_bucket{le="0.2"} / ignoring(le) pg_query_duration_seconds_count'
            )
            assert watched.value(share) < 0.1
            assert watched.kind(POOL) == watched.kind(LOCKS) == "kept"

    play(story())


def test_a_session_that_holds_a_lock_breaks_lock_contention_and_is_found(
    cluster: Cluster, play: Play
) -> None:
    async def story() -> None:
        async with (
            watching(cluster.watcher, BOUND + LIMITED) as watched,
            connected(cluster, application_name="migration") as holder,
            connected(cluster, application_name="checkout") as waiter,
        ):
            await holder.execute("create table if not exists shelves (number int)")
            await until(lambda: watched.kind(LOCKS) == "kept", 20)
            holding = holder.transaction()
            await holding.start()
            await holder.execute("lock table shelves in access exclusive mode")
            waiting = asyncio.create_task(waiter.fetch("select * from shelves where number = 4711"))
            await until(lambda: watched.kind(LOCKS) == "broken", 20)
            seen = watched.watcher.seen
            assert seen is not None
            root, below = tree(seen.sessions)
            assert (root.session.application, root.holds_up) == ("migration", 1)
            assert root.session.state == "idle in transaction"
            assert (below.session.application, below.depth) == ("checkout", 1)
            assert below.session.lock == "AccessShareLock on shelves"
            assert (below.session.waited_seconds or 0) > 0.5
            assert watched.value("pg_blocked_queries") == 1
            # What is asked goes to the page only: not into telemetry, not onto the ledger.
            assert "4711" in below.session.query
            assert "4711" not in repr(
                watched.telemetry.instant('{__name__=~".+"}', watched.world.clock.now())
            )
            assert "4711" not in repr(watched.world.history)
            await holding.rollback()
            await waiting

    play(story())


def test_without_a_limit_blocking_is_measured_and_unbound(cluster: Cluster, play: Play) -> None:
    async def story() -> None:
        async with watching(cluster.watcher) as watched:
            await until(lambda: watched.kind(POOL) == "kept", 20)
            standing = watched.world.standing(LOCKS)
            assert (standing.kind, standing.missing) == ("unbound", f'limits."{LOCKS}"')

    play(story())


def test_taken_connections_break_the_pool_and_fire_the_alert(cluster: Cluster, play: Play) -> None:
    async def story() -> None:
        async with watching(cluster.watcher) as watched:
            await until(lambda: watched.kind(POOL) == "kept", 20)
            taken = [await asyncpg.connect(cluster.url) for _ in range(32)]
            try:
                await until(lambda: watched.kind(POOL) == watched.kind(ALERT) == "broken", 20)
            finally:
                for one in taken:
                    one.terminate()
            await until(lambda: watched.kind(POOL) == watched.kind(ALERT) == "kept", 20)

    play(story())


def test_beside_a_prometheus_each_line_is_kept_and_broken_alike(
    cluster: Cluster, play: Play, tmp_path: Path
) -> None:
    """What opsguide measures itself does not depend on who keeps the metrics of others."""

    async def story() -> None:
        with prometheus(tmp_path) as engine:
            there = (
                f'[telemetry]\nsource = "prometheus"\nurl = "{engine.url}"\nprivate = true\nevery = "1s"\n'
            )
            async with (
                watching(cluster.watcher, there + BOUND + LIMITED) as watched,
                connected(cluster) as holder,
                connected(cluster) as waiter,
            ):
                async with visitors(cluster, 0.005):
                    await until(lambda: {watched.kind(one) for one in (POOL, QUERIES, LOCKS)} == {"kept"}, 30)
                async with visitors(cluster, 0.3):
                    await until(lambda: watched.kind(QUERIES) == "broken", 30)
                await holder.execute("create table if not exists crates (number int)")
                holding = holder.transaction()
                await holding.start()
                await holder.execute("lock table crates in access exclusive mode")
                waiting = asyncio.create_task(waiter.fetch("select * from crates"))
                await until(lambda: watched.kind(LOCKS) == "broken", 30)
                await holding.rollback()
                await waiting
                taken = [await asyncpg.connect(cluster.url) for _ in range(32)]
                try:
                    await until(lambda: watched.kind(POOL) == watched.kind(ALERT) == "broken", 30)
                finally:
                    for one in taken:
                        one.terminate()

    play(story())


def test_a_transaction_left_open_is_seen(cluster: Cluster, play: Play) -> None:
    async def story() -> None:
        async with watching(cluster.watcher) as watched, connected(cluster) as forgetful:
            await forgetful.execute("begin")
            state = 'pg_stat_activity_count{state="idle in transaction"}'
            await until(lambda: len(watched.telemetry.instant(state, watched.world.clock.now())) == 1, 20)
            assert watched.value("pg_long_running_transactions_oldest_timestamp_seconds") > 0

    play(story())


def test_a_role_that_may_not_see_says_so_and_the_other_figures_go_on(cluster: Cluster, play: Play) -> None:
    async def story() -> None:
        async with connected(cluster) as owner:
            await owner.execute("create role blind login password 'blind'")
        blind = cluster.watcher.replace(cluster.watcher.split("//")[1].split("@")[0], "blind:blind")
        async with watching(blind, BOUND + LIMITED) as watched:
            await until(lambda: "grant pg_monitor to blind" in watched.problem(POOL), 20)
            for one in (POOL, QUERIES, LOCKS, ALERT):
                assert watched.kind(one) == "unproven"
            assert watched.value("pg_up") == 1

    play(story())


def test_without_its_extension_the_query_time_says_so_and_the_pool_goes_on(
    cluster: Cluster, play: Play
) -> None:
    async def story() -> None:
        async with connected(cluster) as owner:
            await owner.execute("drop extension pg_stat_statements")
            try:
                async with watching(cluster.watcher) as watched:
                    await until(lambda: watched.kind(POOL) == "kept", 20)
                    await until(lambda: "create extension pg_stat_statements" in watched.problem(QUERIES), 20)
                    assert watched.kind(QUERIES) == "unproven"
            finally:
                await owner.execute("create extension pg_stat_statements")

    play(story())


def test_a_shared_role_is_refused_for_query_times(cluster: Cluster, play: Play) -> None:
    async def story() -> None:
        async with watching(cluster.url) as watched, connected(cluster, application_name="shop"):
            await until(lambda: "used by others too" in watched.problem(QUERIES), 20)
            assert watched.kind(POOL) == "kept"

    play(story())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "env:WATCHER: it is not set, or empty"),
        ("postgresql://watcher@127.0.0.1:1/shop", "it takes no connection"),
        ("postgresql://watcher@127.0.0.1:port/shop", "its URL cannot be read"),
    ],
)
def test_a_database_that_cannot_be_reached_is_unproven_and_says_why(url: str, said: str, play: Play) -> None:
    async def story() -> None:
        async with watching(url) as watched:
            await until(lambda: said in watched.problem(POOL), 20)
            assert watched.kind(POOL) == watched.kind(QUERIES) == "unproven"

    play(story())


def test_a_lost_connection_turns_the_lines_unproven_at_once_and_comes_back(
    cluster: Cluster, play: Play
) -> None:
    async def story() -> None:
        async with watching(cluster.watcher) as watched, connected(cluster) as owner:
            await until(lambda: watched.kind(POOL) == "kept", 20)
            await owner.execute("alter role watcher nologin")
            try:
                await owner.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'watcher'"
                )
                await until(lambda: watched.kind(POOL) == "unproven", 20)
                await until(lambda: "the server says: role" in watched.problem(POOL), 20)
            finally:
                await owner.execute("alter role watcher login")
            lost = monotonic()
            await until(lambda: watched.kind(POOL) == "kept", 30)
            assert monotonic() - lost < 30

    play(story())


def test_the_page_shows_who_blocks_whom_and_forgets_it(cluster: Cluster, play: Play) -> None:
    async def story() -> None:
        served = harbour()
        async with (
            watching(cluster.watcher) as watched,
            connected(cluster, application_name="migration") as holder,
            connected(cluster, application_name="<b>checkout</b>") as waiter,
        ):
            await until(lambda: not watched.watcher.problem, 20)
            show(served, watched)
            page = await asyncio.to_thread(shown, served)
            assert "Looking" in page or "Nobody waits for a lock." in page
            await holder.execute("create table if not exists shelves (number int)")
            await holder.execute("begin")
            await holder.execute("lock table shelves in access exclusive mode")
            waiting = asyncio.create_task(waiter.fetch("select * from shelves where number = 4712"))
            await until(lambda: watched.watcher.blocked is not None, 20)
            page = await asyncio.to_thread(shown, served)
            assert "1 session waits for a lock." in page
            assert "holds up 1 and does nothing: idle in transaction" in " ".join(page.split())
            assert "AccessShareLock on shelves" in page
            assert "number = 4712" in page
            assert "&lt;b&gt;checkout" in page
            await holder.execute("rollback")
            await waiting
            await until(lambda: watched.watcher.seen is not watched.watcher.blocked, 20)
            page = await asyncio.to_thread(shown, served)
            assert "Nobody waits for a lock now." in page
            assert "Who blocked whom" in page
            served.clock.advance(100)
            assert "4712" not in (await asyncio.to_thread(shown, served)).partition("Connections")[0]

    play(story())


def test_a_tree_of_three_is_drawn_with_what_ends_it(cluster: Cluster, play: Play) -> None:
    async def story() -> None:
        served = harbour()
        async with (
            watching(cluster.watcher) as watched,
            connected(cluster, application_name="deploy") as first,
            connected(cluster, application_name="checkout") as second,
            connected(cluster, application_name="stock") as third,
        ):
            await first.execute(
                "create table if not exists cups (n int); create table if not exists jugs (n int)"
            )
            await first.execute("begin; lock table cups")
            await second.execute("begin; lock table jugs")
            waiting = [asyncio.create_task(second.execute("lock table cups"))]
            waiting.append(asyncio.create_task(third.execute("begin; lock table jugs")))
            show(served, watched)
            await until(
                lambda: (seen := watched.watcher.seen) is not None and len(tree(seen.sessions)) == 3, 20
            )
            answer = await asyncio.to_thread(asked, served, "/api/v1/databases/shop")
            tree_told = [(one["depth"], one["session"]["application"]) for one in answer.json()["blocking"]]
            assert tree_told == [(0, "deploy"), (1, "checkout"), (2, "stock")]
            assert answer.json()["waiting"] == 2
            deploy = answer.json()["blocking"][0]["session"]
            assert deploy["cancel"] == ""
            page = await asyncio.to_thread(shown, served)
            assert markupsafe.escape(deploy["terminate"]) in page
            async with connected(cluster) as owner:
                # It ends this session, and none that gets its number later.
                other = deploy["terminate"].replace("backend_start = '2", "backend_start = '1")
                assert await owner.fetch(other) == []
                assert await owner.fetchval(deploy["terminate"]) is True
            await waiting[0]
            await second.execute("commit")
            await waiting[1]

    play(story())


def test_a_database_that_is_lost_shows_what_was_seen_last(cluster: Cluster, play: Play) -> None:
    async def story() -> None:
        served = harbour()
        async with (
            watching(cluster.watcher) as watched,
            connected(cluster, application_name="importer") as forgetful,
            connected(cluster) as owner,
        ):
            await forgetful.execute("begin")
            await until(lambda: watched.kind(POOL) == "kept" and "importer" in repr(watched.watcher.seen), 20)
            await owner.execute("alter role watcher nologin")
            try:
                await owner.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'watcher'"
                )
                await until(lambda: "not permitted to log in" in watched.watcher.problem, 20)
                show(served, watched)
                page = await asyncio.to_thread(shown, served)
                assert "Not watched for" in page
                assert "what was seen last" in page
                assert "importer" in page
                (told,) = (await asyncio.to_thread(asked, served, "/api/v1/databases")).json()["items"]
                assert told["state"] == "away"
                assert "not permitted to log in" in told["problem"]
                assert told["since"] is not None
                assert told["looked_at"] is not None
                assert "Connections" in [figure["name"] for figure in told["figures"]]
            finally:
                await owner.execute("alter role watcher login")

    play(story())


def test_statements_that_took_the_time_are_told_without_their_constants(cluster: Cluster, play: Play) -> None:
    async def story() -> None:
        async with watching(cluster.watcher) as watched, visitors(cluster, 0.02), connected(cluster) as other:
            await until(lambda: bool(watched.watcher.top.statements), 20)
            await other.fetch("select 4713 + count(*) from pg_class")
            await until(lambda: "count" in repr(watched.watcher.top), 20)
            top = watched.watcher.top
            assert "pg_sleep($1)" in top.statements[0].query
            assert "4713" not in repr(top)
            assert sum(one.seconds for one in top.statements) <= top.of + 0.001

    play(story())


def test_without_a_database_the_page_says_what_to_bind() -> None:
    assert "databases.main" in shown(harbour())


def test_a_database_that_nobody_bound_is_not_found() -> None:
    answer = asked(harbour(), "/api/v1/databases/gone")
    assert answer.status_code == 404
    assert "/api/v1/databases lists" in answer.json()["hint"]
    assert asked(harbour(), "/api/v1/databases").json() == {"items": []}


def show(served: Served, watched: Watched) -> None:
    """The console of `served` has what is watched, and its time."""
    served.board.telemetry = watched.telemetry
    served.board.watchers = watched.watch.databases.watchers
    served.clock.advance(watched.world.clock.now() / 1000 - served.now() / 1000)


def asked(served: Served, path: str) -> Response:
    with TestClient(served.app, base_url="http://127.0.0.1:8470") as client:
        return client.get(path)


def shown(served: Served) -> str:
    answer = asked(served, "/databases")
    assert answer.status_code == 200
    return answer.text
