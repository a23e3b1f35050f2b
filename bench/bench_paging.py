"""How soon somebody is told, and what a storm of alerts costs: the decider on a ledger on the disk, against a provider.

The provider is a web server in another process that answers at once; pages go through Apprise as users have them. Each
channel is `json://`, a machine, so that every page is a message; in the storm the person has a phone, so that bursts
are one message. `OPSGUIDE_BENCH_LONG=1` makes the storm ten minutes long.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

import uvloop

from bench import Row
from opsguide.app.core import fact_types, remembering_engine
from opsguide.channels.kinds import is_webhook
from opsguide.channels.send import Message, Sent, send, warm_up
from opsguide.guide.adoption import Adopt
from opsguide.guide.bindings import Bindings, read_bindings
from opsguide.guide.promise import Coverage, Promise, Reading
from opsguide.guide.values import ClockValues, Severity, Step
from opsguide.incidents.commands import Open
from opsguide.incidents.handoffs.letter import Planned
from opsguide.incidents.health import tried_again_at
from opsguide.incidents.page import Line, Page
from opsguide.incidents.paging import Paging
from opsguide.incidents.state import Delivery, Incident
from opsguide.kernel.clock import Instant
from opsguide.kernel.promise import Span
from opsguide.service.clock import SystemClock
from opsguide.service.decider import Decider
from opsguide.storage.sqlite import open_ledger

PEOPLE = 400
PAGES_A_SECOND, PAGING_SECONDS = 100, 15
ALERTS_A_MINUTE = 10_000
STORM_SECONDS = 600 if os.environ.get("OPSGUIDE_BENCH_LONG") else 30

SERVER = """
import asyncio
async def serve(reader, writer):
    try:
        head = (await reader.readuntil(b"\\r\\n\\r\\n")).lower()
        await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\\r\\n")[0]))
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


def rows() -> Iterable[Row]:
    """Each part in a process of its own, so that its memory is its own."""
    for part in ("paging", "storm"):
        found = subprocess.run(
            [sys.executable, "-m", "bench.bench_paging", part], stdout=subprocess.PIPE, text=True, check=True
        )
        for line in found.stdout.splitlines():
            name, value, unit, goal = line.split("\t")
            yield Row(name, float(value), unit, goal=goal or None)


def a_promise(name: str, values: Severity | ClockValues | Step, line: int) -> Promise:
    return Promise(
        id=name,
        keeper="incidents",
        section="Incidents",
        control="route",
        span=Span(line, line),
        text=name,
        values=values,
    )


def promises(people: int) -> list[Promise]:
    """Each person's kind of incident leads to them; two severities that page, with their clocks."""
    found = [
        a_promise(f"severity.{name}", Severity(severity=name, label=name, order=order), order)
        for order, name in ((1, "critical"), (2, "high"))
    ]
    found.append(a_promise("clock", ClockValues(severity="critical", clock="acknowledge", seconds=900), 3))
    found += [
        a_promise(f"step.{n}", Step(route="oncall", step=1, to=f"p{n}", kind=f"k{n}"), 10 + n)
        for n in range(people)
    ]
    return found


def bindings(people: int, url: str) -> str:
    return "\n".join(
        f'[people.p{n}]\nchannels = ["c{n}"]\n[channels.c{n}]\nurl = "{url}/{n}"' for n in range(people)
    )


class Nothing:
    """Nothing stands near these incidents."""

    def clues(self, _incident: Incident) -> Sequence[Line]:
        return ()

    async def chart(self, _incident: Incident) -> bytes | None:
        return None

    def maintenance(self, _start: Instant, _end: Instant) -> Sequence[Planned]:
        return ()


