"""What keeps other sites out, on every route there is."""

from typing import Any

import pytest
from litestar.testing import TestClient

from tests.web.every_route import DEEDS_OF_PEOPLE, GETS, HEADERS, Whole, call, everything, whole
from tests.web.served import Served, harbour

BASE = "http://127.0.0.1:8470"


@pytest.fixture(scope="module")
def served() -> Whole:
    """One for all that must change nothing."""
    return whole()


@pytest.fixture(scope="module")
def client(served: Whole) -> TestClient[Any]:
    return TestClient(served.app, base_url=BASE)


def told() -> Served:
    served = harbour()
    served.go_down()
    return served


def test_there_are_routes_to_hold() -> None:
    assert len(GETS) > 100
    assert len(DEEDS_OF_PEOPLE) > 80


NOT_HERE = {
    "/ledger/export": 404,
    "/ping/{probe}/{secret}": 405,
    "/ping/{probe}/{secret}/{word}": 405,
}
"""The ledger of this service is in memory, and its job has to ask by POST."""


@pytest.mark.parametrize(("verb", "route"), GETS)
def test_looking_changes_nothing_and_finds_what_is_asked_for(
    verb: str, route: str, served: Whole, client: TestClient[Any]
) -> None:
    before = everything(served)
    answer = call(client, served, f"{verb} {route}", headers=HEADERS.get(route), follow_redirects=False)
    assert answer.status_code in (NOT_HERE.get(route, 200), 303), answer.text
    assert everything(served) == before


@pytest.mark.parametrize(("verb", "route"), DEEDS_OF_PEOPLE)
def test_no_other_site_can_do_anything(verb: str, route: str, served: Whole, client: TestClient[Any]) -> None:
    before = everything(served)
    for headers in (
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
    ):
        answer = call(client, served, f"{verb} {route}", headers=headers)
        assert answer.status_code == 403
        assert "another site" in answer.text
    assert everything(served) == before


@pytest.mark.parametrize(("verb", "route"), [*GETS, *DEEDS_OF_PEOPLE])
def test_a_name_that_was_rebound_to_loopback_is_not_answered(
    verb: str, route: str, served: Whole, client: TestClient[Any]
) -> None:
    before = everything(served)
    answer = call(client, served, f"{verb} {route}", headers={"Host": "evil.example:8470"})
    assert answer.status_code == 403
    assert everything(served) == before


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:9000", "127.0.0.1:8470", "[::1]:8470", "LOCALHOST:1"]
)
def test_loopback_answers_by_all_its_names_and_through_any_forwarded_port(host: str) -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["127.0.0.1.evil.example", "localhost.evil.example", "", "0.0.0.0:8470", "127.0.0.1:x"]
)
def test_names_that_only_look_like_loopback_do_not(host: str) -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        assert client.get("/", headers={"Host": host}).status_code == 403


def test_our_own_forms_and_programs_that_are_no_browsers_are_answered() -> None:
    own = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}
    for headers in (own, {"Origin": BASE}, {}):
        with TestClient(told().app, base_url=BASE) as client:
            answer = client.post("/api/v1/incidents/INC-1/acknowledge", json={"by": "ana"}, headers=headers)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/api/v1/status", "/api/v1/incidents/INC-9", "/static/console.css", "/healthz"]
)
def test_every_answer_carries_the_strict_headers(path: str) -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    kept = ("no-store", "private, no-cache", "public, max-age=31536000, immutable")
    assert headers["cache-control"] in kept


def test_a_body_that_is_too_large_is_refused() -> None:
    with TestClient(told().app, base_url=BASE) as client:
        answer = client.post("/api/v1/incidents/INC-1/notes", json={"by": "ana", "text": "x" * 2_000_000})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
