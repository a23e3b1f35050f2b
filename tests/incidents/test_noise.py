"""Noise is kept from people, and no page is lost by it: settling, flapping, groups, inhibition, silences."""

import pytest

from opsguide.incidents.commands import (
    Acknowledge,
    AddNote,
    EndSilence,
    Merge,
    Open,
    Recover,
    Reopen,
    Resolve,
    Silence,
    Unacknowledge,
)
from opsguide.incidents.facts import (
    ClockMet,
    ClockMissed,
    IncidentFlapping,
    IncidentJoined,
    IncidentMuted,
    IncidentOpened,
    IncidentReopened,
    IncidentResolved,
    IncidentUnacknowledged,
    IncidentUnmuted,
    SilenceEnded,
)
from opsguide.incidents.state import Incident, State
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent
from tests.cast import ACKNOWLEDGE, BINDINGS, PROMISES, RESOLVE, harbour
from tests.world import World


def alert(name: str = "errors", severity: str = "critical", **labels: str) -> Open:
    return Open(
        key=f"alert:{name}",
        title=name,
        reason="too many",
        severity=severity,
        labels={"kind": "alert", "alert": name, **labels},
    )


def bound(more: str) -> World:
    world = World()
    world.adopt(PROMISES, BINDINGS + more)
    return world


def state(world: World) -> State:
    found: State = world.engine.state("incidents")
    return found


def incident(world: World, name: str = "INC-1") -> Incident:
    found = state(world).find(name)
    assert found is not None
    return found


def pages(facts: list[Data]) -> list[str]:
    """Those that go to people, by key; not that a clock is running out."""
    found = [one.key for one in facts if isinstance(one, Intent) and not one.key.endswith("/inbox")]
    return [key for key in found if "/warned-" not in key]


def of(kind: type[Data], facts: list[Data]) -> list[Data]:
    return [one for one in facts if isinstance(one, kind)]


# Settling and flapping -----------------------------------------------------------------------------------------


def test_what_flaps_for_an_hour_is_one_page_and_one_notice() -> None:
    world = harbour()
    facts = world.do(alert())
    world.deliver()
    for _ in range(60):
        facts += world.pass_time(30)
        facts += world.do(Recover("alert:errors", "over"))
        facts += world.pass_time(30)
        facts += world.do(alert())
        world.deliver()
    told = pages(facts)
    assert told[:1] == ["page/INC-1/1/ana/ana-phone"]
    assert [key for key in told if "flapping" in key] == ["page/INC-1/flapping/ana/ana-phone"]
    assert len(of(IncidentFlapping, facts)) == 1
    assert len(of(IncidentOpened, facts)) == 1
    # Nobody acknowledged: the secondary is told as ever, since the acknowledge clock ran out.
    assert [key for key in told[1:] if "flapping" not in key] == ["page/INC-1/2/bogdan/bogdan-phone"]


def test_what_flapped_has_to_be_quiet_for_longer() -> None:
    world = harbour()
    world.do(alert())
    world.do(Acknowledge("INC-1", "ana"))
    for _ in range(3):
        world.do(Recover("alert:errors", "over"))
        world.pass_time(30)
        world.do(alert())
    world.do(Recover("alert:errors", "over"))
    assert of(IncidentResolved, world.pass_time(599)) == []
    assert of(IncidentResolved, world.pass_time(1))


def test_it_is_resolved_once_quiet_and_its_clock_is_held_to_when_it_was_over() -> None:
    world = harbour()
    world.do(alert())
    world.do(Acknowledge("INC-1", "ana"))
    world.pass_time(7199)
    world.do(Recover("alert:errors", "over"))
    facts = world.pass_time(120)
    assert [f.taken_seconds for f in facts if isinstance(f, ClockMet)] == [7199]
    assert of(ClockMissed, facts) == []
    assert world.standing(RESOLVE).kind == "kept"


