"""Query times from the server's log: its formats, what a sampled line stands for, and a real log of a real server."""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.demo.postgres import Cluster
from opsguide.kernel.ports import Sample
from opsguide.monitoring.databases.log import ServerLog
from opsguide.monitoring.databases.query_log import (
    Format,
    Logged,
    LoggedDurations,
    Logging,
    Reader,
    logging_of,
    prefix_pattern,
)
from opsguide.telemetry.intake.access_log import Tail
from tests.demo.pieces import running_cluster, until
from tests.monitoring.watched import BOUND, QUERIES, Play, connected, watching

SETTINGS = {
    "log_destination": "jsonlog",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "lc_messages": "C",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "0",
    "log_statement_sample_rate": "0.1",
    "log_transaction_sample_rate": "0",
    "log_statement": "none",
}


def settings(**changed: str) -> Logging:
    return logging_of(SETTINGS | changed)


def line(kind: Format, seconds: float, text: str = "select 1", step: str = "statement") -> bytes:
    message = f"duration: {seconds * 1000:.3f} ms  {step}: {text}"
    if kind == "jsonlog":
        return json.dumps({"user": "shop", "dbname": "harbour", "message": message}).encode() + b"\n"
    if kind == "csvlog":
        quoted = message.replace('"', '""')
        return f'2026-11-26 03:12:00.000 UTC,"shop","harbour",{",".join("1" * 10)},"{quoted}",,,\n'.encode()
    return f"2026-11-26 03:12:00.000 UTC [4711] shop@harbour LOG:  {message}\n".encode()


KINDS: tuple[Format, ...] = ("jsonlog", "csvlog", "stderr")


def reader(kind: Format) -> Reader:
    return Reader(kind, SETTINGS["log_line_prefix"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_format_tells_role_database_duration_and_text(kind: Format) -> None:
    text = "select \"a\", 'b' from t"
    for step in ("statement", "execute <unnamed>", "execute fetch from s/p"):
        (found,) = reader(kind).read(line(kind, 0.25, text, step))
        assert found == Logged("shop", "harbour", 0.25, text)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_query_is_left_out(kind: Format) -> None:
    for step in ("parse <unnamed>", "bind <unnamed>", "plan"):
        assert list(reader(kind).read(line(kind, 0.25, step=step))) == []
    for other in (
        b"",
        b"\n",
        b"{",
        b'{"message": 5, "x": "duration: "}\n',
        b"LOG:  duration: x\n",
        b"\xff\xfe,\n",
    ):
        assert list(reader(kind).read(other)) == []


@given(text=st.text(alphabet='ab",\n\t;()\u00e9', max_size=60), cut=st.integers(0, 400))
def test_a_csv_record_over_several_lines_comes_once_wherever_it_is_cut(text: str, cut: int) -> None:
    whole = line("csvlog", 0.25, text) * 2
    begin = whole.rfind(b"\n", 0, cut) + 1
    csvlog = reader("csvlog")
    found = [*csvlog.read(whole[:begin]), *csvlog.read(whole[begin:])]
    assert [one.seconds for one in found] == [0.25, 0.25]


@pytest.mark.parametrize(
    ("prefix", "written"),
    [
        ("%m [%p] %q%u@%d ", "2026-11-26 03:12:00.000 UTC [4711] shop@harbour "),
        (
            "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
            "2026-11-26 03:12:00 UTC [1]: user=shop,db=harbour,app=a b,client=::1 ",
        ),
        ("%-8u %d %% ", "shop     harbour % "),
        ("%n %c %l %x %e %d/%u ", "1795663920.123 6567.1 3 0 00000 harbour/shop "),
    ],
)
def test_prefixes_of_lines_are_read_as_they_are_set(prefix: str, written: str) -> None:
    found = prefix_pattern(prefix).match(f"{written}LOG:  duration: 1.000 ms  statement: select 1")
    assert found is not None
    assert (found["user"], found["database"]) == ("shop", "harbour")


@pytest.mark.parametrize(
    ("changed", "seconds", "stands_for", "floor"),
    [
        ({}, 0.3, 10, 0),
        ({"log_min_duration_statement": "200"}, 0.3, 1, 0),
        ({"log_min_duration_statement": "200"}, 0.1, 10, 0),
        ({"log_min_duration_sample": "100"}, 0.3, 10, 0.1),
        ({"log_min_duration_sample": "-1", "log_min_duration_statement": "50"}, 0.05, 1, 0.05),
        ({"log_transaction_sample_rate": "0.5"}, 0.3, 1 / 0.55, 0),
        ({"log_min_duration_sample": "-1", "log_transaction_sample_rate": "0.25"}, 0.3, 4, 0),
    ],
)
def test_a_line_stands_for_as_many_queries_as_the_settings_leave_out(
    changed: dict[str, str], seconds: float, stands_for: float, floor: float
) -> None:
    found = settings(**changed)
    assert found.stands_for(seconds) == pytest.approx(stands_for)
    assert found.floor == floor


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"lc_messages": "de_DE.UTF-8"}, "not in English"),
        ({"log_statement": "all"}, "set 'none' or 'ddl'"),
        ({"log_min_duration_sample": "-1"}, "logs no durations"),
        ({"log_statement_sample_rate": "0"}, "logs no durations"),
        ({"log_min_duration_sample": "500"}, "below the limit of 200 ms"),
    ],
)
def test_a_log_that_cannot_tell_says_what_to_set(changed: dict[str, str], said: str) -> None:
    lack = settings(**changed).lack([0.2])
    assert said in lack if said else not lack


