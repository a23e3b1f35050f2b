"""SARIF 2.1.0: what the schema and GitHub's code scanning ask for, and that places and fixes are right."""

import json
from typing import Any

import pytest

from opsguide import __version__
from opsguide.guide.checking import Checked, Outcome
from opsguide.guide.contract import Result
from opsguide.guide.findings import apply_edits
from opsguide.guide.formats.sarif import log
from opsguide.guide.promise import Edit, Finding
from opsguide.kernel.promise import Span
from tests.guide.formats.outcomes import PLAIN, TEXT, clean, golden, guide, outcomes, unusable
from tests.guide.made import reading

# Required properties of the objects that we write, and all that the schema knows of them, from
# https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json
REQUIRED = {
    "log": ("version", "runs"),
    "run": ("tool",),
    "tool": ("driver",),
    "driver": ("name",),
    "rule": ("id",),
    "invocation": ("executionSuccessful",),
    "notification": ("message",),
    "result": ("message",),
    "fix": ("artifactChanges",),
    "artifactChange": ("artifactLocation", "replacements"),
    "replacement": ("deletedRegion",),
    "suppression": ("kind",),
}
KNOWN = {
    "log": {"$schema", "version", "runs"},
    "run": {"tool", "columnKind", "invocations", "artifacts", "results"},
    "driver": {"name", "semanticVersion", "rules"},
    "rule": {"id", "shortDescription", "help", "defaultConfiguration"},
    "result": {
        *("ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations"),
        *("partialFingerprints", "suppressions", "fixes"),
    },
    "region": {"startLine", "startColumn", "endLine", "endColumn"},
}


def made(*each: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = json.loads("\n".join(log(each, PLAIN)))
    return told


def run(*each: Outcome) -> dict[str, Any]:
    (only,) = made(*each)["runs"]
    assert isinstance(only, dict)
    return only


def holds(kind: str, each: dict[str, Any]) -> None:
    assert not [key for key in REQUIRED.get(kind, ()) if key not in each], kind
    assert not set(each) - KNOWN.get(kind, set(each)), kind


def test_whole() -> None:
    told = "\n".join(log(outcomes(), PLAIN)) + "\n"
    golden("sarif.json", told.replace(f'"{__version__}"', '"VERSION"'))


def test_it_has_the_shape_of_the_schema() -> None:
    told = made(*outcomes())
    assert told["version"] == "2.1.0"
    holds("log", told)
    one = run(*outcomes())
    holds("run", one)
    holds("driver", one["tool"]["driver"])
    rules = one["tool"]["driver"]["rules"]
    for rule in rules:
        holds("rule", rule)
        assert rule["shortDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    for result in one["results"]:
        holds("result", result)
        assert result["message"]["text"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for location in [*result["locations"], *result.get("relatedLocations", [])]:
            region = location["physicalLocation"]["region"]
            holds("region", region)
            assert min(region.values()) >= 1
            assert location["physicalLocation"]["artifactLocation"]["uri"]
        for fix in result.get("fixes", []):
            holds("fix", fix)
            for change in fix["artifactChanges"]:
                holds("artifactChange", change)
                for replacement in change["replacements"]:
                    holds("replacement", replacement)
        for suppression in result.get("suppressions", []):
            holds("suppression", suppression)


def test_a_guide_that_is_named_twice_is_one_artifact() -> None:
    assert len(run(clean(), clean(), guide())["artifacts"]) == 2


def test_names_of_files_are_addresses() -> None:
    uris = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in run(guide())["results"]
    }
    assert uris == {"docs/a%20guide%2C%20100%25.md", "opsguide.toml"}
    absolute = Checked(
        Result(guide="/tmp/a b.md", reading=reading(), findings=(_finding(1),), diagnostics=()), "x"
    )
    (result,) = run(absolute)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///tmp/a%20b.md"}


def test_a_run_that_could_not_read_a_guide_did_not_succeed() -> None:
    (good,) = run(clean())["invocations"]
    assert good == {"executionSuccessful": True, "toolExecutionNotifications": []}
    (bad,) = run(clean(), unusable())["invocations"]
    assert not bad["executionSuccessful"]
    assert "no such file" in bad["toolExecutionNotifications"][0]["message"]["text"]


def test_what_is_silenced_is_suppressed_with_its_reason() -> None:
    (found,) = [result for result in run(guide())["results"] if "suppressions" in result]
    assert found["ruleId"] == "example-silenced"
    assert found["suppressions"] == [{"kind": "inSource", "justification": 'the "log" is shipped'}]


def test_a_rule_carries_its_page() -> None:
    finding = _finding(1, rule="unknown-severity")
    one = Checked(Result(guide="g.md", reading=reading(), findings=(finding,), diagnostics=()), "x")
    (rule,) = run(one)["tool"]["driver"]["rules"]
    assert rule["help"]["markdown"].startswith("# `unknown-severity`")


def test_a_message_is_known_again_after_it_moved() -> None:
    def fingerprint(line: int) -> str:
        findings = (_finding(line),)
        one = Checked(Result(guide="g.md", reading=reading(), findings=findings, diagnostics=()), "x\n" * 9)
        (result,) = run(one)["results"]
        found: str = result["partialFingerprints"]["opsguide/v1"]
        return found

    assert fingerprint(2) == fingerprint(7)


@pytest.mark.parametrize(
    "edit",
    [Edit(Span(3, 3), "new"), Edit(Span(2, 4), "a\nb"), Edit(Span(3, 4), ""), Edit(Span(6, 6), "last")],
)
def test_a_fix_writes_what_check_would_write(edit: Edit) -> None:
    finding = _finding(3, edits=(edit,))
    one = Checked(Result(guide="g.md", reading=reading(), findings=(finding,), diagnostics=()), TEXT)
    (fix,) = run(one)["results"][0]["fixes"]
    (replacement,) = fix["artifactChanges"][0]["replacements"]
    assert _replaced(TEXT, replacement) == apply_edits(TEXT, [edit])


def _replaced(text: str, replacement: dict[str, Any]) -> str:
    """As any reader of SARIF would do it: the region's signs go, the new ones come."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    region = replacement["deletedRegion"]
    first = starts[region["startLine"] - 1] + region["startColumn"] - 1
    last = starts[region["endLine"] - 1] + region["endColumn"] - 1
    inserted: str = replacement.get("insertedContent", {"text": ""})["text"]
    return text[:first] + inserted + text[last:]


def _finding(line: int, rule: str = "r", edits: tuple[Edit, ...] = ()) -> Finding:
    return Finding(rule=rule, kind="advice", message="m", spans=(Span(line, line),), edits=edits)
