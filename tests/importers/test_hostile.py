"""Whatever an export holds in any place: it is imported into bindings that are right, or refused with a reason."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.importers import alertmanager, grafana_oncall, opsgenie, pagerduty
from opsguide.kernel.errors import ImportFailed
from tests.importers import test_grafana_oncall as of_grafana
from tests.importers import test_opsgenie as of_opsgenie
from tests.importers import test_pagerduty as of_pagerduty
from tests.importers.house import NOW, Read, drafted
from tests.importers.test_alertmanager import CONFIG

CAST = ("PANA", "PBOGDAN")
ENTRY = {"start": "2026-12-24T09:00:00Z", "end": "2026-12-25T09:00:00Z", "user": {"id": "PANA"}}
EXPORTS: dict[str, tuple[Read, list[Any]]] = {
    "pagerduty": (
        pagerduty.read,
        [
            of_pagerduty.USERS,
            of_pagerduty.a_schedule(
                "Europe/Bucharest",
                of_pagerduty.layer(
                    CAST, "2026-01-05T09:00:00Z", 86_400, of_pagerduty.weekly(5, "17:00:00", 64)
                ),
                overrides_subschedule={"rendered_schedule_entries": [ENTRY]},
            ),
        ],
    ),
    "opsgenie": (
        opsgenie.read,
        [
            of_opsgenie.USERS,
            of_opsgenie.a_schedule(
                "UTC",
                of_opsgenie.rotation(
                    ("ana", "carmen"),
                    "2026-10-05T06:00:00Z",
                    "daily",
                    timeRestriction=of_opsgenie.by_week((0, 9, 4, 17)),
                ),
            ),
        ],
    ),
    "oncall": (
        grafana_oncall.read,
        [
            of_grafana.USERS,
            *of_grafana.export(
                "Asia/Kolkata",
                of_grafana.rolling(("ana", "bogdan"), "2026-10-05T09:00:00", "weekly", 28_800, by_day=["MO"]),
            ),
        ],
    ),
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["", "../x", "]]\n[people.eve]", '"', "2026-13-40", "\ud800", "9" * 30, "a" * 300, "\x00"]
    ),
    st.sampled_from([[], {}, [[]], [None], {"id": {}}]),
)


VALUES = ("[]", "{}", "7", "&a [*a]", '"\\ud800"')


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list | tuple) else ()
    for key in keys:
        yield (*path, key)
        yield from places(value[key], (*path, key))


@pytest.mark.parametrize("tool", EXPORTS)
@given(data=st.data())
@settings(max_examples=80)
def test_an_odd_value_anywhere(tool: str, data: st.DataObject) -> None:
    read, documents = EXPORTS[tool]
    changed = json.loads(json.dumps(documents))
    *way, last = data.draw(st.sampled_from([*places(changed)]))
    inner = changed
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(ODD)
    refused_or_right(read, {f"{place}.json": json.dumps(one) for place, one in enumerate(changed)})


@given(data=st.data())
@settings(max_examples=80)
def test_an_odd_line_of_a_configuration(data: st.DataObject) -> None:
    lines = CONFIG.split("\n")
    place = data.draw(st.integers(0, len(lines) - 1))
    key = lines[place].partition(":")[0]
    odd = ["", "x: y", "  - ", "\t", key, *(f"{key}: {value}" for value in VALUES)]
    lines[place] = data.draw(st.sampled_from(odd))
    refused_or_right(alertmanager.read, {"alertmanager.yml": "\n".join(lines)})


def refused_or_right(read: Read, files: dict[str, str]) -> None:
    try:
        found = read(files, NOW)
    except ImportFailed:
        return
    draft, bindings = drafted(found)
    assert "eve" not in bindings.people
    draft.text.encode()
