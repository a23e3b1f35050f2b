"""A terminal for the demo's tests: runs its commands as a user would, and leaves nothing running."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from opsguide.demo.children import born, end_leftovers
from opsguide.demo.cli import app
from opsguide.demo.ports import HOST, any_free
from opsguide.demo.working import Folder, Process
from opsguide.kernel.errors import OpsguideError
from tests.demo.guides import ENGLISH

HERE = Path(__file__).parent
RUNS = "Ctrl-C stops all of it"
"""The last words of `demo run` when everything is up."""


class Terminal:
    """`kind` says what runs as opsguide: `plain`, a web server; `broken`, what ends at once; `real`, itself."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        self.folder = Folder(tmp_path / "demo")
        self.port = any_free()
        examples = tmp_path / "examples"
        examples.mkdir()
        (examples / "operations.md").write_text(ENGLISH, encoding="utf-8")
        bindings = (HERE.parents[1] / "examples" / "opsguide.toml").read_text(encoding="utf-8")
        (examples / "opsguide.toml").write_text(
            bindings.replace('every = "5s"', 'every = "500ms"'), encoding="utf-8"
        )
        self._run = [sys.executable, str(HERE / "stand_in.py"), str(examples), kind, "run"]
        self._started: list[subprocess.Popen[str]] = []

    @property
    def shop(self) -> str:
        return f"http://{HOST}:{self.folder.notes().ports.shop}"

    def start(self) -> subprocess.Popen[str]:
        """`demo run`, in the background."""
        arguments = [f"--directory={self.folder.path}", f"--port={self.port}", "--no-history"]
        run = subprocess.Popen([*self._run, *arguments], stdout=subprocess.PIPE, text=True)
        self._started.append(run)
        return run

    def refused(self, *arguments: str) -> str:
        """What a `demo run` that cannot be says."""
        ran = subprocess.run(
            [*self._run, *arguments], capture_output=True, text=True, check=False, timeout=30
        )
        assert ran.returncode == 1
        return ran.stderr

    def do(self, *arguments: str) -> str:
        """Any other command: what it prints, or its error. In this process, which saves a second each."""
        result = CliRunner().invoke(app, arguments)
        if isinstance(result.exception, OpsguideError):
            return f"error: {result.exception}"
        assert result.exit_code == 0, result.output
        return result.output

    def close(self) -> None:
        for run in self._started:
            run.send_signal(signal.SIGTERM)
            run.communicate(timeout=20)
        end_leftovers(self.folder.notes().processes)


def said_until(run: subprocess.Popen[str], word: str, within: float = 60) -> str:
    """What it prints up to a line with this word. What never says it is ended after a minute, and the test fails."""
    assert run.stdout is not None
    said, late = "", threading.Timer(within, run.kill)
    late.start()
    try:
        for line in run.stdout:
            said += line
            if word in line:
                return said
    finally:
        late.cancel()
    pytest.fail(f"it ended without saying {word!r}:\n{said}")


def stopped(run: subprocess.Popen[str], by: signal.Signals) -> str:
    """Ask it to stop and wait; what it says meanwhile."""
    run.send_signal(by)
    rest, _ = run.communicate(timeout=20)
    assert run.returncode == 0, rest
    return rest


def gone(processes: tuple[Process, ...]) -> bool:
    return not any(born(process.pid) == process.born for process in processes)
