"""What machines ask of the service itself: health, numbers, files, errors."""

import re

import pytest
from litestar.testing import TestClient

from opsguide.incidents.commands import Resolve
from opsguide.kernel.ports import Sample
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.store import Limits
from opsguide.web import metrics
from opsguide.web.metrics import Metric
from tests.web.html import text_of
from tests.web.served import Served, harbour

BASE = "http://127.0.0.1:8470"
LINE = re.compile(r'[a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)+\})? -?\d+(?:\.\d+)?(?:e[+-]?\d+)?')


def numbers(served: Served) -> dict[str, float]:
    with TestClient(served.app, base_url=BASE) as client:
        answer = client.get("/metrics")
    assert answer.headers["content-type"] == f"{metrics.CONTENT_TYPE}; charset=utf-8"
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines), lines
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_it_is_well() -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "reason": "", "head": 1, "notes": []},
    )


def test_without_a_guide_it_is_not_well_and_says_why() -> None:
    with TestClient(Served().app, base_url=BASE) as client:
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "no guide is in force")


def test_its_own_numbers() -> None:
    served = harbour()
    quiet = numbers(served)
    assert quiet["opsguide_up"] == 1
    assert quiet["opsguide_ledger_facts_total"] == served.head.seq
    assert quiet["opsguide_guide_version"] == 1
    assert quiet['opsguide_promises{standing="kept"}'] == 3
    assert quiet["opsguide_incidents_unacknowledged"] == 0
    served.reached.failing = True
    served.go_down()
    loud = numbers(served)
    assert loud['opsguide_incidents_open{severity="critical"}'] == 1
    assert loud["opsguide_incidents_unacknowledged"] == 1
    assert (
        loud["opsguide_intents_pending"]
        == loud["opsguide_intents_failing"]
        == loud["opsguide_pages_failing"]
        == 2
    )
    served.do(Resolve("INC-1", "ana"))
    assert "opsguide_intents_pending" in numbers(served)


def test_labels_and_help_are_escaped() -> None:
    found = metrics.text([Metric("m", "a\\b\nc", (({"l": 'x"y\\z\n'}, 0.5),))])
    assert found == '# HELP m a\\\\b\\nc\n# TYPE m gauge\nm{l="x\\"y\\\\z\\n"} 0.5\n'


def test_scripts_and_styles_may_be_kept_for_ever() -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        page = client.get("/").text
        for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
            answer = client.get(address)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["cache-control"]
            assert "?" in address


@pytest.mark.parametrize("name", ["nothing.js", "..%2f..%2fapp.py", "asset_digests.json", "%00"])
def test_no_other_file_is_served(name: str) -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        assert client.get(f"/static/{name}").status_code == 404


def test_the_script_stays_small() -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        answer = client.get("/static/console.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 25_000


def test_an_unknown_address_says_what_where_and_what_next() -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        answer = client.get("/nowhere")
    assert answer.status_code == 404
    seen = text_of(answer.text)
    assert "There is no such page" in seen
    assert "/nowhere" in seen
    assert "Back to the guide" in seen


def test_under_api_an_error_is_a_problem() -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        for path, status in (
            ("/api/nowhere", 404),
            ("/api/v1/nowhere", 404),
            ("/api/v1/status?standing=purple", 400),
        ):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (
                status,
                "application/problem+json",
            )
            assert {"type", "title", "status", "detail", "instance"} <= set(answer.json())
        assert client.delete("/api/v1/status").status_code == 405


def test_a_crash_is_logged_and_shows_nothing_of_the_inside(caplog: pytest.LogCaptureFixture) -> None:
    served = harbour()

    class Secret(RuntimeError):
        pass

    def broken(_subject: str) -> None:
        raise Secret("hunter2")

    served.history = broken  # type: ignore[method-assign, assignment]
    with TestClient(served.app, base_url=BASE) as client:
        answer = client.get("/promises/monitoring.objective.availability")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert "Opsguide made a mistake here" in text_of(answer.text)
    assert "hunter2" in caplog.text


def test_the_api_describes_itself() -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        described = client.get("/api/openapi.json").json()
    assert "/api/v1/incidents/{incident}/acknowledge" in described["paths"]
    assert "/incidents" not in described["paths"]


def test_no_room_for_another_series_is_said_wherever_one_looks() -> None:
    served = harbour()
    limit = int(numbers(served)["opsguide_telemetry_series_limit"])
    served.telemetry = Embedded(Limits(series=3))
    served.intake.engine = served.telemetry
    series = [Sample({"__name__": "m", "n": str(number)}, 1.0) for number in range(5)]
    with TestClient(served.app, base_url=BASE) as client:
        assert client.get("/healthz").json()["notes"] == []
        assert "no room for new ones" not in client.get("/").text
        served.telemetry.ingest(series, served.now(), {"job": "shop"})
        health = client.get("/healthz")
        assert health.status_code == 200, "it goes on: what it watches is watched"
        assert "no room for new series, 3 are held" in health.json()["notes"][0]
        assert "no room for new ones" in client.get("/").text
    told = numbers(served)
    assert (told["opsguide_telemetry_series"], told["opsguide_telemetry_series_limit"]) == (3, 3)
    assert told['opsguide_telemetry_refused_total{reason="series limit"}'] == 2
    assert limit == 200_000
