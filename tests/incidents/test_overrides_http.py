"""Overrides and swaps through the console and the API, and who may make them."""

from typing import Any

import pytest
from litestar.testing import TestClient

from opsguide.identity.permissions import Role
from opsguide.kernel.clock import rfc3339
from tests.incidents.test_http import browser
from tests.web.served import Served
from tests.web.signed_in import signed_in

WEEKLY = """
[rotations.core-platform]
zone = "Europe/Bucharest"
[[rotations.core-platform.layers]]
members = ["ana", "bogdan"]
start = 2026-11-16
"""
EVENING = {
    "team": "core-platform",
    "person": "bogdan",
    "start": "2026-11-23T05:30",
    "end": "2026-11-23T08:00",
}
TURN = {"team": "core-platform", "start": "2026-12-01T18:00", "end": "2026-12-02T09:00"}


@pytest.fixture
def served() -> Served:
    """Monday, 5:00 in Bucharest: ana has the turn until nine."""
    made = Served()
    made.adopt(more_bindings=WEEKLY)
    return made


def on_call(client: TestClient[Any]) -> str:
    found = client.get("/api/v1/rotations").json()["items"][0]["now"]["person"]
    return str(found)


def test_the_form_shows_before_and_after_and_changes_nothing(served: Served) -> None:
    with browser(served) as client:
        before = served.head.seq
        page = client.get("/on-call/override", params=EVENING).text
        assert "Put bogdan on call" in page
        assert "Ask bogdan" in page
        assert "Mon 23 Nov 08:00" in page
        assert served.head.seq == before


def test_made_shown_and_withdrawn_with_buttons(served: Served) -> None:
    with browser(served) as client:
        form = {**EVENING, "start": "2026-11-23T05:00", "by": "ana", "reason": "the <b>dentist</b>"}
        answer = client.post("/on-call/overrides", data=form, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/on-call")
        assert on_call(client) == "bogdan"
        assert 'href="/on-call/overrides/OVR-1"' in client.get("/on-call").text
        page = client.get("/on-call/overrides/OVR-1").text
        assert "the &lt;b&gt;dentist&lt;/b&gt;" in page
        assert "Without it" in page
        client.post("/on-call/overrides/OVR-1/withdraw", data={"by": "ana"})
        assert on_call(client) == "ana"
        assert client.get("/on-call/overrides/OVR-1").status_code == 404
    assert "OVR-1 was withdrawn by" in browser(served).get("/ledger").text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"end": "2026-11-22T08:00"}, "is past"),
        ({"end": "nonsense"}, "is no time"),
        ({"person": "zoe"}, "no person zoe"),
        ({"person": "ana"}, "is on call then anyway"),
    ],
)
def test_a_form_that_cannot_be_says_why(served: Served, change: dict[str, str], said: str) -> None:
    with browser(served) as client:
        assert said in client.get("/on-call/override", params={**EVENING, **change}).text


def test_a_swap_from_the_question_to_the_answer(served: Served) -> None:
    with browser(served) as client:
        asked = client.post("/api/v1/swaps", json={**TURN, "other": "bogdan", "asker": "ana", "by": "ana"})
        assert asked.status_code == 201, asked.text
        assert client.get("/api/v1/swaps").json()["items"] == [asked.json()]
        assert "asks" in client.get("/on-call").text
        assert "What changes when bogdan accepts" in client.get("/on-call/swaps/SWAP-1").text
        client.post("/on-call/swaps/SWAP-1/accept", data={"by": "bogdan"})
        found = client.get("/api/v1/overrides").json()["items"]
        assert [(one["person"], one["replaces"], one["swap"]) for one in found] == [
            ("bogdan", "ana", "SWAP-1")
        ]
        again = client.post("/api/v1/swaps/SWAP-1/accept", json={"by": "bogdan"})
        assert (again.status_code, again.json()["type"]) == (404, "unknown_swap")
        assert client.get("/on-call/swaps/SWAP-1").status_code == 404


