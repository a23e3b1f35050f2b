"""What the page says of a service, on the fast-forwarded clock."""

import pytest
from msgspec.structs import replace

from opsguide.app.core import remembering_engine
from opsguide.app.status_page import words
from opsguide.app.status_page.courses import Level
from opsguide.app.status_page.facts import Attended
from opsguide.app.status_page.messages import messages
from opsguide.app.status_page.model import Page
from opsguide.app.status_page.render import Press
from opsguide.guide.values import Window
from opsguide.incidents.commands import Open, Resolve
from opsguide.incidents.process import state as work
from opsguide.incidents.process.commands import CorrectUpdate, Update
from opsguide.incidents.process.facts import IncidentUpdated
from opsguide.kernel.clock import after, parse_instant
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Erased, Recorded
from opsguide.kernel.promise import Keeper
from opsguide.kernel.standing import EvidenceRecorded
from opsguide.maintenance.commands import AnnounceMaintenance, CancelMaintenance
from tests.cast import P95, PROMISES
from tests.status_page.scene import DAY, STATUS, Town
from tests.world import a_promise

AUTOMATIC = STATUS.replace('title = "Harbour"', 'title = "Harbour"\nincidents = "automatic"')


def see(town: Town, verdict: str) -> None:
    seen = EvidenceRecorded(P95, verdict, "measured", 600, "430 ms", "200 ms")  # type: ignore[arg-type]
    town._keep(town.engine.record(seen, subject=f"promise:{P95}", now=town.clock.now()))


def published(town: Town) -> list[work.Update]:
    """What was published of the first incident."""
    return list(town.engine.state("incidents").open["INC-1"].work.updates)


def everything(page: Page) -> str:
    """All that anybody outside can read."""
    return "\n".join(one.body.decode() for one in Press().files(page, live=True).values())


class TestComponents:
    def test_what_nobody_looked_at_is_not_known(self) -> None:
        town = Town()
        assert {one.level for one in town.page().components} == {Level.UNKNOWN}
        assert (town.page().overall, town.component("shop").uptime) == ("unknown", None)

    def test_what_answers_is_operational(self) -> None:
        town = Town()
        town.probe()
        town.mail()
        assert {one.level for one in town.page().components} == {Level.UP}
        assert words.headline(town.page()) == "All systems are operational"

    def test_an_outage_is_shown_and_counted(self) -> None:
        town = Town()
        town.mail()
        town.days(1)
        for _ in range(3):
            town.probe(up=False)
        town.pass_time(600)
        assert town.component("shop").level == Level.DOWN
        assert town.page().overall == "down"
        assert words.headline(town.page()) == "Shop and Checkout are down"
        town.probe()
        town.days(1)
        shop = town.component("shop")
        assert (shop.level, sum(day.down for day in shop.days)) == (Level.UP, 600)
        assert words.percent(shop.uptime or 0) == "99.65 %"

    def test_a_broken_promise_is_degraded_and_down_is_worse(self) -> None:
        town = Town()
        town.mail()
        town.probe()
        see(town, "broken")
        town.pass_time(1)
        assert town.component("checkout").level == Level.DEGRADED
        assert (town.page().overall, words.headline(town.page())) == ("degraded", "Checkout is degraded")
        for _ in range(3):
            town.probe(up=False)
        assert town.component("checkout").level == Level.DOWN

    def test_a_probe_of_which_too_few_regions_know_is_not_known(self) -> None:
        town = Town()
        town.mail()
        town.mail("unknown")
        assert town.component("mail").level == Level.UNKNOWN

    def test_the_time_in_which_opsguide_was_away_is_not_known(self) -> None:
        town = Town()
        town.mail()
        town.days(1)
        town.clock.advance(2 * DAY)  # nothing is decided: the machine is off
        town.days(0.5)
        unknown = [round(day.unknown / 3600) for day in town.component("mail").days[-4:]]
        assert unknown == [3, 21, 24, 3]
        assert town.component("mail").level == Level.UP

    def test_a_quiet_service_says_itself_that_it_is_there(self) -> None:
        """Nothing but a probe that does not turn: no fact would tell it from a machine that is off."""
        town = Town()
        town.mail()
        said = town.pass_time(DAY)
        assert sum(isinstance(one, Attended) for one in said) == 24 * 12
        assert town.component("mail").days[-2].unknown == 3 * 3600

    def test_an_environment_that_is_no_longer_probed_is_not_known(self) -> None:
        town = Town()
        town.probe()
        town.pass_time(1200)
        assert town.component("shop").level == Level.UNKNOWN
        assert town.component("shop").days[-1].up == pytest.approx(600, abs=1)

    def test_without_a_page_nothing_is_recorded_for_it(self) -> None:
        town = Town("")
        assert not any(isinstance(one, Attended) for one in town.pass_time(DAY))

    def test_it_is_the_same_after_a_restart(self) -> None:
        town = Town()
        town.mail()
        town.days(1)
        town.outage(600)
        before = town.page()
        town.engine = remembering_engine()
        town.engine.replay(town.history)
        assert town.page() == before


