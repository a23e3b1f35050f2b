"""The life of an incident in a real browser: roles, an update, the end, the post-mortem and what is taken along."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.running import Running
from tests.web.served import harbour

pytestmark = pytest.mark.browser


@pytest.fixture
def running() -> Iterator[Running]:
    served = harbour()
    served.go_down()
    found = Running(served)
    yield found
    found.stop()


def test_from_the_page_to_the_published_post_mortem(running: Running, page: Page, tmp_path: Path) -> None:
    page.goto(f"{running.url}/now")
    page.get_by_role("link", name="production is down").first.click()
    expect(page.locator(".next-steps")).to_contain_text("Take command")

    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_role("button", name="Take it as ana").click()
    expect(page.locator(".roles")).to_contain_text("Commander ana", ignore_case=True)
    take(page, "communications", "bogdan")
    expect(page.locator(".roles")).to_contain_text("Communications bogdan", ignore_case=True)
    expect(page.locator(".next-steps")).not_to_contain_text("Take command")

    page.get_by_label("Note or status update").fill("Nobody can pay. We fail over now.")
    page.get_by_label("How far it is").select_option("identified")
    page.get_by_label("public").check()
    page.get_by_role("button", name="Publish update").click()
    expect(page.locator(".latest")).to_contain_text("Nobody can pay")
    expect(page.locator(".latest")).to_contain_text("Identified, public")

    page.get_by_label("What mended it").fill("failed over to the second database")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".state").first).to_contain_text("Resolved by ana")

    expect(page.locator(".next-steps")).to_contain_text("Publish that it is over")
    expect(page.get_by_label("How far it is")).to_have_value("resolved")

    page.get_by_role("link", name="Look at the draft").click()
    lessons = page.locator("#lessons")
    lessons.locator("summary").click()
    lessons.get_by_role("textbox").fill("- Fail over by itself, **not** by hand.")
    lessons.get_by_role("button", name="Save").click()
    expect(lessons.locator("strong")).to_have_text("not")

    add_action(page, "Practise the fail-over", "bogdan", "2026-12-24")
    expect(page.locator(".tasks")).to_contain_text("Practise the fail-over")
    expect(page.locator(".tasks")).to_contain_text("bogdan")

    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".state")).to_contain_text("Published by ana")

    with page.expect_download() as taken:
        page.get_by_role("link", name="Export as Markdown").click()
    taken.value.save_as(tmp_path / "it.md")
    text = (tmp_path / "it.md").read_text(encoding="utf-8")
    assert text.startswith("# Post-mortem of INC-1: production is down")
    assert "- Fail over by itself, **not** by hand." in text
    assert "Told to everybody: Nobody can pay. We fail over now." in text
    assert "- [ ] Practise the fail-over (bogdan), until 2026-12-24" in text
    assert "Commander: ana" in text
    assert "ana through ana-phone" in text

    page.goto(f"{running.url}/tasks")
    page.get_by_role("button", name="Done").click()
    expect(page.locator("main")).to_contain_text("Nothing is to be done")


def take(page: Page, role: str, person: str) -> None:
    page.locator(f"#role-{role} summary").click()
    page.locator(f"#role-{role}").get_by_label("To").select_option(person)
    page.locator(f"#role-{role}").get_by_role("button", name="Give the role").click()


def add_action(page: Page, what: str, owner: str, day: str) -> None:
    page.locator("#add-task summary").click()
    page.get_by_label("What is to be done").fill(what)
    page.get_by_label("Who does it").select_option(owner)
    page.get_by_label("Until").fill(day)
    page.get_by_role("button", name="Add").click()
