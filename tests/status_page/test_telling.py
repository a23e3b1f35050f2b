"""The public is told from an incident's page: words to begin with, how it will look, and only then published."""

import re
from html import unescape
from typing import Any

import pytest
from litestar.testing import TestClient

from opsguide.app.status_page.telling import known_inside, words_for
from opsguide.guide.bindings import read_bindings
from opsguide.identity.permissions import Role
from opsguide.incidents.commands import Open
from opsguide.incidents.process.commands import Update
from opsguide.kernel.errors import Refused
from opsguide.monitoring.probes.commands import Judged
from tests.status_page.test_page import everything
from tests.web.public import opened
from tests.web.served import Served
from tests.web.signed_in import signed_in

TOLD = "The search finds nothing at the moment."


@pytest.fixture
def served() -> Served:
    """The search is down: INC-1."""
    made = opened()
    made.do(Judged("search", "down", "search-2 is out of memory"))
    return made


@pytest.fixture
def ana(served: Served) -> TestClient[Any]:
    return signed_in(served, Role.responder, name="ana", person="ana")


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def preview(page: str) -> str:
    return page.partition('class="as-public"')[2].partition("</div>\n")[0]


def public(served: Served) -> str:
    page = served.publishing.page()
    assert page is not None
    return everything(page)


class TestPage:
    def test_it_begins_with_words_about_what_the_incident_concerns(self, ana: TestClient[Any]) -> None:
        page = ana.get("/incidents/INC-1/public").text
        assert "We are looking into a problem with Search." in page
        assert re.findall(r'value="(\w+)" checked', page) == ["search"]
        other = ana.post("/incidents/INC-1/public", data={"phase": "resolved", "deed": "words"}).text
        assert "The problem with Search is over." in other

    def test_a_preview_shows_what_the_public_will_read_and_publishes_nothing(
        self, served: Served, ana: TestClient[Any]
    ) -> None:
        before = served.head.seq
        typed = {"text": TOLD, "phase": "identified", "components": ["search", "mail"], "deed": "preview"}
        page = ana.post("/incidents/INC-1/public", data=typed).text
        shown = preview(page)
        assert "Problem with Search and Order e-mails" in shown
        assert TOLD in shown
        assert "Identified" in shown
        assert served.head.seq == before
        assert TOLD not in public(served)

    def test_publish_tells_what_was_shown_and_a_second_press_tells_nothing_more(
        self, served: Served, ana: TestClient[Any]
    ) -> None:
        typed = {"text": TOLD, "phase": "identified", "components": "search", "deed": "preview", "key": "u-1"}
        shown = ana.post("/incidents/INC-1/public", data=typed).text
        assert (field(shown, "text"), field(shown, "key")) == (TOLD, "u-1")
        for _ in range(2):
            done = ana.post(
                "/incidents/INC-1/public", data={**typed, "deed": "publish"}, follow_redirects=False
            )
            assert (done.status_code, done.headers["location"]) == (303, "/incidents/INC-1")
        (update,) = served.state("incidents").open["INC-1"].work.updates
        assert (update.by, update.public, update.phase, update.text) == ("ana", True, "identified", TOLD)
        assert TOLD in public(served)

    def test_what_is_known_only_inside_is_pointed_at(self, ana: TestClient[Any]) -> None:
        typed = {"text": "INC-1: ana looks at search.internal in production.", "phase": "identified"}
        page = ana.post("/incidents/INC-1/public", data={**typed, "deed": "preview"}).text
        assert "Known only inside:</b> INC-1, ana, production, search.internal." in unescape(page)
        calm = ana.post("/incidents/INC-1/public", data={"text": TOLD, "deed": "preview"}).text
        assert "Known only inside" not in calm

    def test_it_says_who_is_told(self, served: Served, ana: TestClient[Any]) -> None:
        kept, now = served.subscribers, served.now()
        for number in range(3):
            kept.confirm(kept.ask("mail", f"p{number}@example.com", now), now)
        kept.ask("mail", "unconfirmed@example.com", now)
        page = ana.post("/incidents/INC-1/public", data={"text": TOLD, "deed": "preview"}).text
        assert "goes to 3 people: that cannot be taken back" in page

    def test_nothing_is_previewed_of_nothing(self, ana: TestClient[Any]) -> None:
        answer = ana.post("/incidents/INC-1/public", data={"text": "  ", "deed": "publish"})
        assert (answer.status_code, "The update says nothing" in answer.text) == (400, True)

    @pytest.mark.parametrize("name", ["INC-9", "INC-2"])
    def test_drills_and_what_there_is_not_are_not_told(
        self, served: Served, ana: TestClient[Any], name: str
    ) -> None:
        served.do(Open(key="x", title="DRILL", reason="a drill", severity="critical", drill="D-1"))
        assert ana.get(f"/incidents/{name}/public").status_code == 404

    def test_the_incident_leads_there_only_where_there_is_a_page(self, ana: TestClient[Any]) -> None:
        assert 'href="/incidents/INC-1/public"' in ana.get("/incidents/INC-1").text
        made = Served()
        made.adopt()
        made.go_down()
        other = signed_in(made, Role.responder)
        assert "/public" not in other.get("/incidents/INC-1").text
        assert other.get("/incidents/INC-1/public").status_code == 404


