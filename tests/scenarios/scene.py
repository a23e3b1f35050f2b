"""The seed's monitoring lines over a real shop and a real PostgreSQL, on both engines at once.

What happens is real: visitors, faults, probes, scrapes. Only the clock is moved by hand, a minute a step, so that
alerts wait as long as the guide says. The embedded engine scrapes the shop itself; Debian's Prometheus gets the same
pages by remote_write, as an agent sends them.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

import asyncpg
from msgspec import Struct, structs

from opsguide.app.engine import Way
from opsguide.guide.adoption import Adopt
from opsguide.guide.bindings import Bindings, read_bindings
from opsguide.incidents.state import Incident
from opsguide.kernel.clock import Instant
from opsguide.kernel.part import Command
from opsguide.kernel.ports import Sample
from opsguide.monitoring.commands import Observe
from opsguide.monitoring.watch import Watch
from opsguide.readers import ALL
from opsguide.service.adopting import read_both
from opsguide.service.clock import SystemClock
from opsguide.service.guarded import Guarded
from opsguide.telemetry import labels as label
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.exposition import parse
from opsguide.telemetry.intake.doors import Intake
from opsguide.telemetry.remote.engine import Remote
from opsguide.telemetry.remote.sending import Sender
from opsguide.telemetry.source import Source
from tests.cast import BINDINGS
from tests.conftest import SHARED
from tests.demo.pieces import Shop, running_postgres, running_shop
from tests.prometheus import Prometheus, prometheus
from tests.world import HandClock, World

EXAMPLE = Path(__file__).parents[2] / "examples" / "operations.md"
SEED = SHARED / "seed" / "operations-guide.md"
GUIDE = SEED if SEED.is_file() else EXAMPLE
"""The same lines in other words, where a clone alone has no seed beside it."""

API = f"performance.objective.response_time.{'apiresponse' if GUIDE == SEED else 'api_response'}"

STEP_SECONDS = 60.0
EVERY = 30.0
AGO_MS = 12 * 3_600_000
"""The story begins so long ago and never reaches now: an engine takes no samples of the future."""

BOUND = """
[environments.production]
url = "{shop}/health"
{there}
every = "30s"
private = true

[databases.main]
url = "env:NOBODY_WATCHES"
kind = "mysql"

[vitals]
origins = ["https://shop.example"]

