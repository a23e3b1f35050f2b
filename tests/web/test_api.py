"""What the API says of guide, promises and ledger; pages, tags, problems: the same everywhere."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from litestar.testing import TestClient

from opsguide.guide.promise import Finding
from opsguide.incidents.commands import Acknowledge, AddNote
from opsguide.kernel.promise import Span
from opsguide.web.api.description import body_types
from tests.api_examples import a_database
from tests.cast import ERRORS, P95, PROMISES, UPTIME
from tests.documented import routes
from tests.web.served import Served, harbour, lined

BASE = "http://127.0.0.1:8470"
PROBLEM = "application/problem+json"
LISTS = [
    "/api/v1/promises",
    "/api/v1/guide/statements",
    "/api/v1/guide/findings",
    "/api/v1/guide/unbound",
    "/api/v1/guide/versions",
    "/api/v1/incidents",
    "/api/v1/incidents/INC-1/timeline",
    "/api/v1/inbox",
    "/api/v1/facts",
    "/api/v1/facts?order=oldest",
    f"/api/v1/history?promise={UPTIME}",
    "/api/v1/signatures",
]


def down() -> Served:
    """Production has been down for a minute."""
    served = harbour()
    served.go_down()
    served.clock.advance(60)
    return served


@pytest.fixture
def served() -> Served:
    found = down()
    found.board.watchers = {"shop": a_database(found)}
    return found


@pytest.fixture
def client(served: Served) -> Iterator[TestClient[Any]]:
    with TestClient(served.app, base_url=BASE) as found:
        yield found


def walk(client: TestClient[Any], path: str, limit: int = 2) -> list[dict[str, Any]]:
    """All items of a list, page by page, as its `next` leads."""
    address: str | None = path + ("&" if "?" in path else "?") + f"limit={limit}"
    found: list[dict[str, Any]] = []
    while address is not None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert len(body["items"]) <= limit
        following = body["next"]
        assert answer.headers.get("link") == (f'<{following}>; rel="next"' if following else None)
        found += body["items"]
        address = following
    return found


# Lists


@pytest.mark.parametrize("path", LISTS)
def test_pages_together_are_the_list_at_once(client: TestClient[Any], path: str) -> None:
    whole = client.get(path, params={"limit": 200} if "?" not in path else None)
    if "?" in path:
        whole = client.get(f"{path}&limit=200")
    assert whole.json()["next"] is None
    assert walk(client, path) == whole.json()["items"]


def test_the_lists_of_this_test_have_something_in_them(client: TestClient[Any]) -> None:
    empty = {path for path in LISTS if not client.get(path).json()["items"]}
    assert empty == {"/api/v1/guide/statements", "/api/v1/guide/findings", "/api/v1/signatures"}


def test_what_is_added_meanwhile_moves_nothing(client: TestClient[Any], served: Served) -> None:
    first = client.get("/api/v1/facts?limit=3").json()
    served.do(Acknowledge("INC-1", "ana"))
    second = client.get(first["next"]).json()
    seqs = [one["seq"] for one in first["items"] + second["items"]]
    assert seqs == sorted(seqs, reverse=True)
    assert len(set(seqs)) == len(seqs)
    assert seqs[0] - seqs[-1] == len(seqs) - 1, "no fact is left out between two pages"


def test_a_filtered_list_of_a_long_ledger_goes_on_although_a_page_is_short(
    client: TestClient[Any], served: Served
) -> None:
    served.ledger.scanned = 4
    for order in ("newest", "oldest"):
        first = client.get(f"/api/v1/facts?type=nothing.&order={order}").json()
        assert first["items"] == []
        assert first["next"] is not None, "only a part was looked through"
        found = walk(client, f"/api/v1/facts?type=incident.&order={order}", limit=50)
        assert [one["type"] for one in found] == ["incident.opened"]


@pytest.mark.parametrize("cursor", ["x", "0", "W10", "bnVsbA", "é", "WyJuZXdlc3QiLCJ4Il0", "=" * 20])
@pytest.mark.parametrize("path", ["/api/v1/promises", "/api/v1/facts", "/api/v1/incidents", "/api/v1/inbox"])
def test_a_cursor_that_was_never_given_out_is_no_page(
    client: TestClient[Any], path: str, cursor: str
) -> None:
    answer = client.get(path, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["type"]) == (404, "unknown_cursor")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "null"])
def test_a_page_is_bounded(client: TestClient[Any], limit: str) -> None:
    assert client.get("/api/v1/facts", params={"limit": limit}).status_code == 400


# Tags


def gets() -> list[str]:
    shown = {
        "{incident}": "INC-1",
        "{promise}": P95,
        "{version}": "1",
        "{seq}": "1",
        "{signal}": "p95_response_time",
        "{database}": "shop",
    }
    found = [route.removeprefix("GET ") for route in routes() if route.startswith("GET /api/v1/")]
    for name, value in shown.items():
        found = [path.replace(name, value) for path in found]
    skipped = {
        "/api/v1/events",
        "/api/v1/guide/versions/1/diff",
        "/api/v1/probes/{probe}",
        "/api/v1/rotations/{team}",
        "/api/v1/drills/{drill}",
        "/api/v1/lab/{page}",
    }
    return [path for path in found if path not in skipped]


def asked(path: str) -> str:
    return path + (f"?promise={P95}" if path.endswith("/history") else "")


@pytest.mark.parametrize("path", gets())
def test_what_the_client_has_already_is_not_sent_again(client: TestClient[Any], path: str) -> None:
    first = client.get(asked(path))
    assert first.status_code == 200, first.text
    tag = first.headers["etag"]
    for known in (tag, f'"other", {tag}', "*", tag.removeprefix("W/")):
        again = client.get(asked(path), headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert client.get(asked(path), headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/api/v1/incidents", "/api/v1/incidents/INC-1", "/api/v1/facts", "/api/v1/ledger", "/api/v1/status"],
)
def test_a_tag_changes_with_what_it_names(client: TestClient[Any], served: Served, path: str) -> None:
    tag = client.get(path).headers["etag"]
    served.do(Acknowledge("INC-1", "ana"))
    answer = client.get(path, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["etag"] != tag


def test_a_standing_that_ages_changes_the_tag_although_nothing_is_recorded(
    client: TestClient[Any], served: Served
) -> None:
    served.evidence(P95, "kept", "143 ms", "200 ms", seconds=600)
    tag = client.get("/api/v1/status").headers["etag"]
    served.clock.advance(60)
    assert client.get("/api/v1/status", headers={"If-None-Match": tag}).status_code == 304
    served.clock.advance(600)
    assert client.get("/api/v1/status", headers={"If-None-Match": tag}).status_code == 200


# What there is


def test_promises_can_be_kept_apart(client: TestClient[Any], served: Served) -> None:
    served.evidence(P95, "broken", "430 ms", "200 ms")
    found = client.get("/api/v1/promises?standing=broken").json()["items"]
    assert [one["id"] for one in found] == [P95]
    assert found[0]["standing"]["value"] == "430 ms"
    found = client.get("/api/v1/promises?keeper=incidents&control=route").json()["items"]
    assert {one["id"] for one in found} == {p.id for p in PROMISES if p.control == "route"}
    assert len(client.get("/api/v1/promises?limit=200").json()["items"]) == len(PROMISES)


def test_a_promise_in_depth_has_its_words_values_holder_and_what_it_lacks(client: TestClient[Any]) -> None:
    found = client.get(f"/api/v1/promises/{UPTIME}").json()
    assert found["values"] == {"fact": "objective", "signal": "availability", "op": ">=", "ratio": 0.999} | {
        "percentile": None,
        "level": "target",
        "scope": None,
        "window": None,
    }
    assert found["holder"] == {"text": "INC-1, nobody has it", "href": "/incidents/INC-1"}
    assert found["excerpt"][0]["line"] == found["promise"]["line"]
    lacking = client.get("/api/v1/promises/incidents.step.escalation").json()
    assert "security" in lacking["missing"][0]["key"]
    assert "[teams.security]" in lacking["missing"][0]["toml"]


def test_the_history_of_a_promise_sums_up_to_its_time(client: TestClient[Any], served: Served) -> None:
    served.evidence(P95, "kept", "143 ms", "200 ms")
    served.clock.advance(600)
    served.evidence(P95, "broken", "430 ms", "200 ms")
    served.clock.advance(60)
    found = client.get("/api/v1/history", params={"promise": P95}).json()
    assert found["seconds"]["broken"] == 60
    assert found["seconds"]["kept"] == 600
    assert found["breaks"] == 1
    assert [one["standing"]["kind"] for one in found["items"]][-2:] == ["kept", "broken"]
    since = found["items"][-1]["start"]
    later = client.get("/api/v1/history", params={"promise": P95, "start": since}).json()
    assert [one["standing"]["kind"] for one in later["items"]] == ["broken"]
    assert client.get("/api/v1/history", params={"promise": "never"}).json()["items"] == []
    wrong = client.get("/api/v1/history", params={"promise": P95, "start": "yesterday"})
    assert (wrong.status_code, wrong.json()["type"], wrong.json()["where"]) == (400, "bad_instant", "start")


def test_the_guide_says_what_it_lacks_most(client: TestClient[Any]) -> None:
    found = client.get("/api/v1/guide").json()
    assert found["guide"]["version"] == 1
    assert sum(found["counts"].values()) == len(PROMISES)
    first = client.get("/api/v1/guide/unbound").json()["items"][0]
    assert first["missing"]["key"] == found["next_binding"]
    assert "incidents.step.escalation" in first["promises"]


def test_findings_come_with_their_lines() -> None:
    served = harbour()
    finding = Finding(rule="vague", kind="advice", message="say how much", spans=(Span(3, 4),), silenced="ok")
    served.adopt("# Other\n", promises=[], findings=[finding])
    with TestClient(served.app, base_url=BASE) as client:
        (found,) = client.get("/api/v1/guide/findings").json()["items"]
        assert (found["rule"], found["lines"], found["silenced"]) == ("vague", [3], "ok")
        assert client.get("/api/v1/guide/findings?rule=other").json()["items"] == []


def test_versions_and_what_a_version_changed(client: TestClient[Any], served: Served) -> None:
    served.adopt("# Shorter\n", promises=[lined(one) for one in PROMISES[1:]])
    found = client.get("/api/v1/guide/versions").json()["items"]
    assert [one["version"] for one in found] == [2, 1]
    assert client.get("/api/v1/guide/versions/2").json()["text"] == "# Shorter\n"
    diff = client.get("/api/v1/guide/versions/2/diff").json()
    assert (diff["before"], diff["after"], diff["weaker"]) == (1, 2, True)
    assert [(one["kind"], one["promise"]) for one in diff["changes"]] == [("dropped", ERRORS)]
    back = client.get("/api/v1/guide/versions/1/diff?against=2").json()
    assert [one["kind"] for one in back["changes"]] == ["added"]
    for path in ("/api/v1/guide/versions/3", "/api/v1/guide/versions/1/diff"):
        assert client.get(path).status_code == 404


def test_facts_are_data_and_a_sentence(client: TestClient[Any], served: Served) -> None:
    served.do(AddNote("INC-1", "ana", "the disk is full"))
    (note,) = client.get("/api/v1/facts?type=incident.noted").json()["items"]
    assert note["said"] == "ana: the disk is full"
    assert note["data"] == {"incident": "INC-1", "by": "ana", "key": ""}
    about = client.get("/api/v1/facts?subject=incident:INC-1").json()["items"]
    assert {one["subject"] for one in about} == {"incident:INC-1"}
    assert client.get(f"/api/v1/facts/{note['seq']}").json() == note
    assert client.get("/api/v1/facts/999").status_code == 404


def test_the_bindings_text_with_its_addresses_is_in_no_answer(
    client: TestClient[Any], served: Served
) -> None:
    for path in gets():
        assert "json://" not in client.get(asked(path)).text, path


def test_a_ledger_that_verifies_gives_its_head(client: TestClient[Any], served: Served) -> None:
    found = client.post("/api/v1/ledger/verify").json()
    assert found["head"] == served.head.seq
    assert re.fullmatch(r"[0-9a-f]{64}", found["hash"])


def test_on_call_names_who_is_behind_each_step(client: TestClient[Any]) -> None:
    found = client.get("/api/v1/on-call").json()
    assert found["person"] == "ana"
    assert [(step["to"], step["person"]) for step in found["steps"]][:2] == [
        ("@core-platform", "ana"),
        ("@core-frontend", "bogdan"),
    ]
    assert "add [teams.security]" in found["steps"][2]["problem"]


def test_the_search_finds_what_the_palette_finds(client: TestClient[Any]) -> None:
    found = client.get("/api/v1/search?q=production down").json()["items"]
    assert (found[0]["kind"], found[0]["href"]) == ("incident", "/incidents/INC-1")


# Acting twice


def test_a_note_sent_twice_with_one_key_is_one_note(client: TestClient[Any], served: Served) -> None:
    def send(text: str, key: str | None, by: str = "ana") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        body = {"by": by, "text": text}
        return client.post("/api/v1/incidents/INC-1/notes", json=body, headers=headers)

    first, again = send("the disk is full", "k1"), send("the disk is full", "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert send("another", "k1").json()["type"] == "already_noted"
    assert send("the disk is full", "k1", by="bogdan").status_code == 409
    assert send("the disk is full", "k2").status_code == 201
    assert send("the disk is full", None).status_code == 201
    notes = [row for row in served.ledger.rows if row.fact.type == "incident.noted"]
    assert len(notes) == 3


def test_acknowledging_twice_as_the_same_person_is_one_fact(client: TestClient[Any], served: Served) -> None:
    answers = [client.post("/api/v1/incidents/INC-1/acknowledge", json={"by": "ana"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert sum(row.fact.type == "incident.acknowledged" for row in served.ledger.rows) == 1


# Problems


@pytest.mark.parametrize(
    ("verb", "path", "more", "status", "kind"),
    [
        ("GET", "/api/v1/nothing", {}, 404, "not_found"),
        ("GET", "/api/v2/status", {}, 404, "not_found"),
        ("GET", "/api/v1/incidents/INC-9", {}, 404, "not_found"),
        ("PUT", "/api/v1/status", {}, 405, "method_not_allowed"),
        ("GET", "/api/v1/status", {"headers": {"Accept": "text/csv"}}, 406, "not_acceptable"),
        ("GET", "/api/v1/status?standing=odd", {}, 400, "bad_request"),
        ("GET", "/api/v1/status?standing=null", {}, 400, "bad_query"),
        ("GET", "/api/v1/status?standing=kept&standing=kept", {}, 400, "bad_query"),
        (
            "POST",
            "/api/v1/incidents/INC-1/acknowledge",
            {"data": {"by": "ana"}},
            415,
            "unsupported_media_type",
        ),
        ("POST", "/api/v1/incidents/INC-1/acknowledge", {"json": {"by": ""}}, 422, "unprocessable_content"),
        (
            "POST",
            "/api/v1/incidents/INC-1/notes",
            {"json": {"by": "a", "text": "x" * 10**6}},
            413,
            "content_too_large",
        ),
    ],
)
def test_every_error_is_a_problem(
    client: TestClient[Any], verb: str, path: str, more: dict[str, Any], status: int, kind: str
) -> None:
    answer = client.request(verb, path, **more)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    problem = answer.json()
    assert (problem["type"], problem["status"], problem["instance"]) == (kind, status, urlsplit(path).path)
    assert problem["detail"]
    assert problem["title"]


def test_a_body_that_does_not_fit_is_told_where(client: TestClient[Any]) -> None:
    answer = client.post("/api/v1/incidents/INC-1/resolve", json={"by": "ana", "reason": 7})
    assert answer.json()["errors"] == [{"pointer": "/reason", "detail": "Expected `str`, got `int`"}]


def test_head_and_options_are_what_http_says(client: TestClient[Any]) -> None:
    whole, head = client.get("/api/v1/status"), client.head("/api/v1/status")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]
    assert head.headers["content-length"] == str(len(whole.content))
    told = client.options("/api/v1/signatures")
    assert (told.status_code, told.content) == (204, b"")
    assert set(told.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    refused = client.delete("/api/v1/status")
    assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert client.head("/").status_code == 200
    assert client.options("/nowhere").status_code == 404


# The description


def test_every_operation_of_the_api_is_described(client: TestClient[Any]) -> None:
    described = client.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    there = {
        f"{verb.upper()} {path}"
        for path, item in described["paths"].items()
        for verb in item
        if path.startswith("/api/v1/")
    }
    assert there == {route for route in routes() if " /api/v1/" in route}
    others = {path for path in described["paths"] if not path.startswith("/api/v1/")}
    assert others == {"/healthz", "/metrics"}, "what speaks another format is described elsewhere"
    for path, item in described["paths"].items():
        for operation in item.values():
            assert operation["summary"], path
            assert operation.get("description"), path
    for name, schema in described["components"]["schemas"].items():
        assert schema["description"], name


def test_what_operations_take_and_give_has_names_of_its_own() -> None:
    """Two types of one name would be one in the description, or a reference that leads nowhere."""
    places: dict[str, set[str]] = {}
    for one in body_types(Served().app):
        places.setdefault(one.__name__, set()).add(one.__module__)
    assert not {name: found for name, found in places.items() if len(found) > 1}


def test_every_operation_has_an_example_that_fits_its_description(client: TestClient[Any]) -> None:
    described = client.get("/api/openapi.json").json()
    for path, item in described["paths"].items():
        for operation in item.values():
            if not path.startswith("/api/") or path.endswith("/events"):
                continue
            shown = [
                media
                for answer in operation["responses"].values()
                for media in answer.get("content", {}).values()
                if "example" in media
            ]
            assert shown, f"{path} has no example: add it to tests/api_examples.py, then make reference"
            for media in [*shown, *operation.get("requestBody", {}).get("content", {}).values()]:
                schema = {**media["schema"], "components": described["components"]}
                jsonschema.validate(media["example"], schema)