class Provider:
    """A way to send: keeps when the first attempt of each incident was taken."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}
        self.messages = 0

    async def send(self, url: str, page: Page, key: str) -> Sent:
        sent = await send(url, Message(title=page.title, body=page.body, key=key))
        self.messages += 1
        if sent.ok:
            self.taken.setdefault(key.split("/")[1], time.monotonic())
        return sent


async def service(
    folder: Path, provider: Provider, people: int, url: str, then: Callable[[Decider], Awaitable[None]]
) -> None:
    """A decider with paging, on a ledger on the disk; `then(decider)` is what happens."""
    clock, text = SystemClock(), bindings(people, url)
    bound = read_bindings(text)[0] or Bindings()
    async with open_ledger(folder, fact_types()) as ledger:
        paging = Paging(
            state=lambda: decider.engine.state("incidents"),
            bindings=lambda: bound,
            resolve=lambda reference: reference,
            is_machine=is_webhook,
            send=provider.send,
            service=lambda: "bench",
            link_base=lambda: "http://127.0.0.1:8470",
            link_key=b"bench",
            clock=clock,
            standings=dict,
            near=Nothing(),
        )
        decider = Decider(
            remembering_engine,
            ledger,
            clock,
            {"page": paging},
            lambda channel: tried_again_at(decider.engine.state("incidents"), channel),
        )
        decider.start()
        reading = Reading(
            reader="bench",
            title="Guide",
            language="en",
            promises=tuple(promises(people)),
            gaps=(),
            findings=(),
            diagnostics=(),
            statements=(),
            coverage=Coverage(people, people, 0, 0),
        )
        await decider.submit(
            Adopt(text="# G", reading=reading, bindings=bound, bindings_text=text), actor="bench"
        )
        running = asyncio.create_task(decider.run())
        try:
            await then(decider)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def rained(
    decider: Decider, rate: float, seconds: float, command: Callable[[int], Open]
) -> dict[str, float]:
    """Incidents opened at a rate; when each was asked to be opened, by its name."""
    begun, opened, waiting = time.monotonic(), dict[str, float](), set[asyncio.Task[None]]()

    async def one(number: int) -> None:
        at = time.monotonic()
        recorded = await decider.submit(command(number), actor="bench")
        opened[recorded[0].fact.subject.removeprefix("incident:")] = at

    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        task = asyncio.create_task(one(number))
        waiting.add(task)
        task.add_done_callback(waiting.discard)
    await asyncio.gather(*waiting)
    return opened


async def paging(port: int, folder: Path) -> list[tuple[str, float, str, str]]:
    """From the alert to the provider's answer."""
    provider, opened = Provider(), dict[str, float]()

    async def then(decider: Decider) -> None:
        opened.update(await rained(decider, PAGES_A_SECOND, PAGING_SECONDS, _critical))
        await _until(lambda: len(provider.taken) == len(opened))

    await service(folder, provider, PEOPLE, f"json://127.0.0.1:{port}", then)
    waits = sorted(provider.taken[name] - at for name, at in opened.items())
    name = f"paging: alert to provider, {PAGES_A_SECOND} pages/s"
    return [
        (f"{name}, p50", waits[len(waits) // 2] * 1000, "ms", ""),
        (f"{name}, p99", waits[len(waits) * 99 // 100] * 1000, "ms", "<= 1000"),
    ]


def _critical(number: int) -> Open:
    kind = f"k{number % PEOPLE}"
    return Open(key=f"a{number}", title=f"alert {number}", reason="x", severity="critical", kind=kind)


def _storm(number: int) -> Open:
    """One in a hundred is critical; all go to the same person."""
    severity = "critical" if number % 100 == 99 else "high"
    return Open(key=f"a{number}", title=f"alert {number}", reason="x", severity=severity, kind="k0")


def _arrived(delivery: Delivery) -> bool:
    return delivery.channel == "c0" and delivery.state == "done"


async def storm(port: int, folder: Path) -> list[tuple[str, float, str, str]]:
    """Every alert an incident of its own, and all of them one person's."""
    provider, counted = Provider(), dict[str, float]()

    async def then(decider: Decider) -> None:
        begun = time.monotonic()
        opened = await rained(decider, ALERTS_A_MINUTE / 60, STORM_SECONDS, _storm)
        counted["behind"] = time.monotonic() - begun - STORM_SECONDS
        await _until(lambda: not decider.engine.outbox.waiting, 120)
        incidents = decider.engine.state("incidents").open.values()
        sent = [
            one
            for one in incidents
            if any(d.state == "done" and d.channel == "c0" for d in one.deliveries.values())
        ]
        counted["lost"] = len(opened) - len(sent)

    await service(folder, provider, 1, f"ntfy://127.0.0.1:{port}", then)
    name = f"storm of {ALERTS_A_MINUTE} alerts a minute for {STORM_SECONDS} s"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        (f"{name}: memory", memory, "MiB", "<= 512"),
        (f"{name}: pages lost", counted["lost"], "pages", "<= 0"),
        (f"{name}: behind at its end", max(0.0, counted["behind"]), "s", "<= 1"),
        (f"{name}: messages to the person", provider.messages, "messages", ""),
    ]


async def _until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:  # noqa: ASYNC110 - what is waited for tells nobody
        await asyncio.sleep(0.05)


async def measured(part: str, port: int) -> None:
    """The rows of a part, one a line, against the provider at a port."""
    await asyncio.to_thread(warm_up)
    with tempfile.TemporaryDirectory() as folder:
        for row in await (paging if part == "paging" else storm)(port, Path(folder)):
            print("\t".join(map(str, row)))


def main(part: str) -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        uvloop.run(measured(part, int(server.stdout.readline())))
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main(sys.argv[1])
