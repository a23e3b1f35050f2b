"""Post-mortems: required by the guide whatever became of the severity, drafted from facts, written, published."""

from collections.abc import Sequence

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from opsguide.guide.promise import Promise
from opsguide.guide.values import ClockValues, Rule
from opsguide.incidents.commands import Acknowledge, Merge, Open, Reopen, Resolve
from opsguide.incidents.postmortem.commands import PublishPostmortem, RequirePostmortem, SaveSection
from opsguide.incidents.postmortem.draft import Known, drafts
from opsguide.incidents.postmortem.facts import PostmortemOverdue, PostmortemRequired, Section
from opsguide.incidents.process.commands import ChangeSeverity
from opsguide.incidents.process.export import markdown
from opsguide.incidents.state import CLOSED_KEPT, Incident
from opsguide.kernel.clock import rfc3339
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent, Outcome
from tests.cast import BINDINGS, PROMISES
from tests.incidents.test_http import browser, down, seen
from tests.world import World, a_promise

REVIEW = "incidents.clock.critical.postmortem"
EMERGENCY = "maintenance.rule.post_mortem"
EVERY = "incidents.rule.post_mortem"
DAY = 86400
ERRORS = Open(key="alert:errors", title="errors", reason="7 %", severity="critical")


def wanting(
    severity: str | None = "critical", seconds: int = 2 * DAY, days: int = 0, more: Sequence[Promise] = ()
) -> World:
    world = World()
    amount = ClockValues(severity=severity, clock="postmortem", seconds=seconds)
    values = replace(amount, seconds=UNSET, business_days=days) if days else amount
    rule = Rule(rule="post_mortem", demands=("required",))
    world.adopt(
        [
            *PROMISES,
            a_promise(REVIEW, values, keeper="incidents", control="deadline"),
            a_promise(EMERGENCY, rule, keeper="maintenance", control="invariant"),
            *more,
        ],
        BINDINGS,
    )
    return world


def wanting_always() -> World:
    """`Post-mortem: required`, of no severity and without a day."""
    rule = Rule(rule="post_mortem", demands=("required",))
    return wanting(more=[a_promise(EVERY, rule, keeper="incidents", control="invariant")])


def over(world: World, command: Open = ERRORS, name: str = "INC-1") -> list[Data]:
    world.do(command)
    return world.do(Resolve(name, "ana"))


def incident(world: World, name: str = "INC-1") -> Incident:
    found = world.engine.state("incidents").find(name)
    assert isinstance(found, Incident)
    return found


def publish(world: World, name: str = "INC-1") -> list[Data]:
    world.do(SaveSection(name, "lessons", "look earlier", 0, "ana"))
    return world.do(PublishPostmortem(name, "# all of it", "ana"))


def required(facts: list[Data]) -> list[str]:
    return [f.promise for f in facts if isinstance(f, PostmortemRequired)]


def test_at_risk_until_it_is_published_and_then_kept() -> None:
    world = wanting()
    assert required(over(world)) == [REVIEW]
    assert world.standing(REVIEW).kind == "at_risk"
    world.pass_time(2 * DAY)
    publish(world)
    assert world.standing(REVIEW).kind == "kept"
    assert not any(isinstance(f, PostmortemOverdue) for f in world.pass_time(DAY))


def test_not_published_in_time_breaks_the_line_and_tells_whoever_led_once() -> None:
    world = wanting()
    over(world)
    facts = world.pass_time(2 * DAY + 1)
    assert any(isinstance(f, PostmortemOverdue) for f in facts)
    assert {f.args["person"] for f in facts if isinstance(f, Intent) and "/postmortem/" in f.key} == {"ana"}
    assert world.standing(REVIEW).kind == "broken"
    assert not any(isinstance(f, PostmortemOverdue) for f in world.pass_time(5 * DAY))
    publish(world)
    assert world.standing(REVIEW).kind == "broken"
    over(world, Open(key="other", title="other", reason="r", severity="critical"), "INC-2")
    publish(world, "INC-2")
    assert world.standing(REVIEW).kind == "kept"


OTHER = Open(key="other", title="other", reason="r", severity="critical")


def two(seconds_between: int = DAY) -> World:
    """Two incidents of one severity, over one after the other; each has two days for its post-mortem."""
    world = wanting_always()
    over(world)
    world.pass_time(seconds_between)
    over(world, OTHER, "INC-2")
    return world


def said(world: World, promise: str = REVIEW) -> tuple[str, str]:
    standing = world.standing(promise)
    return standing.kind, standing.reason


