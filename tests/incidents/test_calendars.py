"""Shifts that are kept in a calendar: recurrences, exceptions, whole days, zones; matched to people; read again."""

import asyncio
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.guide.bindings import read_bindings
from opsguide.guide.bindings.model import Person
from opsguide.incidents.calendars.commands import ReadCalendar
from opsguide.incidents.calendars.edge.reading import Calendars
from opsguide.incidents.calendars.events import Event, UnreadableCalendar, events
from opsguide.incidents.calendars.facts import CalendarRead, Entry
from opsguide.incidents.calendars.matching import matched
from opsguide.kernel.clock import rfc3339
from opsguide.kernel.errors import OpsguideError, Refused
from opsguide.kernel.part import Command
from tests.incidents.test_overrides import TEAM, at, cover, who
from tests.incidents.test_roster import PEOPLE, WEEKLY, world

BUCHAREST = ZoneInfo("Europe/Bucharest")
SINCE, UNTIL = at("2026-10-01T00:00:00Z"), at("2027-05-01T00:00:00Z")


def ics(*parts: str) -> bytes:
    inner = "".join(f"BEGIN:VEVENT\nUID:{n}\n{part.strip()}\nEND:VEVENT\n" for n, part in enumerate(parts))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{inner}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def read(*parts: str) -> list[tuple[str, str]]:
    found = events(ics(*parts), SINCE, UNTIL, BUCHAREST)
    return [(rfc3339(one.start)[:16], rfc3339(one.end)[:16]) for one in found]


def test_nine_stays_nine_when_the_clocks_change() -> None:
    weekly = (
        "DTSTART;TZID=Europe/Bucharest:20270315T090000\nDTEND;TZID=Europe/Bucharest:20270322T090000\n"
        "RRULE:FREQ=WEEKLY;COUNT=3\nSUMMARY:Ana"
    )
    assert read(weekly) == [
        ("2027-03-15T07:00", "2027-03-22T07:00"),
        ("2027-03-22T07:00", "2027-03-29T06:00"),
        ("2027-03-29T06:00", "2027-04-05T06:00"),
    ]


def test_excluded_moved_and_cancelled_ones() -> None:
    weekly = (
        "DTSTART:20261102T090000Z\nDURATION:PT8H\nRRULE:FREQ=WEEKLY;UNTIL=20261201T000000Z\n"
        "EXDATE:20261109T090000Z\nSUMMARY:Ana"
    )
    moved = ics(weekly).replace(
        b"END:VCALENDAR",
        b"BEGIN:VEVENT\r\nUID:0\r\nRECURRENCE-ID:20261116T090000Z\r\nDTSTART:20261117T100000Z\r\n"
        b"DURATION:PT8H\r\nSUMMARY:Ana\r\nEND:VEVENT\r\n"
        b"BEGIN:VEVENT\r\nUID:0\r\nRECURRENCE-ID:20261123T090000Z\r\nDTSTART:20261123T090000Z\r\n"
        b"DURATION:PT8H\r\nSTATUS:CANCELLED\r\nSUMMARY:Ana\r\nEND:VEVENT\r\nEND:VCALENDAR",
    )
    found = events(moved, SINCE, UNTIL, BUCHAREST)
    assert [rfc3339(one.start)[:16] for one in found] == [
        "2026-11-02T09:00",
        "2026-11-17T10:00",
        "2026-11-30T09:00",
    ]


def test_whole_days_and_times_without_a_zone_are_in_the_rotation_s() -> None:
    assert read("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261226\nSUMMARY:Ana") == [
        ("2026-12-23T22:00", "2026-12-25T22:00")
    ]
    assert read("DTSTART;VALUE=DATE:20261224\nSUMMARY:Ana") == [("2026-12-23T22:00", "2026-12-24T22:00")]
    assert read("DTSTART:20261224T180000\nDTEND:20261225T090000\nSUMMARY:Ana") == [
        ("2026-12-24T16:00", "2026-12-25T07:00")
    ]


def test_what_is_outside_the_time_or_has_no_length_is_left_out() -> None:
    assert read("DTSTART:20200101T090000Z\nDTEND:20200102T090000Z\nSUMMARY:Ana") == []
    assert read("DTSTART:20261224T090000Z\nSUMMARY:Ana") == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>sign in</html>",
        b"BEGIN:VCALENDAR",
        ics("SUMMARY:no start"),
        ics("DTSTART:20261224T090000Z\nDTEND:20261225T090000Z\nRRULE:FREQ=SECONDLY"),
        ics("DTSTART:nonsense\nDTEND:20261225T090000Z"),
    ],
)
def test_what_is_no_calendar_is_said_and_breaks_nothing(text: bytes) -> None:
    with pytest.raises(UnreadableCalendar, match="iCalendar"):
        events(text, SINCE, UNTIL, BUCHAREST)


