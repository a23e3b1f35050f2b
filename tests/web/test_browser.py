"""The console in a real browser: it loads cleanly, turns live, and works from the keyboard."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from opsguide.incidents.commands import Acknowledge
from opsguide.incidents.links import Link, sign
from tests.cast import ACKNOWLEDGE, P95, RESOLVE, UPTIME
from tests.web.running import Running
from tests.web.served import KEY, Served, harbour

pytestmark = pytest.mark.browser

LIVE_MS = 5_000

SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((one) => { sum += one.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 500);
})"""


@pytest.fixture
def running() -> Iterator[Running]:
    served = harbour()
    served.go_down()
    found = Running(served)
    yield found
    found.stop()


def paths(served: Served) -> list[str]:
    token = sign(Link("INC-1", "ana", served.now() + 3600_000), KEY)
    promise = f"/promises/{P95}"
    return ["/", "/?standing=unproven", promise, "/incidents", "/incidents/INC-1", "/inbox", f"/page/{token}"]


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_loads_without_complaint_shift_or_sideways_scrolling(
    running: Running, page: Page, width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    for path in paths(running.served):
        page.goto(running.url + path)
        assert page.evaluate(SHIFTS) < 0.02, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_standing_turns_live_and_what_is_open_stays_open(running: Running, page: Page) -> None:
    page.goto(running.url)
    mark = page.locator(f'.at:has(a[href="/promises/{P95}"])')
    expect(mark).to_contain_text("unproven")
    opened = page.locator(f'.at:has(a[href="/promises/{ACKNOWLEDGE}"]) details')
    opened.locator("summary").click()
    running.see(P95, "broken", "430 ms", "200 ms")
    expect(mark).to_contain_text("broken430 ms / 200 ms", timeout=LIVE_MS)
    expect(page.locator(".head .counts")).to_contain_text("1 broken")
    running.see(P95, "kept", "143 ms", "200 ms")
    expect(mark).to_contain_text("kept143 ms / 200 ms", timeout=LIVE_MS)
    running.see(RESOLVE, "kept", "1 h", "2 h")
    expect(opened).to_contain_text("1 h / 2 h", timeout=LIVE_MS)
    expect(opened).to_have_attribute("open", "")


def test_the_page_says_when_it_is_no_longer_live(running: Running, chromium: Browser) -> None:
    page = chromium.new_page()  # one of its own: here the browser is right to complain
    page.goto(running.url)
    expect(page.locator(".offline")).to_be_hidden()
    running.stop()
    expect(page.locator(".offline")).to_be_visible(timeout=LIVE_MS)
    page.close()


def test_one_promise_opens_beside_the_page_by_keyboard_and_closes_again(running: Running, page: Page) -> None:
    page.goto(running.url)
    mark = page.locator(f'.at a[href="/promises/{UPTIME}"]')
    mark.focus()
    page.keyboard.press("Enter")
    heading = page.locator("#drawer h1")
    expect(heading).to_be_focused(timeout=LIVE_MS)
    expect(page.locator("#drawer")).to_contain_text("Last looked at")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(mark).to_be_focused()


def test_the_first_tab_leads_past_the_navigation_and_focus_is_seen(running: Running, page: Page) -> None:
    page.goto(running.url)
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "2px"


def test_an_incident_is_taken_and_ended_by_keyboard_while_the_bar_follows(
    running: Running, page: Page
) -> None:
    page.goto(f"{running.url}/incidents/INC-1")
    expect(page.locator(".panel.alarm")).to_contain_text("not acknowledged")
    page.get_by_role("button", name="Acknowledge").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".state")).to_contain_text("ana has it")
    expect(page.locator(".panel.alarm")).to_have_count(0)
    page.get_by_placeholder("What mended it").fill("restarted it")
    page.keyboard.press("Enter")
    expect(page.locator(".state")).to_contain_text("resolved by ana")
    expect(page.locator("#story")).to_contain_text("Resolved by ana: restarted it")


def test_a_note_in_the_making_survives_what_happens_meanwhile(running: Running, page: Page) -> None:
    page.goto(f"{running.url}/incidents/INC-1")
    note = page.get_by_placeholder("What you see, what you did")
    note.fill("the disk is")
    running.do(running.served.submit(Acknowledge("INC-1", "bogdan"), actor="person:bogdan"))
    expect(page.locator(".state")).to_contain_text("bogdan has it", timeout=LIVE_MS)
    expect(note).to_have_value("the disk is")


def test_a_clock_counts_down_without_asking_the_service(running: Running, page: Page) -> None:
    page.goto(f"{running.url}/incidents/INC-1")
    left = page.locator("time[data-left]").first
    before = left.inner_text()
    expect(left).not_to_have_text(before, timeout=LIVE_MS)
    expect(left).to_contain_text("left")
