"""Deeds that wait: each is attempted until it is done, withdrawn, or pointless."""

from itertools import count

import pytest

from opsguide.kernel.clock import Instant, after
from opsguide.kernel.facts import Data, Recorded
from opsguide.kernel.intent import FACTS, Intent, Outcome, Result, Withdrawn
from opsguide.kernel.outbox import JITTER, LONGEST_RETRY_SECONDS, Outbox, retry_delay

NOON = 1_764_000_000_000


class Story:
    """An outbox, told what happened second by second after noon."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self._seqs = count(1)

    def say(self, data: Data, second: float = 0) -> None:
        fact = FACTS.fact(data, subject="s", actor="opsguide", at=after(NOON, second))
        self.outbox.fold(Recorded(next(self._seqs), fact))

    def decide(self, key: str, second: float = 0, *, deadline: float = 3600, priority: int = 5) -> None:
        self.say(Intent(key, "page", {}, "because", after(NOON, deadline), priority=priority), second)

    def outcome(self, key: str, attempt: int, result: Result, second: float) -> None:
        self.say(Outcome(key, attempt, result), second)

    def due(self, second: float) -> list[str]:
        return [pending.intent.key for pending in self.outbox.due(after(NOON, second))]

    def expired(self, second: float) -> list[str]:
        return [pending.intent.key for pending in self.outbox.expired(after(NOON, second))]


@pytest.fixture
def story() -> Story:
    return Story()


def test_nothing_waits_at_first(story: Story) -> None:
    assert story.due(0) == []
    assert story.outbox.expiry() is None


def test_a_deed_is_due_at_once_and_gone_when_done(story: Story) -> None:
    story.decide("page")
    assert story.due(0) == ["page"]
    story.outcome("page", 1, "done", 1)
    assert story.due(10**6) == []
    assert story.outbox.waiting == {}


@pytest.mark.parametrize("result", ["failed", "unknown"])
def test_an_attempt_that_did_not_succeed_is_repeated_later_and_later(story: Story, result: Result) -> None:
    story.decide("page")
    second = 0.0
    for attempt, delay in enumerate([5, 10, 20, 40, 60, 60, 60], 1):
        story.outcome("page", attempt, result, second)
        assert story.due(second + delay * (1 - JITTER) - 0.001) == []
        assert story.due(second + delay) == ["page"]
        assert story.outbox.waiting["page"].attempts == attempt
        second += delay


def test_what_was_withdrawn_is_not_attempted_again(story: Story) -> None:
    story.decide("page")
    story.outcome("page", 1, "failed", 1)
    story.say(Withdrawn("page", "acknowledged"), 2)
    assert story.due(100) == []
    story.outcome("page", 2, "failed", 3)  # an attempt that was under way
    assert story.due(1000) == []


def test_a_deed_past_its_deadline_is_pointless(story: Story) -> None:
    story.decide("page", deadline=60)
    assert story.due(60) == ["page"]
    assert story.expired(60) == []
    assert story.due(60.001) == []
    assert story.expired(60.001) == ["page"]


def test_the_first_to_become_pointless_sets_the_alarm(story: Story) -> None:
    story.decide("later", deadline=90)
    story.decide("sooner", deadline=60)
    expiry: Instant | None = story.outbox.expiry()
    assert expiry == after(NOON, 60) + 1
    story.say(Withdrawn("sooner", "acknowledged"))
    assert story.outbox.expiry() == after(NOON, 90) + 1


def test_the_most_urgent_goes_first_then_the_longest_waiting(story: Story) -> None:
    story.decide("b", 2)
    story.decide("a", 1)
    story.decide("urgent", 3, priority=1)
    story.decide("also 1", 1)
    assert story.due(10) == ["urgent", "a", "also 1", "b"]


def test_the_same_key_is_the_same_deed(story: Story) -> None:
    story.decide("page")
    story.decide("page", 1)
    assert story.due(1) == ["page"]
    story.outcome("page", 1, "done", 2)
    assert story.due(10) == []


def test_two_outboxes_do_not_share_what_waits() -> None:
    first, second = Story(), Story()
    first.decide("page")
    assert second.due(10) == []


def test_facts_that_are_not_about_deeds_do_not_matter(story: Story) -> None:
    story.outcome("never decided", 1, "failed", 1)
    story.say(Withdrawn("never decided", "why"))
    assert story.outbox.waiting == {}


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (500, 60)])
def test_delays(attempts: int, seconds: float) -> None:
    assert retry_delay(attempts) == seconds


def test_what_failed_together_does_not_come_back_together() -> None:
    delays = {retry_delay(3, f"page/INC-{n}/1/ana/phone") for n in range(100)}
    assert len(delays) > 50
    assert all(20 * (1 - JITTER) <= delay <= 20 for delay in delays)


def test_the_delay_stays_the_longest_after_a_day_of_failures() -> None:
    assert retry_delay(5_000) == LONGEST_RETRY_SECONDS
