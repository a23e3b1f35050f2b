"""Telemetry against Debian's Prometheus, on the same data in one run: 100,000 series, a sample every 15 s, 120 of each.

Prometheus is filled through its own remote_write receiver, on loopback. Its rules are loaded as a group, of which it
tells how long it took; single queries go through its API. Ours is asked in the process, as its rules are. Without
prometheus on this machine its rows are left out.
"""

import contextlib
import gc
import http.client
import json
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import cramjam
import numpy as np
from numpy.typing import NDArray

from bench.row import Row
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.exposition import Reader
from opsguide.telemetry.intake.remote_write import RemoteWrite

SERVICES, SETS, SAMPLES, EVERY_MS = 1000, 5, 120, 15_000
LE = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf")
CODES = ("200", "201", "204", "302", "400", "404", "500", "503")
PATHS = ("/api/v1/orders", "/api/v1/users", "/login", "/checkout", "/health")
BATCH = 2000
ROUNDS = 5

RATIO = 'sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))'
P95 = "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"


def rules() -> list[str]:
    """A thousand, as a fleet has them: averages, error ratios and quantiles of single services."""
    asked = []
    for service in range(SERVICES):
        of = f'service="svc-{service:04d}"'
        match service % 3:
            case 0:
                asked.append(f"avg by (service) (rate(http_requests_total{{{of}}}[5m])) > 1e9")
            case 1:
                failed = f'sum by (service) (rate(http_requests_total{{{of},code=~"5.."}}[5m]))'
                asked.append(f"{failed} / sum by (service) (rate(http_requests_total{{{of}}}[5m])) > 0.5")
            case _:
                buckets = f"rate(http_request_duration_seconds_bucket{{{of}}}[5m])"
                asked.append(f"histogram_quantile(0.95, sum by (service, le) ({buckets})) > 50")
    return asked


def data() -> tuple[list[dict[str, str]], NDArray[np.float64]]:
    """Labels, and counters by series and sample."""
    random = np.random.default_rng(7)
    labels: list[dict[str, str]] = []
    grown: list[NDArray[np.int64]] = []
    for service in range(SERVICES):
        for one in range(SETS):
            base = {
                "instance": f"10.{service // 250}.{service % 250}.{one // 2}:8080",
                "job": "app",
                "path": PATHS[one],
                "service": f"svc-{service:04d}",
            }
            rate = random.uniform(30, 900)
            for code in CODES:
                labels.append({"__name__": "http_requests_total", "code": code, **base})
            for le in LE:
                labels.append({"__name__": "http_request_duration_seconds_bucket", "le": le, **base})
            served = random.poisson(rate / len(CODES), (len(CODES), SAMPLES))
            timed = np.cumsum(random.poisson(rate / len(LE), (len(LE), SAMPLES)), axis=0)
            grown.append(np.cumsum(np.concatenate([served, timed]), axis=1))
    return labels, np.concatenate(grown).astype(np.float64)


def _varint(number: int) -> bytes:
    said = bytearray()
    while number > 127:
        said.append(number & 127 | 128)
        number >>= 7
    return bytes([*said, number])


