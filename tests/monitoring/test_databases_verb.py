"""`opsguide databases`, asked of a real running console."""

import json
from pathlib import Path

from typer.testing import CliRunner

from opsguide.cli import app
from opsguide.service.datadir import announce
from tests.api_examples import a_database
from tests.web.running import Running
from tests.web.served import harbour


def test_who_blocks_whom_is_told_with_what_ends_it(tmp_path: Path) -> None:
    served = harbour()
    served.board.watchers = {"shop": a_database(served)}
    running = Running(served)
    try:
        announce(tmp_path, running.url)
        answer = CliRunner().invoke(app, ["databases", "--data", str(tmp_path)])
        one = CliRunner().invoke(app, ["databases", "shop", "--json", "--data", str(tmp_path)])
        gone = CliRunner().invoke(app, ["databases", "gone", "--data", str(tmp_path)])
    finally:
        running.stop()
    assert answer.exit_code == one.exit_code == 1
    assert "1 waiting for a lock" in answer.stdout
    assert "deploy (4711, idle in transaction) holds up 1" in answer.stdout
    assert "checkout (4712, active) waits 1 m for AccessShareLock on orders" in answer.stdout
    assert "select pg_terminate_backend(pid) from pg_stat_activity where pid = 4711" in answer.stdout
    assert json.loads(one.stdout)["blocking"][1]["session"]["pid"] == 4712
    assert gone.exit_code != 0
    assert "no database 'gone' is watched" in str(gone.exception)