class TestIncidents:
    def opened(self, town: Town) -> None:
        town.do(
            Open(
                key="environment:production",
                title="db-7.internal refuses connections",
                reason="pg_isready on db-7 failed",
                severity="critical",
                labels={"environment": "production"},
            )
        )

    def test_by_default_nothing_is_public_until_somebody_publishes(self) -> None:
        town = Town()
        self.opened(town)
        assert town.page().entries == ()

    def test_automatically_an_incident_is_told_in_general_words_and_as_over(self) -> None:
        town = Town(AUTOMATIC)
        town.probe()
        town.mail()
        self.opened(town)
        (entry,) = town.page().entries
        assert (entry.title, entry.ended) == ("Problem with Shop and Checkout", None)
        assert entry.updates[0].phase == "investigating"
        assert words.headline(town.page()) == "We are working on an incident"
        town.pass_time(600)
        town.do(Resolve("INC-1", "ana", "db-7 was restarted"))
        (entry,) = town.page().entries
        assert [one.phase for one in entry.updates] == ["resolved", "investigating"]
        assert entry.ended == town.clock.now()
        assert town.page().overall == "up"

    def test_an_incident_of_nothing_that_is_shown_stays_inside(self) -> None:
        town = Town(AUTOMATIC)
        town.do(Open(key="backup", title="a backup failed", reason="exit 1", severity="high"))
        assert town.page().entries == ()

    def test_a_drill_is_nobodys_business(self) -> None:
        town = Town(AUTOMATIC)
        town.do(
            Open(
                key="environment:production",
                title="DRILL",
                reason="a drill",
                severity="critical",
                labels={"environment": "production"},
                drill="D-1",
            )
        )
        assert town.page().entries == ()

    def test_what_a_person_publishes_is_shown_word_for_word_and_nothing_else(self) -> None:
        town = Town()
        town.probe()
        town.mail()
        self.opened(town)
        town.do(Update("INC-1", "ana", "db-7 lost its disk", public=False, phase="identified"))
        assert town.page().entries == ()
        town.do(Update("INC-1", "ana", "Orders are slow.\nNothing is lost.", public=True, phase="identified"))
        (entry,) = town.page().entries
        assert [(one.phase, one.text) for one in entry.updates] == [
            ("identified", "Orders are slow.\nNothing is lost.")
        ]
        assert "db-7" not in everything(town.page())
        assert "ana" not in everything(town.page())
        town.do(Update("INC-1", "ana", "All is well.", public=True, phase="resolved"))
        town.pass_time(600)
        town.do(Resolve("INC-1", "ana", "new disk"))
        (entry,) = town.page().entries
        assert entry.updates[0].text == "All is well."
        assert len(entry.updates) == 2, "it is not said to be over twice"

    def test_what_is_resolved_and_never_said_to_be_is_said_to_be(self) -> None:
        town = Town()
        self.opened(town)
        town.do(Update("INC-1", "ana", "Orders are slow.", public=True, phase="monitoring"))
        town.do(Resolve("INC-1", "ana", "new disk"))
        (entry,) = town.page().entries
        assert [one.phase for one in entry.updates] == ["resolved", "monitoring"]

    def test_words_that_were_erased_are_gone(self) -> None:
        town = Town()
        self.opened(town)
        town.do(Update("INC-1", "ana", "Zoe's order is lost.", public=True, phase="monitoring"))
        town.history = [
            Recorded(one.seq, replace(one.fact, personal=Erased()))
            if isinstance(one.fact.data, IncidentUpdated)
            else one
            for one in town.history
        ]
        town.engine = remembering_engine()
        town.engine.replay(town.history)
        assert town.page().entries == ()

    def test_other_words_stand_in_the_place_of_a_mistake_wherever_it_was_told(self) -> None:
        town = Town()
        town.mail()
        self.opened(town)
        town.do(Update("INC-1", "ana", "Zoe's order is lost.", public=True, phase="identified"))
        town.do(Update("INC-1", "ana", "We work on it.", public=True, phase="identified"))
        said, began = published(town), town.clock.now()
        town.pass_time(600)
        town.do(CorrectUpdate("INC-1", said[0].seq, "ana", "Some orders are late."))
        (entry,) = town.page().entries
        assert [one.text for one in entry.updates] == ["We work on it.", "Some orders are late."]
        assert [one.corrected for one in entry.updates] == [None, after(began, 600)]
        assert [one.at for one in entry.updates] == [began, began]
        assert entry.updated == after(began, 600), "feeds have it as new"
        shown = everything(town.page())
        assert "corrected" in shown
        assert "Zoe" not in shown
        told = [one for one in messages(town.page()) if one.kind == "incident.corrected"]
        assert [(one.text, one.state) for one in told] == [("Some orders are late.", "Identified, corrected")]
        town.history = [
            Recorded(one.seq, replace(one.fact, personal=Erased())) if one.seq == said[0].seq else one
            for one in town.history
        ]
        town.engine = remembering_engine()
        town.engine.replay(town.history)
        assert town.page().entries == (entry,), "the words that were a mistake can be erased as well"

    @pytest.mark.parametrize(
        ("number", "text", "reason"),
        [(0, " ", "empty_update"), (0, "Orders are slow. ", "unchanged"), (1, "x", "unknown_update")],
    )
    def test_what_is_no_correction_changes_nothing(self, number: int, text: str, reason: str) -> None:
        town = Town()
        self.opened(town)
        town.do(Update("INC-1", "ana", "Orders are slow.", public=True, phase="identified"))
        before = len(town.history)
        with pytest.raises(Refused) as refused:
            town.do(CorrectUpdate("INC-1", published(town)[0].seq + number, "ana", text))
        assert refused.value.reason == reason
        assert len(town.history) == before

    def test_names_from_inside_are_nowhere(self) -> None:
        town = Town(AUTOMATIC)
        town.mail()
        town.days(0.1)
        self.opened(town)
        town.outage(600)
        town.do(Resolve("INC-1", "ana", "db-7 was restarted"))
        public = everything(town.page())
        inside = ("production", "INC-", "db-7", "pg_isready", P95, "mail.example", "ana", "127.0.0.1")
        assert [name for name in inside if name in public] == []