def quantile(samples: list[Sample], part: float) -> float:
    """As PromQL's histogram_quantile interpolates."""
    found = [(one.labels["le"], one.value) for one in samples if "le" in one.labels]
    wanted, before, below = part * found[-1][1], 0.0, 0.0
    for le, value in found:
        if value >= wanted:
            return before + (float(le) - before) * (wanted - below) / (value - below)
        before, below = float(le), value
    raise AssertionError


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "changed", [{}, {"log_min_duration_sample": "50"}, {"log_min_duration_statement": "200"}], ids=str
)
def test_the_p95_is_within_five_percent_of_the_truth(seed: int, changed: dict[str, str]) -> None:
    random, found = Random(seed), settings(**changed)
    true = sorted(random.lognormvariate(-3.4, 0.9) for _ in range(40_000))
    durations = LoggedDurations([0.2])
    for seconds in true:
        if seconds >= found.floor and random.random() * found.stands_for(seconds) < 1:
            durations.add(seconds, found.stands_for(seconds))
    samples = durations.samples(found.floor, len(true))
    assert quantile(samples, 0.95) == pytest.approx(true[int(0.95 * len(true))], rel=0.05)
    within = next(one.value for one in samples if one.labels.get("le") == "0.2")
    share, truth = 1 - within / samples[-2].value, sum(one > 0.2 for one in true) / len(true)
    # All that is longer than the limit is in the log, or a tenth of it: then chance has a part (three deviations).
    assert share == pytest.approx(truth, abs=0.002 if found.always == 0.2 else 0.007)


def test_the_log_is_followed_from_file_to_file(tmp_path: Path) -> None:
    def count() -> float:
        return log.durations.samples(0, 0)[-2].value

    first = tmp_path / "a.json"
    first.write_bytes(line("jsonlog", 0.1))
    log = ServerLog(tmp_path, [], Tail, lambda one: one.database == "harbour")
    every = settings(log_statement_sample_rate="1")
    assert asyncio.run(log.read(every)) == ""
    assert count() == 0
    (tmp_path / "a.log").write_bytes(b"the collector says its name\n")
    with first.open("ab") as file:
        file.write(line("jsonlog", 0.1) * 2)
    for age, name, lines in ((2, "b", 4), (1, "c", 1)):
        written(tmp_path / f"{name}.json", line("jsonlog", 0.1) * lines, age)
    os.utime(first, ns=(0, 0))
    asyncio.run(log.read(every))
    assert count() == 7
    with (tmp_path / "c.json").open("ab") as file:
        file.write(line("jsonlog", 0.1))
    asyncio.run(log.read(every))
    assert count() == 8
    assert "no log of the kind csvlog" in asyncio.run(log.read(settings(log_destination="csvlog")))
    log.close()


def written(path: Path, content: bytes, age: int) -> None:
    path.write_bytes(content)
    os.utime(path, ns=(10**18 - age, 10**18 - age))


