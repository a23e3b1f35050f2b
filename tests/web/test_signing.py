"""Signing in the console and over the API."""

from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.cast import ERRORS, PROMISES
from tests.guide.test_signing import BY_HAND as MORE
from tests.guide.test_signing import RESTORE, SECRETS
from tests.web.served import Served, lined

BASE = "http://127.0.0.1:8470"


@pytest.fixture
def served() -> Served:
    served = Served()
    served.adopt(promises=[*(lined(one) for one in PROMISES), *MORE])
    return served


@pytest.fixture
def client(served: Served) -> Iterator[TestClient[Litestar]]:
    with TestClient(served.app, base_url=BASE) as client:
        yield client


def test_the_page_of_a_promise_that_nothing_measures_offers_to_sign(client: TestClient[Litestar]) -> None:
    page = client.get(f"/promises/{RESTORE}").text
    assert 'action="/signatures"' in page
    assert 'value="2026-12-24" min="2026-11-23" max="2026-12-24"' in page
    assert "What binds it" not in page
    assert 'action="/signatures"' not in client.get(f"/promises/{ERRORS}").text


def test_signing_leads_back_to_a_page_that_shows_it_and_can_take_it_back(
    client: TestClient[Litestar],
) -> None:
    form = {"promise": SECRETS, "by": "ana", "note": "all <b>encrypted</b>", "until": "2027-01-31"}
    answer = client.post("/signatures", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/promises/{SECRETS}")
    page = client.get(f"/promises/{SECRETS}").text
    assert "all &lt;b&gt;encrypted&lt;/b&gt;" in page
    assert "31 Jan 2027, 23:59:59 UTC" in page
    assert "s-by_hand" in page
    back = {"promise": SECRETS, "by": "bogdan", "reason": "wrong vault"}
    taken = client.post("/signatures/withdraw", data=back, follow_redirects=False)
    assert taken.status_code == 303
    page = client.get(f"/promises/{SECRETS}").text
    assert "Withdrawn by bogdan" in page
    assert "bogdan withdrew signature #2: wrong vault" in page


def test_the_api_signs_lists_and_withdraws(client: TestClient[Litestar]) -> None:
    body = {"promise": SECRETS, "by": "ana", "note": "seen"}
    signed = client.post("/api/v1/signatures", json=body)
    assert signed.status_code == 201
    assert signed.json() == {
        "promise": SECRETS,
        "by": "ana",
        "signed_at": "2026-11-23T03:00:00.000Z",
        "until": "2027-02-21T23:59:59.999Z",
        "seq": 2,
        "note": "seen",
        "counts": True,
        "withdrawn_by": None,
        "withdrawn_at": None,
    }
    assert client.get("/api/v1/signatures").json()["items"] == [signed.json()]
    taken = client.post("/api/v1/signatures/withdraw", json={"promise": SECRETS, "by": "ana", "reason": "no"})
    assert (taken.status_code, taken.json()["counts"], taken.json()["withdrawn_by"]) == (200, False, "ana")


@pytest.mark.parametrize(
    ("change", "status", "name"),
    [
        ({"promise": ERRORS}, 409, "measured"),
        ({"promise": "nothing"}, 404, "unknown_promise"),
        ({"by": "charlie"}, 409, "stranger"),
        ({"note": " "}, 400, "empty_note"),
        ({"until": "tomorrow"}, 400, "malformed_until"),
        ({"until": "2026-02-31"}, 400, "malformed_until"),
        ({"until": "2026-12-24T18:00:00"}, 400, "malformed_until"),
        ({"until": "2029-12-24"}, 409, "too_long"),
        ({"note": None}, 422, "unprocessable_content"),
    ],
)
def test_what_is_refused_says_why_and_what_next(
    client: TestClient[Litestar], served: Served, change: dict[str, str | None], status: int, name: str
) -> None:
    body = {"promise": SECRETS, "by": "ana", "note": "seen"} | change
    answer = client.post("/api/v1/signatures", json=body)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, name)
    assert served.head.seq == 1
