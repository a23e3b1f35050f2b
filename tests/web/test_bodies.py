"""Bodies of the API are what the description says, exactly: what is meant otherwise is refused by its key."""

import json
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.api_examples import DEEDS
from tests.web.every_route import Whole, everything, whole
from tests.web.signed_in import BASE


@pytest.fixture(scope="module")
def served() -> Whole:
    return whole()


@pytest.fixture(scope="module")
def client(served: Whole) -> TestClient[Any]:
    return TestClient(served.app, base_url=BASE)


def refused(client: TestClient[Any], path: str, body: Any) -> dict[str, str]:
    """Pointer → what is wrong there."""
    answer = client.post(path, json=body)
    assert answer.status_code == 422, answer.text
    assert all(one["detail"] in answer.json()["detail"] for one in answer.json()["errors"])
    return {one["pointer"]: one["detail"] for one in answer.json()["errors"]}


SENT = {name: (path, body) for name, (path, body) in DEEDS.items() if body is not None}


@pytest.mark.parametrize("name", SENT)
def test_a_key_that_nothing_reads_is_refused_with_the_nearest_one(
    name: str, served: Whole, client: TestClient[Any]
) -> None:
    path, body = SENT[name]
    before = everything(served)
    key = max(body, key=len)
    misspelt = f"{key[:-1]}{key[-1]}x"
    assert f"did you mean `{key}`?" in refused(client, path, {**body, misspelt: body[key]})[f"/{misspelt}"]
    assert everything(served) == before


OTHERWISE: dict[type, Any] = {bool: 0, int: "1", float: "1.5", str: 1}


@pytest.mark.parametrize("name", SENT)
def test_a_value_of_another_type_is_refused_by_its_key(
    name: str, served: Whole, client: TestClient[Any]
) -> None:
    """A 0 for false, a text for a number, a number for a text."""
    path, body = SENT[name]
    before = everything(served)
    for key, value in body.items():
        if type(value) in OTHERWISE:
            found = refused(client, path, {**body, key: OTHERWISE[type(value)]})
            assert [*found] == [f"/{key}"]
            assert found[f"/{key}"].startswith("Expected")
    assert everything(served) == before


def test_all_that_is_wrong_is_said_at_once_and_where(client: TestClient[Any]) -> None:
    wrong: dict[str, Any] = {
        "guides": [{"text": 5, "bindngs": ""}, {"text": "x"}],
        "step_second": 15,
        "end": 0,
    }
    found = refused(client, "/api/v1/backtests", wrong)
    assert found == {
        "/guides/0/text": "Expected `str`, got `int`",
        "/step_second": "there is no such key: did you mean `step_seconds`?",
        "/end": "Expected `datetime | null`, got `int`",
    }
    wrong["guides"][0]["text"] = "x"
    assert "did you mean `bindings`?" in refused(client, "/api/v1/backtests", wrong)["/guides/0/bindngs"]
    assert refused(client, "/api/v1/drills", {"by": "ana", "fast": 0, "zzz": 1}) == {
        "/fast": "Expected `bool`, got `int`",
        "/zzz": "there is no such key: known are promise, by, fast, tell, to",
        "/promise": "is missing",
    }


def test_the_description_says_that_no_other_keys_are_taken(client: TestClient[Any]) -> None:
    described = client.get("/api/openapi.json").json()
    components = described["components"]["schemas"]
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for item in described["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "requestBody" in operation
    ]
    assert len(bodies) > 30
    assert all(components[name]["additionalProperties"] is False for name in bodies)
    assert "additionalProperties" not in json.dumps(components["Problem"])


def test_forms_go_on_as_browsers_send_them(client: TestClient[Any]) -> None:
    """Everything in a form is text."""
    form = {"entry": "6", "pinned": "yes", "by": "ana", "more": "1"}
    assert client.post("/incidents/INC-1/pins", data=form, follow_redirects=False).status_code == 303


def test_a_whole_number_may_be_written_with_a_point(client: TestClient[Any]) -> None:
    assert client.post("/api/v1/incidents/INC-1/pins", json={"by": "ana", "entry": 7.0}).status_code == 200
    body = {"by": "ana", "entry": 6.5}
    assert refused(client, "/api/v1/incidents/INC-1/pins", body) == {"/entry": "Expected `int`, got `float`"}


@pytest.mark.parametrize("address", ["promises?standing=null", "status-page/subscribers?state=null"])
def test_a_null_in_an_address_is_no_value(client: TestClient[Any], address: str) -> None:
    """Whatever the parameter is called in the code."""
    answer = client.get(f"/api/v1/{address}")
    assert (answer.status_code, answer.json()["type"]) == (400, "bad_query")
