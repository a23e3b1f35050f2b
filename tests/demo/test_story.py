"""The whole story with the real service: hurried, broken, paged, healed, stopped."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from opsguide.demo.ports import HOST
from tests.demo.pieces import until
from tests.demo.terminal import RUNS, Terminal, gone, said_until, stopped


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    opened = Terminal(tmp_path, monkeypatch, "real")
    yield opened
    opened.close()


@pytest.mark.slow
async def test_a_hurried_guide_is_reloaded_and_an_outage_pages(terminal: Terminal) -> None:
    run = terminal.start()
    said_until(run, RUNS)
    hurried = terminal.do("hurry")
    assert "+- **Critical**: 60 seconds acknowledgment, 120 seconds resolution" in hurried
    await until(lambda: "60 seconds acknowledgment" in console(terminal))
    assert "page due about" in terminal.do("break", "down")
    page = said_until(run, "Acknowledge within")
    assert re.search(r"☎ page delivered to (Ana|Bogdan): \[critical\] Harbour: production is down", page)
    assert "Acknowledge within 1 m" in page  # the hurried clock
    assert "error" not in terminal.do("heal")
    await until(lambda: not outage(terminal), within=30)
    assert "page due about" in terminal.do("break", "cert")
    assert "its certificate is not valid: certificate has expired" in said_until(
        run, "certificate has expired"
    )
    assert "error" not in terminal.do("heal")
    assert "+- **Critical**: 15 minutes acknowledgment, 2 hours resolution" in terminal.do("hurry", "--undo")
    processes = terminal.folder.notes().processes
    assert {process.name for process in processes} == {"shop", "traffic", "opsguide", "database"}
    stopped(run, signal.SIGINT)
    assert gone(processes)


def outage(terminal: Terminal) -> bool:
    """Is the incident of the outage still open? A busy machine may have opened others, of slow answers."""
    answer = httpx.get(f"http://{HOST}:{terminal.port}/api/v1/incidents?open=true", trust_env=False).json()
    return any("production is down" in one["title"] for one in answer["items"])


def console(terminal: Terminal) -> str:
    return httpx.get(f"http://{HOST}:{terminal.port}/", trust_env=False).text
