"""Each instrumentation: a page of its metrics, from a service that keeps its promises and from one that breaks them."""

import asyncio
from pathlib import Path
from string import Template

import pytest

from opsguide.guide.bindings import Bindings, Scoped
from opsguide.guide.promise import Promise
from opsguide.guide.values import Objective
from opsguide.kernel.clock import Instant
from opsguide.kernel.ports import Sample
from opsguide.monitoring.definitions import BUILTINS
from opsguide.monitoring.instruments import POOLS as pools  # noqa: N811
from opsguide.monitoring.instruments import REQUESTS
from opsguide.monitoring.looking import Looker
from opsguide.monitoring.signals import Signal, signal_of
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.exposition import parse
from tests.world import a_promise

PAGES = Path(__file__).parent / "instruments"
START: Instant = 1_790_000_000_000
LIBRARY = "a Prometheus client library"

KEPT = {"ok": 1188, "failed": 12, "all": 1200, "fast": 1188, "p95": 0.09}
BROKEN = {"ok": 1080, "failed": 120, "all": 1200, "fast": 1080, "p95": 0.9}
"""One request in a hundred fails and is slow, or one in ten; counted over two minutes."""

WHOLE = {
    "opentelemetry": "OpenTelemetry",
    "opentelemetry_without_units": "OpenTelemetry (names without units)",
    "opentelemetry_before_2023": "OpenTelemetry (names before 2023)",
    "opentelemetry_before_2023_without_units": "OpenTelemetry (names before 2023, without units)",
    "micrometer": "Micrometer (Spring Boot)",
    "micrometer_percentiles": "Micrometer (Spring Boot)",
    "prometheus_net": "prometheus-net (ASP.NET Core)",
    "django": "django-prometheus",
    "rails": "Yabeda (Rails)",
    "flask": "prometheus-flask-exporter",
    "starlette": "starlette_exporter",
    "client_status": LIBRARY,
    "client_code": LIBRARY,
    "client_status_code": LIBRARY,
    "express_prom_bundle": LIBRARY,
    "istio": "Istio (destination)",
    "istio_gateway": "Istio (source)",
    "ingress_nginx": "ingress-nginx",
    "envoy": "Envoy",
    "envoy_clusters": "Envoy (clusters)",
    "traefik": "Traefik",
    "traefik_entrypoints": "Traefik (entry points)",
    "caddy": "Caddy",
    "nginx_vts": "nginx (module vts)",
}
WITHOUT_TIMES = {
    "haproxy": "HAProxy",
    "nginx_plus": "NGINX Plus",
    "nginx_vts_exporter": "nginx (vts exporter)",
}
WITHOUT_STATUS = {"nginx_stub_status": "nginx (stub_status)", "without_status": LIBRARY}


class Shop:
    """An environment whose pages were scraped as empty counters, and again two minutes later."""

    def __init__(self) -> None:
        self.telemetry, self.now = Embedded(), START
        self.looker = Looker(telemetry=self.telemetry)

    def scraped(
        self, page: str, values: dict[str, float], job: str = "scrape", environment: str = "production"
    ) -> None:
        text = Template((PAGES / f"{page}.prom").read_text(encoding="utf-8")).substitute(values)
        self.kept(parse(text.encode()).samples, job, environment)

    def kept(self, samples: list[Sample], job: str = "scrape", environment: str = "production") -> None:
        target = {"job": job, "instance": job, "environment": environment}
        first = [Sample(sample.labels, 0.0) for sample in samples]
        self.telemetry.ingest(first, START, target)
        self.now = START + 119_000
        self.telemetry.ingest(samples, self.now, target)

    def signal(self, name: str, percentile: float | None = None) -> Signal:
        asyncio.run(self.looker.look([Scoped("production")], self.now))
        return signal_of(
            objective(name, percentile), BINDINGS, "production", 15.0, self.looker.seen(Scoped("production"))
        )

    def value(self, name: str, percentile: float | None = None) -> float | None:
        signal = self.signal(name, percentile)
        assert signal.expression is not None, signal.problem
        found = self.telemetry.instant(signal.expression, self.now)
        return max((sample.value for sample in found), default=None)


def objective(name: str, percentile: float | None = None) -> Promise:
    return a_promise(f"monitoring.objective.{name}", Objective(signal=name, percentile=percentile))


BINDINGS = Bindings()


def shop(page: str, values: dict[str, float]) -> Shop:
    made = Shop()
    made.scraped(page, values)
    return made


