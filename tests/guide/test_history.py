"""Standing over time: what the recorder tells is what was so at every instant, for every promise."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.app.core import CHAPTERS, build_engine, history, remembering_engine
from opsguide.guide.history import Stint, totals
from opsguide.guide.values import Objective
from opsguide.incidents.commands import Acknowledge, Open, Resolve
from opsguide.kernel.clock import Instant, after
from opsguide.kernel.engine import Engine
from opsguide.kernel.facts import Recorded
from opsguide.kernel.standing import EvidenceRecorded, Verdict
from opsguide.service.standings import standings
from tests.cast import (
    ACKNOWLEDGE,
    BINDINGS,
    ERRORS,
    P95,
    PRIMARY,
    PRODUCTION,
    PROMISES,
    RESOLVE,
    UPTIME,
    harbour,
)
from tests.world import START, World, a_promise

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def told(world: World, promise: str, start: Instant = START, most: int | None = None) -> tuple[Stint, ...]:
    """The history of a promise from the world's ledger until its now."""
    return history(_remembered(world, most), promise, start, world.clock.now())


def _remembered(world: World, most: int | None = None) -> Engine:
    engine = remembering_engine(most)
    engine.replay(world.history)
    return engine


def kinds(stints: tuple[Stint, ...]) -> list[tuple[str, float]]:
    """Each stint's standing and how many minutes it lasted."""
    return [(stint.kind, round(stint.seconds / 60, 3)) for stint in stints]


def look(
    world: World, promise: str, verdict: Verdict, fresh: float = 10 * MINUTE, limit: str = "< 5 %"
) -> None:
    seen = EvidenceRecorded(promise, verdict, f"it is {verdict}", fresh, "1 %", limit)
    world._keep(world.engine.record(seen, subject=f"promise:{promise}", now=world.clock.now()))


def test_each_change_of_standing_begins_a_stint_and_confirmation_does_not() -> None:
    world = harbour()
    world.clock.advance(5 * MINUTE)
    look(world, ERRORS, "kept")
    world.clock.advance(5 * MINUTE)
    look(world, ERRORS, "kept")
    world.clock.advance(5 * MINUTE)
    look(world, ERRORS, "broken")
    world.clock.advance(2 * MINUTE)
    look(world, ERRORS, "kept")
    world.clock.advance(3 * MINUTE)
    found = told(world, ERRORS)
    assert kinds(found) == [("unproven", 5), ("kept", 10), ("broken", 2), ("kept", 3)]
    broken = found[2].standing
    assert (broken.reason, broken.value, broken.limit) == ("it is broken", "1 %", "< 5 %")
    assert world.history[broken.evidence - 1 if broken.evidence else 0].fact.data.verdict == "broken"  # type: ignore[attr-defined]
    counted = totals(found, START)
    assert (counted.of("broken"), counted.of("kept"), counted.breaks) == (2 * MINUTE, 13 * MINUTE, 1)


def test_evidence_that_ages_counts_as_unproven_also_after_the_last_fact() -> None:
    world = harbour()
    look(world, ERRORS, "kept")
    world.clock.advance(HOUR)
    look(world, ERRORS, "kept")
    world.clock.advance(HOUR)
    assert kinds(told(world, ERRORS)) == [("kept", 10), ("unproven", 50), ("kept", 10), ("unproven", 50)]


def test_what_was_kept_before_a_gap_does_not_count_as_kept_since_then() -> None:
    world = harbour()
    look(world, ERRORS, "kept")
    world.clock.advance(HOUR)
    look(world, ERRORS, "kept")
    assert world.standing(ERRORS).since == world.clock.now()


def test_another_version_of_the_guide_begins_a_stint_for_what_it_changed_and_ends_what_it_dropped() -> None:
    world = harbour()
    look(world, P95, "kept", DAY, "< 200 ms")
    world.clock.advance(HOUR)
    looser = a_promise(P95, Objective(signal="response_time", percentile=95, op="<", seconds=0.3))
    world.adopt([looser if p.id == P95 else p for p in PROMISES if p.id != ERRORS], BINDINGS)
    world.clock.advance(HOUR)
    assert [(s.kind, s.version) for s in told(world, P95)] == [("kept", 1), ("kept", 2)]
    assert kinds(told(world, ERRORS)) == [("unproven", 60)], "nothing is said of it once it is not promised"
    world.adopt(PROMISES, BINDINGS)
    world.clock.advance(HOUR)
    assert [(s.start, s.version) for s in told(world, ERRORS)] == [
        (START, 1),
        (after(START, 2 * HOUR), 3),
    ]


