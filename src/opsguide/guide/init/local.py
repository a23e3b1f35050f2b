"""What answers on this machine: ports of the Compose file, and a Prometheus. Loopback only, a short time-out."""

import http.client
import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .found import Guess, Port

HOST = "127.0.0.1"
PROMETHEUS = 9090
SECONDS = 0.7
MAX_BYTES = 2_000_000
MAX_PORTS = 32
_HEALTH = ("/healthz", "/health", "/")
_EXPOSITION = re.compile(rb"^# (?:HELP|TYPE) [a-zA-Z_:]", re.M)
_OF_MACHINES = re.compile(r"prometheus|node|cadvisor|blackbox|alertmanager|grafana|exporter", re.I)


def answering(ports: Iterable[Port]) -> tuple[list[Guess], list[Guess]]:
    """URLs to probe and `/metrics` to scrape among these ports; those that do not answer are not sure."""
    known = list(dict.fromkeys(ports))[:MAX_PORTS]
    if not known:
        return [], []
    with ThreadPoolExecutor(max_workers=8) as pool:
        found = list(pool.map(_look, known))
    return [url for url, _ in found if url], [metrics for _, metrics in found if metrics]


def _look(port: Port) -> tuple[Guess | None, Guess | None]:
    base = f"http://{HOST}:{port.number}"
    url = next(
        (path for path in _HEALTH if (_get(port.number, path) or (0, b""))[0] in range(200, 300)), None
    )
    if url is None:
        return Guess(f"{base}/", f"{port.source}; it does not answer now", sure=False), None
    scraped = _get(port.number, "/metrics")
    has_metrics = scraped is not None and scraped[0] == 200 and _EXPOSITION.search(scraped[1])
    metrics = Guess(f"{base}/metrics", f"{port.source}, which answers") if has_metrics else None
    return Guess(f"{base}{url}", f"{port.source}, which answers"), metrics


def scraped_by_prometheus(port: int) -> list[Guess]:
    """What a Prometheus on this machine scrapes and finds up; not what watches machines, or itself."""
    answer = _get(port, "/api/v1/targets?state=active")
    try:
        content: Any = json.loads(answer[1]) if answer is not None and answer[0] == 200 else {}
        targets = content["data"]["activeTargets"]
        return list(_targets(targets, port))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def _targets(targets: Any, port: int) -> Iterator[Guess]:
    for target in targets:
        job, url = str(target["labels"].get("job", "")), str(target["scrapeUrl"])
        if target["health"] == "up" and not _OF_MACHINES.search(job):
            yield Guess(url, f"job {job} of the Prometheus on {HOST}:{port}")


def _get(port: int, path: str) -> tuple[int, bytes] | None:
    """Status and the first bytes; None where nothing answers. No redirect is followed, no proxy asked."""
    connection = http.client.HTTPConnection(HOST, port, timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"Accept": "*/*", "User-Agent": "opsguide-init"})
        response = connection.getresponse()
        return response.status, response.read(MAX_BYTES)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
