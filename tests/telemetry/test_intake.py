"""What others send, by the real senders where there are any: OpenTelemetry's SDK, remote_write's bytes, log files."""

import contextlib
import gzip
import json
import math
import struct
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

from opsguide.kernel.allowance import Allowance, Allowances
from opsguide.service.kept import KeptTable
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.intake.access_log import AccessLog, Tail
from opsguide.telemetry.intake.counted import Counted, Counts
from opsguide.telemetry.intake.histogram import LogHistogram
from opsguide.telemetry.intake.otlp import Otlp, prometheus_name
from opsguide.telemetry.intake.received import Unreadable
from opsguide.telemetry.intake.remote_write import RemoteWrite
from opsguide.telemetry.intake.vitals import Vitals
from opsguide.telemetry.metadata import Metadata
from opsguide.telemetry.store import Limits
from tests.web.served import Served, harbour
from tests.world import HandClock

BASE = "http://127.0.0.1:8470"
START = 1_790_000_000_000


# remote_write ------------------------------------------------------------------------------------------------------


def varint(number: int) -> bytes:
    said = bytearray()
    while number > 127:
        said.append(number & 127 | 128)
        number >>= 7
    return bytes([*said, number])


def field(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def series(labels: dict[str, str], *samples: tuple[float, int], extra: bytes = b"") -> bytes:
    said = b"".join(
        field(1, field(1, name.encode()) + field(2, value.encode())) for name, value in labels.items()
    )
    for value, at in samples:
        said += field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(at & (2**64 - 1)))
    return field(1, said + extra)


def packed(*all_series: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(b"".join(all_series)))


A = {"__name__": "a_total", "job": "app", "instance": "one"}
STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


def value(engine: Embedded, expression: str, at: int = START + 60_000) -> list[tuple[dict[str, str], float]]:
    return [(sample.labels, sample.value) for sample in engine.instant(expression, at)]


def test_what_prometheus_sends_is_read() -> None:
    engine = Embedded()
    way = RemoteWrite(engine.pushes(), (("environment", "production"),))
    for index in range(3):
        body = packed(series(A, (10.0 * index, START + index * 15_000)))
        assert way.receive(body).taken == 1
    assert value(engine, "a_total") == [({**A, "environment": "production"}, 20.0)]
    assert value(engine, "count_over_time(a_total[5m])")[0][1] == 3.0


def test_what_prometheus_says_of_its_metrics_is_remembered() -> None:
    engine = Embedded()
    way = RemoteWrite(engine.pushes(), (), engine.catalogue)
    of_a = field(3, b"\x08\x01" + field(2, b"a_total") + field(4, b"All of A.") + field(5, b"seconds"))
    of_b = field(3, b"\x08\x63" + field(2, b"b"))
    assert way.receive(packed(series(A, (1.0, START)), of_a, of_b)).taken == 1
    assert engine.catalogue.all() == {
        "a_total": Metadata("counter", "All of A.", "seconds"),
        "b": Metadata("unknown", "", ""),
    }


def test_several_samples_of_a_series_no_samples_and_the_end_of_one() -> None:
    engine = Embedded()
    way = RemoteWrite(engine.pushes())
    many = [(float(index), START + index * 1000) for index in range(5)]
    body = packed(series(A, *many), series({"__name__": "b"}), series({"__name__": "c"}, (1.0, START)))
    assert way.receive(body).taken == 6
    assert value(engine, "a_total") == [(A, 4.0)]
    assert way.receive(packed(series({"__name__": "c"}, (STALE, START + 15_000)))).taken == 1
    assert value(engine, "c") == []
    assert way.receive(packed(series(A, (math.nan, START + 20_000)))).taken == 1
    assert math.isnan(value(engine, "a_total")[0][1])


def test_instants_before_1970_and_zero_are_no_usual_samples_and_read_all_the_same() -> None:
    engine = Embedded()
    way = RemoteWrite(engine.pushes())
    assert way.receive(packed(series(A, (1.0, -60_000)))).taken == 1
    assert way.receive(packed(series(A, (2.0, 5)))).taken == 1
    assert value(engine, "a_total", 5) == [(A, 2.0)]


