"""The command's root: verbs, help, errors, and leaving quietly."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from opsguide import __version__
from opsguide.cli import VERBS, Verb, load

COMMAND = str(Path(sys.executable).with_name("opsguide"))


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
        env=os.environ | environ,
    )


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code that ends in main(), for what no command line can bring about."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_of_the_table_is_there(name: str) -> None:
    assert load(VERBS[name].target)
    assert VERBS[name].help.endswith((".", "?"))


def test_help_lists_all_verbs_and_imports_none_of_them() -> None:
    ran = python(
        "import sys; sys.argv = ['opsguide', '--help']\n"
        "from opsguide.cli import VERBS, main\n"
        "try: main()\n"
        "finally: print([v.target for v in VERBS.values() if v.target.split(':')[0] in sys.modules])\n"
    )
    assert ran.returncode == 0
    for name, verb in VERBS.items():
        assert f"\n  {name} " in ran.stdout
        assert verb.help.split()[0] in ran.stdout
    assert ran.stdout.splitlines()[-1] == "['opsguide.cli:version']"


def test_no_arguments_show_the_help() -> None:
    ran = run()
    assert ran.returncode == 2
    assert "Commands:" in ran.stdout + ran.stderr


@pytest.mark.parametrize("argument", ["version", "--version"])
def test_the_version(argument: str) -> None:
    assert run(argument).stdout == f"opsguide {__version__}\n"


def test_a_slip_in_a_verb_is_met_with_the_verb_that_was_meant() -> None:
    ran = run("chek", "x.md")
    assert ran.returncode == 2
    assert "there is no command `chek`: did you mean `check`?" in ran.stderr


def test_a_wrong_option_is_a_usage_error() -> None:
    ran = run("check", "--jsn", "x.md")
    assert ran.returncode == 2
    assert "--jsn" in ran.stderr
    assert "Traceback" not in ran.stderr


RAISING = """
import sys
import opsguide.cli as cli
from opsguide.kernel import errors
def fail() -> None:
    raise {raised}
cli.fail = fail
cli.VERBS["fail"] = cli.Verb("opsguide.cli:fail", "Fail.")
sys.argv = ["opsguide", "fail"]
cli.main()
"""


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (
            "errors.OpsguideError('it is so', where='here', hint='do this')",
            2,
            "error: here: it is so\n  → do this\n",
        ),
        ("errors.Refused('no', reason='late')", 2, "error: no\n"),
        ("errors.LedgerBroken('broken at 7')", 1, "error: broken at 7\n"),
        ("KeyboardInterrupt", 130, ""),
    ],
)
def test_an_error_is_told_without_a_traceback(raised: str, status: int, said: str) -> None:
    ran = python(RAISING.format(raised=raised))
    assert (ran.returncode, ran.stdout, ran.stderr) == (status, "", said)


def test_ctrl_c_ends_it_quietly() -> None:
    pipe = subprocess.PIPE
    # A shell's background job ignores it, and so would its children.
    command = ["env", "--default-signal=INT", COMMAND, "check", "-"]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        # More than a pipe holds: once it is written, the command is reading.
        process.stdin.write(b"x" * 1_000_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
def test_a_pipe_that_closes_early_gives_no_traceback(options: list[str], tmp_path: Path) -> None:
    guide = tmp_path / "operations.md"
    guide.write_text("".join(f"## Part {n}\n- **Uptime**: 99.9%\n" for n in range(500)), encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        [COMMAND, "check", str(guide), *options], stdout=writing, stderr=subprocess.PIPE
    ) as process:
        os.close(writing)
        _, err = process.communicate(timeout=60)
    assert err == b""
    assert process.returncode == 1


def test_a_verb_is_one_line() -> None:
    assert Verb._fields == ("target", "help")