@pytest.mark.parametrize(("page", "name"), [*WHOLE.items(), *WITHOUT_TIMES.items()])
def test_errors_are_told_kept_and_broken(page: str, name: str) -> None:
    assert shop(page, KEPT).value("error_rate") == pytest.approx(0.01)
    broken = shop(page, BROKEN)
    assert broken.value("error_rate") == pytest.approx(0.1)
    assert broken.signal("error_rate").name == name


@pytest.mark.parametrize(("page", "name"), WHOLE.items())
def test_response_times_are_told_in_seconds_kept_and_broken(page: str, name: str) -> None:
    kept, broken = shop(page, KEPT), shop(page, BROKEN)
    assert 0 < (kept.value("response_time", 95) or 0) <= 0.1
    assert 0.5 < (broken.value("response_time", 95) or 0) <= 1
    chosen = broken.signal("response_time", 95)
    # prometheus-net names its timer as every library does.
    assert chosen.name == (LIBRARY if page == "prometheus_net" else name)


@pytest.mark.parametrize("page", [*WHOLE, *WITHOUT_TIMES, *WITHOUT_STATUS])
def test_each_request_is_counted_once(page: str) -> None:
    assert shop(page, KEPT).value("request_rate") == pytest.approx(10)


@pytest.mark.parametrize(("page", "name"), [*WITHOUT_TIMES.items(), *WITHOUT_STATUS.items()])
def test_what_is_not_told_is_said_with_what_to_do(page: str, name: str) -> None:
    made = shop(page, KEPT)
    signals = ["response_time"] if page in WITHOUT_TIMES else ["error_rate", "response_time"]
    for one in signals:
        signal = made.signal(one)
        assert signal.expression is None
        assert name in signal.problem
        assert "bind its access log" in signal.problem


def test_every_row_has_a_page() -> None:
    names = {*WHOLE.values(), *WITHOUT_TIMES.values(), *WITHOUT_STATUS.values(), "the access log"}
    assert {row.name for row in REQUESTS} == names
    assert {path.stem for path in PAGES.iterdir()} == {*WHOLE, *WITHOUT_TIMES, *WITHOUT_STATUS}


def test_no_failure_yet_is_an_error_rate_of_zero_and_no_request_is_none() -> None:
    calm = {"ok": 1200, "failed": 0, "all": 1200, "fast": 1200, "p95": 0.09}
    assert shop("opentelemetry", calm).value("error_rate") == 0
    assert shop("opentelemetry", dict.fromkeys(calm, 0)).value("error_rate") is None


# One of several


def test_the_service_is_believed_before_its_proxy_and_the_proxy_before_its_log() -> None:
    made = shop("traefik", BROKEN)
    made.scraped("client_status", BROKEN, job="access_log")
    assert made.signal("error_rate").name == "Traefik"
    made.scraped("opentelemetry", KEPT, job="otlp")
    signal = made.signal("error_rate")
    assert signal.name == "OpenTelemetry"
    assert signal.others == ("Traefik", "Traefik (entry points)", "the access log")
    assert made.value("error_rate") == pytest.approx(0.01)


def test_what_counts_no_request_is_not_believed_while_another_does() -> None:
    made = shop("opentelemetry", dict.fromkeys(KEPT, 0))
    assert made.signal("error_rate").name == "OpenTelemetry"
    made.scraped("traefik", BROKEN, job="proxy")
    signal = made.signal("error_rate")
    assert signal.name == "Traefik"
    assert "OpenTelemetry" in signal.others


def test_the_log_is_not_added_to_the_service_that_uses_the_same_names() -> None:
    made = shop("client_status", KEPT)
    made.scraped("client_status", BROKEN, job="access_log")
    assert made.value("request_rate") == pytest.approx(10)
    assert made.value("error_rate") == pytest.approx(0.01)
    alone = Shop()
    alone.scraped("client_status", BROKEN, job="access_log")
    assert alone.signal("error_rate").name == "the access log"
    assert alone.value("error_rate") == pytest.approx(0.1)


def test_another_environment_chooses_nothing_here() -> None:
    made = Shop()
    made.scraped("opentelemetry", KEPT, environment="staging")
    assert made.signal("error_rate").expression is None
    made.scraped("haproxy", BROKEN, job="haproxy")
    assert made.signal("error_rate").name == "HAProxy"


# Summaries, probes


def test_a_summary_is_used_for_the_percentile_that_it_has_and_no_other() -> None:
    made = shop("client_status_code", KEPT)
    signal = made.signal("response_time", 95)
    assert signal.source == "http_request_duration_seconds"
    assert "cannot be combined" in signal.note
    assert made.signal("response_time", 99).expression is None
    made.scraped("traefik", BROKEN, job="proxy")
    assert made.signal("response_time", 95).source == "http_request_duration_seconds", (
        "the service, before a proxy"
    )
    assert made.signal("response_time", 99).name == "Traefik"


