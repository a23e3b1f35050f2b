"""A swap is answered by the signed link in its message: what fetches it only sees it, its buttons act once."""

from typing import Any

import pytest
from litestar.testing import TestClient

from opsguide.channels.send import Sent
from opsguide.guide.bindings import read_bindings
from opsguide.incidents.links import Link, sign
from opsguide.incidents.news import NEWS
from opsguide.incidents.overrides.commands import AskSwap, WithdrawSwap
from opsguide.incidents.overrides.facts import Span
from opsguide.incidents.page import Page
from opsguide.incidents.paging import Paging
from opsguide.kernel.clock import parse_instant
from opsguide.kernel.intent import Intent
from tests.cast import BINDINGS
from tests.incidents.test_http import acknowledged, down
from tests.incidents.test_overrides_http import WEEKLY
from tests.incidents.test_page_contents import near
from tests.web.html import text_of
from tests.web.served import KEY, Served, settle
from tests.web.signed_in import nobody

TURN = Span(parse_instant("2026-12-01T16:00:00Z"), parse_instant("2026-12-02T07:00:00Z"))
HOUR_MS = 3_600_000


@pytest.fixture
def served() -> Served:
    """Ana asks Bogdan for a night in nine days."""
    made = Served()
    made.adopt(more_bindings=WEEKLY)
    made.do(AskSwap("core-platform", "ana", "bogdan", TURN, by="ana"), actor="person:ana")
    return made


@pytest.fixture
def client(served: Served) -> TestClient[Any]:
    return nobody(served)


def path(served: Served, about: str = "SWAP-1", person: str = "bogdan") -> str:
    return f"/swap/{sign(Link(about, person, served.now() + HOUR_MS), KEY)}"


def stand_ins(served: Served) -> list[str]:
    return [one.person for one in served.state("incidents").overrides.made.values()]


def message(served: Served, lives: str = "24h") -> str:
    """What Bogdan reads, as the running service writes it."""
    bound, wrong = read_bindings(BINDINGS + WEEKLY + f'[paging]\nlink_lives = "{lives}"\n')
    assert bound is not None, wrong
    sent: list[Page] = []

    async def send(_url: str, page: Page, _key: str) -> Sent:
        sent.append(page)
        return Sent(True, "")

    paging = Paging(
        state=lambda: served.state("incidents"),
        bindings=lambda: bound,
        resolve=lambda reference: reference,
        is_machine=lambda _url: False,
        send=send,
        service=lambda: "harbour",
        link_base=lambda: "https://ops.example",
        link_key=KEY,
        clock=served.clock,
        standings=served.standings,
        near=near(served),
    )
    intent = next(
        row.fact.data
        for row in served.ledger.rows
        if isinstance(row.fact.data, Intent) and row.fact.data.deed == NEWS
    )
    settle(paging.do(intent, 1))
    return sent[0].body


def test_the_message_carries_the_link_that_answers_it(served: Served, client: TestClient[Any]) -> None:
    link = message(served).splitlines()[-1].removeprefix("https://ops.example")
    assert link.startswith("/swap/SWAP-1.bogdan.")
    assert "ana asks you to stand in" in text_of(client.get(link).text)
    assert "SWAP-1 was accepted by bogdan" in text_of(client.post(f"{link}/accept").text)


def test_it_lives_as_long_as_the_policy_says_and_not_beyond_the_turn(
    served: Served, client: TestClient[Any]
) -> None:
    day, month = (
        message(served, lives).splitlines()[-1].removeprefix("https://ops.example") for lives in ("1d", "30d")
    )
    served.clock.advance(25 * 3600)
    assert [client.get(one).status_code for one in (day, month)] == [404, 200]
    served.clock.advance(9 * 86_400)
    assert client.get(month).status_code == 404


def test_where_no_link_may_open_anything_it_leads_to_the_console(served: Served) -> None:
    assert message(served, "off").endswith("https://ops.example/on-call/swaps/SWAP-1")


def test_opening_shows_what_would_change_and_changes_nothing(served: Served, client: TestClient[Any]) -> None:
    before = served.head.seq
    for method in ("GET", "HEAD"):
        assert client.request(method, path(served)).status_code == 200
    page = text_of(client.get(path(served)).text)
    assert "ana asks you to stand in" in page
    assert "What changes when bogdan accepts" in page
    for followed in ("accept", "decline"):
        assert client.get(f"{path(served)}/{followed}").status_code == 405
    assert served.head.seq == before


def test_accept_acts_once_and_then_the_link_says_how_it_ended(
    served: Served, client: TestClient[Any]
) -> None:
    after = text_of(client.post(f"{path(served)}/accept").text)
    assert "SWAP-1 was accepted by bogdan" in after
    assert stand_ins(served) == ["bogdan"]
    seq = served.head.seq
    for pressed in ("accept", "decline"):
        assert "SWAP-1 was accepted by bogdan" in text_of(client.post(f"{path(served)}/{pressed}").text)
    assert served.head.seq == seq
    assert [row.fact.actor for row in served.ledger.rows if row.fact.type == "swap.answered"] == [
        "person:bogdan"
    ]


def test_decline_leaves_the_schedule_as_it_was(served: Served, client: TestClient[Any]) -> None:
    assert "SWAP-1 was declined by bogdan" in text_of(client.post(f"{path(served)}/decline").text)
    assert stand_ins(served) == []


def test_one_that_was_taken_back_says_so(served: Served, client: TestClient[Any]) -> None:
    served.do(WithdrawSwap("SWAP-1", "ana"), actor="person:ana")
    assert "SWAP-1 was taken back by ana" in text_of(client.get(path(served)).text)
    assert "SWAP-1 was taken back by ana" in text_of(client.post(f"{path(served)}/accept").text)
    assert stand_ins(served) == []


def test_a_link_that_is_over_forged_or_about_something_else_opens_nothing(
    served: Served, client: TestClient[Any]
) -> None:
    good, gone = path(served), f"/swap/{sign(Link('SWAP-1', 'bogdan', served.now() - 1), KEY)}"
    for wrong in (
        gone,
        good[:-3] + "xxx",
        path(served, "SWAP-9"),
        path(served, "INC-1"),
        path(served, person="zoe"),
    ):
        assert client.get(wrong).status_code == 404, wrong
        assert client.post(f"{wrong}/accept", follow_redirects=True).status_code == 404
    assert client.post(f"{good}/accept", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert stand_ins(served) == []


def test_the_link_of_a_swap_opens_no_incident_and_the_other_way_round() -> None:
    served = down()
    with nobody(served) as client:
        token = sign(Link("SWAP-1", "ana", served.now() + HOUR_MS), KEY)
        assert client.post(f"/page/{token}/acknowledge").status_code == 404
        assert client.get(path(served, "INC-1", "ana")).status_code == 404
    assert acknowledged(served) == []