class TestComponents:
    def test_an_update_says_what_is_concerned_and_a_later_one_without_leaves_it(self, served: Served) -> None:
        served.do(Open(key="customers", title="customers call", reason="x", severity="high"))
        told = Update("INC-2", "ana", "Paying fails.", public=True, phase="investigating")
        served.do(told)
        assert titles(served) == ["Incident"]
        served.do(Update("INC-2", "ana", "Only cards.", True, "identified", "", ("checkout",)))
        served.do(Update("INC-2", "ana", "It gets better.", True, "monitoring"))
        assert titles(served) == ["Problem with Checkout"]

    def test_one_that_there_is_not_is_refused(self, served: Served) -> None:
        with pytest.raises(Refused, match="no component `cheese`"):
            served.do(Update("INC-1", "ana", TOLD, True, "identified", "", ("cheese",)))

    def test_those_of_an_update_for_the_team_are_refused_since_nobody_would_see_them(
        self, served: Served
    ) -> None:
        with pytest.raises(Refused, match="concerns no component") as refused:
            served.do(Update("INC-1", "ana", TOLD, False, "identified", "", ("search",)))
        assert refused.value.reason == "not_public"

    def test_the_api_takes_them_too(self, served: Served, ana: TestClient[Any]) -> None:
        body = {"text": TOLD, "audience": "everybody", "phase": "identified", "components": ["mail"]}
        assert ana.post("/api/v1/incidents/INC-1/updates", json=body).status_code == 201
        assert titles(served) == ["Problem with Order e-mails"]
        refused = ana.post("/api/v1/incidents/INC-1/updates", json={**body, "components": ["cheese"]})
        assert (refused.status_code, refused.json()["type"]) == (404, "unknown_component")


def titles(served: Served) -> list[str]:
    page = served.publishing.page()
    assert page is not None
    return [one.title for one in page.entries]


def test_words_to_begin_with_are_a_sentence_for_any_number_of_components() -> None:
    assert words_for("identified", ["Shop", "Search", "Mail"]).startswith(
        "We know the cause of the problem with Shop, Search and Mail and"
    )
    assert "a problem with our service." in words_for("investigating", [])


def test_short_names_and_parts_of_words_are_no_names() -> None:
    bound, _ = read_bindings(
        '[environments.production]\nurl = "http://db.internal/"\n[people.jo]\nname = "Jo Ana"\n'
    )
    assert bound is not None
    assert known_inside("Jo in overproduction saw bananas at DB.internal.", bound) == ["db.internal"]
    assert known_inside("Ana saw it in Production.", bound) == ["Ana", "production"]
