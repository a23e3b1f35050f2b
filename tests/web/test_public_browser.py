"""The public page in a real browser: with scripts and without, while it changes, from the form to the last click."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from opsguide.incidents.process.commands import Update
from opsguide.kernel.clock import to_datetime
from opsguide.monitoring.probes.commands import Judged
from tests.service.scene import eventually
from tests.status_page.subscribing import Post, link_in, mail_server
from tests.web.public import Public, opened, two_months
from tests.web.test_accessibility import barriers
from tests.web.test_browser import LIVE_MS, SHIFTS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def public() -> Iterator[Public]:
    """Looked at and never changed."""
    found = Public(two_months())
    yield found
    found.stop()


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    with mail_server() as found:
        yield found


@pytest.fixture
def calm(post: tuple[Post, int]) -> Iterator[Public]:
    """Nothing is wrong yet."""
    found = Public(opened(post[1]))
    yield found
    found.stop()


@pytest.fixture
def unscripted(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def paths(public: Public) -> dict[str, str]:
    index = httpx.get(public.at).text
    incident = re.search(r"incidents/\w+\.html", index)
    assert incident is not None
    return {"page": "/", "history": "/history.html", "incident": f"/{incident[0]}", "subscribe": "/subscribe"}


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier_a_shift_or_scrolls_sideways(
    public: Public, page: Page, width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    for name, path in paths(public).items():
        page.goto(public.at + path)
        assert page.evaluate(SHIFTS) < 0.02, name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        for folded in page.locator("summary").all():
            folded.click()
        assert barriers(page) == [], name


def test_without_scripts_everything_can_be_read_and_the_page_looks_again_by_itself(
    public: Public, unscripted: Page
) -> None:
    unscripted.goto(public.at)
    expect(unscripted.get_by_role("heading", level=1)).to_have_text("Search is down")
    expect(unscripted.locator("meta[http-equiv=refresh]")).to_have_attribute("content", "60")
    expect(unscripted.get_by_text("We know the cause and are restarting the search.")).to_be_visible()
    for label, state in (
        ("Shop", "Operational"),
        ("Checkout", "Degraded"),
        ("Search", "Down"),
        ("Order e-mails", "Operational"),
    ):
        row = unscripted.locator(".component").filter(has=unscripted.get_by_role("heading", name=label))
        expect(row.locator(".state")).to_have_text(re.compile(state))
    expect(unscripted.get_by_text("Moving to larger databases")).to_be_visible()
    unscripted.get_by_role("link", name="History").click()
    expect(unscripted.get_by_text("The shop is back, and no order is lost.")).to_be_visible()


def test_without_scripts_every_day_is_there_as_text(public: Public, unscripted: Page) -> None:
    unscripted.goto(public.at)
    row = unscripted.locator(".component").filter(has=unscripted.get_by_role("heading", name="Checkout"))
    row.locator("summary").click()
    told = row.locator(".days li").all_inner_texts()
    assert [line.split("\n")[-1] for line in told] == [
        "degraded 16 m",
        "operational",
        "degraded 3 h",
        "operational",
        "operational, not known 11 h",
        "operational",
        "down 40 m",
        "operational",
        "operational, not known 3 h",
        "not known",
    ]


def test_each_day_is_read_by_pointer_and_by_arrow_keys(public: Public, page: Page) -> None:
    page.goto(public.at)
    row = page.locator(".component").filter(has=page.get_by_role("heading", name="Shop"))
    strip, said = row.get_by_role("slider", name="Shop, day by day"), row.locator(".day-said")
    expect(said).to_be_hidden()
    strip.focus()
    expect(said).to_have_text(re.compile("^22 Jan 2027operational"))
    page.keyboard.press("ArrowLeft")
    expect(strip).to_have_attribute("aria-valuetext", "21 Jan 2027: operational")
    page.keyboard.press("Home")
    expect(said).to_have_text("25 Oct 2026not known")
    page.keyboard.press("ArrowLeft")
    expect(said).to_have_text("25 Oct 2026not known")
    page.keyboard.press("Escape")
    expect(said).to_be_hidden()
    row.locator(".bars .b-down .bar").hover()
    expect(said).to_have_text(re.compile("down 40 m$"))
    page.mouse.move(0, 0)
    assert barriers(page) == []


def test_an_update_appears_by_itself_and_what_is_open_and_focused_stays_so(calm: Public, page: Page) -> None:
    served = calm.served
    page.clock.set_fixed_time(to_datetime(served.now()))
    page.goto(calm.at)
    expect(page.get_by_role("heading", level=1)).to_have_text("All systems are operational")
    page.evaluate("window.loadedOnce = true")
    folded = page.locator("details").first
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    served.clock.advance(30)
    calm.do(served.submit(Judged("search", "down", "no answer"), actor="test"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Search is down", timeout=LIVE_MS)
    expect(page.locator("[role=status].sr")).to_have_text("Search is down")
    said = Update("INC-1", "ana", "We are restarting the search.", public=True, phase="identified")
    calm.do(served.submit(said, actor="test"))
    expect(page.get_by_text("We are restarting the search.")).to_be_visible(timeout=LIVE_MS)
    expect(page).to_have_title(re.compile("^Search is down"))
    assert page.evaluate("window.loadedOnce"), "the page was not loaded again"
    expect(folded).to_have_attribute("open", "")
    expect(folded.locator("summary")).to_be_focused()


def test_the_public_is_told_from_the_incident_after_it_was_shown_how(calm: Public, page: Page) -> None:
    calm.do(calm.served.submit(Judged("search", "down", "search-2 is out of memory"), actor="test"))
    page.goto(f"{calm.url}/incidents/INC-1")
    page.get_by_role("link", name="Tell the public…").click()
    page.get_by_label("How far it is").select_option("identified")
    page.get_by_role("button", name="Begin with the words for it").click()
    words = page.get_by_label("What people are told")
    expect(words).to_have_value(re.compile("^We know the cause of the problem with Search"))
    words.fill("We are restarting\nthe search.")
    page.get_by_label("Order e-mails").check()
    page.get_by_role("button", name="Show me").click()
    expect(page.locator(".as-public h3")).to_have_text("Problem with Search and Order e-mails")
    assert barriers(page) == []
    assert "restarting" not in httpx.get(calm.at).text
    page.get_by_role("button", name="Publish").click()
    expect(page).to_have_url(f"{calm.url}/incidents/INC-1")
    page.clock.set_fixed_time(to_datetime(calm.served.now()))
    eventually(lambda: "the search." in httpx.get(calm.at).text, "it is public")
    page.goto(calm.at)
    expect(page.get_by_text("We are restarting")).to_be_visible()


def test_an_old_copy_says_how_old_it_is(calm: Public, page: Page) -> None:
    page.clock.set_fixed_time(to_datetime(calm.served.now() + 7 * 60_000))
    page.goto(calm.at)
    expect(page.get_by_text("This page was written 7 m ago and may be out of date.")).to_be_visible()


def test_from_the_form_to_the_mail_of_an_incident_to_one_click(
    calm: Public, unscripted: Page, post: tuple[Post, int]
) -> None:
    served, page, (mails, _) = calm.served, unscripted, post
    page.goto(calm.at)
    page.get_by_role("link", name="Subscribe").click()
    page.get_by_label("By e-mail").fill("zoe@example.com")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.locator(".lead")).to_contain_text("a message with a link is on its way")
    first = arrived(mails, 1)
    page.goto(link_in(first, "confirm"))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are subscribed")
    served.clock.advance(60)
    calm.do(served.submit(Judged("search", "down", "no answer"), actor="test"))
    said = Update("INC-1", "ana", "The search finds nothing.", public=True, phase="investigating")
    calm.do(served.submit(said, actor="test"))
    expect_announced(calm)
    calm.do(calm.deliver())
    told = arrived(mails, 2)
    assert told["subject"] == "[Harbour status] Problem with Search: Investigating"
    assert "The search finds nothing." in told.get_content()
    page.goto(next(line for line in told.get_content().splitlines() if "/incidents/" in line))
    expect(page.get_by_role("heading", level=1)).to_have_text("Problem with Search")
    # What a mail program does behind its button (RFC 8058): one POST, with nothing of the browser's.
    one_click = told["list-unsubscribe-post"]
    done = httpx.post(
        told["list-unsubscribe"].strip("<>"),
        content=one_click,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert (done.status_code, served.subscribers.all()) == (200, [])


def arrived(mails: Post, count: int) -> Any:
    """The last of so many mails."""
    eventually(lambda: len(mails.mails) >= count, f"mail {count} arrives")
    return mails.mails[-1]


def expect_announced(public: Public) -> None:
    """The update is public, and on the ledger as something to tell."""
    eventually(
        lambda: any(one.intent.deed == "announce" for one in public.served.outbox.waiting.values()),
        "the update is to be told",
    )
