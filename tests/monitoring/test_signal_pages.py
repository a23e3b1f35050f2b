"""Signals in the console and the API: value against limits, what they are made of, what happened meanwhile."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from litestar.testing import TestClient

from opsguide.guide.values import Objective
from opsguide.incidents.commands import Open, Resolve
from opsguide.kernel.ports import Sample
from opsguide.monitoring.commands import Observation, Observe
from opsguide.monitoring.observing import RECORDED, Live
from tests.cast import ERRORS, P95, SLOW, UPTIME
from tests.web.html import text_of
from tests.web.served import Served, harbour
from tests.world import a_promise

BASE = "http://127.0.0.1:8470"
PROBE = {"job": "probe", "environment": "production"}
OWN = {"job": "opsguide", "environment": "production"}


def measured(served: Served, minutes: int, p95: float = 0.143) -> None:
    """As the watch leaves it: every 15 s a value, recorded and remembered."""
    for _ in range(minutes * 4):
        served.clock.advance(15)
        samples = [Sample({"__name__": RECORDED, "promise": promise}, p95) for promise in (P95, SLOW)]
        served.telemetry.ingest(samples, served.now(), OWN)
        for promise in (P95, SLOW):
            served.looked[promise] = Live(p95, served.now())


@pytest.fixture
def served() -> Served:
    served = harbour()
    measured(served, 90)
    return served


@pytest.fixture
def client(served: Served) -> Iterator[TestClient[Any]]:
    with TestClient(served.app, base_url=BASE) as found:
        yield found


def seen(client: TestClient[Any], path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return text_of(answer.text)


# The list


def test_the_list_holds_each_signal_against_its_limits(client: TestClient[Any]) -> None:
    page = seen(client, "/signals")
    assert "p95 response time" in page
    assert "143 ms limit < 200 ms alert > 500 ms" in page
    assert "limit >= 99.9 % over this month" in page
    assert f"/promises/{P95}" in client.get("/signals").text


@pytest.mark.parametrize(
    ("why", "problem", "word"),
    [
        ("no_data", "no traffic to measure", "no data"),
        ("query_error", "the query failed: unexpected end", "query error"),
        ("stale", "no metrics: it answered 503", "source away"),
    ],
)
def test_what_is_not_measured_says_so_and_why(
    served: Served, client: TestClient[Any], why: Any, problem: str, word: str
) -> None:
    served.looked[ERRORS] = Live(None, served.now(), problem, why)
    page = seen(client, "/signals")
    assert word in page
    assert problem.rsplit(": ", maxsplit=1)[-1] in page.replace("No traffic", "no traffic")
    assert client.get("/api/v1/signals/error_rate").json()["state"] == why


def test_a_signal_that_nobody_defined_says_how_to(served: Served) -> None:
    served.adopt(
        "# x\n",
        promises=[a_promise("performance.objective.queue_age", Objective(signal="queue_age", seconds=0.2))],
    )
    with TestClient(served.app, base_url=BASE) as client:
        assert "not defined" in seen(client, "/signals")
        assert "[signals] queue_age = " in seen(client, "/signals/queue_age")


def test_a_guide_that_measures_nothing_says_what_would_be_here(served: Served) -> None:
    served.adopt("# Nothing\n", promises=[])
    with TestClient(served.app, base_url=BASE) as client:
        assert "measures nothing yet" in seen(client, "/signals")


# One signal


def test_the_chart_has_line_limits_incidents_and_versions(served: Served) -> None:
    served.do(Open(key="alert:x", title="slow pages", reason="p95 is high", severity="high"))
    measured(served, 20, p95=0.3)
    served.do(Resolve("INC-1", "ana", "rolled back"))
    served.adopt("# Harbour\n")
    measured(served, 5)
    with TestClient(served.app, base_url=BASE) as client:
        html = client.get("/signals/p95_response_time?range=6h").text
        page = text_of(html)
    assert 'class="line n0"' in html
    assert 'class="line beyond"' in html, "300 ms are more than 200 ms"
    assert html.count('class="level limit"') == 1
    assert html.count('class="level alert"') == 1
    assert html.count('class="band"') == 1
    assert "INC-1 slow pages" in page
    assert "guide version 2 adopted" in page


def test_every_range_can_be_linked_to_and_another_one_is_refused(client: TestClient[Any]) -> None:
    for wanted in ("1h", "6h", "24h", "7d", "30d"):
        html = client.get(f"/signals/p95_response_time?range={wanted}").text
        assert re.search(rf'aria-current="true">{wanted}</a>', html)
        assert 'class="line n0"' in html
    answer = client.get("/signals/p95_response_time?range=2y")
    assert answer.status_code == 400
    assert "1h, 6h, 24h, 7d, 30d" in answer.text


def test_a_signal_that_the_guide_does_not_name_is_not_found(client: TestClient[Any]) -> None:
    for path in (
        "/signals/odd",
        "/signals/odd/chart.svg",
        "/api/v1/signals/odd",
        "/api/v1/signals/odd/series",
    ):
        assert client.get(path).status_code == 404


def test_a_query_that_fails_shows_its_place_where_the_chart_would_be(served: Served) -> None:
    served.telemetry.ingest([Sample({"__name__": "up"}, 1.0)], served.now(), PROBE)
    bound = '[signals]\np95_response_time = \'label_replace(up, "a", "b", "c", "(")\'\n'
    served.adopt("# Harbour\n", more_bindings=bound)
    served.looked.clear()
    with TestClient(served.app, base_url=BASE) as client:
        page = seen(client, "/signals/p95_response_time")
        answer = client.get("/api/v1/signals/p95_response_time/series")
    assert "The chart cannot be drawn: invalid regular expression" in page
    assert (answer.status_code, answer.json()["type"]) == (400, "query_error")


def test_the_page_as_of_an_instant_shows_the_value_of_then(served: Served) -> None:
    served.telemetry.ingest([Sample({"__name__": "probe_success"}, 1.0)], served.now(), PROBE)
    served.clock.advance(60)
    then = "2026-11-23T04:30:30.000Z"
    served.telemetry.ingest([Sample({"__name__": "probe_success"}, 0.0)], served.now(), PROBE)
    with TestClient(served.app, base_url=BASE) as client:
        at = client.get("/api/v1/signals/availability", params={"as-of": then}).json()
        now = client.get("/api/v1/signals/availability").json()
    assert (at["value"], now["value"]) == (1.0, 0.5)


# Files


def test_the_chart_is_a_file_that_stands_alone(client: TestClient[Any]) -> None:
    answer = client.get("/signals/p95_response_time/chart.svg?range=1h")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert 'filename="p95_response_time-1h-2026-11-23T04:30.svg"' in answer.headers["content-disposition"]
    assert ElementTree.fromstring(answer.text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "p95 response time, the last 1h" in answer.text


def test_the_values_are_a_table(client: TestClient[Any]) -> None:
    answer = client.get("/signals/p95_response_time/values.csv?range=1h")
    table = list(csv.reader(io.StringIO(answer.text)))
    assert table[0][0] == "time"
    assert len(table) == 1 + 241
    assert table[-1] == ["2026-11-23T04:30:00.000Z", "0.143"]


# The API


def test_the_api_gives_a_signal_with_its_definition_and_lines(client: TestClient[Any]) -> None:
    found = {one["name"]: one for one in client.get("/api/v1/signals").json()["items"]}
    assert list(found) == ["availability", "p95_response_time", "error_rate"]
    p95 = found["p95_response_time"]
    assert (p95["value"], p95["said"], p95["unit"], p95["state"]) == (0.143, "143 ms", "seconds", "measured")
    assert {(use["promise"], use["role"], use["number"]) for use in p95["uses"]} == {
        (P95, "limit", 0.2),
        (SLOW, "alert", 0.5),
    }
    assert [use["promise"] for use in found["availability"]["uses"]] == [UPTIME]


def test_values_over_time_are_a_column_with_gaps(served: Served, client: TestClient[Any]) -> None:
    served.clock.advance(1800)
    measured(served, 10)
    found = client.get("/api/v1/signals/p95_response_time/series?range=1h").json()
    (line,) = found["lines"]
    assert found["step_seconds"] == 15
    assert len(line["values"]) == 241
    assert line["values"][-1] == 0.143
    assert None in line["values"][80:200], "nothing was measured for half an hour"
    assert found["display"] == {"factor": 1000.0, "suffix": " ms"}
    assert [(one["kind"], one["value"], one["bad"]) for one in found["levels"]] == [
        ("limit", 0.2, "above"),
        ("alert", 0.5, "above"),
    ]


def test_a_long_range_shows_the_worst_of_each_step(served: Served, client: TestClient[Any]) -> None:
    measured(served, 1, p95=0.9)
    measured(served, 10)
    found = client.get("/api/v1/signals/p95_response_time/series?range=24h").json()
    assert max(value for value in found["lines"][0]["values"] if value is not None) == 0.9


def test_what_measured_a_signal_and_is_gone_is_let_go_of_on_its_page(
    served: Served, client: TestClient[Any]
) -> None:
    gone = Observation(P95, 0.1, source="http_server_request_duration_seconds_bucket", name="OpenTelemetry")
    served.do(Observe((gone,), 15.0))
    page = client.get("/signals/p95_response_time").text
    assert "Let go of OpenTelemetry" in page
    answer = client.post("/signals/p95_response_time/let-go", data={"by": "ana"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/signals/p95_response_time")
    assert "Let go of" not in client.get("/signals/p95_response_time").text
    again = client.post("/api/v1/signals/p95_response_time/let-go", json={"by": "ana"})
    assert again.status_code == 409
    assert "nothing_chosen" in again.text
