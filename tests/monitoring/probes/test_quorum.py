"""What several regions say together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.guide.bindings import ProbeBinding, quorum_of
from opsguide.kernel.clock import after
from opsguide.monitoring.probes.looks import Look, Seen, patience
from opsguide.monitoring.probes.quorum import judge
from tests.world import START

PROBE = ProbeBinding(url="https://shop.example/", every=10, timeout=2, failures=2)
UP, BAD = Look(True, seconds=0.1), Look(False, "it answered 500")


def seen(*looks: Look, last: float = 0) -> Seen:
    """A region whose looks came every ten seconds, the last one `last` seconds ago."""
    one = Seen(since=after(START, -1000))
    for place, look in enumerate(looks):
        assert one.took(look, after(START, -last - 10 * (len(looks) - 1 - place)))
    return one


def say(*regions: Seen, quorum: str = "majority") -> tuple[str | None, str]:
    probe = ProbeBinding(url="https://shop.example/", every=10, timeout=2, failures=2, quorum=quorum)
    found = judge(probe, dict(zip(("local", "eu", "us", "ap"), regions, strict=False)), START)
    return found.state, found.reason


def test_one_region_decides_alone_and_only_after_enough_failures() -> None:
    assert say(seen(UP)) == ("up", "it answers")
    assert say(seen(UP, BAD)) == ("up", "it answers")
    assert say(seen(UP, BAD, BAD)) == ("down", "2 looks in a row failed: it answered 500")
    assert say(seen(UP, BAD, BAD, UP)) == ("up", "it answers")


def test_nothing_is_said_before_there_is_something_to_say() -> None:
    assert say(Seen(since=START))[0] is None
    assert say(seen(BAD))[0] is None, "one failed look proves neither"


def test_a_region_that_stays_silent_is_neither_up_nor_down() -> None:
    assert say(seen(UP, last=patience(PROBE) + 1)) == ("unknown", "it is not looked at")
    assert say(seen(UP, BAD, BAD, last=patience(PROBE) + 1))[0] == "unknown"
    assert say(seen(UP, last=patience(PROBE)))[0] == "up"


def test_a_majority_decides() -> None:
    down, up, away = seen(BAD, BAD), seen(UP), seen(UP, last=999)
    assert say(down, down, up) == ("down", "it fails from 2 of 3 regions (eu, local): it answered 500")
    assert say(down, up, up) == ("up", "it fails from 1 of 3 regions only (local)")
    assert say(up, up, away)[0] == "up"
    assert say(down, down, away)[0] == "down"
    assert say(down, up, away) == ("unknown", "too few regions report: us silent, and 2 of 3 must agree")
    assert say(up, away, away)[0] == "unknown"


def test_a_number_decides_where_one_is_bound() -> None:
    down, up, away = seen(BAD, BAD), seen(UP), seen(UP, last=999)
    assert say(down, up, up, quorum="1")[0] == "down"
    assert say(up, up, away, quorum="1")[0] == "unknown", "the silent one may be the one that sees it fail"
    assert say(down, down, up, quorum="3")[0] == "up"
    assert say(up, away, away, quorum="3")[0] == "up"


def test_the_outage_counts_from_the_first_failed_look() -> None:
    found = judge(PROBE, {"local": seen(UP, BAD, BAD, BAD)}, START)
    assert (found.since, found.failures) == (after(START, -20), 3)


def test_an_older_look_changes_nothing() -> None:
    one = seen(UP)
    assert not one.took(BAD, after(START, -5))
    assert not one.took(BAD, START)
    assert one.look is UP


@given(
    st.lists(st.sampled_from(["up", "down", "away"]), min_size=1, max_size=4),
    st.sampled_from(["majority", "1", "2", "3"]),
)
def test_whatever_silent_regions_would_say_the_answer_stands(votes: list[str], quorum: str) -> None:
    """Up and down are only said where no word of a silent region could make it the other."""
    probe = ProbeBinding(url="https://shop.example/", quorum=quorum)
    if quorum_of(probe, len(votes)) > len(votes):
        return
    made = {"up": seen(UP), "down": seen(BAD, BAD), "away": seen(UP, last=999)}
    state, _ = say(*(made[vote] for vote in votes), quorum=quorum)
    best = say(*(made["up" if vote == "away" else vote] for vote in votes), quorum=quorum)[0]
    worst = say(*(made["down" if vote == "away" else vote] for vote in votes), quorum=quorum)[0]
    assert state == (best if best == worst else "unknown")


@pytest.mark.parametrize(("regions", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_a_majority_is_more_than_half(regions: int, needed: int) -> None:
    assert quorum_of(ProbeBinding(), regions) == needed
