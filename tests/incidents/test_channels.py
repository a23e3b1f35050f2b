"""Channels: how each does, a test of one from the console and the API, and the receipts of every attempt."""

from litestar.testing import TestClient

from opsguide.incidents.facts import ChannelTested
from opsguide.kernel.facts import Recorded
from tests.cast import PRIMARY
from tests.incidents.test_http import BASE, browser, seen
from tests.web.served import Served, harbour


def noted(served: Served) -> list[ChannelTested]:
    facts: list[Recorded] = served.ledger.rows
    return [row.fact.data for row in facts if isinstance(row.fact.data, ChannelTested)]


def press(served: Served, path: str, **body: str) -> int:
    with browser(served) as client:
        answer = client.post(
            path, data={"by": "ana", **body}, follow_redirects=False, headers={"Origin": BASE}
        )
    return answer.status_code


def ask(served: Served, channel: str, **body: str) -> tuple[int, dict[str, object]]:
    with TestClient(served.app, base_url=BASE) as client:
        answer = client.post(f"/api/v1/channels/{channel}/test", json={"by": "ana", **body})
    return answer.status_code, answer.json()


def test_what_was_never_used_is_not_said_to_work() -> None:
    page = seen(harbour(), "/channels")
    assert "ana-phone ana never used" in page
    assert "works" not in page


def test_a_channel_that_took_its_last_message_works() -> None:
    served = harbour()
    served.go_down()
    assert "ana-phone ana works" in seen(served, "/channels")


def test_the_button_sends_a_test_and_shows_what_came_of_it() -> None:
    served = harbour()
    assert press(served, "/channels/ana-phone/test") == 303
    assert noted(served) == [ChannelTested("ana-phone", by="ana", seconds=0.25)]
    assert "ana-phone ana works" in seen(served, "/channels")


def test_a_test_that_fails_is_shown_and_puts_the_step_at_risk() -> None:
    served = harbour()
    served.reached.failing = True
    assert press(served, "/channels/ana-phone/test") == 303
    page = seen(served, "/channels")
    assert "fails 1 failure in a row" in page
    assert "the phone is off" in page
    assert served.standings()[PRIMARY].kind == "at_risk"


def test_three_failures_in_a_row_cut_a_channel_off() -> None:
    served = harbour()
    served.reached.failing = True
    for _ in range(3):
        press(served, "/channels/ana-phone/test")
    assert "cut off 3 failures in a row" in seen(served, "/channels")


def test_the_api_says_what_came_of_a_test() -> None:
    served = harbour()
    said = {"channel": "ana-phone", "arrived": True, "seconds": 0.25, "problem": ""}
    assert ask(served, "ana-phone", person="ana") == (200, said)
    served.reached.failing = True
    assert ask(served, "ana-phone")[1]["problem"] == "the phone is off"


def test_what_is_no_channel_or_not_theirs_is_refused_before_anything_is_sent() -> None:
    served = harbour()
    status, problem = ask(served, "ana-fone")
    assert (status, problem["type"]) == (404, "unknown_channel")
    status, problem = ask(served, "ana-phone", person="bogdan")
    assert (status, problem["type"]) == (409, "not_theirs")
    assert noted(served) == []


def test_every_attempt_has_its_receipt_on_the_incident() -> None:
    served = harbour()
    served.reached.failing = True
    served.go_down()
    served.reached.failing = False
    served.clock.advance(6)
    served.deliver()
    page = seen(served, "/incidents/INC-1")
    assert "2 receipts" in page
    assert "attempt 1 refused" in page
    assert "attempt 2 taken" in page
