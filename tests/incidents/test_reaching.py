"""How a person is reached: own rules, a channel that fails, the next person, races with an acknowledgement."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsguide.incidents.commands import Acknowledge, Open, Recover
from opsguide.incidents.facts import ChannelTested, IncidentAcknowledged
from opsguide.kernel.clock import parse_instant
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent, Outcome, Withdrawn
from tests.cast import BINDINGS, PRIMARY, PROMISES, UPTIME
from tests.world import HandClock, World

DOWN = Open(
    key="environment:production",
    title="production is down",
    reason="3 probes in a row failed",
    condition="system_down",
    promise=UPTIME,
)

PUSH_THEN_CALL = """
[[people.ana.notify]]
channel = "ana-phone"
[[people.ana.notify]]
channel = "ana-call"
after = "5m"
severities = ["critical"]
"""


def bound(
    rules: str = "", ana: str = '["ana-phone", "ana-call"]', team: str = '["ana", "carla"]', at: str = ""
) -> World:
    """The cast, where ana has two channels and a colleague."""
    text = BINDINGS.replace('channels = ["ana-phone"]', f"channels = {ana}")
    text = text.replace('members = ["ana"]', f"members = {team}") + rules
    text += '[channels.ana-call]\nurl = "json://127.0.0.1:9/call"\n'
    text += (
        '[people.carla]\nchannels = ["carla-phone"]\n[channels.carla-phone]\nurl = "json://127.0.0.1:9/c"\n'
    )
    world = World(HandClock(parse_instant(at)) if at else None)
    world.adopt(PROMISES, text)
    return world


def told(facts: list[Data]) -> list[str]:
    """Through what pages went, outside the console."""
    pages = [fact for fact in facts if isinstance(fact, Intent) and "notice" not in fact.args]
    channels = [fact.args["channel"] for fact in pages]
    return [channel for channel in channels if channel != "inbox"]


def attempt(world: World, channel: str, result: str = "done", number: int = 1) -> list[Data]:
    """The provider of a channel answers to the one page that waits for it."""
    [key] = [key for key in world.engine.outbox.waiting if key.endswith(f"/{channel}")]
    outcome = Outcome(
        key, number, "done" if result == "done" else "failed", "" if result == "done" else "503"
    )
    return world.record(outcome)


# Personal rules


def test_without_rules_all_channels_are_told_at_once() -> None:
    assert told(bound().do(DOWN)) == ["ana-phone", "ana-call"]


def test_push_first_and_a_call_after_five_minutes() -> None:
    world = bound(PUSH_THEN_CALL)
    assert told(world.do(DOWN)) == ["ana-phone"]
    attempt(world, "ana-phone")
    assert told(world.pass_time(299)) == []
    assert told(world.pass_time(1)) == ["ana-call"]


def test_who_acknowledged_is_not_called() -> None:
    world = bound(PUSH_THEN_CALL)
    world.do(DOWN)
    attempt(world, "ana-phone")
    world.pass_time(200)
    world.do(Acknowledge("INC-1", "ana"))
    assert told(world.pass_time(3000)) == []


def test_a_restart_in_the_middle_of_a_wait_goes_on_in_time_and_at_once_if_overdue() -> None:
    world = bound(PUSH_THEN_CALL)
    world.do(DOWN)
    attempt(world, "ana-phone")
    world.pass_time(120)
    again = world.restart()
    assert told(again.pass_time(179)) == []
    assert told(again.pass_time(1)) == ["ana-call"]
    late = world.restart()
    late.clock.advance(3600)
    assert "ana-call" in told(late.pass_time(0))


def test_a_channel_may_be_used_again_later() -> None:
    again = PUSH_THEN_CALL + '[[people.ana.notify]]\nchannel = "ana-phone"\nafter = "10m"\n'
    world = bound(again)
    world.do(DOWN)
    attempt(world, "ana-phone")
    world.pass_time(300)
    attempt(world, "ana-call")
    assert told(world.pass_time(300)) == ["ana-phone"]
    assert "page/INC-1/1.t2/ana/ana-phone" in world.engine.outbox.waiting


def test_where_no_rule_fits_all_channels_are_told() -> None:
    nights = '[[people.ana.notify]]\nchannel = "ana-phone"\nhours = "22:00-06:00"\n'
    assert told(bound(nights, at="2026-11-23T12:00:00Z").do(DOWN)) == ["ana-phone", "ana-call"]
    assert told(bound(nights, at="2026-11-23T03:00:00Z").do(DOWN)) == ["ana-phone"]


def test_a_rule_for_a_severity_is_for_that_one() -> None:
    high = Open(key="x", title="x", reason="y", severity="high")
    only = '[[people.ana.notify]]\nchannel = "ana-phone"\nseverities = ["high"]\n'
    assert told(bound(only).do(high)) == ["ana-phone"]
    assert told(bound(only).do(DOWN)) == ["ana-phone", "ana-call"]


# A channel or a person that cannot be reached


def test_a_channel_that_refuses_is_helped_out_by_the_next_at_once() -> None:
    world = bound(PUSH_THEN_CALL)
    world.do(DOWN)
    assert told(attempt(world, "ana-phone", "failed")) == ["ana-call"]


def test_a_channel_that_says_nothing_is_helped_out_within_thirty_seconds() -> None:
    world = bound(PUSH_THEN_CALL)
    world.do(DOWN)
    assert told(world.pass_time(9)) == []
    assert told(world.pass_time(1)) == ["ana-call"]


def test_a_person_whom_nothing_reaches_is_followed_by_the_next_within_thirty_seconds() -> None:
    world = bound()
    world.do(DOWN)
    assert told(attempt(world, "ana-phone", "failed")) == []
    assert told(attempt(world, "ana-call", "failed")) == ["carla-phone"]
    silent = bound()
    silent.do(DOWN)
    assert told(silent.pass_time(24)) == []
    assert told(silent.pass_time(1)) == ["carla-phone"]


def test_who_was_reached_is_not_followed_by_anybody() -> None:
    world = bound()
    world.do(DOWN)
    attempt(world, "ana-phone", "failed")
    attempt(world, "ana-call")
    assert told(world.pass_time(600)) == []


def test_a_person_without_any_channel_is_followed_by_one_who_has() -> None:
    assert told(bound(ana="[]").do(DOWN)) == ["carla-phone"]


def test_nobody_without_a_channel_is_called_in_place_of_another() -> None:
    world = bound(ana="[]", team='["ana"]')
    assert [one.title for one in world.engine.state("incidents").open.values()] == [
        "core-platform: no channel reaches ana"
    ]
    facts = world.do(DOWN)
    assert [fact.key for fact in facts if isinstance(fact, Intent)] == [
        "page/INC-2/1/ana/inbox",
        "page/INC-2/2/bogdan/bogdan-phone",
        "page/INC-2/2/bogdan/inbox",
    ]


def test_a_team_of_which_nobody_is_reached_is_followed_by_the_next_step_within_half_a_minute() -> None:
    world = bound(team='["ana"]')
    world.do(DOWN)
    for turn in (1, 2):
        attempt(world, "ana-phone", "failed", turn)
        attempt(world, "ana-call", "failed", turn)
    assert told(world.pass_time(24)) == []
    facts = world.pass_time(1)
    assert told(facts) == ["bogdan-phone"]
    (page,) = [fact for fact in facts if isinstance(fact, Intent) and fact.args["channel"] == "bogdan-phone"]
    assert "nothing reaches @core-platform" in page.reason


def test_a_team_whose_second_try_arrives_is_not_followed_by_the_next_step() -> None:
    world = bound(team='["ana"]')
    world.do(DOWN)
    attempt(world, "ana-phone", "failed")
    attempt(world, "ana-call", "failed")
    attempt(world, "ana-phone", "done", 2)
    assert told(world.pass_time(600)) == []


def test_a_channel_that_is_cut_off_is_not_waited_for() -> None:
    world = bound(PUSH_THEN_CALL)
    world.do(DOWN)
    for number in (1, 2, 3):
        attempt(world, "ana-phone", "failed", number)
    other = Open(key="other", title="other", reason="y", severity="critical")
    assert told(world.do(other)) == ["ana-phone", "ana-call"]


def test_a_channel_that_failed_when_it_was_last_used_puts_the_step_at_risk_before_it_is_needed() -> None:
    world = bound(ana='["ana-phone"]', team='["ana"]')
    test = ChannelTested("ana-phone", by="bogdan", problem="503")
    world.engine.record(test, subject="channel:ana-phone", now=world.clock.now())
    assert world.standing(PRIMARY).kind == "at_risk"
    assert world.standing(PRIMARY).reason == "no channel of ana works: ana-phone failed last (503)"
    world.engine.record(replace(test, problem=""), subject="channel:ana-phone", now=world.clock.now())
    assert world.standing(PRIMARY).kind == "unproven"


def test_the_inbox_alone_proves_no_step_of_who_has_a_phone() -> None:
    world = bound(ana='["ana-phone"]', team='["ana"]')
    world.do(DOWN)
    attempt(world, "inbox")
    assert world.standing(PRIMARY).kind == "unproven"
    attempt(world, "ana-phone")
    assert world.standing(PRIMARY).kind == "kept"


# An acknowledgement that races


@given(st.lists(st.sampled_from(["ack", "late", "fail", "done", "tick", "restart", "over"]), max_size=12))
def test_whatever_races_an_acknowledgement_has_one_outcome(steps: list[str]) -> None:
    """Once acknowledged nothing waits any more, nothing new is decided, and one person has it."""
    world = bound(PUSH_THEN_CALL)
    world.do(DOWN)
    for step in steps:
        if step in ("ack", "late"):
            with suppress(Refused):
                world.do(Acknowledge("INC-1", "ana" if step == "ack" else "carla"))
        elif step in ("fail", "done"):
            world.deliver(step.replace("fail", "failed"))
        elif step == "restart":
            world = world.restart()
        elif step == "over":
            with suppress(Refused):
                world.do(Recover("environment:production", "it answers"))
        else:
            world.pass_time(7)
    facts = [row.fact.data for row in world.history]
    acknowledged = [n for n, fact in enumerate(facts) if isinstance(fact, IncidentAcknowledged)]
    assert len(acknowledged) <= 1
    for n in acknowledged:
        assert not [fact for fact in facts[n:] if isinstance(fact, Intent)]
        assert world.engine.outbox.waiting == {}
        withdrawn = {fact.key for fact in facts if isinstance(fact, Withdrawn)}
        done = {fact.key for fact in facts[:n] if isinstance(fact, Outcome) and fact.result == "done"}
        assert withdrawn.isdisjoint(done)


@pytest.mark.parametrize("kind", [None, "security"])
def test_security_goes_to_its_own_target(kind: str | None) -> None:
    world = World()
    text = BINDINGS + '[teams.security]\nmembers = ["bogdan"]\n'
    world.adopt(PROMISES, text)
    world.do(Open(key="x", title="x", reason="y", severity="critical", kind=kind))
    world.deliver()
    late = [fact for fact in world.pass_time(901) if isinstance(fact, Intent)]
    assert any("@security" in fact.reason for fact in late) == (kind == "security")
