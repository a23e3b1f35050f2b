"""The guide's rules as samples arrive: what is pushed between two rounds waits for none."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from opsguide.guide.bindings import Bindings
from opsguide.guide.bindings.model import EnvironmentBinding
from opsguide.kernel.ports import Sample
from opsguide.monitoring import arrivals
from opsguide.monitoring.commands import Observe
from opsguide.monitoring.fetching import Answer
from opsguide.monitoring.observing import RECORDED
from opsguide.monitoring.watch import Watch
from opsguide.telemetry.embedded import Embedded
from tests.cast import BINDINGS, ERRORS, PROMISES
from tests.world import World

NEVER = 3600.0
"""Seconds between two rounds: none comes during a test."""


async def _nothing_is_fetched(_url: str, /, **_how: object) -> Answer:
    raise AssertionError("nothing is bound to be fetched")


@asynccontextmanager
async def watching() -> AsyncIterator[tuple[World, Embedded, "asyncio.Queue[Observe]"]]:
    """The cast's guide over what is pushed, its rounds an hour apart."""
    world, telemetry, seen = World(), Embedded(), asyncio.Queue[Observe]()
    world.adopt(PROMISES, BINDINGS)
    bound = Bindings(environments={"production": EnvironmentBinding(every=NEVER, match='job="shop"')})

    async def submit(command: object) -> Sequence[object]:
        if isinstance(command, Observe):
            seen.put_nowait(command)
        return ()

    watch = Watch(
        state=lambda: world.engine.state("monitoring"),
        bindings=lambda: bound,
        submit=submit,
        telemetry=telemetry,
        clock=world.clock,
        fetch=_nothing_is_fetched,
        parse=telemetry.read,
        resolve=str,
        wakes=telemetry.samples_wake,
    )
    task = asyncio.create_task(watch.run(asyncio.Event()))
    try:
        await asyncio.wait_for(seen.get(), 10)  # the round with which it begins
        yield world, telemetry, seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def requests(failed: float, total: float) -> list[Sample]:
    named = {"__name__": "http_requests_total"}
    return [Sample({**named, "status": "500"}, failed), Sample({**named, "status": "200"}, total - failed)]


async def push(world: World, telemetry: Embedded, failed: float, total: float) -> None:
    """As a request of remote_write does, in a thread of its own."""
    world.clock.advance(15)
    at, target = world.clock.now(), {"job": "shop", "environment": "production"}
    await asyncio.to_thread(telemetry.ingest, requests(failed, total), at, target)


def errors(seen: Observe) -> float | None:
    return next(one.value for one in seen.observations if one.promise == ERRORS)


async def test_what_is_pushed_is_judged_without_waiting_for_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "APART_SECONDS", 0.01)
    async with watching() as (world, telemetry, seen):
        told = list[Observe]()
        for turn in range(5):
            await push(world, telemetry, 50.0 * turn, 100.0 * turn)
            told.append(await asyncio.wait_for(seen.get(), 10))
        assert errors(told[-1]) == 0.5


async def test_the_signals_themselves_are_kept_by_rounds_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "APART_SECONDS", 0.01)
    async with watching() as (world, telemetry, seen):
        for turn in range(3):
            await push(world, telemetry, turn, 100.0 * turn)
            await asyncio.wait_for(seen.get(), 10)
        assert telemetry.instant(f"count({RECORDED})", world.clock.now()) == ()


async def test_a_burst_is_judged_together() -> None:
    async with watching() as (world, telemetry, seen):
        for turn in range(50):
            await push(world, telemetry, turn, 100.0 * turn)
        await asyncio.wait_for(seen.get(), 10)
        assert seen.qsize() < 5
