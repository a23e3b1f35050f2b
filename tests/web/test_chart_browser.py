"""The chart of a signal in a real browser: in place of the server's picture, without a jump, told under the cursor."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.monitoring.test_signal_pages import measured
from tests.web.running import Running
from tests.web.served import harbour
from tests.web.test_browser import SHIFTS

pytestmark = pytest.mark.browser

PATH = "/signals/p95_response_time?range=1h"


@pytest.fixture
def running() -> Iterator[Running]:
    served = harbour()
    measured(served, 50)
    measured(served, 10, p95=0.43)
    found = Running(served)
    yield found
    found.stop()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_drawn_chart_takes_the_place_of_the_picture(running: Running, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(running.url + PATH)
    expect(page.locator(".drawn canvas")).to_be_visible()
    expect(page.locator(".drawn > svg")).to_have_count(0)
    assert page.evaluate(SHIFTS) < 0.02
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_under_the_cursor_stands_what_was_measured_then(running: Running, page: Page) -> None:
    page.goto(running.url + PATH)
    expect(page.locator(".drawn canvas")).to_be_visible()
    box = page.locator(".drawn").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 30, box["y"] + box["height"] / 2)
    told = page.locator(".at-cursor")
    expect(told).to_contain_text("p95 response time430 ms")
    expect(told.locator(".out")).to_have_text("430 ms")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(told).to_contain_text("143 ms")
    expect(told.locator(".out")).to_have_count(0)


def test_the_picture_can_be_taken_away(running: Running, page: Page) -> None:
    page.goto(running.url + PATH)
    with page.expect_download() as taken:
        page.get_by_role("button", name="PNG").click()
    assert taken.value.suggested_filename == "p95-response-time.png"
    assert taken.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as taken:
        page.get_by_role("link", name="SVG").click()
    assert b"<svg" in taken.value.path().read_bytes()


def test_without_a_chart_nothing_of_it_is_loaded(running: Running, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(running.url + "/signals")
    page.wait_for_load_state("load")
    assert any("console" in url for url in asked)
    assert not any("/static/chart" in url for url in asked)
