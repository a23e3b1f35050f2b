"""The guide's signals, each once, with what they are held to and where their definition comes from."""

from opsguide.guide.values import Alert, Objective
from opsguide.monitoring.catalogue import NamedSignal, catalogue
from opsguide.monitoring.signals import Presence
from opsguide.monitoring.state import State
from tests.cast import BINDINGS, ERRORS, P95, SLOW, UPTIME, harbour
from tests.monitoring.having import having
from tests.world import World, a_promise

PRESENT = having("http_requests_total", "http_request_duration_seconds_bucket")


def named(world: World, present: Presence = PRESENT) -> dict[str, NamedSignal]:
    state: State = world.engine.state("monitoring")
    return {one.name: one for one in catalogue(state, lambda _: (present, {}))}


def test_lines_about_one_signal_stand_together() -> None:
    found = named(harbour())
    assert {name: {use.promise.id for use in one.uses} for name, one in found.items()} == {
        "error_rate": {ERRORS},
        "p95_response_time": {SLOW, P95},
        "availability": {UPTIME},
    }
    roles = {
        use.promise.id: (use.role, use.bound.text if use.bound else "")
        for use in found["p95_response_time"].uses
    }
    assert roles == {SLOW: ("alert", "> 500 ms"), P95: ("limit", "< 200 ms")}


def test_a_built_in_definition_says_by_which_instrumentation_it_was_chosen() -> None:
    signal = named(harbour())["error_rate"].signal
    assert (signal.origin, signal.source) == ("built_in", "http_requests_total")
    assert signal.expression is not None
    assert 'environment="production"' in signal.expression


def test_without_samples_it_says_what_it_waits_for() -> None:
    signal = named(harbour(), {})["error_rate"].signal
    assert signal.expression is None
    assert "no samples of http_requests_total" in signal.problem
    assert not signal.undefined


def test_a_bound_definition_names_its_key() -> None:
    world = World()
    world.adopt(
        [a_promise("monitoring.alert.x", Alert(alert="x", signal="queue_length", op=">", count=5))],
        BINDINGS + '[signals]\nqueue_length = "sum(queue)"\n',
    )
    signal = named(world)["queue_length"].signal
    assert (signal.expression, signal.origin, signal.source) == ("sum(queue)", "bound", "queue_length")


def test_a_signal_that_nobody_defined_says_so() -> None:
    world = World()
    world.adopt(
        [a_promise("monitoring.objective.inp", Objective(signal="queue_age", op="<", seconds=0.2))], BINDINGS
    )
    signal = named(world)["queue_age"].signal
    assert signal.undefined
    assert "[signals]" in signal.problem


def test_uptime_is_the_share_of_answered_probes_and_its_limit_is_weighed() -> None:
    one = named(harbour())["availability"]
    assert one.signal.expression == 'avg_over_time(probe_success{environment="production",probe=""}[5m])'
    assert [use.weighed for use in one.uses] == ["this month"]
    assert one.unit == "ratio"
