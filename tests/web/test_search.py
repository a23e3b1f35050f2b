"""The search: what people type at three in the morning finds what they mean."""

import re

import pytest
from litestar.testing import TestClient

from tests.cast import P95, UPTIME
from tests.web.served import Served, harbour

BASE = "http://127.0.0.1:8470"


def found(served: Served, query: str) -> list[str]:
    """The results as they are read, best first."""
    with TestClient(served.app, base_url=BASE) as client:
        answer = client.get("/search", params={"q": query})
    assert answer.status_code == 200
    items = re.findall(
        r"<li.*?</li>",
        answer.text.split('<ol id="found" class="found" aria-label="Found" data-query', 1)[1],
        re.DOTALL,
    )
    return [" ".join(re.sub(r"<[^>]+>", " ", item).split()) for item in items]


def burning() -> Served:
    served = harbour()
    served.evidence(P95, "broken", "430 ms", "200 ms")
    served.go_down()
    return served


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("p95", "Promise broken Response times"),
        ("RESPONSE TIME", "Promise broken Response times"),
        ("respnse times", "Promise broken Response times"),
        ("inc-1", "Incident INC-1"),
        ("production down", "Incident INC-1 production is down"),
        ("ana", "Person ana"),
        ("inbox", "Page Inbox"),
        ("high error", "Promise unproven high_error_rate"),
        ("dark", "Command Change theme"),
    ],
)
def test_it_finds_what_is_meant_first(typed: str, first: str) -> None:
    assert found(burning(), typed)[0].startswith(first)


def test_before_anything_is_typed_it_shows_what_burns_and_where_one_can_go() -> None:
    shown = found(burning(), "")
    assert shown[0].startswith("Incident INC-1")
    assert any(one.startswith("Promise broken") for one in shown)
    assert any(one.startswith("Page Guide") for one in shown)


def test_what_is_not_there_is_said_and_nothing_is_guessed() -> None:
    assert found(burning(), "zzzzqqq") == [
        "Nothing is called zzzzqqq. Lines of the guide, incidents, people, pages and commands are searched."
    ]


def test_what_is_typed_is_never_markup() -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        html = client.get("/search", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in html


def test_a_word_within_a_promise_is_found_after_one_at_a_start() -> None:
    shown = found(burning(), "critical")
    assert shown[0].startswith(("Promise", "Chapter"))
    assert all("critical" in one.casefold() for one in shown[:3])


def test_a_guide_that_is_not_there_yet_leaves_pages_and_commands() -> None:
    assert found(Served(), "guide")[0].startswith("Page Guide")
    assert UPTIME not in found(Served(), "uptime")
