"""Nobody on call, or somebody whom no channel reaches: a ticket is opened while there is time, and closes by itself."""

from opsguide.guide.values import Severity, Step
from opsguide.incidents.commands import NoteTest, Resolve
from opsguide.incidents.coverage.facts import CoverageAlarmed, CoverageNear, CoverageRestored
from opsguide.incidents.coverage.rules import gaps
from opsguide.incidents.facts import IncidentOpened, PageImpossible
from opsguide.incidents.handoffs.letter import compose
from opsguide.incidents.overrides.commands import MakeOverride
from opsguide.incidents.process.commands import AddTask, ChangeTask
from opsguide.kernel.clock import parse_instant
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent, Outcome
from tests.incidents.test_handoffs import around, told
from tests.incidents.test_overrides import TEAM, state
from tests.incidents.test_roster import DOWN, OFFICE, PEOPLE, ROUTE, WEEKLY, a_step, world
from tests.world import World, a_promise

DAY = 86_400.0
CHRISTMAS = """
[[rotations.core-platform.layers]]
members = ["bogdan", "ana"]
start = 2026-11-16
until = 2027-01-15T18:00:00

[[rotations.core-platform.layers]]
members = ["ana", "bogdan"]
start = 2026-11-16
since = 2027-01-18T09:00:00
"""
"""From Friday 15 January, 18:00 in Bucharest, until Monday 18, 9:00, there is nobody: 53 days ahead."""


def alarms(facts: list[Data]) -> list[CoverageAlarmed]:
    return [one for one in facts if isinstance(one, CoverageAlarmed)]


def open_tickets(made: World) -> dict[str, str]:
    return {one.title: one.reason for one in state(made).open.values()}


def everything(made: World) -> list[Data]:
    return [one.fact.data for one in made.history]


def cover(made: World, start: str, end: str) -> list[Data]:
    return made.do(MakeOverride(TEAM, "bogdan", parse_instant(start), parse_instant(end), by="bogdan"))


def test_a_hole_opens_a_ticket_thirty_days_before_it_and_not_earlier() -> None:
    made = world(CHRISTMAS)
    assert not alarms(made.pass_time(23 * DAY))
    assert made.engine.wake is not None
    found = alarms(made.pass_time(DAY))
    assert [(one.alarm, one.person, one.start - 30 * 86_400_000 <= made.clock.now()) for one in found] == [
        ("hole/core-platform", "", True)
    ]
    assert open_tickets(made) == {
        "core-platform: nobody is on call at times": "nobody is on call from 2027-01-15T16:00:00.000Z to "
        "2027-01-18T07:00:00.000Z in [rotations.core-platform]; unspecified: the guide defines no severity "
        "'unspecified': bind it under [severities]"
    }
    at = next(one.fact.at for one in made.history if isinstance(one.fact.data, CoverageAlarmed))
    assert at == parse_instant("2026-12-16T16:00:00Z")


def test_how_far_ahead_is_looked_is_bound() -> None:
    made = world(CHRISTMAS + '[oncall]\nwarn_ahead = "60d"\n')
    assert [one.alarm for one in alarms(everything(made))] == ["hole/core-platform"]
    near = world(CHRISTMAS + '[oncall]\nwarn_ahead = "2d"\n')
    assert not alarms(near.pass_time(51 * DAY))
    assert near.standing(ROUTE).kind == "unproven"
    assert alarms(near.pass_time(DAY))
    assert near.standing(ROUTE).kind == "at_risk"


def test_whoever_is_on_call_and_the_first_of_the_team_are_told_once_through_a_channel() -> None:
    made = world(CHRISTMAS)
    happened = made.pass_time(24 * DAY)
    letters = told(happened, "coverage")
    assert [(one.args["person"], one.args["channel"]) for one in letters] == [
        ("bogdan", "phone"),
        ("ana", "phone"),
    ]
    page = compose(state(made), letters[0], around(), made.clock.now())
    assert page.title == "core-platform: nobody on call from Fri 15 Jan 18:00"
    assert page.body == (
        "Nobody is on call for core-platform, Fri 15 Jan 18:00 to Mon 18 Jan 09:00 (Europe/Bucharest).\n"
        "Stand in, or see the schedule: https://ops.example/on-call"
    )
    later = made.restart()
    assert not told(later.pass_time(DAY), "coverage")


