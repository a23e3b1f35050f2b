"""Ways in which services count and time their requests, and know their pools: a table, best first.

To add one: a row in its place, with the page that its names were looked up on, and a page of metrics in
tests/monitoring/instruments/. The order is the rule by which one of several is chosen (docs/reference/signals.md): what
the service says of itself before what a proxy says of it, both before a log; a name that only one library uses before
one that many do. Two of them are never added up: they count the same traffic.
"""

from typing import Literal, NamedTuple, TypeAlias

Side: TypeAlias = Literal["service", "proxy", "log"]


class Requests(NamedTuple):
    """How HTTP requests are counted and timed.

    `counter` counts them; its label `status` says how they ended, and is `failed` (a regular expression) where the
    server failed. `timer` is a histogram or summary, `per_second` of its units a second. `where` are matchers that
    tell these series from others of the name. `repeats` is a label by which one request is counted several times.
    `lacks` says what to do where the status or the time of requests is not told.
    """

    name: str
    side: Side
    counter: str
    status: str = ""
    timer: str = ""
    failed: str = "5.."
    per_second: int = 1
    where: str = ""
    repeats: str = ""
    lacks: str = ""


class Pool(NamedTuple):
    """Connections in use and at most, of each pool that the labels `each` tell apart."""

    name: str
    used: str
    most: str
    each: str = "job, instance"
    where: str = ""


_OTEL = "OpenTelemetry"
_LIBRARY = "a Prometheus client library"
_NOT_THE_LOG = 'job!="access_log"'
_TIMER = "http_request_duration_seconds"
_NO_STATUS = (
    "its counter has none of the labels status, code and status_code: add one, or bind its access log"
)
_NO_BUCKETS = (
    "switch its buckets on: management.metrics.distribution.percentiles-histogram.http.server.requests=true"
)
_STUB_STATUS = "nginx' stub_status tells neither the status nor the time of a request: bind its access log"
_AVERAGES = "it gives averages only, and no percentile is made of those: bind its access log"