@pytest.mark.parametrize(
    ("one", "other", "until"), [("INC-1", "INC-2", "26T03:00"), ("INC-2", "INC-1", "25T03:00")]
)
def test_published_in_time_the_line_waits_for_what_another_incident_owes(
    one: str, other: str, until: str
) -> None:
    world = two()
    publish(world, one)
    assert said(world) == ("at_risk", f"{other} wants a post-mortem, until 2026-11-{until} UTC")
    assert said(world, EVERY) == ("at_risk", f"{other} wants a post-mortem, without a day")
    publish(world, other)
    assert said(world) == ("kept", f"{other} has its post-mortem")
    assert world.standing(EVERY).kind == "kept"
    assert world.restart().engine.states == world.engine.states


@pytest.mark.parametrize("late", ["INC-1", "INC-2"])
def test_published_in_time_the_line_is_broken_once_the_other_incident_is_late(late: str) -> None:
    world = two()
    publish(world, "INC-1" if late == "INC-2" else "INC-2")
    world.pass_time(2 * DAY + 1)
    assert said(world) == ("broken", f"{late} has no post-mortem, and it was due")
    publish(world, late)
    assert world.standing(REVIEW).kind == "broken"


def test_while_one_incident_is_overdue_no_other_one_mends_the_line() -> None:
    world = wanting()
    over(world)
    world.pass_time(2 * DAY + 1)
    overdue = ("broken", "INC-1 has no post-mortem, and it was due")
    over(world, OTHER, "INC-2")
    assert said(world) == overdue
    publish(world, "INC-2")
    assert said(world) == overdue
    publish(world, "INC-1")
    over(world, replace(OTHER, key="third"), "INC-3")
    publish(world, "INC-3")
    assert said(world) == ("kept", "INC-3 has its post-mortem")


def test_what_is_open_again_still_owes_its_post_mortem() -> None:
    world = two(60)
    world.do(Reopen("INC-1", "ana", "not over"))
    publish(world, "INC-2")
    assert world.standing(REVIEW).kind == "at_risk"


def test_asked_for_by_a_person_while_another_is_owed_the_line_waits_for_both() -> None:
    world = wanting_always()
    over(world)
    over(world, replace(OTHER, severity="medium"), "INC-2")
    world.do(RequirePostmortem("INC-2", "ana", "it may come again", EVERY))
    publish(world)
    assert said(world, EVERY) == ("at_risk", "INC-2 wants a post-mortem, without a day")
    publish(world, "INC-2")
    assert world.standing(EVERY).kind == "kept"


def test_lowering_the_severity_ends_no_duty() -> None:
    world = wanting()
    world.do(ERRORS)
    world.do(ChangeSeverity("INC-1", "medium", "ana", "only the logo"))
    assert required(world.do(Resolve("INC-1", "ana"))) == [REVIEW]


def test_lowering_the_severity_ends_no_duty_of_a_line_that_names_none() -> None:
    world = wanting_always()
    world.do(ERRORS)
    world.do(ChangeSeverity("INC-1", "medium", "ana", "only the logo"))
    assert set(required(world.do(Resolve("INC-1", "ana")))) == {REVIEW, EVERY}
    assert world.standing(EVERY).kind == "at_risk"
    publish(world)
    assert world.standing(EVERY).kind == "kept"


def test_lowered_and_merged_its_duties_go_on_there() -> None:
    world = wanting_always()
    world.do(ERRORS)
    world.do(Open(key="logo", title="logo", reason="ugly", severity="medium"))
    world.do(ChangeSeverity("INC-1", "medium", "ana", "only the logo"))
    world.do(Merge("INC-1", "INC-2", "ana"))
    assert set(required(world.do(Resolve("INC-2", "ana")))) == {REVIEW, EVERY}


def test_a_line_that_names_no_severity_and_no_day_is_for_what_wakes_people() -> None:
    world = wanting_always()
    assert required(over(world, Open(key="a", title="t", reason="r", severity="medium"))) == []
    assert required(over(world, Open(key="b", title="t", reason="r", severity="high"), "INC-2")) == [EVERY]


def test_what_was_never_so_severe_wants_none() -> None:
    assert required(over(wanting(), Open(key="k", title="t", reason="r", severity="high"))) == []


def test_a_line_without_a_severity_is_for_what_wakes_people() -> None:
    world = wanting(severity=None)
    assert required(over(world, Open(key="a", title="t", reason="r", severity="medium"))) == []
    assert required(over(world, Open(key="b", title="t", reason="r", severity="high"), "INC-2")) == [REVIEW]


def test_business_days_end_with_the_last_one() -> None:
    world = wanting(days=5)
    world.clock.advance(4 * DAY)
    over(world)
    due = incident(world).work.postmortem.due
    assert due is not None
    # Friday 27 November 2026, 03:00; five business days later is the Friday after.
    assert rfc3339(due) == "2026-12-04T23:59:59.999Z"


