"""Columns against the plain evaluator: whatever was scraped and pushed, whatever is asked, the answers are the same."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.kernel.errors import QueryError
from opsguide.kernel.ports import Sample
from opsguide.telemetry import labels as label
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.pushes import Pushes
from opsguide.telemetry.query import evaluator
from opsguide.telemetry.query.fast.engine import Fast
from opsguide.telemetry.query.parsing import parse
from opsguide.telemetry.store import Limits, Store

START = 1_700_000_000_000
STEP = 15_000
LOOKBACK = 300_000

EXPRESSIONS = [
    "a_total",
    '{job="one"}',
    "-a_total",
    "a_total > 2",
    "2 < bool a_total",
    "rate(a_total[1m])",
    "increase(a_total[2m]) * 3 - 1",
    "sum(rate(a_total[1m]))",
    "sum by (job) (rate(a_total[1m]))",
    "sum without (code) (rate(a_total[40s]))",
    "avg by (job) (a_total) / 2",
    "count by (code) (a_total)",
    "min by (job) (a_total) + max by (job) (a_total)",
    "group by (job) (a_total)",
    'sum by (job) (rate(a_total{code="5"}[1m])) / sum by (job) (rate(a_total[1m])) > 0.1',
    '(sum(rate(a_total{code="7"}[1m])) or vector(0)) / (sum(rate(a_total[1m])) > 0)',
    "a_total and on (job) b",
    "a_total unless on (job) b",
    "b or a_total",
    "a_total / on (job) group_left b",
    "rate(a_total[1m]) / ignoring (code) group_left sum without (code) (rate(a_total[1m]))",
    "histogram_quantile(0.9, h_bucket)",
    "histogram_quantile(0.5, sum by (le) (rate(h_bucket[1m])))",
    "histogram_quantile(0.5, sum by (job, le) (rate(h_bucket[1m]))) > 0.1",
    "b % 3 ^ 2",
    "1 / 0 * b",
    "sum(nothing)",
]
# There is no plan for these; they must be left to the plain evaluator.
BEYOND = [
    "a_total offset 1m",
    "a_total @ 1700000000",
    "topk(1, a_total)",
    "max_over_time(a_total[1m])",
    "rate(a_total[1m:15s])",
    "sum by (__name__) (rate(a_total[1m]))",
    "1 + 1",
    "b == 2 or b != 2",
    "stddev(a_total)",
    "b / on (job) group_right a_total",
]


def series(name: str, **labels: str) -> Labels:
    return label.of({"__name__": name, **labels})


ALL = [
    *(series("a_total", job=job, code=code) for job in ("one", "two") for code in ("2", "5")),
    *(series("b", job=job) for job in ("one", "two")),
    *(series("h_bucket", job=job, le=le) for job in ("one", "two") for le in ("0.1", "1", "+Inf")),
]


Round = tuple[str, str, dict[Labels, float]]


def filling(rounds: list[Round], store: Store) -> Iterator[int]:
    """What was scraped (everything of a job under one instant) and pushed; the instant after each round."""
    pushes = Pushes(store)
    at = START
    for kind, job, values in rounds:
        mine = {labels: value for labels, value in values.items() if label.get(labels, "job") == job}
        at += 0 if kind == "late" else STEP
        if kind == "scrape":
            target = label.of({"job": job})
            marked = [(label.of([*labels, ("how", "scraped")]), value) for labels, value in mine.items()]
            store.commit(target, at, marked)
        elif mine:
            numbers = pushes.numbers(list(mine))
            flags = np.zeros(len(mine), np.bool_)
            pushes.push(numbers, np.full(len(mine), at), np.array(list(mine.values())), flags)
        yield at


def plain(store: Store, expression: str, at: int) -> dict[Labels, float] | None:
    try:
        value = evaluator.instant(parse(expression), store, at).value
    except QueryError:
        return None
    assert isinstance(value, list)
    return {element.labels: element.value for element in value}


def same(left: float, right: float) -> bool:
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    return left == right or math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)


def compare(store: Store, fast: Fast, expression: str, at: int) -> bool:
    """Whether columns answered; what they answered is what the plain evaluator says."""
    found = fast.instant(expression, at)
    if found is None:
        return False
    expected = plain(store, expression, at)
    assert expected is not None, expression
    got = {element.labels: element.value for element in found}
    assert len(got) == len(found), expression
    assert set(got) == set(expected), expression
    for labels, value in expected.items():
        assert same(got[labels], value), (expression, labels, got[labels], value)
    return True


# Sums of the greatest and the smallest floats depend on their order: here are only those of a size.
TAME = st.one_of(st.integers(0, 9).map(float), st.sampled_from([math.nan, math.inf, 0.5, -1.0]))
ROUND = st.tuples(
    st.sampled_from(["scrape", "push", "late"]),
    st.sampled_from(["one", "two"]),
    st.dictionaries(st.sampled_from(ALL), TAME, max_size=len(ALL)),
)


@settings(max_examples=150)
@given(st.lists(ROUND, max_size=25), st.sampled_from([0, 1, 7_000, 40_000, 400_000]))
def test_whatever_came_in_the_answers_are_the_same(rounds: list[Round], later: int) -> None:
    store = Store(Limits(retention_seconds=1e6))
    at = max([START, *filling(rounds, store)])
    fast = Fast(store, LOOKBACK, worthwhile=0)
    for expression in EXPRESSIONS:
        compare(store, fast, expression, at + later)


RATES = [
    "rate(a_total[1m])",
    "sum by (job) (increase(a_total[40s]))",
    "histogram_quantile(0.5, sum by (le) (rate(h_bucket[1m])))",
    "sum(a_total)",
]


@settings(max_examples=100)
@given(
    st.lists(ROUND, max_size=25), st.lists(st.sampled_from([0, 4_000, 15_000, 70_000, -20_000]), max_size=4)
)
def test_what_is_kept_from_instant_to_instant_is_never_out_of_date(
    rounds: list[Round], shifts: list[int]
) -> None:
    store = Store(Limits(retention_seconds=1e6))
    fast = Fast(store, LOOKBACK, worthwhile=0)
    for at in filling(rounds, store):
        for shift in shifts:
            for expression in RATES:
                compare(store, fast, expression, at + shift)


def steady(scrapes: int) -> tuple[Store, int]:
    """Two jobs with every series in every scrape, and a counter that starts again now and then."""
    store = Store(Limits(retention_seconds=1e6))
    at = START
    for index in range(scrapes):
        at = START + index * STEP
        for job, weight in (("one", 1), ("two", 3)):
            mine = [labels for labels in ALL if label.get(labels, "job") == job]
            values = [float((index % 50) * (place + weight)) for place, _ in enumerate(mine)]
            store.commit(label.of({"job": job}), at + weight, list(zip(mine, values, strict=True)))
    return store, at + 3


@pytest.mark.parametrize("scrapes", [1, 2, 9, 119, 120, 121, 125, 245])
def test_columns_answer_all_that_rules_ask_for(scrapes: int) -> None:
    store, at = steady(scrapes)
    fast = Fast(store, LOOKBACK, worthwhile=0)
    for expression in EXPRESSIONS:
        assert compare(store, fast, expression, at), expression
        assert compare(store, fast, expression, at - 10_000), expression
        assert compare(store, fast, expression, at + 10_000), expression


@pytest.mark.parametrize("expression", BEYOND)
def test_what_is_beyond_columns_is_left_to_the_plain_evaluator(expression: str) -> None:
    store, at = steady(9)
    assert Fast(store, LOOKBACK, worthwhile=0).instant(expression, at) is None


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("sum(b)", [1.0, 1e100, 1.0, -1e100]),
        ("sum by (job) (b)", [1e16, 1.0, -1e16, 1.0]),
        ("avg(b)", [1e16, 1.0, -1e16, 1.0]),
        ("avg(b)", [1.5e308, 1.5e308]),
    ],
)
def test_a_sum_that_loses_digits_is_left_to_the_compensated_one(expression: str, values: list[float]) -> None:
    store = Store(Limits(retention_seconds=1e6))
    rows = [(series("b", job="one", n=str(place)), value) for place, value in enumerate(values)]
    store.commit(label.of({"job": "one"}), START, rows)
    fast = Fast(store, LOOKBACK, worthwhile=0)
    assert compare(store, fast, "count(b)", START)
    assert fast.instant(expression, START) is None


def test_numbers_below_zero_are_added_in_columns() -> None:
    store = Store(Limits(retention_seconds=1e6))
    store.commit(label.of({}), START, [(series("b", job="one"), -3.0), (series("b", job="two"), 5.0)])
    fast = Fast(store, LOOKBACK, worthwhile=0)
    assert compare(store, fast, "sum(b)", START)
    assert compare(store, fast, "avg(b)", START)


def test_a_new_scrape_and_a_new_series_are_seen() -> None:
    store, at = steady(9)
    fast = Fast(store, LOOKBACK, worthwhile=0)
    assert compare(store, fast, "sum(a_total)", at + STEP)
    store.commit(
        label.of({"job": "one"}), at + STEP, [(ALL[0], 100.0), (series("a_total", job="one", x="y"), 1.0)]
    )
    assert compare(store, fast, "sum(a_total)", at + STEP)
    assert compare(store, fast, 'a_total{x="y"}', at + STEP)


def test_few_series_are_read_one_by_one() -> None:
    store, at = steady(9)
    assert Fast(store, LOOKBACK).instant("sum(a_total)", at) is None


def test_a_range_by_columns_is_the_one_of_the_plain_evaluator() -> None:
    engine, plainly = Embedded(), Store(Limits(retention_seconds=1e6))
    rows = [series("a_total", job="one", n=str(number)) for number in range(400)]
    for index in range(60):
        at = START + index * STEP
        values = [float(index * (place % 7)) for place, _ in enumerate(rows)]
        plainly.commit(label.of({"job": "one"}), at, list(zip(rows, values, strict=True)))
        samples = [Sample(dict(labels), value) for labels, value in zip(rows, values, strict=True)]
        engine.ingest(samples, at, {"job": "one"})
    span = (START, START + 60 * STEP, 20_000)
    asked = "sum(rate(a_total[1m])) > 0"
    expected = evaluator.over_range(parse(asked), plainly, span)
    found = engine.evaluate_range(asked, span)
    assert [(line.labels, line.times) for line in found.lines] == [
        (line.labels, line.times) for line in expected.lines
    ]
    assert found.lines[0].values == pytest.approx(expected.lines[0].values)
    assert engine.instant(asked, START + 60 * STEP)
