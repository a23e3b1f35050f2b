"""The page Now: what burns, who has it, how long is left, who is called."""

from litestar.testing import TestClient

from opsguide.incidents.commands import Acknowledge, Open, Resolve
from opsguide.web.shell import OWN_LINKS
from tests.cast import P95, UPTIME
from tests.web.html import text_of
from tests.web.served import Served, harbour

BASE = "http://127.0.0.1:8470"


def seen(served: Served) -> str:
    with TestClient(served.app, base_url=BASE) as client:
        answer = client.get("/now")
    assert answer.status_code == 200
    return text_of(answer.text.split('<main id="main"', 1)[1].split(">", 1)[1].split("</main>")[0])


def test_on_a_calm_day_it_says_so_and_who_would_be_called() -> None:
    shown = seen(harbour())
    assert "Nothing burns." in shown
    assert "No line of the guide is broken or at risk." in shown
    assert "1. @core-platform ana 2. @core-frontend bogdan" in shown


def test_the_incident_that_nobody_has_stands_first_with_its_clocks() -> None:
    served = harbour()
    served.do(Open(key="a", title="slow pages", reason="p95 is high", severity="high"))
    served.do(Acknowledge("INC-1", "bogdan"))
    served.clock.advance(60)
    served.go_down()
    served.clock.advance(300)
    shown = seen(served)
    assert shown.index("production is down") < shown.index("slow pages")
    assert "Not acknowledged" in shown
    assert "acknowledge 10 m left" in shown
    assert "bogdan has it" in shown


def test_a_clock_that_ran_out_says_so() -> None:
    served = harbour()
    served.go_down()
    served.clock.advance(16 * 60)
    served.do(Open(key="b", title="another", reason="so that the engine looks again", severity="high"))
    assert "acknowledge ran out" in seen(served)


def test_every_line_that_is_not_kept_is_listed_with_who_has_it() -> None:
    served = harbour()
    served.evidence(P95, "at_risk", "190 ms", "200 ms")
    served.evidence(UPTIME, "broken", "97 %", "99.9 %")
    served.go_down()
    shown = seen(served)
    assert shown.index("97 % / 99.9 %") < shown.index("190 ms / 200 ms")
    assert "INC-1, nobody has it" in shown


def test_what_is_on_its_way_is_counted_and_what_fails_is_said() -> None:
    served = harbour()
    served.reached.failing = True
    served.go_down()
    assert "failing and tried again" in seen(served)
    served.do(Resolve("INC-1", "ana", "over"))
    left = seen(served)
    assert "failing and tried again" not in left
    assert "1 message on the way" in left, "the digest of what Ana was never told"


def test_without_a_guide_it_says_how_to_start_with_one() -> None:
    assert "opsguide serve" in seen(Served())


def test_no_two_pages_have_the_same_key() -> None:
    keys = [link.key for part in Served().pages for link in part.links if link.key]
    keys += [link.key for link in OWN_LINKS if link.key]
    assert len(keys) == len(set(keys)), sorted(keys)