REQUESTS: tuple[Requests, ...] = (
    # opentelemetry.io/docs/specs/semconv/http/http-metrics: seconds; named by Prometheus' OTLP translation, whose
    # suffixes a collector may leave out (add_metric_suffixes: false).
    Requests(
        _OTEL,
        "service",
        "http_server_request_duration_seconds_count",
        "http_response_status_code",
        "http_server_request_duration_seconds",
    ),
    Requests(
        f"{_OTEL} (names without units)",
        "service",
        "http_server_request_duration_count",
        "http_response_status_code",
        "http_server_request_duration",
    ),
    # The same before 1.23 (opentelemetry.io/docs/specs/semconv/non-normative/http-migration): milliseconds.
    Requests(
        f"{_OTEL} (names before 2023)",
        "service",
        "http_server_duration_milliseconds_count",
        "http_status_code",
        "http_server_duration_milliseconds",
        per_second=1000,
    ),
    Requests(
        f"{_OTEL} (names before 2023, without units)",
        "service",
        "http_server_duration_count",
        "http_status_code",
        "http_server_duration",
        per_second=1000,
    ),
    # docs.spring.io/spring-boot/reference/actuator/metrics.html: status, and outcome=SERVER_ERROR for the same.
    Requests(
        "Micrometer (Spring Boot)",
        "service",
        "http_server_requests_seconds_count",
        "status",
        "http_server_requests_seconds",
        lacks=_NO_BUCKETS,
    ),
    # github.com/prometheus-net/prometheus-net. ASP.NET Core's own metrics are OpenTelemetry's.
    Requests(
        "prometheus-net (ASP.NET Core)",
        "service",
        "http_requests_received_total",
        "code",
        lacks="switch its histogram http_request_duration_seconds on: UseHttpMetrics",
    ),
    # github.com/django-commons/django-prometheus, middleware.py
    Requests(
        "django-prometheus",
        "service",
        "django_http_responses_total_by_status_total",
        "status",
        "django_http_requests_latency_including_middlewares_seconds",
    ),
    # github.com/yabeda-rb/yabeda-rails
    Requests("Yabeda (Rails)", "service", "rails_requests_total", "status", "rails_request_duration_seconds"),
    # github.com/rycus86/prometheus_flask_exporter
    Requests(
        "prometheus-flask-exporter",
        "service",
        "flask_http_request_total",
        "status",
        "flask_http_request_duration_seconds",
    ),
    # github.com/stephenhillier/starlette_exporter
    Requests(
        "starlette_exporter",
        "service",
        "starlette_requests_total",
        "status_code",
        "starlette_request_duration_seconds",
    ),
    # prometheus.io/docs/practices/naming: what most write by hand, and what promhttp (Go) and
    # prometheus-fastapi-instrumentator ("5xx") write. express-prom-bundle has the timer alone, with status_code.
    *(
        Requests(_LIBRARY, "service", counter, label, _TIMER, where=_NOT_THE_LOG)
        for counter in ("http_requests_total", f"{_TIMER}_count")
        for label in ("status", "code", "status_code")
    ),
    *(
        Requests(_LIBRARY, "service", counter, timer=_TIMER, where=_NOT_THE_LOG, lacks=_NO_STATUS)
        for counter in ("http_requests_total", f"{_TIMER}_count")
    ),
    # istio.io/latest/docs/reference/config/metrics: both ends of a call report it.
    *(
        Requests(
            f"Istio ({end})",
            "proxy",
            "istio_requests_total",
            "response_code",
            "istio_request_duration_milliseconds",
            per_second=1000,
            where=f'reporter="{end}"',
        )
        for end in ("destination", "source")
    ),
    # kubernetes.github.io/ingress-nginx/user-guide/monitoring
    Requests(
        "ingress-nginx",
        "proxy",
        "nginx_ingress_controller_requests",
        "status",
        "nginx_ingress_controller_request_duration_seconds",
    ),
    # envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/stats, …/upstream/cluster_manager/cluster_stats
    Requests(
        "Envoy",
        "proxy",
        "envoy_http_downstream_rq_xx",
        "envoy_response_code_class",
        "envoy_http_downstream_rq_time",
        failed="5",
        per_second=1000,
        where='envoy_http_conn_manager_prefix!="admin"',
    ),
    Requests(
        "Envoy (clusters)",
        "proxy",
        "envoy_cluster_upstream_rq_xx",
        "envoy_response_code_class",
        "envoy_cluster_upstream_rq_time",
        failed="5",
        per_second=1000,
    ),
    # doc.traefik.io/traefik/observability/metrics/overview
    Requests(
        "Traefik",
        "proxy",
        "traefik_service_requests_total",
        "code",
        "traefik_service_request_duration_seconds",
    ),
    Requests(
        "Traefik (entry points)",
        "proxy",
        "traefik_entrypoint_requests_total",
        "code",
        "traefik_entrypoint_request_duration_seconds",
        where='entrypoint!~"traefik|metrics"',
    ),
    # caddyserver.com/docs/metrics: each handler that a request passes counts it.
    Requests(
        "Caddy",
        "proxy",
        "caddy_http_request_duration_seconds_count",
        "code",
        "caddy_http_request_duration_seconds",
        repeats="handler",
    ),
    # haproxy.com/documentation: the exporter that HAProxy has built in.
    Requests("HAProxy", "proxy", "haproxy_frontend_http_responses_total", "code", lacks=_AVERAGES),
    # github.com/nginx/nginx-prometheus-exporter
    Requests("NGINX Plus", "proxy", "nginxplus_server_zone_responses", "code", lacks=_AVERAGES),
    # github.com/vozlt/nginx-module-vts, and its exporter; host="*" is the sum of the others.
    Requests(
        "nginx (module vts)",
        "proxy",
        "nginx_vts_server_requests_total",
        "code",
        "nginx_vts_server_request_duration_seconds",
        where='host!="*"',
        lacks="switch its histogram on: vhost_traffic_status_histogram_buckets",
    ),
    Requests(
        "nginx (vts exporter)",
        "proxy",
        "nginx_server_requests",
        "code",
        where='host!="*", code!="total"',
        lacks=_AVERAGES,
    ),
    Requests("nginx (stub_status)", "proxy", "nginx_http_requests_total", lacks=_STUB_STATUS),
    # telemetry/intake/access_log.py
    Requests(
        "the access log",
        "log",
        "http_requests_total",
        "status",
        _TIMER,
        where='job="access_log"',
        lacks="its lines have no duration: add one to the log's format",
    ),
)

POOLS: tuple[Pool, ...] = (
    Pool("the service", "db_pool_connections_in_use", "db_pool_connections_max"),
    # github.com/brettwooldridge/HikariCP, metrics/micrometer/MicrometerMetricsTracker.java
    Pool("HikariCP", "hikaricp_connections_active", "hikaricp_connections_max", "job, instance, pool"),
    # opentelemetry.io/docs/specs/semconv/database/database-metrics, and the same before 1.26
    Pool(
        _OTEL,
        "db_client_connection_count",
        "db_client_connection_max",
        "job, instance, db_client_connection_pool_name",
        'db_client_connection_state="used"',
    ),
    Pool(
        f"{_OTEL} (names before 2024)",
        "db_client_connections_usage",
        "db_client_connections_max",
        "job, instance, pool_name",
        'state="used"',
    ),
    # github.com/prometheus/client_golang, collectors/dbstats_collector.go: 0 is no limit
    Pool(
        "database/sql (Go)",
        "go_sql_in_use_connections",
        "go_sql_max_open_connections",
        "job, instance, db_name",
    ),
)

QUERY_TIMERS: tuple[tuple[str, str], ...] = (
    ("the service", "db_query_duration_seconds"),
    # opentelemetry.io/docs/specs/semconv/database/database-metrics
    (_OTEL, "db_client_operation_duration_seconds"),
    (f"{_OTEL} (names without units)", "db_client_operation_duration"),
    # github.com/django-commons/django-prometheus, db/metrics.py
    ("django-prometheus", "django_db_query_duration_seconds"),
)
"""Histograms of the time that queries take, in seconds."""
