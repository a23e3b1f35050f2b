"""A storm of alerts: a real `opsguide serve` takes them from a source over HTTP, pages a phone, and loses none.

Every alert is an incident of its own, and all are one person's, so that bursts are one message. One in a hundred is
critical. `OPSGUIDE_BENCH_LONG=1` makes it ten minutes long.
"""

import asyncio
import math
import os
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvloop

from bench import Row
from bench.served import served
from opsguide.app.core import fact_types
from opsguide.incidents.facts import IncidentOpened
from opsguide.kernel.intent import Outcome
from opsguide.storage.sqlite import open_ledger

ALERTS_A_MINUTE, DELIVERIES_A_MINUTE = 10_000, 300
APART_SECONDS = 60 / DELIVERIES_A_MINUTE
SECONDS = 600 if os.environ.get("OPSGUIDE_BENCH_LONG") else 30
DRAINED_SECONDS = 120
SECRET = "storm"

GUIDE = """# Operations

## Incidents

### Severities

| Severity | What it means | Acknowledged within | Resolved within |
|---|---|---|---|
| Critical | System down | 15 minutes | 2 hours |
| High | A major feature is broken | 1 hour | 8 hours |

### Who is on call

1. **Primary**: @ana
"""

BINDINGS = """
[paging]
severities = ["critical", "high"]

[people.ana]
channels = ["phone"]

[channels.phone]
url = "ntfy://127.0.0.1:{port}/ana"

[sources.storm]
kind = "json"
secret = "env:STORM_SECRET"

[sources.storm.map]
each = "alerts"
key = "id"
title = "title"
state = "state"
severity = "severity"
reason = "text"
labels = "tags"
"""


def rows() -> Iterable[Row]:
    with tempfile.TemporaryDirectory() as folder:
        yield from uvloop.run(_storm(Path(folder)))


async def _storm(place: Path) -> list[Row]:
    phone = Phone()
    server = await asyncio.start_server(phone.take, "127.0.0.1", 0, backlog=1000)
    port = server.sockets[0].getsockname()[1]
    (place / "operations.md").write_text(GUIDE, encoding="utf-8")
    (place / "opsguide.toml").write_text(BINDINGS.format(port=port), encoding="utf-8")
    with served(place, {**os.environ, "STORM_SECRET": SECRET}) as service:
        async with httpx.AsyncClient(base_url=service.url, timeout=60) as client:
            answers = await _rained(client)
            await _drained(client)
        peak = service.mebibytes("VmHWM")
    found = await _on_the_ledger(place / "data")
    told = [one for one in found if one.told]
    name = f"storm of {ALERTS_A_MINUTE:,} alerts a minute for {SECONDS} s"
    lost = ALERTS_A_MINUTE * SECONDS // 60 - len(told)
    waits = [one.told_at - one.opened_at for one in told]
    return [
        Row(f"{name}: memory of the service, peak", peak, "MiB", goal="<= 512"),
        Row(f"{name}: alerts that nobody was told of", lost, "alerts", goal="<= 0"),
        Row(f"{name}: critical ones told after a later lesser one", _overtaken(told), "alerts", goal="<= 0"),
        Row(f"{name}: a delivery of alerts taken, p99", _p99(answers), "s"),
        Row(f"{name}: an alert told, p99", _p99(waits), "s"),
        Row(f"{name}: messages to the person", phone.messages, "messages"),
    ]


async def _rained(client: httpx.AsyncClient) -> list[float]:
    """Deliveries at a steady pace, whether or not the last one was answered; seconds from when each was due."""
    begun = time.monotonic()

    async def one(number: int) -> float:
        answer = await client.post(
            "/in/storm", headers={"Authorization": f"Bearer {SECRET}"}, json=_delivery(number)
        )
        answer.raise_for_status()
        return time.monotonic() - begun - number * APART_SECONDS

    running = list[asyncio.Task[float]]()
    for number in range(DELIVERIES_A_MINUTE * SECONDS // 60):
        await asyncio.sleep(max(0.0, begun + number * APART_SECONDS - time.monotonic()))
        running.append(asyncio.create_task(one(number)))
    return list(await asyncio.gather(*running))


def _delivery(number: int) -> dict[str, object]:
    """The alerts of a delivery: every one new, one in a hundred critical."""
    first, end = (n * ALERTS_A_MINUTE // DELIVERIES_A_MINUTE for n in (number, number + 1))
    return {
        "alerts": [
            {
                "id": one,
                "title": f"Disk of host-{one} is full",
                "text": f"98 % of the disk of host-{one} are used",
                "tags": {"host": f"host-{one}"},
                "state": "firing",
                "severity": "critical" if one % 100 == 99 else "high",
            }
            for one in range(first, end)
        ]
    }


async def _drained(client: httpx.AsyncClient) -> None:
    """Until nothing waits to be told."""
    end = time.monotonic() + DRAINED_SECONDS
    while time.monotonic() < end:
        said = (await client.get("/metrics")).raise_for_status().text
        if "\nopsguide_intents_pending 0\n" in said:
            return
        await asyncio.sleep(1)


@dataclass(slots=True)
class Alert:
    """What became of one: places on the ledger, and times in seconds. `told` is 0 while the phone has not taken it."""

    critical: bool
    opened: int
    opened_at: float
    told: int = 0
    told_at: float = 0.0


async def _on_the_ledger(data: Path) -> list[Alert]:
    """Every incident, in the order in which they were opened."""
    found = dict[str, Alert]()
    async with open_ledger(data, fact_types()) as ledger:
        for recorded in ledger.read():
            fact, at = recorded.fact.data, recorded.fact.at / 1000
            if isinstance(fact, IncidentOpened):
                found[fact.incident] = Alert(fact.severity == "critical", recorded.seq, at)
            elif isinstance(fact, Outcome) and fact.result == "done" and fact.key.endswith("/phone"):
                alert = found[fact.key.split("/")[1]]
                if not alert.told:
                    alert.told, alert.told_at = recorded.seq, at
    return list(found.values())


def _overtaken(told: Sequence[Alert]) -> int:
    """How many critical ones were told after a lesser one that was opened later."""
    first, count = math.inf, 0
    for one in reversed(told):
        if one.critical:
            count += one.told > first
        else:
            first = min(first, one.told)
    return count


def _p99(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=100)[98]


class Phone:
    """A provider that takes everything at once, and counts."""

    def __init__(self) -> None:
        self.messages = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
            self.messages += 1
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()
