"""`opsguide demo run`: states what it starts, obeys its commands, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from opsguide.demo.children import born, end_leftovers
from opsguide.demo.ports import HOST, any_free
from opsguide.demo.working import Folder, Process

HERE = Path(__file__).parent


class Terminal:
    """Runs demo commands as a user would, in a state folder of its own."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = Folder(tmp_path / "demo")
        self.port = any_free()
        self.examples = tmp_path / "examples"
        self.examples.mkdir()
        (self.examples / "operations.md").write_text("# Operations\n", encoding="utf-8")
        bindings = HERE.parents[1] / "examples" / "opsguide.toml"
        (self.examples / "opsguide.toml").write_bytes(bindings.read_bytes())
        self._environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
        self._started: list[subprocess.Popen[str]] = []
        self._command = [sys.executable, str(HERE / "stand_in.py"), str(self.examples)]

    def start(self, *options: str) -> subprocess.Popen[str]:
        arguments = ["run", f"--directory={self.folder.path}", f"--port={self.port}", *options]
        run = subprocess.Popen(
            [*self._command, *arguments], stdout=subprocess.PIPE, text=True, env=self._environment
        )
        self._started.append(run)
        return run

    def close(self) -> None:
        """End whatever a test left running."""
        for run in self._started:
            run.send_signal(signal.SIGTERM)
            run.communicate(timeout=20)
        end_leftovers(self.folder.notes().processes)

    def do(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command, *arguments],
            capture_output=True,
            text=True,
            env=self._environment,
            check=False,
            timeout=30,
        )


def said_until(run: subprocess.Popen[str], word: str) -> str:
    """What it prints up to a line with this word."""
    assert run.stdout is not None
    said = ""
    for line in run.stdout:
        said += line
        if word in line:
            return said
    pytest.fail(f"it ended without saying {word!r}:\n{said}")


def gone(processes: tuple[Process, ...]) -> bool:
    return not any(born(process.pid) == process.born for process in processes)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def run(terminal: Terminal) -> subprocess.Popen[str]:
    return terminal.start()


def test_it_starts_all_of_it_and_ctrl_c_stops_all_of_it(
    terminal: Terminal, run: subprocess.Popen[str]
) -> None:
    said = said_until(run, "Ctrl-C stops all of it")
    notes = terminal.folder.notes()
    assert f"Open  http://{HOST}:{terminal.port}/" in said
    assert {process.name for process in notes.processes} == {"shop", "traffic", "opsguide"}
    assert not gone(notes.processes)
    shop = f"http://{HOST}:{notes.ports.shop}"
    assert httpx.get(shop, trust_env=False).status_code == 200
    run.send_signal(signal.SIGINT)
    rest, _ = run.communicate(timeout=20)
    assert run.returncode == 0
    assert "all of it has stopped" in rest
    assert gone(notes.processes)
    assert not Path(notes.socket).parent.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(shop, trust_env=False)


def test_break_heal_and_status_reach_the_running_demo(terminal: Terminal, run: subprocess.Popen[str]) -> None:
    said_until(run, "Ctrl-C stops all of it")
    shop = f"http://{HOST}:{terminal.folder.notes().ports.shop}"
    assert "renamed the orders table" in terminal.do("break", "errors").stdout
    assert httpx.post(f"{shop}/checkout", data={"product": "1"}, trust_env=False).status_code == 500
    assert "broken    errors" in terminal.do("status").stdout
    assert "refused" in terminal.do("break", "down").stdout
    with pytest.raises(httpx.ConnectError):
        httpx.get(shop, trust_env=False)
    assert "does not run" in terminal.do("break", "slow").stderr
    assert terminal.do("heal").returncode == 0
    assert httpx.post(f"{shop}/checkout", data={"product": "1"}, trust_env=False).status_code == 200
    assert "broken    nothing" in terminal.do("status").stdout
    unknown = terminal.do("break", "legs")
    assert unknown.returncode == 1
    assert "it can: errors, slow, connections, down" in unknown.stderr


def test_a_second_run_says_where_the_first_one_is(terminal: Terminal, run: subprocess.Popen[str]) -> None:
    said_until(run, "Ctrl-C stops all of it")
    for second in (terminal.do("run"), terminal.do("run", f"--directory={terminal.folder.path}")):
        assert second.returncode == 1
        assert f"already running (pid {run.pid})" in second.stderr
        assert str(terminal.folder.path) in second.stderr


def test_a_piece_that_dies_is_named_and_the_rest_goes_on(
    terminal: Terminal, run: subprocess.Popen[str]
) -> None:
    said_until(run, "Ctrl-C stops all of it")
    shop = next(process for process in terminal.folder.notes().processes if process.name == "shop")
    os.kill(shop.pid, signal.SIGKILL)
    said = said_until(run, "To start it again")
    assert "shop was ended by signal 9" in said
    assert str(terminal.folder.logs / "shop.log") in said
    assert "shop      does not run" in terminal.do("status").stdout
    assert terminal.do("heal").returncode == 0
    assert "shop      runs" in terminal.do("status").stdout


def test_what_a_killed_demo_leaves_is_ended_by_the_next(terminal: Terminal) -> None:
    first = terminal.start()
    said_until(first, "Ctrl-C stops all of it")
    left = terminal.folder.notes().processes
    first.kill()
    first.communicate(timeout=10)
    assert "no demo is running" in terminal.do("status").stderr
    second = terminal.start()
    said = said_until(second, "Ctrl-C stops all of it")
    assert "left over from a demo that was killed" in said
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=20)
    assert gone((*left, *terminal.folder.notes().processes))


def test_ctrl_c_while_starting_leaves_nothing(terminal: Terminal) -> None:
    run = terminal.start()
    said_until(run, "starting visitors")
    run.send_signal(signal.SIGINT)
    started = terminal.folder.notes().processes
    run.communicate(timeout=20)
    assert run.returncode == 0
    time.sleep(0.1)
    assert gone(started)


def test_a_taken_port_is_replaced_or_refused(terminal: Terminal) -> None:
    with socket.create_server((HOST, terminal.port)):
        refused = terminal.do("run", f"--directory={terminal.folder.path}", f"--port={terminal.port}")
    assert refused.returncode == 1
    assert f"port {terminal.port} is taken" in refused.stderr


def test_without_a_demo_the_commands_say_how_to_start_one(terminal: Terminal) -> None:
    for command in (["status"], ["heal"], ["break", "errors"], ["status", "--directory=nowhere"]):
        asked = terminal.do(*command)
        assert asked.returncode == 1
        assert "start one: opsguide demo run" in asked.stderr
