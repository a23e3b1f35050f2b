"""Samples that are pushed: many targets in a request, one target in many requests, late and doubled ones."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opsguide.kernel.matching import Matcher, Op
from opsguide.telemetry import labels as label
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.pushes import Pushes
from opsguide.telemetry.store import OUT_OF_ORDER, SERIES_LIMIT, Limits, Store

START = 1_700_000_000_000
Pushed = tuple[Labels, int, float]


def series(name: str, instance: str = "one") -> Labels:
    return label.of({"__name__": name, "job": "app", "instance": instance})


def push(store: Store, samples: list[Pushed], stale: bool = False) -> int:
    pushes = Pushes(store)
    labels, times, values = zip(*samples, strict=True)
    flags = np.full(len(samples), stale)
    return pushes.push(pushes.numbers(labels), np.array(times), np.array(values), flags)


def read(store: Store, name: str, instance: str = "one") -> list[tuple[int, float | str]]:
    matchers = [Matcher("__name__", Op.EQUAL, name), Matcher("instance", Op.EQUAL, instance)]
    found = store.select(matchers, 0, 2**60)
    if not found:
        return []
    rows = zip(found[0].times.tolist(), found[0].values.tolist(), found[0].stale.tolist(), strict=True)
    return [(at, "stale" if stale else value) for at, value, stale in rows]


def test_a_request_with_two_targets_at_instants_of_their_own() -> None:
    store = Store()
    taken = push(
        store,
        [
            (series("a"), START, 1.0),
            (series("a", "two"), START + 700, 2.0),
            (series("b"), START, 3.0),
            (series("b", "two"), START + 700, 4.0),
        ],
    )
    assert taken == 4
    assert read(store, "a") == [(START, 1.0)]
    assert read(store, "b", "two") == [(START + 700, 4.0)]


def test_an_instant_in_several_requests_is_one_column_and_nothing_ends_by_missing() -> None:
    store = Store()
    for at in (START, START + 15_000):
        push(store, [(series("a"), at, 1.0)])
        push(store, [(series("b"), at, 2.0)])
    push(store, [(series("b"), START + 30_000, 3.0)])
    assert read(store, "a") == [(START, 1.0), (START + 15_000, 1.0)]
    assert len(read(store, "b")) == 3
    (target,) = store.targets.values()
    assert [chunk.used for chunk in target.columns.chunks] == [3]


def test_one_part_of_a_target_may_come_after_a_newer_one_of_another() -> None:
    store = Store()
    push(store, [(series("a"), START, 1.0)])
    push(store, [(series("a"), START + 15_000, 2.0)])
    assert push(store, [(series("b"), START, 5.0)]) == 1
    assert read(store, "b") == [(START, 5.0)]


def test_late_and_doubled_samples_are_refused_and_counted() -> None:
    store = Store()
    push(store, [(series("a"), START, 1.0), (series("a"), START + 15_000, 2.0)])
    assert push(store, [(series("a"), START, 9.0)]) == 0
    assert push(store, [(series("a"), START + 15_000, 9.0)]) == 0
    assert push(store, [(series("a"), START + 7_000, 9.0)]) == 0
    assert read(store, "a") == [(START, 1.0), (START + 15_000, 2.0)]
    assert store.status().refused == {OUT_OF_ORDER: 3}


def test_a_sample_that_fits_no_column_is_kept_all_the_same() -> None:
    store = Store()
    push(store, [(series("a"), START, 1.0)])
    push(store, [(series("b"), START + 300, 2.0)])
    push(store, [(series("b"), START + 15_300, 3.0)])
    push(store, [(series("b"), START + 15_900, 4.0)])
    push(store, [(series("b"), START + 30_000, 5.0)])
    assert read(store, "b") == [
        (START + 300, 2.0),
        (START + 15_300, 3.0),
        (START + 15_900, 4.0),
        (START + 30_000, 5.0),
    ]


def test_senders_say_when_a_series_ends() -> None:
    store = Store()
    push(store, [(series("a"), START, 1.0)])
    push(store, [(series("a"), START + 15_000, 0.0)], stale=True)
    assert read(store, "a") == [(START, 1.0), (START + 15_000, "stale")]


def test_a_scrape_of_the_same_job_keeps_its_own_columns() -> None:
    store = Store()
    store.commit(label.of({"job": "app", "instance": "one"}), START + 500, [(series("scraped"), 1.0)])
    push(store, [(series("a"), START, 1.0)])
    assert read(store, "a") == [(START, 1.0)]
    assert read(store, "scraped") == [(START + 500, 1.0)]


def test_series_over_the_limit_are_refused_and_counted() -> None:
    store = Store(Limits(series=1))
    assert push(store, [(series("a"), START, 1.0), (series("b"), START, 1.0)]) == 1
    assert store.status().refused == {SERIES_LIMIT: 1}


@settings(max_examples=500)
@example([[("a", "one", 2), ("b", "one", 1)], [("a", "one", 1)]])
@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from("abc"), st.sampled_from(["one", "two"]), st.integers(0, 40)),
            min_size=1,
            max_size=6,
        ),
        max_size=12,
    )
)
def test_each_series_keeps_what_came_in_order_and_nothing_else(
    requests: list[list[tuple[str, str, int]]],
) -> None:
    """Against a plain list for each series."""
    store = Store()
    plain: dict[tuple[str, str], list[tuple[int, float]]] = {}
    value = 0.0
    for request in requests:
        samples: list[Pushed] = []
        unique = dict.fromkeys(request)
        for name, instance, step in sorted(unique, key=lambda one: one[2]):
            value += 1
            at = START + step * 400
            samples.append((series(name, instance), at, value))
            kept = plain.setdefault((name, instance), [])
            if not kept or at > kept[-1][0]:
                kept.append((at, value))
        push(store, samples)
    for (name, instance), expected in plain.items():
        assert read(store, name, instance) == expected


@pytest.mark.parametrize("count", [1, 300])
def test_more_columns_than_a_chunk_has(count: int) -> None:
    store = Store()
    for index in range(count):
        push(store, [(series("a"), START + index * 15_000, float(index))])
    assert [value for _, value in read(store, "a")] == list(range(count))
