"""Every key of an export is used, or the report names it: nothing is dropped in silence."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.importers import alertmanager, grafana_oncall, opsgenie, pagerduty
from opsguide.importers.model import Found
from opsguide.kernel.errors import ImportFailed
from tests.importers.exports import ONCALL, OPSGENIE, PAGERDUTY
from tests.importers.house import NOW, Read, drafted, imported, texts
from tests.importers.test_alertmanager import CONFIG
from tests.importers.test_hostile import places

EXPORTS: dict[str, tuple[Read, list[Any], set[str]]] = {
    "pagerduty": (pagerduty.read, PAGERDUTY, pagerduty.PAGE),
    "opsgenie": (opsgenie.read, OPSGENIE, opsgenie.PAGE),
    "oncall": (grafana_oncall.read, ONCALL, grafana_oncall.PAGE),
}


ONLY_NAMES = {(0, "results", 0, "username"), (3, "data", "name")}
"""What is looked at only where something better is missing (a login of Grafana OnCall without an address), or only
names what is said of it (a rule of Opsgenie).
"""


def outcome(read: Read, documents: list[Any]) -> Found | str:
    try:
        return read({f"{place}.json": json.dumps(one) for place, one in enumerate(documents)}, NOW)
    except ImportFailed as refused:
        return str(refused)


def named(found: Found | str) -> set[str]:
    """The keys that the report names as not read."""
    assert isinstance(found, Found), found
    left = ", ".join(note.what for note in found.notes if note.kind == "left")
    return {key.strip("`") for key in left.split(", ")}


def others(value: Any) -> Iterator[Any]:
    """Values of the same type, and none."""
    match value:
        case bool():
            yield not value
        case int() | float():
            yield from (value + 10, value - 10, value * 2)
        case str():
            yield from (f"x{value}", value.replace("202", "203"), "")
        case list():
            yield []


def put(documents: list[Any], path: tuple[Any, ...], value: Any) -> list[Any]:
    changed = copy.deepcopy(documents)
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def keys(documents: list[Any]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The places of keys, with what they hold."""
    for path in places(documents):
        inner: Any = documents
        for key in path:
            inner = inner[key]
        if isinstance(path[-1], str) and inner not in (None, "", [], {}):
            yield path, inner


@pytest.mark.parametrize("tool", EXPORTS)
def test_every_key_is_used_or_named(tool: str) -> None:
    read, documents, page = EXPORTS[tool]
    before = outcome(read, documents)
    left = named(before)
    for path, value in keys(documents):
        words = [key for key in path[1:] if isinstance(key, str)]
        if words[0] in left or (len(words) == 1 and words[0] in page):
            continue  # what a page says of itself; the lists in it are looked into below
        dotted = [".".join(words[1:end]) for end in range(2, len(words) + 1)]
        if not left & {*dotted} and path not in ONLY_NAMES and not isinstance(value, dict):
            changed = [outcome(read, put(documents, path, other)) for other in others(value)]
            assert any(one != before for one in changed), path


@pytest.mark.parametrize("tool", EXPORTS)
@given(data=st.data())
@settings(max_examples=40)
def test_a_key_that_nobody_knows_is_named_wherever_it_stands(tool: str, data: st.DataObject) -> None:
    read, documents, _ = EXPORTS[tool]
    left = named(outcome(read, documents))
    inside = [
        path
        for path, _ in keys(documents)
        if not left
        & {".".join(key for key in path[2:end] if isinstance(key, str)) for end in range(3, len(path) + 1)}
        and path[1] not in left
    ]
    path = data.draw(st.sampled_from(inside))
    changed = put(documents, (*path[:-1], "zzNew"), "something")
    assert any(key.endswith("zzNew") for key in named(outcome(read, changed)))


@pytest.mark.parametrize("line", CONFIG.split("\n"))
def test_a_line_of_alertmanagers_that_nobody_knows_is_named(line: str) -> None:
    """Beside every key there is, another one."""
    indent = line[: len(line) - len(line.lstrip(" -"))].replace("-", " ")
    if not line.strip() or line.lstrip().startswith("- '"):
        return
    text = CONFIG.replace(f"{line}\n", f"{line}\n{indent}zz_new: 1\n", 1)
    if line.rstrip().endswith(":"):
        text = CONFIG.replace(f"{line}\n", f"{indent}zz_new: 1\n{line}\n", 1) if "-" not in line else text
    try:
        found = alertmanager.read({"alertmanager.yml": text}, NOW)
    except ImportFailed:
        return
    said = [note.what for note in found.notes if note.kind == "left"]
    assert any("`zz_new`" in one or "`global`" in one for one in said)


def test_rules_of_opsgenie_tell_a_person_as_they_did() -> None:
    _, _, bindings = imported(opsgenie.read, *OPSGENIE)
    ana = bindings.people["ana"]
    assert [(rule.channel, rule.after) for rule in ana.notify] == [("ana-push", 0), ("ana-call", 300)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"enabled": False}, "is not enabled: left out"),
        ({"actionType": "schedule-start"}, "is for `schedule-start`"),
        ({"steps": None}, "stands in a list without its steps"),
        ({"criteria": {"type": "match-any-condition"}}, "is for alerts with `match-any-condition`"),
        (
            {"timeRestriction": {"type": "time-of-day", "restriction": {"startHour": 9, "endHour": 17}}},
            "is for some hours only",
        ),
        ({"steps": [{"contact": {"method": "sms", "to": "1-1"}}]}, "does not say whose it is"),
    ],
)
def test_a_rule_that_has_no_equal_is_said(change: dict[str, Any], said: str) -> None:
    rule = {"data": OPSGENIE[3]["data"] | change}
    found, draft, bindings = imported(opsgenie.read, *OPSGENIE[:3], rule)
    assert bindings.people["ana"].notify == ()
    assert any(
        one.startswith("notification rule New alert") and said in one
        for one in texts(found, draft, "missing")
    )


def test_routing_rules_and_teams_are_said() -> None:
    found = opsgenie.read({f"{n}.json": json.dumps(one) for n, one in enumerate(OPSGENIE)}, NOW)
    draft, _ = drafted(found)
    said = texts(found, draft, "missing")
    assert (
        "routing rule At night: sent alerts with `match-any-condition` to escalation Harbour: "
        "say in the guide who is told" in said
    )
    assert any(one.startswith("team Core: has no equal here") for one in said)


def test_ways_to_reach_somebody_that_there_are_not_here_are_said() -> None:
    user = PAGERDUTY[0]["users"][0]
    methods = [*user["contact_methods"], {"id": "C2", "type": "whatsapp_contact_method"}]
    rules = [*user["notification_rules"], {"contact_method": {"id": "C2"}}]
    changed = {"users": [user | {"contact_methods": methods, "notification_rules": rules}]}
    found, draft, _ = imported(pagerduty.read, changed)
    assert "user PANA: is reached by `whatsapp_contact_method` too, which has no equal here" in texts(
        found, draft, "missing"
    )
    assert "user PANA: 1 rule through what was not taken over" in texts(found, draft, "missing")
    other = copy.deepcopy(OPSGENIE[0])
    other["data"][0]["userContacts"].append({"contactMethod": "pigeon", "to": "the loft"})
    found, draft, _ = imported(opsgenie.read, other)
    assert texts(found, draft, "missing") == [
        "user id-ana: is reached by pigeon too, which has no equal here"
    ]
