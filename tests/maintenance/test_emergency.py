"""Emergency maintenance: asked for, approved by whom the guide names, and then an incident with its duties."""

import pytest

from opsguide.guide.values import Rule
from opsguide.incidents.commands import Resolve
from opsguide.incidents.postmortem.facts import PostmortemRequired
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent
from opsguide.kernel.part import Command
from opsguide.maintenance.commands import ApproveEmergency, AskEmergency, BeginEmergency, CancelMaintenance
from opsguide.maintenance.facts import EmergencyEnded
from opsguide.maintenance.status import state_in_words
from tests.cast import BINDINGS, PROMISES
from tests.incidents.test_http import browser, seen
from tests.web.served import Served
from tests.world import World, a_promise

APPROVAL = "maintenance.rule.approval"
POSTMORTEM = "maintenance.rule.post_mortem"
LIVE = "maintenance.rule.communication"
HOUR = 3600.0
CTO = """
[people.vera]
channels = ["vera-phone"]
[teams.cto]
members = ["vera"]
[channels.vera-phone]
url = "json://127.0.0.1:9/vera"
"""
LIMIT = f'[limits]\n"{LIVE}" = "30m"\n'
RULES = [
    a_promise(
        APPROVAL,
        Rule(rule="approval", demands=("approval", "required"), by="CTO"),
        keeper="maintenance",
        control="gate",
        line=30,
    ),
    a_promise(
        LIVE, Rule(rule="communication", demands=("real_time",)), keeper="maintenance", control="invariant"
    ),
    a_promise(
        POSTMORTEM, Rule(rule="post_mortem", demands=("required",)), keeper="maintenance", control="invariant"
    ),
]


def guided(more: str = CTO) -> World:
    world = World()
    world.adopt([*PROMISES, *RULES], BINDINGS + more + LIMIT)
    return world


def asked(world: World) -> list[Data]:
    return world.do(AskEmergency("fail over, a disk is dying", HOUR, "ana"))


def refused(world: World, command: Command) -> str:
    with pytest.raises(Refused) as caught:
        world.do(command)
    return caught.value.reason


def state_of(world: World) -> str:
    return state_in_words(world.engine.state("maintenance").announced["MNT-1"], world.clock.now())


def told(facts: list[Data]) -> dict[str, str]:
    """Who is told what, in short."""
    return {f.args["person"]: f.args["title"] for f in facts if isinstance(f, Intent) and f.deed == "news"}


def test_whom_the_guide_names_is_asked_and_approves_and_then_it_begins() -> None:
    world = guided()
    assert world.standing(APPROVAL).reason == "there was no emergency maintenance yet"
    assert told(asked(world)) == {"vera": "MNT-1 waits for your approval"}
    assert refused(world, BeginEmergency("MNT-1", "ana")) == "not_approved"
    assert refused(world, ApproveEmergency("MNT-1", "bogdan")) == "not_approver"
    approved = world.do(ApproveEmergency("MNT-1", "vera", "if the backup is there"))
    assert told(approved) == {"ana": "MNT-1 is approved"}
    world.do(BeginEmergency("MNT-1", "ana"))
    assert world.standing(APPROVAL).kind == "kept"
    assert refused(world, BeginEmergency("MNT-1", "ana")) == "already_begun"
    assert world.restart().engine.states == world.engine.states


def test_nobody_approves_what_they_asked_for() -> None:
    world = guided()
    world.do(AskEmergency("fail over", HOUR, "vera"))
    assert refused(world, ApproveEmergency("MNT-1", "vera")) == "own_work"


def test_an_approval_counts_for_a_day() -> None:
    world = guided()
    asked(world)
    world.do(ApproveEmergency("MNT-1", "vera"))
    assert state_of(world) == "approved"
    world.pass_time(25 * HOUR)
    assert refused(world, BeginEmergency("MNT-1", "ana")) == "not_approved"
    assert state_of(world) == "asked"
    world.do(ApproveEmergency("MNT-1", "vera"))
    world.do(BeginEmergency("MNT-1", "ana"))


def test_begun_without_the_approval_it_breaks_the_line_and_says_why() -> None:
    world = guided()
    asked(world)
    world.do(BeginEmergency("MNT-1", "ana", anyway=True))
    standing = world.standing(APPROVAL)
    assert (standing.kind, standing.reason) == ("broken", "MNT-1: CTO did not approve it")


