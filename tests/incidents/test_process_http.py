"""Working on an incident through the console, the API and the command."""

from tests.incidents.test_http import browser, down, seen


def test_held_below_its_definition_the_page_says_so_with_the_line() -> None:
    served = down()
    with browser(served) as client:
        form = {"by": "ana", "severity": "high", "reason": "only <b>some</b> cannot pay"}
        answer = client.post("/incidents/INC-1/severity", data=form, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/incidents/INC-1")
        page = client.get("/incidents/INC-1").text
    assert "only &lt;b&gt;some&lt;/b&gt; cannot pay" in page
    told = seen(served, "/incidents/INC-1")
    assert "Held below critical" in told
    assert "defines critical as" in told


def test_the_severity_through_the_api() -> None:
    served = down()
    with browser(served) as client:
        url = "/api/v1/incidents/INC-1"
        assert client.get(url).json()["proposed"]["severity"] == "critical"
        body = {"by": "ana", "severity": "high", "reason": "some can pay"}
        changed = client.post(f"{url}/severity", json=body).json()
        assert (changed["severity"], list(changed["had"])) == ("high", ["critical", "high"])
        for change, status, kind in (
            ({"severity": "purple"}, 409, "undefined_severity"),
            ({"severity": "high"}, 409, "same_severity"),
            ({"reason": " "}, 400, "empty_reason"),
        ):
            answer = client.post(f"{url}/severity", json={**body, "severity": "critical", **change})
            assert (answer.status_code, answer.json()["type"]) == (status, kind), change
