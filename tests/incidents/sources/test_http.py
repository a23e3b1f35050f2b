"""Deliveries through the door: incidents open, end, and nothing is left of what is not admitted."""

import json
from typing import Any

import pytest

from opsguide.incidents.facts import IncidentOpened
from tests.incidents.sources.test_forms import ALERT, message
from tests.incidents.test_http import browser, seen
from tests.web.served import Served, settle

BOUND = """
[sources.alertmanager]
kind = "alertmanager"
secret = "env:AM"
environment = "production"
silent_after = "10m"

[sources.pager]
kind = "pagerduty"
secret = "env:PD"
severity = "high"

[sources.shop]
kind = "json"
secret = "env:SHOP"

[sources.shop.map]
key = "id"
state = "status"
"""
SECRET = {"Authorization": "Bearer what env:AM holds"}


def bound() -> Served:
    served = Served()
    served.adopt(more_bindings=BOUND)
    return served


def rows(served: Served) -> int:
    return len(served.ledger.rows)


def test_from_a_delivery_to_an_incident_and_its_end() -> None:
    served = bound()
    with browser(served) as client:
        first = client.post("/in/alertmanager", content=message(ALERT), headers=SECRET)
        assert (first.status_code, first.json()["incidents"]) == (202, ["INC-1"])
        before = rows(served)
        assert client.post("/in/alertmanager", content=message(ALERT), headers=SECRET).status_code == 202
        assert rows(served) == before
        over = message({**ALERT, "status": "resolved"})
        assert client.post("/in/alertmanager", content=over, headers=SECRET).json()["incidents"] == ["INC-1"]
    incident = served.state("incidents").open["INC-1"]
    assert incident.recovered_at is not None
    assert incident.labels["environment"] == "production"
    assert "disk of db-1 is full" in seen(served, "/incidents/INC-1")


