"""The page On call and its feeds, for a team with a rotation, a stand-in and a hole."""

from itertools import pairwise
from typing import Any

import pytest
from icalendar import Calendar
from litestar import Litestar
from litestar.testing import TestClient

from tests.web.served import Served, harbour

ROTATIONS = """
[[rotations.core-platform.layers]]
members = ["ana", "bogdan"]
start = 2026-11-16
days = ["MO", "TU", "WE", "TH", "FR"]

[[rotations.core-platform.overrides]]
person = "bogdan"
start = 2026-11-24T18:00:00
end = 2026-11-25T08:00:00
"""


def events_of(feed: bytes) -> list[Any]:
    calendar: Any = Calendar.from_ical(feed)
    return list(calendar.walk("VEVENT"))


@pytest.fixture
def served() -> Served:
    """Monday, 3:00 UTC: ana has the turn since the 16th."""
    made = Served()
    made.adopt(more_bindings=ROTATIONS)
    return made


@pytest.fixture
def client(served: Served) -> TestClient[Litestar]:
    return TestClient(served.app, base_url="http://127.0.0.1:8470")


def test_it_says_who_until_when_who_is_next_and_where_nobody_would_be(client: TestClient[Litestar]) -> None:
    page = client.get("/on-call").text
    assert "Mon 23 Nov 09:00" in page
    assert "override, instead of" in page
    assert "nobody" in page
    assert "add a layer that covers it, or an override" in page


def test_a_rotation_is_a_feed_in_which_holes_are_left_out(client: TestClient[Litestar]) -> None:
    answer = client.get("/on-call/teams/core-platform.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    events = events_of(answer.content)
    assert len({event["UID"] for event in events}) == len(events) > 5
    assert all(one["DTEND"].dt <= other["DTSTART"].dt for one, other in pairwise(events))


def test_a_person_has_only_their_own_shifts(client: TestClient[Litestar]) -> None:
    events = events_of(client.get("/on-call/people/bogdan.ics").content)
    assert events
    assert {str(event["SUMMARY"]).split(" on call")[0].casefold() for event in events} == {"bogdan"}
    assert any("instead of" in str(event.get("DESCRIPTION", "")) for event in events)


@pytest.mark.parametrize(
    "path", ["/on-call/teams/nobody.ics", "/on-call/people/zoe.ics", "/on-call/teams/core-platform"]
)
def test_what_there_is_not_is_said_with_what_there_is(client: TestClient[Litestar], path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "core-platform" in answer.text or "ana" in answer.text


def test_without_a_rotation_the_page_shows_how_to_bind_one(client: TestClient[Litestar]) -> None:
    page = TestClient(harbour().app, base_url="http://127.0.0.1:8470").get("/on-call").text
    assert "[[rotations.core-platform.layers]]" in page
