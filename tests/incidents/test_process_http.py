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


def test_working_on_an_incident_in_the_console() -> None:
    served = down()
    with browser(served) as client:
        for path, form in (
            ("roles", {"by": "ana", "role": "commander", "person": "bogdan"}),
            ("updates", {"by": "ana", "text": "we <look>", "phase": "identified", "public": "yes"}),
            ("tasks", {"by": "ana", "text": "watch the disk", "owner": "bogdan", "due": "2026-12-01"}),
            ("charts", {"by": "ana", "signal": "p95_response_time", "range": "1h", "caption": "the jump"}),
            ("pins", {"by": "ana", "entry": "2", "pinned": "yes"}),
        ):
            answer = client.post(f"/incidents/INC-1/{path}", data=form, follow_redirects=False)
            assert (answer.status_code, answer.headers["location"]) == (303, "/incidents/INC-1"), path
        page = client.get("/incidents/INC-1").text
        assert "we &lt;look&gt;" in page
        assert "/signals/p95_response_time/chart.svg?range=1h&amp;as-of=" in page
        assert "Identified, public" in page
        entry = served.state("incidents").open["INC-1"].work.updates[0].seq
        assert f'action="/incidents/INC-1/updates/{entry}/correct"' in page
        client.post(f"/incidents/INC-1/updates/{entry}/correct", data={"by": "bogdan", "text": "we found it"})
        page = client.get("/incidents/INC-1").text
        assert "we found it" in page
        assert ", corrected " in page
        assert f"bogdan corrected the update #{entry}" in page
        assert "Pinned" in page
        listed = client.get("/tasks").text
        assert "watch the disk" in listed
        assert client.post("/incidents/INC-1/tasks/1", data={"by": "ana", "state": "done"}).status_code == 200
        assert "Nothing is to be done" in client.get("/tasks").text
        file = client.get("/incidents/INC-1/export.md")
    assert file.headers["content-disposition"] == 'attachment; filename="INC-1.md"'
    for line in (
        "# INC-1: production is down",
        "- **Commander**: bogdan",
        ", identified, public**, ana: we found it",
        "- [x] watch the disk (bogdan), until 2026-12-01",
        "| acknowledge | 15 m | 2026-11-23 03:15 UTC | running |",
    ):
        assert line in file.text, line


def test_working_on_an_incident_through_the_api() -> None:
    served = down()
    url = "/api/v1/incidents/INC-1"
    with browser(served) as client:
        body = {"by": "ana", "text": "we look", "audience": "everybody"}
        key = {"Idempotency-Key": "one"}
        first = client.post(f"{url}/updates", json=body, headers=key)
        again = client.post(f"{url}/updates", json=body, headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert [one["public"] for one in again.json()["updates"]] == [True]
        other = client.post(f"{url}/updates", json={**body, "text": "else"}, headers=key)
        assert (other.status_code, other.json()["type"]) == (409, "already_updated")
        made = client.post(f"{url}/tasks", json={"by": "ana", "text": "x", "due": "2026-12-01"}).json()
        assert made["tasks"][0]["due"] == "2026-12-01T23:59:59.999Z"
        freed = client.post(f"{url}/tasks/1", json={"by": "ana", "due": "", "owner": "bogdan"}).json()
        assert (freed["tasks"][0]["due"], freed["tasks"][0]["owner"]) == (None, "bogdan")
        assert [one["incident"] for one in client.get("/api/v1/tasks").json()["items"]] == ["INC-1"]
        for path, sent, kind in (
            ("pins", {"by": "ana", "entry": 9999}, "no_such_entry"),
            ("charts", {"by": "ana", "signal": "x", "range": "2h"}, "unprocessable_content"),
            ("tasks", {"by": "ana", "text": "x", "due": "soon"}, "malformed_until"),
            ("tasks/7", {"by": "ana", "state": "done"}, "unknown_task"),
            ("roles", {"by": "ana", "role": "hero", "person": "ana"}, "unprocessable_content"),
        ):
            answer = client.post(f"{url}/{path}", json=sent)
            assert (answer.status_code >= 400, answer.json()["type"]) == (True, kind), path
        exported = client.get(f"{url}/export").json()["markdown"]
    assert exported.startswith("# INC-1: production is down")