def test_where_nobody_is_behind_the_name_the_line_is_unbound() -> None:
    standing = guided("").standing(APPROVAL)
    assert (standing.kind, standing.missing) == ("unbound", "teams.cto.members")


def test_it_is_an_incident_with_updates_and_a_post_mortem_and_its_downtime_counts() -> None:
    world = guided()
    asked(world)
    world.do(ApproveEmergency("MNT-1", "vera"))
    world.do(BeginEmergency("MNT-1", "ana"))
    (incident,) = world.engine.state("incidents").open.values()
    assert (incident.kind, incident.title) == ("emergency_maintenance", "Emergency maintenance MNT-1")
    assert incident.acknowledged_by == "ana"
    assert "window.open" not in world.engine.conditions(world.clock.now())
    world.pass_time(31 * 60)
    assert world.standing(LIVE).kind == "broken"
    facts = world.pass_time(HOUR)
    assert [f.maintenance for f in facts if isinstance(f, EmergencyEnded)] == ["MNT-1"]
    assert [f.promise for f in facts if isinstance(f, PostmortemRequired)] == [POSTMORTEM]
    assert world.standing(POSTMORTEM).kind == "at_risk"


def test_ended_before_its_time_its_incident_is_over_too() -> None:
    world = guided()
    asked(world)
    world.do(BeginEmergency("MNT-1", "ana", anyway=True))
    world.pass_time(600)
    world.do(CancelMaintenance("MNT-1", "ana"))
    assert next(iter(world.engine.state("incidents").open.values())).recovered_at is not None
    assert not [f for f in world.pass_time(2 * HOUR) if isinstance(f, EmergencyEnded)]


def test_what_nobody_needs_any_more_is_cancelled_however_late() -> None:
    world = guided()
    asked(world)
    world.pass_time(3 * HOUR)
    world.do(CancelMaintenance("MNT-1", "ana"))
    assert refused(world, ApproveEmergency("MNT-1", "vera")) == "already_cancelled"
    assert world.engine.state("incidents").open == {}


def test_where_the_guide_names_nobody_it_begins_at_once() -> None:
    world = World()
    world.adopt(PROMISES, BINDINGS)
    asked(world)
    assert refused(world, ApproveEmergency("MNT-1", "ana")) == "no_approval"
    world.do(BeginEmergency("MNT-1", "ana"))
    assert [one.kind for one in world.engine.state("incidents").open.values()] == ["emergency_maintenance"]
    world.do(Resolve("INC-1", "ana"))


def test_asked_approved_and_begun_in_the_console() -> None:
    served = Served()
    served.adopt(promises=[*PROMISES, *RULES], more_bindings=CTO)
    with browser(served) as client:
        form = {"what": "fail over", "lasts": "1h", "by": "ana"}
        assert client.post("/maintenance/emergency", data=form).status_code == 200
        assert "Waits for CTO to approve it" in seen(served, "/maintenance")
        assert "MNT-1" not in seen(served, "/now")
        client.post("/maintenance/MNT-1/approve", data={"by": "vera", "note": "if the backup is there"})
        assert "Approved by vera" in seen(served, "/maintenance")
        client.post("/maintenance/MNT-1/begin", data={"by": "ana"})
        told = client.get("/api/v1/maintenance").json()["items"][0]
    assert (told["state"], told["emergency"], told["approved_by"]) == ("running", True, "vera")
    assert "Emergency maintenance MNT-1" in seen(served, "/incidents")
    assert "fail over (an emergency)" in seen(served, "/now")


def test_an_approval_that_counts_no_more_can_be_given_again_in_the_console() -> None:
    served = Served()
    served.adopt(promises=[*PROMISES, *RULES], more_bindings=CTO)
    served.do(AskEmergency("fail over", HOUR, "ana"))
    served.do(ApproveEmergency("MNT-1", "vera"))
    assert "Begin now" in seen(served, "/maintenance")
    served.clock.advance(25 * HOUR)
    page = seen(served, "/maintenance")
    assert "Waits for CTO to approve it" in page
    assert "vera approved, which counts no more" in page
    assert "Begin now" not in page
