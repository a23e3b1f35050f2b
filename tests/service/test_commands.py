"""`status`, `explain` and `ledger` on a recorded history, without a running service."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from opsguide.app import fact_types
from opsguide.app.words import WORDS
from opsguide.cli import app
from opsguide.incidents.commands import Acknowledge
from opsguide.kernel.clock import after, rfc3339
from opsguide.monitoring.commands import Observation, Observe
from opsguide.storage.sqlite import open_ledger
from tests.cast import ACKNOWLEDGE, ERRORS, harbour
from tests.world import START


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """Five minutes of errors at 03:01, acknowledged at 03:08, over at 03:20."""
    world = harbour()

    def see(value: float) -> None:
        world.do(Observe((Observation(ERRORS, value),), every=5))

    see(0.01)
    world.pass_time(60)
    see(0.2)
    world.pass_time(300)
    see(0.2)
    world.deliver()
    world.pass_time(120)
    world.do(Acknowledge("INC-1", "ana"), actor="person:ana")
    world.pass_time(720)
    see(0.0)
    async with open_ledger(tmp_path, fact_types()) as ledger:
        await ledger.append([recorded.fact for recorded in world.history])
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def at(seconds: float) -> str:
    return rfc3339(after(START, seconds))


def test_status_shows_the_broken_line_first_and_fails(data: Path) -> None:
    code, said = run("status", "--data", str(data), "--as-of", at(400))
    assert code == 1
    assert "INC-1 [critical]" in said
    assert "nobody has it" in said
    assert said.index("✕ broken") < said.index(ERRORS) < said.index("○ unproven")


def test_status_as_of_any_instant_is_what_was_known_then(data: Path) -> None:
    kinds = {}
    for name, seconds in {"before": 30, "pending": 100, "firing": 365, "after": 1210}.items():
        _, said = run("status", "--data", str(data), "--as-of", at(seconds), "--json")
        promises = msgspec.json.decode(said)["promises"]
        kinds[name] = next(p["standing"]["kind"] for p in promises if p["id"] == ERRORS)
    assert kinds == {"before": "kept", "pending": "at_risk", "firing": "broken", "after": "kept"}


def test_status_before_any_guide_says_so(data: Path) -> None:
    result = CliRunner().invoke(app, ["status", "--data", str(data), "--as-of", "2020-01-01T00:00:00Z"])
    assert result.exit_code != 0
    assert "no guide was in force then" in str(result.exception)


@pytest.mark.parametrize("typed", ["yesterday", "2026-11-23T03:00:00", ""])
def test_an_instant_without_a_zone_is_refused_with_an_example(data: Path, typed: str) -> None:
    code, said = run("status", "--data", str(data), "--as-of", typed)
    assert code == 2
    assert "--as-of" in said


def test_explain_a_promise_tells_the_facts_and_the_incident(data: Path) -> None:
    _, said = run("explain", ERRORS, "--data", str(data), "--as-of", at(400))
    assert f"{ERRORS} is broken since" in said
    assert "INC-1 is open for it" in said
    assert "Firing: high_error_rate is 20 %, > 5 % for 5 m" in said


def test_explain_an_incident_tells_its_story_in_order(data: Path) -> None:
    _, said = run("explain", "inc-1", "--data", str(data), "--as-of", at(2000))
    story = ["Opened as critical", "To tell ana", "Attempt 1", "Acknowledged by ana", "2 m of", "Recovered:"]
    places = [said.find(part) for part in story]
    assert -1 not in places, said
    assert places[0] < places[1] < places[2] < places[3] < places[5]


def test_everything_that_can_happen_to_an_incident_is_explained_in_words() -> None:
    """Not as it stands on the ledger: a role, a task and a lowered severity were shown as JSON."""
    about = {kind for _, _, kind in fact_types() if "incident" in kind.__struct_fields__}
    assert sorted(kind.__name__ for kind in about - WORDS.keys()) == []


def test_explain_something_unknown_suggests_what_was_meant(data: Path) -> None:
    result = CliRunner().invoke(app, ["explain", "monitoring.alert.high_error_rat", "--data", str(data)])
    assert "did you mean" in str(result.exception)


def test_commands_on_a_folder_without_a_ledger_say_which_folder(tmp_path: Path) -> None:
    for verb in (["status"], ["explain", "INC-1"], ["ack", "INC-1"]):
        result = CliRunner().invoke(app, [*verb, "--data", str(tmp_path)])
        assert result.exit_code != 0
        assert str(tmp_path) in str(result.exception)


def test_reading_leaves_the_ledger_as_it_was(data: Path) -> None:
    before = (data / "ledger.sqlite").read_bytes()
    run("status", "--data", str(data))
    run("explain", ACKNOWLEDGE, "--data", str(data))
    assert (data / "ledger.sqlite").read_bytes() == before


class TestExplainRule:
    """Without any ledger: a rule's page is part of the program."""

    @pytest.mark.parametrize("typed", ["unknown-severity", "Unknown-Severity"])
    def test_the_page_of_a_rule(self, typed: str, tmp_path: Path) -> None:
        code, said = run("explain", typed, "--data", str(tmp_path / "absent"))
        page = Path(__file__).parents[2] / "docs" / "findings" / "unknown-severity.md"
        assert (code, said) == (0, page.read_text(encoding="utf-8"))

    def test_a_slip_is_met_with_the_rule_that_was_meant(self, data: Path, tmp_path: Path) -> None:
        for folder in (data, tmp_path / "absent"):
            result = CliRunner().invoke(app, ["explain", "unknown-severty", "--data", str(folder)])
            assert "did you mean `unknown-severity`?" in str(result.exception)

    def test_what_is_near_to_no_rule_is_looked_for_in_the_ledger(self, tmp_path: Path) -> None:
        result = CliRunner().invoke(app, ["explain", "INC-3", "--data", str(tmp_path / "absent")])
        assert "there is no ledger" in str(result.exception)
