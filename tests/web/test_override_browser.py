"""An override in a real browser: from the calendar to the preview to the button, and back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.incidents.test_overrides_http import WEEKLY
from tests.web.running import Running
from tests.web.served import Served


@pytest.fixture
def running() -> Iterator[Running]:
    served = Served()
    served.adopt(more_bindings=WEEKLY)
    made = Running(served)
    yield made
    made.stop()


def test_somebody_stands_in_and_it_is_undone(running: Running, page: Page) -> None:
    page.goto(f"{running.url}/on-call")
    page.get_by_role("link", name="Stand in").first.click()
    page.get_by_label("Who stands in").select_option("bogdan")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.locator(".turns").nth(0)).to_contain_text("ana")
    expect(page.locator(".turns").nth(1)).not_to_contain_text("ana")
    assert running.served.state("incidents").overrides.made == {}
    page.get_by_role("button", name="Put bogdan on call").click()
    expect(page.locator(".rung-who").first).to_have_text("bogdan")
    expect(page.locator(".panels")).to_contain_text("On call bogdan")
    drawn = page.locator(".week .block.override")
    expect(drawn.locator("title")).to_contain_text("bogdan, Mon 23 Nov 05:00")
    expect(page.locator(".key")).to_contain_text("stands in")
    page.get_by_role("link", name="UTC").click()
    expect(drawn.locator("title")).to_contain_text("bogdan, Mon 23 Nov 03:00")
    page.locator(".overrides a").first.click()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator(".rung-who").first).to_have_text("ana")
    expect(drawn).to_have_count(0)


def test_it_is_put_in_force_and_read_without_scripts(running: Running, chromium: Browser) -> None:
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{running.url}/on-call")
    page.get_by_role("link", name="Stand in").first.click()
    page.get_by_label("Who stands in").select_option("bogdan")
    page.get_by_role("button", name="Show what changes").click()
    page.get_by_role("button", name="Put bogdan on call").click()
    expect(page.locator(".grid tbody tr").first).to_contain_text("override, instead of ana")
