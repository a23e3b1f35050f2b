"""The reference engine's own scripts: all that is in scope passes, and what is not has a stated reason."""

from collections import Counter
from pathlib import Path

import pytest

from opsguide.telemetry.promqltest.running import Outcome, run
from opsguide.telemetry.promqltest.script import commands

SCRIPTS = ["aggregators", "histograms", "literals", "operators", "range_queries", "selectors"]
# How many cases have been seen to pass: a case that slips to "unsupported" must not go unnoticed.
PASSING = {
    "aggregators": 124,
    "histograms": 83,
    "literals": 25,
    "operators": 142,
    "range_queries": 15,
    "selectors": 31,
}


def outcomes(script: Path) -> list[Outcome]:
    return list(run(commands(script.read_text(encoding="utf-8", errors="surrogateescape"))))


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(shared: Path, name: str) -> None:
    found = outcomes(shared / "conformance" / "promql" / f"{name}.test")
    failed = [outcome for outcome in found if outcome.result == "failed"]
    assert not failed
    assert Counter(outcome.result for outcome in found)["passed"] >= PASSING[name]
    for outcome in found:
        if outcome.result == "unsupported":
            assert "native histogram" in outcome.why or "experimental" in outcome.why
