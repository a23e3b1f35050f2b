"""Which deeds are begun: each channel for itself, the most urgent first, a burst to one person as one message."""

from collections.abc import Iterable

from opsguide.kernel.clock import Instant, after
from opsguide.kernel.facts import Recorded
from opsguide.kernel.intent import FACTS, Intent, Outcome, Pending, Withdrawn
from opsguide.kernel.outbox import Outbox
from opsguide.service.lanes import ALONE, WIDTH, Lanes
from tests.world import START

GAP = 15.0


class Story:
    """Lanes over an outbox that is told what happens; `begun` is what was taken and has not ended."""

    def __init__(self) -> None:
        self.outbox, self.held, self.gap, self.seq = (
            Outbox(),
            dict[str, Instant](),
            dict[str, float | None](),
            0,
        )
        self.lanes = Lanes(
            self.outbox,
            lambda lane: self.held.get(lane, 0),
            lambda intent: self.gap.get(intent.args["channel"], GAP),
        )
        self.begun: list[list[Pending]] = []

    def say(self, data: Intent | Outcome | Withdrawn, second: float) -> None:
        self.seq += 1
        fact = FACTS.fact(data, subject="x", actor="test", at=after(START, second))
        self.outbox.fold(Recorded(self.seq, fact))
        self.lanes.heard([Recorded(self.seq, fact)])

    def page(self, name: str, channel: str = "phone", second: float = 0, priority: int = 5) -> None:
        args = {"channel": channel, "person": "ana"}
        intent = Intent(name, "page", args, "why", after(START, 9999), priority=priority)
        self.say(intent, second)

    def pages(self, names: Iterable[int], **how: object) -> None:
        for name in names:
            self.page(str(name), **how)  # type: ignore[arg-type]

    def take(self, second: float = 0) -> list[list[str]]:
        taken = [list(bundle) for bundle in self.lanes.take(after(START, second))]
        self.begun += taken
        return [[one.intent.key for one in bundle] for bundle in taken]

    def end(self, second: float = 0, result: str = "done") -> None:
        for bundle in self.begun:
            for one in bundle:
                self.say(
                    Outcome(one.intent.key, one.attempts + 1, "done" if result == "done" else "failed"),
                    second,
                )
            self.lanes.ended(bundle)
        self.begun = []


def test_what_hangs_in_one_channel_holds_up_no_other() -> None:
    story = Story()
    story.gap = {"bad": None}
    story.pages(range(20), channel="bad")
    assert len(story.take()) == WIDTH
    story.page("good", channel="good")
    assert story.take() == [["good"]]


def test_the_most_urgent_goes_first() -> None:
    story = Story()
    story.gap = {"phone": None}
    for name, priority in (("low", 3), ("critical", 0), ("high", 1)):
        story.page(name, priority=priority)
    assert story.take() == [["critical"], ["high"], ["low"]]


def test_a_burst_to_one_person_is_one_message_most_urgent_first() -> None:
    story = Story()
    story.pages(range(ALONE))
    assert story.take() == [["0"], ["1"], ["2"]]
    story.end()
    story.pages(range(3, 243), second=1)
    story.page("worse", second=2, priority=5)
    assert story.take(2) == []
    assert story.lanes.wake() == after(START, GAP)
    [message] = story.take(GAP)
    assert len(message) == 241
    assert message[0] == "3"


def test_what_is_more_urgent_than_the_burst_does_not_wait_for_its_end() -> None:
    story = Story()
    story.pages(range(ALONE))
    story.take()
    story.end()
    story.pages(range(3, 9), second=1)
    story.page("critical", second=1, priority=0)
    [message] = story.take(1)
    assert message[0] == "critical"
    assert len(message) == 7


def test_a_machine_gets_each_by_itself() -> None:
    story = Story()
    story.gap = {"hook": None}
    for second in range(10):
        story.pages(range(second * 10, second * 10 + 4), channel="hook", second=second)
        assert [len(message) for message in story.take(second)] == [1] * WIDTH
        story.end(second)


def test_a_channel_that_is_cut_off_is_tried_by_one_message_at_a_time() -> None:
    story = Story()
    story.gap = {"phone": None}
    story.held["phone"] = after(START, 30)
    story.pages(range(5))
    assert story.take(29) == []
    assert story.lanes.wake() == after(START, 30)
    assert len(story.take(30)) == 1
    assert story.take(31) == []


def test_what_was_withdrawn_or_is_on_its_way_is_not_begun() -> None:
    story = Story()
    story.pages(range(2))
    story.say(Withdrawn("1", "acknowledged"), 1)
    assert story.take(1) == [["0"]]
    assert story.take(1) == []


def test_a_failed_one_comes_again_when_it_is_due() -> None:
    story = Story()
    story.page("0")
    story.take()
    story.end(0, "failed")
    assert story.take(3.9) == []
    assert story.take(5) == [["0"]]


def test_folded_anew_it_knows_what_waits_and_what_is_on_its_way() -> None:
    story = Story()
    story.pages(range(2))
    story.take()
    story.page("2")
    story.lanes.follow(story.outbox)
    assert story.take() == [["2"]]
