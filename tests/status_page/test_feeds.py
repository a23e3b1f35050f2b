"""The page for programs: well formed, with ids that stay, and nothing of a text is markup."""

import json
from xml.etree import ElementTree

from msgspec.structs import replace

from opsguide.app.status_page import feeds
from opsguide.app.status_page.model import Page, Said
from opsguide.app.status_page.render import Press
from opsguide.incidents.commands import Open, Resolve
from tests.status_page.scene import Town
from tests.status_page.test_page import AUTOMATIC, MAINTENANCE

NAMES = {"a": feeds.ATOM}


def troubled() -> Town:
    town = Town(AUTOMATIC + MAINTENANCE)
    town.mail()
    town.probe()
    town.do(
        Open(
            key="environment:production",
            title="inside",
            reason="inside",
            severity="critical",
            labels={"environment": "production"},
        )
    )
    town.pass_time(60)
    return town


def entries(page: Page) -> list[ElementTree.Element]:
    return ElementTree.fromstring(feeds.atom(page)).findall("a:entry", NAMES)


def text(entry: ElementTree.Element, name: str) -> str:
    return entry.findtext(f"a:{name}", "", NAMES)


def test_an_item_stays_the_same_while_it_is_updated() -> None:
    town = troubled()
    before = {text(one, "title"): one for one in entries(town.page())}
    town.do(Resolve("INC-1", "ana", "mended"))
    after = {text(one, "title"): one for one in entries(town.page())}
    opened, resolved = (
        before["Problem with Shop and Checkout"],
        after["Resolved: Problem with Shop and Checkout"],
    )
    assert text(opened, "id") == text(resolved, "id")
    assert text(opened, "published") == text(resolved, "published") < text(resolved, "updated")
    assert text(before["Maintenance: Larger databases"], "id") == text(
        after["Maintenance: Larger databases"], "id"
    )


def test_links_are_whole_and_lead_to_pages_that_are_there() -> None:
    page = troubled().page()
    files = Press().files(page, live=True)
    for one in entries(page):
        link = one.find("a:link", NAMES)
        assert link is not None
        place = link.attrib["href"].removeprefix("https://status.harbour.example/").partition("#")[0]
        assert place in files


def test_maintenance_that_is_moved_is_an_updated_item() -> None:
    town = troubled()
    before = next(one for one in feeds.items(town.page()) if one.title.startswith("Maintenance"))
    town.pass_time(60)
    town.rebind((AUTOMATIC + MAINTENANCE).replace("06:00:00", "07:00:00"))
    after = next(one for one in feeds.items(town.page()) if one.title.startswith("Maintenance"))
    assert (before.id, before.published) == (after.id, after.published)
    assert before.updated < after.updated


def test_what_people_write_is_text_everywhere() -> None:
    page = troubled().page()
    hostile = '<script>alert(1)</script>\x00 & "quotes"\nnext line'
    said = Said(id="x", at=page.now, phase="identified", text=hostile)
    page = replace(page, entries=(replace(page.entries[0], title=hostile, updates=(said,)),))
    (shown,) = (one for one in entries(page) if "script" in text(one, "title"))
    assert "<script>alert(1)</script>" in text(shown, "content")
    assert json.loads(feeds.json_feed(page))["items"][0]["title"] == hostile
    for name, one in Press().files(page, live=True).items():
        if name.endswith(".html"):
            assert b"<script>alert" not in one.body


def test_the_state_is_what_the_page_says() -> None:
    state = json.loads(feeds.state(troubled().page()))
    assert (state["status"], state["says"]) == ("incident", "We are working on an incident")
    assert [one["status"] for one in state["components"]] == ["up", "up", "up"]
    assert len(state["components"][0]["days"]) == 90
    assert state["incidents"][0]["updates"][0]["phase"] == "investigating"
