"""Opsgenie: the same people are on call at every hour, each in a rotation of their own where several are at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.importers import opsgenie
from opsguide.importers.draft import route_of
from opsguide.kernel.errors import ImportFailed
from tests.importers.house import NOW, YEAR, hours, imported, minute_of_week, on_duty, shown, texts

CAST = ("ana", "bogdan", "carmen")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LENGTHS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(weeks=1)}


def user(name: str) -> dict[str, Any]:
    return {"type": "user", "id": f"id-{name}", "username": f"{name}@harbour.example"}


USERS = {
    "data": [{"id": f"id-{n}", "username": f"{n}@harbour.example", "fullName": n.title()} for n in CAST],
    "totalCount": 3,
}


def rotation(people: tuple[str, ...], start: str, kind: str, length: int = 1, **more: Any) -> dict[str, Any]:
    participants = [user(name) for name in people]
    return {
        "name": "R",
        "startDate": start,
        "type": kind,
        "length": length,
        "participants": participants,
    } | more


def a_schedule(zone: str, *rotations: Any, **more: Any) -> dict[str, Any]:
    made = {"id": "S1", "name": "Core Platform", "timezone": zone, "enabled": True, "rotations": rotations}
    return {"data": [made | more]}


def by_day(start: int, end: int) -> dict[str, Any]:
    restriction = {"startHour": start, "startMin": 0, "endHour": end, "endMin": 30}
    return {"type": "time-of-day", "restriction": restriction}


def by_week(*spans: tuple[int, int, int, int]) -> dict[str, Any]:
    restrictions = [
        {
            "startDay": DAYS[a],
            "startHour": b,
            "startMin": 0,
            "endDay": DAYS[c].upper(),
            "endHour": d,
            "endMin": 0,
        }
        for a, b, c, d in spans
    ]
    return {"type": "weekday-and-time-of-day", "restrictions": restrictions}


def owners(schedule: dict[str, Any], at: datetime) -> set[str]:
    """Who is on call by the export itself, in all of its rotations."""
    wall, found = shown(at, schedule["timezone"]), set()
    for one in schedule["rotations"]:
        if "timeRestriction" in one and not covers(one["timeRestriction"], wall):
            continue
        first = shown(datetime.fromisoformat(one["startDate"]), schedule["timezone"])
        turn = (wall - first) // (one["length"] * LENGTHS[one["type"]])
        found.add(str(one["participants"][turn % len(one["participants"])]["username"]).partition("@")[0])
    return found


def covers(restriction: dict[str, Any], wall: datetime) -> bool:
    minute = minute_of_week(wall)
    if restriction["type"] == "time-of-day":
        one = restriction["restriction"]
        opens, closes = one["startHour"] * 60 + one["startMin"], one["endHour"] * 60 + one["endMin"]
        return bool((minute - opens) % 1440 < ((closes - opens) % 1440 or 1440))
    for one in restriction["restrictions"]:
        opens = DAYS.index(one["startDay"]) * 1440 + one["startHour"] * 60
        closes = DAYS.index(one["endDay"].lower()) * 1440 + one["endHour"] * 60
        if (minute - opens) % 10_080 < ((closes - opens) % 10_080 or 10_080):
            return True
    return False


def agrees(export: dict[str, Any], start: datetime, count: int) -> list[str]:
    _, _, bindings = imported(opsgenie.read, USERS, export)
    for at in hours(start, count):
        told = {on_duty(bindings, team, at) for team in bindings.teams} - {None}
        assert told == owners(export["data"][0], at), at
    return [*bindings.teams]


def test_the_same_people_are_on_call_at_every_hour_of_a_year() -> None:
    office = rotation(CAST, "2026-10-05T06:00:00Z", "weekly", timeRestriction=by_week((0, 9, 4, 17)))
    nights = rotation(CAST[:2], "2026-10-05T06:00:00Z", "daily", 2, timeRestriction=by_week((4, 17, 0, 9)))
    export = a_schedule("Europe/Bucharest", office, nights)
    assert agrees(export, NOW.replace(minute=0), YEAR) == ["core-platform"]


RESTRICTIONS = st.one_of(
    st.none(),
    st.builds(by_day, st.integers(0, 23), st.integers(0, 23)),
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 23), st.integers(0, 6), st.integers(0, 23)),
        min_size=1,
        max_size=2,
    ).map(lambda spans: by_week(*spans)),
)
A_ROTATION = st.builds(
    lambda people, start, kind, length, restriction: rotation(
        people, start, kind, length, **({"timeRestriction": restriction} if restriction else {})
    ),
    st.lists(st.sampled_from(CAST), min_size=1, max_size=3).map(tuple),
    st.sampled_from(["2024-02-05T06:00:00Z", "2026-09-01T22:30:00Z"]),
    st.sampled_from(["hourly", "daily", "weekly"]),
    st.integers(1, 5),
    RESTRICTIONS,
)


@given(
    zone=st.sampled_from(["Europe/Istanbul", "America/New_York", "Asia/Kathmandu"]),
    rotations=st.lists(A_ROTATION, min_size=1, max_size=3),
    start=st.sampled_from(["2026-11-29", "2027-03-11", "2027-11-04"]),
)
@settings(max_examples=40)
def test_rotations_that_overlap_become_several(zone: str, rotations: list[Any], start: str) -> None:
    agrees(a_schedule(zone, *rotations), datetime.fromisoformat(start).replace(tzinfo=UTC), 150)


def test_two_at_once_are_two_rotations_and_the_report_says_so() -> None:
    first = rotation(("ana",), "2026-10-05T06:00:00Z", "weekly")
    second = rotation(("bogdan",), "2026-10-05T06:00:00Z", "weekly")
    found, draft, bindings = imported(opsgenie.read, USERS, a_schedule("UTC", first, second))
    assert [*bindings.teams] == ["core-platform", "core-platform-2"]
    assert texts(found, draft, "approximated") == [
        "schedule Core Platform: tells several at once: it became 2 rotations, "
        "name each in the guide's route that told both"
    ]


@pytest.mark.parametrize("other", [{"type": "none"}, {"type": "team", "id": "T1", "name": "Payments"}])
def test_a_turn_of_nobody_or_of_a_team_is_not_guessed(other: dict[str, str]) -> None:
    """Left out, it would move everybody else's turn."""
    mixed = rotation(CAST, "2026-10-05T06:00:00Z", "weekly")
    mixed["participants"].append(other)
    found, draft, bindings = imported(opsgenie.read, USERS, a_schedule("UTC", mixed))
    assert not bindings.teams
    assert f"has turns of {other['type']}: only people take turns here" in texts(found, draft, "missing")[0]


