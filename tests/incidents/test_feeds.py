"""One calendar feed is revoked and no other is touched: on the page, in the API, on a terminal."""

from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from typer.testing import CliRunner

from opsguide.cli import app
from opsguide.identity.permissions import Role
from opsguide.service.datadir import announce, keep_local
from tests.incidents.test_http import browser
from tests.incidents.test_overrides_http import WEEKLY
from tests.web.html import text_of
from tests.web.running import Running
from tests.web.served import LOCAL_SECRET, Served
from tests.web.signed_in import nobody, signed_in

ANA = {"kind": "people", "name": "ana"}
TEAM = {"kind": "teams", "name": "core-platform"}


@pytest.fixture
def served() -> Served:
    made = Served()
    made.adopt(more_bindings=WEEKLY)
    return made


def addresses(client: TestClient[Any]) -> dict[str, str]:
    return {
        f"{one['kind']}/{one['name']}": one["address"] for one in client.get("/api/v1/feeds").json()["items"]
    }


def opens(served: Served, address: str) -> bool:
    """Whether a calendar, which signs in nowhere, gets it."""
    answer = TestClient(served.app, base_url="http://127.0.0.1:8470").get(address)
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def test_the_old_address_is_dead_the_new_one_works_and_the_others_go_on(served: Served) -> None:
    before = addresses(browser(served))
    assert set(before) == {"teams/core-platform", "people/ana", "people/bogdan"}
    made = browser(served).post("/api/v1/feeds/revoke", json={**ANA, "by": "ana"}).json()
    after = addresses(browser(served))
    assert (made["revoked"], made["address"]) == (1, after["people/ana"])
    nobody(served)
    assert [opens(served, one) for one in (before["people/ana"], after["people/ana"])] == [False, True]
    for other in ("teams/core-platform", "people/bogdan"):
        assert before[other] == after[other]
        assert opens(served, after[other])


def test_it_stays_revoked_over_a_restart_and_each_time_it_is_another(served: Served) -> None:
    seen = [addresses(browser(served))["people/ana"]]
    for _ in range(3):
        browser(served).post("/api/v1/feeds/revoke", json={**ANA, "by": "ana"})
        seen.append(addresses(browser(served))["people/ana"])
    assert len(set(seen)) == 4
    again = served.engine.fork()
    assert again.state("incidents").feeds == {"people/ana": 3}
    nobody(served)
    assert [opens(served, one) for one in seen] == [False, False, False, True]


def test_the_button_says_what_it_does_and_asks_once(served: Served) -> None:
    with browser(served) as client:
        page = text_of(client.get("/on-call/feeds").text)
        assert "no other feed is touched" in page
        assert "all feeds" in text_of(client.get("/on-call").text)
        seq = served.head.seq
        client.get("/on-call/feeds/revoke")
        assert served.head.seq == seq
        after = client.post("/on-call/feeds/revoke", data={**TEAM, "by": "ana"})
        assert "revoked 1 time before" in text_of(after.text)
        said = text_of(client.get("/ledger").text)
        assert "The address of the calendar feed of core-platform was revoked by ana" in said


def test_one_s_own_takes_a_responder_and_all_others_an_operator(served: Served) -> None:
    ana = signed_in(served, Role.responder, name="ana", person="ana")
    vera = signed_in(served, Role.viewer, name="vera", person="bogdan")
    op = signed_in(served, Role.operator, name="olga", person="bogdan")
    for body in ({"kind": "people", "name": "bogdan"}, TEAM):
        assert ana.post("/api/v1/feeds/revoke", json=body).status_code == 403
    assert vera.post("/api/v1/feeds/revoke", json={"kind": "people", "name": "bogdan"}).status_code == 403
    assert served.state("incidents").feeds == {}
    assert ana.get("/on-call/feeds").text.count("Revoke this address") == 1
    assert ana.post("/api/v1/feeds/revoke", json=ANA).status_code == 200
    assert op.post("/api/v1/feeds/revoke", json=TEAM).status_code == 200
    assert served.state("incidents").feeds == {"people/ana": 1, "teams/core-platform": 1}


@pytest.mark.parametrize("body", [{"kind": "people", "name": "zoe"}, {"kind": "moons", "name": "ana"}])
def test_what_there_is_not_is_said_with_what_there_is(served: Served, body: dict[str, str]) -> None:
    answer = browser(served).post("/api/v1/feeds/revoke", json={**body, "by": "ana"})
    assert (answer.status_code, answer.json()["type"]) == (404, "unknown_feed")
    assert "teams/core-platform, people/ana" in answer.json()["hint"]


def test_on_a_terminal(served: Served, tmp_path: Path) -> None:
    running = Running(served)
    try:
        announce(tmp_path, running.url)
        keep_local(tmp_path, LOCAL_SECRET)

        def told(*words: str) -> str:
            answer = CliRunner().invoke(app, ["oncall", *words, "--data", str(tmp_path)])
            assert answer.exit_code == 0, answer.output
            return answer.stdout

        before = told("feeds")
        assert before.splitlines()[1].startswith("people/ana  /on-call/people/ana.ics?key=")
        said = told("revoke-feed", "people/ana", "--as", "ana")
        address = said.rpartition(" ")[2].strip()
        assert address not in before
        assert f"people/ana  {address}" in told("feeds")
        wrong = CliRunner().invoke(
            app, ["oncall", "revoke-feed", "ana", "--as", "ana", "--data", str(tmp_path)]
        )
        assert wrong.exit_code != 0
    finally:
        running.stop()