def test_the_ticket_lies_in_the_inbox_of_who_is_on_call() -> None:
    made = world(CHRISTMAS)
    happened = made.pass_time(24 * DAY)
    pages = [one for one in happened if isinstance(one, Intent) and one.deed == "page"]
    assert [(one.args["person"], one.args["channel"]) for one in pages] == [("bogdan", "inbox")]


def test_it_closes_by_itself_when_somebody_takes_the_time_over() -> None:
    made = world(CHRISTMAS)
    made.pass_time(24 * DAY)
    part = cover(made, "2027-01-16T12:00:00Z", "2027-01-18T07:00:00Z")
    assert not [one for one in part if isinstance(one, CoverageRestored)]
    whole = cover(made, "2027-01-15T16:00:00Z", "2027-01-16T12:00:00Z")
    assert [one.alarm for one in whole if isinstance(one, CoverageRestored)] == ["hole/core-platform"]
    made.pass_time(600)
    assert not state(made).open
    assert not alarms(made.pass_time(60 * DAY))


def test_it_closes_by_itself_when_the_hole_is_over_and_nobody_mended_it() -> None:
    made = world(CHRISTMAS)
    happened = made.pass_time(60 * DAY)
    assert len(alarms(happened)) == 1
    assert [one.reason for one in happened if isinstance(one, CoverageRestored)] == [
        "there is no such time until 2027-02-17T07:00:00.000Z"
    ]
    assert not state(made).open


def test_one_that_was_resolved_by_hand_stays_so_until_it_was_mended_once() -> None:
    made = world(CHRISTMAS)
    made.pass_time(24 * DAY)
    made.do(Resolve("INC-1", "ana", "we are closed then"))
    assert not [one for one in made.pass_time(10 * DAY) if isinstance(one, IncidentOpened)]


def test_a_hole_that_has_begun_opens_a_ticket_that_breaks_no_route_by_itself() -> None:
    made = world(OFFICE)
    assert alarms(everything(made))
    assert not [one for one in everything(made) if isinstance(one, PageImpossible)]
    delivered = [one for one in everything(made) if isinstance(one, Intent) and one.deed == "page"]
    assert [(one.args["person"], one.args["channel"]) for one in delivered] == [("ana", "inbox")]


def test_what_nobody_mended_is_told_once_more_the_day_before() -> None:
    made = world(CHRISTMAS)
    made.pass_time(24 * DAY)
    happened = made.pass_time(30 * DAY)
    assert len([one for one in happened if isinstance(one, CoverageNear)]) == 1
    letters = told(happened, "coverage")
    assert {one.args["person"] for one in letters} == {"ana", "bogdan"}
    page = compose(state(made), letters[0], around(), made.clock.now())
    assert page.title == "core-platform: nobody on call within a day"
    at = next(one.fact.at for one in made.history if isinstance(one.fact.data, CoverageNear))
    assert at == parse_instant("2027-01-14T16:00:00Z")


def test_what_somebody_decided_to_leave_is_not_told_again() -> None:
    made = world(CHRISTMAS)
    made.pass_time(24 * DAY)
    made.do(Resolve("INC-1", "ana", "we are closed then"))
    assert not told(made.pass_time(30 * DAY), "coverage")


def test_what_is_found_less_than_a_day_before_is_told_once() -> None:
    made = world(CHRISTMAS + '[oncall]\nwarn_ahead = "6h"\n')
    happened = made.pass_time(54 * DAY)
    assert len(alarms(happened)) == 1
    assert not [one for one in happened if isinstance(one, CoverageNear)]


