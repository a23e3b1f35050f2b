"""What a thousand probes cost: each every ten seconds over HTTP, against a small server in another process."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import uvloop

from bench import Row
from opsguide.app.core import fact_types, remembering_engine
from opsguide.guide.adoption import Adopt
from opsguide.guide.bindings import Bindings, Expect, ProbeBinding
from opsguide.guide.promise import Coverage, Reading
from opsguide.kernel.part import Command
from opsguide.monitoring.probes.edge.ask import Ways
from opsguide.monitoring.probes.edge.probing import Probing
from opsguide.monitoring.probes.heartbeats import Beat
from opsguide.service.clock import SystemClock
from opsguide.service.decider import Decider
from opsguide.service.guarded import Guarded
from opsguide.service.kept import KeptTable
from opsguide.service.reaching import converse
from opsguide.service.resolving import look_up
from opsguide.storage.sqlite import open_ledger
from opsguide.telemetry.embedded import Embedded

PROBES, EVERY = 1000, 10.0
WARM_SECONDS, MEASURED_SECONDS = 12.0, 20.0

SERVER = """
import asyncio
HEAD = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: 15\\r\\n\\r\\n"
ANSWER = HEAD + b'{"status":"ok"}'
async def serve(reader, writer):
    try:
        while await reader.readuntil(b"\\r\\n\\r\\n"):
            writer.write(ANSWER)
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
    """Computed by the process that probes, samples and ledger on the disk included. No connection is kept."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                used, looks, together = runner.run(_measured(Path(folder), port))
        finally:
            server.kill()
            server.wait()
    yield Row("1,000 HTTP probes at 10 s, of one core", used, "%", goal="< 50")
    yield Row("looks a second meanwhile", looks, "/s", goal="> 50")
    yield Row(
        "looks that began within a tenth of a second (p95; 10 were even)", together, "looks", goal="< 30"
    )


async def _measured(folder: Path, port: int) -> tuple[float, float, float]:
    """Percent of a core, looks a second, and how many began within 0.1 s (p95)."""
    probe = ProbeBinding(
        url=f"http://127.0.0.1:{port}/",
        every=EVERY,
        private=True,
        expect=Expect(status=("200",), json={"/status": "ok"}),
    )
    bindings = Bindings(probes={f"probe-{number}": probe for number in range(PROBES)})
    began: list[float] = []
    client = Guarded()

    async def ask(url: str, **how: object) -> object:
        began.append(time.monotonic())
        return await client.fetch(url, **how)  # type: ignore[arg-type]

    async with open_ledger(folder, fact_types()) as ledger:
        with Embedded(directory=folder / "telemetry") as telemetry:
            decider = Decider(remembering_engine, ledger, SystemClock(), {})

            async def submit(command: Command) -> object:
                return await decider.submit(command, actor="bench")

            await submit(Adopt(text="# Guide\n", reading=_reading(), bindings=bindings, bindings_text=""))
            probing = Probing(
                state=lambda: decider.engine.state("monitoring"),
                bindings=lambda: bindings,
                submit=submit,
                telemetry=telemetry,
                clock=SystemClock(),
                ways=Ways(ask, converse, look_up, str),  # type: ignore[arg-type]
                kept=KeptTable(folder / "heartbeats.json", Beat),
                secret=str,
            )
            running = [asyncio.create_task(probing.run()), asyncio.create_task(decider.run())]
            await asyncio.sleep(WARM_SECONDS)
            began.clear()
            start, before = time.monotonic(), time.process_time()
            await asyncio.sleep(MEASURED_SECONDS)
            seconds, computed = time.monotonic() - start, time.process_time() - before
            states = {one.state for one in decider.engine.state("monitoring").probing.probes.values()}
            assert states == {"up"}, states
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
    return computed / seconds * 100, len(began) / seconds, _at_once(began)


def _at_once(began: list[float]) -> float:
    counts = Counter(int(at * 10) for at in began)
    return float(sorted(counts.values())[int(len(counts) * 0.95)])


def _reading() -> Reading:
    nothing = Coverage(0, 0, 0, 0)
    return Reading(
        reader="bench",
        title="Guide",
        language="en",
        promises=(),
        gaps=(),
        findings=(),
        diagnostics=(),
        statements=(),
        coverage=nothing,
    )
