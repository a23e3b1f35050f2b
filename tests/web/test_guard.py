"""What keeps other sites out, on every route there is."""

import re

import pytest
from litestar.testing import TestClient

from opsguide.incidents.links import Link, sign
from tests.documented import routes
from tests.web.served import KEY, Served, harbour

BASE = "http://127.0.0.1:8470"
PARAMETERS = {
    "version": "1",
    "seq": "1",
    "file": "2026-11.json",
    "incident": "INC-1",
    "promise": "monitoring.objective.availability",
    "name": "console.js",
    "path": "x",
    "signal": "error_rate",
    "probe": "shop",
    "page": "home",
    "secret": "guessed",
    "word": "start",
    "task": "1",
    "section": "lessons",
    "region": "eu-west",
    "account": "a-nobody",
    "database": "orders",
    "silence": "SIL-1",
    "channel": "ana-phone",
    "drill": "DRILL-1",
    "source": "alertmanager",
    "override": "OVR-1",
    "swap": "SWAP-1",
    "team": "core-platform",
    "maintenance": "MNT-1",
    "subscriber": "s-nobody",
}
QUERIES = {"/explore/values": "?q=up", "/api/v1/history": "?promise=monitoring.objective.availability"}
ENDLESS = {"/events", "/api/v1/events"}


def told() -> Served:
    served = harbour()
    served.go_down()
    return served


def path_of(route: str, served: Served) -> str:
    """The route with a value for each parameter, by its name; for one that is not known, a name that there is not."""
    token = sign(Link("INC-1", "ana", served.now() + 1000), KEY)
    values = {**PARAMETERS, "token": token}
    path = re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "nothing"), route)
    return path + QUERIES.get(path, "")


def every(*verbs: str) -> list[tuple[str, str]]:
    found = [(verb, path) for verb, _, path in (route.partition(" ") for route in routes())]
    return [one for one in found if one[0] in verbs and one[1] not in ENDLESS]


GETS, DEEDS = every("GET"), every("POST", "PUT", "PATCH", "DELETE")


def test_there_are_routes_to_hold() -> None:
    assert len(GETS) > 10
    assert len(DEEDS) > 6


@pytest.mark.parametrize(("verb", "route"), GETS)
def test_looking_changes_nothing(verb: str, route: str) -> None:
    served = told()
    before = served.head.seq
    with TestClient(served.app, base_url=BASE) as client:
        answer = client.request(verb, path_of(route, served))
    assert answer.status_code in (200, 400, 401, 404), answer.text
    assert served.head.seq == before


@pytest.mark.parametrize(("verb", "route"), DEEDS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
    ],
)
def test_no_other_site_can_do_anything(verb: str, route: str, headers: dict[str, str]) -> None:
    served = told()
    before = served.head.seq
    with TestClient(served.app, base_url=BASE) as client:
        answer = client.request(verb, path_of(route, served), json={"by": "ana"}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text
    assert served.head.seq == before


@pytest.mark.parametrize(("verb", "route"), [*GETS, *DEEDS])
def test_a_name_that_was_rebound_to_loopback_is_not_answered(verb: str, route: str) -> None:
    served = told()
    before = served.head.seq
    with TestClient(served.app, base_url=BASE) as client:
        answer = client.request(verb, path_of(route, served), headers={"Host": "evil.example:8470"})
    assert answer.status_code == 403
    assert served.head.seq == before


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
