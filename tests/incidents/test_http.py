"""Incidents through the console and the API: what is shown, what the buttons do, and every refusal."""

import re

import pytest
from litestar.testing import TestClient

from opsguide.guide.values import Step
from opsguide.incidents.commands import Acknowledge, AddNote, Open, Resolve
from opsguide.incidents.facts import IncidentAcknowledged
from opsguide.incidents.process.commands import AssignRole
from tests.cast import PROMISES, UPTIME
from tests.web.html import text_of
from tests.web.served import Served, harbour

BASE = "http://127.0.0.1:8470"
PROBLEM = "application/problem+json"


def down() -> Served:
    served = harbour()
    served.go_down()
    return served


def browser(served: Served) -> TestClient:  # type: ignore[type-arg]
    return TestClient(served.app, base_url=BASE)


def seen(served: Served, path: str) -> str:
    with browser(served) as client:
        answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return text_of(answer.text)


def acknowledged(served: Served) -> list[str]:
    facts = [row.fact.data for row in served.ledger.rows]
    return [fact.by for fact in facts if isinstance(fact, IncidentAcknowledged)]


# Pages


def test_the_list_shows_first_what_nobody_has() -> None:
    served = down()
    served.do(Open(key="alert:x", title="slow pages", reason="p95 is high", severity="high"))
    served.do(Acknowledge("INC-2", "bogdan"))
    page = seen(served, "/incidents")
    assert page.index("production is down") < page.index("slow pages")
    assert "Not acknowledged" in page
    assert "bogdan has it" in page
    assert "acknowledge 15 m left" in page


def test_the_list_keeps_the_latest_closed_ones() -> None:
    served = down()
    served.clock.advance(600)
    served.do(Resolve("INC-1", "ana", "restarted it"))
    page = seen(served, "/incidents")
    assert "Nothing is open" in page
    assert "ana resolved it" in page
    assert "after 10 m" in page


def test_an_empty_list_says_what_would_be_there() -> None:
    assert "An incident opens by itself" in seen(harbour(), "/incidents")


def test_an_incident_shows_reason_source_clocks_and_who_was_told() -> None:
    served = down()
    served.evidence(UPTIME, "broken", "97 %", "99.9 %")
    served.clock.advance(60)
    page = seen(served, "/incidents/INC-1")
    for said in (
        "production is down",
        "3 probes in a row failed",
        "Guide, line",
        "broken 97 % / 99.9 %",
        "Acknowledge within 15 m 14 m left",
        "Resolve within 2 h 1 h 59 m left",
        "1. ana through ana-phone delivered",
        "Opened as critical",
    ):
        assert said in page, said


def test_every_attempt_to_tell_somebody_stands_in_the_timeline() -> None:
    served = harbour()
    served.reached.failing = True
    served.go_down()
    served.clock.advance(6)
    served.reached.failing = False
    served.deliver()
    page = seen(served, "/incidents/INC-1")
    assert "Attempt 1 to tell ana through ana-phone failed: the phone is off" in page
    assert "Attempt 2 to tell ana through ana-phone worked" in page
    assert "delivered, 2 attempts" in page


def test_clocks_that_ran_out_or_were_met_say_so() -> None:
    served = down()
    served.clock.advance(901)
    served.do(Acknowledge("INC-1", "ana"))
    page = seen(served, "/incidents/INC-1")
    assert "Acknowledge within 15 m ran out" in page
    served.do(Resolve("INC-1", "ana"))
    assert "Resolve within 2 h met" in seen(served, "/incidents/INC-1")


def test_a_severity_without_clocks_says_why() -> None:
    served = harbour()
    served.do(Open(key="alert:x", title="slow", reason="p95 is high", severity="panic"))
    assert "the guide does not define panic" in seen(served, "/incidents/INC-1")


def test_an_incident_that_calls_nobody_says_why() -> None:
    served = Served()
    served.adopt(promises=[one for one in PROMISES if not isinstance(one.values, Step)])
    served.do(Open(key="alert:x", title="slow", reason="p95 is high", severity="critical"))
    assert "Nobody: the guide names no route for it." in seen(served, "/incidents/INC-1")


def test_notes_are_text_whatever_they_hold() -> None:
    served = down()
    served.do(AddNote("INC-1", "ana", "<script>alert(1)</script>"))
    with browser(served) as client:
        html = client.get("/incidents/INC-1").text
    assert "<script>alert" not in html
    assert "ana: <script>alert(1)</script>" in text_of(html)


def test_a_resolved_incident_has_no_buttons_left() -> None:
    served = down()
    served.do(Resolve("INC-1", "ana", "restarted"))
    with browser(served) as client:
        html = client.get("/incidents/INC-1").text
    assert "Acknowledge</button>" not in html
    assert "Resolve</button>" not in html
    assert "Add note</button>" in html