def test_probes_time_what_nothing_else_times_and_say_so() -> None:
    made = shop("nginx_stub_status", KEPT)
    probed = {"job": "probe", "instance": "probe", "environment": "production"}
    for number in range(20):
        made.now = START + 24_000 + number * 5_000
        made.telemetry.ingest([Sample({"__name__": "probe_duration_seconds"}, 0.3)], made.now, probed)
        assert (made.value("response_time", 99) is None) == (number < 19), "a few probes are no percentile"
    signal = made.signal("response_time", 95)
    assert "opsguide's own probes" in signal.note
    assert made.value("response_time", 99) == pytest.approx(0.3)
    made.scraped("traefik", KEPT, job="proxy")
    assert made.signal("response_time", 95).name == "Traefik"


# Pools and queries

POOLS = {
    "HikariCP": """
hikaricp_connections_active{pool="orders"} $used
hikaricp_connections_max{pool="orders"} 10
hikaricp_connections_active{pool="idle"} 0
hikaricp_connections_max{pool="idle"} 90""",
    "OpenTelemetry": """
db_client_connection_count{db_client_connection_pool_name="orders",db_client_connection_state="used"} $used
db_client_connection_count{db_client_connection_pool_name="orders",db_client_connection_state="idle"} 1
db_client_connection_max{db_client_connection_pool_name="orders"} 10""",
    "OpenTelemetry (names before 2024)": """
db_client_connections_usage{pool_name="orders",state="used"} $used
db_client_connections_usage{pool_name="orders",state="idle"} 1
db_client_connections_max{pool_name="orders"} 10""",
    "database/sql (Go)": """
go_sql_in_use_connections{db_name="orders"} $used
go_sql_max_open_connections{db_name="orders"} 10
go_sql_in_use_connections{db_name="unlimited"} 70
go_sql_max_open_connections{db_name="unlimited"} 0""",
    "pgbouncer_exporter": """
pgbouncer_pools_server_active_connections{database="orders",user="shop"} $used
pgbouncer_pools_server_active_connections{database="orders",user="report"} 0
pgbouncer_databases_pool_size{database="orders_db",force_user="",host="db",name="orders",pool_mode="transaction"} 10""",
    "the service": "\ndb_pool_connections_in_use $used\ndb_pool_connections_max 10",
}


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize(("used", "share"), [(5, 0.5), (9, 0.9)])
def test_the_fullest_pool_counts_kept_and_broken(name: str, used: int, share: float) -> None:
    made = Shop()
    made.kept(parse(Template(POOLS[name]).substitute(used=used).encode()).samples)
    assert made.value("pool_utilisation") == pytest.approx(share)
    assert made.signal("pool_utilisation").name == name
    assert made.value("active_connections") == pytest.approx(share)


def test_a_pool_without_its_limit_is_no_utilisation() -> None:
    made = Shop()
    made.kept(parse(b'db_client_connections_usage{pool_name="orders",state="used"} 9').samples)
    assert made.signal("pool_utilisation").expression is None


def test_of_several_pools_the_fullest_is_the_alert() -> None:
    made = Shop()
    for name, used in (("HikariCP", 5), ("database/sql (Go)", 9)):
        made.kept(parse(Template(POOLS[name]).substitute(used=used).encode()).samples, job=name)
    assert made.value("active_connections") == pytest.approx(0.9)


@pytest.mark.parametrize(("fast", "slowest"), [(1188, 0.1), (1080, 1.0)])
@pytest.mark.parametrize(
    "timer",
    [
        "db_client_operation_duration_seconds",
        "db_client_operation_duration",
        "django_db_query_duration_seconds",
    ],
)
def test_query_times_kept_and_broken(timer: str, fast: int, slowest: float) -> None:
    made = Shop()
    page = (
        f'{timer}_bucket{{le="0.1"}} {fast}\n{timer}_bucket{{le="1"}} 1200\n{timer}_bucket{{le="+Inf"}} 1200'
    )
    made.kept(parse(page.encode()).samples)
    value = made.value("query_time", 95)
    assert value is not None
    assert slowest / 2 < value <= slowest


def test_the_reference_names_every_metric() -> None:
    text = (Path(__file__).parents[2] / "docs/reference/signals.md").read_text(encoding="utf-8")
    metrics = [metric for row in REQUESTS for metric in (row.counter, row.timer) if metric]
    metrics += [metric for pool in pools for metric in (pool.used, pool.most)]
    assert [metric for metric in metrics if f"`{metric}`" not in text] == []
    assert [name for name in BUILTINS if f"`{name}`" not in text] == []