MAINTENANCE = """
[[status.maintenance]]
title = "Larger databases"
start = 2026-11-23T04:00:00
end = 2026-11-23T06:00:00
components = ["shop", "checkout"]
text = "Orders wait for some minutes."
"""


WINDOW = "maintenance.window.db"
EVERY_TIME = f'\n[maintenance]\nevery_time = ["{WINDOW}"]\n'


class TestMaintenance:
    def test_it_is_announced_under_way_and_gone(self) -> None:
        town = Town(STATUS + MAINTENANCE)
        town.mail()
        town.probe()
        (one,) = town.page().upcoming
        assert (one.title, one.components) == ("Larger databases", ("Shop", "Checkout"))
        town.pass_time(2 * 3600)
        for _ in range(3):
            town.probe(up=False)
        page = town.page()
        assert ([one.title for one in page.under_way], page.upcoming) == (["Larger databases"], ())
        assert page.overall == "maintenance"
        assert {words.state(one) for one in page.components if one.maintained} == {words.MAINTENANCE}
        town.pass_time(2 * 3600)
        assert town.page().planned == ()
        assert town.page().overall == "down"

    def test_an_outage_within_it_is_maintenance_and_stays_so_when_it_is_no_longer_in_the_bindings(
        self,
    ) -> None:
        town = Town(STATUS + MAINTENANCE)
        town.down_in(90 * 60)
        assert (town.component("shop").days[-1].down, town.component("shop").days[-1].maintenance) == (
            0,
            3600,
        )
        town.rebind(STATUS)
        shop = town.component("shop")
        assert (shop.days[-1].level, shop.uptime) == (Level.MAINTENANCE, 1.0)
        assert "maintenance 1 h" in words.day_said(shop.days[-1])
        assert "b-maintenance" in everything(town.page())

    def test_what_is_announced_only_afterwards_excuses_nothing(self) -> None:
        town = Town()
        town.down_in(90 * 60)
        town.rebind(STATUS + MAINTENANCE)
        assert (town.component("shop").days[-1].down, town.component("shop").days[-1].maintenance) == (
            3600,
            0,
        )

    def test_an_end_that_is_moved_afterwards_excuses_nothing_before_it_was_moved(self) -> None:
        town = Town(STATUS + MAINTENANCE)
        town.down_in(2 * 3600 + 30 * 60)
        town.rebind(STATUS + MAINTENANCE.replace("06:00:00", "09:00:00"))
        town.pass_time(60)
        today = town.component("shop").days[-1]
        assert (today.maintenance, today.down) == (30 * 60, 30 * 60)

    def test_new_words_in_the_middle_of_it_change_nothing(self) -> None:
        town = Town(STATUS + MAINTENANCE)
        for _ in range(3):
            town.probe(up=False)
        town.pass_time(90 * 60)
        town.rebind(STATUS + MAINTENANCE.replace("some minutes", "an hour"))
        town.pass_time(30 * 60)
        assert town.component("shop").days[-1].maintenance == 3600

    def test_what_it_does_not_concern_is_not_excused(self) -> None:
        town = Town(STATUS + MAINTENANCE.replace('"shop", "checkout"', '"checkout"'))
        town.down_in(90 * 60)
        assert town.component("shop").days[-1].down == 3600
        assert town.component("checkout").days[-1].down == 0

    def window(self, town: Town) -> Page:
        keeper: Keeper = "maintenance"
        values = Window(
            window="db patching",
            rrule="FREQ=WEEKLY;BYDAY=SU",
            start="02:00",
            end="06:00",
            zone="Europe/Bucharest",
        )
        town.adopt([*PROMISES, a_promise(WINDOW, values, keeper=keeper)], town.text)
        return town.page()

    def test_a_window_with_work_every_time_is_shown_without_its_name(self) -> None:
        page = self.window(Town(STATUS + EVERY_TIME))
        (one,) = page.upcoming
        assert one.start == parse_instant("2026-11-29T00:00:00Z")
        assert one.end == parse_instant("2026-11-29T04:00:00Z")
        assert "db patching" not in everything(page)

    def test_a_window_in_which_nothing_need_happen_is_not_shown(self) -> None:
        assert self.window(Town()).planned == ()

    def test_what_the_console_announces_is_shown_without_the_words_of_the_team(self) -> None:
        town = Town()
        start = town.clock.now() + 10 * 3_600_000
        town.do(AnnounceMaintenance("move db-7 to the new rack", start, start + 3_600_000, "ana"))
        page = town.page()
        (one,) = page.upcoming
        assert (one.title, one.start) == ("Planned maintenance", start)
        assert "db-7" not in everything(page)
        town.do(CancelMaintenance("MNT-1", "ana"))
        assert town.page().planned == ()

    def test_public_words_for_the_same_time_stand_in_its_place(self) -> None:
        town = Town(STATUS + MAINTENANCE)
        start = parse_instant("2026-11-23T04:30:00Z")
        town.do(AnnounceMaintenance("move db-7", start, start + 3_600_000, "ana"))
        assert [one.title for one in town.page().planned] == ["Larger databases"]

    def test_the_bindings_may_leave_windows_out(self) -> None:
        town = Town(STATUS.replace('title = "Harbour"', 'title = "Harbour"\nwindows = false') + EVERY_TIME)
        assert self.window(town).planned == ()


def test_a_share_is_never_rounded_up() -> None:
    assert words.percent(0.9999999) == "99.99 %"
    assert words.percent(1.0) == "100 %"
    assert words.percent(0.29) == "29.00 %"
