"""How long queries take, told from looks at what runs: held to simulated queries whose durations are known."""

from random import Random

import pytest

from opsguide.kernel.ports import Sample
from opsguide.monitoring.databases.durations import Durations
from opsguide.monitoring.databases.waits import Running

LIMIT = 0.2


def buckets(samples: list[Sample]) -> dict[str, float]:
    return {one.labels["le"]: one.value for one in samples if "le" in one.labels}


def shares(samples: list[Sample]) -> dict[str, float]:
    """The share that lasts longer, by bound."""
    found = buckets(samples)
    return {le: 1 - value / found["+Inf"] for le, value in found.items()}


def workload(random: Random, seconds: float, clients: int = 16) -> list[tuple[float, float, int]]:
    """(begin, duration, client): mostly quick, some slower, a few very slow, one after the other for each client."""
    found = []
    for client in range(clients):
        at = random.random()
        while at < seconds:
            mean = random.choices((0.002, 0.03, 0.12), (70, 20, 10))[0]
            found.append((at, random.expovariate(1 / mean), client))
            at += found[-1][1] + 0.002
    return sorted(found)


def looked_at(queries: list[tuple[float, float, int]], random: Random, seconds: float) -> Durations:
    """Ten looks a second, more or less."""
    durations, at, before, live, rest = Durations([LIMIT]), 0.0, 0.0, [], iter(queries)
    durations.finished(0, 0.0)
    coming = next(rest, None)
    while at < seconds:
        at += random.uniform(0.08, 0.12)
        while coming is not None and coming[0] <= at:
            live.append(coming)
            coming = next(rest, None)
        live = [one for one in live if one[0] + one[1] > at]
        durations.looked([Running(one[2], at - one[0], one[0], False) for one in live], at - before)
        before = at
    done = sum(begin + took <= at for begin, took, _ in queries)
    durations.finished(done, 0.0)
    return durations


@pytest.mark.parametrize("seed", range(3))
def test_the_share_over_a_limit_is_within_two_tenths_of_a_point(seed: int) -> None:
    random, seconds = Random(seed), 60.0
    queries = workload(random, seconds)
    told = shares(looked_at(queries, random, seconds).samples())
    true = sum(took > LIMIT for _, took, _ in queries) / len(queries)
    assert told["0.2"] == pytest.approx(true, abs=0.002)
    slow = sum(took > 0.5 for _, took, _ in queries) / len(queries)
    assert told["0.5"] == pytest.approx(slow, abs=0.001)


def test_short_queries_are_told_from_the_few_that_are_seen() -> None:
    random, seconds = Random(7), 60.0
    queries = workload(random, seconds)
    told = shares(looked_at(queries, random, seconds).samples())
    true = sum(took > 0.01 for _, took, _ in queries) / len(queries)
    assert told["0.01"] == pytest.approx(true, rel=0.1)


def test_a_query_that_hangs_counts_once_and_until_it_ends_beyond_every_bound() -> None:
    durations = Durations()
    durations.finished(0, 0.0)
    for look in range(1, 31):
        durations.looked([Running(1, look / 10, 0.0, False)], 0.1)
    hanging = buckets(durations.samples())
    assert (hanging["+Inf"], hanging["2.5"], hanging["60"]) == (1, 0, 0)
    durations.looked([], 0.1)
    durations.finished(1, 3.0)
    ended = buckets(durations.samples())
    assert (ended["+Inf"], ended["2.5"], ended["5"]) == (1, 0, 1)


def test_counters_never_go_back() -> None:
    random = Random(3)
    durations, done, before = Durations(), 0, dict[str, float]()
    durations.finished(0, 0.0)
    for _ in range(200):
        durations.looked(
            [Running(n, random.expovariate(5), n, False) for n in range(random.randrange(30))], 0.1
        )
        done += random.randrange(3)
        durations.finished(done, 0.0)
        now = buckets(durations.samples())
        assert all(now[le] >= value for le, value in before.items())
        assert list(now.values()) == sorted(now.values())
        before = now


def test_nothing_is_said_before_counting_began() -> None:
    durations = Durations()
    durations.looked([Running(1, 9.0, 0.0, False)], 0.1)
    assert durations.samples() == []
