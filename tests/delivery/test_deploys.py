"""Deploys are announced, and stand beside the incidents that they may have caused."""

import pytest

from opsguide.delivery.commands import AnnounceDeploy
from opsguide.delivery.deploys import near
from opsguide.incidents.commands import Open
from opsguide.kernel.errors import Refused
from tests.cast import ERRORS, harbour
from tests.incidents.test_http import browser, seen
from tests.web.served import Served

RUNBOOKS = """
[runbooks]
high_error_rate = "https://wiki.example/errors"
"""


def deployed(**more: str) -> AnnounceDeploy:
    return AnnounceDeploy(environment="Production", version="1.4.2", by="ana", **more)


def test_those_of_the_two_hours_before_are_near_the_latest_first() -> None:
    world = harbour()
    for hours in (0, 1, 2):
        world.do(AnnounceDeploy("production", f"1.{hours}", "ana"))
        world.pass_time(3600)
    found = near(world.engine.state("delivery").deploys, world.clock.now())
    assert [one.version for one in found] == ["1.2", "1.1"]
    assert world.restart().engine.state("delivery") == world.engine.state("delivery")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (AnnounceDeploy(" ", "1", "ana"), "needs an environment"),
        (AnnounceDeploy("production", "", "ana"), "needs an environment and a version"),
        (deployed(url="javascript:alert(1)"), "no http"),
        (deployed(url="http:"), "no http"),
        (deployed(url="https:///path"), "no http"),
    ],
)
def test_what_is_no_deploy_is_refused(command: AnnounceDeploy, why: str) -> None:
    with pytest.raises(Refused, match=why):
        harbour().do(command)


def test_announced_twice_with_one_key_it_is_one() -> None:
    served = Served()
    body = {"environment": "production", "version": "1.4.2", "by": "ci", "url": "https://ci.example/7"}
    with browser(served) as client:
        first, again = (
            client.post("/api/v1/deploys", json=body, headers={"Idempotency-Key": "run-7"}) for _ in range(2)
        )
        assert (first.status_code, again.json()) == (201, first.json())
        assert client.get("/api/v1/deploys").json()["items"] == [first.json()]
        bad = client.post("/api/v1/deploys", json={**body, "url": "ftp://x"})
    assert (bad.status_code, bad.json()["type"]) == (400, "malformed_url")


def test_an_incident_shows_its_runbook_and_the_deploys_before_it() -> None:
    served = Served()
    served.adopt(more_bindings=RUNBOOKS)
    served.do(deployed(url="https://ci.example/7"))
    served.clock.advance(600)
    labels, bad = {"alert": "high_error_rate"}, "javascript:alert(1)"
    served.do(Open("a", "errors", "12 %", severity="critical", promise=ERRORS, labels=labels, runbook=bad))
    with browser(served) as client:
        page = client.get("/incidents/INC-1").text
    assert 'href="https://ci.example/7"' in page
    assert "10 m before" in page
    assert 'href="https://wiki.example/errors"' in page
    assert "javascript:" not in page


def test_without_a_deploy_nothing_is_said() -> None:
    served = Served()
    served.adopt()
    served.go_down()
    assert "before" not in seen(served, "/incidents/INC-1")