def test_office_hours_are_one_alarm_and_not_one_a_night() -> None:
    made = world(OFFICE)
    assert not alarms(made.pass_time(14 * DAY))
    assert len(open_tickets(made)) == 1


CARMEN = """
[people.carmen]
[[rotations.core-platform.overrides]]
person = "carmen"
start = 2027-01-10T00:00:00
end = 2027-01-11T00:00:00
"""


def test_somebody_whom_no_channel_reaches_is_found_thirty_days_before_their_shift() -> None:
    made = world(WEEKLY + CARMEN)
    assert not alarms(made.pass_time(17 * DAY))
    assert [one.person for one in alarms(made.pass_time(2 * DAY))] == ["carmen"]
    letter = told(everything(made), "coverage")[0]
    page = compose(state(made), letter, around(names={"carmen": "Carmen"}), made.clock.now())
    assert page.title == "core-platform: no channel reaches Carmen from Sun 10 Jan 00:00"
    assert page.body.endswith(
        "\nNo channel reaches carmen outside the console.\n"
        "Add a channel to [people.carmen], or stand in: https://ops.example/on-call"
    )
    reason = open_tickets(made)["core-platform: no channel reaches carmen"]
    assert reason.startswith(
        "carmen is on call for core-platform from 2027-01-09T22:00:00.000Z to 2027-01-10T22:00:00.000Z, and no "
        "channel reaches carmen outside the console"
    )


def test_it_closes_by_itself_when_they_get_a_channel() -> None:
    made = world(WEEKLY + CARMEN)
    made.pass_time(20 * DAY)
    happened = made.adopt(
        [a_step()], PEOPLE + WEEKLY + CARMEN.replace("carmen]", 'carmen]\nchannels = ["phone"]')
    )
    assert [one.alarm for one in happened if isinstance(one, CoverageRestored)] == [
        "unreached/core-platform/carmen"
    ]
    made.pass_time(600)
    assert not state(made).open


def test_a_channel_that_is_cut_off_is_no_channel_and_one_that_failed_once_still_is() -> None:
    made = world(WEEKLY + '[oncall]\nwarn_ahead = "10d"\n')
    made.pass_time(8 * DAY)
    failing = told([one.fact.data for one in made.history], "handoff")[-1]
    page = f"page/INC-9/1/ana/{failing.args['channel']}"
    made.record(Outcome(page, 1, "failed", "no answer"))
    assert not alarms(everything(made))
    made.record(Outcome(page, 2, "failed", "no answer"))
    cut_off = made.record(Outcome(page, 3, "failed", "no answer"))
    assert sorted(one.person for one in alarms(cut_off)) == ["ana", "bogdan"]
    assert "no channel of ana works: phone failed last (no answer)" in str(open_tickets(made))
    works = made.record(Outcome(page, 4, "done", ""))
    assert len([one for one in works if isinstance(one, CoverageRestored)]) == 2


def test_a_calendar_that_was_not_read_yet_is_no_hole() -> None:
    made = world('[rotations.core-platform]\ncalendar = "oncall.ics"\n')
    assert not list(gaps(state(made), made.clock.now()))


def test_what_a_storm_does_to_incidents_does_not_look_through_the_shifts_again() -> None:
    made = world(WEEKLY)
    looked = state(made).agenda.coverage_at
    assert looked > made.clock.now()
    state(made).agenda.everything = False
    made.pass_time(3600)
    assert state(made).agenda.coverage_at == looked


DAN = '[people.dan]\n[teams.security]\nmembers = ["dan", "bogdan"]\n'


def routed(*names: str, bindings: str = "") -> World:
    """A guide whose route tells these, in this order."""
    made = World()
    routes = [
        a_promise(
            f"incidents.route.{name}",
            Step(route="on-call", step=number, to=name),
            keeper="incidents",
            control="route",
        )
        for number, name in enumerate(names, 1)
    ]
    critical = Severity(severity="critical", label="Critical", definition="System down", order=1)
    defined = a_promise("incidents.severity.critical", critical, keeper="incidents", control="declaration")
    made.adopt([*routes, defined], PEOPLE + bindings)
    return made


