"""The session ends while somebody writes: they sign in and go on where they were, with what they had typed."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from playwright.sync_api import Page, expect

from opsguide.identity.permissions import Role
from opsguide.incidents.facts import NoteText
from tests.web.every_route import everything
from tests.web.running import Running
from tests.web.served import Served, harbour, settled
from tests.web.signed_in import BASE, a_session, cookie_of
from tests.web.test_sign_in import PASSWORD, code, with_factor, with_password

HTML = {"accept": "text/html,application/xhtml+xml"}
NOTE = 'the disk is "full" & <slow>\nana looks'
INCIDENT = "/incidents/INC-1"


@pytest.fixture
def served() -> Served:
    made = harbour()
    made.go_down()
    made.identity.visitor = False
    with_password(made, "zoe", Role.admin)
    return made


def writing(served: Served, *, factor: bool = False) -> TestClient[Any]:
    """Ana has the incident open, and her session ends."""
    account = with_password(served, role=Role.responder, person="ana")
    account = with_factor(served, account) if factor else account
    client = TestClient(served.app, base_url=BASE)
    client.headers.update(HTML)
    client.cookies.update(cookie_of(served, a_session(served, account, strong=factor)))
    assert client.get(INCIDENT).status_code == 200
    settled(served.identity.accounts.end_sessions(account, "ended", "test"))
    return client


def press(client: TestClient[Any], path: str, page: str = INCIDENT, **form: str) -> Any:
    return client.post(path, data=form, headers={"referer": f"{BASE}{page}"})


def fields(page: str) -> dict[str, str]:
    """What the form of a page would send."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    found += re.findall(r'<textarea name="(\w+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    return {name: html.unescape(value) for name, value in found}


def notes(served: Served) -> list[str]:
    said = (one.fact.personal for one in served.ledger.rows)
    return [one.text for one in said if isinstance(one, NoteText)]


def test_a_note_goes_through_the_sign_in_and_is_sent_by_a_second_press(served: Served) -> None:
    client = writing(served)
    before = everything(served)
    asked = press(client, f"{INCIDENT}/notes", text=NOTE, by="ana")
    assert "What you typed is kept, and not sent yet" in asked.text
    assert everything(served) == before
    mistyped = client.post("/sign-in", data=fields(asked.text) | {"name": "ana", "password": "wrong"})
    shown = client.post("/sign-in", data=fields(mistyped.text) | {"name": "ana", "password": PASSWORD})
    assert notes(served) == []
    assert f'action="{INCIDENT}/notes"' in shown.text
    assert f'<a href="{INCIDENT}">Back without sending</a>' in shown.text
    assert fields(shown.text) == {"text": NOTE}, "who does it is who signed in"
    went = client.post(f"{INCIDENT}/notes", data=fields(shown.text))
    assert went.url.path == INCIDENT
    assert notes(served) == [NOTE]


def test_it_goes_through_the_second_factor_too(served: Served) -> None:
    client = writing(served, factor=True)
    asked = press(client, f"{INCIDENT}/notes", text=NOTE)
    half = client.post("/sign-in", data=fields(asked.text) | {"name": "ana", "password": PASSWORD})
    assert 'action="/sign-in/code"' in half.text
    mistyped = client.post("/sign-in/code", data=fields(half.text) | {"code": "000000"})
    shown = client.post("/sign-in/code", data=fields(mistyped.text) | {"code": code(served)})
    assert fields(shown.text) == {"text": NOTE}


def test_what_was_a_press_of_a_button_is_said_before_it_is_pressed_again(served: Served) -> None:
    client = writing(served)
    asked = press(client, f"{INCIDENT}/severity", severity="high", reason="only two", by="ana")
    shown = client.post("/sign-in", data=fields(asked.text) | {"name": "ana", "password": PASSWORD})
    assert fields(shown.text) == {"severity": "high", "reason": "only two"}
    asked = press(nobody_again(client), f"{INCIDENT}/acknowledge", by="ana")
    shown = client.post("/sign-in", data=fields(asked.text) | {"name": "ana", "password": PASSWORD})
    assert f'action="{INCIDENT}/acknowledge"' in shown.text
    assert served.state("incidents").open["INC-1"].acknowledged_at is None


def nobody_again(client: TestClient[Any]) -> TestClient[Any]:
    client.post("/sign-out")
    return client


def test_a_page_leads_to_the_sign_in_and_back(served: Served) -> None:
    client = writing(served)
    asked = client.get(f"{INCIDENT}/postmortem?from=mail")
    assert asked.url.path == "/sign-in"
    back = client.post("/sign-in", data=fields(asked.text) | {"name": "ana", "password": PASSWORD})
    assert str(back.url) == f"{BASE}{INCIDENT}/postmortem?from=mail"


@pytest.mark.parametrize("path", ["/profile/password", "/people", "/profile/second-factor"])
def test_passwords_are_not_carried_along(served: Served, path: str) -> None:
    client = writing(served)
    asked = press(client, path, page=path, current=PASSWORD, password="a new one that is long")
    assert asked.url.path == "/sign-in"
    assert fields(asked.text) == {"next": path}
    assert "a new one" not in asked.text


def test_programs_are_told_what_they_lack(served: Served) -> None:
    client = writing(served)
    answer = client.post(f"{INCIDENT}/notes", data={"text": NOTE}, headers={"accept": "*/*"})
    assert answer.status_code == 401
    assert client.post("/api/v1/incidents/INC-1/notes", json={"text": NOTE}).status_code == 401


@pytest.mark.parametrize(
    ("of", "typed"),
    [
        ("https://evil.example", "[]"),
        ("//evil.example", "[]"),
        ("/profile/password", "[]"),
        (f"{INCIDENT}/notes", "{"),
        (f"{INCIDENT}/notes", '[["text", 5]]'),
    ],
)
def test_what_we_did_not_give_out_is_not_shown(served: Served, of: str, typed: str) -> None:
    client = writing(served)
    form = {"name": "ana", "password": PASSWORD, "next": INCIDENT, "of": of, "typed": typed}
    answer = client.post("/sign-in", data=form, follow_redirects=False)
    assert answer.status_code == 303 or 'action="/"' in answer.text
    assert "evil" not in answer.text


def test_the_way_back_is_a_page_of_ours(served: Served) -> None:
    client = writing(served)
    elsewhere = client.post(
        f"{INCIDENT}/notes", data={"text": NOTE}, headers={"referer": "https://evil.example/x"}
    )
    assert fields(elsewhere.text)["next"] == "/"


@pytest.fixture
def running(served: Served) -> Iterator[Running]:
    made = Running(served)
    yield made
    made.stop()


def test_in_a_browser_nothing_that_was_written_is_lost(running: Running, page: Page) -> None:
    served = running.served
    account = with_password(served, role=Role.responder, person="ana")
    opened = a_session(served, account)
    ((name, value),) = cookie_of(served, opened).items()
    page.context.add_cookies([{"name": name, "value": value, "url": running.url}])
    text = "A full disk has to wake somebody.\n\nBefore it is full."
    page.goto(f"{running.url}{INCIDENT}/postmortem")
    page.locator("#lessons summary").click()
    page.locator("#lessons textarea").fill(text)
    settled(served.identity.accounts.end_sessions(account, "ended", "test"))
    page.locator("#lessons").get_by_role("button", name="Save").click()
    expect(page.get_by_text("What you typed is kept, and not sent yet")).to_be_visible()
    page.get_by_label("Name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Text")).to_have_value(text)
    page.get_by_role("button", name="Send it").click()
    expect(page).to_have_url(f"{running.url}{INCIDENT}/postmortem#lessons")
    expect(page.locator("#lessons")).to_contain_text("A full disk has to wake somebody.")
