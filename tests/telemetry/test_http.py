"""Prometheus' API as Grafana asks it, on the running application."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from opsguide.kernel.ports import Sample
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.http import pages
from opsguide.telemetry.intake.doors import Intake
from opsguide.telemetry.store import Limits
from tests.web.served import Served, harbour

BASE = "http://127.0.0.1:8470"
MINUTE = 60_000
SHOP = {"job": "shop", "instance": "shop:80"}


@pytest.fixture
def served() -> Served:
    """Half an hour of a counter of ten requests a second, a tenth of them failing, up to now."""
    found = harbour()
    now = found.now()
    for index in range(121):
        total = 150.0 * index
        samples = [
            Sample({"__name__": "requests_total", "code": "200"}, total * 0.9),
            Sample({"__name__": "requests_total", "code": "500"}, total * 0.1),
            Sample({"__name__": "http.route.hits", "http.route": "/a"}, 1.0),
        ]
        found.telemetry.ingest(samples, now - (120 - index) * 15_000, SHOP)
    return found


@pytest.fixture
def client(served: Served) -> Iterator[TestClient[Any]]:
    with TestClient(served.app, base_url=BASE) as opened:
        yield opened


def data(client: TestClient[Any], path: str, **params: Any) -> Any:
    answer = client.get(f"/prometheus/api/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["status"] == "success"
    return told["data"]


def refused(client: TestClient[Any], path: str, **params: Any) -> tuple[int, str, str]:
    answer = client.get(f"/prometheus/api/v1/{path}", params=params)
    told = answer.json()
    assert told["status"] == "error"
    return answer.status_code, told["errorType"], told["error"]


def test_an_instant_query(served: Served, client: TestClient[Any]) -> None:
    found = data(client, "query", query="sum by (code) (rate(requests_total[5m]))")
    assert found["resultType"] == "vector"
    shown: list[object] = [(one["metric"], float(one["value"][1])) for one in found["result"]]
    assert shown == [
        ({"code": "200"}, pytest.approx(9.0)),
        ({"code": "500"}, pytest.approx(1.0)),
    ]
    at = served.now() - 5 * MINUTE
    pinned = data(client, "query", query="requests_total{code='500'}", time=at / 1000)
    assert pinned["result"][0]["value"] == [pytest.approx(at / 1000), "1500"]


def test_numbers_texts_and_ranges_of_samples(client: TestClient[Any]) -> None:
    assert data(client, "query", query="1/0")["result"][1] == "+Inf"
    assert data(client, "query", query="1e21*10")["result"][1] == "1e+22"
    assert data(client, "query", query='"said"')["result"][1] == "said"
    window = data(client, "query", query="requests_total{code='500'}[1m]")
    assert window["resultType"] == "matrix"
    assert len(window["result"][0]["values"]) == 4


def test_bytes_that_are_no_utf_8_are_answered_with_a_replacement_character(client: TestClient[Any]) -> None:
    assert data(client, "query", query=r'"a\xff"')["result"][1] == "a\ufffd"
    for call in (
        r'label_replace(requests_total, "b", "\xff", "", "")',
        r'label_join(requests_total, "b", "\xff", "x", "y")',
    ):
        assert [one["metric"]["b"] for one in data(client, "query", query=call)["result"]] == ["\ufffd"] * 2


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            r'label_replace(requests_total, "\xff", "", "", "")',
            "invalid destination label name in label_replace(): \ufffd",
        ),
        (r'label_join(requests_total, "b", "", "\xff")', "invalid source label name in label_join(): \ufffd"),
        (
            r'label_replace(requests_total, "b", "", "code", "\xff.*")',
            "invalid regular expression in label_replace(): \ufffd.*",
        ),
    ],
)
def test_bytes_that_are_no_utf_8_name_no_label_and_match_nothing(
    client: TestClient[Any], call: str, said: str
) -> None:
    assert refused(client, "query", query=call) == (422, "execution", said)


def test_a_range_query_by_form(served: Served, client: TestClient[Any]) -> None:
    now = served.now() / 1000
    form = {"query": "sum(rate(requests_total[5m]))", "start": now - 600, "end": now, "step": "1m"}
    answer = client.post("/prometheus/api/v1/query_range", data=form)
    assert answer.status_code == 200, answer.text
    (line,) = answer.json()["data"]["result"]
    assert [float(value) for _, value in line["values"]] == [pytest.approx(10.0)] * 11


def test_notes_come_along(client: TestClient[Any]) -> None:
    answer = client.get("/prometheus/api/v1/query", params={"query": "quantile(2, requests_total)"})
    assert "quantile value should be between 0 and 1" in answer.json()["warnings"][0]


def test_series_labels_and_their_values(client: TestClient[Any]) -> None:
    found = data(client, "series", **{"match[]": 'requests_total{code=~"5.."}'})
    assert found == [{"__name__": "requests_total", "code": "500", **SHOP}]
    assert set(data(client, "labels")) >= {"__name__", "code", "job", "http.route"}
    assert data(client, "labels", **{"match[]": "requests_total"}) == ["__name__", "code", "instance", "job"]
    assert data(client, "label/code/values") == ["200", "500"]
    assert data(client, "label/U__http_2e_route/values") == ["/a"]
    assert "requests_total" in data(client, "label/__name__/values")
    assert data(client, "label/__name__/values", limit=1) == ["http.route.hits"]
    assert data(client, "query_exemplars", query="x") == []


def test_what_targets_say_of_their_metrics(served: Served, client: TestClient[Any]) -> None:
    served.telemetry.read(
        b"# HELP requests_total How many.\n# TYPE requests_total counter\nrequests_total 1\n"
    )
    assert data(client, "metadata", metric="requests_total") == {
        "requests_total": [{"type": "counter", "help": "How many.", "unit": ""}]
    }


def test_the_guides_rules_and_their_alerts(client: TestClient[Any]) -> None:
    groups = data(client, "rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert rules
    assert {rule["state"] for rule in rules} == {"inactive"}
    assert all(rule["type"] == "alerting" for rule in rules)
    assert data(client, "alerts") == {"alerts": []}


def test_grafana_and_promtool_find_out_what_they_talk_to(client: TestClient[Any]) -> None:
    assert data(client, "status/buildinfo")["version"].startswith("3.")
    assert client.get("/prometheus/-/healthy").status_code == 200
    assert client.get("/prometheus/-/ready").status_code == 200


@pytest.mark.parametrize(
    ("path", "params", "status", "kind", "said"),
    [
        ("query", {}, 400, "bad_data", 'invalid parameter "query"'),
        ("query", {"query": "rate(x)"}, 400, "bad_data", "PromQL 1:"),
        ("query", {"query": "x", "time": "noon"}, 400, "bad_data", "noon"),
        ("query", {"query": "x", "time": "1e300"}, 400, "bad_data", "is no time"),
        ("query", {"query": "requests_total + on() requests_total"}, 422, "execution", "duplicate series"),
        (
            "query_range",
            {"query": "x", "start": "1", "end": "0", "step": "1"},
            400,
            "bad_data",
            "before the start",
        ),
        ("query_range", {"query": "x", "start": "0", "end": "1", "step": "0"}, 400, "bad_data", "step"),
        (
            "query_range",
            {"query": "x", "start": "0", "end": "1e6", "step": "1"},
            422,
            "execution",
            "11000 steps",
        ),
        ("series", {}, 400, "bad_data", "match[]"),
        ("series", {"match[]": "rate(x[5m])"}, 400, "bad_data", "no selector"),
        ("labels", {"limit": "-1"}, 400, "bad_data", "limit"),
    ],
)
def test_what_cannot_be_answered_says_why(
    client: TestClient[Any], path: str, params: dict[str, str], status: int, kind: str, said: str
) -> None:
    code, error_type, error = refused(client, path, **params)
    assert (code, error_type) == (status, kind)
    assert said in error


def test_the_top_bar_says_that_there_is_no_room_for_new_series(served: Served) -> None:
    intake = Intake(Embedded(Limits(series=1)), lambda: "", served.now)
    panels = pages(intake, lambda: ()).panels
    assert list(panels(served)) == []
    intake.engine.ingest([Sample({"__name__": "a"}, 1.0), Sample({"__name__": "b"}, 1.0)], served.now(), SHOP)
    assert [(panel.label, panel.text) for panel in panels(served)] == [("series", "no room for new ones")]
