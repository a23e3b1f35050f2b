"""A team with a rotation: who is paged when, and what is wrong with it before anybody is needed."""

from opsguide.guide.promise import Promise
from opsguide.guide.values import Severity, Step
from opsguide.incidents.commands import Open
from opsguide.incidents.facts import PageImpossible
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent
from opsguide.kernel.part import Command
from tests.world import World, a_promise

ROUTE = "incidents.route.on_call.core_platform"
PEOPLE = """
zone = "Europe/Bucharest"
[environments.production]
url = "https://harbour.example/health"
[channels.phone]
url = "json://127.0.0.1:1/phone"
[people.ana]
channels = ["phone"]
[people.bogdan]
channels = ["phone"]
[teams.core-platform]
members = ["ana", "bogdan"]
"""
WEEKLY = """
[[rotations.core-platform.layers]]
members = ["ana", "bogdan"]
start = 2026-11-16
"""
OFFICE = f"""{WEEKLY}days = ["MO", "TU", "WE", "TH", "FR"]
hours = "09:00-17:00"
"""
DOWN: Command = Open(
    key="environment:production", title="down", reason="3 probes failed", condition="system_down"
)


def a_step() -> Promise:
    step = Step(route="on-call", step=1, to="@core-platform")
    return a_promise(ROUTE, step, keeper="incidents", control="route")


def world(bindings: str) -> World:
    """A Monday, 05:00 in Bucharest."""
    made = World()
    made.adopt([a_step()], PEOPLE + bindings)
    return made


def told(facts: list[Data]) -> list[str]:
    return [
        fact.args["person"] for fact in facts if isinstance(fact, Intent) and fact.args["channel"] == "inbox"
    ]


def test_who_has_the_shift_is_told_and_not_the_first_of_the_team() -> None:
    made = world(WEEKLY)
    assert told(made.do(DOWN)) == ["ana"]  # her turn of 16 November lasts until Monday at nine
    later = world(WEEKLY)
    later.pass_time(5 * 3600)
    assert told(later.do(DOWN)) == ["bogdan"]


def test_an_override_goes_before_the_turn() -> None:
    swap = """
[[rotations.core-platform.overrides]]
person = "bogdan"
start = 2026-11-23T00:00:00
end = 2026-11-23T08:00:00
"""
    assert told(world(WEEKLY + swap).do(DOWN)) == ["bogdan"]


def test_a_time_with_nobody_is_seen_while_there_is_still_somebody() -> None:
    made = world(OFFICE)
    made.pass_time(5 * 3600)
    found = made.standing(ROUTE)
    assert found.kind == "at_risk"
    assert "nobody is on call from 2026-11-23T15:00:00.000Z to 2026-11-24T07:00:00.000Z" in found.reason


def test_with_nobody_on_call_the_route_is_broken_and_a_page_says_why_it_is_impossible() -> None:
    made = world(OFFICE)
    assert made.standing(ROUTE).kind == "broken"
    impossible = [fact for fact in made.do(DOWN) if isinstance(fact, PageImpossible)]
    assert impossible[0].reason.startswith(
        "nobody is on call in [rotations.core-platform] until 2026-11-23T07:00"
    )


def test_a_holiday_leaves_a_layer_with_days_out() -> None:
    made = world(OFFICE + "[rotations.core-platform]\nholidays = [2026-11-23]\n")
    made.pass_time(5 * 3600)
    assert made.standing(ROUTE).kind == "broken"


def test_somebody_in_the_rotation_whom_no_channel_reaches_is_a_risk() -> None:
    made = world(WEEKLY.replace('"bogdan"]', '"bogdan", "carmen"]') + "[people.carmen]\n")
    found = made.standing(ROUTE)
    assert (found.kind, found.reason) == ("at_risk", "no channel reaches carmen outside the console")


def test_a_rotation_without_holes_is_unproven_until_a_page_has_gone_that_way() -> None:
    made = world(WEEKLY)
    assert made.standing(ROUTE).kind == "unproven"
    made.do(DOWN)  # the guide defines no severity: a ticket
    made.deliver()
    assert made.standing(ROUTE).kind == "unproven", "what lies in the inbox has woken nobody"
    critical = Severity(severity="critical", label="Critical", definition="System down", order=1)
    defined = a_promise("incidents.severity.critical", critical, keeper="incidents", control="declaration")
    made.adopt([a_step(), defined], PEOPLE + WEEKLY)
    made.do(Open(key="other", title="down", reason="r", severity="critical"))
    made.deliver()
    assert made.standing(ROUTE).kind == "kept"


def test_a_layer_covers_its_part_of_time_by_the_clock_of_its_own_zone() -> None:
    layer = """
[[rotations.core-platform.layers]]
members = ["bogdan"]
start = 2026-11-16
hours = "03:00-12:00"
zone = "Asia/Kolkata"
since = 2026-11-23T00:00:00
until = 2026-11-24T00:00:00
"""
    made = world(WEEKLY + layer)  # 05:00 in Bucharest is 08:30 in Kolkata
    assert told(made.do(DOWN)) == ["bogdan"]
    assert told(world(WEEKLY + layer.replace("12:00", "08:00")).do(DOWN)) == ["ana"]
    assert told(world(WEEKLY + layer.replace("11-24T00", "11-23T08")).do(DOWN)) == ["ana"]
    assert told(world(WEEKLY + layer.replace("11-23T00", "11-23T09")).do(DOWN)) == ["ana"]


def test_one_person_may_have_several_turns_of_a_round() -> None:
    twice = WEEKLY.replace('["ana", "bogdan"]', '["ana", "ana", "bogdan"]').replace("11-16", "11-09")
    assert told(world(twice).do(DOWN)) == ["ana"]
    assert told(world(twice.replace("11-09", "11-02")).do(DOWN)) == ["bogdan"]
