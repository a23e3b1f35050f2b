"""The whole thread with real processes: misbehave → alert → incident → page → acknowledge → heal; and kill -9."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service.scene import GUIDE, Opsguide, Phone, Target, eventually

ERRORS = "monitoring.alert.high_error_rate"
pytestmark = pytest.mark.slow


@pytest.fixture
def ops(tmp_path: Path, target: Target, phone: Phone) -> Iterator[Opsguide]:
    made = Opsguide(tmp_path, target, phone)
    made.start()
    yield made
    made.stop()


def test_from_a_misbehaving_service_to_a_resolved_incident(
    ops: Opsguide, target: Target, phone: Phone
) -> None:
    eventually(lambda: ops.standing(ERRORS) == "kept", "the alert rule has evidence")
    target.errors = 0.3
    eventually(lambda: phone.rang, "the phone rings")
    [page] = phone.rang
    assert "high_error_rate" in page["title"]
    assert page["key"] == "page/INC-1/1/ana/phone"
    assert ops.standing(ERRORS) == "broken"
    assert "high_error_rate" in ops.get("/").text

    shown = ops.run("explain", ERRORS)
    assert shown.returncode == 0, shown.stderr
    assert "INC-1 is open for it" in shown.stdout

    assert ops.run("ack", "INC-1", "--as", "ana").returncode == 0
    assert ops.run("ack", "INC-1", "--as", "ana").returncode == 0, "the same person again is no mistake"
    other = ops.run("ack", "INC-1", "--as", "carmen")
    assert other.returncode == 2
    assert "acknowledged by ana" in other.stderr

    target.errors = 0.0
    eventually(lambda: ops.facts("incident.resolved"), "the incident ends with its cause")
    eventually(lambda: ops.standing(ERRORS) == "kept", "the line turns back")
    assert ops.standing("incidents.clock.critical.acknowledge") == "kept"
    assert ops.run("ledger", "verify").returncode == 0


def test_the_link_in_a_page_shows_and_only_its_button_acts(
    ops: Opsguide, target: Target, phone: Phone
) -> None:
    target.healthy = False
    eventually(lambda: phone.rang, "the phone rings for an outage")
    link = re.search(r"http://\S+/page/\S+", phone.rang[0]["message"])
    assert link is not None
    # Mail scanners and chat previews open links, too.
    opened, again = httpx.get(link[0]), httpx.get(link[0])
    assert (opened.status_code, again.status_code) == (200, 200)
    assert "INC-1" in opened.text
    assert ops.facts("incident.acknowledged") == []
    assert httpx.get(link[0][:-3] + "xxx").status_code in (403, 404)
    action = re.search(r'action="([^"]+/acknowledge)"', opened.text)
    assert action is not None
    acted = httpx.post(ops.url + action[1], follow_redirects=True)
    assert acted.status_code == 200
    assert len(ops.facts("incident.acknowledged")) == 1


def test_kill_minus_nine_while_an_alert_is_pending_does_not_start_it_anew(
    ops: Opsguide, target: Target, phone: Phone
) -> None:
    ops.guide.write_text(GUIDE.replace("duration: 2s", "duration: 8s"))
    eventually(lambda: len(ops.facts("guide.adopted")) == 2, "the changed guide is adopted")
    target.errors = 0.3
    [pending] = eventually(lambda: ops.facts("alert.pending"), "the alert is pending")
    ops.kill()
    assert not phone.rang
    ops.start()
    [firing] = eventually(lambda: ops.facts("alert.firing"), "the alert fires after the restart")
    assert len(ops.facts("alert.pending")) == 1
    assert firing["seq"] > pending["seq"]
    eventually(lambda: phone.rang, "the phone rings")


def test_a_page_decided_before_kill_minus_nine_still_goes_out(
    ops: Opsguide, target: Target, phone: Phone
) -> None:
    phone.status = 503
    target.healthy = False
    eventually(lambda: ops.facts("outcome.recorded"), "a page was attempted")
    ops.kill()
    phone.status = 200
    ops.start()
    eventually(lambda: phone.rang, "the phone rings after the restart")
    time.sleep(1)
    assert 1 <= len(phone.rang) <= 2
    assert {page["key"] for page in phone.rang} == {"page/INC-1/1/ana/phone"}


def test_a_broken_guide_is_refused_and_the_last_good_one_stays(ops: Opsguide) -> None:
    ops.guide.write_text("")
    eventually(lambda: ops.facts("guide.refused"), "the empty guide is refused")
    assert ops.standing(ERRORS) != "absent"
    assert "empty" in ops.get("/").text
    ops.bindings.write_text(ops.bindings.read_text() + "\n[people.dora]\nchannels = ['fone']\n")
    ops.guide.write_text(GUIDE)
    refused = eventually(lambda: ops.facts("guide.refused")[1:], "the wrong bindings are refused")
    assert "did you mean" in str(refused)
    assert refused[0]["data"]["files"] == [ops.bindings.name]
    health = ops.get("/healthz")
    assert health.status_code == 200
    assert health.json()["notes"][0].startswith(f"{ops.bindings.name}:"), "status and healthz say it too"


def test_it_stops_at_once_when_told_and_says_where_it_was(ops: Opsguide) -> None:
    assert ops.stop() == 0
    assert not (ops.data / "service.json").exists()
    asked = ops.run("ack", "INC-1")
    assert asked.returncode == 2
    assert "no service is running" in asked.stderr
    assert "--data or OPSGUIDE_DATA" in asked.stderr
    assert ops.run("status").returncode in (0, 1)


def test_a_second_service_on_the_same_data_is_refused(ops: Opsguide) -> None:
    other = ops.run("serve", str(ops.guide), "--bindings", str(ops.bindings), "--port", "0")
    assert other.returncode == 2
    assert "Traceback" not in other.stderr
    assert ops.process is not None
    assert str(ops.process.pid) in other.stderr


def test_what_is_not_there_is_said_plainly(ops: Opsguide) -> None:
    for method, path in [
        ("POST", "/api/v1/incidents/INC-99/acknowledge"),
        ("POST", "/api/v1/incidents/INC-99/resolve"),
        ("GET", "/api/v1/incidents/INC-99"),
        ("GET", "/no/such/page"),
    ]:
        body = {"by": "ana"} if method == "POST" else None
        answer = httpx.request(method, ops.url + path, json=body, headers=ops.local)
        assert answer.status_code == 404, path
        assert "Traceback" not in answer.text
    acknowledge = f"{ops.url}/api/v1/incidents/INC-1/acknowledge"
    assert httpx.post(acknowledge, content=b"{nonsense", headers=ops.local).status_code == 415
    headers = ops.local | {"content-type": "application/json"}
    malformed = httpx.post(acknowledge, content=b"{nonsense", headers=headers)
    assert malformed.status_code == 400
    assert ops.get("/healthz").status_code == 200