def test_an_override_that_names_its_schedule_goes_before_the_turns() -> None:
    override = {
        "_parent": {"id": "S1", "type": "schedule", "name": "Core Platform"},
        "user": user("carmen"),
        "startDate": "2026-12-24T09:00:00Z",
        "endDate": "2026-12-24T10:00:00Z",
    }
    export = a_schedule("UTC", rotation(("ana",), "2026-10-05T06:00:00Z", "weekly"))
    _, _, bindings = imported(opsgenie.read, USERS, export, {"data": override})
    at = datetime(2026, 12, 24, 8, tzinfo=UTC)
    assert [on_duty(bindings, "core-platform", one) for one in hours(at, 3)] == ["ana", "carmen", "ana"]


def test_an_escalation_becomes_lines_of_a_guide() -> None:
    rules = [
        {"condition": "if-not-acked", "notifyType": "default", "delay": {"timeAmount": 0}, "recipient": to}
        for to in ({"type": "schedule", "id": "S1", "name": "Core Platform"}, {"type": "team", "id": "T"})
    ]
    rules.append(
        {
            "condition": "if-not-acked",
            "delay": {"timeAmount": 20, "timeUnit": "minutes"},
            "recipient": user("ana"),
        }
    )
    export = a_schedule("UTC", rotation(("bogdan",), "2026-10-05T06:00:00Z", "weekly"))
    escalation = {"data": [{"id": "E", "name": "Core_escalation", "rules": rules}]}
    found, draft, _ = imported(opsgenie.read, USERS, export, escalation)
    assert route_of(found.policies[0], draft.ids) == [
        "- Level 1: @core-platform",
        "- Level 2: @ana after 20 minutes",
    ]
    assert texts(found, draft, "missing") == [
        "escalation Core_escalation: tells a team: name a schedule or a person in the guide's route"
    ]


def test_a_list_of_something_else_is_refused() -> None:
    with pytest.raises(ImportFailed, match="neither of users, schedules, overrides nor escalations"):
        opsgenie.read({"a.json": '{"data": [{"alertId": 1}]}'}, NOW)
