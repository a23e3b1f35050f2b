"""Debian's Prometheus on loopback, with an empty folder: asked, and written to, as any user's."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx

from opsguide.kernel.clock import Instant
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.remote.sending import HEADERS, encoded


class Prometheus:
    """`url` is what stands before `/api/v1`. A prefix, as Mimir has one."""

    def __init__(self, url: str, process: "subprocess.Popen[bytes]") -> None:
        self.url, self._process = url, process

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections, and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @property
    def write_url(self) -> str:
        return f"{self.url}/api/v1/write"

    def write(self, rows: list[tuple[Labels, Instant, float]]) -> None:
        said = httpx.post(self.write_url, content=encoded(rows), headers=HEADERS, timeout=30)
        assert said.status_code < 300, said.text

    def values(self, expression: str, at: Instant | None = None) -> list[float]:
        asked = {"query": expression} | ({} if at is None else {"time": str(at / 1000)})
        said = httpx.post(f"{self.url}/api/v1/query", data=asked, timeout=30).json()
        return [float(one["value"][1]) for one in said["data"]["result"]]


@contextmanager
def prometheus(folder: Path, config: str = "") -> Iterator[Prometheus]:
    """A running one, that takes remote_write. `make setup` installs it."""
    (folder / "prometheus.yml").write_text(config, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(
        [
            "prometheus",
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address={address}",
            f"--web.external-url=http://{address}/prometheus",
            "--web.enable-remote-write-receiver",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    found = Prometheus(f"http://{address}/prometheus", process)
    try:
        _wait(process, f"{found.url}/-/ready")
        yield found
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    until = monotonic() + 60
    while monotonic() < until:
        assert process.poll() is None, "Prometheus ended"
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        sleep(0.05)
    raise AssertionError("Prometheus does not start")
