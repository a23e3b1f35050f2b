"""Edits: applied to the bytes beside which nothing changes, and made only where a line shows what is meant."""

import pytest

from opsguide.guide.findings import apply_edits
from opsguide.guide.promise import Edit
from opsguide.kernel.promise import Span
from tests.guide.findings.found import of


def on(first: int, last: int, text: str) -> Edit:
    return Edit(Span(first, last), text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_stay_as_they_are(end: str) -> None:
    text = end.join(("one", "two", "three", ""))
    assert apply_edits(text, [on(2, 2, "2")]) == end.join(("one", "2", "three", ""))
    assert apply_edits(text, [on(2, 3, "2\n2.5\n3")]) == end.join(("one", "2", "2.5", "3", ""))


def test_the_last_line_may_have_no_end() -> None:
    assert apply_edits("one\ntwo", [on(2, 2, "2")]) == "one\n2"


def test_without_text_the_lines_are_gone() -> None:
    assert apply_edits("one\ntwo\nthree\n", [on(2, 2, "")]) == "one\nthree\n"


def test_several_edits_and_the_same_one_twice() -> None:
    edits = [on(3, 3, "3"), on(1, 1, "1"), on(3, 3, "3")]
    assert apply_edits("one\ntwo\nthree\n", edits) == "1\ntwo\n3\n"


def test_two_edits_of_one_line_are_refused() -> None:
    with pytest.raises(ValueError, match="line 2"):
        apply_edits("one\ntwo\n", [on(1, 2, "1"), on(2, 2, "2")])


SEVERITIES = """\
# Guide

## Severity levels

1. **Critical**: system down
2. **High**: feature broken

## Alerts

"""
ALERT = (
    "| Alert | Condition | For | Severity |\n|---|---|---|---|\n| errors | error rate > 5% | 5 min | {} |\n"
)


def test_a_slip_of_the_pen_is_mended() -> None:
    text = SEVERITIES + ALERT.format("Critcal")
    (finding,) = of("unknown-severity", text)
    assert apply_edits(text, finding.edits) == SEVERITIES + ALERT.format("critical")


def test_whom_to_wake_is_not_decided_for_the_team() -> None:
    (finding,) = of("unknown-severity", SEVERITIES + ALERT.format("warning"))
    assert finding.edits == ()
    assert "critical, high" in finding.proposal


def test_a_row_gets_its_words_in_the_cell_and_the_guides_language() -> None:
    table = "| Signal | Zielwert |\n|---|---|\n| Verfügbarkeit | 99,9 % |\n"
    text = f"# Betrieb\n\n## Ziele\n\nDas sind die Ziele, die wir für den Shop haben.\n\n{table}"
    (finding,) = of("availability-without-period", text)
    assert apply_edits(text, finding.edits).endswith("| Verfügbarkeit | 99,9 % pro Kalendermonat |\n")


WINDOW = (
    "\n## Maintenance windows\n\n- **Frequency**: monthly, first Sunday, 2-6 AM UTC\n- **Notice**: 48 hours\n"
)


def test_nothing_is_put_behind_another_promise() -> None:
    text = f"# Guide\n\n## Objectives\n\n- **Availability**: 99.9% per month. Error rate below 1%.\n{WINDOW}"
    (finding,) = of("window-over-budget", text)
    assert finding.edits == ()
