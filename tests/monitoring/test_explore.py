"""Explore: any expression as chart and table, what is wrong with it at its place."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from opsguide.kernel.ports import Sample
from tests.web.html import text_of
from tests.web.served import Served, harbour

BASE = "http://127.0.0.1:8470"


@pytest.fixture
def served() -> Served:
    served = harbour()
    for step in range(60):
        served.clock.advance(60)
        samples = [Sample({"__name__": "queue", "shop": str(n)}, float(step * n)) for n in range(15)]
        served.telemetry.ingest(samples, served.now(), {"job": "shop"})
    return served


@pytest.fixture
def client(served: Served) -> Iterator[TestClient[Any]]:
    with TestClient(served.app, base_url=BASE) as found:
        yield found


def seen(client: TestClient[Any], query: str, wanted: str = "1h") -> tuple[str, str]:
    answer = client.get("/explore", params={"q": query, "range": wanted})
    assert answer.status_code == 200, answer.text
    return answer.text, text_of(answer.text)


def test_an_expression_is_a_chart_and_a_table_the_largest_series_first(client: TestClient[Any]) -> None:
    html, page = seen(client, "queue")
    assert html.count('<path class="line n') == 12, "no more can be told apart"
    assert "15 series, the 12 largest are drawn" in page
    assert page.index("shop=14") < page.index("shop=13")
    assert "queue{job=shop, shop=14} 826 0 826" in page


def test_a_mistake_stands_at_its_place(client: TestClient[Any]) -> None:
    html, page = seen(client, "sum(rate(queue[5m])) / sum_over_time(queue)")
    assert "sum(rate(queue[5m])) / sum_over_time(queue)\n<b>                       ^</b>" in html
    assert "xpected type matrix" in page
    assert "Metrics with samples" in page


@pytest.mark.parametrize("query", ["<script>alert(1)</script>", '"><b>', "a\nb(", "\t{", "🙂", "x" * 6000])
def test_whatever_is_asked_is_only_text(client: TestClient[Any], query: str) -> None:
    html, _ = seen(client, query)
    assert "<script>alert" not in html
    assert '"><b>' not in html.replace("\n<b>", "")


def test_nothing_asked_shows_what_could_be(client: TestClient[Any]) -> None:
    html, page = seen(client, "")
    assert "/explore?q=queue" in html
    assert "availability" in page


def test_no_samples_is_said(client: TestClient[Any]) -> None:
    assert "No samples answer this" in seen(client, "nothing_of_this_name")[1]


def test_the_chart_in_the_browser_gets_the_same(client: TestClient[Any]) -> None:
    found = client.get("/explore/values", params={"q": "sum(queue)", "range": "1h"}).json()
    assert len(found["lines"]) == 1
    assert found["lines"][0]["values"][-1] == sum(range(15)) * 59
    answer = client.get("/explore/values", params={"q": "sum("})
    assert answer.status_code == 400
