"""Silences, merging, reopening and giving back, through the console, the API and the command."""

from opsguide.incidents.commands import Acknowledge, Open, Resolve, Silence
from opsguide.kernel.clock import rfc3339
from tests.incidents.test_http import browser, down, seen
from tests.web.served import Served

ERRORS = Open(
    key="alert:errors",
    title="too many errors",
    reason="12 %",
    severity="critical",
    labels={"kind": "alert", "alert": "high_error_rate", "environment": "staging"},
)


def two() -> Served:
    served = down()
    served.do(ERRORS)
    return served


def test_the_page_of_silences_says_what_one_would_silence_before_it_is_made() -> None:
    served = two()
    with browser(served) as client:
        page = client.get("/silences", params={"match": "alert=high_error_rate", "lasts": "4h"}).text
        assert "1 open incident" in page
        assert "of a severity that wakes people" in page
        assert "Silence for 4h" in page
        form = {"match": "alert=high_error_rate", "lasts": "4h", "by": "ana", "reason": "known, <b>ours</b>"}
        answer = client.post("/silences", data=form, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/silences")
        page = client.get("/silences").text
    assert "alert=&#34;high_error_rate&#34;" in page
    assert "known, &lt;b&gt;ours&lt;/b&gt;" in page
    assert "/incidents/INC-2" in page
    assert "Muted by SIL-1" in seen(served, "/incidents")
    assert "muted by /silences SIL-1" in seen(served, "/incidents/INC-2")


def test_a_wrong_matcher_is_told_at_the_form() -> None:
    assert "is no matcher" in seen(two(), "/silences?match=nonsense")


def test_nothing_in_force_says_so() -> None:
    assert "No silence is in force" in seen(two(), "/silences")


def test_looking_makes_no_silence() -> None:
    served = two()
    before = len(served.ledger.rows)
    seen(served, "/silences?match=alert%3Dhigh_error_rate&lasts=1w")
    assert len(served.ledger.rows) == before


def test_a_silence_through_the_api_from_its_making_to_its_end() -> None:
    served = two()
    body = {"matchers": ["alert=high_error_rate"], "seconds": 600, "by": "ana", "reason": "known"}
    with browser(served) as client:
        made = client.post("/api/v1/silences", json=body)
        assert made.status_code == 201
        assert made.json()["silent"] == ["INC-2"]
        assert client.get("/api/v1/silences").json()["items"] == [made.json()]
        assert client.get("/api/v1/incidents/INC-2").json()["muted_by"] == "SIL-1"
        assert client.post("/api/v1/silences/SIL-1/end", json={"by": "ana"}).status_code == 200
        assert client.get("/api/v1/silences").json()["items"] == []
        gone = client.post("/api/v1/silences/SIL-1/end", json={"by": "ana"})
    assert (gone.status_code, gone.json()["type"]) == (404, "unknown_silence")


def test_what_is_no_silence_is_a_problem_with_a_way_out() -> None:
    with browser(two()) as client:
        for change, status, kind in (
            ({"matchers": ["nonsense"]}, 400, "malformed_matcher"),
            ({"matchers": ['alert=~".*"']}, 409, "too_wide"),
            ({"reason": " "}, 400, "empty_reason"),
            ({"seconds": 10**9}, 422, "unprocessable_content"),
        ):
            good = {"matchers": ["alert=a"], "seconds": 600, "by": "ana", "reason": "known"}
            answer = client.post("/api/v1/silences", json={**good, **change})
            assert answer.status_code == status, change
            assert answer.json()["type"].endswith(kind) or status == 422
            assert answer.json()["detail"]


def test_the_incident_offers_silence_of_what_is_like_it() -> None:
    with browser(two()) as client:
        page = client.get("/incidents/INC-2").text
        link = "/silences?match=alert%3D%22high_error_rate%22%0Aenvironment%3D%22staging%22"
        assert link in page
        assert "Silent would be" in client.get(link).text


def test_merged_reopened_and_given_back_with_buttons() -> None:
    served = two()
    with browser(served) as client:
        client.post("/incidents/INC-1/acknowledge", data={"by": "ana"})
        client.post("/incidents/INC-1/unacknowledge", data={"by": "ana", "reason": "no laptop"})
        assert "Given back by ana" in client.get("/incidents/INC-1").text
        merged = client.post(
            "/incidents/INC-2/merge", data={"by": "ana", "into": "INC-1"}, follow_redirects=False
        )
        assert merged.headers["location"] == "/incidents/INC-1"
        page = client.get("/incidents/INC-1").text
        assert "2 alerts, 2 of them still there" in page
        assert "Take apart again" in client.get("/incidents/INC-2").text
        client.post("/incidents/INC-2/reopen", data={"by": "ana", "reason": "unlike"})
        assert "Reopened by ana: unlike" in client.get("/incidents/INC-2").text
    assert sorted(served.state("incidents").open) == ["INC-1", "INC-2"]


def test_the_api_refuses_what_cannot_be() -> None:
    served = two()
    served.do(Acknowledge("INC-1", "ana"))
    served.do(Resolve("INC-1", "ana"))
    with browser(served) as client:
        merged = client.post("/api/v1/incidents/INC-2/merge", json={"by": "ana", "into": "INC-1"})
        assert (merged.status_code, merged.json()["type"]) == (409, "already_resolved")
        given = client.post("/api/v1/incidents/INC-2/unacknowledge", json={"by": "ana"})
        assert (given.status_code, given.json()["type"]) == (409, "not_acknowledged")
        opened = client.post("/api/v1/incidents/INC-2/reopen", json={"by": "ana", "reason": "x"})
        assert (opened.status_code, opened.json()["type"]) == (409, "already_open")


def test_an_incident_of_the_past_has_nothing_to_press() -> None:
    served = two()
    served.do(Silence(("alert=high_error_rate",), 600, "ana", "known"))
    then = rfc3339(served.now())
    served.clock.advance(60)
    page = seen(served, f"/incidents/INC-2?as-of={then}")
    assert "Silence what is like it" not in page
