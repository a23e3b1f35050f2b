"""Live pages: only what changed is sent, and nothing is missed between a page, its stream and the next stream."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from litestar.testing import TestClient

from opsguide.guide.adoption import Refuse
from opsguide.guide.promise import Diagnostic
from opsguide.incidents.commands import Acknowledge, Open
from opsguide.kernel.standing import EvidenceRecorded, Verdict
from opsguide.web import live
from opsguide.web.bookshelf import Bookshelf
from opsguide.web.live import Live, promise_event
from opsguide.web.shell import Shell
from tests.cast import P95, UPTIME
from tests.web import scenes
from tests.web.served import TEXT, Served, harbour

QUIET_SECONDS = 0.3
"""Longer than it takes a change to arrive."""


class Browser:
    """One open stream: `events` reads until nothing more comes."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self._reading: asyncio.Future[bytes] | None = None
        self.last = ""

    async def events(self) -> dict[str, str]:
        """Name → data, in the order of arrival."""
        found: dict[str, str] = {}
        reading = self._reading or asyncio.ensure_future(anext(self._stream))
        while (await asyncio.wait([reading], timeout=QUIET_SECONDS))[0]:
            fields = [line.partition(": ")[::2] for line in reading.result().decode().split("\r\n")]
            said = dict(fields)
            if "event" in said:
                found[said["event"]] = "\n".join(value for name, value in fields if name == "data")
                self.last = said["id"]
            reading = asyncio.ensure_future(anext(self._stream))
        self._reading = reading
        return found

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)


def shell_of(served: Served) -> Shell:
    shell = Shell(served, served.pages)
    shell.sources.append(Bookshelf(shell).fragments)
    return shell


async def see(served: Served, verdict: Verdict, value: str, promise: str = P95) -> None:
    seen = EvidenceRecorded(promise, verdict, "measured", 3600, value, "200 ms")
    await served.decider.record(seen, subject=f"promise:{promise}")


def mark(promise: str) -> str:
    line = next(number for number, said in enumerate(TEXT.splitlines(), 1) if promise in said)
    return f"mark-1-{line}"


@pytest.fixture
async def served() -> Served:
    return await asyncio.to_thread(harbour)


@pytest.fixture
async def streams(served: Served) -> AsyncIterator[Live]:
    stream = shell_of(served).live
    yield stream
    await stream.stop()


async def test_a_page_that_is_up_to_date_is_sent_nothing(streams: Live) -> None:
    browser = Browser(streams.stream(streams.mark()))
    assert await browser.events() == {}
    await browser.close()


async def test_only_what_changed_is_sent(served: Served, streams: Live) -> None:
    browser = Browser(streams.stream(streams.mark()))
    await browser.events()
    await see(served, "broken", "430 ms")
    found = await browser.events()
    assert set(found) == {mark(P95), "overview", "contents", promise_event(P95)}
    assert "430 ms" in found[mark(P95)]
    assert "data-fresh" in found[mark(P95)]
    assert found[promise_event(P95)] == ""
    await browser.close()


async def test_evidence_that_only_confirms_does_not_light_up(served: Served, streams: Live) -> None:
    await see(served, "kept", "143 ms")
    browser = Browser(streams.stream(streams.mark()))
    await browser.events()
    served.clock.advance(1900)
    await see(served, "kept", "143 ms")
    found = await browser.events()
    assert "data-fresh" not in found[mark(P95)]
    assert "overview" not in found
    await browser.close()


async def test_what_happens_between_page_and_stream_is_not_missed(served: Served, streams: Live) -> None:
    made = streams.mark()
    await see(served, "broken", "430 ms")
    browser = Browser(streams.stream(made))
    assert mark(P95) in await browser.events()
    await browser.close()


async def test_a_browser_that_comes_back_gets_what_it_missed_and_no_more(
    served: Served, streams: Live
) -> None:
    browser = Browser(streams.stream(streams.mark()))
    await see(served, "broken", "430 ms")
    assert mark(P95) in await browser.events()
    await browser.close()
    await see(served, "broken", "3 %", UPTIME)
    again = Browser(streams.stream(browser.last))
    found = await again.events()
    assert mark(UPTIME) in found
    assert mark(P95) not in found
    await again.close()


async def test_after_a_restart_everything_is_sent_again(served: Served, streams: Live) -> None:
    browser = Browser(streams.stream("beef.7"))
    found = await browser.events()
    assert next(iter(found)) == live.RESYNC
    assert {"bar", "overview", "contents", "guide", mark(P95)} <= set(found)
    await browser.close()


async def test_evidence_that_ages_turns_without_any_fact(
    served: Served, streams: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.05)
    await see(served, "kept", "143 ms")
    browser = Browser(streams.stream(streams.mark()))
    await browser.events()
    served.clock.advance(4000)
    assert "s-unproven" in (await browser.events())[mark(P95)]
    await browser.close()


async def test_an_incident_moves_the_bar_the_list_and_its_own_page(served: Served, streams: Live) -> None:
    browser = Browser(streams.stream(streams.mark()))
    await browser.events()
    await served.submit(Open(key="x", title="slow", reason="p95", severity="high", promise=P95), actor="test")
    found = await browser.events()
    assert {"bar", "incidents", "incident-INC-1", "overview"} <= set(found)
    assert "1 open, not acknowledged" in found["bar"]
    assert "incident-INC-1-deeds" not in found
    await served.submit(Acknowledge("INC-1", "ana"), actor="person:ana")
    found = await browser.events()
    assert "incident-INC-1-deeds" in found
    assert "alarm" not in found["bar"]
    await browser.close()


async def test_a_refused_guide_makes_pages_fetch_the_guide_again(served: Served, streams: Live) -> None:
    browser = Browser(streams.stream(streams.mark()))
    await browser.events()
    wrong = Diagnostic(level="error", code="x", message="no", line=1)
    await served.submit(Refuse(diagnostics=(wrong,), digest="d"), actor="test")
    assert "guide" in await browser.events()
    await browser.close()


async def test_a_silent_stream_is_kept_alive(streams: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE_SECONDS", 0.02)
    stream = streams.stream(streams.mark())
    first, second = await anext(stream), await anext(stream)
    assert first.startswith(b": opsguide")
    assert second.startswith(b": still here")


async def test_streams_are_counted_and_forgotten(streams: Live) -> None:
    browser = Browser(streams.stream(streams.mark()))
    await browser.events()
    assert streams.listeners == 1
    await browser.close()
    assert streams.listeners == 0


@pytest.mark.parametrize("mark", ["", "x", ".", "x.y", "1.-5", "é.3", "a.b.c"])
async def test_any_mark_at_all_gives_a_stream(streams: Live, mark: str) -> None:
    assert await anext(streams.stream(mark))


@pytest.mark.parametrize("path", [one for one in scenes.pages(scenes.bare()).values() if "as-of" not in one])
def test_every_page_says_at_which_version_it_was_made(path: str) -> None:
    with TestClient(scenes.bare().app, base_url="http://127.0.0.1:8470") as client:
        html = client.get(path).text
    assert re.search(r'<body data-live="[0-9a-f]{8}\.\d+">', html), "else its stream sends it all again"


@pytest.mark.parametrize("turns", range(5))
async def test_a_service_that_stops_while_something_is_recorded_stops(served: Served, turns: int) -> None:
    live = shell_of(served).live
    live.start()
    await asyncio.sleep(QUIET_SECONDS)
    live._recorded.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await live.stop()
