"""`opsguide import` as people run it: a look, a yes, and bindings that keep what was there."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from opsguide.cli import app
from opsguide.guide.bindings import read_bindings
from tests.guide.terminal import terminal
from tests.importers.test_pagerduty import CAST, USERS, a_schedule, layer
from tests.test_cli import run as run_process

GUIDE = """\
# Operations

## Incident Response

### Severity Levels
1. **Critical**: System down

### Response Times (SLA)
- **Critical**: 15 minutes acknowledgment, 2 hours resolution

### Escalation
- Level 1: @core
- Level 2: @security after 15 minutes
"""
BEFORE = """\
# Ours, with care.
service = "harbour"   # not Harbor

[people.dan]
"""
POLICY = {
    "escalation_policies": [
        {
            "id": "PE",
            "name": "Harbour <b>*x*</b>",
            "escalation_rules": [
                {"escalation_delay_in_minutes": 15, "targets": [{"id": "PS1", "type": "schedule_reference"}]},
                {"escalation_delay_in_minutes": 15, "targets": [{"id": "PANA", "type": "user_reference"}]},
            ],
        }
    ]
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    schedule = a_schedule("Europe/Bucharest", layer(CAST, "2026-10-05T09:00:00Z", 604_800))
    # Two answers in one file, as `curl >>` leaves them.
    Path("all.json").write_text(json.dumps(USERS) + "\n" + json.dumps([schedule, POLICY]), encoding="utf-8")
    Path("operations.md").write_text(GUIDE, encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["import", "pagerduty", "all.json", *arguments], obj=None)


def test_without_into_nothing_is_written_and_all_is_shown(here: Path) -> None:
    found = run("--guide", "operations.md")
    assert found.exit_code == 0, found.output
    assert sorted(path.name for path in here.iterdir()) == ["all.json", "operations.md"]
    assert "- schedule Core Platform → `rotations.core-platform`" in found.output
    assert "From Harbour &lt;b>\\*x\\*&lt;/b> (the guide says something else):" in found.output
    assert "- Level 1: @core-platform\n- Level 2: @ana after 15 minutes" in found.output
    assert "- `@core` (line 12)\n- `@security` (line 13)" in found.output
    assert "`--team 'Core Platform=core'`" in found.output
    toml = found.output.split("```toml\n")[1].split("```")[0]
    bindings, _ = read_bindings(toml)
    assert bindings is not None
    assert bindings.rotations["core-platform"].layers[0].members == ("ana", "bogdan", "carmen")


def test_what_the_report_writes_for_the_guide_is_read_as_that_route(here: Path) -> None:
    lines = run().output.split("```markdown\n")[1].split("```")[0]
    Path("operations.md").write_text(GUIDE.split("### Escalation", maxsplit=1)[0] + lines, encoding="utf-8")
    found = run("--guide", "operations.md")
    assert "(as the guide's escalation route has it)" in found.output
    assert "bound to nobody yet" not in found.output


def test_into_keeps_what_was_written_and_the_same_again_adds_nothing(here: Path) -> None:
    Path("opsguide.toml").write_text(BEFORE, encoding="utf-8")
    arguments = ("--into", "opsguide.toml", "--yes", "--report", "report.md", "--team", "Core Platform=core")
    assert run(*arguments).exit_code == 0
    text = Path("opsguide.toml").read_text(encoding="utf-8")
    assert text.startswith(BEFORE)
    bindings, _ = read_bindings(text)
    assert bindings is not None
    assert {*bindings.people} == {"dan", "ana", "bogdan", "carmen"}
    assert [*bindings.rotations] == ["core"]
    again = run(*arguments)
    assert "There is nothing to add" in again.output
    assert Path("opsguide.toml").read_text(encoding="utf-8") == text
    assert "0 things taken over, 4 there already" in Path("report.md").read_text(encoding="utf-8")


def test_the_report_names_nobody(here: Path) -> None:
    run("--into", "opsguide.toml", "--yes", "--report", "report.md")
    report = Path("report.md").read_text(encoding="utf-8")
    assert "ana@harbour.example" in Path("opsguide.toml").read_text(encoding="utf-8")
    assert "@harbour.example" not in report
    assert re.search(r"\bAna\b", report) is None


def test_on_a_terminal_it_shows_what_it_adds_and_asks(here: Path) -> None:
    Path("opsguide.toml").write_text(BEFORE, encoding="utf-8")
    arguments = ("import", "pagerduty", "all.json", "--into", "opsguide.toml")
    with terminal(*arguments, prompt="> ", folder=here) as person:
        shown = person.question()
        person.type("\n")
        status, said = person.end()
    assert "+[people.ana]" in shown
    assert status == 2
    assert "was left as it is" in said
    assert Path("opsguide.toml").read_text(encoding="utf-8") == BEFORE
    with terminal(*arguments, prompt="> ", folder=here) as person:
        person.question()
        person.type("y\n")
        assert person.end()[0] == 0
    assert "[people.ana]" in Path("opsguide.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "arguments", "said"),
    [
        (BEFORE, ("--into", "opsguide.toml"), "there is no terminal: add --yes"),
        (BEFORE, ("--into", "no/opsguide.toml", "--yes"), "there is no such folder"),
        ("[people.dan", ("--into", "opsguide.toml", "--yes"), "mend it first"),
        ("people = {}\n", ("--into", "opsguide.toml", "--yes"), "does not go with what is there"),
        (BEFORE, ("--team", "Core=core"), "there is no schedule `Core`"),
        (BEFORE, ("--team", "core"), "write SCHEDULE=TEAM"),
        (BEFORE, ("--report", "operations.md"), "is there, and no report"),
        (BEFORE, ("more.json",), "cannot be read: no such file or directory"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(
    here: Path, before: str, arguments: tuple[str, ...], said: str
) -> None:
    Path("opsguide.toml").write_text(before, encoding="utf-8")
    found = run_process("import", "pagerduty", "all.json", *arguments)
    assert found.returncode == 2
    assert said in " ".join(found.stderr.split())
    assert Path("opsguide.toml").read_text(encoding="utf-8") == before
