"""PagerDuty: the same person is on call at every hour, before and after."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.importers import pagerduty
from opsguide.kernel.errors import ImportFailed
from tests.importers.house import (
    NOW,
    YEAR,
    drafted,
    hours,
    imported,
    minute_of_week,
    on_duty,
    shown,
    texts,
)

ZONES = ("Europe/Bucharest", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
CAST = ("PANA", "PBOGDAN", "PCARMEN")
USERS = {
    "users": [
        {"id": key, "name": key[1:].title(), "email": f"{key[1:].lower()}@harbour.example"} for key in CAST
    ]
}


def layer(
    people: tuple[str, ...], start: str, seconds: int, *restrictions: dict[str, Any], **more: Any
) -> Any:
    users = [{"user": {"id": key, "type": "user_reference"}} for key in people]
    made = {"name": "Layer", "start": start, "end": None, "rotation_virtual_start": start}
    return (
        made | {"rotation_turn_length_seconds": seconds, "users": users, "restrictions": restrictions} | more
    )


def daily(start: str, hours: int) -> dict[str, Any]:
    return {"type": "daily_restriction", "start_time_of_day": start, "duration_seconds": hours * 3600}


def weekly(day: int, start: str, hours: int) -> dict[str, Any]:
    return daily(start, hours) | {"type": "weekly_restriction", "start_day_of_week": day}


def a_schedule(zone: str, *layers: Any, **more: Any) -> dict[str, Any]:
    made = {"id": "PS1", "name": "Core Platform", "time_zone": zone, "schedule_layers": layers}
    return {"schedule": made | more}


def owner(schedule: dict[str, Any], at: datetime) -> str | None:
    """Who is on call by the export itself: its layers from the top, written a second time on purpose."""
    wall = shown(at, schedule["time_zone"])
    for found in schedule["schedule_layers"]:
        if found["end"] is not None and datetime.fromisoformat(found["end"]) <= at:
            continue
        if found["restrictions"] and not any(covers(one, wall) for one in found["restrictions"]):
            continue
        first = shown(datetime.fromisoformat(found["rotation_virtual_start"]), schedule["time_zone"])
        turn = (wall - first) // timedelta(seconds=found["rotation_turn_length_seconds"])
        return str(found["users"][turn % len(found["users"])]["user"]["id"])
    return None


def covers(restriction: dict[str, Any], wall: datetime) -> bool:
    start = datetime.strptime(restriction["start_time_of_day"], "%H:%M:%S")  # noqa: DTZ007
    opens = start.hour * 60 + start.minute
    minutes: int = restriction["duration_seconds"] // 60
    if restriction["type"] == "daily_restriction":
        return (minute_of_week(wall) - opens) % 1440 < minutes
    opens += 1440 * (int(restriction["start_day_of_week"]) - 1)
    return (minute_of_week(wall) - opens) % 10_080 < minutes


def agrees(export: dict[str, Any], start: datetime, count: int) -> None:
    found, _, bindings = imported(pagerduty.read, USERS, export)
    ids = {person.key: person.handle for person in found.people}
    for at in hours(start, count):
        wanted = owner(export["schedule"], at)
        assert on_duty(bindings, "core-platform", at) == (wanted and ids[wanted]), at


@pytest.mark.parametrize("zone", ZONES[:3])
def test_the_same_person_is_on_call_at_every_hour_of_a_year(zone: str) -> None:
    export = a_schedule(
        zone,
        layer(CAST[1:], "2026-10-02T17:00:00Z", 604_800, weekly(5, "17:00:00", 64)),
        layer(CAST[2:], "2026-10-01T20:00:00Z", 86_400, daily("22:00:00", 8)),
        layer(CAST, "2026-10-05T09:00:00+02:00", 604_800),
    )
    agrees(export, NOW.replace(minute=0), YEAR)


START = datetime(2024, 1, 1, tzinfo=UTC)
A_LAYER = st.builds(
    lambda people, start, seconds, restrictions: layer(people, start, seconds, *restrictions),
    st.lists(st.sampled_from(CAST), min_size=1, max_size=4).map(tuple),
    st.integers(0, 1_000_000).map(lambda minutes: f"{START + timedelta(minutes=minutes):%Y-%m-%dT%H:%M}:00Z"),
    st.sampled_from([h * 3600 for h in (1, 5, 12, 24, 48, 168, 336)]),
    st.lists(
        st.one_of(
            st.builds(daily, st.sampled_from(["00:00:00", "09:00:00", "22:30:00"]), st.integers(1, 24)),
            st.builds(
                weekly,
                st.integers(1, 7),
                st.sampled_from(["00:00:00", "03:00:00", "17:30:00"]),
                st.integers(1, 168),
            ),
        ),
        max_size=3,
    ),
)


@given(
    zone=st.sampled_from(ZONES),
    layers=st.lists(A_LAYER, min_size=1, max_size=3),
    # Clocks change in many of these weeks, in both directions.
    start=st.sampled_from(
        ["2026-11-29", "2027-03-11", "2027-03-25", "2027-04-01", "2027-10-28", "2027-11-04"]
    ),
)
@settings(max_examples=40)
def test_any_layers_and_restrictions_mean_the_same_here(zone: str, layers: list[Any], start: str) -> None:
    agrees(a_schedule(zone, *layers), datetime.fromisoformat(start).replace(tzinfo=UTC), 150)


def test_people_their_channels_and_their_rules_are_taken_over() -> None:
    methods = [
        {"id": "C1", "type": "email_contact_method", "address": "ana@harbour.example"},
        {"id": "C2", "type": "phone_contact_method", "address": "722111222", "country_code": 40},
        {"id": "C3", "type": "push_notification_contact_method", "address": "f3c9-a-device-token"},
    ]
    rules = [
        {"contact_method": {"id": key}, "start_delay_in_minutes": after, "urgency": urgency}
        for key, after, urgency in (
            ("C3", 0, "high"),
            ("C2", 5, "high"),
            ("C1", 0, "low"),
            ("C1", 2000, "high"),
        )
    ]
    user = {"id": "PANA", "name": "Ana Pop", "email": "ana@harbour.example"}
    found, draft, bindings = imported(
        pagerduty.read, {"users": [user | {"contact_methods": methods, "notification_rules": rules}]}
    )
    ana = bindings.people["ana"]
    assert (ana.name, ana.channels) == ("Ana Pop", ("ana-mail", "ana-call", "ana-push"))
    assert [(rule.channel, rule.after) for rule in ana.notify] == [("ana-push", 0), ("ana-call", 300)]
    assert {bound.url for bound in bindings.channels.values()} == {
        "env:ANA_MAIL",
        "env:ANA_CALL",
        "env:ANA_PUSH",
    }
    assert "a-device-token" not in draft.text
    assert texts(found, draft, "missing") == [
        "user PANA: 1 rule for low urgency: what does not page makes a ticket in the inbox here",
        "user PANA: is told of something only after more than a day: that rule is left out",
    ]


def test_a_person_who_is_bound_keeps_id_and_channels() -> None:
    before = '[people.a]\nname = "Ana"\nchannels = ["desk"]\n[channels.desk]\nurl = "env:DESK"\n'
    schedule = a_schedule("UTC", layer(CAST, "2026-10-05T09:00:00Z", 604_800))
    found, _, _ = imported(pagerduty.read, USERS, schedule)
    draft, bindings = drafted(found, before, {"core platform": "Network Team"})
    assert bindings.people["a"].channels == ("desk",)
    assert bindings.teams["network team"].members == ("a", "bogdan", "carmen")
    assert [one.key for one in draft.kept] == ["people.a"]
    again, _ = drafted(found, f"{before}\n{draft.text}", {"core platform": "Network Team"})
    assert again.text == ""


def test_what_is_over_is_left_out_and_what_is_to_come_begins_then() -> None:
    over = layer(CAST[:1], "2026-01-05T09:00:00Z", 604_800, end="2026-02-05T09:00:00Z", name="Old")
    to_come = layer(CAST[1:2], "2027-01-05T09:00:00Z", 604_800, end="2027-02-05T09:00:00Z")
    base = layer(CAST[2:], "2026-01-05T09:00:00Z", 604_800)
    found, draft, bindings = imported(pagerduty.read, USERS, a_schedule("UTC", over, to_come, base))
    assert texts(found, draft, "missing") == [
        "schedule Core Platform, layer Old: ended on 2026-02-05: left out"
    ]
    asked = ("2027-01-05T08:00", "2027-01-05T09:00", "2027-02-05T08:00", "2027-02-05T09:00")
    told = [on_duty(bindings, "core-platform", datetime.fromisoformat(at + "+00:00")) for at in asked]
    assert told == ["carmen", "bogdan", "bogdan", "carmen"]


def test_an_override_goes_before_all_layers() -> None:
    entry = {"start": "2026-12-24T09:00:00+02:00", "end": "2026-12-24T11:00:00+02:00", "user": {"id": "PANA"}}
    export = a_schedule(
        "Europe/Bucharest",
        layer(CAST[1:2], "2026-01-05T09:00:00Z", 604_800),
        overrides_subschedule={"name": "Overrides", "rendered_schedule_entries": [entry]},
    )
    _, _, bindings = imported(pagerduty.read, USERS, export)
    told = [on_duty(bindings, "core-platform", at) for at in hours(datetime(2026, 12, 24, 6, tzinfo=UTC), 4)]
    assert told == ["bogdan", "ana", "ana", "bogdan"]


def test_turns_that_are_no_whole_hours_are_said_and_not_guessed() -> None:
    export = a_schedule("UTC", layer(CAST, "2026-01-05T09:00:00Z", 5400))
    found, draft, bindings = imported(pagerduty.read, USERS, export)
    assert texts(found, draft, "missing")[0].endswith(
        "turns of 1:30:00 are no whole hours: left out, set it up by hand"
    )
    assert not bindings.teams


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "0.json:1:2: this is no JSON"),
        ("[1]", "0.json: holds no object of an API"),
        ('{"data": []}', "0.json: holds no users, schedules or escalation policies of PagerDuty"),
        ('{"users": [{"name": "Ana"}]}', "user 1 is not as the API gives it"),
        ('{"schedules": [{"id": "P", "name": "x", "time_zone": 3}]}', "Expected `str`, got `int`"),
        ("[" * 100_000, "0.json: cannot be read: it nests too deeply"),
    ],
)
def test_what_is_no_export_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ImportFailed) as refused:
        pagerduty.read({"0.json": text}, NOW)
    assert said in str(refused.value)


def test_what_the_export_lacks_is_said() -> None:
    listed = {"schedules": [{"id": "PS1", "name": "Core", "time_zone": "UTC"}], "more": True}
    odd = a_schedule("Eastern Time (US & Canada)", layer(CAST, "2026-01-05T09:00:00Z", 3600)) | {"users": []}
    odd["schedule"]["id"] = "PS2"
    found, draft, _ = imported(pagerduty.read, listed, odd)
    assert texts(found, draft, "missing") == [
        "0.json: is one page of several: `more` is true, export the others too",
        "schedule Core: stands in a list without its layers: export GET /schedules/PS1",
        "schedule Core Platform: `Eastern Time (US & Canada)` is no zone of the IANA database: set it up by hand",
    ]


def test_nobody_gets_the_name_of_a_team() -> None:
    """A person goes before a team of that name, and would be paged in its place."""
    found, _, _ = imported(pagerduty.read, USERS)
    _, bindings = drafted(found, '[people.dan]\n[teams.ana]\nmembers = ["dan"]\n')
    assert {*bindings.people} == {"dan", "ana-2", "bogdan", "carmen"}


def test_whom_a_policy_tells_and_nobody_exported_is_said() -> None:
    rule = {"escalation_delay_in_minutes": 5, "targets": [{"id": "PX", "type": "schedule_reference"}]}
    policy = {"escalation_policies": [{"id": "PE", "name": "Harbour", "escalation_rules": [rule]}]}
    found, draft, _ = imported(pagerduty.read, USERS, policy)
    assert texts(found, draft, "missing") == [
        "policy Harbour: tells PX, which was not taken over: its line is left out of the guide's"
    ]


def test_a_layer_without_a_real_end_has_none_and_a_time_of_no_schedule_is_refused() -> None:
    for_ever = layer(CAST, "2026-01-05T09:00:00Z", 604_800, end="9999-12-31T23:59:59Z")
    _, draft, _ = imported(pagerduty.read, USERS, a_schedule("Europe/Bucharest", for_ever))
    assert "until" not in draft.text
    with pytest.raises(ImportFailed, match="holds a time in the year 1"):
        imported(pagerduty.read, USERS, a_schedule("UTC", layer(CAST, "0001-01-01T00:00:00Z", 604_800)))
