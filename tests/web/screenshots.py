"""`make screenshots`: the console in Chromium, into docs/screenshots: two widths, two themes, three services.

`python -m tests.web.screenshots FOLDER [WORD …]` takes only those whose name holds a WORD, into a folder of yours.
"""

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


def _pages(served: Served) -> dict[str, str]:
    """Name → address; the drawer and the search are opened on a page."""
    return scenes.pages(served) | {"drawer": "/", "palette": "/now"}


def _take(page: Page, running: Running, name: str, path: str, out: Path) -> None:
    page.goto(running.url + path)
    if name.startswith("drawer"):
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.locator("#drawer h1").wait_for()
    if name.startswith("palette"):
        page.keyboard.press("/")
        page.locator("#palette input").fill("eror rate")
        page.locator("#palette [role=option]").first.wait_for()
        page.wait_for_timeout(300)
    page.screenshot(path=out / f"{name}.png")


def take(browser: Browser, out: Path, words: list[str]) -> None:
    """Every picture whose name holds one of the words; all of them where there are none."""
    for scene, made in SCENES.items():
        running = Running(made())
        try:
            for width, height in WIDTHS.items():
                for theme in THEMES:
                    context = browser.new_context(
                        viewport={"width": width, "height": height},
                        color_scheme=theme,
                        reduced_motion="reduce",
                    )
                    page = context.new_page()
                    for place, path in _pages(running.served).items():
                        name = f"{place}-{scene}-{width}-{theme}"
                        if not words or any(word in name for word in words):
                            _take(page, running, name, path, out)
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
