"""`opsguide check` of several guides, in every form, on a terminal and off."""

import json
import os
import pty
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from opsguide.cli import app
from opsguide.guide.cli import WRITE, Format
from tests.guide.test_check import COMMAND, GUIDE

CLEAN = "# Harbour\n\n## Severity levels\n1. **Critical**: system down\n"
FORMATS = [form.value for form in Format]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clean.md").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "guide.md").write_text(GUIDE, encoding="utf-8")
    return tmp_path


def run(*arguments: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(app, ["check", *arguments], input=stdin)


class TestSeveral:
    def test_a_report_each_and_a_line_for_all(self) -> None:
        out = run("clean.md", "guide.md").stdout
        assert out.index("clean.md · Harbour") < out.index("guide.md · Harbour")
        assert out.splitlines()[-1].startswith("2 guides: ")

    def test_standard_input_may_be_one_of_them(self) -> None:
        assert "stdin:" in run("clean.md", "-", stdin=GUIDE).stdout
        ran = run("-", "-", stdin=GUIDE)
        assert ran.exit_code == 2
        assert "standard input can be read once" in ran.stderr

    def test_json_is_one_object_a_line(self) -> None:
        lines = run("clean.md", "guide.md", "--json").stdout.splitlines()
        assert [json.loads(line)["guide"] for line in lines] == ["clean.md", "guide.md"]

    def test_the_worst_status_counts(self) -> None:
        assert run("clean.md", "guide.md").exit_code == 0
        assert run("clean.md", "guide.md", "--strict").exit_code == 1
        assert run("guide.md", "absent.md", "clean.md", "--strict").exit_code == 2

    @pytest.mark.parametrize("form", FORMATS)
    def test_one_that_cannot_be_used_keeps_none_of_the_others_back(self, form: str) -> None:
        ran = run("absent.md", "clean.md", "--format", form)
        assert ran.exit_code == 2
        assert ran.stderr.startswith("error: absent.md: cannot be read: no such file")
        assert "clean.md" in ran.stdout

    def test_each_has_the_bindings_beside_it(self, here: Path) -> None:
        (here / "a").mkdir()
        (here / "a" / "guide.md").write_text(GUIDE, encoding="utf-8")
        (here / "a" / "opsguide.toml").write_text("[severities]\nwarning = 'high'\n", encoding="utf-8")
        bound = [
            json.loads(line)["bindings"]
            for line in run("guide.md", "a/guide.md", "--json").stdout.splitlines()
        ]
        assert bound == [None, "a/opsguide.toml"]

    def test_named_bindings_that_cannot_be_read_end_it_at_once(self) -> None:
        ran = run("clean.md", "guide.md", "--bindings", "absent.toml")
        assert ran.exit_code != 0
        assert ran.stdout == ""


class TestForms:
    @pytest.mark.parametrize("form", FORMATS)
    def test_every_form_has_its_writer_and_the_same_status(self, form: str) -> None:
        assert Format(form) in WRITE
        assert run("guide.md", "--format", form).exit_code == 0
        assert run("guide.md", "--format", form, "--strict").exit_code == 1

    def test_each_is_what_its_readers_take(self) -> None:
        assert json.loads(run("guide.md", "--format", "sarif").stdout)["version"] == "2.1.0"
        assert ElementTree.fromstring(run("guide.md", "--format", "junit").stdout).tag == "testsuites"
        assert run("guide.md", "--format", "github").stdout.startswith("::")
        assert json.loads(run("guide.md", "--format", "json").stdout) == json.loads(
            run("guide.md", "--json").stdout
        )

    def test_a_form_that_there_is_not(self) -> None:
        ran = run("guide.md", "--format", "html")
        assert ran.exit_code == 2
        assert "html" in ran.stderr
        assert "sarif" in ran.stderr

    def test_two_that_contradict_each_other(self) -> None:
        assert "contradicts --format sarif" in run("guide.md", "--json", "--format", "sarif").stderr

    @pytest.mark.parametrize("form", FORMATS)
    def test_a_name_that_is_no_text(self, form: str, here: Path) -> None:
        name = os.fsdecode(b"na\xefve.md")
        (here / name).write_text(GUIDE, encoding="utf-8")
        ran = run(name, "--format", form)
        assert ran.exit_code == 0, ran.exception
        ran.stdout.encode()


@pytest.mark.parametrize(
    ("form", "environ", "coloured"),
    [
        ("text", {"TERM": "xterm"}, True),
        ("text", {"TERM": "xterm", "NO_COLOR": "1"}, False),
        ("text", {"TERM": "dumb"}, False),
        ("github", {"TERM": "xterm"}, False),
    ],
)
def test_colours_are_for_terminals(form: str, environ: dict[str, str], coloured: bool) -> None:
    ours, theirs = pty.openpty()
    clean = {key: value for key, value in os.environ.items() if key not in ("TERM", "NO_COLOR")}
    with subprocess.Popen(
        [COMMAND, "check", "guide.md", "--format", form], stdout=theirs, env=clean | environ
    ) as ran:
        os.close(theirs)
        out = b""
        # Reading a terminal that nobody writes to any more is an error, not an end.
        try:
            while more := os.read(ours, 4096):
                out += more
        except OSError:
            pass
        os.close(ours)
    assert ran.returncode == 0
    assert (b"\x1b" in out) == coloured