def test_back_again_after_the_clock_ran_out_was_never_over() -> None:
    world = harbour()
    world.do(alert())
    world.do(Acknowledge("INC-1", "ana"))
    world.pass_time(7199)
    world.do(Recover("alert:errors", "over"))
    world.pass_time(60)
    assert of(ClockMissed, world.do(alert()))


def test_a_recovered_incident_wakes_nobody_further() -> None:
    world = bound('[incidents]\nsettle = "1h"\n')
    world.do(alert())
    world.pass_time(600)
    world.do(Recover("alert:errors", "over"))
    assert pages(world.pass_time(1800)) == []


def test_the_same_soon_after_its_end_reopens_it_and_pages_again() -> None:
    world = harbour()
    world.do(alert())
    world.deliver()
    world.do(Acknowledge("INC-1", "ana"))
    world.do(Resolve("INC-1", "ana", "restarted"))
    world.pass_time(300)
    facts = world.do(alert())
    assert of(IncidentReopened, facts)
    assert pages(facts) == ["page/INC-1/1.r2/ana/ana-phone"]
    assert incident(world).acknowledged_at is None
    assert incident(world).reason == "it happened again: too many"


def test_the_same_but_worse_is_another_incident() -> None:
    world = harbour()
    world.do(alert(severity="high"))
    world.do(Resolve("INC-1", "ana", "restarted"))
    assert of(IncidentOpened, world.do(alert(severity="critical")))


# Acknowledged, then forgotten ----------------------------------------------------------------------------------


def test_acknowledged_then_forgotten_pages_again() -> None:
    world = harbour()
    world.do(alert())
    world.deliver()
    world.do(Acknowledge("INC-1", "ana"))
    assert pages(world.pass_time(3599)) == []
    facts = world.pass_time(1)
    assert of(IncidentUnacknowledged, facts)
    assert pages(facts) == ["page/INC-1/1.r2/ana/ana-phone"]
    # And the route goes on from there.
    assert pages(world.pass_time(901)) == ["page/INC-1/2.r2/bogdan/bogdan-phone"]


def test_whoever_writes_a_note_is_at_it() -> None:
    world = harbour()
    world.do(alert())
    world.do(Acknowledge("INC-1", "ana"))
    world.pass_time(3000)
    world.do(AddNote("INC-1", "ana", "still looking"))
    assert of(IncidentUnacknowledged, world.pass_time(3599)) == []
    assert of(IncidentUnacknowledged, world.pass_time(1))


def test_the_timeout_can_be_switched_off() -> None:
    world = bound('[paging]\nack_timeout = "off"\n')
    world.do(alert())
    world.do(Acknowledge("INC-1", "ana"))
    assert of(IncidentUnacknowledged, world.pass_time(86400)) == []


def test_given_back_by_hand_the_next_ones_are_told() -> None:
    world = harbour()
    world.do(alert())
    world.deliver()
    world.do(Acknowledge("INC-1", "ana"))
    facts = world.do(Unacknowledge("INC-1", "ana", "my laptop died"))
    assert pages(facts) == ["page/INC-1/1.r2/ana/ana-phone"]
    with pytest.raises(Refused, match="nobody has INC-1"):
        world.do(Unacknowledge("INC-1", "ana", ""))


# Groups --------------------------------------------------------------------------------------------------------

GROUPS = """
[[incidents.group]]
match = ['alert=~"disk.*"']
by = ["environment"]
"""


def test_alerts_of_a_group_are_one_incident_that_ends_with_the_last() -> None:
    world = bound(GROUPS)
    world.do(alert("disk-a", environment="production", host="a"))
    facts = world.do(alert("disk-b", environment="production", host="b"))
    assert of(IncidentJoined, facts)
    assert pages(facts) == []
    assert incident(world).labels == {"kind": "alert", "environment": "production"}
    world.do(Recover("alert:disk-a", "over"))
    assert incident(world).recovered_at is None
    world.do(Recover("alert:disk-b", "over"))
    assert of(IncidentResolved, world.pass_time(120))
    assert state(world).by_key == {}
    assert state(world).by_group == {}


