"""How soon somebody is told: the decider on a ledger on the disk, against a provider.

The provider is a web server in another process that answers at once; pages go through Apprise as users have them. Each
channel is `json://`, a machine, so that every page is a message.
"""

import asyncio
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
from opsguide.incidents.state import Incident
from opsguide.kernel.clock import Instant
from opsguide.kernel.promise import Span
from opsguide.service.clock import SystemClock
from opsguide.service.decider import Decider
from opsguide.storage.sqlite import open_ledger

PEOPLE = 400
PAGES_A_SECOND, PAGING_SECONDS = 100, 15

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
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with tempfile.TemporaryDirectory() as folder:
            yield from uvloop.run(paging(port, Path(folder)))
    finally:
        server.kill()
        server.wait()


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


def promises() -> list[Promise]:
    """Each person's kind of incident leads to them; two severities that page, with their clocks."""
    found = [
        a_promise(f"severity.{name}", Severity(severity=name, label=name, order=order), order)
        for order, name in ((1, "critical"), (2, "high"))
    ]
    found.append(a_promise("clock", ClockValues(severity="critical", clock="acknowledge", seconds=900), 3))
    found += [
        a_promise(f"step.{n}", Step(route="oncall", step=1, to=f"p{n}", kind=f"k{n}"), 10 + n)
        for n in range(PEOPLE)
    ]
    return found


def bindings(url: str) -> str:
    return "\n".join(
        f'[people.p{n}]\nchannels = ["c{n}"]\n[channels.c{n}]\nurl = "{url}/{n}"' for n in range(PEOPLE)
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

    async def send(self, url: str, page: Page, key: str) -> Sent:
        sent = await send(url, Message(title=page.title, body=page.body, key=key))
        if sent.ok:
            self.taken.setdefault(key.split("/")[1], time.monotonic())
        return sent


async def service(
    folder: Path, provider: Provider, url: str, then: Callable[[Decider], Awaitable[None]]
) -> None:
    """A decider with paging, on a ledger on the disk; `then(decider)` is what happens."""
    clock, text = SystemClock(), bindings(url)
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
            promises=tuple(promises()),
            gaps=(),
            findings=(),
            diagnostics=(),
            statements=(),
            coverage=Coverage(PEOPLE, PEOPLE, 0, 0),
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


async def rained(decider: Decider) -> dict[str, float]:
    """Incidents opened at a rate; when each was asked to be opened, by its name."""
    begun, opened, waiting = time.monotonic(), dict[str, float](), set[asyncio.Task[None]]()

    async def one(number: int) -> None:
        at = time.monotonic()
        recorded = await decider.submit(_critical(number), actor="bench")
        opened[recorded[0].fact.subject.removeprefix("incident:")] = at

    for number in range(PAGES_A_SECOND * PAGING_SECONDS):
        await asyncio.sleep(max(0.0, begun + number / PAGES_A_SECOND - time.monotonic()))
        task = asyncio.create_task(one(number))
        waiting.add(task)
        task.add_done_callback(waiting.discard)
    await asyncio.gather(*waiting)
    return opened


async def paging(port: int, folder: Path) -> list[Row]:
    """From the alert to the provider's answer."""
    provider, opened = Provider(), dict[str, float]()
    await asyncio.to_thread(warm_up)

    async def then(decider: Decider) -> None:
        opened.update(await rained(decider))
        await _until(lambda: len(provider.taken) == len(opened))

    await service(folder, provider, f"json://127.0.0.1:{port}", then)
    waits = sorted(provider.taken[name] - at for name, at in opened.items())
    name = f"paging: alert to provider, {PAGES_A_SECOND} pages/s"
    return [
        Row(f"{name}, p50", waits[len(waits) // 2] * 1000, "ms"),
        Row(f"{name}, p99", waits[len(waits) * 99 // 100] * 1000, "ms", goal="<= 1000"),
    ]


def _critical(number: int) -> Open:
    kind = f"k{number % PEOPLE}"
    return Open(key=f"a{number}", title=f"alert {number}", reason="x", severity="critical", kind=kind)


async def _until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:  # noqa: ASYNC110 - what is waited for tells nobody
        await asyncio.sleep(0.05)
