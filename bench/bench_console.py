"""The console as a browser meets it: 300 promises, a ledger of 100,000 facts, a real service and Chromium."""

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

from bench.row import Row
from bench.served import served
from opsguide.app.core import build_engine, fact_types
from opsguide.guide.adoption import Adopt
from opsguide.kernel.clock import Instant
from opsguide.kernel.engine import Batch
from opsguide.kernel.facts import Fact
from opsguide.kernel.standing import EvidenceRecorded, Verdict
from opsguide.readers import ALL
from opsguide.service.adopting import read_both
from opsguide.storage.sqlite import open_ledger
from tests.web.running import ARGUMENTS
from tests.web.scenes import large_guide

FACTS = 100_000
AT_ONCE = 1_000
EVERY_MS = 25_000
REQUESTS, WARM = 300, 20
LOADS = 7
VERDICTS: tuple[Verdict, ...] = ("kept", "kept", "kept", "broken", "kept", "at_risk")

PAINT = """() => new Promise((done) => {
  let lcp = 0, cls = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((one) => { lcp = one.startTime; }))
    .observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach((one) => { if (!one.hadRecentInput) cls += one.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done([lcp / 1000, cls]), 1000);
})"""
SCRIPT = """() => performance.getEntriesByType("resource").filter((one) => /\\.js(\\?|$)/.test(one.name))
  .reduce((sum, one) => sum + one.decodedBodySize, 0) / 1000"""


def rows() -> Iterable[Row]:
    """Server time over loopback, one request after the other; paint and script as Chromium measures them."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        promises = asyncio.run(_history(place))
        with served(place) as service:
            yield from _server_times(service.url, promises)
            yield from _paint(service.url)


async def _history(place: Path) -> int:
    """A guide, its bindings, and a ledger whose last fact is of now. How many promises the guide has."""
    guide, bindings = large_guide()
    (place / "operations.md").write_text(guide, encoding="utf-8")
    (place / "opsguide.toml").write_text(bindings, encoding="utf-8")
    adopt = read_both(place / "operations.md", place / "opsguide.toml", ALL)
    assert isinstance(adopt, Adopt)
    promises = [one.id for one in adopt.reading.promises]
    async with open_ledger(place / "data", fact_types()) as ledger:
        end = int(time.time() * 1000)
        started = end - FACTS * EVERY_MS
        adopted = build_engine().run(adopt, actor="opsguide", now=started)
        assert isinstance(adopted, Batch)
        await ledger.append(adopted.facts)
        found = list(_evidence(promises, started, FACTS - len(adopted.facts)))
        for first in range(0, len(found), AT_ONCE):
            await ledger.append(found[first : first + AT_ONCE])
    return len(promises)


def _evidence(promises: list[str], started: Instant, count: int) -> Iterator[Fact]:
    types = fact_types()
    for number in range(count):
        promise = promises[number % len(promises)]
        verdict = VERDICTS[number // len(promises) % len(VERDICTS)]
        seen = EvidenceRecorded(promise, verdict, "p95 is 143 ms, < 200 ms", 36_000.0, "143 ms", "< 200 ms")
        at = started + number * EVERY_MS
        yield types.fact(seen, subject=f"promise:{promise}", actor="opsguide", at=at)


def _server_times(url: str, promises: int) -> Iterable[Row]:
    with httpx.Client(base_url=url, timeout=30) as client:
        for path, name in (("/", "the guide page"), ("/now", "the page Now")):
            for _ in range(WARM):
                client.get(path).raise_for_status()
            times = []
            for _ in range(REQUESTS):
                begun = time.perf_counter()
                client.get(path).raise_for_status()
                times.append((time.perf_counter() - begun) * 1000)
            p95 = statistics.quantiles(times, n=20)[-1]
            yield Row(f"{name}, {promises} promises, 100,000 facts: server time p95", p95, "ms", goal="< 50")


def _paint(url: str) -> Iterable[Row]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        loads = [_load(browser, url) for _ in range(LOADS)]
        browser.close()
    yield Row(
        "the guide page: largest contentful paint, median",
        statistics.median(one[0] for one in loads),
        "s",
        goal="< 1",
    )
    yield Row("the guide page: layout shift, worst", max(one[1] for one in loads), "", goal="< 0.02")
    yield Row("the guide page: script", max(one[2] for one in loads), "kB", goal="< 60")


def _load(browser: Browser, url: str) -> tuple[float, float, float]:
    """Paint, shift and script of a browser that was never here before."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(url)
    lcp, cls = page.evaluate(PAINT)
    script: float = page.evaluate(SCRIPT)
    context.close()
    return lcp, cls, script