def test_a_running_clock_is_at_risk_from_its_half_and_broken_when_it_runs_out() -> None:
    world = harbour()
    world.do(Open(key="environment:production", title="down", reason="down", condition="system_down"))
    world.pass_time(20 * MINUTE)
    found = told(world, ACKNOWLEDGE)
    assert kinds(found)[:2] == [("unproven", 7.5), ("at_risk", 7.5)]
    assert found[-1].kind == "broken"
    world.do(Acknowledge("INC-1", "ana"))
    world.do(Resolve("INC-1", "ana"))
    assert kinds(told(world, RESOLVE)) == [("unproven", 20)], "kept from this very instant on"
    world.clock.advance(MINUTE)
    assert kinds(told(world, RESOLVE))[-1] == ("kept", 1)


def test_a_period_takes_what_held_before_it_and_no_earlier_break() -> None:
    world = harbour()
    look(world, ERRORS, "broken", DAY)
    world.clock.advance(HOUR)
    start = world.clock.now()
    world.clock.advance(HOUR)
    found = told(world, ERRORS, start)
    assert kinds(found) == [("broken", 60)]
    assert (totals(found, start).breaks, totals(found, START).breaks) == (0, 1)


def test_only_so_many_turns_are_remembered_and_the_latest_are() -> None:
    world = harbour()
    for turn in range(10):
        look(world, ERRORS, "kept" if turn % 2 else "broken")
        world.clock.advance(MINUTE)
    assert len(told(world, ERRORS)) == 10
    assert kinds(told(world, ERRORS, most=3)) == [("kept", 1), ("broken", 1), ("kept", 1)]


def test_a_promise_that_never_was_has_no_history() -> None:
    assert told(harbour(), "nothing.of.the.kind") == ()


@st.composite
def deeds(draw: st.DrawFn) -> list[tuple[str, str, float]]:
    """What happens, to what, and after how many seconds."""
    what = st.sampled_from(
        ["kept", "at_risk", "broken", "unproven", "open", "ack", "resolve", "page", "adopt", "wait"]
    )
    about = st.sampled_from([ERRORS, UPTIME, P95, "environment:production", ACKNOWLEDGE, PRIMARY])
    pause = st.sampled_from([0.0, 0.001, 30.0, 450.0, 451.0, 600.0, 900.0, 4000.0])
    return draw(st.lists(st.tuples(what, about, pause), max_size=25))


def happens(world: World, what: str, about: str) -> None:
    match what:
        case "open":
            key = f"k{len(world.history)}"
            world.do(Open(key=key, title="t", reason="r", condition="system_down"))
        case "ack" | "resolve":
            open_now = list(world.engine.state("incidents").open)
            if open_now and what == "resolve":
                world.do(Resolve(open_now[0], "ana"))
            elif open_now and world.engine.state("incidents").open[open_now[-1]].acknowledged_at is None:
                world.do(Acknowledge(open_now[-1], "ana"))
        case "page":
            world.deliver("failed" if about == ERRORS else "done")
        case "adopt":
            world.adopt([p for p in PROMISES if p.id != about], BINDINGS)
        case "kept" | "at_risk" | "broken" | "unproven":
            look(world, about, what)


def asked(world: World, at: Instant) -> dict[str, tuple[str, str]]:
    """How everything stood, by folding what was recorded until then: the standing that `--as-of` shows."""
    engine = build_engine()
    engine.replay(_until(world.history, at))
    return {promise: (s.kind, s.limit) for promise, s in standings(engine, CHAPTERS, at).items()}


def _until(history: list[Recorded], at: Instant) -> Iterator[Recorded]:
    return (recorded for recorded in history if recorded.fact.at <= at)


@settings(max_examples=60)
@given(deeds(), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_the_history_says_of_every_instant_what_folding_until_then_says(
    story: list[tuple[str, str, float]], moments: list[float]
) -> None:
    world = harbour()
    for what, about, pause in story:
        happens(world, what, about)
        if pause:
            world.pass_time(pause)
    world.clock.advance(1)
    end = world.clock.now()
    marks = {one.fact.at for one in world.history} | {round(START + m * (end - START)) for m in moments}
    remembered = _remembered(world)
    found = {one.id: history(remembered, one.id, START, end) for one in PROMISES}
    for at in sorted(marks)[-12:]:
        for promise, stood in asked(world, at).items() if at < end else ():
            then = [stint for stint in found[promise] if stint.start <= at < stint.end]
            assert [(stint.kind, stint.standing.limit) for stint in then] == [stood], (promise, at)


def test_an_environment_stands_by_evidence_that_all_share() -> None:
    world = harbour()
    look(world, "environment:production", "kept")
    world.clock.advance(MINUTE)
    look(world, "environment:production", "broken")
    world.clock.advance(MINUTE)
    assert kinds(told(world, PRODUCTION)) == [("kept", 1), ("broken", 1)]
