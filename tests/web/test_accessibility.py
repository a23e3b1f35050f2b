"""No page has a barrier that axe knows of: in both themes, on a phone and on a desk, empty and on the worst day."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.web import scenes
from tests.web.running import Running

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent.parent.parent / "node_modules/axe-core/axe.min.js").read_text("utf-8")
RUN = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map((found) =>
  `${found.id}: ${found.help} (${found.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")})`)"""


@pytest.fixture(scope="module", params=["bare", "ordinary", "worst"])
def scene(request: pytest.FixtureRequest) -> Iterator[Running]:
    running = Running(getattr(scenes, request.param)())
    yield running
    running.stop()


def barriers(page: Page) -> list[str]:
    page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN)
    return found


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_axe_finds_nothing_on_any_page_and_none_scrolls_sideways(
    scene: Running, page: Page, width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for name, path in scenes.pages(scene.served).items():
        page.goto(scene.url + path)
        assert barriers(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_axe_finds_nothing_in_what_opens_over_a_page(scene: Running, page: Page) -> None:
    page.goto(scene.url + "/")
    page.keyboard.press("?")
    assert barriers(page) == [], "shortcuts"
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.locator("#palette [role=option]").first.wait_for()
    assert barriers(page) == [], "search"
    page.keyboard.press("Escape")
    page.locator("a[data-drawer]:visible").first.focus()
    page.keyboard.press("Enter")
    page.locator("#drawer h1").wait_for()
    assert barriers(page) == [], "drawer"
