"""A backtest through the API, the console's page and the command, offline and beside a running service."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from typer.testing import CliRunner

from opsguide.app import fact_types
from opsguide.app.serve import SAMPLES
from opsguide.cli import app
from opsguide.kernel.clock import after, rfc3339
from opsguide.kernel.ports import Sample
from opsguide.storage.lock import Lock
from opsguide.storage.sqlite import open_ledger
from opsguide.telemetry.embedded import Embedded
from tests.backtest.test_backtest import BINDINGS, ERRORS, GUIDE, line, up
from tests.web.html import text_of
from tests.web.scenes import adopt
from tests.web.served import Served
from tests.world import START

BASE = "http://127.0.0.1:8470"
HOURS = 6


def failing(served: Served) -> None:
    """Six hours, with twenty minutes of errors after the first."""
    adopt(served, GUIDE, BINDINGS)
    for minute in range(HOURS * 60):
        served.clock.advance(60)
        value = 0.2 if 60 <= minute < 80 else 0.0
        served.telemetry.ingest([Sample({"__name__": "failing"}, value)], served.now(), {"job": "t"})


@pytest.fixture
def served() -> Served:
    found = Served()
    failing(found)
    return found


@pytest.fixture
def client(served: Served) -> Iterator[TestClient[Any]]:
    with TestClient(served.app, base_url=BASE) as found:
        yield found


def test_the_api_compares_a_text_with_the_guide_in_force(client: TestClient[Any], served: Served) -> None:
    before = served.head
    answer = client.post("/api/v1/backtests", json={"guides": [{"text": GUIDE.replace("5m", "30m")}]})
    assert answer.status_code == 200, answer.text
    new, old = answer.json()["sides"]
    assert [side["pages"] for side in (new, old)] == [0, 1]
    assert old["name"] == "version 1, in force"
    assert served.head == before, "nothing is recorded, so that nobody is told"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"guides": []}, 422, "guides"),
        ({"guides": [{"text": "  "}]}, 409, "empty"),
        ({"guides": [{"text": GUIDE, "bindings": "x = 1"}]}, 409, "unknown key"),
        ({"guides": [{"text": GUIDE}], "start": "yesterday"}, 422, "start"),
        ({"guides": [{"text": GUIDE}], "end": "2026-11-01T00:00:00Z"}, 409, "2026-11-23"),
        ({"guides": [{"text": GUIDE}], "step_seconds": 0}, 422, "step_seconds"),
    ],
)
def test_what_cannot_be_tried_says_why(
    client: TestClient[Any], body: dict[str, Any], status: int, said: str
) -> None:
    answer = client.post("/api/v1/backtests", json=body)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


def test_the_page_shows_both_guides_side_by_side(client: TestClient[Any]) -> None:
    form = client.get("/backtest?version=1").text
    assert "error_rate &gt; 5%" in form
    shown = client.post("/backtest", data={"text": GUIDE.replace("5m", "30m"), "days": "7"}).text
    page = text_of(shown)
    assert "1 → 0" in page
    assert "the text tried: 0 pages" in page.lower()
    assert "Not judged" in page, "nothing probes"
    wrong = client.post("/backtest", data={"text": "\0", "days": "7"}).text
    assert "NUL" in wrong


def test_changes_lead_to_a_backtest_of_their_text(client: TestClient[Any]) -> None:
    assert 'href="/backtest?version=1"' in client.get("/changes").text


# The command


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data directory of a service that was stopped: the guide in force, six hours of samples."""
    served = Served()
    adopt(served, GUIDE, BINDINGS)
    folder = tmp_path / "data"
    async with open_ledger(folder, fact_types()) as ledger:
        await ledger.append([one.fact for one in served.ledger.rows])
    with Embedded(directory=folder / SAMPLES) as telemetry:
        telemetry.backfill([line("failing", HOURS, {(60, 80): 0.2}), up(HOURS)])
    return folder


def run(data: Path, guide: str, *options: str) -> tuple[int, str, str]:
    path = data.parent / "new.md"
    path.write_text(guide, encoding="utf-8")
    span = ("--from", rfc3339(START), "--to", rfc3339(after(START, HOURS * 3600)))
    result = CliRunner().invoke(app, ["backtest", str(path), "--data", str(data), *span, *options])
    return result.exit_code, result.stdout, str(result.exception or "")


def test_the_command_reads_a_stopped_service_and_lists_firings(data: Path) -> None:
    code, said, _ = run(data, GUIDE.replace("5m", "30m"), "--verbose")
    assert code == 0, said
    assert "version 1, in force → " in said
    assert "1 → 0" in said
    assert "high_error_rate for 15 m, up to 20 %: paged ana" in said


def test_json_for_scripts_and_a_second_file(data: Path) -> None:
    other = data.parent / "other.md"
    other.write_text(GUIDE.replace("5%", "50%"), encoding="utf-8")
    code, said, _ = run(data, GUIDE, "--against", str(other), "--format", "json")
    found = msgspec.json.decode(said)
    assert code == 0
    assert [side["pages"] for side in found["sides"]] == [1, 0]
    assert found["sides"][0]["alerts"][0]["promise"] == ERRORS


def test_strict_fails_where_an_alert_could_not_be_judged(data: Path) -> None:
    unknown = GUIDE.replace("error_rate > 5%", "queue_length > 5")
    assert run(data, unknown)[0] == 0
    assert run(data, unknown, "--strict")[0] == 1


def test_a_directory_that_another_process_holds_is_left_alone(data: Path) -> None:
    lock = Lock(data)
    try:
        code, _, error = run(data, GUIDE)
    finally:
        lock.release()
    assert code
    assert "already runs" in error
