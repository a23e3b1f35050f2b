"""The hook for pre-commit: it calls a command that there is, for the files that are meant."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from opsguide.cli import app

ROOT = Path(__file__).parent.parent
HOOK: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]


def test_it_checks_as_it_says(tmp_path: Path) -> None:
    program, *command = HOOK["entry"].split()
    assert program == "opsguide"
    clean, unclear = tmp_path / "clean.md", tmp_path / "unclear.md"
    clean.write_text("# Ops\n\n## Severity levels\n1. **Critical**: system down\n", encoding="utf-8")
    unclear.write_text("# Ops\n\n## Releases\n- **Minor releases**: bi-weekly\n", encoding="utf-8")
    statuses = [
        CliRunner().invoke(app, [*command, *HOOK["args"], str(path)]).exit_code for path in (clean, unclear)
    ]
    assert statuses == [0, 1]


@pytest.mark.parametrize(
    "name",
    [
        "OPERATIONS.md",
        "docs/operations.md",
        "ops-guide.md",
        "a/b/Operations_Handbook.markdown",
        "opsguide.md",
    ],
)
def test_it_takes_guides(name: str) -> None:
    assert re.search(HOOK["files"], name)


@pytest.mark.parametrize("name", ["README.md", "operations.txt", "docs/devops.md", "operations.md.bak"])
def test_it_takes_nothing_else(name: str) -> None:
    assert not re.search(HOOK["files"], name)