def test_what_alertmanager_told_together_is_one_incident() -> None:
    served = bound()
    other = {**ALERT, "fingerprint": "bb22"}
    with browser(served) as client:
        answer = client.post("/in/alertmanager", content=message(ALERT, other), headers=SECRET)
    assert answer.json()["incidents"] == ["INC-1"]
    assert len(served.state("incidents").open["INC-1"].members) == 2


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        ("/in/alertmanager", {}, message(ALERT), 401),
        ("/in/alertmanager", {"Authorization": "Bearer wrong"}, message(ALERT), 401),
        ("/in/nobody", SECRET, message(ALERT), 401),
        ("/in/alertmanager", SECRET, b"{", 400),
        ("/in/alertmanager", SECRET, message({**ALERT, "status": 1}), 400),
        # One bad alert among good ones: nothing of the delivery is taken.
        ("/in/alertmanager", SECRET, message(ALERT, {**ALERT, "status": "maybe"}), 400),
        ("/in/alertmanager", SECRET, b"x" * 1_100_000, 413),
        (
            "/in/pager/v2/enqueue",
            {},
            b'{"routing_key": "wrong", "event_action": "resolve", "dedup_key": "d"}',
            401,
        ),
    ],
)
def test_what_is_unsigned_or_malformed_leaves_nothing(
    path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    served = bound()
    before = rows(served)
    with browser(served) as client:
        answer = client.post(path, content=body, headers={"Content-Type": "application/json", **headers})
    assert answer.status_code == status
    assert rows(served) == before


def enqueue(client: Any, action: str, **more: Any) -> Any:
    payload = {"summary": "disk full", "source": "db-1", "severity": "critical"}
    body = {"routing_key": "what env:PD holds", "event_action": action, "payload": payload, **more}
    return client.post("/in/pager/v2/enqueue", json=body)


def test_a_client_of_pagerduty_finds_what_it_expects() -> None:
    served = bound()
    with browser(served) as client:
        first = enqueue(client, "trigger")
        assert (first.status_code, first.json()["status"]) == (202, "success")
        key = first.json()["dedup_key"]
        assert enqueue(client, "acknowledge", dedup_key=key).status_code == 202
        incident = served.state("incidents").open["INC-1"]
        assert incident.acknowledged_by == "pager"
        enqueue(client, "resolve", dedup_key=key)
        wrong = enqueue(client, "resolve")
    assert incident.recovered_at is not None
    assert (wrong.status_code, wrong.json()["status"]) == (400, "invalid event")


def test_a_source_that_falls_silent_is_an_alarm_until_it_is_heard() -> None:
    served = bound()
    served.clock.advance(599)
    settle(served.reception.look())
    assert served.state("incidents").open == {}
    served.clock.advance(1)
    settle(served.reception.look())
    assert "Nothing was heard from alertmanager for 10 m" in seen(served, "/incidents")
    before = rows(served)
    settle(served.reception.look())
    assert rows(served) == before
    with browser(served) as client:
        client.post("/in/alertmanager", content=message(ALERT), headers=SECRET)
    assert served.state("incidents").open["INC-1"].recovered_at is not None


def shop(client: Any, body: Any, secret: str = "what env:SHOP holds") -> Any:
    return client.post("/in/shop", json=body, headers={"Authorization": f"Bearer {secret}"})


def test_a_source_that_sends_more_than_is_bound_is_told_how_long_to_wait() -> None:
    served = Served()
    most = 'secret = "env:SHOP"\ndeliveries_per_minute = 4'
    served.adopt(more_bindings=BOUND.replace('secret = "env:SHOP"', most))
    with browser(served) as client:
        assert [shop(client, {"id": n}).status_code for n in range(4)] == [202] * 4
        before = rows(served)
        late = shop(client, {"id": 4})
        assert (late.status_code, late.headers["retry-after"]) == (429, "15")
        assert "sources.shop.deliveries_per_minute" in late.json()["message"]
        assert rows(served) == before
        assert enqueue(client, "trigger").status_code == 202, "another source waits for nobody"
        served.clock.advance(15)
        assert [shop(client, {"id": n}).status_code for n in (4, 5)] == [202, 429]


def test_who_guesses_at_a_secret_is_soon_told_to_wait_and_who_has_it_is_not() -> None:
    served = bound()
    with browser(served) as client:
        guesses = [shop(client, {"id": 1}, f"guess {n}") for n in range(61)]
        assert [one.status_code for one in guesses] == [401] * 60 + [429]
        assert guesses[-1].headers["retry-after"] == "1"
        assert shop(client, {"id": 1}).status_code == 202
        served.clock.advance(1)
        assert shop(client, {"id": 1}, "a guess").status_code == 401


def test_what_one_delivery_tells_of_the_same_trouble_is_taken_in_its_order() -> None:
    served = Served()
    served.adopt(more_bindings=BOUND.replace('key = "id"', 'key = "id"\neach = "checks"'))
    told = [{"id": n, "status": status} for status in ("down", "ok") for n in range(3)]
    with browser(served) as client:
        assert shop(client, {"checks": told}).json()["told"] == 6
        assert shop(client, {"checks": [{"id": 1, "status": "down"}]}).status_code == 202
    over = [one.id for one in served.state("incidents").open.values() if one.recovered_at is not None]
    assert over == ["INC-1", "INC-3"]


def test_the_page_says_how_each_source_is_and_no_secret() -> None:
    served = bound()
    with browser(served) as client:
        client.post("/in/alertmanager", content=message(ALERT), headers=SECRET)
        client.post("/in/shop", content=b"{}", headers={"Authorization": "Bearer no"})
        page = client.get("/sources").text
        listed = client.get("/api/v1/sources").json()["items"]
    assert "/in/pager/v2/enqueue" in page
    assert "1 time, last" in page
    assert "holds" not in page + json.dumps(listed)
    assert [(one["name"], one["deliveries"], one["refused"], one["open"]) for one in listed] == [
        ("alertmanager", 1, 0, 1),
        ("pager", 0, 0, 0),
        ("shop", 0, 1, 0),
    ]


def test_without_a_source_the_page_says_how_to_bind_one() -> None:
    assert "No source is bound" in seen(Served(), "/sources")


# A person reports -------------------------------------------------------------------------------------------------


def test_a_person_opens_an_incident_and_its_clocks_start() -> None:
    served = bound()
    with browser(served) as client:
        form = client.get("/incidents/new").text
        assert "System down, data loss" in form
        sent = {"by": "ana", "title": "cards are refused", "severity": "Critical"}
        answer = client.post("/incidents", data=sent, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents/INC-1")
    opened = [row.fact.data for row in served.ledger.rows if isinstance(row.fact.data, IncidentOpened)]
    assert [(one.severity, one.pages, len(one.clocks)) for one in opened] == [("critical", True, 2)]


def test_sent_again_with_its_key_it_is_the_same_incident() -> None:
    served = bound()
    body = {"by": "ana", "title": "cards are refused", "severity": "high"}
    with browser(served) as client:
        first, again = (
            client.post("/api/v1/incidents", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)
        )
        wrong = client.post("/api/v1/incidents", json={**body, "severity": "terrible"})
        blank = client.post("/api/v1/incidents", json={**body, "title": " "})
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert (wrong.status_code, wrong.json()["type"]) == (404, "unknown_severity")
    assert (blank.status_code, blank.json()["type"]) == (400, "empty_title")
    assert "critical, high, medium" in wrong.json()["hint"]


def test_a_person_says_what_is_so_and_the_guide_how_bad_that_is() -> None:
    served = bound()
    body = {"by": "ana", "title": "orders are gone"}
    with browser(served) as client:
        form = client.get("/incidents/new").text
        assert "data loss: critical, as the guide defines it" in form
        assert "security breach:" not in form
        proposed = client.post("/api/v1/incidents", json={**body, "condition": "data_loss"})
        sent = {**body, "severity": "high", "condition": "system_down"}
        client.post("/incidents", data=sent)
        undefined = client.post("/api/v1/incidents", json={**body, "condition": "security_breach"})
        nothing = client.post("/api/v1/incidents", json=body)
        no_term = client.post("/api/v1/incidents", json={**body, "severity": "high", "condition": "rain"})
    assert (proposed.status_code, proposed.json()["severity"]) == (201, "critical")
    assert "defines critical as" in proposed.json()["reason"]
    assert [(one.status_code, one.json()["type"]) for one in (undefined, nothing, no_term)] == [
        (404, "unknown_severity"),
        (404, "unknown_severity"),
        (422, "unprocessable_content"),
    ]
    with browser(served) as client:
        shown = client.get("/incidents/INC-2").text
        exported = client.get("/incidents/INC-2/export.md").text
    assert "Held below critical" in shown
    assert "ana says so; line" in shown
    assert "- **Guide**: line" in exported