def test_what_is_not_kept_is_said() -> None:
    engine = Embedded(Limits(series=1))
    way = RemoteWrite(engine.pushes())
    body = packed(
        series(A, (1.0, START)),
        series({"__name__": "b"}, (1.0, START)),
        series({"__name__": "h"}, extra=field(4, b"")),
        series({"__name__": "c", "long": "x" * 5000}, (1.0, START)),
    )
    received = way.receive(body)
    assert received.taken == 1
    assert received.refused == {"series limit": 1, "native histogram": 1, "label limit": 1}
    late = way.receive(packed(series(A, (1.0, START - 60_000))))
    assert (late.taken, late.refused) == (0, {"out of order": 1})
    assert engine.status().refused == {**received.refused, **late.refused}


def test_a_series_that_is_gone_is_not_taken_for_another() -> None:
    """The bytes that a sender's series was known by are forgotten with its number."""
    engine = Embedded(Limits(retention_seconds=100))
    way = RemoteWrite(engine.pushes())
    way.receive(packed(series(A, (1.0, START))))
    for index in range(1, 200):
        way.receive(packed(series({"__name__": "b", "job": "x"}, (float(index), START + index * 15_000))))
    end = START + 200 * 15_000
    way.receive(packed(series(A, (7.0, end))))
    assert value(engine, "a_total", end) == [(A, 7.0)]
    assert value(engine, "b", end)[0][1] == 199.0


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", bytes(cramjam.snappy.compress_raw(b"\xff\xff\xff")), b"\xff\xff\xff\xff\x0f" + b"x"],
)
def test_what_is_no_remote_write_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        RemoteWrite(Embedded().pushes()).receive(body)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_crash(body: bytes) -> None:
    way = RemoteWrite(Embedded().pushes())
    for data in (body, bytes(cramjam.snappy.compress_raw(body)), packed(field(1, body))):
        with contextlib.suppress(Unreadable):
            way.receive(data)


# OTLP, sent by the real SDK ----------------------------------------------------------------------------------------


class Collector:
    """Keeps what an exporter posts, and answers what the engine answers."""

    def __init__(self, way: Otlp) -> None:
        collector = self
        self.types: list[tuple[str, str]] = []
        self.rejected: list[dict[str, int]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                packing = self.headers.get("content-encoding", "")
                collector.types.append((self.headers["content-type"], packing))
                body = gzip.decompress(body) if packing == "gzip" else body
                received, answer = way.receive(body, as_json=False)
                collector.rejected.append(received.refused)
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1/metrics"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def engine() -> Embedded:
    return Embedded()


@pytest.fixture
def collector(engine: Embedded) -> Iterator[Collector]:
    opened = Collector(Otlp(engine.pushes(), engine.catalogue, (("environment", "production"),)))
    yield opened
    opened.close()


SERVICE = Resource.create(
    {
        "service.name": "checkout",
        "service.namespace": "shop",
        "service.instance.id": "pod-1",
        "cloud.region": "eu",
    }
)
OF_SERVICE = {"job": "shop/checkout", "instance": "pod-1", "environment": "production"}


def provider(url: str, *, delta: bool = False, views: tuple[View, ...] = ()) -> MeterProvider:
    preferred = AggregationTemporality.DELTA if delta else AggregationTemporality.CUMULATIVE
    exporter = OTLPMetricExporter(
        endpoint=url,
        compression=Compression.Gzip,
        preferred_temporality={Counter: preferred, Histogram: preferred},
    )
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=math.inf)
    return MeterProvider([reader], SERVICE, views=views)


@pytest.mark.parametrize("delta", [False, True])
def test_the_sdk_of_opentelemetry(engine: Embedded, collector: Collector, delta: bool) -> None:
    made = provider(collector.url, delta=delta)
    meter = made.get_meter("app")
    requests = meter.create_counter("http.server.requests", description="Requests served.")
    seconds = meter.create_histogram(
        "http.server.request.duration", "s", explicit_bucket_boundaries_advisory=[0.1, 0.5]
    )
    open_ones = meter.create_up_down_counter("db.connections")
    load = meter.create_gauge("load", "1")
    for _ in range(3):
        requests.add(5, {"http.response.status_code": 200})
        for took in (0.05, 0.2, 3.0):
            seconds.record(took, {"http.request.method": "GET"})
        open_ones.add(2)
        load.set(0.75)
        made.force_flush()
        time.sleep(0.002)  # exports of one millisecond would be one instant
    made.shutdown()
    now = time.time_ns() // 1_000_000
    assert collector.types[0] == ("application/x-protobuf", "gzip")
    labels = {**OF_SERVICE, "http_response_status_code": "200"}
    assert value(engine, "http_server_requests_total", now) == [
        ({**labels, "__name__": "http_server_requests_total"}, 15.0)
    ]
    buckets = value(engine, "http_server_request_duration_seconds_bucket", now)
    assert {labels["le"]: count for labels, count in buckets} == {"0.1": 3.0, "0.5": 6.0, "+Inf": 9.0}
    assert value(engine, "http_server_request_duration_seconds_count", now)[0][1] == 9.0
    assert value(engine, "http_server_request_duration_seconds_sum", now)[0][1] == pytest.approx(9.75)
    assert value(engine, "db_connections", now)[0][1] == 6.0
    assert value(engine, "load_ratio", now)[0][1] == 0.75
    assert value(engine, 'target_info{cloud_region="eu"}', now)[0][1] == 1.0
    assert engine.metadata()["http_server_requests_total"].help == "Requests served."


