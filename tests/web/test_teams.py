"""A role in a team counts for what is that team's; and whoever is at the machine itself is somebody who is known."""

from typing import Any

import pytest
from litestar.testing import TestClient

from opsguide.identity.permissions import Role
from opsguide.incidents.commands import Open
from tests.web.every_route import everything
from tests.web.served import LOCAL_SECRET, Served, harbour
from tests.web.signed_in import nobody, signed_in

PAYMENTS = """
[people.carmen]
[teams.payments]
members = ["carmen"]
"""
INCIDENT = "/api/v1/incidents/INC-1"
DEEDS: dict[str, dict[str, Any]] = {
    "acknowledge": {},
    "resolve": {"reason": "mended"},
    "notes": {"text": "looked"},
    "severity": {"severity": "high", "reason": "only two"},
    "roles": {"role": "commander", "person": "carmen"},
    "updates": {"text": "We look."},
    "tasks": {"text": "Alert on it"},
    "merge": {"into": "INC-2"},
    "postmortem/require": {"reason": "it may come again"},
    "postmortem/sections/lessons": {"text": "x", "base": 0},
}


@pytest.fixture
def served() -> Served:
    """Production is down, which wakes core-platform and then core-frontend; payments has nothing to do with it."""
    made = Served()
    made.adopt(more_bindings=PAYMENTS)
    made.go_down()
    made.do(Open(key="stock", title="stock counts are late", reason="a person says so", severity="medium"))
    return made


@pytest.mark.parametrize("deed", DEEDS)
def test_a_responder_of_another_team_does_nothing_about_it(served: Served, deed: str) -> None:
    carmen = signed_in(served, Role.responder, team="payments", person="carmen")
    before = everything(served)
    answer = carmen.post(f"{INCIDENT}/{deed}", json=DEEDS[deed])
    assert (answer.status_code, answer.json()["type"]) == (403, "not_allowed")
    assert "INC-1 is for `core-frontend`, `core-platform`" in answer.json()["detail"]
    assert everything(served) == before


@pytest.mark.parametrize("team", ["core-platform", "core-frontend", ""])
def test_one_of_those_whom_it_wakes_acts(served: Served, team: str) -> None:
    """Whoever it could wake later may come sooner; a role everywhere counts everywhere."""
    mia = signed_in(served, Role.responder, name="mia", team=team)
    assert mia.post(f"{INCIDENT}/acknowledge", json={}).status_code == 200


def test_who_was_asked_to_help_helps(served: Served) -> None:
    bogdan = signed_in(served, Role.responder, name="bogdan", team="core-frontend", person="bogdan")
    carmen = signed_in(served, Role.responder, name="carmen", team="payments", person="carmen")
    assert carmen.post(f"{INCIDENT}/notes", json={"text": "it is us"}).status_code == 403
    bogdan.post(f"{INCIDENT}/roles", json={"role": "scribe", "person": "carmen"})
    assert carmen.post(f"{INCIDENT}/notes", json={"text": "it is us"}).status_code == 201


def test_the_page_offers_what_one_may_do(served: Served) -> None:
    carmen = signed_in(served, Role.responder, name="carmen", team="payments", person="carmen")
    ana = signed_in(served, Role.responder, name="ana", team="core-platform", person="ana")
    offered = 'action="/incidents/INC-1/acknowledge"'
    assert offered in ana.get("/incidents/INC-1").text
    assert offered not in carmen.get("/incidents/INC-1").text
    assert carmen.post("/incidents/INC-1/acknowledge", data={}).status_code == 403


def test_the_tasks_offer_their_buttons_to_those_who_may_press_them(served: Served) -> None:
    """Of two incidents, one is core-platform's and one carmen was asked to help with."""
    carmen = signed_in(served, Role.responder, name="carmen", team="payments", person="carmen")
    ana = signed_in(served, Role.responder, name="ana", team="core-platform", person="ana")
    viewer = signed_in(served, Role.viewer, name="vera")
    ana.post("/api/v1/incidents/INC-2/roles", json={"role": "scribe", "person": "carmen"})
    for incident in ("INC-1", "INC-2"):
        ana.post(f"/api/v1/incidents/{incident}/tasks", json={"text": f"Look at {incident}"})
    ones, others = (f'action="/incidents/INC-{n}/tasks/1"' for n in (1, 2))
    for who, offered in ((ana, (True, True)), (carmen, (False, True)), (viewer, (False, False))):
        page = who.get("/tasks").text
        assert "Look at INC-1" in page
        assert "Look at INC-2" in page
        assert (ones in page, others in page) == offered
    assert carmen.post("/incidents/INC-1/tasks/1", data={"state": "done"}).status_code == 403
    assert carmen.post("/incidents/INC-2/tasks/1", data={"state": "done"}).status_code == 200


def test_whoever_sees_something_may_report_it(served: Served) -> None:
    carmen = signed_in(served, Role.responder, team="payments", person="carmen")
    body = {"by": "carmen", "title": "cards are refused", "severity": "high"}
    assert carmen.post("/api/v1/incidents", json=body).status_code == 201


def test_where_the_route_names_no_team_any_responder_acts() -> None:
    served = Served()
    served.adopt(promises=[], more_bindings=PAYMENTS)
    served.do(Open(key="x", title="x", reason="x", severity="high"))
    carmen = signed_in(served, Role.responder, team="payments", person="carmen")
    assert carmen.post(f"{INCIDENT}/acknowledge", json={}).status_code == 200


# Who is at the machine itself


def at_the_machine(served: Served, **body: str) -> Any:
    headers = {"authorization": f"Bearer {LOCAL_SECRET}"}
    return nobody(served).post(f"{INCIDENT}/acknowledge", json=body, headers=headers)


def test_a_mistyped_name_is_refused_with_the_nearest_one(served: Served) -> None:
    before = everything(served)
    answer = at_the_machine(served, by="crmen")
    assert (answer.status_code, answer.json()["type"]) == (409, "stranger")
    assert answer.json()["hint"] == "did you mean `carmen`?"
    assert everything(served) == before
    assert "known are" in at_the_machine(served, by="nobody").json()["hint"]
    assert at_the_machine(served, by="carmen").json()["acknowledged_by"] == "carmen"


def test_an_account_is_somebody_and_so_is_who_says_no_name(served: Served) -> None:
    signed_in(served, Role.viewer, name="mia")
    mia = served.identity.accounts.find("mia")
    assert at_the_machine(served, by=mia.id).json()["acknowledged_by"] == mia.id
    other = harbour()
    other.go_down()
    assert at_the_machine(other).json()["acknowledged_by"] == "local"


def test_the_demos_visitor_is_somebody_too() -> None:
    served = harbour()
    served.go_down()
    client = TestClient(served.app, base_url="http://127.0.0.1:8470")
    assert client.post(f"{INCIDENT}/acknowledge", json={"by": "anna"}).status_code == 409
    assert client.post(f"{INCIDENT}/acknowledge", json={"by": "ana"}).status_code == 200
