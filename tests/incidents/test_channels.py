"""Channels: how each does, a test of one from the console and the API, and the receipts of every attempt."""

import asyncio
import re

from litestar.testing import TestClient

from opsguide.incidents.facts import ChannelTested
from opsguide.kernel.facts import Recorded
from tests.cast import PRIMARY
from tests.channels.test_send import Hook, hook
from tests.incidents.test_http import BASE, browser, seen
from tests.incidents.test_page_contents import Story
from tests.web.served import Served, harbour

__all__ = ["hook"]


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


def notes(served: Served, path: str) -> list[str]:
    """What the page says above its list."""
    with browser(served) as client:
        return said_in(client.get(path).text)


def said_in(html: str) -> list[str]:
    return [
        re.sub("<[^>]+>", "", note) for note in re.findall(r'<p class="note" role="status">(.*?)</p>', html)
    ]


def test_what_came_of_a_test_is_said_above_the_list() -> None:
    served = harbour()
    with browser(served) as client:
        good = client.post("/channels/ana-phone/test", data={"by": "ana"}, headers={"Origin": BASE})
        served.reached.failing = True
        bad = client.post("/channels/bogdan-phone/test", data={"by": "ana"}, headers={"Origin": BASE})
    assert said_in(good.text) == ["ana-phone took the test within 250 ms. Look whether it arrived."]
    [said] = said_in(bad.text)
    assert said.startswith("bogdan-phone did not take the test: the phone is off. Mend")
    assert notes(served, "/channels") == []
    assert notes(served, "/channels?tested=nonsense") == []


async def test_a_test_that_a_provider_refuses_shows_nothing_of_what_it_wrote(hook: tuple[Hook, int]) -> None:
    """Through Apprise to a real web server, which answers 500 and `secret`."""
    made, port = hook
    made.status = 500
    story = await asyncio.to_thread(Story, f"json://127.0.0.1:{port}/token-1234")
    problem, _ = await story.paging().test("ana-phone", "ana")
    tested = ChannelTested("ana-phone", by="ana", problem=problem)
    await story.served.decider.record(tested, subject="channel:ana-phone")
    [said] = await asyncio.to_thread(notes, story.served, "/channels?tested=ana-phone")
    assert len(made.got) == 1
    assert "500" in said
    assert "secret" not in said
    assert "1234" not in said


def test_what_fails_comes_first_and_a_channel_of_nobody_is_shown_too() -> None:
    served = harbour()
    served.adopt(more_bindings='[channels.spare]\nurl = "json://127.0.0.1:9/spare"\n')
    served.go_down()
    served.reached.failing = True
    press(served, "/channels/bogdan-phone/test")
    page = seen(served, "/channels")
    places = [page.index(name) for name in ("bogdan-phone bogdan", "spare nobody is told", "ana-phone ana")]
    assert places == sorted(places)


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
    assert "03:00:00 UTC attempt 1 refused" in page
    assert "attempt 2 taken" in page
