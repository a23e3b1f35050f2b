"""Our own scripts: each point of PromQL's meaning that the rest of opsguide leans on, worked out by hand."""

from pathlib import Path

import pytest

from opsguide.telemetry.promqltest.running import run
from opsguide.telemetry.promqltest.script import commands

SCRIPTS = sorted((Path(__file__).parent / "promql").glob("*.test"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_script(script: Path) -> None:
    outcomes = list(run(commands(script.read_text(encoding="utf-8"))))
    assert outcomes
    assert not [outcome for outcome in outcomes if outcome.result != "passed"]
