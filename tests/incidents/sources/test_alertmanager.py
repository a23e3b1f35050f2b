"""Debian's Alertmanager sends its own alerts to our door."""

import shutil
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.incidents.sources.test_http import bound
from tests.service.scene import eventually
from tests.web.running import Running

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
pytestmark = pytest.mark.slow

CONFIG = """
route:
  receiver: opsguide
  group_by: [alertname]
  group_wait: 100ms
  group_interval: 1s
receivers:
  - name: opsguide
    webhook_configs:
      - url: {url}/in/alertmanager
        http_config:
          authorization:
            credentials: what env:AM holds
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_a_real_alertmanager_opens_an_incident_and_ends_it(tmp_path: Path) -> None:
    assert PROGRAM is not None, "install prometheus-alertmanager: make system"
    served, port = bound(), free_port()
    running = Running(served)
    (tmp_path / "config.yml").write_text(CONFIG.format(url=running.url), encoding="utf-8")
    process = subprocess.Popen(
        [
            PROGRAM,
            f"--config.file={tmp_path}/config.yml",
            f"--storage.path={tmp_path}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        manager = f"http://127.0.0.1:{port}"
        eventually(lambda: _answers(f"{manager}/-/ready"), "Alertmanager answers")
        _alert(manager, ends=None)
        eventually(lambda: served.state("incidents").open, "its alert is an incident")
        incident = served.state("incidents").open["INC-1"]
        assert (incident.title, incident.severity) == ("disk of db-1 is full", "critical")
        assert incident.labels["host"] == "db-1"
        _alert(manager, ends=datetime.now(UTC) - timedelta(seconds=1))
        eventually(lambda: incident.recovered_at is not None, "its end is told too")
    finally:
        process.terminate()
        process.wait(10)
        running.stop()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.HTTPError:
        return False


def _alert(manager: str, ends: datetime | None) -> None:
    alert = {
        "labels": {"alertname": "DiskFull", "severity": "critical", "host": "db-1"},
        "annotations": {"summary": "disk of db-1 is full"},
        "startsAt": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
        **({"endsAt": ends.isoformat()} if ends is not None else {}),
    }
    httpx.post(f"{manager}/api/v2/alerts", json=[alert]).raise_for_status()