@given(st.binary(max_size=300))
def test_any_bytes_are_events_or_unreadable(text: bytes) -> None:
    try:
        events(text, SINCE, UNTIL, BUCHAREST)
        events(ics("DTSTART:20261224T090000Z\n").replace(b"DTSTART", text[:40]), SINCE, UNTIL, BUCHAREST)
    except UnreadableCalendar:
        pass


def test_people_are_meant_by_mail_name_or_id_and_nobody_by_chance() -> None:
    people = {"ana": Person(name="Ana Pop", mail="ana@example.com"), "bogdan": Person(name="Bogdan Ilie")}
    said = [
        Event(0, 1, "On call", ("ana@example.com",)),
        Event(1, 2, "On call: Bogdan Ilie"),
        Event(2, 3, "ana (primary)"),
        Event(3, 4, "banana"),
        Event(4, 5, "ana and bogdan"),
        Event(5, 6, "Zoe"),
    ]
    entries, others = matched(said, people)
    assert entries == (Entry("ana", 0, 1), Entry("bogdan", 1, 2), Entry("ana", 2, 3))
    assert others == ("banana", "ana and bogdan", "Zoe")


CALENDAR = '[rotations.core-platform]\ncalendar = "oncall.ics"\n'
NIGHT = Entry("bogdan", at("2026-11-23T03:00:00Z"), at("2026-11-23T05:00:00Z"))


def test_entries_go_before_layers_and_after_overrides() -> None:
    made = world(WEEKLY + CALENDAR)
    assert who(made) == "ana"
    made.do(ReadCalendar(TEAM, (NIGHT,)))
    assert who(made) == "bogdan"
    assert who(made, "2026-11-23T05:00:00Z") == "ana"
    cover(made, "ana", 1)
    assert (who(made), who(made, "2026-11-23T04:30:00Z")) == ("ana", "bogdan")
    assert who(made.restart(), "2026-11-23T04:30:00Z") == "bogdan"


def test_a_calendar_that_cannot_be_read_keeps_its_entries_and_says_why() -> None:
    made = world(WEEKLY + CALENDAR)
    made.do(ReadCalendar(TEAM, (NIGHT,), ("Zoe",)))
    with pytest.raises(Refused):
        made.do(ReadCalendar(TEAM, (NIGHT,), ("Zoe",)))
    said = made.do(ReadCalendar(TEAM, problem="its server answers 500"))[0]
    assert isinstance(said, CalendarRead)
    assert (said.entries, said.problem) == ((NIGHT,), "its server answers 500")
    assert who(made) == "bogdan"


def test_without_layers_a_calendar_is_the_whole_rotation_and_its_holes_are_seen() -> None:
    made = world(CALENDAR)
    assert "nobody is on call" in who(made)
    made.do(ReadCalendar(TEAM, (NIGHT,)))
    assert who(made) == "bogdan"
    assert "nobody is on call" in who(made, "2026-11-23T05:00:00Z")


class Reporting:
    """A real reader of files beside the bindings, whose reports are kept."""

    def __init__(self, folder: Path) -> None:
        bound, wrong = read_bindings(PEOPLE + CALENDAR)
        assert bound is not None, wrong
        self.said: list[ReadCalendar] = []
        self.calendars = Calendars(
            bindings=lambda: bound,
            resolve=str,
            fetch=self._no_network,
            submit=self._keep,
            beside=folder,
            clock=world("").clock,
        )

    async def _no_network(self, url: str) -> Any:
        raise OpsguideError("no network")

    async def _keep(self, command: Command) -> None:
        assert isinstance(command, ReadCalendar)
        self.said.append(command)


def test_a_file_is_read_and_its_absence_is_a_problem(tmp_path: Path) -> None:
    made = Reporting(tmp_path)
    asyncio.run(made.calendars.read())
    assert "No such file" in made.said[0].problem
    (tmp_path / "oncall.ics").write_bytes(
        ics("DTSTART:20261124T090000Z\nDTEND:20261125T090000Z\nSUMMARY:ana")
    )
    asyncio.run(made.calendars.read())
    assert [entry.person for entry in made.said[1].entries] == ["ana"]
    assert str(tmp_path) not in made.said[0].problem