def test_a_text_log_whose_prefix_tells_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.log").write_bytes(b"")
    with closing(ServerLog(tmp_path / "main.log", [], Tail, lambda _: True)) as log:
        assert "no %u and %d" in asyncio.run(log.read(settings(log_line_prefix="%m ")))
        assert asyncio.run(log.read(settings())) == ""


LOGGED = {
    "logging_collector": "on",
    "log_destination": "jsonlog",
    "log_directory": "log",
    "log_min_duration_sample": "0",
    "log_statement_sample_rate": "0.5",
}


@pytest.fixture(scope="module")
def logged(loop: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    running = running_cluster(tmp_path_factory.mktemp("logged"), **LOGGED)
    yield loop.run(running.__aenter__())
    loop.run(running.__aexit__(None, None, None))


MEASURED = "select extract(epoch from clock_timestamp() - statement_timestamp())::float8 from pg_sleep($1)"
P95 = "histogram_quantile(0.95, sum by (le) (pg_query_duration_seconds_bucket))"


async def work(cluster: Cluster, slow: float, seconds: float, turns: int) -> list[float]:
    """Queries of some clients, one in five slow; how long each took, as the server measures it itself."""

    async def one(number: int) -> list[float]:
        random = Random(number)
        async with connected(cluster) as connection:
            return [
                await connection.fetchval(MEASURED, slow if random.random() < 0.2 else seconds)
                for _ in range(turns)
            ]

    return [took for client in await asyncio.gather(*map(one, range(8))) for took in client]


def test_a_real_servers_log_tells_its_p95(logged: Cluster, play: Play) -> None:
    async def story() -> None:
        bound = BOUND + f'log = "{logged.data / "log"}"\n'
        async with watching(logged.watcher, bound) as watched:
            await until(lambda: watched.watcher.query_times.startswith("the server's log"), 20)
            assert watched.watcher.query_times == "the server's log: 50 % of the queries"
            took = await work(logged, slow=0.1, seconds=0.002, turns=60)
            async with connected(logged) as other:
                await other.execute("begin")
                await other.execute("commit")
            await until(lambda: len(watched.telemetry.instant(P95, watched.world.clock.now())) == 1, 20)
            await until(lambda: watched.value("pg_query_duration_seconds_count") > 0.7 * len(took), 20)
            await asyncio.sleep(1.1)  # one more round: what the log still held back
            true = sorted(took)[int(0.95 * len(took))]
            assert watched.value(P95) == pytest.approx(true, rel=0.05)
            assert watched.value("pg_query_duration_seconds_count") == pytest.approx(len(took), rel=0.2)
            assert "log" not in watched.watcher.lacks
            await until(lambda: watched.kind(QUERIES) == "kept", 20)
            await work(logged, slow=0.6, seconds=0.4, turns=5)
            await until(lambda: watched.kind(QUERIES) == "broken", 20)

    play(story())


def test_without_its_log_query_times_come_from_looks_and_it_is_said(logged: Cluster, play: Play) -> None:
    async def story() -> None:
        async with watching(logged.watcher, BOUND + 'log = "/nowhere/postgresql.json"\n') as watched:
            await until(lambda: "cannot be read: No such file" in watched.watcher.lacks.get("log", ""), 20)
            assert watched.watcher.query_times.startswith("looks")
            await work(logged, slow=0.01, seconds=0.002, turns=20)
            await until(lambda: watched.kind(QUERIES) == "kept", 20)

    play(story())


def test_a_log_stands_in_for_the_extension_that_counts_queries(logged: Cluster, play: Play) -> None:
    async def story() -> None:
        async with connected(logged) as owner:
            await owner.execute("drop extension pg_stat_statements")
        try:
            bound = BOUND + f'log = "{logged.data / "log"}"\n'
            async with watching(logged.watcher, bound) as watched:
                await until(lambda: watched.watcher.query_times.startswith("the server's log"), 20)
                await work(logged, slow=0.01, seconds=0.002, turns=20)
                await until(lambda: watched.kind(QUERIES) == "kept", 20)
        finally:
            async with connected(logged) as owner:
                await owner.execute("create extension pg_stat_statements")

    play(story())
