"""Debian's Prometheus against our API, on the served application: promtool asks, the server sends by remote_write."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn

from opsguide.kernel.ports import Sample
from tests.web.served import Served, harbour

PROMTOOL, PROMETHEUS = shutil.which("promtool"), shutil.which("prometheus")


@pytest_asyncio.fixture
async def address() -> AsyncIterator[str]:
    """Where a served application with a quarter of an hour of a counter answers."""
    served = harbour()
    _fill(served)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(served.app, log_config=None, lifespan="on"))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag, and no event
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/prometheus"
    server.should_exit = True
    await running
    listening.close()


def _fill(served: Served) -> None:
    for index in range(61):
        sample = Sample({"__name__": "requests_total", "code": "200"}, 150.0 * index)
        served.telemetry.ingest([sample], served.now() - (60 - index) * 15_000, {"job": "shop"})


async def promtool(*words: str) -> str:
    assert PROMTOOL is not None, "make setup installs it"
    ran = await asyncio.to_thread(
        subprocess.run, [PROMTOOL, *words], capture_output=True, text=True, check=False, timeout=30
    )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return str(ran.stdout)


async def test_queries(address: str) -> None:
    now = str(harbour().now() / 1000)
    said = await promtool("query", "instant", "--time", now, address, "sum(rate(requests_total[5m]))")
    labels, _, value = said.partition(" @[")[0].partition(" => ")
    assert labels == "{}"
    assert float(value) == pytest.approx(10)
    start = str(harbour().now() / 1000 - 60)
    asked = ("--start", start, "--end", now, "--step", "30s", address, "requests_total")
    said = await promtool("query", "range", *asked)
    assert 'requests_total{code="200", job="shop"} =>\n' in said
    assert said.count("@[") == 3


async def test_names(address: str) -> None:
    now = harbour().now() / 1000
    span = ("--start", str(now - 600), "--end", str(now))
    said = await promtool("query", "series", *span, "--match", "requests_total", address)
    assert '{__name__="requests_total", code="200", job="shop"}' in said
    assert (await promtool("query", "labels", *span, address, "code")).split() == ["200"]


SENDING = """
global: {{scrape_interval: 1s, external_labels: {{cluster: eu}}}}
scrape_configs:
  - job_name: opsguide
    static_configs: [{{targets: ["{target}"]}}]
remote_write:
  - url: http://{target}/prometheus/api/v1/write
    queue_config: {{batch_send_deadline: 1s, min_backoff: 100ms}}
"""


async def test_a_real_prometheus_sends_by_remote_write(address: str, tmp_path: Path) -> None:
    assert PROMETHEUS is not None, "make setup installs it"
    target = address.removeprefix("http://").removesuffix("/prometheus")
    (tmp_path / "prometheus.yml").write_text(SENDING.format(target=target), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        listening = f"127.0.0.1:{free.getsockname()[1]}"
    sender = await asyncio.create_subprocess_exec(
        PROMETHEUS,
        f"--config.file={tmp_path}/prometheus.yml",
        f"--storage.tsdb.path={tmp_path}/data",
        f"--web.listen-address={listening}",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        asked = 'count_over_time(up{cluster="eu", job="opsguide", environment="production"}[1m]) > 3'
        said, until = "", time.monotonic() + 60
        while not said and time.monotonic() < until:
            await asyncio.sleep(0.5)
            said = (await promtool("query", "instant", address, asked)).strip()
    finally:
        sender.terminate()
        await sender.wait()
    assert f'instance="{target}"' in said
    own = await promtool("query", "instant", address, 'opsguide_up{cluster="eu"}')
    assert "=> 1 @" in own
