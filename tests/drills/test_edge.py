"""The breach made of samples, the task that feeds it, and the faces: API, page, command."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from opsguide.app.drills.synthetic import CannotBreak, breach_of
from opsguide.guide.proving import DrillEnded
from opsguide.incidents.commands import Acknowledge
from opsguide.kernel.clock import Instant
from opsguide.kernel.ports import Sample
from opsguide.monitoring.amounts import Bound
from tests.cast import ERRORS, P95, PROMISES, SLOW, UPTIME
from tests.web.html import text_of
from tests.web.served import Served, lined, settle

BASE = "http://127.0.0.1:8470"
SINCE: Instant = 10**12
M = 'environment="production"'

EXPRESSIONS = [
    (
        f'(sum(rate(requests_total{{{M},status=~"5.."}}[2m])) or vector(0))'
        f" / (sum(rate(requests_total{{{M}}}[2m])) > 0)",
        Bound(">", 0.05, "ratio"),
    ),
    (f"histogram_quantile(0.95, sum by (le) (rate(seconds_bucket{{{M}}}[2m])))", Bound(">", 0.5, "seconds")),
    (f"histogram_quantile(0.75, sum by (le) (rate(lcp_bucket{{{M}}}[1h])))", Bound(">", 2.5, "seconds")),
    (f"sum(in_use{{{M}}}) / sum(most{{{M}}})", Bound(">", 0.8, "ratio")),
    ('up{job="shop"}', Bound("<", 1, "count")),
    ('1 - avg(rate(cpu_seconds_total{mode="idle"}[5m]))', Bound(">", 0.9, "ratio")),
    ('max_over_time(queue{name!="", kind=~"mail|sms"}[5m])', Bound(">=", 1000, "count")),
    ("avg_over_time(sum(busy)[5m:1m])", Bound(">", 3, "count")),
]


@pytest.mark.parametrize(("expression", "bound"), EXPRESSIONS, ids=[one[:40] for one, _ in EXPRESSIONS])
def test_samples_break_the_promise_against_calm_ones_before(expression: str, bound: Bound) -> None:
    breach = breach_of(expression, bound)
    engine = breach.begin("DRILL-1", SINCE, 5, SINCE + 1)
    value = None
    for at in range(SINCE + 5000, SINCE + 600_001, 5000):
        breach.feed(engine, "DRILL-1", SINCE, at)
        value = breach.value(engine, at)
        if value is not None and bound.holds(value):
            break
    assert value is not None
    assert bound.holds(value), f"{value} after ten minutes"
    series = engine.series((), 0, 2 * SINCE)
    assert all(("opsguide_drill", "DRILL-1") in labels for labels in series), "each is marked"


def test_after_a_restart_the_samples_are_the_same() -> None:
    breach = breach_of(*EXPRESSIONS[0])
    whole = breach.begin("DRILL-1", SINCE, 5, SINCE + 60_000)
    again = breach.begin("DRILL-1", SINCE, 5, SINCE + 60_000)
    assert breach.value(whole, SINCE + 60_000) == breach.value(again, SINCE + 60_000)
    assert breach.value(whole, SINCE + 60_000) is not None


@pytest.mark.parametrize("expression", ["time()", "vector(1)", "a and b < 0 and b > 0", '{job="x"}'])
def test_what_no_samples_can_break_says_so(expression: str) -> None:
    with pytest.raises(CannotBreak):
        breach_of(expression, Bound(">", 5, "count"))


@pytest.fixture
def served() -> Served:
    found = Served()
    signals = "\n[signals]\nerror_rate = 'failing'\n"
    found.adopt(promises=[lined(one) for one in PROMISES], more_bindings=signals)
    found.telemetry.ingest([Sample({"__name__": "failing"}, 0.0)], found.now(), {"job": "t"})
    return found


@pytest.fixture
def client(served: Served) -> Iterator[TestClient[Any]]:
    with TestClient(served.app, base_url=BASE) as found:
        yield found


def until_ended(served: Served, drill: str) -> DrillEnded:
    """The real task runs until the drill is detected; the page is told, and Ana answers."""

    async def live() -> None:
        running = asyncio.create_task(served.drilling.run())
        for _ in range(400):
            await asyncio.sleep(0.01)
            served.clock.advance(5)
            one = served.state("drills").running.get(drill)
            if one is None or one.detected_at is not None:
                break
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await served._attempt()
        await served.submit(Acknowledge(drill, "ana"), actor="person:ana")

    settle(live())
    data = next(one.fact.data for one in served.ledger.rows[::-1] if isinstance(one.fact.data, DrillEnded))
    assert isinstance(data, DrillEnded)
    return data


@pytest.mark.parametrize("promise", [ERRORS, UPTIME])
def test_a_drill_from_the_request_to_its_proof(
    served: Served, client: TestClient[Any], promise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsguide.app.drills.runner.HURRIED_SECONDS", 0.01)
    body = {"promise": promise, "by": "ana", "fast": True}
    started = client.post("/api/v1/drills", json=body)
    assert started.status_code == 201, started.text
    assert started.json()["state"] == "running"
    again = client.post("/api/v1/drills", json=body)
    assert (again.status_code, again.json()["type"]) == (409, "already_running")
    assert until_ended(served, "DRILL-1").result == "proven"
    told = client.get("/api/v1/drills/DRILL-1").json()
    assert [one["stage"] for one in told["stages"]][-3:] == ["page", "inbox", "acknowledged"]
    listed = {one["promise"]: one for one in client.get("/api/v1/drills").json()["items"]}
    assert listed[promise]["last_result"] == "proven"
    shown = text_of(client.get("/drills").text)
    assert "DRILL-1" in shown
    assert "Last proven" in text_of(client.get(f"/promises/{promise}").text)
    incident = client.get("/incidents/DRILL-1")
    assert "drill" in incident.text.lower()
    assert client.get("/api/v1/incidents").json()["items"] == [], "it is no incident"


@pytest.mark.parametrize(
    ("promise", "status", "kind"),
    [
        (P95, 409, "cannot_be_proven"),
        (SLOW, 409, "cannot_be_proven"),
        ("monitoring.alert.gone", 404, "unknown_promise"),
    ],
)
def test_what_cannot_be_drilled_is_refused_before_it_begins(
    client: TestClient[Any], promise: str, status: int, kind: str
) -> None:
    answer = client.post("/api/v1/drills", json={"promise": promise, "by": "ana"})
    assert (answer.status_code, answer.json()["type"]) == (status, kind), answer.text


def test_the_page_starts_and_stops_a_drill(client: TestClient[Any], served: Served) -> None:
    form = {"promise": ERRORS, "by": "ana", "how": "silent"}
    assert client.post("/drills", data=form, follow_redirects=False).status_code == 303
    (drill,) = served.state("drills").running
    assert client.post(f"/drills/{drill}/stop", data={"by": "ana"}, follow_redirects=False).status_code == 303
    assert "stopped by ana" in client.get("/drills").text
    assert client.get("/api/v1/drills/DRILL-9").status_code == 404


def test_the_report_of_the_month_counts_no_drill(
    served: Served, client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsguide.app.drills.runner.HURRIED_SECONDS", 0.01)
    client.post("/api/v1/drills", json={"promise": ERRORS, "by": "ana", "fast": True})
    until_ended(served, "DRILL-1")
    report = client.get("/report/2026-11.json").json()
    assert report["incidents"] == []
    said = [one["said"] for one in report["evidence"] if "high_error_rate" in one["said"]]
    assert all("drill" in one.casefold() for one in said)
