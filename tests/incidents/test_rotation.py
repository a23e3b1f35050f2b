"""Who is on call: turns, layers, hours, overrides; exactly one person at every instant, in every zone."""

from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

from hypothesis import given
from hypothesis import strategies as st

from opsguide.incidents.rotation import Layer, Override, Rotation, Turns, Unit, holes, shifts
from opsguide.kernel.calendar import Hours, local, zone
from opsguide.kernel.clock import Instant, after, parse_instant, rfc3339, seconds_between

ZONES = sorted(available_timezones() - {"localtime"})
MONDAY_NINE = datetime.fromisoformat("2026-11-02T09:00")
CAST = ("ana", "bogdan", "carmen")
DAY = 86400


def weekly(name: str = "Europe/Bucharest", people: tuple[str, ...] = CAST) -> Layer:
    return Layer(people, Turns(zone(name), MONDAY_NINE, 1, "weeks"))


def at(text: str) -> Instant:
    return parse_instant(text)


def who(rotation: Rotation, when: str) -> str | None:
    duty = rotation.on_duty(at(when))
    return None if duty is None else duty.person


def told(rotation: Rotation, start: str, end: str) -> list[tuple[str | None, str]]:
    return [(s.person, rfc3339(s.start)[:16]) for s in shifts(rotation, at(start), at(end))]


def test_three_people_take_a_week_each_and_hand_off_on_monday_at_nine() -> None:
    rotation = Rotation((weekly(),))
    assert who(rotation, "2026-11-02T06:59:59Z") == "carmen"
    assert who(rotation, "2026-11-02T07:00:00Z") == "ana"
    assert who(rotation, "2026-11-09T07:00:00Z") == "bogdan"
    assert who(rotation, "2026-11-23T07:00:00Z") == "ana"


def test_the_hand_off_stays_at_nine_when_the_clocks_change() -> None:
    rotation = Rotation((weekly(),))
    assert told(rotation, "2027-03-22T12:00:00Z", "2027-04-06T00:00:00Z") == [
        ("carmen", "2027-03-22T12:00"),
        ("ana", "2027-03-29T06:00"),
        ("bogdan", "2027-04-05T06:00"),
    ]


def test_the_night_layer_lies_on_top_of_the_day() -> None:
    nights = Hours(zone("Europe/Bucharest"), start=time(22), end=time(6))
    rotation = Rotation((weekly(), Layer(("dan",), weekly().turns, nights)))
    assert told(rotation, "2026-11-03T12:00:00Z", "2026-11-04T12:00:00Z") == [
        ("ana", "2026-11-03T12:00"),
        ("dan", "2026-11-03T20:00"),
        ("ana", "2026-11-04T04:00"),
    ]


def test_follow_the_sun_leaves_no_hole_on_a_day_on_which_one_zone_changes_its_clocks() -> None:
    turns = weekly().turns
    rotation = Rotation(
        (
            Layer(("mei",), turns, Hours(zone("Asia/Singapore"), start=time(8), end=time(16))),
            Layer(("ana",), turns, Hours(zone("UTC"), start=time(8), end=time(16))),
            Layer(("joe",), turns, Hours(zone("UTC"), start=time(16), end=time(0))),
        )
    )
    assert holes(rotation, at("2027-03-27T00:00:00Z"), at("2027-03-30T00:00:00Z")) == []


def test_office_hours_alone_leave_holes_that_are_named() -> None:
    office = Hours(zone("UTC"), frozenset(range(5)), time(9), time(17))
    rotation = Rotation((Layer(CAST, Turns(zone("UTC"), MONDAY_NINE, 1, "days"), office),))
    found = holes(rotation, at("2026-11-27T12:00:00Z"), at("2026-11-30T12:00:00Z"))
    assert [(rfc3339(a)[:16], rfc3339(b)[:16]) for a, b in found] == [
        ("2026-11-27T17:00", "2026-11-30T09:00")
    ]


def test_an_override_wins_and_ends_by_itself() -> None:
    swap = Override("carmen", at("2026-11-03T18:00:00Z"), at("2026-11-04T08:00:00Z"))
    rotation = Rotation((weekly(),), (swap,))
    assert told(rotation, "2026-11-03T12:00:00Z", "2026-11-05T00:00:00Z") == [
        ("ana", "2026-11-03T12:00"),
        ("carmen", "2026-11-03T18:00"),
        ("ana", "2026-11-04T08:00"),
    ]
    duty = rotation.on_duty(at("2026-11-03T20:00:00Z"))
    assert duty is not None
    assert (duty.layer, duty.instead_of) == (0, "ana")