def test_the_inbox_holds_pages_and_tickets_open_ones_first() -> None:
    served = down()
    served.do(Resolve("INC-1", "ana"))
    served.do(Open(key="alert:x", title="slow pages", reason="p95 is high", severity="medium"))
    served.deliver()
    page = seen(served, "/inbox")
    assert page.index("slow pages") < page.index("production is down")
    assert "Ticket for ana" in page
    assert "Page for ana" in page


def test_what_was_told_again_lies_in_the_inbox_once() -> None:
    served = down()
    served.deliver()
    served.clock.advance(450)  # half of the time to acknowledge is used up: a notice
    served.do(AddNote("INC-1", "ana", "looking"))
    served.deliver()
    page = seen(served, "/inbox")
    assert page.count("production is down") == 1
    assert "Page for ana, told 2 times" in page


def test_a_notice_is_called_one_in_the_inbox() -> None:
    served = down()
    served.deliver()
    served.do(AssignRole("INC-1", "scribe", "bogdan", "ana"))
    served.deliver()
    page = seen(served, "/inbox")
    assert "Page for ana" in page
    assert "Notice for bogdan" in page


def test_an_empty_inbox_says_what_would_be_there() -> None:
    assert "Nothing was sent here yet" in seen(harbour(), "/inbox")


def test_every_page_says_who_is_on_call_and_what_is_open() -> None:
    assert "On call /on-call ana Incidents /incidents none open" in seen(harbour(), "/")
    served = down()
    assert "/incidents 1 open, not acknowledged" in seen(served, "/")
    served.do(Acknowledge("INC-1", "ana"))
    assert "/incidents 1 open" in seen(served, "/")


# Buttons


def test_acknowledge_takes_the_chosen_person_and_leads_back() -> None:
    served = down()
    with browser(served) as client:
        answer = client.post("/incidents/INC-1/acknowledge", data={"by": "bogdan"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents/INC-1")
    assert acknowledged(served) == ["bogdan"]
    assert served.ledger.rows[-1].fact.actor in ("person:bogdan", "opsguide")


def test_resolve_and_notes_work_as_forms() -> None:
    served = down()
    with browser(served) as client:
        client.post("/incidents/INC-1/notes", data={"by": "ana", "text": "the disk is full"})
        page = client.post("/incidents/INC-1/resolve", data={"by": "ana", "reason": "emptied it"})
    assert "Resolved by ana: emptied it" in text_of(page.text)
    assert "ana: the disk is full" in text_of(page.text)


@pytest.mark.parametrize(
    ("deed", "form", "status", "said"),
    [
        ("INC-9/acknowledge", {"by": "ana"}, 404, "no incident INC-9"),
        ("INC-1/acknowledge", {"by": ""}, 422, "by"),
        ("INC-1/notes", {"by": "ana", "text": "  "}, 400, "the note is empty"),
        ("INC-1/nothing", {"by": "ana"}, 404, "no such page"),
    ],
)
def test_a_button_that_cannot_work_says_why(deed: str, form: dict[str, str], status: int, said: str) -> None:
    with browser(down()) as client:
        answer = client.post(f"/incidents/{deed}", data=form)
    assert answer.status_code == status
    assert said in text_of(answer.text).replace("The", "the")


# The API


def test_the_api_gives_an_incident_as_it_is() -> None:
    served = down()
    with browser(served) as client:
        found = client.get("/api/v1/incidents/INC-1").json()
    assert found["severity"] == "critical"
    assert found["opened_at"] == "2026-11-23T03:00:00.000Z"
    assert [(clock["name"], clock["state"]) for clock in found["clocks"]] == [
        ("acknowledge", "running"),
        ("resolve", "running"),
    ]
    assert {one["channel"]: one["state"] for one in found["deliveries"]} == {
        "ana-phone": "done",
        "inbox": "done",
    }


def test_the_api_lists_open_and_closed() -> None:
    served = down()
    served.do(Resolve("INC-1", "ana"))
    served.do(Open(key="alert:x", title="slow", reason="p95 is high", severity="high"))
    with browser(served) as client:
        assert [one["id"] for one in client.get("/api/v1/incidents").json()["items"]] == ["INC-2", "INC-1"]
        assert [one["id"] for one in client.get("/api/v1/incidents?open=true").json()["items"]] == ["INC-2"]
        assert [one["id"] for one in client.get("/api/v1/incidents?open=false").json()["items"]] == ["INC-1"]


def test_the_api_acknowledges_resolves_and_notes() -> None:
    served = down()
    with browser(served) as client:
        taken = client.post("/api/v1/incidents/INC-1/acknowledge", json={"by": "ana"}).json()
        assert taken["acknowledged_by"] == "ana"
        assert taken["clocks"][0]["state"] == "met"
        assert (
            client.post("/api/v1/incidents/INC-1/notes", json={"by": "ana", "text": "x"}).status_code == 201
        )
        done = client.post("/api/v1/incidents/INC-1/resolve", json={"by": "ana", "reason": "mended"}).json()
        assert (done["resolved_by"], done["resolution"]) == ("ana", "mended")


@pytest.mark.parametrize(
    ("deed", "body", "status", "kind"),
    [
        ("INC-9/acknowledge", {"by": "ana"}, 404, "unknown_incident"),
        ("INC-9/resolve", {"by": "ana"}, 404, "unknown_incident"),
        ("INC-9/notes", {"by": "ana", "text": "x"}, 404, "unknown_incident"),
        ("INC-1/acknowledge", {"by": 7}, 422, "unprocessable_content"),
        ("INC-1/acknowledge", {"by": "x" * 81}, 422, "unprocessable_content"),
        ("INC-1/notes", {"by": "ana", "text": " \n"}, 400, "empty_note"),
        ("INC-1/notes", {"by": "ana", "text": "x" * 10_001}, 422, "unprocessable_content"),
    ],
)
def test_what_the_api_refuses_is_a_problem_with_a_name(
    deed: str, body: dict[str, object], status: int, kind: str
) -> None:
    served = down()
    before = served.head.seq
    with browser(served) as client:
        answer = client.post(f"/api/v1/incidents/{deed}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["type"] == kind
    assert answer.json()["detail"]
    assert served.head.seq == before


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 422), (b"{", 400), (b"[]", 422), (b'"x"', 422), (b"\xff\xfe", 400), (b"by=ana", 400)],
)
def test_malformed_bodies_are_refused(body: bytes, status: int) -> None:
    with browser(down()) as client:
        answer = client.post(
            "/api/v1/incidents/INC-1/acknowledge", content=body, headers={"Content-Type": "application/json"}
        )
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)


