"""`opsguide probes`, asked of a real running console."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from opsguide.cli import app
from opsguide.kernel.errors import ServiceUnreachable
from opsguide.monitoring.probes.looks import Look
from opsguide.service.datadir import announce, keep_local
from tests.web.running import Running
from tests.web.served import LOCAL_SECRET, Served
from tests.web.test_probes import DAY, look, served

FAILED = Look(False, "it answered 503")


def told(found: Served, folder: Path, *options: str) -> Result:
    running = Running(found)
    try:
        announce(folder, running.url)
        keep_local(folder, LOCAL_SECRET)
        found.identity.visitor = False
        return CliRunner().invoke(app, ["probes", *options, "--data", str(folder)])
    finally:
        running.stop()


@pytest.fixture
def found() -> Served:
    """Checkout answers here, fails in two regions of three, and its certificate ends soon."""
    found = served()
    ends = found.clock.now() + 9 * DAY + 3_600_000
    look(found, "checkout", "local", Look(True, seconds=0.142, tls_expires=ends))
    look(found, "checkout", "eu-west", FAILED, FAILED)
    look(found, "checkout", "us-east", FAILED, FAILED)
    return found


def test_what_is_down_is_told_first_with_its_reason_and_who_says_so(found: Served, tmp_path: Path) -> None:
    answer = told(found, tmp_path)
    assert answer.exit_code == 1, "a script sees that one is down"
    first, reason, certificate = answer.stdout.splitlines()[:3]
    assert first.startswith("✕ down    checkout  http https://shop.example/checkout")
    assert "[local up, eu-west down, us-east down]" in reason
    assert "it answered 503" in reason
    assert certificate.strip() == "its certificate has 9 days left"
    assert "○ waiting nightly-backup" in answer.stdout, "what was not looked at is not up"


def test_all_that_answer_end_with_0_and_can_be_read_by_programs(tmp_path: Path) -> None:
    found = served()
    for region in ("local", "eu-west", "us-east"):
        look(found, "checkout", region, Look(True, seconds=0.142))
    answer = told(found, tmp_path, "--json")
    assert answer.exit_code == 0
    states = {one["name"]: one["state"] for one in json.loads(answer.stdout)}
    assert states["checkout"] == "up"
    assert set(states.values()) == {"up", "waiting"}


def test_without_probes_it_says_how_to_bind_one(tmp_path: Path) -> None:
    answer = told(served(""), tmp_path)
    assert answer.exit_code == 0
    assert "add [probes.NAME] to opsguide.toml" in answer.stdout


def test_without_a_service_it_says_how_to_start_one(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["probes", "--data", str(tmp_path)])
    assert isinstance(answer.exception, ServiceUnreachable)
    assert "opsguide serve GUIDE" in answer.exception.hint