def test_emergency_maintenance_wants_one_for_its_own_line() -> None:
    world = wanting()
    kind = {"kind": "emergency_maintenance"}
    facts = over(world, Open(key="m", title="failover", reason="disk", severity="medium", labels=kind))
    assert required(facts) == [EMERGENCY]
    assert world.standing(EMERGENCY).kind == "at_risk"
    world.pass_time(30 * DAY)
    assert world.standing(EMERGENCY).kind == "at_risk"
    publish(world)
    assert world.standing(EMERGENCY).kind == "kept"


def test_a_person_says_that_it_falls_under_a_line() -> None:
    world = wanting()
    over(world, Open(key="m", title="failover", reason="disk", severity="medium"))
    world.do(RequirePostmortem("INC-1", "ana", "we failed over by hand", EMERGENCY))
    assert world.standing(EMERGENCY).kind == "at_risk"
    with pytest.raises(Refused) as refused:
        world.do(RequirePostmortem("INC-1", "ana", "again", EMERGENCY))
    assert refused.value.reason == "already_required"


def test_resolved_again_it_is_asked_for_once() -> None:
    world = wanting()
    over(world)
    world.do(Reopen("INC-1", "ana", "not over"))
    world.do(Acknowledge("INC-1", "ana"))
    assert required(world.do(Resolve("INC-1", "ana"))) == []


def test_two_who_write_the_same_section_lose_nothing() -> None:
    world = wanting()
    over(world)
    world.do(SaveSection("INC-1", "summary", "mine", 0, "ana"))
    with pytest.raises(Refused, match="ana changed this section") as refused:
        world.do(SaveSection("INC-1", "summary", "theirs", 0, "bogdan"))
    assert refused.value.reason == "edit_conflict"
    revision = incident(world).work.postmortem.sections["summary"].revision
    world.do(SaveSection("INC-1", "summary", "both", revision, "bogdan"))
    world.do(SaveSection("INC-1", "lessons", "another section", 0, "ana"))
    assert incident(world).work.postmortem.sections["summary"].text == "both"


def test_a_version_is_frozen_and_what_is_new_is_another() -> None:
    world = wanting()
    world.do(ERRORS)
    for reason in ("still_open",):
        with pytest.raises(Refused) as refused:
            world.do(PublishPostmortem("INC-1", "x", "ana"))
        assert refused.value.reason == reason
    world.do(Resolve("INC-1", "ana"))
    with pytest.raises(Refused, match="nobody wrote"):
        world.do(PublishPostmortem("INC-1", "x", "ana"))
    publish(world)
    with pytest.raises(Refused, match="nothing was changed"):
        world.do(PublishPostmortem("INC-1", "x", "ana"))
    revision = incident(world).work.postmortem.sections["lessons"].revision
    world.do(SaveSection("INC-1", "lessons", "look much earlier", revision, "ana"))
    world.do(PublishPostmortem("INC-1", "# second", "bogdan"))
    versions = incident(world).work.postmortem.versions
    assert [(v.number, v.text, v.by) for v in versions] == [
        (1, "# all of it", "ana"),
        (2, "# second", "bogdan"),
    ]
    assert world.restart().engine.states == world.engine.states


def test_it_is_open_until_done_however_old_it_gets() -> None:
    world = wanting()
    over(world)
    for number in range(CLOSED_KEPT + 5):
        over(world, Open(key=f"k{number}", title="t", reason="r", severity="medium"), f"INC-{number + 2}")
    assert world.engine.state("incidents").find("INC-1") is not None
    assert any(isinstance(f, PostmortemOverdue) for f in world.pass_time(2 * DAY + 1))


def test_from_the_draft_to_the_published_version_in_the_console() -> None:
    served = down()
    with browser(served) as client:
        url = "/incidents/INC-1/postmortem"
        client.post("/incidents/INC-1/acknowledge", data={"by": "ana"})
        assert "Once the incident is resolved" in client.get(url).text
        client.post("/incidents/INC-1/resolve", data={"by": "ana", "reason": "restarted"})
        drafted = client.get(url).text
        assert "drafted from the facts" in drafted
        assert "<td>acknowledge</td>" in drafted
        form = {"by": "ana", "text": "We <script>learn</script>\r\n\r\n- *this*", "base": "0"}
        client.post(f"{url}/sections/lessons", data=form)
        page = client.get(url).text
        assert "We &lt;script&gt;learn&lt;/script&gt;" in page
        assert "<em>this</em>" in page
        lost = client.post(f"{url}/sections/lessons", data={**form, "by": "bogdan", "text": "my own words"})
        assert lost.status_code == 409
        assert "saved this section while you wrote" in lost.text
        assert "my own words" in lost.text
        assert client.post(f"{url}/sections/blame", data=form).status_code == 404
        client.post(f"{url}/publish", data={"by": "ana"})
        file = client.get("/incidents/INC-1/postmortem.md").text
        told = client.get("/api/v1/incidents/INC-1/postmortem").json()
    assert "# Post-mortem of INC-1: production is down" in file
    assert "| acknowledge | 15 m | 0 s | kept |" in file
    assert (told["open"], [one["version"] for one in told["versions"]]) == (False, [1])
    assert "Published by ana" in seen(served, "/incidents/INC-1/postmortem")


