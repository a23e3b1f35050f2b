"""`make screenshots`: the console and the public page in Chromium, into docs/screenshots: two widths, two themes.

`python -m tests.web.screenshots FOLDER [WORD …]` takes those whose name holds a WORD into a folder of yours, as PNG;
into docs/screenshots only those that belong there.
"""

import base64
import itertools
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from opsguide.kernel.clock import to_datetime
from tests.web import scenes
from tests.web.public import Public, two_months
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
PUBLIC = {"public": "/", "public-history": "/history.html", "public-subscribe": "/subscribe"}
"""Places of the public page."""


WHOLE = {"guide", "now", "promise", "incident", "public"}
"""Taken in every width, theme and scene; the others on an ordinary day, at a desk, in daylight."""
QUALITY = 85


def _pages(served: Served) -> dict[str, str]:
    """Name → address; the drawer and the search are opened on a page."""
    return scenes.pages(served) | {"drawer": "/", "palette": "/now"}


def _wanted(place: str, name: str, out: Path, words: list[str]) -> bool:
    if words and not any(word in name for word in words):
        return False
    return out != OUT or place in WHOLE or name.endswith("-normal-1440-light")


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
    if name.startswith("tell-the-public"):
        page.get_by_role("button", name="Show me").click()
    if out != OUT:
        page.screenshot(path=out / f"{name}.png")
        return
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    (out / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))


def take(browser: Browser, out: Path, words: list[str]) -> None:
    """Every picture whose name holds one of the words; where there are none, those of the documentation."""
    for scene, made in SCENES.items():
        if words != ["public"]:
            _take_all(browser, Running(made()), scene, out, words)
    if not words or any("public" in word for word in words):
        _take_all(browser, Public(two_months()), "normal", out, words)


def _take_all(browser: Browser, running: Running, scene: str, out: Path, words: list[str]) -> None:
    try:
        public = isinstance(running, Public)
        base = running.at if isinstance(running, Public) else running.url
        places = PUBLIC if public else _pages(running.served)
        for (width, height), theme in itertools.product(WIDTHS.items(), THEMES):
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
            )
            page = context.new_page()
            if public:  # It would say that it is old.
                page.clock.set_fixed_time(to_datetime(running.served.now()))
            for place, path in places.items():
                name = f"{place}-{scene}-{width}-{theme}"
                if _wanted(place, name, out, words):
                    _take(page, base + path, name, out)
            context.close()
    finally:
        running.stop()


def main(arguments: list[str]) -> int:
    out = Path(arguments[0]).absolute() if arguments else OUT
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        take(browser, out, arguments[1:])
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