def test_exponential_histograms_are_keptand_not_kept(engine: Embedded, collector: Collector) -> None:
    view = View(instrument_name="latency", aggregation=ExponentialBucketHistogramAggregation())
    made = provider(collector.url, views=(view,))
    made.get_meter("app").create_histogram("latency").record(1.0)
    made.force_flush()
    made.shutdown()
    assert {"exponential histogram": 1} in collector.rejected
    assert engine.status().refused == {"exponential histogram": 1}


@pytest.mark.parametrize(
    ("name", "unit", "counter", "gauge", "expected"),
    [
        ("http.server.request.duration", "s", False, False, "http_server_request_duration_seconds"),
        ("jvm.memory.used", "By", False, True, "jvm_memory_used_bytes"),
        ("requests", "{request}", True, False, "requests_total"),
        ("io_total", "By", True, False, "io_bytes_total"),
        ("cpu.utilization", "1", False, True, "cpu_utilization_ratio"),
        ("speed", "m/s", False, True, "speed_meters_per_second"),
        ("temperature_celsius", "Cel", False, True, "temperature_celsius"),
        ("3d.views", "", True, False, "_3d_views_total"),
    ],
)
def test_names_are_those_that_prometheus_gives(
    name: str, unit: str, counter: bool, gauge: bool, expected: str
) -> None:
    assert prometheus_name(name, unit, counter=counter, gauge=gauge) == expected


# Access logs -------------------------------------------------------------------------------------------------------

NGINX = b'203.0.113.9 - - [26/Nov/2026:04:12:01 +0000] "GET /a?b=c HTTP/1.1" 200 512 "-" "curl/8.5" 0.250\n'
APACHE = (
    b'::1 - ana [26/Nov/2026:04:12:01 +0000] "POST /cart HTTP/1.1" 503 - "https://x/" "a \\"b\\"" 1500000\n'
)
COMMON = b'10.0.0.1 - - [26/Nov/2026:04:12:01 +0000] "GET / HTTP/1.0" 304 0\n'
NAMED = b'10.0.0.1 - - [26/Nov/2026:04:12:01 +0000] "PUT / HTTP/2.0" 201 9 "-" "x" rt=0.125 uct="0.001"\n'
JSON = b'{"time": "2026-11-26T04:12:01Z", "request_method": "get", "status": "404", "request_time": "0.5"}\n'
NUMBERS = b'{"method": "GET", "status": 500, "duration_ms": 40, "path": "/"}\n'


def counted(log: AccessLog) -> dict[tuple[str, str], float]:
    return {
        (sample.labels["method"], sample.labels["status"]): sample.value
        for sample in log.samples()
        if sample.labels["__name__"] == "http_requests_total"
    }


def one(log: AccessLog, name: str, **labels: str) -> float:
    (found,) = (s for s in log.samples() if s.labels == {"__name__": name, **labels})
    return found.value


def test_lines_of_nginx_apache_and_json() -> None:
    log = AccessLog()
    assert log.feed(NGINX + APACHE + COMMON + NAMED + JSON + NUMBERS) == 6
    assert counted(log) == {
        ("GET", "200"): 1,
        ("POST", "503"): 1,
        ("GET", "304"): 1,
        ("PUT", "201"): 1,
        ("GET", "404"): 1,
        ("GET", "500"): 1,
    }
    assert one(log, "http_request_duration_seconds_count") == 5
    assert one(log, "http_request_duration_seconds_sum") == pytest.approx(0.25 + 1.5 + 0.125 + 0.5 + 0.04)


