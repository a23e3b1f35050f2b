"""Parts of a week."""

from hypothesis import given
from hypothesis import strategies as st

from opsguide.importers.week import DAY, WEEK, as_bits, as_days, merged, rest
from opsguide.kernel.calendar import WEEK as DAYS

WINDOWS = st.lists(
    st.tuples(st.integers(0, WEEK - 1), st.integers(1, WEEK)).map(lambda one: (one[0], one[0] + one[1])),
    max_size=4,
)


def minutes(windows: list[tuple[int, int]]) -> set[int]:
    return {minute % WEEK for start, end in windows for minute in range(start, end)}


@given(WINDOWS)
def test_what_is_merged_covers_the_same_minutes_and_the_rest_all_others(
    windows: list[tuple[int, int]],
) -> None:
    wanted = minutes(windows)
    assert minutes([*merged(windows)]) == wanted
    assert minutes([*rest(windows)]) == {*range(WEEK)} - wanted
    assert as_bits(windows).bit_count() == len(wanted)


@given(WINDOWS)
def test_days_and_hours_cover_the_same_minutes(windows: list[tuple[int, int]]) -> None:
    found = []
    for days, hours in as_days(merged(windows)):
        opens, closes = (int(one[:2]) * 60 + int(one[3:]) for one in (hours or "00:00-00:00").split("-"))
        for day in days or DAYS:
            start = DAYS.index(day) * DAY + opens
            found.append((start, start + ((closes - opens) % DAY or DAY)))
    assert minutes(found) == minutes(windows)


def test_a_week_reads_as_people_would_write_it() -> None:
    nights = [(day * DAY + 22 * 60, day * DAY + 30 * 60) for day in range(7)]
    assert as_days(merged(nights)) == [((), "22:00-06:00")]
    weekend = [(4 * DAY + 17 * 60, 7 * DAY + 9 * 60)]
    assert as_days(merged(weekend)) == [
        (("FR",), "17:00-00:00"),
        (("SA", "SU"), None),
        (("MO",), "00:00-09:00"),
    ]
    day = [(9 * 60, 9 * 60 + DAY)]  # from nine to nine would be no hours
    assert as_days(merged(day)) == [(("MO",), "09:00-00:00"), (("TU",), "00:00-09:00")]
