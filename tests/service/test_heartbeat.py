"""A sign of life to the outside, while the engine decides; none when it does not."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from opsguide.guide.bindings import Bindings, Heartbeat
from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import BindingsError
from opsguide.service.guarded import Guarded
from opsguide.service.heartbeat import Heartbeat as Beating
from tests.world import START, HandClock


class Watcher:
    """What alarms when it is not called: counts calls, answers with `status`."""

    def __init__(self) -> None:
        self.calls, self.status = 0, 200

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.calls += 1
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


class Scene:
    def __init__(self, url: str, watcher: Watcher) -> None:
        self.clock, self.watcher, self.decided_at = HandClock(), watcher, START
        self.bindings = Bindings(heartbeat=Heartbeat(url=url, every=60.0))
        self.beating = Beating(lambda: self.bindings, self.resolve, self.alive_at, self.clock, Guarded())

    def resolve(self, reference: str) -> str:
        if reference.startswith("env:"):
            raise BindingsError("it is not set, or empty", where=reference)
        return reference

    def alive_at(self) -> Instant:
        return self.decided_at


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    watcher = Watcher()
    server = await asyncio.start_server(watcher.serve, "127.0.0.1", 0)
    yield Scene(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ping/abc", watcher)
    server.close()
    await server.wait_closed()


async def test_it_is_called_once_a_minute_while_the_engine_decides(scene: Scene) -> None:
    for _ in range(120):
        await scene.beating.beat()
        scene.clock.advance(1)
        scene.decided_at = scene.clock.now()
    assert scene.watcher.calls == 2


async def test_it_stops_when_the_engine_has_not_decided_for_two_minutes(scene: Scene) -> None:
    assert await scene.beating.beat()
    scene.clock.advance(121)
    assert not await scene.beating.beat()
    assert scene.watcher.calls == 1


async def test_it_stops_while_the_ledger_cannot_be_written(scene: Scene) -> None:
    scene.decided_at = 0  # what the service says while it is in trouble
    assert not await scene.beating.beat()


async def test_a_watcher_that_is_not_there_or_not_bound_hurts_nobody(
    scene: Scene, unused_tcp_port: int
) -> None:
    for url in (f"http://127.0.0.1:{unused_tcp_port}/", "env:HEARTBEAT_URL"):
        scene.bindings = Bindings(heartbeat=Heartbeat(url=url))
        assert not await scene.beating.beat()
        scene.clock.advance(60)
        scene.decided_at = scene.clock.now()
    scene.bindings = Bindings()
    assert not await scene.beating.beat()


async def test_an_error_of_the_watcher_is_no_sign_of_life(scene: Scene) -> None:
    scene.watcher.status = 500
    assert not await scene.beating.beat()
