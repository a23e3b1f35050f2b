"""Rules as they show: on the console, in the API, on Prometheus' API, in the status, in the metrics."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from litestar.testing import AsyncTestClient

from opsguide.kernel.clock import rfc3339
from tests.rulefiles.house import House
from tests.rulefiles.test_runner import LONG
from tests.web.html import text_of

BASE = "http://127.0.0.1:8470"


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.write(LONG)
    house.write("groups: [{name: bad, rules: [{record: same, expr: queue, labels: {shop: ''}}]}]", "bad.yml")
    await house.sees({"a": 60, "b": 1, "<i>c</i>": 70})
    await house.pass_time(60, {"a": 60, "b": 1, "<i>c</i>": 70})
    return house


@pytest_asyncio.fixture
async def client(house: House) -> AsyncIterator[AsyncTestClient[Any]]:
    async with AsyncTestClient(house.served.app, base_url=BASE) as found:
        yield found


async def test_the_page_tells_each_rule(client: AsyncTestClient[Any], house: House) -> None:
    answer = await client.get("/rules")
    assert answer.status_code == 200
    page = text_of(answer.text)
    assert "LongQueue critical rules/web.yml:8 2 firing" in page
    assert "shop:queue rules/web.yml:5 3 series" in page
    assert "same rules/bad.yml:1 cannot be evaluated" in page
    assert "Two series have the same labels" in page
    assert "high_error_rate" in page, "the guide's rules stand beside them"
    assert "<i>c</i>" not in answer.text
    assert "1 cannot be evaluated" in page
    house.write("groups: [{name: [}")
    await house.pass_time(15, {"a": 60})
    page = text_of((await client.get("/rules")).text)
    assert "1 problem in rule files" in page
    assert "rules/web.yml:1" in page


async def test_with_a_remote_engine_files_are_not_run_and_their_alerts_end(
    client: AsyncTestClient[Any], house: House
) -> None:
    assert house.served.state("monitoring").rule_files
    remote = (
        '[telemetry]\nsource = "prometheus"\nurl = "https://prometheus.example"\nrules = ["rules/*.yml"]\n'
    )
    house.served.adopt(more_bindings=remote)
    await house.runner.look()
    assert not house.served.state("monitoring").rule_files
    page = text_of((await client.get("/rules")).text)
    assert "opsguide does not run them" in page
    panels = (await client.get("/now")).text
    assert "not run here" in panels, "the top bar says so on every page"


async def test_a_rule_without_a_value_is_not_inactive(client: AsyncTestClient[Any]) -> None:
    """Unknown is never fine: the guide's error rate has no samples here."""
    page = text_of((await client.get("/rules")).text)
    assert re.search(r"high_error_rate critical .{0,20}line \d+ no value", page)
    rules = {one["name"]: one for one in (await client.get("/api/v1/rules?limit=200")).json()["items"]}
    assert rules["high_error_rate"]["health"] == "unknown"


async def test_the_page_of_a_past_instant(client: AsyncTestClient[Any], house: House) -> None:
    then = rfc3339(house.served.now())
    await house.pass_time(120, {"a": 1})
    page = text_of((await client.get("/rules", params={"as-of": then})).text)
    assert "2 firing" in page
    assert "2 firing" not in text_of((await client.get("/rules")).text)


async def test_the_api_lists_them(client: AsyncTestClient[Any]) -> None:
    rules = {one["name"]: one for one in (await client.get("/api/v1/rules?limit=200")).json()["items"]}
    queue = rules["LongQueue"]
    assert (queue["state"], queue["health"], queue["alert_count"]) == ("firing", "ok", 2)
    assert queue["where"] == "rules/web.yml:8"
    assert {one["labels"]["shop"]: one["value"] for one in queue["alerts"]} == {"a": 120, "<i>c</i>": 140}
    assert queue["annotations"]["runbook_url"] == "https://runbooks.example/queue"
    assert (rules["same"]["health"], rules["same"]["evaluated_at"] is not None) == ("err", True)
    assert rules["high_error_rate"]["file"] == "guide"
    first = (await client.get("/api/v1/rules?limit=1")).json()
    assert first["next"]


