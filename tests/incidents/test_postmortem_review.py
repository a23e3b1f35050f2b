"""Who signs for a post-mortem, who is reminded of it, and until when it is due where the guide counts in months."""

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from opsguide.guide.values import ClockValues, Rule
from opsguide.incidents.postmortem.commands import PublishPostmortem, ReviewPostmortem, SaveSection
from opsguide.incidents.postmortem.facts import PostmortemOverdue, PostmortemReminded
from opsguide.incidents.process.commands import AddTask, ChangeTask
from opsguide.incidents.process.facts import TaskOverdue, TaskReminded
from opsguide.kernel.clock import after, rfc3339
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent
from tests.cast import BINDINGS, PROMISES
from tests.incidents.test_http import browser, down, seen
from tests.incidents.test_postmortem import DAY, EMERGENCY, ERRORS, REVIEW, incident, over
from tests.world import World, a_promise

REVIEWERS = '\n[incidents.postmortem]\nreviewers = ["bogdan"]\n'
CTO = '\n[people.vera]\n[teams.CTO]\nmembers = ["vera"]\n'


def guided(more: str = REVIEWERS, rule: Rule | None = None, values: ClockValues | None = None) -> World:
    world = World()
    clock = values or ClockValues(severity="critical", clock="postmortem", seconds=2 * DAY)
    promises = [*PROMISES, a_promise(REVIEW, clock, keeper="incidents", control="deadline")]
    if rule is not None:
        promises.append(a_promise(EMERGENCY, rule, keeper="maintenance", control="gate"))
    world.adopt(promises, BINDINGS + more)
    return world


def publish(world: World, text: str = "look earlier", base: int = 0) -> None:
    world.do(SaveSection("INC-1", "lessons", text, base, "ana"))
    world.do(PublishPostmortem("INC-1", f"# {text}", "ana"))


def sign(world: World, by: str = "bogdan", version: int = 1) -> list[Data]:
    return world.do(ReviewPostmortem("INC-1", version, agrees=True, note="", by=by))


def told(facts: list[Data], about: str) -> set[str]:
    return {f.args["person"] for f in facts if isinstance(f, Intent) and f"/{about}" in f.key}


def refused(world: World, by: str = "bogdan", version: int = 1, note: str = "x", agrees: bool = True) -> str:
    with pytest.raises(Refused) as caught:
        world.do(ReviewPostmortem("INC-1", version, agrees=agrees, note=note, by=by))
    return caught.value.reason


def test_published_it_waits_until_another_one_signs_and_the_line_is_kept_only_then() -> None:
    world = guided()
    over(world)
    world.do(SaveSection("INC-1", "lessons", "look earlier", 0, "ana"))
    assert told(world.do(PublishPostmortem("INC-1", "# all", "ana")), "review-1") == {"bogdan"}
    assert world.standing(REVIEW).kind == "at_risk"
    assert incident(world).work.postmortem.waits_for == "review"
    assert world.engine.state("incidents").unfinished == {"INC-1"}
    sign(world)
    assert world.standing(REVIEW).kind == "kept"
    assert incident(world).work.postmortem.waits_for == "nothing"
    assert world.engine.state("incidents").unfinished == set()
    assert world.restart().engine.states == world.engine.states


def test_signed_the_line_waits_for_the_other_incident_that_is_published_and_not_signed() -> None:
    world = guided()
    over(world)
    over(world, replace(ERRORS, key="other"), "INC-2")
    publish(world)
    world.do(SaveSection("INC-2", "lessons", "and the other", 0, "ana"))
    world.do(PublishPostmortem("INC-2", "# other", "ana"))
    sign(world)
    assert world.standing(REVIEW).kind == "at_risk"
    world.pass_time(2 * DAY + 1)
    assert world.standing(REVIEW).kind == "broken"


def test_nobody_signs_for_their_own_nor_for_what_they_did_not_read() -> None:
    world = guided('\n[incidents.postmortem]\nreviewers = ["ana", "bogdan"]\n')
    over(world)
    assert refused(world) == "other_version"
    publish(world)
    assert refused(world, by="ana") == "own_work"
    assert refused(world, by="stranger") == "not_reviewer"
    assert refused(world, version=2) == "other_version"
    assert refused(world, agrees=False, note=" ") == "empty_note"
    sign(world)
    assert refused(world) == "already_signed"


def test_where_changes_are_wanted_the_next_version_is_what_is_signed() -> None:
    world = guided()
    over(world)
    publish(world)
    facts = world.do(
        ReviewPostmortem("INC-1", 1, agrees=False, note="and why did nobody see it?", by="bogdan")
    )
    assert told(facts, "changes-1") == {"ana"}
    assert incident(world).work.postmortem.waits_for == "changes"
    publish(world, "an alert was missing", incident(world).work.postmortem.sections["lessons"].revision)
    assert incident(world).work.postmortem.waits_for == "review"
    assert refused(world, version=1) == "other_version"
    sign(world, version=2)
    assert world.standing(REVIEW).kind == "kept"


