"""Jobs that report by themselves, on the fast-forwarded clock."""

import pytest

from opsguide.guide.bindings import ProbeBinding
from opsguide.kernel.clock import after
from opsguide.monitoring.probes.heartbeats import Beat, judge, secret_of, sign_of
from tests.world import START

HOUR = 3600.0
BACKUP = ProbeBinding(heartbeat=HOUR, grace=300.0)


def at(beat: Beat, seconds: float, listening: float = -1e6) -> tuple[str | None, str]:
    found = judge(BACKUP, beat, after(START, seconds), after(START, listening))
    return found.state, found.reason


def test_one_that_comes_in_time_is_up_until_its_grace_is_over() -> None:
    beat = Beat(since=START)
    beat.took("success", START)
    assert at(beat, 10) == ("up", "it reported in time")
    assert at(beat, HOUR) == ("up", "it reported in time")
    assert at(beat, HOUR + 120) == ("up", "late by 2 m")
    assert at(beat, HOUR + 300)[0] == "up"
    assert at(beat, HOUR + 301) == ("down", "its last sign of life came 1 h 5 m ago; it is due every 1 h")


def test_the_outage_counts_from_when_it_was_due() -> None:
    beat = Beat(since=START)
    beat.took("success", START)
    assert judge(BACKUP, beat, after(START, 2 * HOUR), START).since == after(START, HOUR)


def test_one_that_never_came_waits_and_then_alarms() -> None:
    beat = Beat(since=START)
    assert at(beat, HOUR)[0] is None
    assert at(beat, HOUR + 301) == ("down", "no sign of life in 1 h 5 m; it is due every 1 h")


def test_one_that_says_it_failed_is_down_at_once_and_until_it_succeeds() -> None:
    beat = Beat(since=START)
    beat.took("success", START)
    beat.took("fail", after(START, 60), "the job ended with exit status 3", "disk full")
    beat.took("fail", after(START, 120), "the job ended with exit status 4")
    found = judge(BACKUP, beat, after(START, 121), START)
    assert (found.state, found.reason, found.since) == (
        "down",
        "the job ended with exit status 4",
        after(START, 60),
    )
    beat.took("start", after(START, 130))
    assert at(beat, 131)[0] == "down", "a start mends nothing"
    beat.took("success", after(START, 140))
    assert at(beat, 141)[0] == "up"


def test_one_that_starts_and_never_ends() -> None:
    beat = Beat(since=START)
    beat.took("success", START)
    beat.took("start", after(START, 1800))
    assert at(beat, 1800 + 300)[0] == "up"
    assert at(beat, 1800 + 301) == ("down", "it started 5 m 1 s ago and has not ended; it may run 5 m")
    beat.took("success", after(START, 1800 + 400))
    assert (at(beat, 1800 + 401)[0], beat.ran_seconds) == ("up", 400)


def test_what_came_while_nobody_listened_may_still_come() -> None:
    beat = Beat(since=START)
    beat.took("success", START)
    assert at(beat, 3 * HOUR, listening=3 * HOUR - 10)[0] == "up"
    assert at(beat, 3 * HOUR + 291, listening=3 * HOUR - 10)[0] == "down"


@pytest.mark.parametrize(
    ("word", "sign"), [("", "success"), ("success", "success"), ("0", "success"), ("start", "start")]
)
def test_words_at_the_end_of_the_address(word: str, sign: str) -> None:
    assert sign_of(word) == (sign, "")


def test_words_that_say_failure_and_words_that_say_nothing() -> None:
    assert sign_of("fail") == ("fail", "the job says that it failed")
    assert sign_of("137") == ("fail", "the job ended with exit status 137")
    assert [sign_of(word) for word in ("256", "-1", "done", "1.5", "٣")] == [None] * 5


def test_an_address_is_nobodys_guess() -> None:
    first, other = secret_of(b"k" * 32, "backup"), secret_of(b"k" * 32, "cleanup")
    assert len({first, other, secret_of(b"x" * 32, "backup")}) == 3
    assert len(first) == 32


def test_what_a_job_says_of_itself_is_kept_to_its_end() -> None:
    beat = Beat(since=START)
    beat.took("fail", START, "the job says that it failed", "x" * 5000 + "disk full")
    assert beat.said.endswith("disk full")
    assert len(beat.said) == 1000
