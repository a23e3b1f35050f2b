"""`make screenshots`: the console in Chromium, into docs/screenshots: two widths, two themes, three services.

`python -m tests.web.screenshots FOLDER [WORD …]` takes those whose name holds a WORD into a folder of yours, as PNG.
"""

import base64
import itertools
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.web import scenes
from tests.web.running import ARGUMENTS, Running
from tests.web.served import Served

OUT = Path(__file__).parent.parent.parent / "docs" / "screenshots"
Theme = Literal["light", "dark"]
WIDTHS = {390: 844, 1440: 900}
THEMES: tuple[Theme, ...] = ("light", "dark")
SCENES: dict[str, Callable[[], Served]] = {
    "empty": scenes.bare,
    "normal": scenes.ordinary,
    "worst": scenes.worst,
}


WHOLE = {"guide", "now", "promise", "incident"}
"""Taken in every width, theme and scene; the others on an ordinary day, at a desk, in daylight."""
QUALITY = 85


def _pages(served: Served) -> dict[str, str]:
    """Name → address; the drawer and the search are opened on a page."""
    return scenes.pages(served) | {"drawer": "/", "palette": "/now"}


def _wanted(place: str, name: str, words: list[str]) -> bool:
    if words:
        return any(word in name for word in words)
    return place in WHOLE or name.endswith("-normal-1440-light")


def _take(page: Page, url: str, name: str, out: Path) -> None:
    page.goto(url)
    if name.startswith("drawer"):
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.locator("#drawer h1").wait_for()
    if name.startswith("palette"):
        page.keyboard.press("/")
        page.locator("#palette input").fill("eror rate")
        page.locator("#options[data-query='eror rate'] [role=option]").first.wait_for()
    if out != OUT:
        page.screenshot(path=out / f"{name}.png")
        return
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    (out / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))


def take(browser: Browser, out: Path, words: list[str]) -> None:
    """Every picture whose name holds one of the words; where there are none, those of the documentation."""
    for scene, made in SCENES.items():
        running = Running(made())
        try:
            for (width, height), theme in itertools.product(WIDTHS.items(), THEMES):
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
                )
                page = context.new_page()
                for place, path in _pages(running.served).items():
                    name = f"{place}-{scene}-{width}-{theme}"
                    if _wanted(place, name, words):
                        _take(page, running.url + path, name, out)
                context.close()
        finally:
            running.stop()


def main(arguments: list[str]) -> int:
    out = Path(arguments[0]) if arguments else OUT
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        take(browser, out, arguments[1:])
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
