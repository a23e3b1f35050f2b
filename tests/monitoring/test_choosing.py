"""What measured a line and falls silent is away: nothing else takes its place until somebody lets go of it."""

import asyncio
from collections.abc import Sequence

import pytest

from opsguide.guide.values import Alert, Objective
from opsguide.incidents.facts import IncidentOpened
from opsguide.kernel.errors import Refused
from opsguide.kernel.ports import Sample
from opsguide.monitoring.commands import LetGo, Observe
from opsguide.monitoring.facts import AlertResolved, SignalChosen
from opsguide.monitoring.looking import Looker
from opsguide.monitoring.observing import Observer
from opsguide.monitoring.state import Chosen, State
from opsguide.telemetry.embedded import Embedded
from tests.cast import BINDINGS
from tests.world import World, a_promise

SLOW = a_promise(
    "monitoring.alert.slow", Alert(alert="slow", signal="response_time", percentile=95, op=">", seconds=0.5)
)
P95 = a_promise(
    "monitoring.objective.response_time.p95",
    Objective(signal="response_time", percentile=95, op="<", seconds=0.3),
)
ERRORS = a_promise("monitoring.objective.error_rate", Objective(signal="error_rate", op="<", ratio=0.01))
OTEL = "http_server_request_duration_seconds"


class Shop:
    """A slow service that sends OTLP; its access log, and opsguide's probes of /health, are fast."""

    def __init__(self, bindings: str = BINDINGS) -> None:
        self.world, self.telemetry = World(), Embedded()
        self.world.adopt([SLOW, P95, ERRORS], bindings)
        self.steps, self.dead = 0, ""
        self.begin()

    def begin(self) -> None:
        """As after a restart: the edge knows nothing, the ledger does."""
        self.observer = Observer(
            state=lambda: self.state,
            telemetry=self.telemetry,
            looker=Looker(telemetry=self.telemetry),
            clock=self.world.clock,
            away=lambda _signal, _environment: "",
            live={},
            partly=lambda _signal, _environment: self.dead,
        )

    @property
    def state(self) -> State:
        found: State = self.world.engine.state("monitoring")
        return found

    def run(self, minutes: float, *sources: str) -> None:
        for _ in range(round(minutes * 4)):
            self.world.pass_time(15)
            self.steps += 1
            for source in sources:
                target = {"job": JOBS[source], "instance": source, "environment": "production"}
                self.telemetry.ingest(_counters(source, self.steps * 100), self.world.clock.now(), target)
            seen = asyncio.run(self.observer.look("production", 15.0))
            self.world.do(Observe(seen, 15.0))

    def kinds(self) -> list[str]:
        return [self.world.standing(one.id).kind for one in (SLOW, P95, ERRORS)]


JOBS = {"otlp": "shop", "log": "access_log", "probe": "probe"}


def _counters(source: str, count: float) -> Sequence[Sample]:
    if source == "probe":
        return [Sample({"__name__": "probe_duration_seconds"}, 0.07)]
    timer, fast, labels = {
        "otlp": (OTEL, 0.0, {"http_response_status_code": "200"}),
        "log": ("http_request_duration_seconds", count, {"status": "200"}),
    }[source]
    buckets = {"0.1": fast, "0.8": count, "+Inf": count}
    found = [
        Sample({"__name__": f"{timer}_bucket", "le": le, **labels}, value) for le, value in buckets.items()
    ]
    found.append(Sample({"__name__": f"{timer}_count", **labels}, count))
    return (
        [*found, Sample({"__name__": "http_requests_total", **labels}, count)] if source == "log" else found
    )


def test_an_alert_that_fires_does_not_recover_by_what_another_instrumentation_says() -> None:
    shop = Shop()
    shop.run(6, "otlp", "log", "probe")
    assert shop.kinds() == ["broken", "broken", "kept"]
    shop.run(30, "log", "probe")
    assert shop.kinds() == ["unproven", "unproven", "unproven"]
    assert not any(isinstance(one.fact.data, AlertResolved) for one in shop.world.history)
    assert shop.state.alerts[SLOW.id].phase == "firing"
    assert shop.state.silent[P95.id].why == "stale"
    said = shop.observer.live[P95.id].problem
    assert said.startswith(
        f"OpenTelemetry ({OTEL}_bucket) measured it and has no samples any more: the access log is"
    )
    opened = [one.fact.data for one in shop.world.history if isinstance(one.fact.data, IncidentOpened)]
    assert any("the source is away" in one.title for one in opened)


def test_it_goes_on_when_its_samples_are_back_and_after_a_restart() -> None:
    shop = Shop()
    shop.run(6, "otlp", "log")
    shop.begin()
    shop.run(8, "log")
    assert shop.kinds() == ["unproven", "unproven", "unproven"]
    shop.run(4, "otlp", "log")
    assert shop.kinds() == ["broken", "broken", "kept"]


def test_whoever_lets_go_of_it_has_it_chosen_anew() -> None:
    shop = Shop()
    shop.run(6, "otlp", "log")
    shop.run(8, "log")
    shop.world.do(LetGo((P95.id, ERRORS.id), "ana"))
    shop.run(1, "log")
    assert shop.kinds() == ["unproven", "kept", "kept"]
    assert shop.state.chosen[P95.id].name == "the access log"
    with pytest.raises(Refused, match="no instrumentation is held"):
        shop.world.do(LetGo(("monitoring.objective.none",), "ana"))


def test_bindings_that_say_otherwise_where_metrics_come_from_let_go_of_it() -> None:
    shop = Shop()
    shop.run(6, "otlp", "log")
    shop.world.adopt([SLOW, P95, ERRORS], BINDINGS)
    assert shop.state.chosen
    moved = BINDINGS.replace("[environments.production]", "[environments.production]\npushed = true")
    shop.world.adopt([SLOW, P95, ERRORS], moved)
    assert not shop.state.chosen


def test_what_stands_before_it_in_the_table_takes_over_once_it_counts() -> None:
    shop = Shop()
    shop.run(6, "log")
    assert shop.kinds() == ["kept", "kept", "kept"]
    shop.run(6, "log", "otlp")
    assert shop.kinds() == ["broken", "broken", "kept"]
    chosen = [one.fact.data for one in shop.world.history if isinstance(one.fact.data, SignalChosen)]
    assert [one.name for one in chosen if one.promise == P95.id] == ["the access log", "OpenTelemetry"]


def test_opsguides_own_probes_say_so_in_the_evidence() -> None:
    shop = Shop()
    shop.run(6, "probe")
    assert "by opsguide's own probes" in shop.world.standing(P95.id).reason
    assert shop.state.chosen[P95.id] == Chosen("probe_duration_seconds", "opsguide's probes")


def test_what_a_dead_target_of_several_leaves_out_is_never_green_and_a_ticket_names_it() -> None:
    shop = Shop()
    shop.run(6, "log")
    assert shop.kinds() == ["kept", "kept", "kept"]
    shop.dead = "the target http://10.0.0.7:9000/metrics is away: it takes no connection"
    shop.run(12, "log")
    assert shop.kinds() == ["unproven", "unproven", "unproven"]
    opened = [one.fact.data for one in shop.world.history if isinstance(one.fact.data, IncidentOpened)]
    assert any("http://10.0.0.7:9000/metrics" in one.reason and not one.pages for one in opened)
    shop.dead = ""
    shop.run(1, "log")
    assert shop.kinds() == ["kept", "kept", "kept"]
