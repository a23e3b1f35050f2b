"""The calendar of a rotation: who is told apart how, what fits where, by whose clock, and where clocks are changed."""

from datetime import date, datetime
from itertools import product

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from opsguide.guide.bindings import Bindings, read_bindings
from opsguide.incidents.rosters import changed, clocks, faces, present, rows
from opsguide.incidents.rotation import Layer, Override, Rotation, Turns
from opsguide.incidents.weeks import initials, weeks
from opsguide.kernel.calendar import zone
from opsguide.kernel.clock import Instant, parse_instant
from tests.web.served import Served

HOURLY = """
[people.joe]
name = "Joe Brown"
zone = "America/New_York"
channels = ["ana-phone"]

[rotations.core-platform]
zone = "Europe/Bucharest"

[[rotations.core-platform.layers]]
members = ["ana", "bogdan", "joe"]
start = 2026-11-16
every = "1h"
"""


def at(text: str) -> Instant:
    return parse_instant(text)


def bound(people: str) -> Bindings:
    found, _ = read_bindings("".join(f"[people.{one}]\n" for one in people.split()))
    assert found is not None
    return found


def weekly(name: str, people: tuple[str, ...] = ("ana", "bogdan")) -> Layer:
    return Layer(people, Turns(zone(name), datetime.fromisoformat("2026-11-16T09:00"), 1, "weeks"))


def test_no_two_people_have_the_same_initials() -> None:
    assert initials(["Ana Pop", "Anton Petrescu", "ana", "Andrei"]) == ["AP", "An", "Aa", "Ad"]
    many = initials([f"Zz {number}" for number in range(40)])
    assert len(set(many)) == 40
    assert initials([""]) == ["?0"]
    assert initials(["p1", "p11", "P 1", "p"]) == ["P1", "P2", "P3", "P4"]


def test_the_first_thirty_two_people_look_different_and_a_new_one_changes_nobody() -> None:
    names = " ".join(f"p{number}" for number in range(32))
    found = faces(bound(names), {})
    assert len({(one.hue, one.pattern) for one in found.values()}) == 32
    more = faces(bound(f"{names} zoe"), {})
    assert {person: more[person] for person in found} == found


def test_a_wide_block_says_the_name_a_narrow_one_initials_and_a_sliver_nothing() -> None:
    nine = at("2026-11-25T09:00:00Z")
    hour = 3_600_000
    stand_in, sliver = (
        Override("bogdan", nine, nine + 36 * hour),
        Override("bogdan", nine + 48 * hour, nine + 49 * hour),
    )
    rotation = Rotation((weekly("UTC", ("bogdan", "ana")),), (stand_in, sliver))
    known = faces(bound("ana bogdan"), {"ana": "Ana-Maria Constantinescu of Iasi", "bogdan": "Bogdan"})
    row = next(rows(weeks(rotation, zone("UTC"), nine, 1), known, nine, zone("UTC")))
    assert [(one.desk, one.phone, one.is_override) for one in row.blocks] == [
        ("Bo", "", False),
        ("AC", "AC", False),
        ("⇄ Bogdan", "Bo", True),
        ("AC", "", False),
        ("", "", True),
        ("Ana-Maria Constantinescu of Iasi", "AC", False),
    ]
    assert sum(one.width for one in row.blocks) == pytest.approx(1)
    assert [one.person for one in present([row])] == ["ana", "bogdan"]
    assert row.today == date(2026, 11, 25)


def test_a_shift_that_runs_over_the_end_of_a_week_is_named_by_its_true_begin_and_end() -> None:
    shown = weeks(Rotation((weekly("UTC"),)), zone("UTC"), at("2026-11-24T00:00:00Z"), 2)
    last, first = shown[0].bars[-1].shift, shown[1].bars[0].shift
    assert last == first
    assert last.end == at("2026-11-30T09:00:00Z")


@pytest.mark.parametrize(
    ("where", "now", "said"),
    [
        ("Europe/Bucharest", "2027-03-25T00:00:00Z", "go forward 1 h, from 03:00 to 04:00"),
        ("Europe/Bucharest", "2027-10-28T00:00:00Z", "go back 1 h, from 04:00 to 03:00"),
        ("Australia/Lord_Howe", "2027-04-01T00:00:00Z", "go back 30 m, from 02:00 to 01:30"),
        ("Australia/Lord_Howe", "2027-09-30T00:00:00Z", "go forward 30 m, from 02:00 to 02:30"),
        ("Pacific/Apia", "2011-12-28T00:00:00Z", "go forward 1 d, from 00:00 to 00:00"),
    ],
)
def test_a_change_of_clocks_is_marked_and_said(where: str, now: str, said: str) -> None:
    there = zone(where)
    shown = weeks(Rotation((weekly(where),)), there, at(now), 1, [there])
    drawn = list(rows(shown, {}, at(now), there))
    assert [one.said for one in changed(drawn)] == [said]
    assert 0 <= shown[0].marks[0].left < 1


def test_the_day_that_samoa_skipped_has_no_width() -> None:
    there = zone("Pacific/Apia")
    week = weeks(Rotation((weekly("Pacific/Apia"),)), there, at("2011-12-28T00:00:00Z"), 1)[0]
    assert [day.date.day for day in week.days if not day.width] == [30]
    assert sum(day.width for day in week.days) == pytest.approx(1)


def test_whose_clock_it_is_may_be_chosen() -> None:
    found, _ = read_bindings(
        'zone = "Europe/Berlin"\n[people.joe]\nzone = "America/New_York"\n[people.ana]\n'
    )
    assert found is not None
    there = zone("Europe/Bucharest")
    for which, person in product(("", "mine", "utc", "moon"), ("joe", "ana", "nobody")):
        mine = "America/New_York" if person == "joe" else "Europe/Berlin"
        wanted = {"mine": mine, "utc": "UTC"}.get(which, "Europe/Bucharest")
        assert clocks(which, found, person).of(there).key == wanted


@pytest.fixture
def client() -> TestClient[Litestar]:
    served = Served()
    served.adopt(more_bindings=HOURLY)
    return TestClient(served.app, base_url="http://127.0.0.1:8470")


def test_the_page_tells_by_the_clock_and_for_the_weeks_that_were_asked_for(
    client: TestClient[Litestar],
) -> None:
    usual = client.get("/on-call").text
    assert "times in Europe/Bucharest" in usual
    assert usual.count('<svg class="week">') == 4
    client.cookies.set("me", "joe")
    other = client.get("/on-call?zone=mine&weeks=2").text
    assert "times in America/New_York" in other
    assert other.count('<svg class="week">') == 2
    assert '<a href="/on-call?zone=mine&amp;weeks=4">4 weeks</a>' in other
    assert "times in UTC" in client.get("/on-call?zone=utc").text
    assert client.get("/on-call?zone=%00&weeks=-1").status_code == 200


def test_a_rotation_by_the_hour_is_a_short_list_and_a_longer_one_behind_a_click(
    client: TestClient[Litestar],
) -> None:
    page = client.get("/on-call").text
    at_once, _, later = page.partition("<details")
    assert at_once.count("<tr><td>") == 14
    assert later.count("<tr><td>") == 186
    assert "shifts more in these weeks" in later


def test_a_stand_in_asks_for_the_turn_by_the_rotations_clock_whatever_is_shown(
    client: TestClient[Litestar],
) -> None:
    link = "start=2026-11-23T05:00&amp;end=2026-11-23T06:00&amp;replaces="
    assert link in client.get("/on-call").text
    assert link in client.get("/on-call?zone=utc").text
