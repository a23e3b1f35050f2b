"""Overrides and swaps: in force at once, undone, never in the past, and no hole that nobody saw."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.incidents.commands import Open
from opsguide.incidents.oncall import on_call
from opsguide.incidents.overrides.commands import (
    AnswerSwap,
    AskSwap,
    MakeOverride,
    WithdrawOverride,
    WithdrawSwap,
)
from opsguide.incidents.overrides.facts import OverrideMade, Span, SwapEnded
from opsguide.incidents.overrides.rules import making, plan, withdrawing
from opsguide.incidents.overrides.state import Override
from opsguide.incidents.state import State
from opsguide.kernel.clock import Instant, after, parse_instant
from opsguide.kernel.errors import Refused
from tests.incidents.test_roster import DOWN, OFFICE, PEOPLE, ROUTE, WEEKLY, told, world
from tests.world import World

TEAM = "core-platform"
HOUR = 3600.0


def at(text: str) -> Instant:
    return parse_instant(text)


def state(made: World) -> State:
    found: State = made.engine.state("incidents")
    return found


def who(made: World, when: str = "") -> str:
    found = on_call(state(made).bindings, TEAM, at(when) if when else made.clock.now())
    return found.person or found.problem


def cover(made: World, person: str, hours: float, start: float = 0.0, **more: str) -> str:
    now = made.clock.now()
    command = MakeOverride(
        TEAM, person, after(now, start * HOUR), after(now, (start + hours) * HOUR), by=person, **more
    )
    facts = made.do(command)
    return next(fact.override for fact in facts if isinstance(fact, OverrideMade))


def test_an_override_is_in_force_at_once_and_ends_by_itself() -> None:
    made = world(WEEKLY)
    assert who(made) == "ana"
    cover(made, "bogdan", 1)
    assert who(made) == "bogdan"
    assert told(made.do(DOWN)) == ["bogdan"]
    assert who(made, "2026-11-23T03:59:59Z") == "bogdan"
    assert who(made, "2026-11-23T04:00:00Z") == "ana"
    assert who(made.restart()) == "bogdan"


def test_undone_it_is_as_before_and_what_was_stays() -> None:
    made = world(WEEKLY)
    name = cover(made, "bogdan", 3)
    made.pass_time(HOUR)
    made.do(WithdrawOverride(name, by="ana"))
    assert who(made) == "ana"
    assert who(made, "2026-11-23T03:30:00Z") == "bogdan"
    with pytest.raises(Refused, match="was over"):
        made.do(WithdrawOverride(name, by="ana"))


def test_one_that_has_not_begun_is_gone_when_it_is_withdrawn() -> None:
    made = world(WEEKLY)
    name = cover(made, "bogdan", 1, start=1)
    made.do(WithdrawOverride(name, by="bogdan"))
    assert who(made, "2026-11-23T04:30:00Z") == "ana"
    assert not state(made).overrides.made


def test_the_later_override_wins_and_outlives_the_guide_s_new_version() -> None:
    made = world(WEEKLY + '[people.carmen]\nchannels = ["phone"]\n')
    cover(made, "bogdan", 3)
    cover(made, "carmen", 1)
    assert who(made) == "carmen"
    promises = list(state(made).promises.values())
    before = state(made).overrides.adopted
    made.adopt(promises, _bindings(WEEKLY + '[people.carmen]\nchannels = ["phone"]\n'))
    assert state(made).overrides.adopted == before
    assert who(made) == "carmen"
    assert who(made, "2026-11-23T04:30:00Z") == "bogdan"


def test_whoever_is_bound_no_more_is_not_on_call_by_an_old_override() -> None:
    made = world(WEEKLY + '[people.carmen]\nchannels = ["phone"]\n')
    cover(made, "carmen", 3)
    made.adopt(list(state(made).promises.values()), _bindings(WEEKLY))
    assert who(made) == "ana"


def _bindings(rotations: str) -> str:
    return PEOPLE + rotations


def test_what_has_begun_is_overridden_from_now_on_only() -> None:
    made = world(WEEKLY)
    now = made.clock.now()
    made.do(MakeOverride(TEAM, "bogdan", after(now, -HOUR), after(now, HOUR), by="bogdan"))
    assert who(made, "2026-11-23T02:30:00Z") == "ana"
    assert who(made, "2026-11-23T03:00:00Z") == "bogdan"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"end": at("2026-11-23T02:00:00Z")}, "past"),
        ({"end": at("2027-12-01T02:00:00Z")}, "malformed_span"),
        ({"start": at("2026-11-23T06:00:00Z"), "end": at("2026-11-23T05:00:00Z")}, "malformed_span"),
        ({"person": "zoe"}, "unknown_person"),
        ({"replaces": "zoe"}, "unknown_person"),
        ({"team": "zoo"}, "unknown_rotation"),
        ({"replaces": "bogdan"}, "same_person"),
        ({"person": "ana"}, "changes_nothing"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(
    change: dict[str, object], reason: str
) -> None:
    made = world(WEEKLY)
    good: dict[str, object] = {
        "team": TEAM,
        "person": "bogdan",
        "start": made.clock.now(),
        "end": at("2026-11-23T06:00:00Z"),
        "by": "bogdan",
    }
    before = len(made.history)
    with pytest.raises(Refused) as refused:
        made.do(MakeOverride(**{**good, **change}))  # type: ignore[arg-type]
    assert refused.value.reason == reason
    assert len(made.history) == before


def test_somebody_instead_of_one_person_leaves_the_turns_of_others() -> None:
    made = world(WEEKLY + '[people.carmen]\nchannels = ["phone"]\n')
    cover(made, "carmen", 14 * 24, replaces="bogdan")
    assert who(made) == "ana"
    assert who(made, "2026-11-24T03:00:00Z") == "carmen"
    assert who(made, "2026-12-01T03:00:00Z") == "ana"


def test_a_hole_is_filled_and_not_opened_again_without_being_seen() -> None:
    made = world(OFFICE)
    assert made.standing(ROUTE).kind == "broken"
    name = cover(made, "bogdan", 12)
    assert made.standing(ROUTE).kind == "at_risk"
    with pytest.raises(Refused) as refused:
        made.do(WithdrawOverride(name, by="bogdan"))
    assert refused.value.reason == "leaves_hole"
    made.do(WithdrawOverride(name, by="bogdan", despite_hole=True))
    assert made.standing(ROUTE).kind == "broken"


def test_the_preview_shows_the_schedule_before_and_after() -> None:
    made = world(WEEKLY)
    now = made.clock.now()
    planned = plan(state(made), MakeOverride(TEAM, "bogdan", now, after(now, HOUR), by="bogdan"), now)
    assert isinstance(planned, Override)
    shown = making(state(made), planned, now)
    assert [shift.person for shift in shown.before] == ["ana", "bogdan"]  # hand-off at nine
    assert [shift.person for shift in shown.after] == ["bogdan", "ana", "bogdan"]
    assert who(made) == "ana"


def test_somebody_whom_no_channel_reaches_is_a_risk_also_as_a_stand_in() -> None:
    made = world(WEEKLY + "[people.carmen]\n")
    cover(made, "carmen", 3, start=24)
    found = made.standing(ROUTE)
    assert (found.kind, found.reason) == ("at_risk", "no channel reaches carmen outside the console")


# Swaps ---------------------------------------------------------------------------------------------------------------

MINE = Span(at("2026-12-01T16:00:00Z"), at("2026-12-02T07:00:00Z"))
YOURS = Span(at("2026-11-24T16:00:00Z"), at("2026-11-25T07:00:00Z"))


def asked(made: World, back: Span | None = YOURS) -> str:
    made.do(AskSwap(TEAM, "ana", "bogdan", MINE, by="ana", back=back, reason="a birthday"))
    return next(iter(state(made).overrides.swaps))


def test_a_swap_is_nothing_until_the_other_accepts_and_both_halves_then() -> None:
    made = world(WEEKLY)
    swap = asked(made)
    assert (who(made, "2026-12-01T20:00:00Z"), who(made, "2026-11-24T20:00:00Z")) == ("ana", "bogdan")
    made.do(AnswerSwap(swap, accept=True, by="bogdan"))
    assert (who(made, "2026-12-01T20:00:00Z"), who(made, "2026-11-24T20:00:00Z")) == ("bogdan", "ana")
    assert {one.swap for one in state(made).overrides.made.values()} == {swap}
    with pytest.raises(Refused, match="waits for an answer"):
        made.do(AnswerSwap(swap, accept=True, by="bogdan"))


def test_declined_or_taken_back_nothing_changes() -> None:
    for answer in (AnswerSwap("SWAP-1", accept=False, by="bogdan"), WithdrawSwap("SWAP-1", by="ana")):
        made = world(WEEKLY)
        asked(made)
        made.do(answer)
        assert not state(made).overrides.swaps
        assert who(made, "2026-12-01T20:00:00Z") == "ana"


def test_a_swap_lapses_when_its_first_time_begins() -> None:
    made = world(WEEKLY)
    swap = asked(made)
    assert not [
        f for f in made.pass_time((YOURS.start - made.clock.now()) / 1000 - 1) if isinstance(f, SwapEnded)
    ]
    assert [f.by for f in made.pass_time(1) if isinstance(f, SwapEnded)] == ["opsguide"]
    with pytest.raises(Refused):
        made.do(AnswerSwap(swap, accept=True, by="bogdan"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"theirs": YOURS}, "not_on_call"),
        ({"back": MINE}, "not_on_call"),
        ({"other": "ana"}, "same_person"),
        ({"theirs": Span(at("2026-11-23T02:00:00Z"), at("2026-11-23T05:00:00Z"))}, "past"),
    ],
)
def test_only_what_one_has_can_be_swapped(change: dict[str, object], reason: str) -> None:
    made = world(WEEKLY)
    good: dict[str, object] = {"team": TEAM, "asker": "ana", "other": "bogdan", "theirs": MINE, "by": "ana"}
    with pytest.raises(Refused) as refused:
        made.do(AskSwap(**{**good, **change}))  # type: ignore[arg-type]
    assert refused.value.reason == reason


# Whatever is made and withdrawn ------------------------------------------------------------------------------------

_CHOICE = st.tuples(
    st.sampled_from(["ana", "bogdan"]),
    st.integers(0, 200),
    st.integers(1, 100),
    st.booleans(),
    st.integers(0, 40),
)


@settings(max_examples=40, deadline=timedelta(seconds=5))
@given(st.lists(_CHOICE, min_size=1, max_size=8))
def test_any_overrides_leave_the_past_as_it_was_and_open_no_hole(
    choices: list[tuple[str, int, int, bool, int]],
) -> None:
    """A rotation without holes keeps somebody at every instant, and nobody's past turns change."""
    made, past = world(WEEKLY), dict[Instant, str]()
    for person, start, hours, undo, wait in choices:
        try:
            name = cover(made, person, hours, start=start)
            if undo:
                made.do(WithdrawOverride(name, by=person))
        except Refused as refused:
            if refused.reason != "changes_nothing":
                raise
        past[made.clock.now()] = who(made)
        made.pass_time(wait * HOUR)
    found = state(made)
    assert past == {when: on_call(found.bindings, TEAM, when).person for when in past}
    for hour in range(0, 400, 7):
        assert on_call(found.bindings, TEAM, after(made.clock.now(), hour * HOUR)).person in ("ana", "bogdan")


def test_what_a_withdrawal_would_do_is_shown_before_it_is_done() -> None:
    made = world(OFFICE)
    name = cover(made, "bogdan", 12)
    found = withdrawing(state(made), state(made).overrides.made[name], made.clock.now())
    assert found.before[0].person == "bogdan"
    assert found.holes


def test_an_incident_of_the_time_of_the_override_pages_who_stands_in_then() -> None:
    made = world(WEEKLY)
    cover(made, "bogdan", 2, start=1)
    made.pass_time(HOUR)
    assert told(made.do(Open(key="k", title="t", reason="r", condition="system_down"))) == ["bogdan"]
