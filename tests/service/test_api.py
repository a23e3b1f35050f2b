"""The API as its description says, tried by schemathesis against a real service with a real incident."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.scene import Opsguide, Phone, Target, eventually

pytestmark = pytest.mark.slow

EXAMPLES = 10
"""So many a operation and phase: about a thousand requests."""

CONFIG = """
# A schema says how a matcher is written, and cannot say what RE2 takes for a regular expression.
[[operations]]
include-operation-id = "make_silence"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 403, 404, 409]

# A span that begins after the instant `as-of` is refused, and a schema cannot compare two parameters.
[[operations]]
include-operation-id = "on_call_load"
checks.positive_data_acceptance.expected-statuses = ["2xx", 304, 400, 401, 403, 404, 409]

# Truth values of bodies are read as their words say: 0 and "false" are false.
[[operations]]
include-operation-id = "announce_maintenance"
checks.negative_data_rejection.expected-statuses = [201, 400, 401, 403, 404, 409, 422]
"""


def test_schemathesis_finds_nothing_wrong(tmp_path: Path) -> None:
    target, phone = Target(), Phone()
    ops = Opsguide(tmp_path, target, phone)
    ops.start()
    (tmp_path / "schemathesis.toml").write_text(CONFIG, encoding="utf-8")
    try:
        target.healthy = False
        eventually(lambda: phone.rang, "an incident is open")
        target.healthy = True
        ran = subprocess.run(
            [
                *(Path(sys.executable).with_name("schemathesis"), "run", f"{ops.url}/api/openapi.json"),
                *("--seed", "1", "--max-examples", str(EXAMPLES), "--checks", "all", "--no-color"),
                # A stream never ends: tests/web/test_events.py reads it.
                *("--exclude-operation-id", "events"),
                *("--header", "Authorization: " + ops.local["authorization"]),
            ],
            cwd=tmp_path,  # it keeps what it found beside where it runs
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    finally:
        ops.stop()
        target.close()
        phone.close()
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    generated = re.search(r"(\d+) generated", ran.stdout)
    assert generated is not None
    assert int(generated[1]) > 500, ran.stdout