[severities]
warning = "medium"
unspecified = "low"
"""
REMOTE = """
[telemetry]
source = "prometheus"
url = "{url}"
private = true
"""

Name: TypeAlias = Literal["embedded", "prometheus"]
Happening: TypeAlias = Callable[[Shop], Awaitable[object]]


class Bound(Struct):
    """The bindings in force."""

    now: Bindings


class Side(Struct):
    """The chapter and its edge on one engine."""

    world: World
    watch: Watch
    bound: Bound
    intake: Intake

    @contextmanager
    def hasty(self) -> Iterator[None]:
        """It gives its engine little time."""
        before = self.bound.now
        self.bound.now = structs.replace(before, telemetry=structs.replace(before.telemetry, timeout=0.3))
        yield
        self.bound.now = before

    def kind(self, promise: str) -> str:
        return self.world.standing(promise).kind

    def why(self, promise: str) -> str:
        live = self.watch.live.get(promise)
        return f"{self.world.standing(promise).reason} ({live})"

    def phase(self, promise: str) -> str:
        status = self.world.engine.state("monitoring").alerts.get(promise)
        return status.phase if status is not None else "inactive"

    def incident(self, promise: str) -> Incident | None:
        found = self.world.engine.state("incidents").open.values()
        return next((one for one in found if one.promise == promise), None)


class Scene:
    """`sides` by the engine's name: what holds for one must hold for the other."""

    def __init__(self, folder: Path, shop: Shop, database: str, engine: Prometheus) -> None:
        start = SystemClock().now() - AGO_MS
        self.shop, self.database, self.engine = shop, database, engine
        self._agent = Sender(lambda: engine.write_url, Way(_bound_agent, str).send)
        url = str(shop.client.base_url).rstrip("/")
        here = BOUND.format(shop=url, there=f'metrics = "{url}/metrics"')
        there = BOUND.format(shop=url, there="match = 'env=\"prod\"'") + REMOTE.format(url=engine.url)
        self.sides: dict[Name, Side] = {
            "embedded": _side(folder / "here.toml", start, here),
            "prometheus": _side(folder / "there.toml", start, there),
        }

    @property
    def now(self) -> Instant:
        return self.sides["embedded"].world.clock.now()

    async def step(self, happening: Happening, times: int = 1, *, send: bool = True) -> None:
        """A minute, and what happens in it."""
        for _ in range(times):
            await happening(self.shop)
            for side in self.sides.values():
                side.world.pass_time(STEP_SECONDS)
            if send:
                await self._send()
            for side in self.sides.values():
                await _look(side)

    async def _send(self) -> None:
        """What the agent of a Prometheus does: a scrape, `up`, and an end to what is gone."""
        target = label.of({"job": "shop", "instance": "shop:8000", "env": "prod"})
        samples = [Sample({"__name__": "up"}, 0.0)]
        if self.shop.child.running:
            page = (await self.shop.client.get("/metrics")).content
            samples = [*parse(page).samples, Sample({"__name__": "up"}, 1.0)]
        rows = [(label.of([*one.labels.items(), *target]), one.value) for one in samples]
        self._agent.take(target, self.now, rows)
        await self._agent.flush()
        status = self._agent.status
        assert status is not None
        assert not status.problem, status

    def stand(self, kind: str, *promises: str) -> None:
        """They stand so on both engines."""
        found = {(name, one): side.kind(one) for name, side in self.sides.items() for one in promises}
        wrong = {
            f"{name}: {one}": (stands, self.sides[name].why(one))
            for (name, one), stands in found.items()
            if stands != kind
        }
        assert not wrong, f"not {kind}: {wrong}"

    def beacon(self, metric: str, value: float) -> None:
        """A page view in a visitor's browser."""
        body = f'{{"name":"{metric}","value":{value}}}'.encode()
        for side in self.sides.values():
            side.intake.beacon(body)

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Somebody holds a lock on the products: a real one, in the real database."""
        connection = await asyncpg.connect(self.database)
        try:
            async with connection.transaction():
                await connection.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
                yield
        finally:
            await connection.close()


def _bound_agent() -> Bindings:
    bound, _ = read_bindings('[telemetry]\nwrite = "http://127.0.0.1:1"\nprivate = true\n')
    assert bound is not None
    return bound


def _side(file: Path, start: Instant, written: str) -> Side:
    text = written + BINDINGS[BINDINGS.index("[people") :]
    file.write_text(text, encoding="utf-8")
    bindings, wrong = read_bindings(text)
    assert bindings is not None, wrong
    adopt = read_both(GUIDE, file, ALL)
    assert isinstance(adopt, Adopt), adopt
    world, own, bound = World(HandClock(start)), Embedded(), Bound(bindings)
    way = Way(lambda: bound.now, str)
    source = Source(
        own,
        Remote(way.place, way.send, own, world.clock),
        Sender(way.write_url, way.send),
        lambda: bound.now.telemetry.is_remote,
    )
    world.do(adopt)

    async def submit(command: Command) -> None:
        world.do(command)

    watch = Watch(
        state=lambda: world.engine.state("monitoring"),
        bindings=lambda: bound.now,
        submit=submit,
        telemetry=source,
        clock=world.clock,
        fetch=Guarded().fetch,
        parse=own.read,
        resolve=str,
    )
    return Side(world, watch, bound, Intake(own, lambda: "production", world.clock.now))


async def _look(side: Side) -> None:
    side.intake.counted.flush()
    binding = side.bound.now.environments["production"]
    await side.watch.round("production", binding)
    if side.bound.now.telemetry.is_remote:
        side.world.do(Observe(await side.watch.observations("production", EVERY), EVERY))


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        engine = stack.enter_context(prometheus(folder))
        database = await stack.enter_async_context(running_postgres(folder))
        shop = await stack.enter_async_context(running_shop(folder, database))
        yield Scene(folder, shop, database, engine)


async def visits(shop: Shop) -> None:
    """Twenty visitors; five buy."""
    pages = (shop.client.get("/products") for _ in range(15))
    orders = (shop.client.post("/checkout", data={"product": "1"}) for _ in range(5))
    await asyncio.gather(*pages, *orders)
