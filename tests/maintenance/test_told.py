"""Who hears of maintenance, and when: at once, as long ahead as the guide says, and that it does not take place."""

from opsguide.app.status_page.messages import messages
from opsguide.guide.values import Window
from opsguide.kernel.clock import after
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent
from opsguide.maintenance.commands import AnnounceMaintenance, CancelMaintenance
from opsguide.maintenance.facts import MaintenanceReminded
from tests.cast import PROMISES
from tests.status_page.scene import Town
from tests.world import a_promise

HOUR = 3600.0
DAY = 24 * HOUR
NOTICED = a_promise(
    "maintenance.window.scheduled",
    Window(window="scheduled", notice_seconds=2 * DAY, max_seconds=4 * HOUR),
    keeper="maintenance",
)


def town() -> Town:
    made = Town()
    made.adopt([*PROMISES, NOTICED], made.text)
    return made


def announced(made: Town, ahead: float, *, anyway: bool = False) -> list[Data]:
    start = after(made.clock.now(), ahead)
    return made.do(AnnounceMaintenance("move db-7", start, after(start, HOUR), "ana", anyway=anyway))


def told(facts: list[Data]) -> list[tuple[str, str]]:
    """Who is told what, in short."""
    return [(f.args["person"], f.args["title"]) for f in facts if isinstance(f, Intent) and f.deed == "news"]


def subscribed(made: Town) -> list[str]:
    """What subscribers are told of maintenance, so far."""
    return [one.kind for one in messages(made.page()) if one.kind.startswith("maintenance")]


def reminders(facts: list[Data]) -> list[str]:
    return [f.maintenance for f in facts if isinstance(f, MaintenanceReminded)]


def test_who_is_on_call_hears_of_it_at_once() -> None:
    made = town()
    assert told(announced(made, 3 * DAY)) == [
        ("ana", "MNT-1 is announced"),
        ("bogdan", "MNT-1 is announced"),
    ]
    assert subscribed(made) == ["maintenance.announced"]


def test_announced_early_it_is_told_once_more_when_the_guide_says() -> None:
    made = town()
    announced(made, 10 * DAY)
    assert reminders(made.pass_time(8 * DAY - 60)) == []
    facts = made.pass_time(60)
    assert reminders(facts) == ["MNT-1"]
    assert told(facts) == [("ana", "MNT-1 begins soon"), ("bogdan", "MNT-1 begins soon")]
    assert subscribed(made) == ["maintenance.announced", "maintenance.reminder"]
    assert reminders(made.pass_time(DAY)) == []
    assert made.restart().engine.states == made.engine.states


def test_announced_just_in_time_or_too_late_once_is_enough() -> None:
    made = town()
    announced(made, 2 * DAY)
    announced(made, HOUR, anyway=True)
    assert made.standing(NOTICED.id).kind == "broken"
    assert reminders(made.pass_time(3 * DAY)) == []


def test_cancelled_all_who_were_told_hear_it_and_nobody_is_reminded() -> None:
    made = town()
    announced(made, 10 * DAY)
    facts = made.do(CancelMaintenance("MNT-1", "ana"))
    assert told(facts) == [("ana", "MNT-1 was cancelled"), ("bogdan", "MNT-1 was cancelled")]
    assert made.page().planned == ()
    assert subscribed(made) == ["maintenance.cancelled"]
    assert reminders(made.pass_time(9 * DAY)) == []


def test_public_words_for_that_time_are_not_called_off() -> None:
    made = town()
    announced(made, 3 * DAY)
    made.do(CancelMaintenance("MNT-1", "ana"))
    announced(made, 3 * DAY)
    assert subscribed(made) == ["maintenance.announced"]
