"""Any page of standing as of a past instant: the guide and the standing of then, a way back, nothing to press."""

import re

import pytest
from litestar.testing import TestClient

from opsguide.guide.values import Objective
from opsguide.incidents.commands import Acknowledge, Resolve
from opsguide.kernel.clock import after, rfc3339
from tests.cast import P95, PROMISES
from tests.web.served import TEXT, Served, lined
from tests.world import START, a_promise

BASE = "http://127.0.0.1:8470"
PAGES = ["/", "/incidents", "/incidents/INC-1", f"/promises/{P95}", "/inbox"]


@pytest.fixture
def served() -> Served:
    """03:00 adopted and kept; 03:10 broken, down, INC-1 open; 03:20 resolved; 03:30 a second version."""
    served = Served()
    served.adopt()
    served.evidence(P95, "kept", "150 ms", "< 200 ms", 86400)
    served.clock.advance(600)
    served.evidence(P95, "broken", "430 ms", "< 200 ms", 86400)
    served.go_down()
    served.clock.advance(600)
    served.do(Acknowledge("INC-1", "ana"))
    served.do(Resolve("INC-1", "ana", "restarted"))
    served.evidence(P95, "kept", "160 ms", "< 200 ms", 86400)
    served.clock.advance(600)
    later = a_promise(P95, Objective(signal="response_time", percentile=95, op="<", seconds=0.3))
    served.adopt(
        TEXT.replace("p95 <200ms", "p95 <300ms"), [later, *(lined(p) for p in PROMISES if p.id != P95)]
    )
    served.clock.advance(600)
    return served


def get(served: Served, path: str, minute: float | None = None) -> str:
    with TestClient(served.app, base_url=BASE) as client:
        query = {} if minute is None else {"as-of": rfc3339(after(START, minute * 60))}
        answer = client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.text


def test_the_standing_is_that_of_the_instant(served: Served) -> None:
    assert "s-kept" in get(served, f"/promises/{P95}", 5)
    assert "430 ms" in get(served, f"/promises/{P95}", 12)
    assert "150 ms" in get(served, f"/promises/{P95}", 9.99)
    assert "430 ms" not in get(served, f"/promises/{P95}", 5), "what came later is not told"


def test_the_guide_is_the_one_of_then(served: Served) -> None:
    then, now = get(served, "/", 5), get(served, "/")
    assert "p95 &lt;200ms" in then
    assert "by version 1 of the guide" in then
    assert "p95 &lt;300ms" in now


def test_what_was_on_fire_then_is_on_fire_then(served: Served) -> None:
    assert "none open" in get(served, "/incidents", 5)
    assert "1 open, not acknowledged" in get(served, "/incidents", 15)
    assert "none open" in get(served, "/incidents", 25)
    page = get(served, "/incidents/INC-1", 15)
    assert "Not acknowledged" in page
    assert "restarted" not in page


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_past_says_so_leads_back_and_offers_nothing_to_do(served: Served, path: str) -> None:
    now, then = get(served, path), get(served, path, 15)
    assert "Back to now" not in now
    assert f'<a data-now href="{path}">Back to now</a>' in then
    assert 'method="post"' not in then
    assert "data-live" in now
    assert "data-live" not in then
    inside = re.findall(r'<a\b[^>]*href="(/[^"]*)"[^>]*>', then.split("<body", 1)[1])
    stay = [link for link in inside if "as-of=2026-11-23T03:15:00.000Z" not in link]
    assert stay == [path], "every link stays in the past, but for the way back"


def test_before_the_first_guide_the_page_says_so(served: Served) -> None:
    assert "No guide was in force then" in get(served, "/", -1)


def test_the_api_tells_of_the_instant_too(served: Served) -> None:
    with TestClient(served.app, base_url=BASE) as client:

        def status(minute: float) -> tuple[int, int, str, dict[str, str]]:
            told = client.get("/api/v1/status", params={"as-of": rfc3339(after(START, minute * 60))}).json()
            standing = {one["id"]: one["standing"]["kind"] for one in told["promises"]}
            return told["guide"]["version"], told["head"], told["at"], standing

        version, head, at, standing = status(12)
        assert (version, at, standing[P95]) == (1, "2026-11-23T03:12:00.000Z", "broken")
        assert head < status(35)[1]
        assert status(35)[0] == 2
        open_then = client.get("/api/v1/incidents", params={"as-of": "2026-11-23T03:15:00Z", "open": True})
        assert [one["id"] for one in open_then.json()["items"]] == ["INC-1"]
        described = client.get("/api/openapi.json").json()
        names = {one["name"] for one in described["paths"]["/api/v1/status"]["get"]["parameters"]}
        assert "as-of" in names


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("yesterday", "is no instant"),
        ("2026-11-23T03:15:00", "has no time zone"),
        ("", "is no instant"),
        ("99999-01-01T00:00:00Z", "is no instant"),
        ("0001-01-01T00:00:00+14:00", "year"),
    ],
)
def test_a_wrong_instant_is_refused_with_what_to_write(served: Served, asked: str, said: str) -> None:
    with TestClient(served.app, base_url=BASE) as client:
        for path in ("/", "/api/v1/status"):
            answer = client.get(path, params={"as-of": asked})
            assert answer.status_code == 400
            assert said in answer.text.replace("&#39;", "'")
        assert client.get("/api/v1/status", params={"as-of": asked}).json()["type"] == "malformed_instant"


def test_of_what_is_still_to_come_nothing_is_known(served: Served) -> None:
    with TestClient(served.app, base_url=BASE) as client:
        for path in ("/", "/api/v1/status"):
            answer = client.get(path, params={"as-of": "2026-11-23T04:15:00Z"})
            assert answer.status_code == 404
            assert "is still to come: it is 2026-11-23T03:40:00.000Z" in answer.text


def test_nothing_is_done_in_the_past(served: Served) -> None:
    before = served.head
    with TestClient(served.app, base_url=BASE) as client:
        answer = client.post(
            "/api/v1/incidents/INC-1/notes?as-of=2026-11-23T03:15:00Z", json={"by": "ana", "text": "x"}
        )
    assert (answer.status_code, answer.json()["type"]) == (409, "past")
    assert served.head == before


def test_a_zone_with_a_plus_survives_an_address(served: Served) -> None:
    with TestClient(served.app, base_url=BASE) as client:
        told = client.get("/api/v1/status?as-of=2026-11-23T05:15:00+02:00").json()
    assert told["at"] == "2026-11-23T03:15:00.000Z"


@pytest.mark.parametrize(
    ("to", "leads"),
    [
        ("/incidents", "/incidents?as-of=2026-11-23T03:15:00Z"),
        ("//evil.example/", "/?as-of=2026-11-23T03:15:00Z"),
        ("https://evil.example/", "/?as-of=2026-11-23T03:15:00Z"),
        ("/\\evil.example", "/?as-of=2026-11-23T03:15:00Z"),
    ],
)
def test_the_banner_leads_to_another_instant_of_this_service_only(
    served: Served, to: str, leads: str
) -> None:
    with TestClient(served.app, base_url=BASE) as client:
        answer = client.get("/as-of", params={"to": to, "at": "2026-11-23T03:15:00"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, leads)
