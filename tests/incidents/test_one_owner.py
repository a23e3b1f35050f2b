"""Exactly one owner at each instant: skipped days, changes of clocks by half an hour, following the sun, overrides."""

from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opsguide.incidents.rotation import Layer, Override, Rotation, Turns, Unit, holes, shifts
from opsguide.kernel.calendar import Hours, clock_changes, local, zone
from opsguide.kernel.clock import Instant, after, parse_instant

DAY = 86_400.0
HOUR_MS = 3_600_000
MINUTE_MS = 60_000

AWKWARD = {
    "Pacific/Apia": "2011-12-30T10:00:00Z",  # the whole of Friday the 30th was left out
    "Pacific/Kwajalein": "1993-08-21T12:00:00Z",  # a Saturday was left out
    "Australia/Lord_Howe": "2027-04-03T15:00:00Z",  # back by half an hour
    "Asia/Kathmandu": "1985-12-31T18:30:00Z",  # forward by a quarter of an hour, for good
    "America/St_Johns": "2007-03-11T03:31:00Z",  # at one minute past midnight
    "Africa/Casablanca": "2027-02-07T02:00:00Z",  # for Ramadan
    "Europe/Bucharest": "2027-10-31T01:00:00Z",
    "UTC": "2027-01-01T00:00:00Z",
}
"""Zones, and an instant near which their clocks do what a rotation may stumble over."""

AROUND_HOURS = 6 * 24

moments = st.datetimes(datetime.fromisoformat("1980-01-01"), datetime.fromisoformat("2027-12-31")).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))


@st.composite
def hours_in(draw: st.DrawFn, name: str) -> Hours:
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return Hours(zone(name), days, draw(times), draw(times))


@st.composite
def layers(draw: st.DrawFn, near: str) -> Layer:
    """In the zone, or in another one: people who follow the sun sit elsewhere."""
    name = draw(st.sampled_from([near, near, *AWKWARD]))
    units: list[Unit] = ["hours", "days", "weeks"]
    turns = Turns(zone(name), draw(moments), draw(st.integers(1, 14)), draw(st.sampled_from(units)))
    people = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4))
    return Layer(tuple(people), turns, draw(st.none() | hours_in(name)))


@st.composite
def overrides(draw: st.DrawFn, around: Instant) -> Override:
    start = around + draw(st.integers(-AROUND_HOURS * 60, AROUND_HOURS * 60)) * MINUTE_MS
    end = start + draw(st.integers(1, 72 * 60)) * MINUTE_MS
    return Override(draw(st.sampled_from("xyz")), start, end, draw(st.sampled_from([None, None, *"abcxy"])))


@st.composite
def rotations(draw: st.DrawFn) -> tuple[Rotation, Instant]:
    near = draw(st.sampled_from(sorted(AWKWARD)))
    around = parse_instant(AWKWARD[near])
    return (
        Rotation(
            tuple(draw(st.lists(layers(near), min_size=1, max_size=4))),
            tuple(draw(st.lists(overrides(around), max_size=4))),
        ),
        around,
    )


@settings(max_examples=150)
@given(rotations(), st.lists(st.integers(0, 2 * AROUND_HOURS * HOUR_MS - 1), min_size=20, max_size=20))
def test_the_shifts_are_without_gap_or_overlap_and_say_who_is_on_call_at_every_instant(
    made: tuple[Rotation, Instant], looked: list[int]
) -> None:
    rotation, around = made
    start, end = around - AROUND_HOURS * HOUR_MS, around + AROUND_HOURS * HOUR_MS
    found = shifts(rotation, start, end)
    assert (found[0].start, found[-1].end) == (start, end)
    for one, other in pairwise(found):
        assert one.end == other.start
        assert one.duty != other.duty
    for shift in found:
        assert shift.start < shift.end
        assert rotation.on_duty(shift.start) == rotation.on_duty(shift.end - 1) == shift.duty
    for offset in looked:
        owners = [one for one in found if one.start <= start + offset < one.end]
        assert [one.duty for one in owners] == [rotation.on_duty(start + offset)]


@settings(max_examples=100)
@given(rotations(), st.integers(0, 2 * AROUND_HOURS * 60))
def test_a_part_of_the_schedule_says_the_same_as_the_whole(
    made: tuple[Rotation, Instant], minute: int
) -> None:
    """Nothing depends on where somebody begins to look."""
    rotation, around = made
    start, end = around - AROUND_HOURS * HOUR_MS, around + AROUND_HOURS * HOUR_MS
    middle = start + minute * MINUTE_MS
    whole = shifts(rotation, start, end)
    for part in shifts(rotation, middle, end) if middle < end else ():
        held = next(one for one in whole if one.start <= part.start < one.end)
        assert (part.duty, part.end) == (held.duty, held.end)


