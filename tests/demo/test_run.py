"""`opsguide demo run`: states what it starts, obeys its commands, and leaves nothing behind."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from opsguide.demo.ports import HOST
from tests.demo.terminal import RUNS, Terminal, gone, said_until, stopped


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    opened = Terminal(tmp_path, monkeypatch, "plain")
    yield opened
    opened.close()


def test_it_starts_all_of_it_obeys_and_stops_all_of_it(terminal: Terminal) -> None:
    run = terminal.start()
    said = said_until(run, RUNS)
    notes = terminal.folder.notes()
    assert f"Open  http://{HOST}:{terminal.port}/" in said
    assert {process.name for process in notes.processes} == {"shop", "traffic", "opsguide", "database"}
    breaks_and_heals(terminal)
    for arguments in ([], [f"--directory={terminal.folder.path}"]):
        second = terminal.refused(*arguments)
        assert f"already running (pid {run.pid})" in second
        assert str(terminal.folder.path) in second
    processes = terminal.folder.notes().processes
    assert not gone(processes)
    assert "all of it has stopped" in stopped(run, signal.SIGINT)
    assert gone(processes)
    assert not Path(notes.socket).parent.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(terminal.shop, trust_env=False)


def breaks_and_heals(terminal: Terminal) -> None:
    assert "renamed the orders table" in (told := terminal.do("break", "errors"))
    assert "page due about" in told
    assert buy(terminal) == 500
    assert "broken    errors" in terminal.do("status")
    assert "refused" in terminal.do("break", "down")
    with pytest.raises(httpx.ConnectError):
        buy(terminal)
    assert "does not run" in terminal.do("break", "slow")
    assert "error" not in terminal.do("heal")
    assert buy(terminal) == 200


def buy(terminal: Terminal) -> int:
    return httpx.post(f"{terminal.shop}/checkout", data={"product": "1"}, trust_env=False).status_code


def test_a_piece_that_dies_is_named_and_the_rest_goes_on(terminal: Terminal) -> None:
    run = terminal.start()
    said_until(run, RUNS)
    shop = next(process for process in terminal.folder.notes().processes if process.name == "shop")
    os.kill(shop.pid, signal.SIGKILL)
    said = said_until(run, "To start it again")
    assert "shop was ended by signal 9" in said
    assert str(terminal.folder.logs / "shop.log") in said
    assert "error" not in terminal.do("heal")
    status = terminal.do("status")
    assert "shop      runs" in status
    assert "broken    nothing" in status


def test_what_a_killed_demo_leaves_is_ended_by_the_next(terminal: Terminal) -> None:
    first = terminal.start()
    said_until(first, RUNS)
    left = terminal.folder.notes().processes
    first.kill()
    first.communicate(timeout=10)
    assert "no demo is running" in terminal.do("status")
    second = terminal.start()
    assert "left over from a demo that was killed" in said_until(second, RUNS)
    stopped(second, signal.SIGTERM)
    assert gone((*left, *terminal.folder.notes().processes))


def test_what_does_not_come_up_is_shown_with_its_last_words_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(tmp_path, monkeypatch, "broken")
    said = terminal.refused(f"--directory={terminal.folder.path}")
    assert "opsguide ended while it was starting; it said last:\nthis will not do" in said
    assert str(terminal.folder.logs / "opsguide.log") in said
    assert terminal.folder.notes().processes == ()
    with pytest.raises(httpx.ConnectError):
        httpx.get(terminal.shop, trust_env=False)


def test_ctrl_c_while_starting_leaves_nothing(terminal: Terminal) -> None:
    run = terminal.start()
    said_until(run, "starting visitors")
    started = terminal.folder.notes().processes
    stopped(run, signal.SIGINT)
    assert started
    assert gone(started)


def test_a_port_that_was_asked_for_and_is_taken_is_refused(terminal: Terminal) -> None:
    with socket.create_server((HOST, terminal.port)):
        said = terminal.refused(f"--directory={terminal.folder.path}", f"--port={terminal.port}")
    assert f"port {terminal.port} is taken" in said


def test_mistakes_are_answered_with_what_to_do(terminal: Terminal) -> None:
    for command in (["status"], ["heal"], ["break", "down"], ["hurry", "--directory=nowhere"]):
        assert "start one: opsguide demo run" in terminal.do(*command)
    assert "it can: errors, slow, connections, cert, down" in terminal.do("break", "legs")
