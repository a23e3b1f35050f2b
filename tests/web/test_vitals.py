"""Web vitals from a real browser that visits the demo's shop: kept by a quick page, broken by a slow one."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

import apsw
import httpx
import pytest
from playwright.sync_api import Browser

from opsguide.demo.ports import HOST, any_free
from opsguide.demo.supervisor import answers
from opsguide.guide.bindings import Bindings
from opsguide.guide.values import Objective
from opsguide.monitoring.commands import Observe
from opsguide.monitoring.fetching import PLAINLY, Answer, Asking
from opsguide.monitoring.watch import Watch
from opsguide.telemetry.exposition import parse
from tests.web.running import Running
from tests.web.served import Served, harbour
from tests.world import World, a_promise

LCP, CLS, FID = (f"monitoring.objective.{name}" for name in ("lcp", "cls", "fid"))
PROMISES = [
    a_promise(LCP, Objective(signal="lcp", op="<", seconds=2.0)),
    a_promise(CLS, Objective(signal="cls", op="<", count=0.1)),
    a_promise(FID, Objective(signal="fid", op="<", seconds=0.1)),
]


class Shop:
    """The demo's shop in its own process, with its database in one file."""

    def __init__(self, folder: Path, vitals: str) -> None:
        self.database, port = folder / "shop.sqlite", any_free()
        self.url = f"http://{HOST}:{port}"
        command = [sys.executable, "-m", "opsguide.demo.shop", f"--port={port}", f"--tls-port={any_free()}"]
        command += [f"--database={self.database}", f"--vitals={vitals}"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        until(lambda: answers(port, "/health"))

    def hold(self, seconds: float) -> None:
        """Lock its database for a while, so that every page waits."""
        held = threading.Event()

        def hold() -> None:
            connection = apsw.Connection(str(self.database))
            connection.set_busy_timeout(5000)
            connection.execute("BEGIN EXCLUSIVE")
            held.set()
            sleep(seconds)
            connection.execute("ROLLBACK")
            connection.close()

        threading.Thread(target=hold).start()
        assert held.wait(10)

    def stop(self) -> None:
        self.process.communicate(timeout=20)


def until(true: Callable[[], bool], within: float = 20) -> None:
    end = monotonic() + within
    while not true():
        assert monotonic() < end
        sleep(0.05)


async def nothing_is_fetched(
    url: str,
    /,
    *,
    private: bool,
    timeout: float,  # noqa: ASYNC109
    send: Asking = PLAINLY,
    authority: str = "",
) -> Answer:
    raise AssertionError


class Story:
    """The chapter over what browsers report to a running service."""

    def __init__(self, served: Served, origin: str) -> None:
        self.served, self.world = served, World(served.clock)
        self.world.adopt(
            PROMISES,
            f'[environments.production]\nurl = "{origin}"\nprivate = true\n[vitals]\norigins = ["{origin}"]\n',
        )
        served.intake.origins = lambda: {origin}
        self.watch = Watch(
            state=lambda: self.world.engine.state("monitoring"),
            bindings=Bindings,
            submit=self._nothing,
            telemetry=served.telemetry,
            clock=served.clock,
            fetch=nothing_is_fetched,
            parse=parse,
            resolve=str,
        )

    async def _nothing(self, _command: object) -> None:
        return

    def views(self) -> float:
        self.served.clock.advance(15)
        self.served.intake.counted.flush()
        found = self.served.telemetry.instant("web_vitals_lcp_seconds_count", self.served.now())
        return found[0].value if found else 0.0

    def kind(self, promise: str) -> str:
        # In a thread of its own: the browser has a loop in this one.
        with ThreadPoolExecutor(1) as thread:
            seen = thread.submit(asyncio.run, self.watch.observations("production", 15)).result()
        self.world.do(Observe(seen, 15))
        return self.world.standing(promise).kind


@pytest.fixture
def running() -> Iterator[Running]:
    running = Running(harbour())
    yield running
    running.stop()


def visit(chromium: Browser, url: str) -> None:
    """Open the page, see it, and leave it."""
    page = chromium.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(url, wait_until="load")
    page.wait_for_timeout(200)
    page.goto("about:blank")
    page.wait_for_timeout(100)
    page.close()
    assert not wrong


def test_a_browser_keeps_the_lines_and_a_slow_page_breaks_lcp(
    chromium: Browser, running: Running, tmp_path: Path
) -> None:
    shop = Shop(tmp_path, running.url)
    try:
        story = Story(running.served, shop.url)
        assert story.kind(LCP) == "unproven"
        assert "no browser has reported" in story.watch.live[LCP].problem
        visit(chromium, shop.url)
        until(lambda: story.views() == 1)
        assert (story.kind(LCP), story.kind(CLS)) == ("kept", "kept")
        assert story.watch.live[CLS].value == 0.0
        for _ in range(2):
            shop.hold(3.5)
            visit(chromium, shop.url)
        until(lambda: story.views() == 3)
        assert (story.kind(LCP), story.kind(CLS)) == ("broken", "kept")
        assert story.kind(FID) == "unproven"
        assert "INP took its place" in story.watch.live[FID].problem
    finally:
        shop.stop()


@pytest.fixture
def post(running: Running) -> Iterator[Callable[..., httpx.Response]]:
    running.served.intake.origins = lambda: {"https://shop.example"}
    with httpx.Client(base_url=running.url, trust_env=False) as client:

        def post(path: str = "/beacons/vitals", content: str = "", **headers: str) -> httpx.Response:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            body = content or '[{"name": "LCP", "value": 1200, "rating": "good"}]'
            return client.post(path, content=body, headers={"content-type": "text/plain"} | sent)

        yield post


OF_SHOP = {"origin": "https://shop.example", "sec_fetch_site": "cross-site"}
Post = Callable[..., httpx.Response]


def test_a_beacon_of_a_bound_page_is_taken_and_nothing_is_answered(post: Post) -> None:
    answer = post(**OF_SHOP)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "access-control-allow-origin" not in answer.headers
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://shop.example"])
def test_other_pages_are_refused(post: Post, origin: str) -> None:
    assert post(origin=origin, sec_fetch_site="cross-site").status_code == 403


def test_no_other_route_takes_anything_from_a_bound_page(post: Post) -> None:
    for path in (
        "/logs/access",
        "/otlp/v1/metrics",
        "/api/v1/incidents/INC-1/acknowledge",
    ):
        assert post(path, **OF_SHOP).status_code in (403, 404)


def test_an_address_of_users_pages_names_no_labels(post: Post, running: Running) -> None:
    assert post("/beacons/vitals?environment=staging&x=y", **OF_SHOP).status_code == 204
    running.served.intake.counted.flush()
    (found,) = running.served.telemetry.instant("web_vitals_lcp_seconds_count", running.served.now())
    assert found.labels == {
        "__name__": "web_vitals_lcp_seconds_count",
        "environment": "production",
        "job": "web_vitals",
    }


def test_a_large_beacon_and_a_flood_are_refused(post: Post, running: Running) -> None:
    assert post(content="[" + " " * 5000 + "]", **OF_SHOP).status_code == 413
    assert post(content="[{]", **OF_SHOP).status_code == 400
    number = iter(range(10_000))
    while running.served.intake.may_send(f"198.51.100.{next(number)}"):
        pass
    assert post(**OF_SHOP).status_code == 429
    assert post().status_code == 204, "what is no browser is not held up by them"


def test_other_pages_may_load_the_script_and_nothing_else(running: Running) -> None:
    with httpx.Client(base_url=running.url, trust_env=False) as client:
        script, own = client.get("/static/vitals.js"), client.get("/static/console.js")
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "immutable" not in script.headers["cache-control"]
    assert own.headers["cross-origin-resource-policy"] == "same-origin"