def test_lines_of_traefik_and_caddy() -> None:
    log = AccessLog()
    traefik = b'{"RequestMethod": "POST", "DownstreamStatus": 502, "Duration": 250000000}\n'
    caddy = b'{"request": {"method": "GET", "uri": "/"}, "status": 200, "duration": 0.5}\n'
    assert log.feed(traefik + caddy) == 2
    assert counted(log) == {("POST", "502"): 1, ("GET", "200"): 1}
    assert one(log, "http_request_duration_seconds_sum") == pytest.approx(0.75)


def test_what_is_no_request_is_counted() -> None:
    log = AccessLog()
    handshake = b'1.2.3.4 - - [26/Nov/2026:04:12:01 +0000] "\\x16\\x03\\x01" 400 157 "-" "-"\n'
    odd = b'1.2.3.4 - - [26/Nov/2026:04:12:01 +0000] "BREW / HTTP/1.1" 200 1\n'
    assert log.feed(handshake + odd + b"\nnothing\n{}\n{broken\n[]\n") == 2
    assert counted(log) == {("OTHER", "400"): 1, ("OTHER", "200"): 1}
    assert one(log, "access_log_lines_total", result="unreadable") == 4


@given(st.binary(max_size=300))
def test_no_line_makes_it_crash(line: bytes) -> None:
    AccessLog().feed(line)
    AccessLog().feed(b'1 - - [x] "GET ' + line)
    AccessLog().feed(b'{"status": 200, "x": "' + line)


def test_quantiles_of_its_buckets_are_right_within_a_few_per_cent(engine: Embedded) -> None:
    histogram = LogHistogram()
    durations = [0.001 * 1.01**index for index in range(800)]
    for took in durations:
        histogram.observe(took)
    engine.ingest(list(histogram.samples("d", {})), START, {})
    found = value(engine, "histogram_quantile(0.95, d_bucket)")[0][1]
    assert found == pytest.approx(sorted(durations)[760], rel=0.01)


