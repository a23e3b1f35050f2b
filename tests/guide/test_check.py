"""`opsguide check` as people run it: a process, its exit status, what it prints, how long it takes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

COMMAND = str(Path(sys.executable).with_name("opsguide"))
GUIDE = """\
# Harbour

## Severity levels
1. **Critical**: system down
2. **High**: major feature broken

## Monitoring
- **Uptime**: 99.9% SLA target

```yaml
alerts:
  slow_response_time:
    condition: p95_response_time > 500ms
    duration: 2m
    severity: warning
```
"""
BINDINGS = """\
[environments.production]
url = "https://harbour.example/health"

[severities]
warning = "high"
"""


class Ran(NamedTuple):
    status: int
    out: str
    err: str
    seconds: float
    megabytes: float


MEASURED = """
import json, os, subprocess, sys, time
start = time.perf_counter()
given, out, err = (open(path, mode) for path, mode in zip(sys.argv[1:4], ("rb", "wb", "wb")))
process = subprocess.Popen(sys.argv[4:], stdin=given, stdout=out, stderr=err)
_, waited, used = os.wait4(process.pid, 0)
json.dump([os.waitstatus_to_exitcode(waited), time.perf_counter() - start, used.ru_maxrss / 1024], sys.stdout)
"""
"""A process keeps the size of the one that it was forked from as its own: pytest's would count for the command's."""


def check(*arguments: str | Path, stdin: bytes = b"", tmp_path: Path, **environ: str) -> Ran:
    """Run the real command; what it used is measured on the process itself."""
    given_in, given_out, given_err = (tmp_path / name for name in (".in", ".out", ".err"))
    given_in.write_bytes(stdin)
    files = [str(path) for path in (given_in, given_out, given_err)]
    measuring = subprocess.run(
        [sys.executable, "-S", "-c", MEASURED, *files, str(COMMAND), "check", *map(str, arguments)],
        stdout=subprocess.PIPE,
        timeout=60,
        check=True,
        env=os.environ | {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": ""} | environ,
    )
    status, seconds, megabytes = json.loads(measuring.stdout)
    said, complained = given_out.read_text(encoding="utf-8"), given_err.read_text(encoding="utf-8")
    return Ran(status, said, complained, seconds, megabytes)


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    path = tmp_path / "operations.md"
    path.write_text(GUIDE, encoding="utf-8")
    return path


@pytest.fixture
def bindings(tmp_path: Path) -> Path:
    path = tmp_path / "opsguide.toml"
    path.write_text(BINDINGS, encoding="utf-8")
    return path


class TestStatus:
    def test_a_finding_fails_only_where_strictness_is_asked_for(self, guide: Path, tmp_path: Path) -> None:
        assert check(guide, tmp_path=tmp_path).status == 0
        assert check(guide, "--strict", tmp_path=tmp_path).status == 1

    def test_a_clean_guide_passes_strictly(self, guide: Path, tmp_path: Path) -> None:
        guide.write_text("# Harbour\n\nWe rent out boats.\n", encoding="utf-8")
        ran = check(guide, "--strict", tmp_path=tmp_path)
        assert (ran.status, ran.err) == (0, ""), ran.out

    def test_a_binding_settles_a_finding(self, guide: Path, bindings: Path, tmp_path: Path) -> None:
        assert "[unknown-severity]" in check("-", stdin=GUIDE.encode(), tmp_path=tmp_path).out
        assert "[unknown-severity]" not in check(guide, tmp_path=tmp_path).out
        assert "[unknown-severity]" not in check(guide, "--bindings", bindings, tmp_path=tmp_path).out

    def test_an_error_in_the_bindings_fails_always(self, guide: Path, bindings: Path, tmp_path: Path) -> None:
        bindings.write_text("[severities]\nwarning = 'hihg'\n[serve]\nport = 'x'\n", encoding="utf-8")
        ran = check(guide, "--bindings", bindings, tmp_path=tmp_path)
        assert ran.status == 1
        assert f"{bindings}:4:8: error[wrong-type]" in ran.out

    def test_a_word_that_the_guide_does_not_have_fails_always(
        self, guide: Path, bindings: Path, tmp_path: Path
    ) -> None:
        bindings.write_text("[severities]\nwarning = 'hihg'\n", encoding="utf-8")
        ran = check(guide, "--bindings", bindings, tmp_path=tmp_path)
        assert ran.status == 1
        assert f"{bindings}:2:11: error[unknown-severity]" in ran.out
        assert "did you mean `high`?" in ran.out

    def test_a_guide_without_severities_is_told_how_to_have_them(
        self, bindings: Path, tmp_path: Path
    ) -> None:
        guide = tmp_path / "bare.md"
        guide.write_text("# X\n\n- Errors stay below 1 %.\n", encoding="utf-8")
        bindings.write_text("[severities]\nwarning = 'high'\n", encoding="utf-8")
        ran = check(guide, "--bindings", bindings, tmp_path=tmp_path)
        assert "it defines none: list them below a heading such as `## Severities`" in ran.out


class TestText:
    def test_it_shows_the_line_the_finding_and_the_summary(self, guide: Path, tmp_path: Path) -> None:
        out = check(guide, tmp_path=tmp_path).out
        assert re.search(r"operations\.md:1\d:\d+: warning\[unknown-severity\]: `slow_response_time`", out)
        assert "15 |     severity: warning\n   |               ^^^^^^^\n" in out
        assert "= help: write one of critical, high" in out
        assert re.search(r"^  incidents +2 ", out, re.MULTILINE)
        assert re.search(r"^\d+ promises, 0 gaps, \d+ findings?; 0 errors, ", out, re.MULTILINE)
        warnings = len(re.findall(r"^\S+: warning\[", out, re.MULTILINE))
        assert f"; 0 errors, {warnings} warning" in out.splitlines()[-1], "as many as were told above"
        assert "\x1b" not in out

    def test_bindings_add_what_is_bound_and_what_would_bind_more(
        self, guide: Path, bindings: Path, tmp_path: Path
    ) -> None:
        out = check(guide, "--bindings", bindings, tmp_path=tmp_path).out
        assert re.search(r"^  monitoring +2 +1 +1 +0 ", out, re.MULTILINE)
        assert "\n  [environments.production]\n  # 1 promise: nothing says where its metrics are\n" in out
        assert '\n  metrics = "https://…/metrics"  # or targets, access_log, pushed = true\n' in out

    def test_the_lines_to_add_bind_what_they_say_once_they_are_filled_in(
        self, guide: Path, bindings: Path, tmp_path: Path
    ) -> None:
        bindings.write_text("", encoding="utf-8")
        out = check(guide, "--bindings", bindings, tmp_path=tmp_path).out
        block = out.split("most useful first", 1)[1].split("\n\n", 1)[1].split("\n\n`opsguide", 1)[0]
        assert max(map(len, block.split("\n"))) <= 80
        bindings.write_text(block.replace("…", "shop.example"), encoding="utf-8")
        after = check(guide, "--bindings", bindings, tmp_path=tmp_path).out
        assert "environments.production" not in after

    def test_it_prints_where_the_terminal_has_few_signs(self, guide: Path, tmp_path: Path) -> None:
        ran = check(guide, tmp_path=tmp_path, PYTHONIOENCODING="ascii")
        assert (ran.status, ran.err) == (0, "")

    def test_standard_input_is_a_guide_too(self, tmp_path: Path) -> None:
        out = check("-", stdin=GUIDE.encode(), tmp_path=tmp_path).out
        assert re.search(r"^stdin:1\d:", out, re.MULTILINE)


class TestJson:
    def test_it_is_one_document_on_standard_output(self, guide: Path, bindings: Path, tmp_path: Path) -> None:
        ran = check(guide, "--json", "--bindings", bindings, tmp_path=tmp_path)
        told = json.loads(ran.out)
        assert ran.err == ""
        assert told["guide"] == str(guide)
        assert told["gaps"] == []
        assert told["unbound"]
        (alert,) = [p for p in told["promises"] if p["values"]["fact"] == "alert"]
        assert alert["values"]["severity"] == "warning"
        assert alert["values"]["seconds"] == 0.5
        assert alert["values"]["for_seconds"] == 120

    def test_the_status_is_the_same(self, guide: Path, tmp_path: Path) -> None:
        assert check(guide, "--json", tmp_path=tmp_path).status == 0
        assert check(guide, "--json", "--strict", tmp_path=tmp_path).status == 1

    def test_it_is_utf8_whatever_the_terminal_says(self, guide: Path, tmp_path: Path) -> None:
        guide.write_text(GUIDE.replace("system down", "sistem căzut"), encoding="utf-8")
        ran = check(guide, "--json", tmp_path=tmp_path, PYTHONIOENCODING="ascii")
        assert "căzut" in ran.out


def made(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


class TestWhatCannotBeUsed:
    def refused(self, ran: Ran) -> str:
        assert ran.status == 2
        assert ran.out == ""
        assert "Traceback" not in ran.err
        what, hint = ran.err.rstrip().split("\n")
        assert what.startswith("error: ")
        assert hint.startswith("  → ")
        return what

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert "no such file" in self.refused(check(tmp_path / "absent.md", tmp_path=tmp_path))

    def test_a_folder(self, tmp_path: Path) -> None:
        assert "folder" in self.refused(check(tmp_path, tmp_path=tmp_path))

    @pytest.mark.parametrize(
        "content", [b"", b"\n \n\t\n", b"\xef\xbb\xbf"], ids=["nothing", "blanks", "mark"]
    )
    def test_an_empty_file(self, content: bytes, tmp_path: Path) -> None:
        assert "empty" in self.refused(check(made(tmp_path, "x.md", content), tmp_path=tmp_path))

    @pytest.mark.parametrize("content", [b"\x7fELF\x02\x01\0\0\0", b"# \xff\xfe\x80", os.urandom(10_000)])
    def test_a_binary_file(self, content: bytes, tmp_path: Path) -> None:
        self.refused(check(made(tmp_path, "x.md", content), tmp_path=tmp_path))

    def test_50_megabytes(self, tmp_path: Path) -> None:
        large = made(tmp_path, "x.md", b"- **Uptime**: 99.9%\n" * 2_500_000)
        for ran in (check(large, tmp_path=tmp_path), check("-", stdin=large.read_bytes(), tmp_path=tmp_path)):
            assert "larger than" in self.refused(ran)
            assert ran.seconds < 20
            # A forked child starts with what the test process holds; 50 MB read into text would show all the same.
            assert ran.megabytes < 500

    def test_bindings_that_are_not_there(self, guide: Path, tmp_path: Path) -> None:
        ran = check(guide, "--bindings", tmp_path / "absent.toml", tmp_path=tmp_path)
        assert "absent.toml" in self.refused(ran)

    def test_bindings_that_are_not_text(self, guide: Path, tmp_path: Path) -> None:
        path = made(tmp_path, "x.toml", b"\xff\xfe\0")
        assert "UTF-8" in self.refused(check(guide, "--bindings", path, tmp_path=tmp_path))


HOSTILE = {
    "deep bullets": "".join(" " * (2 * depth) + "- item\n" for depth in range(2_000)),
    "deep quotes": "> " * 5_000 + "text\n",
    "deep brackets": "[" * 50_000 + "\n",
    "deep yaml": "```yaml\n" + "".join(" " * depth + "a:\n" for depth in range(3_000)) + "```\n",
    "deep json": "```json\n" + "[" * 50_000 + "\n```\n",
    "deep html": "<table><tr><td>" * 5_000 + "\n",
    "unclosed fences": "```yaml\nalerts:\n" * 20_000,
    "unclosed front matter": "---\na: 1\n" * 20_000,
    "one endless line": "severity critical within 15 minutes " * 20_000,
    "many columns": "|" + " a |" * 5_000 + "\n|" + "---|" * 5_000 + "\n|" + " 1 |" * 5_000 + "\n",
    "many emphases": "*a **b " * 30_000,
    "many backticks": "".join("`" * n + " " for n in range(1, 1_500)),
    "yaml that refers to itself": "```yaml\na: &a [*a, *a]\nb: &b [*b]\n```\n",
    "yaml that multiplies": "```yaml\n"
    + "a0: &a0 [x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    + "```\n",
    "numbers": "- **Uptime**: " + "9" * 10_000 + "%\n",
    "terminal": "- **Uptime**: \x1b[2J\x1b]0;owned\x07 99.9%\n",
    "ten thousand lines": "- **Response times**: p95 <200ms\n" * 10_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_no_guide_brings_it_down(name: str, tmp_path: Path) -> None:
    path = made(tmp_path, "x.md", HOSTILE[name].encode())
    ran = check(path, tmp_path=tmp_path)
    assert ran.status in (0, 2), ran.err[-2000:]
    assert "Traceback" not in ran.err
    assert ran.seconds < 20
    assert ran.megabytes < 500
    assert "\x1b" not in ran.out + ran.err
