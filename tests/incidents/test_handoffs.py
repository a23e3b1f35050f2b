"""Shifts change hands: recorded once, the incoming and the outgoing are told once, over restarts."""

from collections.abc import Mapping, Sequence

from opsguide.incidents.commands import Acknowledge, Open, Resolve, Silence
from opsguide.incidents.handoffs.facts import ShiftBegan
from opsguide.incidents.handoffs.letter import Around, Planned, compose
from opsguide.incidents.handoffs.summary import summary
from opsguide.incidents.news import NEWS
from opsguide.incidents.overrides.commands import AnswerSwap, AskSwap, MakeOverride, WithdrawOverride
from opsguide.kernel.clock import Instant, after
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent
from opsguide.kernel.standing import Standing
from tests.incidents.test_overrides import MINE, TEAM, state
from tests.incidents.test_roster import DOWN, OFFICE, WEEKLY, world

HOUR = 3600.0
BASE = "https://ops.example"


def began(facts: list[Data]) -> list[tuple[str, str]]:
    return [(fact.before, fact.person) for fact in facts if isinstance(fact, ShiftBegan)]


def told(facts: list[Data], about: str) -> list[Intent]:
    return [f for f in facts if isinstance(f, Intent) and f.deed == NEWS and f.args["about"] == about]


def around(
    standings: Mapping[str, Standing] | None = None,
    names: Mapping[str, str] | None = None,
    planned: Sequence[Planned] = (),
) -> Around:
    """What the service knows when it writes: `planned` is all its maintenance."""

    def between(start: Instant, end: Instant) -> Sequence[Planned]:
        return [one for one in planned if one.start < end and one.end > start]

    return Around(standings or {}, names or {}, BASE, lambda swap: f"{BASE}/swap/{swap.other}", between)


def test_a_change_of_shift_is_recorded_and_told_to_both_once() -> None:
    made = world(WEEKLY)
    assert began([r.fact.data for r in made.history]) == [("", "ana")]
    assert not told([r.fact.data for r in made.history], "handoff")
    happened = made.pass_time(4 * HOUR)
    assert began(happened) == [("ana", "bogdan")]
    assert [(one.args["person"], one.args["channel"]) for one in told(happened, "handoff")] == [
        ("bogdan", "phone"),
        ("ana", "phone"),
    ]
    later = made.restart()
    assert not began(later.pass_time(HOUR))
    assert began(later.pass_time(7 * 24 * HOUR)) == [("bogdan", "ana")]


def test_a_change_that_came_while_nothing_ran_is_told_when_it_runs_again() -> None:
    made = world(WEEKLY)
    made.clock.advance(5 * HOUR)
    happened = made.restart().pass_time(0)
    assert began(happened) == [("ana", "bogdan")]
    assert len(told(happened, "handoff")) == 2


def test_overrides_change_hands_too_and_holes_are_told_to_who_leaves() -> None:
    made = world(WEEKLY)
    now = made.clock.now()
    override = MakeOverride(TEAM, "bogdan", now, after(now, HOUR), by="ana")
    assert began(made.do(override)) == [("ana", "bogdan")]
    office = world(OFFICE)
    happened = office.pass_time(5 * HOUR)
    assert began(happened) == [("", "ana")] or began(happened) == [("", "bogdan")]
    assert began(office.pass_time(8 * HOUR))[-1][1] == ""


def test_an_override_begins_who_takes_over_reads_the_summary_and_who_is_relieved_sleeps_on() -> None:
    made = world(WEEKLY)
    made.do(DOWN)
    now = made.clock.now()
    made.do(MakeOverride(TEAM, "bogdan", after(now, HOUR), after(now, 2 * HOUR), by="bogdan"))
    begins = made.pass_time(HOUR)
    assert began(begins) == [("ana", "bogdan")]
    (intent,) = told(begins, "handoff")
    assert intent.args["person"] == "bogdan"
    page = compose(state(made), intent, around(), made.clock.now())
    assert page.title == "Your shift begins: on call for core-platform"
    assert "down: nobody has it" in page.body
    ends = made.pass_time(HOUR)
    assert began(ends) == [("bogdan", "ana")]
    assert [one.args["person"] for one in told(ends, "handoff")] == ["ana", "bogdan"]


def test_the_incoming_reads_what_is_open_what_happened_and_what_is_silenced() -> None:
    made = world(WEEKLY)
    made.do(DOWN)
    made.do(Acknowledge("INC-1", "ana"))
    made.do(Open(key="stock", title="stock counts are late", reason="r", severity="high"))
    made.do(Resolve("INC-2", "ana", "restarted"))
    made.do(Silence(("alert=export",), 10 * HOUR, "ana", "known"))
    intent = told(made.pass_time(4 * HOUR), "handoff")[0]
    broken = Standing(kind="broken", reason="too slow", evidence_at=0)
    found = state(made)
    standings = {next(iter(found.promises)): broken}
    page = compose(found, intent, around(standings, {"ana": "Ana"}), made.clock.now())
    assert page.title == "Your shift begins: on call for core-platform"
    for said in (
        "bogdan is on call for core-platform until Mon 30 Nov 09:00 (Europe/Bucharest).",
        "Before: Ana since Mon 23 Nov 05:00",
        "- INC-1 [unclassified] down: Ana has it",
        "- INC-2 [high] stock counts are late: over Mon 23 Nov 05:00",
        'Silenced:\n- alert="export" until Mon 23 Nov 15:00',
        "- broken: line 1, ",
        "https://ops.example/on-call/handoff/core-platform",
    ):
        assert said in page.body, page.body