def test_a_file_is_followed_over_both_ways_of_rotation(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(b"before\n")
    tail = Tail(path)
    assert tail.read() == b"", "what was there before is history"
    with path.open("ab") as writer:
        writer.write(b"one\ntw")
        writer.flush()
        assert tail.read() == b"one\n"
        writer.write(b"o\n")
        writer.flush()
        path.rename(tmp_path / "access.log.1")
        writer.write(b"late\n")
        writer.flush()
        assert tail.read() == b"two\nlate\n"
        path.write_bytes(b"three\n")
        writer.write(b"later\n")
        writer.flush()
        assert tail.read() == b"later\nthree\n"
    path.write_bytes(b"4\n")  # emptied in place, as copytruncate does
    assert tail.read() == b"4\n"
    tail.close()


def test_one_who_sends_too_much_takes_nothing_from_the_others() -> None:
    of = Allowances(1.0, 3.0, known=2)
    assert [of.take("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert of.take("b", 0.0)
    assert of.take("a", 1.0), "one more each second"
    assert of.take("c", 1.0)
    assert of.take("b", 1.0), "who was forgotten begins anew"


def test_a_clock_that_was_set_back_takes_nothing_away() -> None:
    one = Allowance(1.0, 2.0)
    assert one.take(10_000.0)
    assert one.take(5_000.0)
    assert (one.take(5_000.0), one.wait) == (False, 1.0)
    assert one.take(5_001.0)


# Web vitals --------------------------------------------------------------------------------------------------------


def test_beacons_of_the_web_vitals_package() -> None:
    vitals = Vitals()
    assert vitals.receive(
        json.dumps({"name": "LCP", "value": 1800.5, "rating": "good", "id": "v4-1"}).encode()
    )
    assert (
        vitals.receive(json.dumps([{"name": "CLS", "value": 0.02}, {"name": "FOO", "value": 1}]).encode())
        == 1
    )
    found = {
        (s.labels["__name__"], s.labels.get("le", s.labels.get("rating", ""))): s.value
        for s in vitals.samples()
    }
    assert found["web_vitals_lcp_seconds_count", ""] == 1
    assert found["web_vitals_lcp_seconds_sum", ""] == pytest.approx(1.8005)
    assert found["web_vitals_cls_bucket", "+Inf"] == 1
    assert found["web_vitals_total", "good"] == 1
    assert found["web_vitals_total", "unrated"] == 1


@pytest.mark.parametrize(
    "body", [b"", b"[", b'{"name": 1}', b"\xff", json.dumps([{"name": "x", "value": 1}] * 51).encode()]
)
def test_bad_beacons_are_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        Vitals().receive(body)


# The doors ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def served() -> Served:
    return harbour()


@pytest.fixture
def client(served: Served) -> Iterator[TestClient[Any]]:
    with TestClient(served.app, base_url=BASE) as opened:
        yield opened


def test_samples_come_in_by_address_and_get_its_labels(served: Served, client: TestClient[Any]) -> None:
    now = served.now()
    sent = client.post("/prometheus/api/v1/write?tenant=red", content=packed(series(A, (1.0, now))))
    assert sent.status_code == 204
    assert value(served.telemetry, "a_total", now) == [
        ({**A, "environment": "production", "tenant": "red"}, 1.0)
    ]
    again = client.post("/prometheus/api/v1/write?tenant=red", content=packed(series(A, (1.0, now))))
    assert (again.status_code, again.text) == (400, "0 samples were taken; refused: 1 out of order")
    assert client.post("/prometheus/api/v1/write", content=b"x").status_code == 400


def test_a_remote_write_that_is_not_1_0_is_told_what_is(served: Served, client: TestClient[Any]) -> None:
    """415 makes a Prometheus that prefers 2.0 fall back, as the specification says; nothing is taken."""
    body = packed(series(A, (1.0, served.now())))
    url = "/prometheus/api/v1/write"
    for headers in (
        {"content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"},
        {"content-encoding": "zstd"},
    ):
        refused = client.post(url, content=body, headers=headers)
        assert refused.status_code == 415
        assert "send" in refused.text
    assert value(served.telemetry, "a_total", served.now()) == []
    said = {
        "content-type": "application/x-protobuf;proto=prometheus.WriteRequest",
        "content-encoding": "snappy",
        "x-prometheus-remote-write-version": "0.1.0",
    }
    assert client.post(url, content=body, headers=said).status_code == 204
    large = client.post(url, content=b"x" * (32 * 2**20 + 1))
    assert large.status_code == 413


def test_otlp_in_json_packed_and_not(served: Served, client: TestClient[Any]) -> None:
    now = served.now()
    point = {"asInt": "7", "timeUnixNano": str(now * 1_000_000)}
    metric = {
        "name": "jobs",
        "sum": {"dataPoints": [point], "isMonotonic": True, "aggregationTemporality": 2},
    }
    body = json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).encode()
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    sent = client.post("/otlp/v1/metrics", content=gzip.compress(body), headers=headers)
    assert (sent.status_code, sent.json()) == (200, {})
    assert value(served.telemetry, "jobs_total", now)[0][1] == 7.0
    sent = client.post("/otlp/v1/metrics", content=body, headers={"content-type": "application/json"})
    assert sent.json()["partialSuccess"]["errorMessage"] == "2 out of order"
    assert client.post("/otlp/v1/metrics", content=b"\xff").status_code == 400
    bomb = gzip.compress(b"0" * (65 * 2**20))
    assert client.post("/otlp/v1/metrics", content=bomb, headers=headers).status_code == 400


def test_logs_and_beacons_become_samples(served: Served, client: TestClient[Any]) -> None:
    assert client.post("/logs/access", content=NGINX + APACHE).text == "2 lines were read\n"
    assert client.post("/beacons/vitals", content=b'{"name": "INP", "value": 120}').status_code == 204
    assert client.post("/beacons/vitals", content=b"{").status_code == 400
    served.intake.counted.flush()
    found = value(
        served.telemetry, 'sum(http_requests_total{environment="production", job="access_log"})', served.now()
    )
    assert found == [({}, 2.0)]
    assert value(served.telemetry, "web_vitals_inp_seconds_count", served.now())[0][1] == 1.0


def test_what_was_keptoutlives_a_kill(tmp_path: Path) -> None:
    table, now = KeptTable(tmp_path / "counts.json", Counts), HandClock().now
    kept = Counted(Embedded(), now, table)
    kept.lines((("environment", "production"),), NGINX + APACHE)
    kept.beacons((("environment", "production"),), b'{"name": "INP", "value": 120, "rating": "good"}')
    kept.keep()
    engine = Embedded()
    Counted(engine, now, table)
    assert value(engine, 'sum(http_requests_total{job="access_log"})', now()) == [({}, 2.0)]
    assert value(engine, "web_vitals_inp_seconds_count", now())[0][1] == 1.0
    assert value(engine, 'web_vitals_total{rating="good"}', now())[0][1] == 1.0


def test_a_full_disk_makes_senders_wait(served: Served, client: TestClient[Any]) -> None:
    served.telemetry._store.full = True
    sent = client.post("/prometheus/api/v1/write", content=packed(series(A, (1.0, served.now()))))
    assert sent.status_code == 503
