"""The JSON Schema of opsguide.toml agrees with the reader: editors say nothing else than `check` does."""

import json
import re
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.guide.bindings import SCHEMA_FILE, read_bindings, schema
from tests.guide.test_bindings import BAD, HARBOUR, LATER, expected

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "reference"
SCHEMA = json.loads(schema())
VALIDATOR = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)

ONLY_THE_READER_KNOWS = {
    *("not-toml", "unknown-zone", "bad-promql", "bad-ip", "private-address", "literal-secret"),
    *("unknown-channel", "unknown-person", "unknown-team", "unknown-environment", "unknown-region"),
    *("not-asked", "contradiction"),
    *("probe-kind", "bad-pattern", "bad-header"),
    *("unknown-probe", "unknown-component"),
}
"""Codes of mistakes that no schema of a file by itself can see."""


def as_editors_see_it(value: Any) -> Any:
    """TOML in the types of JSON, as Taplo hands it to a schema: dates and times are texts."""
    match value:
        case dict():
            return {key: as_editors_see_it(content) for key, content in value.items()}
        case list():
            return [as_editors_see_it(content) for content in value]
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return value


def complaints(text: str) -> list[str]:
    found = VALIDATOR.iter_errors(as_editors_see_it(tomllib.loads(text)))
    return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in found]


def test_it_is_published_as_the_code_says() -> None:
    assert (DOCS / SCHEMA_FILE).read_text(encoding="utf-8") == schema(), "run: make reference"


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


EXAMPLES: dict[str | int, str] = {
    "HARBOUR": HARBOUR,
    "LATER": LATER,
    "examples": (ROOT / "examples" / "opsguide.toml").read_text(encoding="utf-8"),
    **dict(
        enumerate(
            re.findall(r"```toml\n(.*?)```", (DOCS / "bindings.md").read_text(encoding="utf-8"), re.DOTALL), 1
        )
    ),
}


@pytest.mark.parametrize("name", EXAMPLES, ids=str)
def test_what_is_right_has_no_complaint(name: str | int) -> None:
    assert complaints(EXAMPLES[name]) == []


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_mistake_is_one_for_both_unless_only_the_reader_can_know(path: Path) -> None:
    told = expected(path)
    text = path.read_text(encoding="utf-8")
    if told["code"] not in ONLY_THE_READER_KNOWS and path.stem not in ALSO:
        assert complaints(text)


ALSO = {
    "match-bad-pattern": "a pattern knows no patterns",
    "repeated-environment": "names that differ in case only",
    "layer-ends-first": "one value against another",
    "override-ends-first": "one value against another",
    "out-of-range-duration": "a pattern knows no amounts",
    "probe-key-of-another-kind": "one key against another",
    "lab-judges-without-environment": "one key against another",
    "lab-too-often": "a pattern knows no amounts",
    "probe-too-slow": "one value against another",
    "probe-without-environment": "one key against another",
    "quorum-too-large": "one value against another table",
    "status-mail-without-url": "one key against another",
    "status-component-without-source": "one key of several",
    "rotation-without-turns": "one key of two",
    "status-maintenance-ends-first": "one value against another",
    "region-named-local": "all names but one",
    "telemetry-without-url": "one key against another",
    "telemetry-user-alone": "one key against another",
    "telemetry-url-of-api": "what stands in a path",
    "telemetry-header": "a name that HTTP has taken",
    "telemetry-header-name": "names of headers",
}


WORDS = st.sampled_from(
    [
        "",
        " ",
        "x",
        "env:X",
        "file:x",
        "5s",
        "< 5",
        "1w",
        "09:00",
        "UTC",
        "up",
        "MO",
        "s3://b",
        "https://x.example",
    ]
)
VALUES = st.recursive(
    st.one_of(
        WORDS, st.booleans(), st.integers(-5, 99_999), st.floats(allow_nan=False), st.lists(WORDS, max_size=2)
    ),
    lambda inner: st.dictionaries(
        st.sampled_from(["a", "", "slack", "production", "ana"]), inner, max_size=2
    ),
    max_leaves=3,
)


def paths(node: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [at, *(path for key, content in inner for path in paths(content, (*at, key)))][bool(not at) :]


def replaced(node: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    copy = node.copy()
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy


WHOLE = tomllib.loads(HARBOUR) | tomllib.loads(LATER)


@given(path=st.sampled_from(paths(WHOLE)), value=VALUES)
@settings(max_examples=400)
def test_the_schema_never_refuses_what_the_reader_takes(path: tuple[str | int, ...], value: Any) -> None:
    changed = replaced(WHOLE, path, value)
    bindings, _ = read_bindings(toml(changed))
    if bindings is not None:
        assert complaints(toml(changed)) == []


def toml(document: dict[str, Any]) -> str:
    """One key a line; the tables are inline."""
    return "\n".join(f"{json.dumps(key)} = {_inline(content)}" for key, content in document.items())


def _inline(value: Any) -> str:
    match value:
        case dict():
            return (
                "{" + ", ".join(f"{json.dumps(key)} = {_inline(inner)}" for key, inner in value.items()) + "}"
            )
        case list():
            return "[" + ", ".join(map(_inline, value)) + "]"
        case datetime() | date() | time():
            return value.isoformat()
        case float():
            return repr(value)
        case _:
            return json.dumps(value)