def test_whom_the_guide_names_signs_and_not_whom_the_bindings_name() -> None:
    rule = Rule(rule="post_mortem", demands=("approval", "required"), by="CTO")
    world = guided(REVIEWERS + CTO, rule)
    kind = {"kind": "emergency_maintenance"}
    over(world, replace(ERRORS, labels=kind))
    publish(world)
    assert refused(world) == "not_reviewer"
    sign(world, by="vera")
    assert world.standing(EMERGENCY).kind == "kept"


def test_a_line_that_names_somebody_who_is_not_bound_is_unbound() -> None:
    world = guided("", Rule(rule="post_mortem", demands=("approval",), by="CTO"))
    standing = world.standing(EMERGENCY)
    assert (standing.kind, standing.missing) == ("unbound", "teams.cto.members")


def test_where_nobody_is_named_publishing_is_enough() -> None:
    world = guided("")
    over(world)
    publish(world)
    assert world.standing(REVIEW).kind == "kept"
    assert refused(world) == "no_review"


def test_published_and_not_signed_in_time_breaks_the_line_and_tells_the_reviewer() -> None:
    world = guided()
    over(world)
    publish(world)
    facts = world.pass_time(2 * DAY + 1)
    assert any(isinstance(f, PostmortemOverdue) for f in facts)
    assert told(facts, "postmortem/") == {"bogdan"}
    assert world.standing(REVIEW).kind == "broken"


def test_before_it_is_due_whoever_led_is_reminded_once() -> None:
    world = guided("")
    over(world)
    early = world.pass_time(1.5 * DAY)
    assert not any(isinstance(f, PostmortemReminded) for f in early)
    facts = world.pass_time(0.2 * DAY)
    assert [f.promise for f in facts if isinstance(f, PostmortemReminded)] == [REVIEW]
    assert told(facts, "postmortem-soon") == {"ana"}
    assert not any(isinstance(f, PostmortemReminded) for f in world.pass_time(0.2 * DAY))


def test_nobody_is_reminded_where_the_bindings_want_no_warnings() -> None:
    world = guided("\n[incidents]\nwarn_at = []\n")
    over(world)
    assert not any(isinstance(f, PostmortemReminded) for f in world.pass_time(1.9 * DAY))


def test_the_owner_of_a_task_is_reminded_before_its_day_is_over_and_again_for_another_day() -> None:
    world = guided("")
    over(world)
    world.do(AddTask("INC-1", "ana", "an alert", "bogdan", after(world.clock.now(), 10 * DAY)))
    facts = world.pass_time(8 * DAY + 60)
    assert [f.task for f in facts if isinstance(f, TaskReminded)] == [1]
    assert told(facts, "task-soon") == {"bogdan"}
    world.do(ChangeTask("INC-1", 1, "ana", due=after(world.clock.now(), 30 * DAY), sets_due=True))
    assert any(isinstance(f, TaskReminded) for f in world.pass_time(29 * DAY))
    assert any(isinstance(f, TaskOverdue) for f in world.pass_time(2 * DAY))


def test_months_end_with_the_day_of_the_same_number_or_the_last_one() -> None:
    values = replace(ClockValues(severity="critical", clock="postmortem"), seconds=UNSET, months=3)
    world = guided("", values=values)
    world.clock.advance(7 * DAY)
    over(world)
    due = incident(world).work.postmortem.due
    assert due is not None
    # 30 November 2026; there is no 30 February.
    assert rfc3339(due) == "2027-02-28T23:59:59.999Z"
    assert world.standing(REVIEW).kind == "at_risk"


def test_reviewed_in_the_console_and_the_file_says_who_signed() -> None:
    served = down()
    served.adopt(more_bindings=REVIEWERS)
    with browser(served) as client:
        url = "/incidents/INC-1/postmortem"
        client.post("/incidents/INC-1/resolve", data={"by": "ana", "reason": "restarted"})
        client.post(f"{url}/sections/lessons", data={"by": "ana", "text": "look", "base": "0"})
        assert "Then bogdan signs for it" in client.get(url).text
        client.post(f"{url}/publish", data={"by": "ana"})
        assert "Waits for bogdan to sign" in seen(served, url)
        assert "waits for bogdan to sign" in seen(served, "/tasks")
        assert "Read the post-mortem and sign for it" in seen(served, "/incidents/INC-1")
        form = {"by": "bogdan", "version": "1", "verdict": "changes", "note": "why?"}
        client.post(f"{url}/review", data=form)
        assert "bogdan wants it changed: why?" in seen(served, url)
        client.post(f"{url}/review", data={**form, "verdict": "agreed", "note": ""})
        told = client.get("/api/v1/incidents/INC-1/postmortem").json()
        file = client.get(f"{url}.md").text
    assert (told["open"], told["versions"][0]["counts"]) == (False, True)
    assert "Reviewed by bogdan, 2026-11-23" in file
    assert "Signed by bogdan" in seen(served, url)