@settings(max_examples=100)
@given(rotations())
def test_the_last_override_that_covers_an_instant_has_it(made: tuple[Rotation, Instant]) -> None:
    rotation, _ = made
    planned = Rotation(rotation.layers)
    for override in rotation.overrides:
        for at in (override.start, (override.start + override.end) // 2, override.end - 1):
            under = planned.on_duty(at)
            person = None if under is None else under.person
            covering = [
                one
                for one in rotation.overrides
                if one.start <= at < one.end and (one.replaces is None or one.replaces == person)
            ]
            found = rotation.on_duty(at)
            if not covering:
                assert found == under
            else:
                assert found is not None
                assert (found.person, found.layer, found.instead_of) == (covering[-1].person, 0, person)


@pytest.mark.parametrize("name", sorted(AWKWARD))
@settings(max_examples=40)
@given(st.lists(times, min_size=2, max_size=4, unique=True).map(sorted))
@example([time(2, 0), time(2, 30)])
@example([time(0, 0), time(8, 0), time(16, 0)])
def test_people_who_share_a_day_by_the_wall_clock_leave_no_hole_whatever_it_does(
    name: str, cuts: list[time]
) -> None:
    """Each from one time of day until the next, the last until the first: on a day of 23, 24½ or 0 hours, too."""
    around = parse_instant(AWKWARD[name])
    turns = Turns(zone(name), datetime.fromisoformat("1980-01-07T09:00"), 1, "weeks")
    shared = tuple(
        Layer((f"p{place}",), turns, Hours(zone(name), start=cut, end=cuts[(place + 1) % len(cuts)]))
        for place, cut in enumerate(cuts)
    )
    assert holes(Rotation(shared), after(around, -4 * DAY), after(around, 4 * DAY)) == []


@settings(max_examples=80)
@given(st.sampled_from(sorted(AWKWARD)), st.data(), st.integers(-AROUND_HOURS * 60, AROUND_HOURS * 60))
def test_away_from_a_change_a_layer_covers_what_its_wall_clock_shows(
    name: str, data: st.DataObject, minute: int
) -> None:
    """Said the plain way, without looking for openings: it holds where no clock is changed within a day and a half."""
    hours = data.draw(hours_in(name))
    at = parse_instant(AWKWARD[name]) + minute * MINUTE_MS
    if list(clock_changes(zone(name), after(at, -1.5 * DAY), after(at, 1.5 * DAY))):
        return
    wall = local(at, zone(name))
    midnight = datetime.combine(wall.date(), time())
    opened = False
    for day in (midnight - timedelta(days=1), midnight):
        opens = datetime.combine(day, hours.start)
        length = (datetime.combine(day, hours.end) - opens) % timedelta(days=1) or timedelta(days=1)
        opened |= day.weekday() in hours.days and opens <= wall < opens + length
    layer = Layer(("ana",), Turns(zone(name), datetime.fromisoformat("1980-01-07T09:00"), 1, "days"), hours)
    assert (layer.owner(at) == "ana") is opened


def test_of_daily_turns_only_the_skipped_one_is_lost_and_all_others_last_a_day() -> None:
    turns = Turns(zone("Pacific/Apia"), datetime.fromisoformat("2011-12-26"), 1, "days")
    people = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    found = shifts(
        Rotation((Layer(people, turns),)),
        parse_instant("2011-12-26T10:00:00Z"),
        parse_instant("2012-01-02T10:00:00Z"),
    )
    assert [(one.person, (one.end - one.start) / HOUR_MS) for one in found] == [
        *((day, 24.0) for day in ("mon", "tue", "wed", "thu", "sat", "sun", "mon")),
    ]


def test_the_half_hour_that_comes_twice_belongs_to_one_turn() -> None:
    turns = Turns(zone("Australia/Lord_Howe"), datetime.fromisoformat("2027-04-01T00:00"), 1, "hours")
    found = shifts(
        Rotation((Layer(("ana", "bogdan"), turns),)),
        parse_instant("2027-04-03T13:00:00Z"),
        parse_instant("2027-04-03T18:00:00Z"),
    )
    assert [(one.person, (one.end - one.start) / HOUR_MS) for one in found] == [
        ("ana", 1.0),
        ("bogdan", 1.5),
        ("ana", 1.0),
        ("bogdan", 1.0),
        ("ana", 0.5),
    ]
