"""Grafana OnCall: shifts whose events follow each other are turns; all others are said, and not guessed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from opsguide.importers import grafana_oncall
from opsguide.importers.draft import route_of
from opsguide.importers.report import report
from opsguide.incidents.calendars.events import Event
from opsguide.incidents.calendars.matching import matched
from tests.importers.house import NOW, YEAR, drafted, hours, imported, on_duty, texts

CAST = ("ana", "bogdan", "carmen")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
USERS = {
    "count": 3,
    "next": None,
    "results": [{"id": f"U{n}", "username": n, "email": f"{n}@a.b"} for n in CAST],
}
DAY = timedelta(days=1)


def rolling(
    people: tuple[str, ...], start: str, frequency: str, duration: int, **more: Any
) -> dict[str, Any]:
    made = {"id": "O1", "name": "Shift", "type": "rolling_users", "start": start, "duration": duration}
    groups = [[f"U{name}"] for name in people]
    return made | {"level": 1, "frequency": frequency, "interval": 1, "rolling_users": groups} | more


def export(zone: str, *shifts: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    named = [shift | {"id": f"O{place}"} for place, shift in enumerate(shifts)]
    schedule = {"id": "S1", "name": "Core Platform", "type": "calendar", "time_zone": zone}
    schedules = {"results": [schedule | {"shifts": [one["id"] for one in named]}], "next": None}
    return schedules, {"results": named, "next": None}


def owner(shift: dict[str, Any], wall: datetime) -> str | None:
    """Whose event covers a time, by the events that RFC 5545 gives: looked for one day after the other."""
    start = datetime.fromisoformat(shift["start"])
    people, length = shift["rolling_users"], timedelta(seconds=shift["duration"])
    begins = DAYS.index(shift.get("week_start", "SU"))
    week = (start - (start.weekday() - begins) % 7 * DAY).date()
    for back in range(9):
        event = datetime.combine(wall.date() - back * DAY, start.time())
        if not event <= wall < event + length:
            continue
        days = shift.get("by_day") or (DAYS if shift["frequency"] == "daily" else [DAYS[start.weekday()]])
        if DAYS[event.weekday()] not in days:
            continue
        passed = (event.date() - start.date()).days
        if shift["frequency"] == "weekly":
            passed = (event.date() - week).days // 7 if shift.get("by_day") else passed // 7
        return str(people[passed % len(people)][0]).removeprefix("U")
    return None


@given(
    people=st.lists(st.sampled_from(CAST), min_size=1, max_size=3).map(tuple),
    frequency=st.sampled_from(["daily", "weekly"]),
    start=st.sampled_from(["2026-09-07T08:00:00", "2026-10-01T20:00:00", "2026-10-04T00:00:00"]),
    hours_long=st.integers(1, 60),
    by_day=st.one_of(st.none(), st.lists(st.sampled_from(DAYS), min_size=1, unique=True)),
    week_start=st.sampled_from(DAYS),
)
@settings(max_examples=60)
def test_what_is_taken_over_means_the_same(
    people: tuple[str, ...],
    frequency: str,
    start: str,
    hours_long: int,
    by_day: list[str] | None,
    week_start: str,
) -> None:
    more = {"by_day": by_day, "week_start": week_start}
    shift = rolling(people, start, frequency, hours_long * 3600, **more)
    _, _, bindings = imported(grafana_oncall.read, USERS, *export("UTC", shift))
    assume(bindings.teams)
    for at in hours(NOW.replace(minute=0), 24 * 15):
        assert on_duty(bindings, "core-platform", at) == owner(shift, at.replace(tzinfo=None)), at


def test_a_week_of_business_hours_on_a_base_is_the_same_at_every_hour_of_a_year() -> None:
    base = rolling(CAST, "2026-10-05T09:00:00", "weekly", 7 * 86_400, week_start="MO")
    office = rolling(
        CAST[1:], "2026-10-05T09:00:00", "weekly", 8 * 3600, level=2, by_day=DAYS[:5], week_start="MO"
    )
    _, _, bindings = imported(grafana_oncall.read, USERS, *export("UTC", office, base))
    for at in hours(NOW.replace(minute=0), YEAR):
        wall = at.replace(tzinfo=None)
        assert on_duty(bindings, "core-platform", at) == (owner(office, wall) or owner(base, wall)), at


def test_a_shift_keeps_its_own_zone() -> None:
    sun = [
        rolling(("ana",), "2026-10-05T09:00:00", "daily", 12 * 3600, time_zone="Europe/Bucharest"),
        rolling(("bogdan",), "2026-10-05T11:00:00", "daily", 12 * 3600, time_zone="America/Los_Angeles"),
    ]
    _, draft, bindings = imported(grafana_oncall.read, USERS, *export("UTC", *sun))
    assert 'zone = "America/Los_Angeles"' in draft.text
    told = [
        on_duty(bindings, "core-platform", datetime(2027, 1, 5, hour, tzinfo=UTC)) for hour in (7, 18, 19, 6)
    ]
    assert told == ["ana", "ana", "bogdan", "bogdan"]


@pytest.mark.parametrize(
    "odd",
    [
        {"frequency": "monthly"},
        {"by_month": [1, 2]},
        {"interval": 2, "duration": 3600},
        {"frequency": "daily", "by_day": ["MO", "FR"]},
        {"frequency": "weekly", "by_day": ["SU"], "week_start": "MO", "duration": 36 * 3600},
        {"frequency": "hourly", "interval": 4, "duration": 3600},
    ],
)
def test_what_repeats_in_another_way_is_said(odd: dict[str, Any]) -> None:
    shift = rolling(CAST, "2026-10-05T09:00:00", "daily", 12 * 3600) | odd
    found, draft, bindings = imported(grafana_oncall.read, USERS, *export("UTC", shift))
    assert not bindings.teams
    assert "repeats in a way that turns here do not: set it up by hand" in texts(found, draft, "missing")[0]


def test_who_is_told_together_an_override_and_a_single_event() -> None:
    base = rolling(CAST, "2026-10-05T09:00:00", "weekly", 7 * 86_400) | {
        "rolling_users": [["Uana", "Ubogdan"]]
    }
    single = {
        "type": "single_event",
        "level": 2,
        "start": "2026-12-24T09:00:00",
        "duration": 3600,
        "users": ["Ucarmen"],
    }
    override = {"type": "override", "start": "2026-12-24T11:00:00", "duration": 3600, "users": ["Ubogdan"]}
    found, draft, bindings = imported(grafana_oncall.read, USERS, *export("UTC", base, single, override))
    at = datetime(2026, 12, 24, 8, tzinfo=UTC)
    assert [on_duty(bindings, "core-platform", one) for one in hours(at, 5)] == [
        "ana",
        "carmen",
        "ana",
        "bogdan",
        "ana",
    ]
    assert "tells several at once: here the first of them" in texts(found, draft, "approximated")[0]


def test_rules_of_people_and_a_chain_are_taken_over() -> None:
    rules = [
        {"id": "1", "user_id": "Uana", "position": 0, "important": False, "type": "notify_by_mobile_app"},
        {"id": "2", "user_id": "Uana", "position": 1, "important": False, "type": "wait", "duration": 300},
        {"id": "3", "user_id": "Uana", "position": 2, "important": False, "type": "notify_by_phone_call"},
        {"id": "4", "user_id": "Uana", "position": 0, "important": True, "type": "notify_by_phone_call"},
    ]
    steps: list[dict[str, Any]] = [
        {"type": "notify_on_call_from_schedule", "notify_on_call_from_schedule": "S1"},
        {"type": "notify_persons", "persons_to_notify": ["Ucarmen"]},
        {"type": "wait", "duration": 900},
        {"type": "notify_persons", "persons_to_notify": ["Uana", "Ubogdan"]},
        {"type": "trigger_webhook", "action_to_trigger": "W1"},
    ]
    chain = [one | {"id": f"E{n}", "escalation_chain_id": "F1", "position": n} for n, one in enumerate(steps)]
    base = rolling(CAST, "2026-10-05T09:00:00", "weekly", 7 * 86_400)
    found, draft, bindings = imported(
        grafana_oncall.read,
        USERS,
        *export("UTC", base),
        {"results": rules, "next": None},
        {"results": chain, "next": None},
        {"results": [{"id": "F1", "name": "Harbour", "team_id": None}], "next": "https://x/?page=2"},
    )
    assert [(rule.channel, rule.after) for rule in bindings.people["ana"].notify] == [
        ("ana-push", 0),
        ("ana-call", 300),
    ]
    assert found.policies[0].name == "Harbour"
    assert route_of(found.policies[0], draft.ids) == [
        "- Level 1: @core-platform",
        "- Level 2: @carmen after 0 minutes",
        "- Level 3: @ana after 15 minutes",
        "- Level 4: @bogdan after 15 minutes",
    ]
    assert texts(found, draft, "missing") == [
        "5.json: is one page of several: export the one that `next` names too",
        "escalation chain Harbour: its step `trigger_webhook` has no equal here",
        "user Uana: 1 rule for important ones: rules here go by severity, add them by hand",
    ]


PRIMARY = "https://calendar.example/private-5f3a/core.ics"
ICAL = {
    "id": "SBM7DV7BKFUYU",
    "name": "Core Platform",
    "type": "ical",
    "team_id": None,
    "ical_url_primary": PRIMARY,
    "ical_url_overrides": None,
    "on_call_now": ["Ubogdan", "Uana"],
    "slack": {"channel_id": "C1", "user_group_id": "G1"},
}


def test_a_schedule_that_comes_from_a_calendar_is_a_rotation_that_reads_it() -> None:
    found, draft, bindings = imported(grafana_oncall.read, USERS, {"results": [ICAL]})
    rotation = bindings.rotations["core-platform"]
    assert (str(rotation.calendar), rotation.layers) == ("env:CORE_PLATFORM_CALENDAR", ())
    assert bindings.teams["core-platform"].members == ("bogdan", "ana")
    assert PRIMARY not in draft.text, "whoever knows a secret address reads the calendar"
    said = report(found, draft, bindings, None, preview=False)
    assert "- schedule Core Platform → `rotations.core-platform`" in said
    assert (
        "- `CORE_PLATFORM_CALENDAR`: `ical_url_primary` of schedule Core Platform, the address of its calendar"
    ) in said
    assert texts(found, draft, "approximated") == [
        "schedule Core Platform: its team has only those whom the export names: add the others to "
        "`[teams.core-platform]`"
    ]


def test_the_entries_of_the_calendar_mean_the_imported_people() -> None:
    """Grafana OnCall finds them by login or address in an entry's title."""
    _, _, bindings = imported(grafana_oncall.read, USERS, {"results": [ICAL]})
    shifts = [Event(1, 2, "ana@a.b"), Event(2, 3, "bogdan"), Event(3, 4, "[L1] carmen@a.b"), Event(4, 5, "x")]
    entries, others = matched(shifts, bindings.people)
    assert ([one.person for one in entries], others) == (["ana", "bogdan", "carmen"], ("x",))