def test_an_override_of_one_person_leaves_the_turns_of_others() -> None:
    holiday = Override("dan", at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"), replaces="bogdan")
    rotation = Rotation((weekly(),), (holiday,))
    assert who(rotation, "2026-11-05T00:00:00Z") == "ana"
    assert who(rotation, "2026-11-12T00:00:00Z") == "dan"


def test_a_new_order_begins_when_it_is_said_to() -> None:
    later = at("2026-11-11T00:00:00Z")
    newer = Layer(("dan",), weekly().turns, since=later)
    rotation = Rotation((weekly(), newer))
    assert who(rotation, "2026-11-10T23:59:59Z") == "bogdan"
    assert who(rotation, "2026-11-11T00:00:00Z") == "dan"


def test_nobody_in_a_layer_is_a_hole() -> None:
    rotation = Rotation((weekly(people=()),))
    assert rotation.on_duty(at("2026-11-05T00:00:00Z")) is None


def test_a_day_that_samoa_skipped_has_no_turn_and_nobody_is_missing() -> None:
    turns = Turns(zone("Pacific/Apia"), datetime.fromisoformat("2011-12-26"), 1, "days")
    rotation = Rotation((Layer(CAST, turns),))
    found = shifts(rotation, at("2011-12-28T10:00:00Z"), at("2012-01-01T10:00:00Z"))
    assert [(s.person, seconds_between(s.start, s.end)) for s in found] == [
        ("carmen", DAY),
        ("ana", DAY),  # Thursday 29 December; Friday's turn, bogdan's, never came
        ("carmen", DAY),
        ("ana", DAY),
    ]


def test_ten_years_of_weeks_have_one_owner_at_every_instant_in_every_zone() -> None:
    """Each hand-off is at nine by the wall clock, or at a jump over it; around each change of clocks none is lost."""
    for name in ZONES:
        turns = Turns(zone(name), datetime.fromisoformat("2020-01-06T09:00"), 1, "weeks")
        begins = [turns.begin(number) for number in range(522)]
        for number, (begin, following) in enumerate(pairwise(begins)):
            assert begin < following, name
            if following - begin != 7 * DAY * 1000:
                assert turns.number(begin) == turns.number(following - 1) == number, name
                wall = local(following, turns.zone)
                assert wall.hour == 9 or local(following - 1, turns.zone).hour < 9 < wall.hour, name


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime.fromisoformat("2009-01-01"), datetime.fromisoformat("2011-01-01")).map(
        lambda m: m.replace(second=0, microsecond=0)
    ),
    st.integers(1, 40),
    st.sampled_from(["hours", "days", "weeks"]),
    st.integers(0, 10 * 365),
    st.integers(1, 20),
)
def test_any_cadence_covers_every_instant_once(
    name: str, first: datetime, every: int, unit: Unit, day: int, length: int
) -> None:
    turns = Turns(zone(name), first, every, unit)
    rotation = Rotation((Layer(CAST, turns),))
    start = after(at("2010-01-01T00:00:00Z"), day * DAY)
    end = after(start, length * DAY / 4)
    found = shifts(rotation, start, end)
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(one.end == other.start and one.duty != other.duty for one, other in pairwise(found))
    for shift in found:
        assert rotation.on_duty(shift.start) == rotation.on_duty(shift.end - 1) == shift.duty
        assert shift.person in CAST


def test_shifts_of_a_month_of_hours_follow_the_wall_clock() -> None:
    turns = Turns(zone("Europe/Bucharest"), MONDAY_NINE, 1, "hours")
    found = shifts(Rotation((Layer(CAST, turns),)), at("2026-10-01T00:00:00Z"), at("2026-11-01T00:00:00Z"))
    # The hour that came twice belongs to one turn: hand-offs are by the wall clock.
    assert len(found) == 31 * 24 - 1
    assert max(one.end - one.start for one in found) == timedelta(hours=2) // timedelta(milliseconds=1)