def test_a_quiet_shift_says_so() -> None:
    made = world(WEEKLY)
    intent = told(made.pass_time(4 * HOUR), "handoff")[1]
    page = compose(state(made), intent, around(), made.clock.now())
    assert page.title == "bogdan has taken over: on call for core-platform"
    assert "Nothing is open.\nNothing opened in the last shift." in page.body


def test_there_is_no_summary_of_what_is_not_there() -> None:
    assert summary(state(world(WEEKLY)), "zoo", {}, 0) is None


def test_who_is_asked_and_who_asked_are_told_of_a_swap() -> None:
    made = world(WEEKLY)
    asked = told(made.do(AskSwap(TEAM, "ana", "bogdan", MINE, by="ana")), "swap")
    assert [one.args["person"] for one in asked] == ["bogdan"]
    page = compose(state(made), asked[0], around(), made.clock.now())
    assert (
        "ana asks you to take over core-platform, Tue 1 Dec 18:00 to Wed 2 Dec 09:00 (Europe/Bucharest)"
        in page.body
    )
    assert page.body.endswith("https://ops.example/swap/bogdan")
    answered = told(made.do(AnswerSwap("SWAP-1", accept=False, by="bogdan")), "answer")
    assert [(one.args["person"], one.args["said"]) for one in answered] == [
        ("ana", "bogdan declined SWAP-1."),
        ("bogdan", "bogdan declined SWAP-1."),
    ]
    page = compose(state(made), answered[0], around(), made.clock.now())
    assert "The schedule stays as it was." in page.body
    gone = compose(state(made), asked[0], around(), made.clock.now())
    assert "does not wait for an answer any more" in gone.body


def test_others_hear_of_an_override_and_who_made_it_does_not() -> None:
    made = world(WEEKLY)
    now = made.clock.now()
    override = MakeOverride(TEAM, "bogdan", after(now, HOUR), after(now, 2 * HOUR), by="ana")
    letters = told(made.do(override), "override")
    assert [one.args["person"] for one in letters] == ["bogdan"]
    page = compose(state(made), letters[0], around(names={"ana": "Ana"}), made.clock.now())
    assert (
        "bogdan is on call for core-platform, Mon 23 Nov 06:00 to Mon 23 Nov 07:00 (Europe/Bucharest), by Ana."
        in page.body
    )
    made.do(WithdrawOverride("OVR-1", "ana"))
    gone = compose(state(made), letters[0], around(), made.clock.now())
    assert gone.body.startswith("OVR-1 was withdrawn.")


def test_news_waits_behind_pages_and_goes_stale() -> None:
    made = world(WEEKLY)
    made.pass_time(4 * HOUR)
    made.do(DOWN)
    due = [one.intent.deed for one in made.engine.outbox.due(made.clock.now())]
    assert due.index("page") < due.index(NEWS)
    made.pass_time(13 * HOUR)
    assert NEWS not in [one.intent.deed for one in made.engine.outbox.waiting.values()]


def test_without_a_rotation_no_shift_changes_hands() -> None:
    assert not began([recorded.fact.data for recorded in world("").history])


def test_both_are_told_what_an_accepted_swap_changes() -> None:
    made = world(WEEKLY)
    made.do(AskSwap(TEAM, "ana", "bogdan", MINE, by="ana"))
    answered = told(made.do(AnswerSwap("SWAP-1", accept=True, by="bogdan")), "answer")
    assert [one.args["person"] for one in answered] == ["ana", "bogdan"]
    page = compose(state(made), answered[1], around(names={"bogdan": "Bogdan"}), made.clock.now())
    assert page.body.startswith(
        "bogdan accepted SWAP-1.\n"
        "Bogdan takes over core-platform, Tue 1 Dec 18:00 to Wed 2 Dec 09:00 (Europe/Bucharest)."
    )


def test_the_incoming_reads_what_maintenance_falls_into_the_shift_and_of_no_other() -> None:
    made = world(WEEKLY)
    intent = told(made.pass_time(4 * HOUR), "handoff")[0]
    now = made.clock.now()
    during = Planned(after(now, 20 * HOUR), after(now, 22 * HOUR), "MNT-1: new disks")
    later = Planned(after(now, 200 * HOUR), after(now, 202 * HOUR), "MNT-2: new kernel")
    page = compose(state(made), intent, around(planned=[during, later]), now)
    assert "Maintenance in this shift:\n- MNT-1: new disks, Tue 24 Nov 05:00 to Tue 24 Nov 07:00" in page.body
    assert "MNT-2" not in page.body
    quiet = compose(state(made), intent, around(), now)
    assert "Maintenance" not in quiet.body
