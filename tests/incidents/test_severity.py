"""A severity that people correct: its clocks, its pages, and that nothing is erased by lowering it; early warnings."""

from functools import partial

import pytest

from opsguide.guide.values import ClockValues, Severity
from opsguide.incidents.commands import Acknowledge, Merge, Open, Recover, Reopen, Resolve
from opsguide.incidents.facts import ClockMet, ClockMissed
from opsguide.incidents.process.commands import ChangeSeverity
from opsguide.incidents.process.facts import ClockWarned, IncidentSeverityChanged
from opsguide.incidents.state import Incident
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent, Withdrawn
from tests.cast import ACKNOWLEDGE, BINDINGS, PROMISES, RESOLVE, harbour
from tests.world import World, a_promise

CRITICAL = "incidents.severity.critical"
HIGH_ACK = "incidents.clock.high.acknowledge"
DOWN = Open(
    key="environment:production",
    title="production is down",
    reason="3 probes failed",
    condition="system_down",
)
UGLY = Open(key="alert:ugly", title="the logo is ugly", reason="seen by Mara", severity="medium")


def with_high_clocks(more: str = "") -> World:
    world = World()
    values = ClockValues(severity="high", clock="acknowledge", seconds=3600)
    world.adopt(
        [*PROMISES, a_promise(HIGH_ACK, values, keeper="incidents", control="deadline")], BINDINGS + more
    )
    return world


def changed(world: World, to: str, by: str = "ana", name: str = "INC-1") -> list[Data]:
    return world.do(ChangeSeverity(name, to, by, "seen with my own eyes"))


def incident(world: World, name: str = "INC-1") -> Incident:
    found = world.engine.state("incidents").find(name)
    assert isinstance(found, Incident)
    return found


def told(facts: list[Data]) -> list[str]:
    return [f.key for f in facts if isinstance(f, Intent) and not f.key.endswith("/inbox")]


# Held below what the guide defines -----------------------------------------------------------------------------


def test_a_system_down_held_below_critical_breaks_the_definition_until_one_is_not() -> None:
    world = harbour()
    world.do(DOWN)
    assert world.standing(CRITICAL).kind == "kept"
    changed(world, "high")
    held = world.standing(CRITICAL)
    assert (held.kind, held.reason) == (
        "broken",
        "INC-1 is held at high, but line 10 defines critical as “System down, data loss”",
    )
    world.do(Resolve("INC-1", "ana"))
    assert world.standing(CRITICAL).kind == "broken"
    world.pass_time(3600)
    world.do(DOWN)
    assert world.standing(CRITICAL).kind == "kept"


def test_raised_again_it_is_kept() -> None:
    world = harbour()
    world.do(DOWN)
    changed(world, "high")
    changed(world, "critical")
    assert world.standing(CRITICAL).kind == "kept"


def test_what_no_definition_covers_may_be_lowered() -> None:
    world = harbour()
    world.do(Open(key="alert:errors", title="errors", reason="7 %", severity="critical"))
    changed(world, "medium")
    assert world.standing(CRITICAL).kind == "kept"


def test_opened_by_a_person_below_its_definition_it_is_broken_from_the_start() -> None:
    world = harbour()
    world.do(Open(key="by-hand", title="all is down", reason="", severity="medium", condition="system_down"))
    assert world.standing(CRITICAL).kind == "broken"


def test_merged_into_a_lesser_one_it_is_still_held_below() -> None:
    world = harbour()
    world.do(DOWN)
    world.do(Open(key="alert:errors", title="errors", reason="7 %", severity="high"))
    changed(world, "high")
    changed(world, "critical")
    assert world.standing(CRITICAL).kind == "kept"
    changed(world, "high")
    world.do(Merge("INC-1", "INC-2", "ana"))
    world.do(ChangeSeverity("INC-2", "medium", "ana", "calmer"))
    assert world.standing(CRITICAL).kind == "broken"
    changed(world, "critical", name="INC-2")
    assert world.standing(CRITICAL).kind == "kept"


# Lowered: nothing is erased ------------------------------------------------------------------------------------


def test_lowering_erases_no_breach() -> None:
    world = harbour()
    world.do(DOWN)
    assert any(isinstance(f, ClockMissed) for f in world.pass_time(901))
    changed(world, "medium")
    assert [(c.promise, incident(world).how(c)) for c in incident(world).clocks] == [(ACKNOWLEDGE, "missed")]
    assert world.standing(ACKNOWLEDGE).kind == "broken"
    world.do(Acknowledge("INC-1", "ana"))
    world.do(Resolve("INC-1", "ana"))
    assert world.standing(ACKNOWLEDGE).kind == "broken"


