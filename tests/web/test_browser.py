"""The console in a real browser: it loads cleanly, turns live, and works from the keyboard."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from opsguide.incidents.commands import Acknowledge
from opsguide.incidents.links import Link, sign
from tests.cast import ACKNOWLEDGE, P95, PROMISES, RESOLVE, UPTIME
from tests.guide.test_signing import BY_HAND, SECRETS
from tests.web.running import Running
from tests.web.served import KEY, Served, harbour, lined

pytestmark = pytest.mark.browser

LIVE_MS = 5_000

SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((one) => { if (!one.hadRecentInput) sum += one.value; }))
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


@pytest.fixture
def running_calm() -> Iterator[Running]:
    found = Running(harbour())
    yield found
    found.stop()


def paths(served: Served) -> list[str]:
    token = sign(Link("INC-1", "ana", served.now() + 3600_000), KEY)
    promise = f"/promises/{P95}"
    return [
        "/",
        "/now",
        "/search?q=p95",
        "/?standing=unproven",
        promise,
        "/incidents",
        "/incidents/INC-1",
        "/inbox",
        f"/page/{token}",
    ]


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
    expect(page.locator(".state")).to_contain_text("Resolved by ana")
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


def test_from_the_break_to_the_end_without_a_mouse(running_calm: Running, page: Page) -> None:
    """Production goes down while somebody reads the guide: to the page, to the incident, acknowledged, resolved."""
    page.goto(running_calm.url)
    expect(page.locator(".panel.alarm")).to_have_count(0)
    running_calm.do(running_calm.served.fail(UPTIME))
    expect(page.locator(".panel.alarm")).to_contain_text("1 open, not acknowledged", timeout=LIVE_MS)
    expect(page).to_have_title("✕ Harbour operations · harbour")
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page.locator("h1")).to_have_text("Inbox")
    expect(page.locator(".fire")).to_contain_text("Page for ana")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("production is down")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Acknowledge")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".state")).to_contain_text("ana has it")
    page.keyboard.press("r")
    page.keyboard.type("restarted it")
    page.keyboard.press("Enter")
    expect(page.locator(".state")).to_contain_text("Resolved by ana")
    page.keyboard.press("g")
    page.keyboard.press("n")
    expect(page.locator("#now")).to_contain_text("Nothing burns")


def test_the_search_opens_finds_and_goes_by_keyboard(running: Running, page: Page) -> None:
    page.goto(running.url)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette input")).to_be_focused()
    page.keyboard.type("inc-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/INC-1")
    page.keyboard.press("/")
    page.keyboard.type("light dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_the_search_prints_the_page(running: Running, page: Page) -> None:
    page.goto(running.url)
    page.evaluate("window.print = () => document.body.setAttribute('data-printed', '')")
    page.keyboard.press("/")
    page.keyboard.type("print")
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_have_attribute("data-printed", "")


def test_what_somebody_writes_in_a_sheet_survives_what_happens_meanwhile(page: Page) -> None:
    served = Served()
    served.adopt(promises=[*(lined(one) for one in PROMISES), *BY_HAND])
    running = Running(served)
    page.goto(f"{running.url}/promises/{SECRETS}")
    note = page.get_by_label("What you looked at and what you saw")
    note.fill("I looked, and")
    with page.expect_response(f"**/promises/{SECRETS}"):
        running.see(SECRETS, "unproven", "", "")
    page.wait_for_timeout(200)
    expect(note).to_have_value("I looked, and")
    page.goto("about:blank")
    running.stop()


def test_single_keys_can_be_switched_off_and_never_disturb_typing(running: Running, page: Page) -> None:
    page.goto(f"{running.url}/incidents/INC-1")
    note = page.get_by_placeholder("What you see, what you did")
    note.fill("")
    note.type("g n / j ?")
    expect(note).to_have_value("g n / j ?")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_label("Single keys do something").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    assert page.url.endswith("/incidents/INC-1")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()


def test_who_i_am_is_remembered_and_chosen_where_somebody_acts(running: Running, page: Page) -> None:
    page.goto(running.url)
    page.get_by_label("I am").select_option("bogdan")
    expect(page.get_by_role("link", name="Only what I have to do with")).to_be_visible()
    page.goto(f"{running.url}/incidents/INC-1")
    expect(page.locator("#deeds .deeds select")).to_have_value("bogdan")


def test_the_drawer_follows_while_one_walks_through_the_lines(running: Running, page: Page) -> None:
    page.goto(running.url)
    page.locator(f'.at a[href="/promises/{UPTIME}"]').focus()
    page.keyboard.press("Enter")
    title = page.locator("#drawer h1")
    before = title.inner_text()
    page.keyboard.press("j")
    expect(title).not_to_have_text(before, timeout=LIVE_MS)
    assert page.evaluate(SHIFTS) < 0.02
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()


def test_on_paper_the_guide_is_a_report_with_its_date(running: Running, page: Page) -> None:
    page.goto(running.url)
    assert page.pdf().startswith(b"%PDF")
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".printed")).to_contain_text("as it stood on 23 Nov 2026")
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.locator(".mark").first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 30, 32)"


def test_the_tour_walks_five_steps_by_keyboard_and_is_remembered(chromium: Browser) -> None:
    served = harbour()
    served.tour = True
    running = Running(served)
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.goto(running.url)
    tour = page.locator("#tour")
    expect(tour).to_contain_text("1 of 5")
    page.keyboard.press("ArrowRight")
    page.reload()
    expect(tour).to_contain_text("2 of 5")
    for step in (3, 4, 5):
        page.keyboard.press("ArrowRight")
        expect(tour).to_contain_text(f"{step} of 5")
    page.keyboard.press("ArrowRight")
    expect(tour).to_have_count(0)
    page.reload()
    expect(page.locator(".head .counts")).to_be_visible()
    expect(tour).to_have_count(0)
    page.keyboard.press("?")
    page.get_by_role("button", name="Take the tour").click()
    expect(tour).to_contain_text("1 of 5")
    page.keyboard.press("Escape")
    expect(tour).to_have_count(0)
    page.close()
    running.stop()
