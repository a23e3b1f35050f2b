"""`opsguide budget` on a recorded history, without a running service."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from opsguide.app import fact_types
from opsguide.cli import app
from opsguide.kernel.clock import after, rfc3339
from opsguide.monitoring.commands import Observation, Observe, Probed
from opsguide.storage.sqlite import open_ledger
from tests.cast import P95, UPTIME, harbour
from tests.world import START


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """Twenty minutes down from 03:01, an hour down from 04:01; p95 has no value from 03:00 on."""
    world = harbour()
    world.do(Probed("production", True, 0.02))
    world.do(Observe((Observation(P95, None, "no metrics: it answered 503", "stale"),), every=5))
    for seconds in (1200, 3600):
        world.pass_time(60)
        for _ in range(3):
            world.do(Probed("production", False, 0.0, "it takes no connection"))
        world.pass_time(seconds)
        world.do(Probed("production", True, 0.02))
    async with open_ledger(tmp_path, fact_types()) as ledger:
        await ledger.append([recorded.fact for recorded in world.history])
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def at(seconds: float) -> str:
    return rfc3339(after(START, seconds))


def test_what_is_left_and_on_what_it_was_spent(data: Path) -> None:
    code, said = run("budget", "--data", str(data), "--as-of", at(1300))
    assert code == 0
    assert "23 m 12 s left of 43 m 12 s" in said
    assert "this month: 20 m down" in said
    assert "2026-11-23 03:01 UTC  20 m  46.3 %  INC-1" in said
    assert "spent" in said


def test_a_budget_that_is_gone_fails(data: Path) -> None:
    code, said = run("budget", "--data", str(data), "--as-of", at(5000))
    assert code == 1
    assert "36 m 48 s over of 43 m 12 s" in said


def test_the_month_before_and_the_last_thirty_days(data: Path) -> None:
    code, said = run("budget", "--data", str(data), "--period", "last", "--as-of", at(5000))
    # The first probe was in November: of October nothing is known, and nothing is claimed.
    assert (code, "nothing was probed in this time" in said) == (0, True)
    code, said = run("budget", "--data", str(data), "--period", "30d", "--as-of", at(5000))
    assert (code, "the last 30 days: 1 h 20 m down" in said) == (1, True)


def test_json_is_what_the_api_says(data: Path) -> None:
    _, said = run("budget", "--data", str(data), "--as-of", at(1300), "--json")
    found = msgspec.json.decode(said)["budgets"][0]
    assert (found["promise"], found["spent"], found["spends"][0]["incidents"][0]) == (UPTIME, 1200.0, "INC-1")


def test_a_mistyped_period_is_told(data: Path) -> None:
    code, said = run("budget", "--data", str(data), "--period", "century")
    assert code == 2
    assert "'this', 'last', '30d'" in said


def test_status_says_which_signals_are_silent(data: Path) -> None:
    _, said = run("status", "--data", str(data), "--as-of", at(120))
    assert "no value for 2 m (line 1): no metrics: it answered 503" in said
    _, said = run("status", "--data", str(data), "--as-of", at(120), "--json")
    assert msgspec.json.decode(said)["without_value"] == [
        {"promise": P95, "why": "stale", "problem": "no metrics: it answered 503", "since": at(0)}
    ]
