"""What each form of a source tells, and every way in which a delivery can be wrong."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.guide.bindings import Source, SourceMap
from opsguide.incidents.commands import Acknowledge, Open, Recover
from opsguide.incidents.sources import alertmanager, mapped, pagerduty
from opsguide.incidents.sources.told import Told, Unreadable, command_of
from opsguide.incidents.state import State
from tests.cast import harbour

SOURCE = Source(kind="json", secret="env:X")
ALERT = {
    "status": "firing",
    "labels": {"alertname": "DiskFull", "severity": "critical", "host": "db-1"},
    "annotations": {"summary": "disk of db-1 is full", "runbook_url": "https://wiki.example/disk"},
    "startsAt": "2026-11-23T03:00:00Z",
    "fingerprint": "aa11",
}


def packed(document: Any) -> bytes:
    return json.dumps(document).encode()


def message(*alerts: Any, **more: Any) -> bytes:
    return packed({"version": "4", "groupKey": '{}:{alertname="DiskFull"}', "alerts": list(alerts), **more})


def test_alertmanager_tells_each_alert_and_which_belong_together() -> None:
    told = alertmanager.read(message(ALERT, {**ALERT, "status": "resolved", "fingerprint": "bb22"}), SOURCE)
    assert [(one.key, one.happened) for one in told] == [("aa11", "begun"), ("bb22", "over")]
    first = told[0]
    assert (first.title, first.severity) == ("disk of db-1 is full", "critical")
    assert first.labels["alert"] == "DiskFull"
    assert first.runbook == "https://wiki.example/disk"
    assert first.group == told[1].group != ""


def test_alerts_that_were_left_out_are_said() -> None:
    assert "3 more were left out" in alertmanager.read(message(ALERT, truncatedAlerts=3), SOURCE)[0].reason


def test_grafana_sends_the_same_and_more() -> None:
    more = {"orgId": 1, "title": "[FIRING:1]", "state": "alerting", "message": "**Firing**"}
    alert = {**ALERT, "values": {"B": 44.2}, "silenceURL": "https://g.example", "dashboardURL": ""}
    assert alertmanager.read(message(alert, **more), SOURCE)[0].key == "aa11"


def event(action: str = "trigger", **more: Any) -> bytes:
    payload = {"summary": "disk full", "source": "db-1", "severity": "error"}
    return packed({"routing_key": "k", "event_action": action, "payload": payload, **more})


def test_pagerduty_triggers_acknowledges_resolves() -> None:
    deeds = [pagerduty.read(event(action, dedup_key="d"), SOURCE)[0] for action in pagerduty.HAPPENED]
    assert [(one.key, one.happened) for one in deeds] == [
        ("d", "begun"),
        ("d", "acknowledged"),
        ("d", "over"),
    ]
    assert deeds[0].severity == "error"


def test_a_trigger_without_a_key_gets_the_same_one_each_time() -> None:
    first, again = (pagerduty.read(event(), SOURCE)[0].key for _ in range(2))
    assert first == again != ""


MAP = SourceMap(
    each="checks",
    key="id",
    title="name",
    state="status",
    over=("green",),
    severity="level",
    condition="what",
    labels="tags",
    runbook="links[0].url",
)


def test_any_json_is_read_by_its_mapping() -> None:
    body = packed(
        {
            "checks": [
                {"id": 7, "name": "login", "status": "red", "level": "high", "tags": {"team": "web", "n": 2}},
                {"id": 9, "status": "red", "what": "data loss"},
                {"id": 8, "status": "green", "links": [{"url": "https://x.example"}]},
            ]
        }
    )
    told = mapped.read(body, Source(kind="json", secret="env:X", map=MAP))
    assert [(one.key, one.happened) for one in told] == [("7", "begun"), ("9", "begun"), ("8", "over")]
    assert told[0].labels == {"team": "web", "n": "2"}
    assert told[1].condition == "data loss"
    assert told[2].runbook == "https://x.example"


CE = {
    "id": "1",
    "source": "/shop",
    "specversion": "1.0",
    "type": "com.example.order.failed",
    "subject": "o-1",
}


def test_cloudevents_come_in_headers_or_whole() -> None:
    headers = {f"ce-{name}": value for name, value in CE.items()}
    binary = mapped.cloudevent(packed({"title": "order failed", "severity": "low"}), SOURCE, headers)
    whole = {**CE, "data": {"title": "order failed", "severity": "low"}}
    structured = {"content-type": "application/cloudevents+json; charset=utf-8"}
    assert binary == mapped.cloudevent(packed(whole), SOURCE, structured)
    assert (binary[0].key, binary[0].happened, binary[0].title) == ("/shop o-1", "begun", "order failed")
    over = {**headers, "ce-type": "com.example.order.recovered"}
    assert mapped.cloudevent(b"", SOURCE, over)[0].happened == "over"


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (alertmanager.read, b""),
        (alertmanager.read, b"\xff{"),
        (alertmanager.read, b"[]"),
        (alertmanager.read, message()),
        (alertmanager.read, message({**ALERT, "status": "maybe"})),
        (alertmanager.read, message({**ALERT, "labels": {"alertname": 7}})),
        (alertmanager.read, message(*[ALERT] * 1001)),
        (pagerduty.read, event("explode")),
        (pagerduty.read, event("resolve")),
        (pagerduty.read, packed({"routing_key": "k", "event_action": "trigger"})),
        (pagerduty.read, event(payload={"summary": "x", "source": "y", "severity": "terrible"})),
        (mapped.read, b"{"),
        (mapped.read, packed({"nothing": 1})),
        (mapped.read, b"[" * 100_000),
    ],
)
def test_what_is_not_that_form_is_said(read: Any, body: bytes) -> None:
    with pytest.raises(Unreadable) as told:
        read(body, SOURCE)
    assert str(told.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda some: st.lists(some) | st.dictionaries(st.text(), some),
    )
)
def test_any_json_is_told_or_refused(document: Any) -> None:
    for read in (alertmanager.read, pagerduty.read, mapped.read):
        try:
            told = read(
                packed(document), Source(kind="json", secret="env:X", map=SourceMap(key="key", each="@"))
            )
        except Unreadable:
            continue
        assert all(one.key for one in told)


def test_what_follows_of_what_is_told() -> None:
    state = State()
    begun = Told("k", "begun", "a\nb", labels={"my-label": "x" * 2000, "9": "y"}, runbook="javascript:1")
    opened = command_of(state, "am", Source(kind="json", secret="env:X", environment="production"), begun)
    assert isinstance(opened, Open)
    assert (opened.key, opened.title, opened.severity, opened.runbook) == (
        "source:am:k",
        "a b",
        "unspecified",
        "",
    )
    assert opened.labels["environment"] == "production"
    assert opened.labels["_9"] == "y"
    assert len(opened.labels["my_label"]) == 1000
    assert isinstance(command_of(state, "am", SOURCE, Told("k", "over")), Recover)
    assert command_of(state, "am", SOURCE, Told("k", "acknowledged")) is None
    state.by_key["source:am:k"] = "INC-1"
    assert command_of(state, "am", SOURCE, Told("k", "acknowledged")) == Acknowledge("INC-1", "am")


def test_an_address_that_is_none_costs_no_alert() -> None:
    opened = command_of(State(), "am", SOURCE, Told("k", "begun", "full", runbook="https://["))
    assert isinstance(opened, Open)


def test_what_is_so_comes_before_the_word_for_alerts_that_bring_none() -> None:
    world, source = harbour(), Source(kind="json", secret="env:X", severity="medium")
    for number, told in enumerate(
        (
            Told("gone", "begun", condition="Data loss"),
            Told("breach", "begun", condition="security_breach"),
            Told("labelled", "begun", labels={"condition": "system_down"}),
            Told("said", "begun", severity="high", condition="data_loss"),
        ),
        start=1,
    ):
        opened = command_of(world.engine.state("incidents"), "am", source, told)
        assert isinstance(opened, Open)
        world.do(opened)
        incident = world.engine.state("incidents").find(f"INC-{number}")
        assert incident is not None
        proposed = incident.proposed.severity if incident.proposed is not None else None
        assert (told.key, incident.severity, proposed) == (
            told.key,
            {"gone": "critical", "labelled": "critical", "said": "high"}.get(told.key, "medium"),
            None if told.key == "breach" else "critical",
        )
