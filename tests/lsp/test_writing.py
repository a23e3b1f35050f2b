"""A guide is written in an editor: what is wrong shows at its line, is explained, mended, and gone."""

from pathlib import Path

import pytest
from lsprotocol import types as lsp

from opsguide.guide.checking import Checked, check
from opsguide.guide.findings import apply_edits
from opsguide.readers import ALL

from .editor import Editor, applied

GUIDE = """# Operations

## Backups

- **Frequency**: daily backups
- **Retention**: 30 days
- **Testing**: monthly restore tests

## Disaster recovery

- **RPO**: 1 hour
- **RTO**: 4 hours

## Incidents

- **P1 (Critical)**: the shop is down
- **P2 (High)**: a part of it is
- P1: acknowledge within 15 minutes
- P2: acknowledge within 1 hour

The restore brings us back; P1 is acknowledged within 15 minutes.

## Releases

- Minor releases: bi-weekly
"""
IN_A_FENCE = """# Guide

- **High**: bad
- **Low**: not bad

## Alerts

```yaml
slow:
  condition: response_time > 2s
  for: 5m
  severity: warning
```
"""
EMOJI = "- 🚀🚀 Major releases (cafe\u0301): bi-weekly\n"


async def test_a_finding_shows_while_it_is_so(editor: Editor) -> None:
    editor.open("guide.md", GUIDE)
    found = {str(each.code): each for each in await editor.diagnostics("guide.md")}
    conflict = found["backup-rpo"]
    assert conflict.severity == lsp.DiagnosticSeverity.Warning
    assert conflict.range.start.line == 4
    assert conflict.related_information
    assert [each.location.range.start.line for each in conflict.related_information] == [10]
    assert "RPO" in conflict.related_information[0].message
    assert conflict.code_description
    assert conflict.code_description.href.endswith("/backup-rpo.md")

    editor.type("guide.md", GUIDE.replace("daily backups", "hourly backups"))
    assert "backup-rpo" not in await editor.codes("guide.md")

    editor.type("guide.md", GUIDE)
    assert "backup-rpo" in await editor.codes("guide.md")
    editor.close("guide.md")
    await editor.until(lambda: not editor.told[editor.uri("guide.md")].diagnostics)


async def test_a_line_says_what_was_understood(editor: Editor) -> None:
    editor.open("guide.md", GUIDE)
    said = await editor.hover("guide.md", 18)
    assert "- time: `15 minutes`" in said
    assert "`incidents.clock.p1.acknowledge`" in said
    assert "a deadline, kept by incidents" in said
    assert "Said again in line 21." in said
    assert "backup-rpo" in await editor.hover("guide.md", 11)
    assert await editor.hover("guide.md", 2) == ""
    assert await editor.hover("guide.md", 4000) == ""


async def test_names_of_the_guide_and_words_of_its_language_are_offered(editor: Editor) -> None:
    editor.open("guide.md", GUIDE)
    await editor.diagnostics("guide.md")
    offered = await editor.completions("guide.md", 20, 0)
    assert offered["Critical"].startswith("severity: ")
    assert {"p1", "p2", "response time"} <= set(offered)
    assert not [label for label in offered if "*" in label]
    units = await editor.completions("guide.md", 18, len("- P1: acknowledge within 15 mi"))
    assert {"minutes", "hours", "business days"} <= set(units)
    assert "Critical" not in units


async def test_a_german_guide_is_offered_german_words_as_they_are_written(editor: Editor) -> None:
    editor.open(
        "betrieb.md", "# Betrieb\n\n## Störungen\n\n- Die Verfügbarkeit ist mindestens 99,9 % im Monat.\n\n\n"
    )
    await editor.diagnostics("betrieb.md")
    offered = await editor.completions("betrieb.md", 6, 0)
    assert "bestätigt" in offered
    assert "response time" not in offered


async def test_rules_are_offered_where_one_is_silenced(editor: Editor) -> None:
    text = GUIDE + "\n<!-- opsguide: allow ba because WAL is shipped -->\n"
    editor.open("guide.md", text)
    await editor.diagnostics("guide.md")
    line = text.count("\n")
    offered = await editor.completions("guide.md", line, len("<!-- opsguide: allow ba"))
    assert "backup-rpo" in offered
    assert "minutes" not in offered
    editor.type("guide.md", text.replace("allow ba ", "allow backup-rpo "))
    said = await editor.hover("guide.md", line, len("<!-- opsguide: allow b"))
    assert said.startswith("**backup-rpo** (conflict): Backups ")


