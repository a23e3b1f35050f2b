"""What a guide silences: where a comment may stand, what it has to say, and what is wrong with one that does not."""

import pytest

from opsguide.guide.findings import RULES, apply_edits, find
from opsguide.guide.reading import read
from opsguide.readers import ALL
from tests.guide.findings.found import findings, lines, of

GUIDE = """\
# Guide

{title}

## Backups

{section}

{above}
- **Frequency**: daily backups{line}

## Elsewhere

{other}

- **Environment**: production
"""
WHY = "<!-- opsguide: allow backup-without-retention because a policy says it -->"


def guide(**comments: str) -> str:
    return GUIDE.format(**{"title": "", "section": "", "above": "", "line": "", "other": ""} | comments)


def reason(text: str) -> str | None:
    (finding,) = of("backup-without-retention", text)
    return finding.silenced


@pytest.mark.parametrize("place", ["title", "section", "above", "line"])
def test_it_counts_on_the_line_above_it_in_its_section_and_under_the_title(place: str) -> None:
    text = guide(**{place: f" {WHY}" if place == "line" else WHY})
    assert reason(text) == "a policy says it"
    assert not of("silence-unused", text)


def test_it_does_not_count_in_another_section() -> None:
    text = guide(other=WHY)
    assert reason(text) is None
    (unused,) = of("silence-unused", text)
    assert (lines(unused), unused.kind) == ([14], "outdated")


def test_above_a_heading_it_counts_for_the_section() -> None:
    assert reason(f"# Guide\n\n{WHY}\n## Backups\n\n- **Frequency**: daily backups\n") == "a policy says it"


def test_above_a_table_it_counts_for_all_rows() -> None:
    table = "| System | Backup |\n|---|---|\n| shop | daily |\n| blog | daily |\n"
    text = f"# Guide\n\n## Backups\n\n{WHY}\n{table}\n## More\n\n- **Frequency**: daily backups\n"
    assert reason(text) == "a policy says it"


FENCE = """\
# Guide

## Severity levels

1. **Critical**: system down
2. **High**: major feature broken

## Alerts

{before}
```yaml
alerts:
{above}
  slow:
    condition: error_rate > 5%
    duration: 5m
    severity: warning{line}
```
"""


@pytest.mark.parametrize(
    ("place", "comment"),
    [
        ("before", "<!-- opsguide: allow unknown-severity because the other tool calls it so -->"),
        ("above", "  # opsguide: allow unknown-severity because the other tool calls it so"),
        ("line", " # opsguide: allow unknown-severity because the other tool calls it so"),
    ],
)
def test_in_and_above_a_fence(place: str, comment: str) -> None:
    text = FENCE.format(**{"before": "", "above": "  # plain", "line": ""} | {place: comment})
    (finding,) = of("unknown-severity", text)
    assert finding.silenced == "the other tool calls it so"
    assert not of("silence-unused", text)


def test_one_comment_may_name_several_rules_and_span_lines() -> None:
    text = guide(
        section="<!-- opsguide: allow backup-without-retention,\nbackup-rpo because\na policy says it -->"
    )
    assert reason(text) == "a policy says it"
    (unused,) = of("silence-unused", text)
    assert "`backup-rpo`" in unused.message
    # The other rule still needs the comment.
    assert unused.edits == ()


def test_without_a_reason_it_does_not_count() -> None:
    text = guide(line=" <!-- opsguide: allow backup-without-retention -->")
    assert reason(text) is None
    (finding,) = of("silence-without-reason", text)
    assert (lines(finding), finding.kind) == ([10], "missing")


def test_a_slip_in_the_name_is_told_and_mended() -> None:
    text = guide(line=" <!-- opsguide: allow backup-without-retension because a policy says it -->")
    (finding,) = of("silence-unknown-rule", text)
    assert finding.kind == "conflict"
    assert finding.proposal == "did you mean `backup-without-retention`?"
    assert reason(apply_edits(text, finding.edits)) == "a policy says it"


@pytest.mark.parametrize(
    "said", ["allow all because we like it so", "ignore backup-rpo", "allow because of that", ""]
)
def test_there_is_no_word_for_all_and_no_other_instruction(said: str) -> None:
    text = guide(line=f" <!-- opsguide: {said} -->")
    assert reason(text) is None
    assert of("silence-unknown-rule", text)


def test_deleting_an_unused_comment_leaves_the_line_as_it_was() -> None:
    text = guide(line=" <!-- opsguide: allow backup-rpo because a policy says it -->")
    (finding,) = of("silence-unused", text)
    assert apply_edits(text, finding.edits) == guide()


@pytest.mark.parametrize("shown", [f"`{WHY}`", f"\n```html\n{WHY}\n```\n"])
def test_a_comment_that_is_shown_as_code_is_none(shown: str) -> None:
    text = guide(section=shown)
    assert reason(text) is None
    assert not [finding for finding in findings(text) if finding.rule.startswith("silence-")]


def test_what_is_wrong_with_a_comment_cannot_be_silenced() -> None:
    text = guide(title="<!-- opsguide: allow silence-unused because we like it so -->", other=WHY)
    assert of("silence-unknown-rule", text)
    assert all(finding.silenced is None for finding in of("silence-unused", text))


def test_the_rules_about_comments_are_no_rules_to_silence() -> None:
    assert not [rule for rule in RULES if rule.startswith("silence-")]


def test_without_its_text_nothing_is_silenced() -> None:
    text = guide(line=f" {WHY}")
    (finding,) = [one for one in find(read(text, ALL)) if one.rule == "backup-without-retention"]
    assert finding.silenced is None
