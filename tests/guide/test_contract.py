"""The public JSON: what docs/reference/contract.md shows is what the code means."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from opsguide.guide.bindings import Missing
from opsguide.guide.contract import Placed, Result, contract, encode
from opsguide.guide.promise import Diagnostic, Finding, Gap
from opsguide.guide.values import AnyValues
from opsguide.kernel.promise import Span
from tests.guide.made import FOUR, UPTIME, alert, reading

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "contract.md").read_text(encoding="utf-8")
EXAMPLES: list[dict[str, Any]] = [
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
]
VALUES = [example.get("values", example) for example in EXAMPLES]
KINDS = {kind.__struct_config__.tag for kind in get_args(AnyValues)}


def whole() -> Result:
    return Result(
        guide="operations.md",
        reading=reading(
            *FOUR,
            UPTIME,
            alert("slow", "warning"),
            gaps=(Gap(span=Span(3, 4), section="Backups", text="soon", why="no number"),),
        ),
        findings=(
            Finding(rule="r", kind="advice", message="m", spans=(Span(1, 2), Span(5, 5)), promises=("p",)),
        ),
        diagnostics=(Placed("operations.md", Diagnostic(level="note", code="c", message="m", line=7)),),
        unbound=(Missing(promise="p", reason="r", key="k", toml="t"),),
    )


@pytest.mark.parametrize("values", VALUES, ids=[str(place) for place in range(len(VALUES))])
def test_every_example_is_what_the_code_means(values: dict[str, Any]) -> None:
    assert json.loads(msgspec.json.encode(msgspec.convert(values, AnyValues))) == values


def test_every_kind_of_values_has_an_example() -> None:
    assert {values["fact"] for values in VALUES} == KINDS


def test_every_key_is_documented() -> None:
    made = contract(whole())
    objects = [made, made["coverage"], *(made[key][0] for key in made if isinstance(made[key], list))]
    keys = {key for each in objects for key in each}
    assert not [key for key in sorted(keys) if f"`{key}`" not in PAGE]


def test_lines_are_numbers_and_unsaid_amounts_are_left_out() -> None:
    made = contract(whole())
    uptime = next(promise for promise in made["promises"] if promise["id"] == UPTIME.id)
    assert (uptime["line"], uptime["end_line"], uptime["also"]) == (1, 1, [])
    assert uptime["values"]["ratio"] == 0.999
    assert uptime["values"]["percentile"] is None
    assert "seconds" not in uptime["values"]
    assert made["findings"][0]["lines"] == [[1, 2], [5, 5]]
    assert made["gaps"][0] == {
        "line": 3,
        "end_line": 4,
        "section": "Backups",
        "text": "soon",
        "why": "no number",
    }
    assert made["diagnostics"][0]["file"] == "operations.md"


def test_unbound_is_null_where_no_bindings_were_given() -> None:
    assert contract(msgspec.structs.replace(whole(), unbound=None))["unbound"] is None


def test_it_is_one_json_document_in_utf8_with_a_line_end() -> None:
    raw = encode(whole())
    assert json.loads(raw) == contract(whole())
    assert "…".encode() in raw
    assert raw.endswith(b"}\n")