def test_another_environment_or_severity_is_another_incident() -> None:
    world = bound(GROUPS)
    world.do(alert("disk-a", environment="production"))
    world.do(alert("disk-b", environment="staging"))
    world.do(alert("disk-c", "high", environment="production"))
    world.do(alert("other", environment="production"))
    assert sorted(state(world).open) == ["INC-1", "INC-2", "INC-3", "INC-4"]


def test_a_source_may_name_the_group() -> None:
    world = harbour()
    for name in ("a", "b"):
        world.do(Open(key=name, title=name, reason="", severity="critical", group="mine"))
    assert list(incident(world).members) == ["a", "b"]


# Inhibition ----------------------------------------------------------------------------------------------------

DOWN = Open(
    key="environment:production",
    title="production is down",
    reason="3 probes in a row failed",
    condition="system_down",
    labels={"kind": "environment_down", "environment": "production"},
)


def test_what_is_down_explains_its_own_alerts() -> None:
    world = harbour()
    world.do(DOWN)
    facts = world.do(alert(environment="production"))
    assert of(IncidentMuted, facts)
    assert pages(facts) == []
    assert pages(world.do(alert("other", environment="staging"))) == ["page/INC-3/1/ana/ana-phone"]


def test_what_outlives_its_explanation_pages() -> None:
    world = harbour()
    world.do(DOWN)
    world.do(alert(environment="production"))
    facts = world.do(Recover("environment:production", "answers"))
    assert of(IncidentUnmuted, facts)
    assert pages(facts) == ["page/INC-2/1/ana/ana-phone"]


def test_a_down_database_mutes_its_slow_queries() -> None:
    world = harbour()
    labels = {"kind": "database_down", "environment": "production"}
    world.do(Open(key="db", title="db is down", reason="", severity="critical", labels=labels))
    slow = alert("slow", signal="query_time", environment="production")
    assert of(IncidentMuted, world.do(slow))


def test_bindings_inhibit_too_and_two_never_mute_each_other() -> None:
    rule = 'source = ["severity=critical"]\ntarget = [\'severity=~"critical|high"\']\nequal = ["team"]\n'
    world = bound(f"[[incidents.inhibit]]\n{rule}")
    world.do(alert("a", team="x"))
    world.do(alert("b", team="x"))
    world.do(alert("c", "high", team="x"))
    world.do(alert("d", "high", team="y"))
    assert [one.muted_by for one in state(world).open.values()] == ["", "", "INC-1", ""]


# Silences ------------------------------------------------------------------------------------------------------


def silence(*matchers: str, seconds: float = 3600, reason: str = "known") -> Silence:
    return Silence(matchers=matchers, seconds=seconds, by="ana", reason=reason)


def test_a_silence_ends_by_itself_and_what_is_still_open_pages() -> None:
    world = harbour()
    world.do(silence("alert=errors"))
    facts = world.do(alert())
    assert [one.by for one in facts if isinstance(one, IncidentMuted)] == ["SIL-1"]
    assert pages(facts) == []
    facts = world.pass_time(3600)
    assert [one.by for one in facts if isinstance(one, SilenceEnded)] == ["opsguide"]
    assert pages(facts)[0] == "page/INC-1/1/ana/ana-phone"


def test_the_clocks_of_what_is_silenced_run_on() -> None:
    world = harbour()
    world.do(silence("alert=errors"))
    world.do(alert())
    assert of(ClockMissed, world.pass_time(901))
    assert world.standing(ACKNOWLEDGE).kind == "broken"


