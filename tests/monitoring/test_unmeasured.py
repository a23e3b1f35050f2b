"""Signals without a value: a state of their own, alarmed after a time, never green; little traffic is none of it."""

from collections.abc import Sequence

import pytest
from litestar.testing import TestClient

from opsguide.guide.bindings import Bindings
from opsguide.guide.traffic import says_normal
from opsguide.guide.values import Objective
from opsguide.incidents.commands import Resolve
from opsguide.incidents.facts import IncidentMuted, IncidentOpened, IncidentRecovered, IncidentUnmuted
from opsguide.kernel.facts import Data
from opsguide.kernel.ports import Sample
from opsguide.kernel.standing import EvidenceRecorded
from opsguide.monitoring.commands import Observation, Observe, Probed, Unmeasured
from opsguide.monitoring.signals import signal_of
from opsguide.monitoring.state import State
from opsguide.monitoring.traffic import too_little
from tests.cast import BINDINGS, ERRORS, P95, PROMISES, SLOW, harbour
from tests.monitoring.having import having
from tests.web.html import text_of
from tests.web.scenes import adopt
from tests.web.served import Served
from tests.world import World, a_promise


def see(world: World, value: float | None, why: Unmeasured = "no_data", *promises: str) -> list[Data]:
    seen = tuple(
        Observation(promise, value, "" if value is not None else f"told as {why}", why)
        for promise in promises or (P95,)
    )
    return world.do(Observe(seen, every=5))


def names(facts: Sequence[Data]) -> list[str]:
    return [type(fact).__name__ for fact in facts if not isinstance(fact, EvidenceRecorded)]


def opened(facts: Sequence[Data]) -> list[IncidentOpened]:
    return [fact for fact in facts if isinstance(fact, IncidentOpened)]


def state(world: World) -> State:
    found: State = world.engine.state("monitoring")
    return found


@pytest.mark.parametrize("why", ["no_data", "query_error", "stale", "undefined"])
def test_silence_is_on_the_ledger_once_with_its_reason_and_is_never_green(why: Unmeasured) -> None:
    world = harbour()
    see(world, 0.1)
    assert world.standing(P95).kind == "kept"
    assert names(see(world, None, why)) == ["SignalUnmeasured"]
    silence = state(world).silent[P95]
    assert (silence.why, silence.problem, silence.since) == (why, f"told as {why}", world.clock.now())
    assert world.standing(P95).kind == "unproven"
    world.pass_time(15)
    assert names(see(world, None, why)) == []


@pytest.mark.parametrize("why", ["no_data", "query_error", "stale", "undefined"])
def test_it_is_alarmed_after_its_time_and_not_before(why: Unmeasured) -> None:
    world = harbour()
    see(world, None, why)
    assert opened(world.pass_time(599)) == []
    incident = opened(world.pass_time(1))[0]
    # The guide's word for what is no emergency, which the bindings map: a ticket, no page.
    assert (incident.severity, incident.pages, incident.promise) == ("medium", False, P95)
    assert f"told as {why}, for 10 m" in incident.reason
    assert opened(world.pass_time(3600)) == []


def test_it_is_over_by_itself() -> None:
    world = harbour()
    see(world, None)
    world.pass_time(700)
    facts = see(world, 0.1)
    assert names(facts)[:2] == ["SignalMeasured", "SignalsRecovered"]
    assert any(isinstance(fact, IncidentRecovered) for fact in facts)
    assert (state(world).silent, state(world).alarms) == ({}, {})
    assert world.standing(P95).kind == "kept"


def test_silence_that_ends_in_time_tells_nobody() -> None:
    world = harbour()
    see(world, None)
    world.pass_time(500)
    see(world, 0.1)
    assert opened(world.pass_time(3600)) == []


def test_a_source_that_takes_all_its_signals_with_it_is_one_ticket_until_the_last_is_back() -> None:
    world = harbour()
    see(world, None, "stale", P95, SLOW, ERRORS)
    facts = world.pass_time(600)
    assert [one.title for one in opened(facts)] == [
        "high_error_rate, response_time p95, slow_response_time: the source is away"
    ]
    assert "3 lines of the guide are unproven" in opened(facts)[0].reason
    assert "SignalsRecovered" not in names(see(world, 0.1, "stale", P95, SLOW))
    assert "SignalsRecovered" in names(see(world, 0.001, "stale", ERRORS))


def test_another_reason_is_a_transition_and_the_time_goes_on() -> None:
    world = harbour()
    see(world, None, "no_data")
    since = state(world).silent[P95].since
    world.pass_time(400)
    assert names(see(world, None, "stale")) == ["SignalUnmeasured"]
    assert (state(world).silent[P95].why, state(world).silent[P95].since) == ("stale", since)
    assert len(opened(world.pass_time(200))) == 1


