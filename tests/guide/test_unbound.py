"""What a guide's promises still lack, and which key would bind each."""

import pytest

from opsguide.guide.bindings import BUILT_IN_SIGNALS, NOT_KEPT_YET, Bindings, read_bindings, unbound
from opsguide.guide.promise import Promise
from opsguide.guide.values import ClockValues, Duty, Hours, Objective
from opsguide.monitoring.definitions import BUILTINS
from tests.guide.made import FOUR, UPTIME, a_step, alert, an_environment, promise, reading

METRICS = (
    '[environments.production]\nurl = "https://shop.example/"\nmetrics = "https://shop.example/metrics"\n'
)


def good(text: str) -> Bindings:
    bindings, diagnostics = read_bindings(text)
    assert bindings is not None, diagnostics
    return bindings


def a_clock(**values: object) -> Promise:
    clock = ClockValues(**{"severity": "critical", "clock": "acknowledge", "seconds": 900} | values)  # type: ignore[arg-type]
    return promise("incidents.clock.critical", clock, keeper="incidents")


class TestUnbound:
    def keys(self, *promises: Promise, text: str = "") -> list[tuple[str, str]]:
        return [(m.promise, m.key) for m in unbound(reading(*promises), good(text))]

    def test_a_promise_lacks_the_keys_that_it_needs_and_no_others(self) -> None:
        assert self.keys(UPTIME) == [(UPTIME.id, "environments.production.url")]
        assert self.keys(an_environment("Staging")) == [
            ("delivery.environment.Staging", "environments.staging.url")
        ]
        assert self.keys(a_step("@Core-Platform")) == [
            ("incidents.step.@Core-Platform", "teams.core-platform.members")
        ]
        assert self.keys(a_clock()) == [("incidents.clock.critical", "environments.production.url")]
        assert self.keys(*FOUR) == []

    def test_an_alert_needs_metrics_and_a_severity_that_is_defined(self) -> None:
        found = self.keys(*FOUR, alert("errors", "warning"), alert("quiet", None), alert("known", "High"))
        assert ("monitoring.alert.errors", "severities.warning") in found
        assert ("monitoring.alert.quiet", "severities.unspecified") in found
        assert [promise for promise, key in found if key == "environments.production.metrics"] == [
            "monitoring.alert.errors",
            "monitoring.alert.quiet",
            "monitoring.alert.known",
        ]
        assert len(found) == 5

    def test_a_remote_engine_is_where_the_metrics_are_and_no_probe(self) -> None:
        text = '[telemetry]\nsource = "prometheus"\nurl = "https://metrics.example"\n'
        assert self.keys(*FOUR, alert("known", "High"), a_clock(), text=text) == []
        assert self.keys(UPTIME, text=text) == [(UPTIME.id, "environments.production.url")]
        queue = promise("monitoring.objective.queue", Objective(signal="queue_length", op="<", count=5))
        assert self.keys(queue, text=text) == [(queue.id, "signals.queue_length")]

    def test_a_null_limit_and_an_unknown_signal_need_both(self) -> None:
        queue = promise("monitoring.objective.queue", Objective(signal="queue_length"))
        assert self.keys(queue, text=METRICS) == [
            (queue.id, "signals.queue_length"),
            (queue.id, 'limits."monitoring.objective.queue"'),
        ]
        text = METRICS + '[signals]\nqueue_length = "queue"\n[limits]\n"monitoring.objective.queue" = "5"\n'
        assert self.keys(queue, text=text) == []

    def test_lock_contention_needs_a_database_and_a_limit(self) -> None:
        lock = promise("monitoring.objective.lock_contention", Objective(signal="Lock contention"))
        limit = '[limits]\n"monitoring.objective.lock_contention" = "5"\n'
        assert self.keys(lock, text=METRICS + limit) == [(lock.id, "databases.main.url")]
        assert self.keys(lock, text='[databases.main]\nurl = "env:URL"\n' + limit) == []
        other = '[databases.main]\nurl = "env:URL"\nkind = "mysql"\n'
        assert self.keys(lock, text=other + limit) == [(lock.id, "databases.main.url")]

    @pytest.mark.parametrize("signal", ["query_time", "pool_utilisation", "active_connections"])
    def test_a_database_gives_what_its_application_may_give_too(self, signal: str) -> None:
        one = promise("monitoring.objective.one", Objective(signal=signal, ratio=0.8))
        assert self.keys(one) == [(one.id, "environments.production.metrics")]
        assert self.keys(one, text=METRICS) == []
        assert self.keys(one, text='[databases.main]\nurl = "env:URL"\n') == []

    def test_an_access_log_tells_nothing_of_a_database(self) -> None:
        queries = promise("monitoring.objective.query_time.p95", Objective(signal="query_time", seconds=0.1))
        errors = promise("monitoring.objective.error_rate", Objective(signal="error_rate", ratio=0.01))
        log = '[environments.production]\naccess_log = "/var/log/nginx/access.log"\n'
        assert self.keys(queries, errors, text=log) == [(queries.id, "databases.main.url")]
        assert self.keys(queries, text=log + '[environments.staging]\nmetrics = "http://s.example/m"\n') == []
        assert self.keys(queries, text=log + '[signals]\nquery_time = "max(query_seconds)"\n') == []

    def test_web_vitals_need_pages_that_report_them(self) -> None:
        lcp = promise("monitoring.objective.lcp", Objective(signal="lcp", seconds=2))
        assert self.keys(lcp, text=METRICS) == [(lcp.id, "vitals.origins")]
        assert self.keys(lcp, text='[vitals]\norigins = ["https://shop.example"]\n') == []
        assert self.keys(lcp, text=METRICS + '[signals]\nlcp = "max(lcp)"\n') == []

    def test_each_key_comes_with_the_lines_to_add(self) -> None:
        for missing in unbound(
            reading(*FOUR, alert("errors", "warning"), a_step("@core"), UPTIME), Bindings()
        ):
            _, diagnostics = read_bindings(missing.toml.replace("…", "shop.example"))
            assert not [d for d in diagnostics if d.code in ("not-toml", "unknown-key")]
            assert missing.reason

    def test_the_most_useful_key_comes_first_and_what_no_key_binds_last(self) -> None:
        backup = promise("recovery.duty.backup", Duty(duty="backup"), keeper="recovery")
        found = unbound(reading(backup, a_step("@core"), alert("a", None), alert("b", None)), Bindings())
        assert [missing.key for missing in found] == [
            "environments.production.metrics",
            "environments.production.metrics",
            "teams.core.members",
            "",
        ]
        assert found[-1].reason == NOT_KEPT_YET

    def test_a_clock_in_hours_that_the_guide_leaves_open_says_what_is_open(self) -> None:
        (missing,) = unbound(reading(a_clock(hours=Hours(start="09:00", end="17:00"))), good(METRICS))
        assert missing.key == ""
        assert "on which days" in missing.reason
        whole = Hours(days=("MO", "TU"), start="09:00", end="17:00")
        assert unbound(reading(a_clock(hours=whole)), good(METRICS)) == ()

    @pytest.mark.parametrize("values", [{"clock": "escalate"}, {"scope": "EU"}])
    def test_a_clock_that_is_not_run_yet_is_not_said_to_be_bound(self, values: dict[str, object]) -> None:
        (missing,) = unbound(reading(a_clock(**values)), good(METRICS))
        assert (missing.key, missing.reason) == ("", NOT_KEPT_YET)

    def test_the_built_in_signals_are_those_of_monitoring(self) -> None:
        assert frozenset(BUILTINS) == BUILT_IN_SIGNALS
