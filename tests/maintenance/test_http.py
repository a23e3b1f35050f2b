"""Maintenance in the console and the API: what the page says, the buttons, and where else it shows."""

from opsguide.guide.values import Window
from opsguide.kernel.clock import after, rfc3339
from tests.cast import PROMISES
from tests.incidents.test_http import browser, seen
from tests.incidents.test_page_contents import near
from tests.web.served import Served
from tests.world import a_promise

# The cast's clock stands at Monday 23 November 2026, 03:00 UTC; the window is daily, announced an hour ahead.
DAILY = a_promise(
    "maintenance.window.nightly",
    Window(
        window="nightly",
        rrule="FREQ=DAILY",
        start="02:00",
        end="08:00",
        zone="UTC",
        max_seconds=14400,
        notice_seconds=3600,
    ),
    keeper="maintenance",
    line=7,
)


def guided() -> Served:
    served = Served()
    served.adopt(promises=[*PROMISES, DAILY])
    return served


def body(served: Served, hours: float = 2, **more: object) -> dict[str, object]:
    start = rfc3339(after(served.now(), hours * 3600))
    return {"what": "upgrade PostgreSQL", "start": start, "seconds": 3600, "by": "ana", **more}


def test_announced_it_stands_on_its_page_on_now_and_on_call_and_where_an_incident_opens_in_it() -> None:
    served = guided()
    assert "No maintenance was announced yet" in seen(served, "/maintenance")
    with browser(served) as client:
        made = client.post("/api/v1/maintenance", json=body(served))
        assert (made.status_code, made.json()["state"]) == (201, "planned")
        assert client.get("/api/v1/maintenance").json()["items"] == [made.json()]
    for page in ("/maintenance", "/now", "/on-call"):
        assert "upgrade PostgreSQL" in seen(served, page)
    served.clock.advance(2 * 3600 + 60)
    served.go_down()
    assert "Maintenance /maintenance until 06:00 UTC" in seen(served, "/")
    assert "upgrade PostgreSQL: opened during maintenance" in seen(served, "/incidents/INC-1")
    assert "Running" in seen(served, "/maintenance")
    served.clock.advance(2 * 3600)
    assert "Nothing is planned. Over MNT-1" in seen(served, "/maintenance")
    assert "upgrade" not in seen(served, "/now")


def test_a_hand_off_tells_of_what_falls_into_the_shift_on_its_page_and_in_its_message() -> None:
    served = Served()
    weekly = '[[rotations.core-platform.layers]]\nmembers = ["ana", "bogdan"]\nstart = 2026-11-16\n'
    served.adopt(promises=[*PROMISES, DAILY], more_bindings=weekly)
    with browser(served) as client:
        client.post("/api/v1/maintenance", json=body(served))
        client.post("/api/v1/maintenance", json=body(served, 25, what="move the racks"))
    page = seen(served, "/on-call/handoff/core-platform")
    assert "Maintenance in this shift" in page
    assert "MNT-1 upgrade PostgreSQL, Mon 23 Nov 05:00 to Mon 23 Nov 06:00" in page
    assert "move the racks" not in page
    found = near(served).maintenance(served.now(), after(served.now(), 6 * 3600))
    assert [one.text for one in found] == ["MNT-1: upgrade PostgreSQL"]


def test_what_the_guide_does_not_allow_is_refused_unless_it_is_wanted() -> None:
    served = guided()
    with browser(served) as client:
        late = client.post("/api/v1/maintenance", json=body(served, 0.5))
        assert (late.status_code, late.json()["type"]) == (409, "too_late")
        assert "asks for 1 h of notice" in late.json()["detail"]
        assert "announce it anyway" in late.json()["hint"]
        made = client.post("/api/v1/maintenance", json=body(served, 0.5, anyway=True))
        assert made.json()["breaks"] == ["it begins 30 m from now; line 7 asks for 1 h of notice"]
        gone = client.post("/api/v1/maintenance/MNT-9/cancel", json={"by": "ana"})
        assert (gone.status_code, gone.json()["type"]) == (404, "unknown_maintenance")
    assert "Its downtime counts" in seen(served, "/maintenance")


def test_the_forms_announce_and_cancel() -> None:
    served = guided()
    form = {"what": "new disks", "start": "2026-11-23T05:00", "lasts": "1h", "window": "", "by": "ana"}
    with browser(served) as client:
        assert client.post("/maintenance", data=form).status_code == 200
        assert "new disks" in seen(served, "/maintenance")
        assert client.post("/maintenance", data={**form, "start": "tomorrow"}).status_code == 400
        assert client.post("/maintenance", data={**form, "lasts": "9y"}).status_code == 400
        assert client.post("/maintenance/MNT-1/cancel", data={"by": "ana"}).status_code == 200
    assert "it did not take place by ana" in seen(served, "/maintenance")
    assert "new disks" not in seen(served, "/now")


def test_the_page_of_a_guide_without_windows_says_how_to_write_one() -> None:
    assert "48 hours advance notice" in seen(Served(), "/maintenance")
