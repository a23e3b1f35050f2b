"""How being on call was shared: hours as they were stood, a page once, nights where the person sleeps."""

from typing import Any
from zoneinfo import ZoneInfo

from litestar.testing import TestClient

from opsguide.guide.values import Severity
from opsguide.identity.permissions import Role
from opsguide.incidents.commands import Open
from opsguide.incidents.load import Load, loads
from opsguide.kernel.clock import Instant
from tests.incidents.test_handoffs import HOUR
from tests.incidents.test_overrides import cover
from tests.incidents.test_overrides_http import WEEKLY as SERVED_WEEKLY
from tests.incidents.test_roster import PEOPLE, WEEKLY, world
from tests.web.served import Served
from tests.web.signed_in import signed_in
from tests.world import World, a_promise

ZONE = ZoneInfo("Europe/Bucharest")


def loaded(made: World, start: Instant, zone: ZoneInfo = ZONE) -> dict[str, Load]:
    found = loads({}, made.history, start, made.clock.now(), lambda _person: zone)
    return {one.person: one for one in found}


def paging_world() -> World:
    """The team's world in which critical incidents page."""
    made = world(WEEKLY)
    severity = Severity(
        severity="critical", label="Critical", definition="System down", order=1, conditions=("system_down",)
    )
    promises = [*made.engine.state("incidents").promises.values()]
    promises.append(
        a_promise("incidents.severity.critical", severity, keeper="incidents", control="declaration")
    )
    made.adopt(promises, PEOPLE + WEEKLY + '[paging]\nrepeat_after = "off"\n')
    return made


def page(made: World, key: str) -> None:
    made.do(Open(key=key, title=key, reason="r", severity="critical"))
    made.deliver()
    made.pass_time(1)


def test_hours_and_shifts_are_those_that_were_stood() -> None:
    made = world(WEEKLY)
    start = made.clock.now()
    cover(made, "bogdan", 1)
    made.pass_time(10 * HOUR)  # bogdan 1 h, ana 3 h, bogdan from nine on
    found = loaded(made, start)
    assert (found["ana"].hours, found["ana"].shifts) == (3.0, 1)
    assert (found["bogdan"].hours, found["bogdan"].shifts) == (7.0, 2)


def test_a_page_counts_once_and_a_night_once() -> None:
    made = paging_world()
    start = made.clock.now()
    page(made, "one")
    page(made, "two")
    found = loaded(made, start)["ana"]
    assert (len(found.pages), len(found.nights)) == (2, 1)
    made.pass_time(3 * HOUR)
    page(made, "three")  # eight in the morning
    found = loaded(made, start)["ana"]
    assert (len(found.pages), len(found.nights)) == (3, 1)


def test_a_night_is_where_the_person_sleeps() -> None:
    made = paging_world()
    start = made.clock.now()
    page(made, "one")  # 05:00 in Bucharest, 12:00 in Tokyo
    assert not loaded(made, start, ZoneInfo("Asia/Tokyo"))["ana"].nights


def test_what_was_not_taken_is_no_page() -> None:
    made = paging_world()
    start = made.clock.now()
    made.do(Open(key="one", title="one", reason="r", severity="critical"))
    made.deliver("failed")
    made.pass_time(1)
    assert not loaded(made, start)["ana"].pages


def test_the_page_the_file_and_the_api_say_the_same() -> None:
    served = Served()
    served.adopt(more_bindings=SERVED_WEEKLY)
    served.go_down()
    served.clock.advance(6 * HOUR)
    settle_tick(served)
    served.clock.advance(60)
    client = signed_in(served, Role.responder, name="ana", person="ana")
    found = client.get("/api/v1/on-call/load").json()["items"]
    assert [(one["person"], one["pages"], one["nights_woken"]) for one in found] == [
        ("ana", 1, 1),
        ("bogdan", 0, 0),
    ]
    assert "nights_woken" in client.get("/on-call/load.csv").text
    shown = client.get("/on-call/load").text
    assert "Load of being on call" in shown
    assert client.get("/on-call/load", params={"start": "nonsense"}).status_code == 400
    assert client.get("/on-call/load", params={"start": "2030-01-01"}).status_code == 400


def settle_tick(served: Served) -> None:
    """Whatever is due is decided."""
    served.do(Open(key="later", title="later", reason="r", severity="medium"))


def test_the_hand_off_is_a_page() -> None:
    served = Served()
    served.adopt(more_bindings=SERVED_WEEKLY)
    served.go_down()
    client: TestClient[Any] = signed_in(served, Role.viewer, name="vera")
    shown = client.get("/on-call/handoff/core-platform").text
    assert "is on call for core-platform" in shown
    assert "/incidents/INC-1" in shown
    assert client.get("/on-call/handoff/zoo").status_code == 404
    assert client.get("/on-call/load").status_code == 403
