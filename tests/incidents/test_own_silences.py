"""Who is on call silences what pages them, for a shift; anything wider needs an operator."""

from typing import Any

from litestar.testing import TestClient

from opsguide.identity.permissions import Role
from opsguide.incidents.commands import Open, Silence
from tests.web.served import Served, harbour
from tests.web.signed_in import signed_in

SLOW = Open(
    key="alert:slow",
    title="slow",
    reason="540 ms",
    severity="critical",
    labels={"kind": "alert", "alert": "slow", "environment": "production"},
)
LIKE = ['alert="slow"', 'environment="production"']
HOUR = 3600


def paged(person: str = "ana", role: Role = Role.responder) -> tuple[Served, TestClient[Any]]:
    """INC-1 pages ana, who is on call."""
    served = harbour()
    served.do(SLOW)
    served.deliver()
    return served, signed_in(served, role, person=person)


def silenced(client: TestClient[Any], matchers: list[str], seconds: float = 2 * HOUR) -> tuple[int, str]:
    answer = client.post(
        "/api/v1/silences",
        json={"matchers": matchers, "seconds": seconds, "reason": "an index is being built"},
    )
    return answer.status_code, answer.json().get("type", "")


def test_whom_it_pages_silences_what_is_like_it() -> None:
    served, client = paged()
    with client:
        assert "Silence what is like it" in client.get("/incidents/INC-1").text
        assert silenced(client, LIKE) == (201, "")
        assert "mute" in client.get("/incidents/INC-1").text
    assert served.state("incidents").open["INC-1"].muted_by == "SIL-1"


def test_narrower_is_theirs_too_and_wider_is_not() -> None:
    _, client = paged()
    with client:
        assert silenced(client, [*LIKE, 'severity="critical"']) == (201, "")
        assert silenced(client, ['environment="production"']) == (409, "not_yours")
        assert silenced(client, ['severity="critical"']) == (409, "not_yours")
        assert silenced(client, ['alert=~"slow|errors"', 'environment="production"']) == (409, "not_yours")


def test_a_shift_is_the_longest() -> None:
    _, client = paged()
    with client:
        assert silenced(client, LIKE, 8 * HOUR + 1) == (409, "too_long")
        assert silenced(client, LIKE, 8 * HOUR) == (201, "")


def test_who_was_not_paged_silences_nothing() -> None:
    _, client = paged("bogdan")
    with client:
        assert "Silence what is like it…" not in client.get("/incidents/INC-1").text
        assert silenced(client, LIKE) == (409, "not_yours")


def test_a_responder_ends_their_own_silence_and_no_other() -> None:
    served, client = paged()
    served.do(Silence(('alert="errors"',), 86400, "bogdan", "known"))
    with client:
        assert silenced(client, LIKE) == (201, "")
        page = client.get("/silences").text
        assert page.count("End now") == 1
        other = client.post("/api/v1/silences/SIL-1/end", json={})
        assert (other.status_code, other.json()["type"]) == (409, "not_yours")
        assert client.post("/api/v1/silences/SIL-2/end", json={}).status_code == 200


def test_the_page_offers_a_responder_no_longer_than_a_shift() -> None:
    _, client = paged()
    with client:
        page = client.get("/silences").text
    assert "<option>8h</option>" in page
    assert "<option>1d</option>" not in page
    assert "for 8 h at most" in page


def test_an_operator_silences_anything_and_a_viewer_nothing() -> None:
    _, client = paged("bogdan", Role.operator)
    with client:
        assert silenced(client, ['severity="critical"'], 20 * 86400) == (201, "")
    _, client = paged("ana", Role.viewer)
    with client:
        assert silenced(client, LIKE)[0] == 403
