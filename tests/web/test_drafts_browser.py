"""What is written of a post-mortem and not saved yet, in a real browser: nothing takes it away."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from opsguide.identity.permissions import Role
from opsguide.incidents.commands import Resolve
from opsguide.incidents.postmortem.commands import SaveSection
from tests.web.running import Running
from tests.web.served import Served, harbour, settled
from tests.web.signed_in import a_session, an_account, cookie_of

pytestmark = pytest.mark.browser


@pytest.fixture
def running() -> Iterator[Running]:
    served = harbour()
    served.go_down()
    served.do(Resolve("INC-1", "ana", "restarted"))
    found = Running(served)
    yield found
    found.stop()


@pytest.fixture
def refused(chromium: Browser) -> Iterator[Page]:
    """A page that may be refused what it asks for, of which browsers complain."""
    context, complaints = chromium.new_context(), list[str]()
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def section(page: Page, running: Running, name: str = "lessons") -> Locator:
    page.goto(f"{running.url}/incidents/INC-1/postmortem")
    return page.locator(f"#{name}")


def edit(found: Locator, text: str) -> None:
    found.locator("summary").click()
    found.get_by_role("textbox").fill(text)


def saves(running: Running, text: str, by: str = "bogdan") -> None:
    written = running.served.state("incidents").find("INC-1").work.postmortem.sections.get("lessons")
    base = written.revision if written is not None else 0
    running.do(running.served.submit(SaveSection("INC-1", "lessons", text, base, by), actor=f"person:{by}"))


def test_a_closed_tab_loses_nothing_and_what_was_saved_is_no_draft_any_more(
    running: Running, page: Page
) -> None:
    edit(section(page, running), "half a thought")
    page.goto(running.url)
    found = section(page, running)
    expect(found.get_by_role("textbox")).to_have_value("half a thought")
    expect(found.get_by_role("status")).to_contain_text("not saved yet")
    found.get_by_role("textbox").fill("a whole thought")
    found.get_by_role("button", name="Save").click()
    expect(found.locator(".typeset")).to_have_text("a whole thought")
    found = section(page, running)
    expect(found.get_by_role("status")).to_be_hidden()
    expect(found.get_by_role("textbox")).to_be_hidden()


def test_dropped_it_is_as_the_service_has_it(running: Running, page: Page) -> None:
    edit(section(page, running), "nonsense")
    found = section(page, running)
    found.get_by_role("button", name="Drop it").click()
    expect(found.get_by_role("textbox")).not_to_have_value("nonsense")
    expect(section(page, running).get_by_role("status")).to_be_hidden()


def test_what_another_one_saved_meanwhile_is_shown_and_neither_is_lost(
    running: Running, refused: Page
) -> None:
    page = refused
    edit(section(page, running), "what I think")
    saves(running, "what bogdan thinks")
    found = section(page, running)
    expect(found.get_by_role("status")).to_contain_text("somebody saved this section since")
    expect(found.locator(".typeset")).to_have_text("what bogdan thinks")
    with page.expect_response(lambda answer: answer.status == 409):
        found.get_by_role("button", name="Save").click()
    expect(found.get_by_role("alert")).to_contain_text("bogdan saved this section while you wrote")
    expect(found.get_by_role("textbox")).to_have_value("what I think")
    # Left like that, it is still there; and its writer has seen both by now.
    found = section(page, running)
    expect(found.get_by_role("textbox")).to_have_value("what I think")
    found.get_by_role("textbox").fill("what bogdan thinks, and what I think")
    found.get_by_role("button", name="Save").click()
    expect(found.locator(".typeset")).to_have_text("what bogdan thinks, and what I think")


def test_a_section_that_nobody_writes_here_shows_at_once_what_another_one_saved(
    running: Running, page: Page
) -> None:
    found = section(page, running)
    saves(running, "what bogdan thinks")
    expect(found.locator(".typeset")).to_have_text("what bogdan thinks")
    edit(found, "mine")
    saves(running, "what bogdan thinks now")
    page.locator("#summary").get_by_text("Edit").click()
    expect(found.get_by_role("textbox")).to_have_value("mine")


def test_a_session_that_ended_costs_a_sign_in_and_no_word(running: Running, refused: Page) -> None:
    served, page = running.served, refused
    signed_in(served, running, page.context)
    edit(section(page, running), "written for an hour")
    end_sessions(served)
    page.locator("#lessons").get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    signed_in(served, running, page.context)
    expect(section(page, running).get_by_role("textbox")).to_have_value("written for an hour")


def signed_in(served: Served, running: Running, context: BrowserContext) -> None:
    served.identity.visitor = False
    known = served.identity.accounts.named("zoe")
    account = known or an_account(served, "zoe", Role.responder, person="ana")
    (name, secret), *_ = cookie_of(served, a_session(served, account)).items()
    context.add_cookies([{"name": name, "value": secret, "url": running.url}])


def end_sessions(served: Served) -> None:
    account = served.identity.accounts.named("zoe")
    assert account is not None
    settled(served.identity.accounts.end_sessions(account, "test", "test"))
