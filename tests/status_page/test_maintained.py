"""Maintenance that the team announces, as the public reads it: what it concerns, and what that excuses."""

import re

import pytest

from opsguide.guide.values import Window
from opsguide.identity.permissions import Role
from opsguide.kernel.clock import after, rfc3339
from opsguide.kernel.errors import Refused
from opsguide.maintenance.commands import AnnounceMaintenance
from tests.cast import PROMISES
from tests.status_page.scene import STATUS, Town
from tests.status_page.test_page import MAINTENANCE, WINDOW
from tests.web.public import opened
from tests.web.signed_in import signed_in
from tests.world import a_promise


def announce(town: Town, *components: str, anyway: bool = False) -> None:
    """An hour from now, for two."""
    start = town.clock.now() + 3_600_000
    town.do(AnnounceMaintenance("move db-7", start, start + 7_200_000, "ana", "", anyway, components))


def test_what_the_console_announces_for_components_excuses_these_and_no_other() -> None:
    town = Town()
    town.mail()
    announce(town, "shop")
    (one,) = town.page().upcoming
    assert one.components == ("Shop",)
    town.down_in(90 * 60)
    assert "Shop" in [c.label for c in town.page().components if c.maintained]
    today, checkout = town.component("shop").days[-1], town.component("checkout").days[-1]
    assert (today.down, today.maintenance) == (0, 3600)
    assert (checkout.down, checkout.maintenance) == (3600, 0)


def test_what_the_team_announces_without_components_excuses_nothing() -> None:
    town = Town()
    announce(town)
    town.down_in(90 * 60)
    assert town.component("shop").days[-1].down == 3600


def test_what_the_guide_does_not_allow_is_shown_and_excuses_nothing() -> None:
    town = Town()
    values = Window(
        window="db", rrule="FREQ=DAILY", start="02:00", end="08:00", zone="UTC", notice_seconds=86_400
    )
    town.adopt([*PROMISES, a_promise(WINDOW, values, keeper="maintenance")], town.text)
    announce(town, "shop", anyway=True)
    town.down_in(90 * 60)
    assert [one.components for one in town.page().under_way] == [("Shop",)]
    assert town.component("shop").days[-1].down == 3600
    assert not town.component("shop").maintained


def test_a_window_for_an_environment_concerns_what_stands_on_it() -> None:
    town = Town()
    values = Window(
        window="hosts", rrule="FREQ=DAILY", start="02:00", end="08:00", zone="UTC", scope="Production"
    )
    town.adopt([*PROMISES, a_promise(WINDOW, values, keeper="maintenance")], town.text)
    start = town.clock.now() + 3_600_000
    town.do(AnnounceMaintenance("new disks", start, start + 3_600_000, "ana", "production"))
    assert [one.components for one in town.page().upcoming] == [("Shop", "Checkout")]


def test_a_component_that_there_is_not_is_refused_with_those_there_are() -> None:
    town = Town()
    with pytest.raises(Refused, match="no component `shopp`"):
        announce(town, "shopp")
    assert town.page().planned == ()


def test_components_are_refused_where_the_page_shows_no_maintenance_of_the_team() -> None:
    town = Town(STATUS.replace('title = "Harbour"', 'title = "Harbour"\nwindows = false'))
    with pytest.raises(Refused, match="shows no maintenance but that of the bindings"):
        announce(town, "shop")


def test_public_words_for_something_else_at_that_time_stand_beside_it() -> None:
    town = Town(STATUS + MAINTENANCE)
    announce(town, "mail")
    assert [one.components for one in town.page().planned] == [("Shop", "Checkout"), ("Order e-mails",)]


def test_the_console_offers_the_boxes_and_tells_what_was_ticked() -> None:
    served = opened()
    operator = signed_in(served, Role.operator, name="ana", person="ana")
    form = operator.get("/maintenance").text
    assert re.findall(r'name="components" value="(\w+)"', form) == ["shop", "checkout", "search", "mail"]
    start = rfc3339(after(served.now(), 3600))[:16]
    typed = {"what": "move db-7", "start": start, "lasts": "2h", "by": "ana"}
    for ticked in (["search"], ["shop", "mail"], []):
        done = operator.post("/maintenance", data={**typed, "components": ticked}, follow_redirects=False)
        assert done.status_code == 303
    announced = served.state("maintenance").announced.values()
    assert [one.components for one in announced] == [("search",), ("shop", "mail"), ()]
    assert "On the status page: Shop, Order e-mails" in operator.get("/maintenance").text


def test_the_api_takes_them_and_names_those_there_are() -> None:
    served = opened()
    operator = signed_in(served, Role.operator, name="ana", person="ana")
    body = {"what": "move db-7", "start": rfc3339(after(served.now(), 3600)), "seconds": 3600, "by": "ana"}
    made = operator.post("/api/v1/maintenance", json={**body, "components": ["mail"]})
    assert (made.status_code, made.json()["components"]) == (201, ["mail"])
    refused = operator.post("/api/v1/maintenance", json={**body, "components": ["shopp"]})
    assert (refused.status_code, refused.json()["type"]) == (404, "unknown_component")
    hint = "did you mean `shop`? [status.components] has shop, checkout, search, mail"
    assert refused.json()["hint"] == hint