def test_overrides_from_a_calendar_go_before_the_layers() -> None:
    base = rolling(CAST[:2], "2026-10-05T09:00:00", "weekly", 7 * 86_400)
    schedules, shifts = export("UTC", base)
    schedules["results"][0] |= {"ical_url_overrides": PRIMARY, "on_call_now": ["Ucarmen"]}
    found, draft, bindings = imported(grafana_oncall.read, USERS, schedules, shifts)
    rotation = bindings.rotations["core-platform"]
    assert str(rotation.calendar) == "env:CORE_PLATFORM_CALENDAR"
    assert len(rotation.layers) == 1
    assert bindings.teams["core-platform"].members == ("ana", "bogdan", "carmen")
    assert not texts(found, draft, "missing")


def test_a_second_calendar_and_one_without_an_address_are_said() -> None:
    both = ICAL | {"ical_url_overrides": "https://calendar.example/overrides.ics"}
    none = ICAL | {"id": "S2", "name": "Web", "ical_url_primary": None}
    found, draft, bindings = imported(grafana_oncall.read, USERS, {"results": [both, none]})
    assert list(bindings.rotations) == ["core-platform"]
    assert texts(found, draft, "missing") == [
        "schedule Core Platform: has overrides in a second iCalendar file: a rotation has one, so put them into the "
        "first",
        "schedule Web: is of the type `ical`: set it up by hand",
    ]


def test_whose_calendar_it_is_has_to_be_said_while_nobody_is_on_call() -> None:
    documents = [USERS, {"results": [ICAL | {"on_call_now": []}]}]
    found, draft, bindings = imported(grafana_oncall.read, *documents)
    assert not bindings.rotations
    assert texts(found, draft, "missing") == [
        "schedule Core Platform: names nobody outside its calendar: write `[teams.core-platform]`, and import it again"
    ]
    _, bindings = drafted(found, '[people.dan]\n[teams.core-platform]\nmembers = ["dan"]\n')
    assert "core-platform" in bindings.rotations


def test_people_have_no_address_in_the_bindings_where_no_calendar_is_read() -> None:
    base = rolling(CAST, "2026-10-05T09:00:00", "weekly", 7 * 86_400)
    _, draft, _ = imported(grafana_oncall.read, USERS, *export("UTC", base))
    assert "\nmail = " not in draft.text