async def test_jumps_lead_to_what_a_line_is_involved_with(editor: Editor) -> None:
    editor.open("guide.md", GUIDE)
    assert 11 in await editor.definition("guide.md", 5, 4)  # what the daily backup contradicts
    assert 5 in await editor.definition("guide.md", 11, 4)
    assert await editor.definition("guide.md", 18, 2) == [16]  # from a severity's use to its definition
    assert await editor.definition("guide.md", 18, 12) == [21]  # the same fact again
    assert {16, 18, 21} <= set(await editor.references("guide.md", 16, 5))
    assert {5, 11} <= set(await editor.highlights("guide.md", 5, 4))
    assert await editor.definition("guide.md", 1, 0) == []


async def test_an_outline_lists_what_each_section_promises(editor: Editor) -> None:
    editor.open("guide.md", GUIDE)
    (top,) = await editor.symbols("guide.md")
    assert top.name == "Operations"
    sections = {section.name: section for section in top.children or []}
    assert [each.name for each in sections["Disaster recovery"].children or []] == [
        "RPO: 1 hour",
        "RTO: 4 hours",
    ]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
async def test_an_action_writes_what_fix_would(editor: Editor, ends: str) -> None:
    text = GUIDE.replace("\n", ends)
    path = editor.folder / "guide.md"
    path.write_bytes(text.encode())
    checked = check(str(path), ALL)
    assert isinstance(checked, Checked)
    edits = next(f.edits for f in checked.result.findings if f.rule == "ambiguous-cadence")

    editor.open("guide.md", text)
    await editor.diagnostics("guide.md")
    fix = next(each for each in await editor.actions("guide.md", 25) if "(ambiguous-cadence)" in each.title)
    assert fix.is_preferred
    assert fix.diagnostics
    assert applied(fix, text) == apply_edits(text, edits) != text

    editor.type("guide.md", applied(fix, text))
    assert "ambiguous-cadence" not in await editor.codes("guide.md")


@pytest.mark.parametrize(
    ("rule", "line", "text"),
    [
        ("backup-rpo", 5, GUIDE),
        (
            "ambiguous-cadence",
            5,
            "# G\n\n## Releases\n\n| Release | When |\n|---|---|\n| Minor | bi-weekly |\n",
        ),
        (
            "unknown-severity",
            8,
            IN_A_FENCE,
        ),
    ],
)
async def test_a_rule_is_silenced_once_a_reason_is_given(
    editor: Editor, rule: str, line: int, text: str
) -> None:
    editor.open("guide.md", text)
    found = next(each for each in await editor.diagnostics("guide.md") if each.code == rule)
    actions = await editor.actions("guide.md", found.range.start.line + 1)
    silence = next(each for each in actions if each.title.startswith(f"Silence {rule} "))
    commented = applied(silence, text)
    assert "opsguide: allow" in commented.split("\n")[line - 1]

    editor.type("guide.md", commented)
    assert {rule, "silence-without-reason"} <= await editor.codes("guide.md")
    editor.type("guide.md", commented.replace("because -->", "because the log is shipped -->"))
    assert not {rule, "silence-without-reason"} & await editor.codes("guide.md")


@pytest.mark.parametrize(
    ("encoding", "codec"), [("utf-16", "utf-16-le"), ("utf-8", "utf-8"), ("utf-32", "utf-32-le")]
)
async def test_places_are_counted_as_the_editor_counts(tmp_path: Path, encoding: str, codec: str) -> None:
    """Behind an emoji, which is two units, and accents that are signs of their own."""
    editor = Editor(tmp_path)
    result = await editor.start(encoding=encoding)
    try:
        assert result.capabilities.position_encoding == encoding
        text = f"# Betrieb\n\n## Releases\n\n{EMOJI}"
        editor.open("guide.md", text)
        found = next(
            each for each in await editor.diagnostics("guide.md") if each.code == "ambiguous-cadence"
        )
        size = {"utf-16-le": 2, "utf-8": 1, "utf-32-le": 4}[codec]
        raw = EMOJI.encode(codec)
        start, end = found.range.start.character * size, found.range.end.character * size
        assert raw[start:end].decode(codec) == "bi-weekly"
        assert "release" in await editor.hover("guide.md", 5, found.range.start.character)
        fix = next(
            each for each in await editor.actions("guide.md", 5) if "(ambiguous-cadence)" in each.title
        )
        after = applied(fix, text, codec)
        assert "🚀🚀" in after
        assert "bi-weekly" not in after
    finally:
        await editor.quit()