async def test_prometheus_api_has_them_in_its_shape(client: AsyncTestClient[Any], house: House) -> None:
    told = (await client.get("/prometheus/api/v1/rules")).json()["data"]["groups"]
    group = next(one for one in told if one["name"] == "queues")
    assert (group["file"], group["interval"], group["limit"]) == ("rules/web.yml", 0, 0)
    assert group["lastEvaluation"] == rfc3339(house.served.now())
    recording, alerting = group["rules"]
    assert (recording["type"], recording["health"], recording["labels"]) == (
        "recording",
        "ok",
        {"unit": "orders"},
    )
    assert "state" not in recording
    assert (alerting["type"], alerting["state"], alerting["duration"]) == ("alerting", "firing", 60)
    assert alerting["keepFiringFor"] == 30
    alert = next(one for one in alerting["alerts"] if one["labels"]["shop"] == "a")
    assert alert == {
        "labels": {
            "alertname": "LongQueue",
            "job": "queue",
            "severity": "critical",
            "shop": "a",
            "unit": "orders",
        },
        "annotations": {
            "summary": "The queue of a holds 120",
            "runbook_url": "https://runbooks.example/queue",
        },
        "state": "firing",
        "activeAt": rfc3339(house.served.now() - 60_000),
        "value": "120",
    }
    bad = next(one for one in told if one["name"] == "bad")["rules"][0]
    assert bad["health"] == "err"
    assert "same labels" in bad["lastError"]
    alerts = (await client.get("/prometheus/api/v1/alerts")).json()["data"]["alerts"]
    assert [one["labels"]["alertname"] for one in alerts] == ["LongQueue", "LongQueue"]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"type": "record"}, {"shop:queue", "same"}),
        ({"type": "alert", "file[]": "rules/web.yml"}, {"LongQueue"}),
        ({"rule_name[]": ["same", "LongQueue"]}, {"same", "LongQueue"}),
        ({"rule_group[]": "bad"}, {"same"}),
        ({"file[]": "guide", "type": "record"}, set()),
    ],
)
async def test_prometheus_api_narrows(
    client: AsyncTestClient[Any], asked: dict[str, Any], names: set[str]
) -> None:
    told = (await client.get("/prometheus/api/v1/rules", params=asked)).json()["data"]["groups"]
    assert {rule["name"] for group in told for rule in group["rules"]} == names


async def test_prometheus_api_refuses_a_wrong_type(client: AsyncTestClient[Any]) -> None:
    answer = await client.get("/prometheus/api/v1/rules", params={"type": "x"})
    assert (answer.status_code, answer.json()["errorType"]) == (400, "bad_data")


async def test_the_incident_has_the_runbook(client: AsyncTestClient[Any], house: House) -> None:
    answer = (await client.get("/incidents/INC-1")).text
    assert '<a href="https://runbooks.example/queue" rel="noreferrer">' in answer
    assert (await client.get("/api/v1/incidents/INC-1")).json()["runbook"] == "https://runbooks.example/queue"
    house.write(
        LONG.replace("https://runbooks.example/queue", "javascript:alert(1)").replace("LongQueue", "Other")
    )
    await house.pass_time(75, {"a": 60})
    answer = (await client.get("/incidents/INC-2")).text
    assert 'href="javascript' not in answer


async def test_the_ledger_tells_it_in_words(client: AsyncTestClient[Any]) -> None:
    page = text_of((await client.get("/ledger", params={"type": "rule.changed"})).text)
    assert "LongQueue: 2 alerts pending" in page


async def test_our_own_metrics(client: AsyncTestClient[Any]) -> None:
    page = (await client.get("/metrics")).text
    assert "opsguide_rules 3" in page
    assert "opsguide_rules_failing 1" in page
