"""Real processes for whole stories: a service that misbehaves, a phone that rings, and opsguide between them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from opsguide.service.datadir import local

PATIENCE_SECONDS = 30.0

GUIDE = """# Operations guide

## Environments
- **Production**: live application

## Monitoring & Alerting
- **Uptime**: 99.9% SLA target
- **Response times**: p95 <200ms

```yaml
alerts:
  high_error_rate:
    condition: error_rate > 5%
    duration: 2s
    severity: critical
```

## Incident Response

### Severity Levels
1. **Critical**: System down, data loss, security breach
2. **High**: Major feature broken

### Response Times (SLA)
- **Critical**: 15 minutes acknowledgment, 2 hours resolution
- **High**: 1 hour acknowledgment, 8 hours resolution

### On-Call Rotation
```yaml
primary_oncall: @core-platform
secondary_oncall: @core-frontend
```
"""


def eventually(true: Callable[[], Any], what: str, within: float = PATIENCE_SECONDS) -> Any:
    """Wait for a truth of the outside world; its value. Fails with `what` when it does not come."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {within:g} s: {what}")


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: bytes = b"ok") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Target:
    """A service on loopback: counts requests by itself, a share of `errors` of them fails, can be down."""

    def __init__(self) -> None:
        self.errors, self.total, self.failed, self.healthy = 0.0, 0.0, 0.0, True
        self._began = self._last = time.monotonic()
        target = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self.answer(200, target.metrics())
                else:
                    self.answer(200 if target.healthy else 503)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def metrics(self) -> bytes:
        """A hundred requests a second, as a counter would have counted them."""
        now = time.monotonic()
        more = (now - self._last) * 100
        self._last = now
        self.failed += more * self.errors
        self.total += more * (1 - self.errors)
        lines = [
            "# TYPE http_requests_total counter",
            f'http_requests_total{{status="200"}} {self.total}',
            f'http_requests_total{{status="500"}} {self.failed}',
        ]
        return ("\n".join(lines) + "\n").encode()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Phone:
    """Receives pages as webhooks; `status` is what it answers, where it is not `silent`: then it rings, and that is
    all."""

    def __init__(self) -> None:
        self.status, self.silent, self.rang = 200, False, list[dict[str, str]]()
        self._closed = threading.Event()
        phone = self

        class Handler(Quiet):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if phone.status == 200:
                    phone.rang.append({"key": self.headers["Idempotency-Key"], **body})
                if phone.silent:
                    phone._closed.wait()
                    return
                self.answer(phone.status)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self.server.server_port}/ana"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def keys(self) -> list[str]:
        """Of each time it rang, which page that was."""
        return [page["key"] for page in self.rang]

    def close(self) -> None:
        self._closed.set()
        self.server.shutdown()
        self.server.server_close()


class Opsguide:
    """The real command on a folder of its own."""

    def __init__(self, folder: Path, target: Target, phone: Phone) -> None:
        self.folder, self.data = folder, folder / "data"
        self.guide, self.bindings = folder / "guide.md", folder / "opsguide.toml"
        self.guide.write_text(GUIDE)
        self.bindings.write_text(
            f"""
service = "harbour"
[environments.production]
url = "{target.url}/health"
metrics = "{target.url}/metrics"
every = "500ms"
private = true
[incidents]
settle = "1s"
[signals]
error_rate = 'sum(rate(http_requests_total{{status=~"5.."}}[3s])) / sum(rate(http_requests_total[3s]))'
[people.ana]
name = "Ana Pop"
channels = ["phone"]
[people.carmen]
channels = ["phone"]
[teams.core-platform]
members = ["ana"]
[teams.core-frontend]
members = ["ana"]
[channels.phone]
url = "{phone.url}"
"""
        )
        self.process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "serve", self.guide, "--bindings", self.bindings, "--data", self.data, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        announced = self.data / "service.json"
        process = self.process

        def ready() -> bool:
            assert process.poll() is None, process.communicate()[0]
            return announced.exists() and json.loads(announced.read_text())["pid"] == process.pid

        eventually(ready, "the service announces itself")
        self.url = json.loads(announced.read_text())["url"]

    def kill(self) -> None:
        """As a power cut does."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def stop(self) -> int:
        """As systemd does. The exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=15)
        return self.process.returncode

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command on the same data."""
        return subprocess.run(
            [*COMMAND, *arguments, "--data", str(self.data)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    @property
    def local(self) -> dict[str, str]:
        """The headers of who is at the machine itself."""
        return {"authorization": f"Bearer {local(self.data)}"}

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=self.local, timeout=5)

    def standing(self, promise: str) -> str:
        found = self.get("/api/v1/status").json()["promises"]
        return next((p["standing"]["kind"] for p in found if p["id"] == promise), "absent")

    def facts(self, kind: str, limit: int = 1000) -> list[dict[str, Any]]:
        """What the ledger has of a type, read beside the running service."""
        shown = self.run("ledger", "show", "--type", kind, "--json", "--limit", str(limit))
        assert shown.returncode == 0, shown.stderr
        return [json.loads(line) for line in shown.stdout.splitlines()]


COMMAND = [sys.executable, "-c", "from opsguide.cli import main; main()"]