def test_reopened_the_draft_holds_nobody_to_an_acknowledgement_from_before() -> None:
    served = down()
    with browser(served) as client:
        client.post("/incidents/INC-1/acknowledge", data={"by": "ana"})
        client.post("/incidents/INC-1/resolve", data={"by": "ana"})
        served.clock.advance(3600)
        client.post("/incidents/INC-1/reopen", data={"by": "ana", "reason": "not over"})
        assert (
            "| acknowledge | 15 m |  | still running |" in client.get("/incidents/INC-1/postmortem.md").text
        )
        served.clock.advance(60)
        client.post("/incidents/INC-1/acknowledge", data={"by": "bogdan"})
        assert "| acknowledge | 15 m | 1 m | kept |" in client.get("/incidents/INC-1/postmortem.md").text


def test_a_button_leads_back_to_the_page_that_it_is_on_and_to_no_other_site() -> None:
    served = down()
    with browser(served) as client:
        adding = {"text": "practise", "by": "ana", "back": "/incidents/INC-1/postmortem#actions"}
        added = client.post("/incidents/INC-1/tasks", data=adding, follow_redirects=False)
        assert added.headers["location"] == "/incidents/INC-1/postmortem#actions"
        doing = {"state": "done", "by": "ana", "back": "//elsewhere.example"}
        done = client.post("/incidents/INC-1/tasks/1", data=doing, follow_redirects=False)
        assert done.headers["location"] == "/"


def test_what_is_asked_for_stands_on_the_page_of_tasks() -> None:
    served = down()
    with browser(served) as client:
        client.post("/incidents/INC-1/resolve", data={"by": "ana", "reason": "restarted"})
        client.post("/incidents/INC-1/postmortem/require", data={"by": "ana", "reason": "it may come again"})
    assert "to be published" in seen(served, "/tasks")
    assert "it may come again" in seen(served, "/incidents/INC-1/postmortem")


# What the draft says ---------------------------------------------------------------------------------------------


def section(world: World, name: Section) -> str:
    return drafts(Known(incident(world), (), {"ana": "Ana Pop"}))[name]


def test_a_letter_in_the_inbox_is_not_somebody_told() -> None:
    world = wanting()
    world.do(ERRORS)
    pages = [pending.intent for pending in world.engine.outbox.due(world.clock.now())]
    keys = {page.args["channel"]: page.key for page in pages}
    world.record(Outcome(keys["inbox"], 1, "done", "kept"))
    world.record(Outcome(keys["ana-phone"], 1, "failed", "no network"))
    waited = "It waited in the console's inbox for Ana Pop: no channel that reaches a person took it."
    assert waited in section(world, "detection")
    world.clock.advance(120)
    world.record(Outcome(keys["ana-phone"], 2, "done", "taken"))
    assert "First told after 2 m: Ana Pop through ana-phone." in section(world, "detection")


def test_a_clock_that_a_lower_severity_ended_was_neither_kept_nor_broken() -> None:
    world = wanting()
    world.do(ERRORS)
    world.pass_time(890)
    world.do(ChangeSeverity("INC-1", "medium", "ana", "only the logo"))
    world.do(Acknowledge("INC-1", "ana"))
    world.do(Resolve("INC-1", "ana"))
    assert "| acknowledge | 15 m | 14 m 50 s | ended by a change of severity |" in section(world, "response")
    assert "| resolve | 2 h | 14 m 50 s | ended by a change of severity |" in section(world, "response")
    exported = markdown(incident(world), (), {}, "", "harbour")
    assert "| acknowledge | 15 m | 2026-11-23 03:15 UTC | ended by a change of severity |" in exported


def test_a_clock_that_began_again_with_its_severity_is_told_once() -> None:
    world = wanting()
    world.do(ERRORS)
    world.pass_time(60)
    world.do(ChangeSeverity("INC-1", "medium", "ana", "only the logo"))
    world.pass_time(60)
    world.do(ChangeSeverity("INC-1", "critical", "ana", "it is the orders"))
    world.do(Acknowledge("INC-1", "ana"))
    world.do(Resolve("INC-1", "ana"))
    said = section(world, "response")
    assert "ended by a change" not in said
    assert said.count("| acknowledge |") == 1