def test_a_restart_goes_on_waiting_from_where_it_was() -> None:
    world = harbour()
    see(world, None)
    world.clock.advance(500)
    again = world.restart()
    assert len(opened(again.pass_time(100))) == 1
    assert opened(again.restart().pass_time(3600)) == []


def test_bindings_say_when_and_how_severe() -> None:
    world = World()
    world.adopt(PROMISES, BINDINGS + '[monitoring]\nno_data_after = "1m"\nno_data_severity = "critical"\n')
    see(world, None)
    incident = opened(world.pass_time(60))[0]
    assert (incident.severity, incident.pages) == ("critical", True)


def test_a_line_that_leaves_the_guide_takes_its_alarm_with_it() -> None:
    world = harbour()
    see(world, None)
    world.pass_time(600)
    facts = world.adopt([one for one in PROMISES if one.id != P95], BINDINGS)
    assert any(isinstance(fact, IncidentRecovered) for fact in facts)
    assert state(world).silent == {}


LOCKS = a_promise("monitoring.objective.lock_contention", Objective(signal="lock_contention"))
POOL = a_promise(
    "monitoring.objective.pool_utilisation", Objective(signal="pool_utilisation", op="<", ratio=0.8)
)
DATABASE = (
    '[databases.main]\nurl = "env:WATCHER_URL"\n[limits]\n"monitoring.objective.lock_contention" = "5"\n'
)


def test_what_is_promised_of_a_database_is_alarmed_while_none_is_bound() -> None:
    world = World()
    world.adopt([*PROMISES, LOCKS, POOL], BINDINGS)
    assert state(world).silent[LOCKS.id].why == "unbound"
    assert POOL.id not in state(world).silent, "an application may export its pool: that is asked for"
    assert world.standing(LOCKS.id).kind == "unbound"
    assert not opened(world.pass_time(590))
    (ticket,) = opened(world.pass_time(20))
    assert (ticket.title, ticket.pages) == ("lock_contention: no database is bound", False)
    again = world.restart()
    assert not opened(again.pass_time(3600)), "told once"
    world.adopt([*PROMISES, LOCKS, POOL], BINDINGS + DATABASE)
    assert state(world).silent[LOCKS.id].why == "unbound", "bound, and nothing was measured yet"
    see(world, 0.0, "no_data", LOCKS.id)
    assert LOCKS.id not in state(world).silent
    assert (
        any(isinstance(one, IncidentRecovered) for one in world.do(Observe((), every=5)))
        or not state(world).alarms
    )


def test_who_binds_no_database_on_purpose_resolves_the_ticket_once() -> None:
    world = World()
    world.adopt([*PROMISES, LOCKS], BINDINGS)
    (ticket,) = opened(world.pass_time(610))
    world.do(Resolve(ticket.incident, "ana", "the database is our provider's"))
    assert not opened(world.adopt([*PROMISES, LOCKS], BINDINGS))
    assert not opened(world.restart().pass_time(30 * 86_400))
    assert world.standing(LOCKS.id).kind == "unbound", "that is no proof"


def test_without_metrics_every_line_about_a_database_is_in_the_alarm() -> None:
    world = World()
    world.adopt([*PROMISES, LOCKS, POOL], BINDINGS.replace("metrics =", "# metrics ="))
    (ticket,) = opened(world.pass_time(610))
    assert ticket.title == "lock_contention, pool_utilisation: no database is bound"


def test_the_page_of_databases_names_the_lines_that_nobody_measures() -> None:
    served = Served()
    lines = "- **Connection pool**: utilization <80%\n- **Lock contention**: minimal blocking\n"
    adopt(served, f"# Shop\n\n## Database Monitoring\n{lines}", BINDINGS.replace('warning = "medium"', ""))
    with TestClient(served.app, base_url="http://127.0.0.1:8470") as client:
        page = text_of(client.get("/databases").text)
    assert "2 lines of the guide stand on one, and nobody knows how they are kept" in page
    assert page.index("line 4") < page.index("line 5")


def test_where_nothing_is_watched_nothing_is_alarmed() -> None:
    world = World()
    world.adopt([*PROMISES, LOCKS])
    assert not opened(world.pass_time(3600))


def test_no_traffic_is_no_silence() -> None:
    world = harbour()
    assert names(see(world, None, "no_traffic")) == []
    assert world.standing(P95).kind == "unproven"
    assert opened(world.pass_time(3600)) == []


def test_a_source_that_answers_again_without_traffic_ends_the_silence() -> None:
    world = harbour()
    see(world, None, "stale")
    assert names(see(world, None, "no_traffic")) == ["SignalMeasured"]


# Normal traffic