def test_acknowledged_twice_and_resolved_twice_are_conflicts() -> None:
    with browser(down()) as client:
        answers = [
            client.post(f"/api/v1/incidents/INC-1/{deed}", json={"by": by})
            for deed, by in (
                ("acknowledge", "ana"),
                ("acknowledge", "bogdan"),
                ("resolve", "ana"),
                ("resolve", "bogdan"),
            )
        ]
        again = client.post("/api/v1/incidents/INC-1/resolve", json={"by": "ana"})
        late = client.post("/api/v1/incidents/INC-1/acknowledge", json={"by": "ana"})
    assert [answer.status_code for answer in answers] == [200, 409, 200, 409]
    assert (again.status_code, again.json()) == (200, answers[2].json()), (
        "the same request sent twice is no mistake"
    )
    assert answers[1].json()["type"] == "already_acknowledged"
    assert "by ana" in answers[1].json()["detail"]
    assert answers[3].json()["type"] == "already_resolved"
    assert late.json()["type"] == "already_resolved"


def test_a_ledger_that_cannot_be_written_is_said_and_nothing_is_claimed() -> None:
    served = down()
    served.ledger.full = True
    with browser(served) as client:
        answer = client.post("/api/v1/incidents/INC-1/acknowledge", json={"by": "ana"})
        assert (answer.status_code, answer.json()["type"]) == (503, "ledger_unwritable")
        assert answer.json()["hint"] == "free some space"
        assert client.get("/api/v1/incidents/INC-1").json()["acknowledged_at"] is None
        assert client.get("/healthz").status_code == 503
        assert "the disk is full" in text_of(client.get("/").text)
        page = client.post("/incidents/INC-1/resolve", data={"by": "ana"})
    assert page.status_code == 503
    assert "the disk is full" in text_of(page.text).lower()


def test_the_status_api_gives_every_promise_with_its_standing() -> None:
    served = down()
    served.evidence(UPTIME, "broken", "97 %", "99.9 %")
    with browser(served) as client:
        found = client.get("/api/v1/status").json()
        only = client.get("/api/v1/status?standing=broken").json()
    assert len(found["promises"]) == len(PROMISES)
    assert sum(found["counts"].values()) == len(PROMISES)
    assert [(one["id"], one["standing"]["value"]) for one in only["promises"]] == [(UPTIME, "97 %")]
    assert re.fullmatch(
        r"2026-11-23T03:00:00\.000Z", found["promises"][0]["standing"]["since"] or found["at"]
    )
