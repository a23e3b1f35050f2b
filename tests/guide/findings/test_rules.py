"""Each rule on guides that have what it looks for, and on guides that nearly have it."""

import pytest

from opsguide.guide.findings import RULES
from opsguide.guide.lexicon import detect
from tests.guide.findings.found import Case, cases, lines, of

ALL = cases()
HAVE = [case for case in ALL if case.wanted]
NEARLY = [case for case in ALL if not case.wanted]

# What these look at has no words: numbers, keys of data, names that are the same everywhere.
SPEECHLESS = {
    *(
        "alert-levels-differ",
        "alert-without-severity",
        "availability-of-100",
        "downtime-mismatch",
        "fid-retired",
    ),
    *(
        "query-takes-all",
        "resolve-over-budget",
        "restore-over-budget",
        "retention-too-short",
        "window-too-long",
    ),
}


@pytest.mark.parametrize("case", HAVE, ids=lambda case: case.name)
def test_a_guide_that_has_it(case: Case) -> None:
    (found,) = of(case.rule, case.text)
    assert lines(found) == case.wanted
    assert found.kind in ("conflict", "missing", "outdated", "advice")
    assert found.message
    assert found.proposal
    assert not found.message.endswith(".")
    assert found.promises


@pytest.mark.parametrize("case", NEARLY, ids=lambda case: case.name)
def test_a_guide_that_nearly_has_it(case: Case) -> None:
    assert of(case.rule, case.text) == []


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_tried_both_ways(rule: str) -> None:
    assert any(case.rule == rule for case in HAVE)
    assert any(case.rule == rule for case in NEARLY)


@pytest.mark.parametrize("rule", sorted(RULES.keys() - SPEECHLESS))
def test_a_rule_that_goes_by_words_is_tried_in_another_language(rule: str) -> None:
    languages = {detect(case.text)[0] for case in HAVE if case.rule == rule}
    assert "en" in languages
    assert len(languages) > 1


def test_every_case_belongs_to_a_rule() -> None:
    assert {case.rule for case in ALL} == set(RULES)