NORMAL = a_promise(
    "monitoring.objective.error_rate.normal_traffic",
    Objective(signal="error_rate", op="<", ratio=0.01, scope="normal traffic"),
)


@pytest.mark.parametrize(
    "scope",
    [
        *("normal traffic", "trafic normal", "traficul normal", "normaler Last", "normalem Verkehr"),
        *("tráfico normal", "trafic habituel", "tráfego normal", "lưu lượng bình thường"),
    ],
)
def test_normal_traffic_is_known_in_every_language(scope: str) -> None:
    assert says_normal(scope)


@pytest.mark.parametrize("scope", ["checkout", "API", "normal users", "traffic jam service", "Normal"])
def test_other_scopes_are_no_traffic(scope: str) -> None:
    assert not says_normal(scope)


@pytest.mark.parametrize(("rate", "judged"), [(0.099, False), (0.1, True), (20.0, True)])
def test_a_limit_for_normal_traffic_is_not_judged_below_the_least_rate(rate: float, judged: bool) -> None:
    said = too_little(NORMAL, Bindings(), [Sample({}, rate)])
    assert (said == "") == judged
    assert judged or said == "not judged at 0.099 requests/s: normal traffic is from 0.1 requests/s on"


def test_other_limits_need_any_traffic_at_all() -> None:
    p95 = next(one for one in PROMISES if one.id == P95)
    assert too_little(p95, Bindings(), [Sample({}, 0.001)]) == ""
    assert too_little(p95, Bindings(), [Sample({}, 0.0)]) == "no traffic to measure"
    # No rate at all: the source may be away, which is no traffic of zero.
    assert too_little(p95, Bindings(), []) == ""


def test_the_promise_says_what_normal_traffic_is() -> None:
    world = World()
    world.adopt([*PROMISES, NORMAL], BINDINGS + "[monitoring]\nnormal_traffic = 2\n")
    see(world, 0.002, "no_data", NORMAL.id)
    assert world.standing(NORMAL.id).reason == "0.2 % is < 1 % (normal traffic is from 2 requests/s on)"


@pytest.mark.parametrize(
    ("signal", "metric", "asked"),
    [
        (
            "error_rate",
            "http_requests_total",
            'sum(rate(http_requests_total{environment="shop", job!="access_log", status!=""}[40s]))',
        ),
        (
            "response_time",
            "http_request_duration_seconds_bucket",
            'sum(rate(http_request_duration_seconds_count{environment="shop", job!="access_log"}[40s]))',
        ),
        (
            "lcp",
            "web_vitals_lcp_seconds_bucket",
            'sum(rate(web_vitals_lcp_seconds_count{environment="shop"}[1h]))',
        ),
        ("pool_utilisation", "db_pool_connections_in_use", None),
    ],
)
def test_traffic_is_counted_by_what_the_signal_is_drawn_from(
    signal: str, metric: str, asked: str | None
) -> None:
    promise = a_promise("monitoring.objective.x", Objective(signal=signal, op="<", ratio=0.5, percentile=95))
    found = signal_of(promise, Bindings(), "shop", 5, (having(metric), {}))
    assert (found.flow or None) == asked


def test_a_signal_of_ones_own_has_the_traffic_that_the_bindings_name() -> None:
    bound = Bindings(signals={"error_rate": "my_errors", "request_rate": "my_requests"})
    found = signal_of(NORMAL, bound, "shop", 5, ({}, {}))
    assert found.flow == "my_requests"


def test_what_nothing_measures_any_more_is_unproven_and_no_ticket() -> None:
    world, fid = World(), "performance.objective.fid"
    promise = a_promise(fid, Objective(signal="fid", op="<=", seconds=0.1))
    world.adopt([*PROMISES, promise], BINDINGS + '[vitals]\norigins = ["https://shop.example"]\n')
    see(world, None, "no_data", fid)
    assert opened(world.pass_time(3600)) == []
    assert world.standing(fid).kind == "unproven"
    assert len(opened(see(world, None, "stale", fid))) == 1, (
        "that what it could be measured by is away is news"
    )


def test_an_environment_that_is_down_explains_its_silent_signals() -> None:
    world = harbour()
    for _ in range(3):
        world.do(Probed("production", up=False, latency_seconds=0, error="it takes no connection"))
    see(world, None, "stale")
    facts = world.pass_time(600)
    assert [type(fact).__name__ for fact in facts if isinstance(fact, IncidentMuted)] == ["IncidentMuted"]
    for _ in range(3):
        facts = world.do(Probed("production", up=True, latency_seconds=0.1))
        if any(isinstance(fact, IncidentUnmuted) for fact in facts):
            break
    assert any(isinstance(fact, IncidentUnmuted) for fact in facts), (
        "it outlives the outage: somebody is told"
    )