def test_a_clock_of_the_lesser_severity_runs_from_the_opening() -> None:
    world = with_high_clocks()
    world.do(DOWN)
    world.pass_time(600)
    changed(world, "high")
    facts = world.pass_time(3601)
    missed = [f for f in facts if isinstance(f, ClockMissed)]
    assert [(f.promise, f.limit_seconds) for f in missed] == [(HIGH_ACK, 3600)]
    assert world.clock.now() - incident(world).opened_at == 4_201_000


def test_lowered_to_what_wakes_nobody_waiting_pages_are_withdrawn() -> None:
    world = harbour()
    world.do(DOWN)
    facts = changed(world, "medium")
    assert len([f for f in facts if isinstance(f, Withdrawn)]) == 2
    assert told(world.pass_time(2000)) == []


# Raised: its clocks, its pages ---------------------------------------------------------------------------------


def test_raised_the_worse_clocks_run_from_the_raise() -> None:
    world = harbour()
    world.do(UGLY)
    world.pass_time(86400)
    facts = changed(world, "critical")
    assert not any(isinstance(f, ClockMissed) for f in facts)
    assert not any(isinstance(f, ClockMissed) for f in world.pass_time(900))
    met = [f for f in world.do(Acknowledge("INC-1", "ana")) if isinstance(f, ClockMet)]
    assert [(f.promise, f.taken_seconds) for f in met] == [(ACKNOWLEDGE, 900)]


def test_raised_to_what_its_facts_were_from_the_start_they_run_from_the_opening() -> None:
    world = harbour()
    world.do(DOWN)
    changed(world, "medium")
    world.pass_time(1000)
    facts = changed(world, "critical")
    assert [f.promise for f in facts if isinstance(f, ClockMissed)] == [ACKNOWLEDGE]


def test_taken_in_time_while_it_was_held_below_the_clock_is_met() -> None:
    world = harbour()
    world.do(DOWN)
    changed(world, "medium")
    world.pass_time(300)
    world.do(Acknowledge("INC-1", "ana"))
    world.pass_time(2000)
    met = [f for f in changed(world, "critical") if isinstance(f, ClockMet)]
    assert [(f.promise, f.taken_seconds) for f in met] == [(ACKNOWLEDGE, 300)]


def test_a_ticket_that_becomes_a_page_wakes_people_though_somebody_has_it() -> None:
    world = harbour()
    world.do(UGLY)
    world.do(Acknowledge("INC-1", "bogdan"))
    assert told(changed(world, "critical", by="ana")) == ["page/INC-1/1.r2/ana/ana-phone"]
    assert incident(world).acknowledged_at is None


def test_whoever_raises_what_they_have_is_awake() -> None:
    world = harbour()
    world.do(UGLY)
    world.do(Acknowledge("INC-1", "bogdan"))
    assert told(changed(world, "critical", by="bogdan")) == []
    assert incident(world).acknowledged_by == "bogdan"


def test_whoever_was_paged_for_it_is_told_that_it_is_worse() -> None:
    world = harbour()
    world.do(Open(key="alert:errors", title="errors", reason="7 %", severity="high"))
    world.do(Acknowledge("INC-1", "ana"))
    facts = changed(world, "critical", by="bogdan")
    assert told(facts) == ["page/INC-1/severity-1/ana/ana-phone"]
    assert incident(world).acknowledged_by == "ana"


def test_not_taken_yet_the_route_starts_again() -> None:
    world = harbour()
    world.do(Open(key="alert:errors", title="errors", reason="7 %", severity="high"))
    world.deliver()
    assert told(changed(world, "critical")) == ["page/INC-1/1.r2/ana/ana-phone"]
    assert "page/INC-1/2.r2/bogdan/bogdan-phone" in told(world.pass_time(901))


def test_what_cannot_be_changed_says_why() -> None:
    world = harbour()
    world.do(DOWN)
    for command, reason in (
        (ChangeSeverity("INC-9", "high", "ana", "x"), "unknown_incident"),
        (ChangeSeverity("INC-1", "purple", "ana", "x"), "undefined_severity"),
        (ChangeSeverity("INC-1", "critical", "ana", "x"), "same_severity"),
        (ChangeSeverity("INC-1", "high", "ana", "  "), "empty_reason"),
    ):
        with pytest.raises(Refused) as refused:
            world.do(command)
        assert refused.value.reason == reason
    world.do(Resolve("INC-1", "ana"))
    with pytest.raises(Refused, match="was resolved by ana"):
        changed(world, "high")