def _field(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body


class Requests:
    """remote_write requests of all series: made once, then values and instants are written into them."""

    def __init__(self, labels: list[dict[str, str]]) -> None:
        series = [
            b"".join(
                _field(1, _field(1, name.encode()) + _field(2, value.encode()))
                for name, value in sorted(pairs.items())
            )
            for pairs in labels
        ]
        self._batches = [_batch(series[first : first + BATCH]) for first in range(0, len(series), BATCH)]

    def at(self, values: NDArray[np.float64], at: int) -> Iterator[bytes]:
        instant = np.frombuffer(_varint(at), np.uint8)
        first = 0
        for body, ends in self._batches:
            count = len(ends)
            written = values[first : first + count].view(np.uint8).reshape(count, 8)
            body[ends[:, None] + np.arange(-15, -7)] = written
            body[ends[:, None] + np.arange(-6, 0)] = instant
            first += count
            yield bytes(cramjam.snappy.compress_raw(body.tobytes()))


def _batch(series: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """The bytes of a request, and where each series ends in it."""
    body, ends = bytearray(), []
    for one in series:
        body += _field(1, one + _field(2, b"\x09" + bytes(8) + b"\x10" + bytes(6)))
        ends.append(len(body))
    return np.frombuffer(body, np.uint8).copy(), np.array(ends, np.intp)


class Prometheus:
    """A real one, with an empty folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "prometheus.yml").write_text("rule_files: [rules.yml]\n", encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--web.enable-remote-write-receiver",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        for _ in range(200):
            with contextlib.suppress(OSError):
                if self._ask("GET", "/-/ready")[0] == 200:
                    return
            self._client.close()
            time.sleep(0.1)
        raise RuntimeError("prometheus does not start")

    def write(self, body: bytes) -> None:
        status, said = self._ask("POST", "/api/v1/write", body, {"Content-Encoding": "snappy"})
        assert status < 300, said

    def rules_ms(self, expressions: list[str]) -> float:
        """How long a group of these alerts takes, as it tells: the median of some evaluations."""
        rules = [{"alert": f"a{place}", "expr": rule, "for": "2m"} for place, rule in enumerate(expressions)]
        groups = {"groups": [{"name": "bench", "interval": "5s", "rules": rules}]}
        (self._folder / "rules.yml").write_text(json.dumps(groups), encoding="utf-8")
        self._process.send_signal(signal.SIGHUP)
        took: dict[str, float] = {}
        until = time.monotonic() + 180
        while len(took) < ROUNDS and time.monotonic() < until:
            time.sleep(1)
            said = self._ask("GET", "/metrics")[1].decode()
            numbers = dict(re.findall(r"^prometheus_rule_group_(last_\w+)\{.*\} (\S+)$", said, re.MULTILINE))
            if float(numbers.get("last_duration_seconds", 0)) > 0:
                took[numbers["last_evaluation_timestamp_seconds"]] = float(numbers["last_duration_seconds"])
        return statistics.median(took.values()) * 1000

    def query(self, expression: str, at: int) -> list[float]:
        asked = urllib.parse.urlencode({"query": expression, "time": at / 1000})
        status, said = self._ask("GET", f"/api/v1/query?{asked}")
        assert status == 200, said
        return [float(found["value"][1]) for found in json.loads(said)["data"]["result"]]

    def _ask(
        self, verb: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        self._client.request(verb, path, body, headers or {})
        answer = self._client.getresponse()
        return answer.status, answer.read()

    def stop(self) -> None:
        self._client.close()
        self._process.terminate()
        self._process.wait(timeout=30)


def milliseconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median of some runs."""
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return statistics.median(took) * 1000


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def rows() -> Iterable[Row]:
    """Filled once; then what is asked, by both."""
    yield from _parsed()
    with tempfile.TemporaryDirectory(prefix="opsguide-bench-", dir=_where()) as folder:
        peer = Prometheus(Path(folder)) if shutil.which("prometheus") else None
        try:
            with Embedded(directory=Path(folder) / "ours") as engine:
                yield from _compared(engine, peer)
        finally:
            if peer is not None:
                peer.stop()


def _where() -> str:
    """Beside the build: a real disk, where /tmp may be memory."""
    Path("build").mkdir(exist_ok=True)
    return "build"


def _parsed() -> Iterable[Row]:
    labels, values = data()
    page = "".join(
        pairs["__name__"]
        + "{"
        + ",".join(f'{name}="{value}"' for name, value in pairs.items() if name != "__name__")
        + f"}} {value:.0f}\n"
        for pairs, value in zip(labels, values[:, 0].tolist(), strict=True)
    ).encode()
    reader = Reader()
    reader.read(page)  # the first time a page of this layout is seen
    took = milliseconds(lambda: reader.read(page))
    yield Row("exposition, a page of 100,000 lines", len(labels) / took * 1000, "lines/s", goal=">= 1000000")


def _compared(engine: Embedded, peer: Prometheus | None) -> Iterable[Row]:
    before = resident_mb()
    now = time.time_ns() // 1_000_000
    end = now - now % EVERY_MS
    written = fill(engine, peer, end)
    gc.collect()
    yield Row("remote_write, 100,000 series", written, "samples/s of a core", goal=">= 700000")
    yield Row("resident with 100,000 series", resident_mb() - before, "MB over the start", goal="< 400")
    asked = rules()

    def evaluated(shift: int) -> None:
        for rule in asked:
            engine.instant(rule, end + shift)

    evaluated(0)  # plans are made
    shifts = iter(range(1, 1000))
    took = milliseconds(lambda: evaluated(next(shifts)))
    theirs = None if peer is None else peer.rules_ms(asked)
    yield from _row("1,000 mixed rules", took, theirs, 0.5)
    for name, expression in (("global ratio", RATIO), ("global p95", P95)):
        took = milliseconds(partial(_asked_at, engine, expression, end, shifts))
        theirs = None
        if peer is not None:
            # Not at a sample's own instant: Prometheus 2 takes both ends of a range, Prometheus 3 and we one.
            asked_at = end + 1000
            theirs = milliseconds(partial(peer.query, expression, asked_at))
            ours, peers = (
                [s.value for s in engine.instant(expression, asked_at)],
                peer.query(expression, asked_at),
            )
            assert np.allclose(ours, peers, rtol=1e-6), (ours, peers)
        yield from _row(name, took, theirs, 0.1)


def _asked_at(engine: Embedded, expression: str, end: int, shifts: Iterator[int]) -> None:
    """At an instant of its own: nothing of it is known yet."""
    engine.instant(expression, end + next(shifts))


def _row(name: str, ours: float, theirs: float | None, share: float) -> Iterator[Row]:
    yield Row(name, ours, "ms")
    if theirs is not None:
        told = f"prometheus: {theirs:.3g} ms"
        yield Row(f"{name}, of Prometheus' time", ours / theirs, "", told, theirs / ours, f"< {share}")


def fill(engine: Embedded, peer: Prometheus | None, end: int) -> float:
    """Both get the same. How many samples ours took in a second of CPU."""
    labels, values = data()
    requests = Requests(labels)
    way = RemoteWrite(engine.pushes())
    spent = 0.0
    for column in range(SAMPLES):
        at = end - (SAMPLES - 1 - column) * EVERY_MS
        for body in requests.at(np.ascontiguousarray(values[:, column]), at):
            if peer is not None:
                peer.write(body)
            begun = time.thread_time()
            received = way.receive(body)
            spent += time.thread_time() - begun
            assert not received.refused
    return SAMPLES * len(labels) / spent
