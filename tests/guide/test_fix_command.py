"""`check --fix` as people run it: rules by name, questions on a terminal, and what is refused."""

import os
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from opsguide.cli import app
from tests.guide.terminal import Terminal
from tests.guide.terminal import terminal as on_terminal

GUIDE = (
    "# Harbour\r\n"
    "\r\n"
    "## Releases  \r\n"
    "- **Minor releases**: bi-weekly\r\n"
    "\r\n"
    "## Reviews\r\n"
    "- **Access review**: bi-weekly\r\n"
    "\r\n"
    "## Performance budgets\r\n"
    "```ts\r\n"
    "const budgets = {\r\n"
    "  webVitals: {\r\n"
    "    fid: { target: 100, alert: 150 },\r\n"
    "  },\r\n"
    "}\r\n"
    "```"
)
RULE = "ambiguous-cadence"


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    path = tmp_path / "operations.md"
    path.write_bytes(GUIDE.encode())
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def lines(path: Path) -> list[str]:
    return path.read_bytes().decode().split("\r\n")


def changed(path: Path) -> list[int]:
    """Numbers of the lines that are not as they were."""
    return [
        n for n, (old, new) in enumerate(zip(GUIDE.split("\r\n"), lines(path), strict=True), 1) if old != new
    ]


class TestByName:
    @pytest.mark.parametrize("typed", [["--fix", RULE], [f"--fix={RULE}"]], ids=["apart", "together"])
    def test_all_edits_of_the_rule_and_nothing_else(self, typed: list[str], guide: Path) -> None:
        ran = run(*typed, guide)
        assert ran.exit_code == 0, ran.output
        assert changed(guide) == [4, 7]
        assert "bi-weekly" not in "".join(lines(guide))
        assert f"{guide}: wrote the edits of 2 findings: `{RULE}`" in ran.stderr

    def test_several_rules_and_guides(self, guide: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.md"
        other.write_bytes(GUIDE.encode())
        assert run(guide, "--fix", RULE, other, "--fix", "fid-retired").exit_code == 0
        assert changed(guide) == changed(other) == [4, 7, 13]

    def test_the_report_is_about_what_is_there_now(self, guide: Path) -> None:
        assert RULE in run(guide).stdout
        ran = run(guide, "--fix", RULE)
        assert RULE not in ran.stdout
        assert run(guide, "--fix", RULE, "--json").stdout.startswith("{")

    def test_nothing_to_write_writes_nothing(self, guide: Path) -> None:
        ran = run("--fix", "backup-rpo", guide)
        assert (ran.exit_code, ran.stderr, changed(guide)) == (0, "", [])

    def test_without_the_option_nothing_is_written(self, guide: Path) -> None:
        run(guide, "--strict")
        assert changed(guide) == []

    def test_behind_two_dashes_everything_is_a_guide(self, guide: Path) -> None:
        ran = run("--", "--fix", RULE)
        assert ran.exit_code == 2
        assert "--fix: cannot be read" in ran.stderr


class TestRefused:
    def refused(self, *arguments: str | Path) -> str:
        ran = run(*arguments)
        assert ran.exit_code == 2
        assert ran.stdout == ""
        return ran.stderr

    @pytest.mark.parametrize("typed", [["--fix", "fid-retird"], ["--fix=fid-retird"]])
    def test_a_slip_in_the_rule(self, typed: list[str], guide: Path) -> None:
        said = self.refused(*typed, guide)
        assert "there is no rule `fid-retird`: did you mean `fid-retired`?" in said

    def test_standard_input(self) -> None:
        assert "cannot be written" in self.refused("-", "--fix", RULE)

    def test_to_ask_where_nobody_is(self, guide: Path) -> None:
        assert "there is no terminal: name a rule" in self.refused("--fix", guide)

    def test_a_file_that_may_not_be_written(self, guide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # Root may write everything: the answer of the system stands in for its rights.
        monkeypatch.setattr(os, "access", lambda *_: False)
        assert "cannot be written: permission denied" in self.refused(guide, "--fix", RULE)
        assert changed(guide) == []


def terminal(guide: Path) -> AbstractContextManager[Terminal]:
    """`check --fix`, whose standard output is kept apart."""
    return on_terminal("check", "--fix", str(guide), prompt="[y,n,a,q,?] ", apart=True)


class TestAsking:
    def test_one_by_one_with_the_difference(self, guide: Path) -> None:
        with terminal(guide) as person:
            shown = person.answer("y\n")
            assert "@@ line 4 @@" in shown
            assert "-- **Minor releases**: bi-weekly" in shown
            assert "\x1b[1;31m" in shown, "on a terminal it is coloured"
            person.answer("n\n")
            person.answer("y\n")
            status, out = person.end()
        assert status == 0
        assert changed(guide) == [4, 13]
        assert "\x1b" not in out, "standard output is no terminal here"

    def test_all_of_the_rule(self, guide: Path) -> None:
        with terminal(guide) as person:
            person.answer("a\n")
            person.answer("n\n")
            person.end()
        assert changed(guide) == [4, 7]

    def test_quit_keeps_what_was_chosen(self, guide: Path) -> None:
        with terminal(guide) as person:
            person.answer("y\n")
            person.answer("q\n")
            person.end()
        assert changed(guide) == [4]

    def test_anything_else_explains_and_asks_again(self, guide: Path) -> None:
        with terminal(guide) as person:
            person.answer("what?\n")
            assert "leave it and all that follow" in person.answer("q\n")
            person.end()
        assert changed(guide) == []

    def test_the_end_of_the_input_quits(self, guide: Path) -> None:
        with terminal(guide) as person:
            person.answer("\x04")
            assert person.end()[0] == 0
        assert changed(guide) == []

    def test_ctrl_c_writes_nothing(self, guide: Path) -> None:
        with terminal(guide) as person:
            person.answer("y\n")
            person.answer("\x03")
        assert changed(guide) == []