def test_a_word_that_the_bindings_map_is_a_severity_too() -> None:
    world = harbour()
    world.do(DOWN)
    facts = changed(world, "Warning")
    assert [f.severity for f in facts if isinstance(f, IncidentSeverityChanged)] == ["medium"]


@pytest.mark.parametrize("word", ["sev 1", "sev1", "SEV-1", "Sev_1", "severity-1"])
def test_a_code_goes_in_any_spelling_as_labels_of_alerts_have_no_blanks(word: str) -> None:
    world = World()
    defined = [Severity(severity=f"sev {n}", definition="bad", order=n) for n in (1, 2)]
    names = [(f"incidents.severity.sev_{n}", values) for n, values in enumerate(defined, start=1)]
    world.adopt(
        [a_promise(name, values, keeper="incidents", control="declaration") for name, values in names]
    )
    world.do(Open(key="source:am:1", title="it stands", reason="am says so", severity=word, says="am"))
    assert (incident(world).severity, incident(world).severity_known) == ("sev 1", True)
    assert incident(world).pages


def test_what_is_so_comes_before_a_word_that_the_guide_does_not_know() -> None:
    world = harbour()
    world.do(
        Open(
            key="source:am:1",
            title="gone",
            reason="am says so",
            severity="P9",
            says="am",
            condition="data_loss",
        )
    )
    world.do(Open(key="source:am:2", title="odd", reason="am says so", severity="P9", says="am"))
    found = [
        (one.severity, one.severity_known, one.pages)
        for one in map(partial(incident, world), ("INC-1", "INC-2"))
    ]
    assert found == [("critical", True, True), ("p9", False, False)]
    assert "bind it under [severities]" in incident(world, "INC-2").reason


# Before a clock runs out ---------------------------------------------------------------------------------------


def warned(facts: list[Data]) -> list[tuple[str, float]]:
    return [(f.clock, f.share) for f in facts if isinstance(f, ClockWarned)]


def test_half_and_most_of_a_clock_used_up_is_told_once_to_whoever_has_it() -> None:
    world = harbour()
    world.do(DOWN)
    world.do(Acknowledge("INC-1", "bogdan"))
    assert warned(world.pass_time(3599)) == []
    facts = world.pass_time(1)
    assert warned(facts) == [("resolve", 0.5)]
    (intent, *_) = [f for f in facts if isinstance(f, Intent)]
    assert intent.args["person"] == "bogdan"
    assert intent.args["notice"] == "has used 50 % of the time to resolve: 1 h left"
    assert intent.priority >= 100
    assert warned(world.pass_time(2160)) == [("resolve", 0.8)]
    assert warned(world.pass_time(7200)) == []


def test_while_nobody_has_it_who_is_on_call_is_told() -> None:
    world = harbour()
    world.do(DOWN)
    world.deliver()
    facts = world.pass_time(450)
    assert warned(facts) == [("acknowledge", 0.5)]
    assert {f.args["person"] for f in facts if isinstance(f, Intent)} == {"ana"}


def test_after_a_pause_only_the_largest_share_is_told() -> None:
    world = harbour()
    world.do(DOWN)
    world.do(Acknowledge("INC-1", "ana"))
    world.clock.advance(6000)
    assert warned(world.pass_time(1)) == [("resolve", 0.8)]


def test_what_is_over_warns_of_nothing() -> None:
    world = World()
    world.adopt(PROMISES, BINDINGS + '[incidents]\nsettle = "2h"\n')
    world.do(DOWN)
    world.do(Recover("environment:production", "up"))
    assert warned(world.pass_time(3700)) == []


def test_reopened_its_clocks_are_warned_of_again() -> None:
    world = harbour()
    world.do(DOWN)
    world.do(Acknowledge("INC-1", "ana"))
    assert warned(world.pass_time(3600)) == [("resolve", 0.5)]
    world.do(Resolve("INC-1", "ana"))
    world.do(Reopen("INC-1", "ana", "not over"))
    world.do(Acknowledge("INC-1", "ana"))
    assert warned(world.pass_time(3600)) == [("resolve", 0.5)]
    assert world.standing(RESOLVE).reason == "INC-1 has 1 h left"


def test_when_to_warn_is_bound() -> None:
    world = with_high_clocks("[incidents]\nwarn_at = []\n")
    world.do(DOWN)
    assert warned(world.pass_time(7300)) == []
    world = with_high_clocks("[incidents]\nwarn_at = [90]\n")
    world.do(DOWN)
    assert warned(world.pass_time(810)) == [("acknowledge", 0.9)]


def test_a_restart_changes_nothing() -> None:
    world = harbour()
    world.do(DOWN)
    world.pass_time(500)
    changed(world, "high")
    world.pass_time(500)
    assert world.restart().engine.states == world.engine.states
