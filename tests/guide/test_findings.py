"""Findings as a whole: told once, in the order of the document, each with its page."""

import re
from pathlib import Path

import pytest

from opsguide.guide.bindings import Bindings
from opsguide.guide.findings import RULES, find, rule
from opsguide.guide.promise import Finding
from opsguide.guide.reading import read
from opsguide.kernel.promise import Span
from opsguide.readers import ALL
from tests.guide.findings.found import findings, of
from tests.guide.made import FOUR, reading

DOCS = Path(__file__).parents[2] / "docs" / "findings"
INDEX = DOCS / "README.md"
ABOUT_SILENCES = ("silence-unknown-rule", "silence-unused", "silence-without-reason")
PAGES = (*RULES, *ABOUT_SILENCES)
SECTIONS = ["Why", "Example", "Fix", "When to silence"]

SEVERITIES = """\
# Guide

## Severity levels

1. **Critical** (SEV-1): system down
2. **High** (SEV-2): feature broken
"""
ALERTS = "\n## Alerts\n\n| Alert | Condition | For | Severity |\n|---|---|---|---|\n"


def alert(name: str, severity: str) -> str:
    return f"| {name} | error rate > 5% | 5 min | {severity} |\n"


class TestUnknownSeverity:
    """The rule that bindings have a say in."""

    def test_one_finding_a_word_with_every_line_that_uses_it(self) -> None:
        text = (
            SEVERITIES
            + ALERTS
            + alert("fast", "critical")
            + alert("slow", "warning")
            + alert("full", "warning")
        )
        (found,) = of("unknown-severity", text)
        assert found == Finding(
            rule="unknown-severity",
            kind="conflict",
            message="`slow`, `full` have the severity `warning`, but this guide defines `sev-1`, `sev-2`",
            spans=(Span(13, 13), Span(14, 14)),
            promises=("monitoring.alert.slow.warning", "monitoring.alert.full.warning"),
            proposal='write one of sev-1, sev-2; or bind the word in opsguide.toml: [severities] warning = "…"',
        )

    @pytest.mark.parametrize(
        ("bound", "count"), [({}, 1), ({"warning": "sev-2"}, 0), ({"warning": "sev-9"}, 1)]
    )
    def test_a_binding_to_a_severity_of_the_guide_settles_it(self, bound: dict[str, str], count: int) -> None:
        text = SEVERITIES + ALERTS + alert("slow", "warning")
        found = find(read(text, ALL), Bindings(severities=bound), text)
        assert [finding.rule for finding in found].count("unknown-severity") == count

    @pytest.mark.parametrize("word", ["sev-1", "SEV-1", "Critical", "critical"])
    def test_a_code_or_a_label_in_any_case_is_defined(self, word: str) -> None:
        assert not of("unknown-severity", SEVERITIES + ALERTS + alert("slow", word))

    def test_a_guide_without_severities_is_told_once_that_they_are_missing(self) -> None:
        text = f"# Guide\n{ALERTS}{alert('slow', 'warning')}{alert('full', 'error')}"
        (found,) = of("unknown-severity", text)
        assert found.kind == "missing"
        assert found.message == (
            "`slow`, `full` have the severity `warning`, `error`, but this guide defines no severities"
        )

    def test_a_word_that_begins_a_line_may_be_defined_there(self) -> None:
        text = f"# Guide\n{ALERTS}{alert('slow', 'warning')}\nWarning means that somebody looks at it tomorrow.\n"
        assert not of("unknown-severity", text)


GUIDE = "# Guide\n\n## Recovery\n\n- **RTO**: 4 hours\n\n## Core Web Vitals\n\n- FID < 100ms\n"


def test_findings_come_in_the_order_of_the_document() -> None:
    found = findings(GUIDE)
    assert [finding.spans for finding in found] == sorted(finding.spans for finding in found)
    assert [finding.rule for finding in found] == ["restore-untested", "rpo-missing", "fid-retired"]


def test_a_finding_of_the_reading_and_a_rule_is_told_once() -> None:
    found = findings(GUIDE)
    adopted = reading(*FOUR, findings=found)
    assert find(adopted) == found


def test_two_rules_cannot_have_one_name() -> None:
    with pytest.raises(ValueError, match="unknown-severity"):
        rule("unknown-severity", "conflict")(lambda guide: ())


def test_every_rule_says_in_one_line_what_it_is() -> None:
    assert all(re.fullmatch(r"[`A-Z].*[.?]", known.says) for known in RULES.values())


@pytest.mark.parametrize("name", PAGES)
class TestPages:
    """What `opsguide explain RULE` shows."""

    def test_it_has_its_sections_and_says_its_kind(self, name: str) -> None:
        page = _page(name)
        assert page.startswith(f"# `{name}`\n\nKind: ")
        outside = re.sub(r"^(`{3,})\w+\n.*?^\1$", "", page, flags=re.MULTILINE | re.DOTALL)
        assert re.findall(r"^## (.*)$", outside, re.MULTILINE) == SECTIONS
        if name in RULES:
            assert f"\nKind: {RULES[name].kind}." in page

    def test_its_example_is_found_as_it_shows(self, name: str) -> None:
        fences = re.findall(r"^(`{3,})(\w+)\n(.*?)^\1$", _page(name), re.MULTILINE | re.DOTALL)
        texts = {language: text for _, language, text in fences}
        found = of(name, texts["markdown"])
        assert len(found) == 1
        first = texts["text"].split("\n")[0]
        place, _, said = first.partition(f"[{name}]: ")
        assert said == found[0].message
        assert place.startswith(f"operations.md:{found[0].spans[0].line}:")
        assert f"help: {found[0].proposal}" in texts["text"]

    def test_the_index_lists_it_under_its_kind(self, name: str) -> None:
        index = INDEX.read_text(encoding="utf-8")
        kinds = re.split(r"^## ", index, flags=re.MULTILINE)
        (section,) = [part for part in kinds if f"[{name}]({name}.md)" in part]
        said = re.search(r"^Kind: (\w+)", _page(name), re.MULTILINE)
        assert said
        assert section.lower().startswith(said[1])


def test_there_is_no_page_without_a_rule() -> None:
    assert {page.stem for page in DOCS.glob("*.md")} - {"README"} == set(PAGES)


def _page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")
