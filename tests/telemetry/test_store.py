"""What the store keeps: whole scrapes, the end of series, limits that show."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.kernel.matching import Matcher, Op
from opsguide.telemetry import labels as label
from opsguide.telemetry.columns import COLUMNS
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.points import Points
from opsguide.telemetry.store import DUPLICATE, OUT_OF_ORDER, SERIES_LIMIT, Limits, Store

SHOP = label.of({"job": "shop"})
OTHER = label.of({"job": "other"})


def series(name: str, **labels: str) -> Labels:
    return label.of({"__name__": name, **labels})


A, B, C = series("a"), series("b"), series("c")


def named(name: str) -> list[Matcher]:
    return [Matcher("__name__", Op.EQUAL, name)]


def read(store: Store, name: str, start: int = 0, end: int = 10**12) -> list[tuple[int, float | str]]:
    """The samples of the one series of the name; "stale" in place of a value."""
    found = store.select(named(name), start, end)
    return [] if not found else shown(found[0])


def shown(points: Points) -> list[tuple[int, float | str]]:
    pairs = zip(points.times.tolist(), points.values.tolist(), points.stale.tolist(), strict=True)
    return [(at, "stale" if stale else value) for at, value, stale in pairs]


def test_a_scrape_is_kept_under_one_instant() -> None:
    store = Store()
    store.commit(SHOP, 1000, [(A, 1.0), (B, 2.0)])
    store.commit(SHOP, 2000, [(A, 3.0), (B, 4.0)])
    assert read(store, "a") == [(1000, 1.0), (2000, 3.0)]
    assert read(store, "b") == [(1000, 2.0), (2000, 4.0)]


def test_a_series_that_is_missing_becomes_stale_once_and_may_come_back() -> None:
    store = Store()
    store.commit(SHOP, 1000, [(A, 1.0), (B, 2.0)])
    for at in (2000, 3000):
        store.commit(SHOP, at, [(A, 1.0)])
    store.commit(SHOP, 4000, [(A, 1.0), (B, 5.0)])
    assert read(store, "b") == [(1000, 2.0), (2000, "stale"), (4000, 5.0)]


def test_a_failed_scrape_ends_all_series_of_the_target_and_of_no_other() -> None:
    store = Store()
    store.commit(SHOP, 1000, [(A, 1.0), (B, 2.0)])
    store.commit(OTHER, 1000, [(C, 3.0)])
    store.commit(SHOP, 2000, [])
    assert read(store, "a") == [(1000, 1.0), (2000, "stale")]
    assert read(store, "b") == [(1000, 2.0), (2000, "stale")]
    assert read(store, "c") == [(1000, 3.0)]


def test_not_a_number_is_a_value_and_not_the_end() -> None:
    store = Store()
    store.commit(SHOP, 1000, [(A, math.nan)])
    store.commit(SHOP, 2000, [])
    (points,) = store.select(named("a"), 0, 5000)
    assert math.isnan(points.values[0])
    assert points.stale.tolist() == [False, True]


def test_a_late_scrape_is_refused_and_counted() -> None:
    store = Store()
    store.commit(SHOP, 2000, [(A, 1.0)])
    store.commit(SHOP, 1000, [(A, 9.0)])
    store.commit(SHOP, 2000, [(A, 9.0)])
    assert read(store, "a") == [(2000, 1.0)]
    assert store.status().refused == {OUT_OF_ORDER: 2}


def test_a_series_that_stands_twice_keeps_its_first_value() -> None:
    store = Store()
    store.commit(SHOP, 1000, [(A, 1.0), (A, 2.0)])
    assert read(store, "a") == [(1000, 1.0)]
    assert store.status().refused == {DUPLICATE: 1}


def test_two_targets_cannot_write_one_series() -> None:
    store = Store()
    store.commit(SHOP, 1000, [(A, 1.0)])
    store.commit(OTHER, 2000, [(A, 2.0)])
    store.append(A, 3000, 3.0)
    assert read(store, "a") == [(1000, 1.0)]
    assert store.status().refused == {DUPLICATE: 2}


def test_the_limit_of_series_shows_and_spares_those_that_are_there() -> None:
    store = Store(Limits(series=2))
    store.commit(SHOP, 1000, [(A, 1.0), (B, 1.0), (C, 1.0)])
    store.commit(SHOP, 2000, [(A, 2.0), (B, 2.0), (C, 2.0)])
    assert store.status().series == 2
    assert store.status().refused == {SERIES_LIMIT: 2}
    assert read(store, "a") == [(1000, 1.0), (2000, 2.0)]


def test_old_samples_go_and_their_series_make_room() -> None:
    store = Store(Limits(retention_seconds=COLUMNS, series=2))
    store.append(B, 1000, 1.0)
    for second in range(COLUMNS):
        store.commit(SHOP, second * 1000, [(A, 1.0)])
    for second in range(COLUMNS, 5 * COLUMNS):
        store.commit(SHOP, second * 1000, [(C, float(second))])
    assert [name for name in ("a", "b", "c") if read(store, name)] == ["c"]
    status = store.status()
    assert status.series == 1
    assert status.samples <= 2 * COLUMNS
    assert set(status.refused) <= {SERIES_LIMIT}


def test_a_slot_that_is_used_again_does_not_show_who_had_it_before() -> None:
    store = Store(Limits(retention_seconds=200))
    for second in range(10 * COLUMNS):
        name = "old" if second < COLUMNS else "new" if second > 5 * COLUMNS else "between"
        store.commit(SHOP, second * 1000, [(series(name), float(second))])
    assert read(store, "old") == []
    assert all(isinstance(value, str) or value > 5 * COLUMNS for _, value in read(store, "new"))


def test_a_reader_keeps_what_it_read() -> None:
    store = Store()
    store.commit(SHOP, 1000, [(A, 1.0)])
    (before,) = store.select(named("a"), 0, 10**9)
    for at in range(2000, 400_000, 1000):
        store.commit(SHOP, at, [(A, 2.0), (B, 1.0), (C, 1.0)])
    assert shown(before) == [(1000, 1.0)]


def test_a_window_is_closed_at_both_ends() -> None:
    store = Store()
    for at in range(1000, 300_000, 1000):
        store.commit(SHOP, at, [(A, float(at))])
    assert [at for at, _ in read(store, "a", 119_000, 122_000)] == [119_000, 120_000, 121_000, 122_000]
    assert read(store, "a", 119_001, 119_999) == []


@pytest.mark.parametrize(
    ("matchers", "names"),
    [
        ([Matcher("color", Op.EQUAL, "red")], ["one", "two"]),
        ([Matcher("color", Op.NOT_EQUAL, "red")], ["none", "three"]),
        ([Matcher("color", Op.EQUAL, "")], ["none"]),
        ([Matcher("color", Op.MATCHES, "re|gre.+")], ["three"]),
        ([Matcher("color", Op.NOT_MATCHES, "r.*"), Matcher("color", Op.NOT_EQUAL, "")], ["three"]),
        ([Matcher("color", Op.MATCHES, "|green")], ["none", "three"]),
        ([Matcher("__name__", Op.EQUAL, "two"), Matcher("size", Op.EQUAL, "1\n2")], ["two"]),
        ([Matcher("size", Op.MATCHES, "1.2")], ["two"]),
        ([Matcher("color", Op.EQUAL, "blue")], []),
    ],
)
def test_matchers(matchers: list[Matcher], names: list[str]) -> None:
    store = Store()
    colored = [
        series("one", color="red"),
        series("two", color="red", size="1\n2"),
        series("three", color="green"),
    ]
    store.commit(SHOP, 1000, [(found, 1.0) for found in [*colored, series("none")]])
    assert sorted(label.get(found.labels, "__name__") for found in store.select(matchers, 0, 2000)) == names


SCRAPES = st.lists(st.dictionaries(st.sampled_from("abcde"), st.floats(allow_nan=False)), max_size=400)


@given(SCRAPES)
def test_columns_and_single_samples_read_alike(scrapes: list[dict[str, float]]) -> None:
    """The same history, once by scrapes and once sample by sample with the markers written out."""
    scraped, appended = Store(), Store()
    before: set[str] = set()
    for index, scrape in enumerate(scrapes):
        at = index * 1000 + 1
        scraped.commit(SHOP, at, [(series(name), value) for name, value in scrape.items()])
        for name, value in scrape.items():
            appended.append(series(name), at, value)
        for name in before - set(scrape):
            appended.append(series(name), at, 0.0, stale=True)
        before = set(scrape)
    for name in "abcde":
        assert read(scraped, name) == read(appended, name)
        assert read(scraped, name, 50_000, 200_000) == read(appended, name, 50_000, 200_000)
