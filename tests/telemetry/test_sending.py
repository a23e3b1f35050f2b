"""Own samples sent to an engine by remote_write: to Debian's Prometheus, and to one that refuses, fails and waits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from opsguide.app.engine import Way
from opsguide.guide.bindings import read_bindings
from opsguide.kernel.errors import BindingsError
from opsguide.kernel.ports import Sample
from opsguide.service.clock import SystemClock
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.intake.remote_write import RemoteWrite
from opsguide.telemetry.remote import sending
from opsguide.telemetry.remote.engine import Remote
from opsguide.telemetry.remote.sending import Sender
from opsguide.telemetry.source import Source
from tests.monitoring.faulty import closed_port
from tests.prometheus import prometheus
from tests.telemetry.engines import Asked, Engine, Told, engine

SHOP = {"job": "probe", "environment": "production"}
DONE = Told(status=204)


class Sent:
    """An engine of our own whose samples are sent to `url`."""

    def __init__(self, url: str, more: str = "") -> None:
        text = f'[telemetry]\nwrite = "{url}"\nprivate = true\n{more}\n' if url else ""
        self.bindings, wrong = read_bindings(text)
        assert self.bindings is not None, wrong
        way = Way(lambda: self.bindings, resolve)  # type: ignore[arg-type,return-value]
        self.engine, self.sender = Embedded(), Sender(way.write_url, way.send)
        remote = Remote(way.place, way.send, self.engine, SystemClock())
        self.source = Source(self.engine, remote, self.sender, lambda: False)

    def ingest(self, at: int, **values: float) -> None:
        samples = [Sample({"__name__": name}, value) for name, value in values.items()]
        self.source.ingest(samples, at, SHOP)

    async def flush(self) -> None:
        async with asyncio.timeout(30):
            await self.sender.flush()

    @property
    def status(self) -> tuple[int, int, int]:
        """Samples that were sent, that were lost, that wait."""
        status = self.source.answering.sending
        assert status is not None
        return status.sent, status.dropped, status.waiting

    @property
    def problem(self) -> str:
        status = self.source.answering.sending
        assert status is not None
        return status.problem


def resolve(reference: str) -> str:
    if reference.startswith("env:"):
        raise BindingsError("it is not set, or empty", where=reference)
    return reference


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(sending, "LONGEST_PAUSE_SECONDS", 0.05)


@asynccontextmanager
async def receiving(*told: Told) -> AsyncIterator[tuple[Engine, Sent]]:
    """An engine that answers with these in turn, then takes all."""
    answers = list(told)
    async with engine(lambda _asked: answers.pop(0) if answers else DONE) as server:
        yield server, Sent(f"{server.url}/api/v1/write")


def taken(asked: Sequence[Asked], expression: str, at: int) -> list[float]:
    """What our own reader of remote_write finds in these requests."""
    reading = Embedded()
    for one in asked:
        RemoteWrite(reading.pushes()).receive(one.body)
    return [sample.value for sample in reading.instant(expression, at)]


async def test_a_prometheus_has_them_and_sees_what_ends(tmp_path: Path) -> None:
    with prometheus(tmp_path) as server:
        sent, now = Sent(server.write_url), SystemClock().now()
        sent.ingest(now - 3000, probe_success=1.0, probe_duration_seconds=0.25)
        await sent.flush()
        asked = '{job="probe",environment="production"}'
        assert sorted(server.values(asked, now - 2500)) == [0.25, 1.0]
        sent.ingest(now - 2000, probe_success=0.0)
        await sent.flush()
        assert server.values(asked, now - 1500) == [0.0]
        assert sent.status == (4, 0, 0)


async def test_what_a_request_says_of_itself() -> None:
    async with receiving() as (server, sent):
        sent.ingest(1000, probe_success=1.0)
        await sent.flush()
        (asked,) = server.asked
        assert asked.path == "/prometheus/api/v1/write"
        assert asked.headers["content-encoding"] == "snappy"
        assert asked.headers["x-prometheus-remote-write-version"] == "0.1.0"
        assert taken(server.asked, "probe_success", 1000) == [1.0]


async def test_it_is_tried_again_until_it_is_taken_and_nothing_is_lost() -> None:
    async with receiving(Told(status=503), Told(status=429, headers={"Retry-After": "0"})) as (server, sent):
        for at in range(1000, 4000, 1000):
            sent.ingest(at, probe_success=float(at))
        await sent.flush()
        assert len(server.asked) == 3
        assert server.asked[0].body == server.asked[2].body
        assert sent.status == (3, 0, 0)
        assert sent.problem == ""


async def test_what_is_refused_for_good_is_counted_and_does_not_hold_up_the_rest() -> None:
    async with receiving(Told(b"out of order sample\n", 400)) as (server, sent):
        sent.ingest(1000, probe_success=1.0)
        await sent.flush()
        assert sent.status == (0, 1, 0)
        assert sent.problem == "the engine answers 400: out of order sample"
        sent.ingest(2000, probe_success=1.0)
        await sent.flush()
        assert sent.status == (1, 1, 0)
        assert len(server.asked) == 2


async def test_many_go_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH", 10)
    async with receiving() as (server, sent):
        for at in range(1000, 26_000, 1000):
            sent.ingest(at, probe_success=float(at))
        await sent.flush()
        assert len(server.asked) == 3
        assert taken(server.asked, "count_over_time(probe_success[1m])", 25_000) == [25.0]


async def test_while_it_is_away_the_newest_wait_and_the_oldest_are_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "MOST_WAITING", 5)
    sent = Sent(f"http://127.0.0.1:{await closed_port()}/api/v1/write")
    for at in range(1000, 9000, 1000):
        sent.ingest(at, probe_success=float(at))
    assert sent.status == (0, 3, 5)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await sent.sender.flush()
    assert "takes no connection" in sent.problem
    async with engine(lambda _asked: DONE) as server:
        there = Sent(f"{server.url}/api/v1/write")
        there.sender._waiting = sent.sender._waiting
        await there.flush()
        assert taken(server.asked, "min_over_time(probe_success[1m])", 9000) == [4000.0]


async def test_an_address_that_is_not_there_yet_loses_nothing() -> None:
    sent = Sent("env:WRITE_URL")
    sent.ingest(1000, probe_success=1.0)
    await sent.flush()
    assert sent.problem == "env:WRITE_URL: it is not set, or empty"
    assert sent.status == (0, 0, 1)


async def test_unbound_nothing_waits_and_nothing_is_said() -> None:
    sent = Sent("")
    sent.ingest(1000, probe_success=1.0)
    await sent.flush()
    assert sent.source.answering.sending is None
    assert not sent.sender._waiting
    assert sent.engine.instant("probe_success", 1000)[0].value == 1.0
