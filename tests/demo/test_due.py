"""What `demo break` says about the page to come follows from the guide and the bindings in force."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsguide.demo.due import dues, told
from opsguide.guide.bindings import Bindings, read_bindings
from opsguide.guide.reading import read
from opsguide.readers import ALL
from tests.demo.guides import ENGLISH, TABLE

NOW = datetime(2026, 11, 23, 14, 3, 0, tzinfo=UTC)


@pytest.fixture
def bindings() -> Bindings:
    path = Path(__file__).parents[2] / "examples" / "opsguide.toml"
    found, _ = read_bindings(path.read_text(encoding="utf-8"))
    assert found is not None
    return found


def says(fault: str, guide: str, bindings: Bindings) -> str:
    return "\n".join(told(fault, read(guide, ALL, where="operations.md"), bindings, NOW))


def test_errors_page_after_the_alerts_duration(bindings: Bindings) -> None:
    said = says("errors", ENGLISH, bindings)
    assert said.startswith("page due about 14:08:1")
    assert said.endswith("high_error_rate fires after 5 m above 5 %")


def test_a_shorter_duration_makes_the_page_due_sooner(bindings: Bindings) -> None:
    said = says("errors", ENGLISH.replace("5m", "5s"), bindings)
    assert said.startswith("page due about 14:03:2")
    assert "fires after 5 s above 5 %" in said


def test_down_is_noticed_by_probes_and_pages_at_the_severity_that_covers_it(bindings: Bindings) -> None:
    said = says("down", ENGLISH, bindings)
    assert (
        said == "page due about 14:03:15 (in 15 s): production is down after 3 failed probes, one every 5 s"
    )


def test_a_certificate_that_has_run_out_is_as_bad_as_being_down(bindings: Bindings) -> None:
    assert says("cert", ENGLISH, bindings) == says("down", ENGLISH, bindings)


@pytest.mark.parametrize(
    ("fault", "rule"), [("slow", "slow_response_time"), ("connections", "database_connections")]
)
def test_what_does_not_page_is_said_to_open_an_incident(fault: str, rule: str, bindings: Bindings) -> None:
    said = says(fault, ENGLISH, bindings)
    assert said.startswith("incident due about 14:0")
    assert rule in said
    assert said.endswith("medium goes to the inbox, only critical and high page")


@pytest.mark.parametrize(
    "guide", [TABLE, ENGLISH.replace("> 5%", "> 50%")], ids=["no rule", "beyond the fault"]
)
def test_a_guide_that_would_not_notice_gets_no_promise_of_a_page(guide: str, bindings: Bindings) -> None:
    assert says("errors", guide, bindings).startswith("no rule of this guide notices errors")


def test_every_fault_is_noticed_by_the_example_guide(bindings: Bindings) -> None:
    guide = (Path(__file__).parents[2] / "examples" / "operations.md").read_text(encoding="utf-8")
    reading = read(guide, ALL, where="operations.md")
    for fault in ("errors", "slow", "connections", "down"):
        assert list(dues(fault, reading, bindings)), fault
    assert any(due.pages for due in dues("errors", reading, bindings))
    assert any(due.pages for due in dues("down", reading, bindings))
