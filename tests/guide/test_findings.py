"""Findings: each rule by name, and what it says about which lines."""

import re
from pathlib import Path

import pytest

from opsguide.guide.bindings import Bindings
from opsguide.guide.findings import RULES, find, rule
from opsguide.guide.promise import Finding
from opsguide.kernel.promise import Span
from tests.guide.made import FOUR, alert, reading, severity

DOCS = Path(__file__).parents[2] / "docs" / "findings"


class TestUnknownSeverity:
    def test_one_finding_a_word_with_every_line_that_uses_it(self) -> None:
        guide = reading(
            *FOUR,
            alert("fast", "critical"),
            alert("slow", "warning", line=30),
            alert("full", "warning", line=40),
        )
        (found,) = find(guide)
        assert found == Finding(
            rule="unknown-severity",
            kind="conflict",
            message="`slow`, `full` have the severity `warning`, "
            "but this guide defines `critical`, `high`, `medium`, `low`",
            spans=(Span(30, 33), Span(40, 43)),
            promises=("monitoring.alert.slow", "monitoring.alert.full"),
            proposal="write one of critical, high, medium, low; "
            'or bind the word in opsguide.toml: [severities] warning = "…"',
        )

    def test_a_binding_settles_it(self) -> None:
        guide = reading(*FOUR, alert("slow", "Warning"))
        assert find(guide, Bindings())
        assert not find(guide, Bindings(severities={"warning": "medium"}))

    def test_a_binding_to_a_severity_that_is_not_defined_does_not(self) -> None:
        assert find(reading(*FOUR, alert("slow", "warning")), Bindings(severities={"warning": "sev2"}))

    @pytest.mark.parametrize("word", ["sev-1", "SEV-1", "Critical", "critical"])
    def test_a_code_or_a_label_in_any_case_is_defined(self, word: str) -> None:
        assert not find(reading(severity("sev-1", 1, "Critical"), alert("slow", word)))

    def test_an_alert_without_a_severity_is_not_its_matter(self) -> None:
        assert not find(reading(*FOUR, alert("quiet", None)))

    def test_a_guide_without_severities_is_told_that_they_are_missing(self) -> None:
        (found,) = find(reading(alert("slow", "warning")))
        assert found.kind == "missing"
        assert found.message == "`slow` has the severity `warning`, but this guide defines no severities"


def test_a_finding_of_the_reading_and_a_rule_is_told_once() -> None:
    guide = reading(*FOUR, alert("slow", "warning"))
    (found,) = find(guide)
    twice = reading(*FOUR, alert("slow", "warning"), findings=(found,))
    assert find(twice) == (found,)


def test_two_rules_cannot_have_one_name() -> None:
    with pytest.raises(ValueError, match="unknown-severity"):
        rule("unknown-severity")(lambda reading, bindings: ())


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_a_page_with_why_an_example_and_a_fix(name: str) -> None:
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# `{name}`\n")
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == ["Why", "Example", "Fix"]
