"""`opsguide diff` as people run it: two files, or what git has of them."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from opsguide.cli import app
from opsguide.guide import source
from tests.test_cli import run as run_process

OLD = """\
# Harbour

## Severity levels
- **Critical**: system down

## Response times
- **Critical**: 15 minutes acknowledgment, 2 hours resolution

## Backups
- **Testing**: monthly restore tests
"""
LOOSER = OLD.replace("2 hours", "4 hours")
TIGHTER = OLD.replace("2 hours", "1 hour")


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, ["diff", *arguments], input=stdin)


def git(*arguments: str) -> None:
    who = {"GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@harbour.example"}
    who |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in who.items()}
    # Neither the machine's settings nor a repository that the tests themselves run in.
    who |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    subprocess.run(["git", *arguments], check=True, capture_output=True, env=clean | who)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def files(here: Path) -> Path:
    for name, text in (("old.md", OLD), ("looser.md", LOOSER), ("tighter.md", TIGHTER)):
        Path(name).write_text(text, encoding="utf-8")
    return here


@pytest.fixture
def repository(here: Path) -> Path:
    """Two commits of docs/guide.md, the first tagged v1; the working file is looser than both."""
    git("init", "--quiet", "--initial-branch=main")
    Path("docs").mkdir()
    guide = Path("docs/guide.md")
    for text, tag in ((TIGHTER, "v1"), (OLD, "v2")):
        guide.write_text(text, encoding="utf-8")
        git("add", ".")
        git("commit", "--quiet", "--message", tag)
        git("tag", tag)
    guide.write_text(LOOSER, encoding="utf-8")
    return here


class TestFiles:
    def test_what_was_loosened_with_both_lines(self, files: Path) -> None:
        ran = run("old.md", "looser.md")
        assert ran.exit_code == 0
        assert (
            "looser.md:7: loosened: incidents.clock.critical.resolve: time: 2 hours → 4 hours" in ran.stdout
        )
        assert "\n  - Critical: 15 minutes acknowledgment, 2 hours resolution\n  + Critical:" in ran.stdout
        assert ran.stdout.splitlines()[-1].startswith("1 loosened; ")
        assert "\x1b" not in ran.stdout

    def test_standard_input_may_be_the_new_one(self, files: Path) -> None:
        assert "stdin:7: loosened: " in run("old.md", "-", stdin=LOOSER).stdout

    @pytest.mark.parametrize("typed", [["--json"], ["--format", "json"]])
    def test_json(self, typed: list[str], files: Path) -> None:
        told = json.loads(run("old.md", "looser.md", *typed).stdout)
        (change,) = told["changes"]
        assert (change["change"], change["details"][0]["weighs"]) == ("loosened", "looser")
        assert change["after"]["values"]["seconds"] == 14400

    def test_markdown(self, files: Path) -> None:
        told = run("old.md", "looser.md", "--format", "markdown").stdout
        assert (
            "| **loosened** | `incidents.clock.critical.resolve`, line 7<br>time | `2 hours` | `4 hours` |"
            in told
        )


class TestStatus:
    @pytest.mark.parametrize(
        ("new", "status"),
        [("old.md", 0), ("tighter.md", 0), ("looser.md", 1), ("dropped.md", 1), ("changed.md", 1)],
    )
    def test_strictly_nothing_may_get_weaker(self, new: str, status: int, files: Path) -> None:
        Path("dropped.md").write_text(OLD.replace("- **Testing**: monthly restore tests\n", "None.\n"))
        Path("changed.md").write_text(OLD.replace("2 hours", "2 business days"))
        assert run("old.md", new).exit_code == 0
        assert run("old.md", new, "--strict").exit_code == status

    def test_two_that_contradict_each_other(self, files: Path) -> None:
        ran = run("old.md", "looser.md", "--json", "--format", "markdown")
        assert ran.exit_code == 2
        assert "contradicts --format markdown" in ran.stderr


class TestGit:
    def test_one_name_is_compared_with_its_last_commit(self, repository: Path) -> None:
        told = run("docs/guide.md").stdout
        assert "docs/guide.md:7: loosened: incidents.clock.critical.resolve: time: 2 hours → 4 hours" in told

    @pytest.mark.parametrize("old", ["v1", "HEAD~1", "v1:docs/guide.md", "main~1:./docs/guide.md"])
    def test_a_revision_with_or_without_its_path(self, old: str, repository: Path) -> None:
        assert "time: 1 hour → 4 hours" in run(old, "docs/guide.md").stdout

    def test_two_revisions(self, repository: Path) -> None:
        told = json.loads(run("v1:docs/guide.md", "v2:docs/guide.md", "--json").stdout)
        assert (told["old"], told["new"]) == ("v1:docs/guide.md", "v2:docs/guide.md")
        assert [change["change"] for change in told["changes"]] == ["loosened"]

    def test_from_within_a_folder_and_from_outside(
        self, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(repository / "docs")
        assert "1 hour → 4 hours" in run("v1", "guide.md").stdout
        assert "1 hour → 4 hours" in run("v1:./guide.md", "guide.md").stdout
        monkeypatch.chdir("/")
        assert "2 hours → 4 hours" in run(str(repository / "docs" / "guide.md")).stdout

    def test_a_file_whose_name_has_a_colon_is_a_file(self, files: Path) -> None:
        Path("a:b.md").write_text(LOOSER, encoding="utf-8")
        assert "a:b.md:7: loosened" in run("old.md", "a:b.md").stdout


class TestWhatCannotBeUsed:
    def refused(self, *arguments: str) -> str:
        ran = run_process("diff", *arguments)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "Traceback" not in ran.stderr
        return ran.stderr

    def test_a_file_that_is_not_there(self, files: Path) -> None:
        assert "no such file" in self.refused("old.md", "absent.md")

    @pytest.mark.parametrize(
        ("old", "said"),
        [
            ("nowhere", "invalid object name 'nowhere'"),
            ("nowhere:docs/guide.md", "invalid object name 'nowhere'"),
            ("v1:absent.md", "path 'absent.md' does not exist in 'v1'"),
            ("v1:docs", "bad file"),
            ("v1:", "bad file"),
        ],
    )
    def test_what_git_does_not_have(self, old: str, said: str, repository: Path) -> None:
        told = self.refused(old, "docs/guide.md")
        assert said in told
        assert "→ name a file, or REVISION:PATH as `git show` takes it" in told

    def test_a_folder_without_git(self, files: Path) -> None:
        assert "not a git repository" in self.refused("old.md")

    def test_a_file_that_was_never_committed(self, repository: Path) -> None:
        Path("docs/new.md").write_text(OLD, encoding="utf-8")
        assert "exists on disk, but not in 'HEAD'" in self.refused("docs/new.md")

    def test_standard_input_has_no_revisions(self, files: Path) -> None:
        assert "git knows no standard input" in self.refused("v1", "-")

    def test_a_machine_without_git(self, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(files))
        assert "git is not installed" in self.refused("old.md")

    def test_a_committed_file_that_is_no_guide(self, repository: Path) -> None:
        Path("docs/guide.md").write_bytes(b"\xff\xfe\x00")
        Path("docs/large.md").write_bytes(b"x" * (source.MAX_BYTES + 10))
        git("add", ".")
        git("commit", "--quiet", "--message", "broken")
        Path("docs/guide.md").write_text(OLD, encoding="utf-8")
        assert "HEAD:docs/guide.md" in self.refused("docs/guide.md")
        assert "is larger than" in self.refused("HEAD:docs/large.md", "docs/guide.md")
