"""A storm of alerts that come one a delivery, over HTTP into a real service: none is refused and none is lost."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.service.scene import Opsguide, Phone, Target

BOUND = """
[[incidents.group]]
match = ['component=~".+"']
by = ["component"]
[sources.pager]
kind = "pagerduty"
secret = "env:STORM"
"""
ALERTS, ALONE, COMPONENTS, SENDERS = 2_000, 50, 25, 20
"""So many alerts; the first of them stand alone, the others are about one of so many components."""


def event(number: int) -> str:
    component = {} if number < ALONE else {"component": f"shard-{number % COMPONENTS}"}
    payload = {"summary": f"disk {number} is full", "source": "db", "severity": "critical", **component}
    return json.dumps(
        {"routing_key": "a secret", "event_action": "trigger", "dedup_key": f"d{number}", "payload": payload}
    )


def delivered(address: str, numbers: range) -> list[int]:
    """The statuses that one sender is answered, all through one connection."""
    connection, statuses = http.client.HTTPConnection(address, timeout=60), list[int]()
    for number in numbers:
        connection.request("POST", "/in/pager/v2/enqueue", event(number))
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()
    return statuses


def test_two_thousand_deliveries_at_once_are_all_taken_and_each_stands_on_the_ledger(
    tmp_path: Path, target: Target, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORM", "a secret")
    guide = Opsguide(tmp_path, target, phone)
    guide.bindings.write_text(guide.bindings.read_text() + BOUND)
    guide.start()
    try:
        address = guide.url.removeprefix("http://")
        with ThreadPoolExecutor(SENDERS) as senders:
            shares = [range(first, ALERTS, SENDERS) for first in range(SENDERS)]
            answered = [
                one for found in senders.map(lambda share: delivered(address, share), shares) for one in found
            ]
        assert answered == [202] * ALERTS
        opened, joined = guide.facts("incident.opened", ALERTS), guide.facts("incident.joined", ALERTS)
        keys = [fact["data"]["key"] for fact in (*opened, *joined)]
        assert sorted(keys) == sorted(f"source:pager:d{number}" for number in range(ALERTS))
        assert len(opened) == ALONE + COMPONENTS
    finally:
        guide.stop()