def test_a_silence_can_be_ended_early() -> None:
    world = harbour()
    world.do(silence("alert=errors"))
    world.do(alert())
    assert pages(world.do(EndSilence("SIL-1", "ana"))) == ["page/INC-1/1/ana/ana-phone"]
    with pytest.raises(Refused, match="no silence SIL-1"):
        world.do(EndSilence("SIL-1", "ana"))


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (silence("alert=errors", reason=" "), "needs a reason"),
        (silence("alert=errors", seconds=31 * 86400), "lasts from 1 s to"),
        (silence("alert=errors", seconds=0), "lasts from 1 s"),
        (silence("alert=errors", seconds=5e-324), "lasts from 1 s"),
        (silence(), "silence everything"),
        (silence('alert=~".*"'), "silence everything"),
        (silence("alert!=errors"), "silence everything"),
        (silence("alert"), "no matcher"),
    ],
)
def test_what_is_no_silence_is_refused(command: Silence, why: str) -> None:
    with pytest.raises(Refused, match=why):
        harbour().do(command)


# Merged, reopened ----------------------------------------------------------------------------------------------


def test_merged_into_another_it_ends_with_that() -> None:
    world = harbour()
    world.do(alert("a"))
    world.pass_time(60)
    world.do(alert("b"))
    due = incident(world).clocks
    world.do(Merge("INC-1", into="INC-2", by="ana"))
    assert incident(world).merged_into == "INC-2"
    # The older one's clocks run out first: they count.
    assert incident(world, "INC-2").clocks == due
    world.do(Recover("alert:a", "over"))
    assert of(IncidentResolved, world.pass_time(600)) == []
    world.do(Recover("alert:b", "over"))
    assert [one.incident for one in world.pass_time(120) if isinstance(one, IncidentResolved)] == ["INC-2"]


def test_a_worse_incident_does_not_hide_in_a_lesser_one() -> None:
    world = harbour()
    world.do(alert("a"))
    world.do(alert("b", "high"))
    with pytest.raises(Refused, match="worse than INC-2"):
        world.do(Merge("INC-1", into="INC-2", by="ana"))
    world.do(Merge("INC-2", into="INC-1", by="ana"))
    with pytest.raises(Refused, match="was resolved"):
        world.do(Merge("INC-2", into="INC-1", by="ana"))


def test_a_merge_can_be_undone() -> None:
    world = harbour()
    world.do(alert("a"))
    world.do(alert("b"))
    world.do(Merge("INC-1", into="INC-2", by="ana"))
    world.do(Reopen("INC-1", "ana", "another trouble after all"))
    assert state(world).by_key == {"alert:a": "INC-1", "alert:b": "INC-2"}
    assert list(incident(world, "INC-2").members) == ["alert:b"]


def test_reopened_by_hand_its_clocks_start_anew_and_what_broke_stays_broken() -> None:
    world = harbour()
    world.do(alert())
    world.pass_time(1000)
    world.do(Resolve("INC-1", "ana", "restarted"))
    world.pass_time(50)
    facts = world.do(Reopen("INC-1", "bogdan", "it is back"))
    assert pages(facts) == ["page/INC-1/1.r2/ana/ana-phone"]
    assert [clock.seconds for clock in incident(world).running()] == [900, 7200]
    assert world.standing(ACKNOWLEDGE).kind == "broken"
    with pytest.raises(Refused, match="is open"):
        world.do(Reopen("INC-1", "bogdan", "again"))


def test_what_goes_on_under_another_number_is_not_reopened() -> None:
    world = bound('[incidents]\nreopen_within = "off"\n')
    world.do(alert())
    world.do(Resolve("INC-1", "ana"))
    world.do(alert())
    with pytest.raises(Refused, match="INC-2 is open for the same"):
        world.do(Reopen("INC-1", "ana", "not over"))


def test_kill_minus_nine_forgets_none_of_it() -> None:
    world = bound(GROUPS)
    world.do(silence("alert=errors"))
    world.do(alert())
    world.do(DOWN)
    world.do(alert("disk-a", environment="production"))
    world.do(alert("disk-b", environment="production"))
    world.do(alert("c"))
    world.do(alert("d"))
    world.do(Merge("INC-4", into="INC-5", by="ana"))
    again = world.restart()
    assert state(again) == state(world)
