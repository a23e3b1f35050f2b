"""The monitoring lines of our first user's guide, each kept and broken, and who is told of it."""

from pathlib import Path

import pytest

from opsguide.guide.adoption import Adopt
from opsguide.guide.bindings import Bindings
from opsguide.guide.values import Objective
from opsguide.incidents.facts import IncidentOpened
from opsguide.monitoring.commands import Observation, Observe
from opsguide.monitoring.signals import signal_of
from opsguide.readers import ALL
from opsguide.service.adopting import read_both
from tests.cast import BINDINGS, PROMISES
from tests.monitoring.having import having
from tests.world import World, a_promise

API = "performance.objective.response_time.apiresponse"

MORE = """
unspecified = "low"

[databases.main]
url = "env:DATABASE"

[vitals]
origins = ["https://shop.example"]
"""


@pytest.fixture
def world(shared: Path, tmp_path: Path) -> World:
    """The seed, bound."""
    bindings = tmp_path / "opsguide.toml"
    people = BINDINGS.replace('warning = "medium"', 'warning = "medium"' + MORE.split("[", maxsplit=1)[0])
    bindings.write_text(people + MORE[MORE.index("[") :], encoding="utf-8")
    read = read_both(shared / "seed" / "operations-guide.md", bindings, ALL)
    assert isinstance(read, Adopt), read
    world = World()
    world.do(read)
    return world


def see(world: World, promise: str, value: float) -> list[IncidentOpened]:
    facts = world.do(Observe((Observation(promise, value),), every=15))
    return [fact for fact in facts if isinstance(fact, IncidentOpened)]


@pytest.mark.parametrize(
    ("promise", "good", "bad"),
    [
        ("monitoring.objective.response_time.p95", 0.199, 0.2),
        ("monitoring.objective.error_rate.normal_traffic", 0.0099, 0.01),
        ("monitoring.objective.lcp", 1.99, 2.0),
        ("monitoring.objective.cls", 0.099, 0.1),
        ("monitoring.objective.pool_utilisation", 0.79, 0.8),
        ("monitoring.objective.query_time.p95", 0.19, 0.2),
        ("performance.objective.lcp", 2.0, 2.01),
        ("performance.objective.cls", 0.1, 0.11),
        (f"{API}.p50", 0.1, 0.101),
        (f"{API}.p95", 0.2, 0.201),
        (f"{API}.p99", 0.5, 0.501),
    ],
)
def test_a_target_is_kept_up_to_its_limit_and_broken_beyond(
    world: World, promise: str, good: float, bad: float
) -> None:
    assert see(world, promise, good) == []
    assert world.standing(promise).kind == "kept"
    assert see(world, promise, bad) == []
    assert world.standing(promise).kind == "broken"


@pytest.mark.parametrize(
    ("promise", "between", "beyond"),
    [
        ("performance.objective.lcp.alert", 2.5, 2.51),
        ("performance.objective.cls.alert", 0.15, 0.151),
        (f"{API}.p50.alert", 0.15, 0.16),
        (f"{API}.p95.alert", 0.3, 0.31),
        (f"{API}.p99.alert", 0.75, 0.76),
    ],
)
def test_the_alert_level_beside_a_target_opens_a_ticket_at_the_bound_severity(
    world: World, promise: str, between: float, beyond: float
) -> None:
    assert see(world, promise, between) == []
    assert world.standing(promise).kind == "kept"
    incident = see(world, promise, beyond)[0]
    assert (incident.severity, incident.pages) == ("low", False)
    assert world.standing(promise).kind == "broken"


@pytest.mark.parametrize(("good", "bad"), [(0.199, 0.2)])
def test_inp_is_kept_and_broken(good: float, bad: float) -> None:
    inp = a_promise("monitoring.objective.inp", Objective(signal="inp", op="<", seconds=0.2))
    world = World()
    world.adopt([*PROMISES, inp], BINDINGS + '[vitals]\norigins = ["https://shop.example"]\n')
    see(world, inp.id, good)
    assert world.standing(inp.id).kind == "kept"
    see(world, inp.id, bad)
    assert world.standing(inp.id).kind == "broken"


@pytest.mark.parametrize("signal", ["lcp", "cls", "inp"])
def test_web_vitals_are_held_at_p75(signal: str) -> None:
    values = Objective(signal=signal, op="<", **({"count": 0.1} if signal == "cls" else {"seconds": 2}))
    present = having(f"web_vitals_{signal}{'' if signal == 'cls' else '_seconds'}_bucket")
    found = signal_of(a_promise("x", values), Bindings(), "production", 15, (present, {}))
    assert found.expression is not None
    assert found.expression.startswith("histogram_quantile(0.75, ")


@pytest.mark.parametrize(
    ("name", "value", "seconds", "severity", "pages"),
    [
        ("high_error_rate", 0.051, 300, "critical", True),
        ("slow_response_time", 0.51, 120, "medium", False),
        ("database_connections", 0.81, 60, "medium", False),
    ],
)
def test_a_critical_alert_pages_and_a_warning_makes_a_ticket(
    world: World, name: str, value: float, seconds: float, severity: str, pages: bool
) -> None:
    promise = f"monitoring.alert.{name}"
    assert see(world, promise, value) == []
    world.pass_time(seconds)
    incident = see(world, promise, value)[0]
    assert (incident.severity, incident.pages) == (severity, pages)
    told = {
        sent.channel for sent in world.engine.state("incidents").open[incident.incident].deliveries.values()
    }
    assert told == ({"inbox", "ana-phone"} if pages else {"inbox"})
