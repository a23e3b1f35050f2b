"""Two newcomers, from `opsguide init` to a page: one has an app with OpenTelemetry, one has only an access log."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from tests.guide.terminal import terminal
from tests.service.scene import Opsguide, Phone, Quiet, Target, eventually

ERRORS, P95 = "monitoring.alert.high_error_rate", "monitoring.objective.response_time.p95"
UPTIME = "monitoring.objective.availability"
pytestmark = pytest.mark.slow


class Shop:
    """A service that answers, slowly or with 500 where it is told to; `seen` is told of each request."""

    def __init__(self, port: int = 0) -> None:
        self.status, self.wait = 200, 0.0
        shop = self

        class Handler(Quiet):
            def do_GET(self) -> None:  # noqa: N802
                began = time.perf_counter()
                time.sleep(shop.wait)
                self.answer(shop.status)
                shop.seen(shop.status, time.perf_counter() - began)

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def seen(self, status: int, seconds: float) -> None:
        """What an instrumentation would record."""

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Visitors:
    """Ask for a page, again and again, until they are closed."""

    def __init__(self, url: str) -> None:
        self._url, self._left = url, threading.Event()
        self._thread = threading.Thread(target=self._visit)
        self._thread.start()

    def _visit(self) -> None:
        with httpx.Client(timeout=5) as client:
            while not self._left.wait(0.02):
                with contextlib.suppress(httpx.HTTPError):
                    client.get(self._url)

    def close(self) -> None:
        self._left.set()
        self._thread.join()


class Measured(Shop):
    """With OpenTelemetry's SDK, as its semantic conventions say."""

    def __init__(self) -> None:
        super().__init__()
        self.provider: MeterProvider | None = None

    def export_to(self, endpoint: str, headers: dict[str, str]) -> None:
        exporter = OTLPMetricExporter(endpoint, headers=headers, compression=Compression.Gzip)
        reader = PeriodicExportingMetricReader(exporter, export_interval_millis=500)
        resource = Resource({"service.name": "shop", "service.instance.id": "shop-1"})
        self.provider = MeterProvider([reader], resource)
        meter = self.provider.get_meter("shop")
        self._duration = meter.create_histogram(
            "http.server.request.duration",
            "s",
            explicit_bucket_boundaries_advisory=[0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
        )

    def seen(self, status: int, seconds: float) -> None:
        if self.provider is not None:
            of: dict[str, str | int] = {
                "http.request.method": "GET",
                "http.response.status_code": status,
                "http.route": "/",
            }
            self._duration.record(seconds, of)

    def close(self) -> None:
        super().close()
        provider, self.provider = self.provider, None
        if provider is not None:
            provider.shutdown()


class Nginx:
    """Debian's, in front of a service: `log` is the combined format, which is what one has."""

    def __init__(self, folder: Path, upstream: str) -> None:
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        assert program is not None, "make setup installs it"
        self.log, self.port = folder / "access.log", _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        config = folder / "nginx.conf"
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        config.write_text(
            f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
            f"events {{}}\nhttp {{ {temporary}\n"
            f"access_log {self.log} combined; server {{ listen 127.0.0.1:{self.port};\n"
            f"location / {{ proxy_pass {upstream}; }} }} }}\n"
        )
        self._process = subprocess.Popen(
            [program, "-e", str(folder / "error.log"), "-c", str(config)], stderr=subprocess.DEVNULL
        )
        eventually(self._answers, "nginx answers")

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(self.url).status_code == 200
        return False

    def rotate(self) -> None:
        """As logrotate does."""
        self.log.rename(self.log.with_suffix(".log.1"))
        self._process.send_signal(signal.SIGUSR1)
        eventually(self.log.exists, "nginx opens its log again")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def phone() -> Iterator[Phone]:
    made = Phone()
    yield made
    made.close()


def interviewed(folder: Path, url: str, metrics: str) -> None:
    """`opsguide init`, answered by somebody who knows where the service is and how Ana is told."""
    answers = {
        "What is the service called?": "shop",
        "Where is production?": url,
        "Where are the metrics of production?": metrics,
        "Who is @core-platform?": "ana",
        "How is ana told?": "env:NEWCOMERS_PHONE",
        "Who is @core-frontend?": "1",
    }
    with terminal("init", "guide.md", "--prometheus=1", prompt="> ", folder=folder) as person:
        for _ in answers:
            shown = person.question().replace("\r\n", "\n")
            person.type(next(answer for title, answer in answers.items() if title in shown) + "\n")
        status, said = person.end()
    assert status == 0, said


@contextlib.contextmanager
def newcomer(folder: Path, url: str, metrics: str, phone: Phone) -> Iterator[Opsguide]:
    """opsguide, bound by its own interview; only looked at more often than anybody needs."""
    ops = Opsguide(folder, Target(), phone)
    ops.bindings.unlink()
    interviewed(folder, url, metrics)
    text = ops.bindings.read_text()
    assert "\n[environments.production]\n" in text
    ops.bindings.write_text(
        text.replace("[environments.production]\n", '[environments.production]\nevery = "500ms"\n')
    )
    os.environ["NEWCOMERS_PHONE"] = phone.url
    ops.start()
    try:
        yield ops
    finally:
        ops.stop()
        del os.environ["NEWCOMERS_PHONE"]


def is_kept(ops: Opsguide, promise: str) -> bool:
    return ops.standing(promise) == "kept"


def test_an_app_with_opentelemetry(tmp_path: Path, phone: Phone) -> None:
    shop = Measured()
    visitors = Visitors(shop.url)
    try:
        with newcomer(tmp_path, shop.url, "pushed", phone) as ops:
            shop.export_to(f"{ops.url}/otlp/v1/metrics", ops.local)
            for promise in (ERRORS, P95, UPTIME):
                eventually(partial(is_kept, ops, promise), f"{promise} is kept")
            signal = ops.get("/api/v1/signals/error_rate").json()
            assert (signal["instrument"], signal["value"]) == ("OpenTelemetry", 0.0)
            assert "OpenTelemetry" in ops.get("/signals").text
            shop.status, shop.wait = 500, 0.3
            eventually(lambda: ops.standing(ERRORS) == "broken", "the alert fires")
            eventually(lambda: ops.standing(P95) == "broken", "the slow answers are seen")
            eventually(lambda: phone.rang, "the phone rings")
            shop.status, shop.wait = 200, 0.0
            for promise in (ERRORS, P95):
                eventually(partial(is_kept, ops, promise), f"{promise} heals", within=90)
            shop.close()
            eventually(lambda: any("is down" in page["title"] for page in phone.rang), "the app is killed")
            eventually(lambda: ops.standing(UPTIME) == "at_risk", "its budget is spent meanwhile")
    finally:
        visitors.close()
        shop.close()


def test_a_service_that_only_has_an_access_log(tmp_path: Path, phone: Phone) -> None:
    shop = Shop()
    nginx = Nginx(tmp_path, shop.url)
    visitors = Visitors(nginx.url)
    try:
        with newcomer(tmp_path, nginx.url, str(nginx.log), phone) as ops:
            for promise in (ERRORS, P95, UPTIME):
                eventually(partial(is_kept, ops, promise), f"{promise} is kept")
            errors = ops.get("/api/v1/signals/error_rate").json()
            times = ops.get("/api/v1/signals/p95_response_time").json()
            assert errors["instrument"] == "the access log"
            assert "opsguide's own probes" in times["note"], "the combined format has no times"
            shop.close()
            eventually(lambda: ops.standing(ERRORS) == "broken", "nginx' 502 make the alert fire")
            eventually(lambda: phone.rang, "the phone rings")
            shop = Shop(shop.server.server_port)
            eventually(partial(is_kept, ops, ERRORS), "the service is back", within=90)
            nginx.rotate()
            shop.status = 500
            eventually(lambda: ops.standing(ERRORS) == "broken", "errors are seen in the new log")
    finally:
        visitors.close()
        nginx.close()
        with contextlib.suppress(OSError):
            shop.close()