def test_the_api_previews_makes_and_refuses(served: Served) -> None:
    with browser(served) as client:
        before = served.head.seq
        shown = client.post("/api/v1/overrides/preview", json=EVENING)
        assert [one["person"] for one in shown.json()["after"]][:2] == ["ana", "bogdan"]
        assert served.head.seq == before
        made = client.post("/api/v1/overrides", json={**EVENING, "by": "bogdan"}).json()
        assert (made["id"], made["start"]) == ("OVR-1", "2026-11-23T03:30:00.000Z")
        for change, status, kind in (
            ({"person": "zoe"}, 404, "unknown_person"),
            ({"team": "zoo"}, 404, "unknown_rotation"),
            ({"start": "soon"}, 400, "malformed_time"),
            ({"end": "2026-11-01T00:00Z"}, 409, "past"),
            ({"end": ""}, 400, "empty_end"),
        ):
            answer = client.post("/api/v1/overrides", json={**EVENING, "by": "bogdan", **change})
            assert (answer.status_code, answer.json()["type"]) == (status, kind), answer.text
            assert answer.json()["hint"]
        schedule = client.get("/api/v1/rotations/core-platform", params={"end": "2026-11-24"}).json()
        assert {one["person"] for one in schedule["shifts"]} == {"ana", "bogdan"}
        assert client.get("/api/v1/rotations/zoo").status_code == 404


def test_a_responder_takes_over_for_others_and_does_not_put_others_on_call(served: Served) -> None:
    bogdan = signed_in(served, Role.responder, name="bogdan", person="bogdan")
    assert bogdan.post("/api/v1/overrides", json={**EVENING, "person": "ana"}).status_code == 403
    assert bogdan.post("/api/v1/overrides", json=EVENING).status_code == 201
    page = bogdan.get("/on-call/override", params={**EVENING, "person": "ana"}).text
    assert "Put ana on call" not in page
    assert bogdan.post("/api/v1/overrides/OVR-1/withdraw", json={}).status_code == 200


def test_a_responder_of_another_team_and_a_viewer_change_nothing(served: Served) -> None:
    viewer = signed_in(served, Role.viewer, name="vera", person="bogdan")
    other = signed_in(served, Role.responder, name="otto", team="core-frontend", person="bogdan")
    before = served.head.seq
    for client in (viewer, other):
        assert client.post("/api/v1/overrides", json=EVENING).status_code == 403
        assert client.post("/on-call/overrides", data=EVENING).status_code == 403
    assert served.head.seq == before


def test_only_who_is_asked_answers_or_an_operator(served: Served) -> None:
    ana = signed_in(served, Role.responder, name="ana", person="ana")
    bogdan = signed_in(served, Role.responder, name="bogdan", person="bogdan")
    assert ana.post("/api/v1/swaps", json={**TURN, "other": "bogdan"}).status_code == 201
    assert ana.post("/api/v1/swaps/SWAP-1/accept", json={}).status_code == 403
    assert bogdan.post("/api/v1/swaps/SWAP-1/withdraw", json={}).status_code == 403
    assert bogdan.post("/on-call/swaps/SWAP-1/decline", data={}, follow_redirects=False).status_code == 303
    assert ana.post("/api/v1/swaps", json={**TURN, "other": "bogdan"}).status_code == 201
    operator = signed_in(served, Role.operator, name="olga")
    assert operator.post("/api/v1/swaps/SWAP-2/accept", json={}).status_code == 200
    assert bogdan.post("/api/v1/swaps", json={**TURN, "other": "bogdan", "asker": "ana"}).status_code == 403


def test_withdrawing_what_fills_a_hole_has_to_be_meant(served: Served) -> None:
    made = Served()
    made.adopt(more_bindings=WEEKLY + 'days = ["SA"]\n')
    with browser(made) as client:
        client.post("/api/v1/overrides", json={**EVENING, "by": "bogdan"})
        assert "Nobody would be on call" in client.get("/on-call/overrides/OVR-1").text
        refused = client.post("/api/v1/overrides/OVR-1/withdraw", json={"by": "bogdan"})
        assert (refused.status_code, refused.json()["type"]) == (409, "leaves_hole")
        meant = client.post(
            "/on-call/overrides/OVR-1/withdraw", data={"by": "bogdan", "despite_hole": "true"}
        )
        assert meant.status_code == 200


def test_the_past_shows_its_overrides_without_buttons(served: Served) -> None:
    with browser(served) as client:
        client.post("/api/v1/overrides", json={**EVENING, "by": "bogdan"})
        then = rfc3339(served.now())
        served.clock.advance(60)
        client.post("/api/v1/overrides/OVR-1/withdraw", json={"by": "bogdan"})
        served.clock.advance(60)
        page = client.get("/on-call", params={"as-of": then}).text
        assert "OVR-1" in page
        assert "Override…" not in page
