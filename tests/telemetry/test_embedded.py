"""The engine as the rest of opsguide sees it: samples in, PromQL out."""

import threading

import pytest

from opsguide.kernel.errors import QueryError
from opsguide.kernel.ports import Sample, Telemetry
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.query.fetching import Options, TimedOut

START = 1_700_000_000_000
SHOP = {"job": "shop", "instance": "shop:80"}
MINUTE = 60_000


def counted(total: float) -> list[Sample]:
    return [
        Sample({"__name__": "requests_total", "code": "200"}, total * 0.9),
        Sample({"__name__": "requests_total", "code": "500"}, total * 0.1),
    ]


@pytest.fixture
def shop() -> Embedded:
    """Ten minutes of a shop with ten requests a second, a tenth of them failing, scraped every 15 s."""
    engine = Embedded()
    for index in range(41):
        engine.ingest(counted(150.0 * index), START + index * 15_000, SHOP)
    return engine


NOW = START + 10 * MINUTE


def test_it_is_the_kernels_port(shop: Embedded) -> None:
    port: Telemetry = shop
    assert port.metric_names() == {"requests_total"}


def test_a_ratio_of_rates(shop: Embedded) -> None:
    (found,) = shop.instant('sum(rate(requests_total{code=~"5.."}[5m])) / sum(rate(requests_total[5m]))', NOW)
    assert found.labels == {}
    assert found.value == pytest.approx(0.1)


def test_target_labels_win_and_keep_what_they_displace() -> None:
    engine = Embedded()
    engine.ingest([Sample({"__name__": "up", "instance": "mine", "x": "y"}, 1.0)], START, SHOP)
    (found,) = engine.instant("up", START)
    assert found.labels == {
        "__name__": "up",
        "job": "shop",
        "instance": "shop:80",
        "exported_instance": "mine",
        "x": "y",
    }


def test_a_number_is_one_sample_without_labels(shop: Embedded) -> None:
    assert shop.instant("1 + 1", NOW) == (Sample({}, 2.0),)


def test_a_range_has_a_point_at_each_step_where_there_is_a_value(shop: Embedded) -> None:
    (line,) = shop.range("sum(requests_total)", START - MINUTE, START + MINUTE, 30_000)
    assert line.times == [START, START + 30_000, START + MINUTE]
    assert line.values == pytest.approx([0.0, 300.0, 600.0])


def test_a_failed_scrape_ends_the_series_at_once(shop: Embedded) -> None:
    shop.ingest([Sample({"__name__": "up"}, 0.0)], NOW + 15_000, SHOP)
    assert shop.instant("requests_total", NOW + 15_000) == ()
    assert shop.instant("up", NOW + 15_000)[0].value == 0.0
    assert shop.instant("absent(requests_total)", NOW + 15_000) == (Sample({}, 1.0),)


def test_a_series_that_is_no_longer_heard_of_ends_after_the_look_back(shop: Embedded) -> None:
    assert len(shop.instant("requests_total", NOW + 5 * MINUTE - 1)) == 2
    assert shop.instant("requests_total", NOW + 5 * MINUTE) == ()


def test_names_are_those_with_a_sample_lately(shop: Embedded) -> None:
    shop.ingest([Sample({"__name__": "up"}, 1.0)], NOW + 15_000, SHOP)
    assert shop.metric_names() == {"up"}
    assert Embedded().metric_names() == frozenset()


def test_what_was_refused_shows(shop: Embedded) -> None:
    shop.ingest(counted(1.0), START, SHOP)
    assert shop.status().refused == {"out of order": 1}


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("requests_total[5m]", "the expression gives a range of samples"),
        ('"text"', "the expression gives a text"),
        ("rate(requests_total)", "expected type matrix"),
        ("requests_total{", "has no counterpart"),
        ('requests_total{code=~"("}', "bad regular expression"),
        ("nonsense(1)", "unknown function with name 'nonsense'"),
        ("histogram_count(requests_total)", "not supported"),
    ],
)
def test_what_cannot_be_answered_is_a_query_error_with_its_place(
    shop: Embedded, expression: str, said: str
) -> None:
    with pytest.raises(QueryError, match=r"PromQL 1:\d+: ") as caught:
        shop.instant(expression, NOW)
    assert said in caught.value.what


def test_a_query_may_not_cost_more_than_its_share(shop: Embedded) -> None:
    small = Embedded(options=Options(max_samples=10, max_steps=100))
    small.ingest(counted(1.0), START, SHOP)
    with pytest.raises(QueryError, match="more than 10 samples"):
        small.range("requests_total", START, START + MINUTE, 1000)
    with pytest.raises(QueryError, match="more than 100 steps"):
        small.range("requests_total", START, START + MINUTE, 1)
    with pytest.raises(QueryError, match="more than 10 samples"):
        small.instant("max_over_time(requests_total[1h:1s])", START)
    with pytest.raises(QueryError, match="steps"):
        shop.range("1", START, START + MINUTE, 0)


def test_a_query_ends_when_its_time_is_over_or_nobody_waits(shop: Embedded) -> None:
    asked = "max_over_time(sum(requests_total)[10m:1s])"
    with pytest.raises(TimedOut, match="longer than 0 s"):
        shop.evaluate_range(asked, (START, NOW, 1000), Options(seconds=0.0))
    with pytest.raises(TimedOut, match="given up"):
        shop.evaluate_range(asked, (START, NOW, 1000), Options(stopped=lambda: True))


def test_a_heavy_query_does_not_hold_up_rules() -> None:
    """Rules and scrapes go on beside somebody's question over everything."""
    engine = Embedded()
    for index in range(60):
        samples = [Sample({"__name__": "requests_total", "n": str(n)}, float(index * n)) for n in range(2000)]
        engine.ingest(samples, START + index * 15_000, SHOP)
    end = START + 60 * 15_000
    given_up = threading.Event()
    options = Options(stopped=given_up.is_set)

    def heavy() -> None:
        with pytest.raises(TimedOut):
            engine.evaluate_range("sum(rate(requests_total[5m]))", (START, end, 100), options)

    asking = threading.Thread(target=heavy)
    asking.start()
    done = 0
    for index in range(20):
        engine.ingest([Sample({"__name__": "up"}, 1.0)], end + index, {"job": "other"})
        done += len(engine.instant("up", end + index))
    assert asking.is_alive(), "the question is far from answered"
    given_up.set()
    asking.join(timeout=30)
    assert done == 20
    assert not asking.is_alive()