def test_a_member_of_a_team_without_a_rotation_whom_no_channel_reaches_is_found_at_once() -> None:
    made = routed("@core-platform", "@security", bindings=DAN)
    (alarm,) = alarms(everything(made))
    assert (alarm.alarm, alarm.team, alarm.person, alarm.end) == (
        "unreached/security/dan",
        "security",
        "dan",
        None,
    )
    assert alarm.promise == "incidents.route.@security"
    reason = open_tickets(made)["security: no channel reaches dan"]
    assert reason.startswith("dan of security may be told at any time, and no channel reaches dan")
    (letter,) = told(everything(made), "coverage")
    assert letter.args["person"] == "bogdan", "the first of the team whom a channel reaches"
    page = compose(state(made), letter, around(names={"dan": "Dan"}), made.clock.now())
    assert page.title == "security: no channel reaches Dan"
    assert page.body == (
        "Dan of security may be told at any time. No channel reaches dan outside the console.\n"
        "Add a channel to [people.dan], or test one that fails: https://ops.example/channels"
    )
    assert len(alarms(made.restart().pass_time(40 * DAY))) == 0, "told once"


def test_a_person_whom_the_route_names_is_told_of_to_the_others_of_the_route() -> None:
    made = routed("@core-platform", "@dan", bindings="[people.dan]\n")
    assert [one.alarm for one in alarms(everything(made))] == ["unreached/dan"]
    assert "no channel reaches dan" in open_tickets(made)
    assert [one.args["person"] for one in told(everything(made), "coverage")] == ["ana"]


def test_whom_no_route_names_is_no_alarm() -> None:
    assert not alarms(everything(routed("@core-platform", bindings=DAN)))


def test_it_closes_by_itself_when_the_member_gets_a_channel_or_leaves() -> None:
    for mended in ('[people.dan]\nchannels = ["phone"]\n[teams.security]\nmembers = ["dan"]\n', ""):
        made = routed("@core-platform", "@security", bindings=DAN)
        routes = list(state(made).promises.values())
        happened = made.adopt(routes, PEOPLE + mended)
        assert [one.alarm for one in happened if isinstance(one, CoverageRestored)] == [
            "unreached/security/dan"
        ]
        made.pass_time(600)
        assert not state(made).open


def test_it_closes_by_itself_when_a_test_of_the_channel_arrives() -> None:
    made = routed("@core-platform")
    for attempt in range(1, 4):
        made.record(Outcome("page/INC-9/1/ana/phone", attempt, "failed", "no answer"))
    assert [one.person for one in alarms(everything(made))] == ["ana", "bogdan"]
    assert not [one for one in made.do(NoteTest("phone", "ana", "no answer")) if _restored(one)]
    assert len([one for one in made.do(NoteTest("phone", "ana")) if _restored(one)]) == 2
    made.pass_time(600)
    assert not state(made).open


def _restored(fact: Data) -> bool:
    return isinstance(fact, CoverageRestored)


def test_whoever_has_a_task_to_be_reminded_of_needs_a_channel_until_it_is_done() -> None:
    made = routed("@core-platform", bindings="[people.dan]\n")
    made.do(DOWN)
    due = made.clock.now() + 7 * 86_400_000
    assert not alarms(made.do(AddTask("INC-1", "look at the disks", "ana", "dan")))
    (alarm,) = alarms(made.do(AddTask("INC-1", "order disks", "ana", "dan", due)))
    assert (alarm.alarm, alarm.promise) == ("unreached/dan", None)
    given = made.do(ChangeTask("INC-1", 2, "ana", owner="bogdan"))
    assert [one.alarm for one in given if isinstance(one, CoverageRestored)] == ["unreached/dan"]
