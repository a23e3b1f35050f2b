"""The page of the lab, its API, and `opsguide lab`."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient
from typer.testing import CliRunner

from opsguide.cli import app
from opsguide.kernel.clock import after, rfc3339
from opsguide.monitoring.lab.checks import Check, Load
from opsguide.service.datadir import announce
from tests.monitoring.lab.pages import Site, a_site
from tests.web.running import Running
from tests.web.served import Served

BOUND = """
[lab.home]
page = "https://shop.example/"
environment = "production"
judges = true
[lab.checkout]
page = "https://shop.example/checkout"
form = "desktop"
"""
LOADS = tuple(
    Load(
        lcp=lcp,
        cls=0.05,
        fcp=0.9,
        ttfb=0.2,
        tbt=0.12,
        bytes=1_340_000,
        requests=41,
        errors=1,
        said=("no <b>stock</b>",),
    )
    for lcp in (1.2, 1.31, 4.0)
)


def served(bound: str = BOUND) -> Served:
    found = Served()
    found.adopt(more_bindings=bound)
    found.lab.follow()
    return found


def checked(found: Served, problem: str = "") -> Check:
    check = Check(found.now(), "https://shop.example/", "mobile", LOADS, problem, "Chrome/156.0", 31.0)
    found.lab.checks["home"] = check
    found.lab.tell()
    return check


def client(found: Served) -> TestClient:  # type: ignore[type-arg]
    return TestClient(found.app, base_url="http://127.0.0.1:8470")


def test_without_pages_it_says_how_to_bind_one_and_what_it_needs() -> None:
    with client(served("")) as browser:
        page = browser.get("/lab").text
    assert "No page is bound yet" in page
    assert "[lab.home]" in page
    assert "chromium" in page


def test_medians_their_span_and_what_the_browser_complains_of() -> None:
    found = served()
    checked(found)
    with client(found) as browser:
        page = browser.get("/lab").text
        home, checkout = browser.get("/api/v1/lab").json()["items"]
    assert "<b>1.31 s</b>" in page
    assert "1.2 s to 4 s" in page
    assert "no &lt;b&gt;stock&lt;/b&gt;" in page, "what a page says is text"
    lcp = next(one for one in home["metrics"] if one["metric"] == "lcp")
    assert (lcp["median"], lcp["lowest"], lcp["highest"]) == (1.31, 1.2, 4.0)
    assert (home["state"], checkout["state"]) == ("measured", "waiting")


@pytest.mark.parametrize(("problem", "hours", "state"), [("it answered 503", 0, "failed"), ("", 13, "old")])
def test_what_is_not_known_has_no_number_and_is_not_green(problem: str, hours: int, state: str) -> None:
    found = served()
    checked(found, problem)
    found.clock.advance(3600 * hours)
    with client(found) as browser:
        page = browser.get("/lab").text
        one = browser.get("/api/v1/lab/home").json()
    assert (one["state"], one["metrics"]) == (state, [])
    assert "1.31 s" not in page
    assert "s-kept" not in page.partition("<main")[2]
    assert problem.capitalize() in page


def test_check_now_is_asked_for_once() -> None:
    found = served()
    checked(found)
    with client(found) as browser:
        first = browser.post("/api/v1/lab/home/check")
        again = browser.post("/api/v1/lab/home/check")
        gone = browser.post("/api/v1/lab/gone/check")
        form = browser.post("/lab/checkout/check", follow_redirects=False)
    assert (first.status_code, first.json()["state"]) == (202, "running")
    assert (again.status_code, again.json()["type"]) == (409, "already_running")
    assert gone.status_code == 404
    assert (form.status_code, form.headers["location"]) == (303, "/lab")
    assert list(found.lab.asked) == ["home", "checkout"]


def test_a_page_of_the_past_shows_no_check_of_today() -> None:
    found = served()
    found.clock.advance(60)
    checked(found)
    with client(found) as browser:
        page = browser.get(f"/lab?as-of={_instant(found, -30)}").text
    assert "1.31 s" not in page


def _instant(found: Served, seconds: float) -> str:
    return rfc3339(after(found.now(), seconds))


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as found:
        yield found


@pytest.mark.browser
def test_the_command_checks_a_page_now_and_prints_the_table(site: Site, tmp_path: Path) -> None:
    bound = (
        f'[lab.shop]\npage = "{site.url}/quick"\nform = "desktop"\nruns = 2\nprivate = true\nevery = "30d"\n'
    )
    found = served(bound)
    found.lab.quiet = 0.5
    found.lab.checks["shop"] = Check(found.now(), f"{site.url}/quick", "desktop", LOADS)
    running = Running(found)
    working = asyncio.run_coroutine_threadsafe(found.lab.run(), running.loop)
    try:
        announce(tmp_path, running.url)
        found.clock.advance(5)
        answer = CliRunner().invoke(app, ["lab", "run", "shop", "--data", str(tmp_path)])
        listed = CliRunner().invoke(app, ["lab", "--json", "--data", str(tmp_path)])
        gone = CliRunner().invoke(app, ["lab", "run", "gone", "--data", str(tmp_path)])
    finally:
        working.cancel()
        running.stop()
    assert answer.exit_code == 0, answer.output
    assert "measured: the median of 2 loads, caches cold" in answer.output
    assert "LCP" in answer.output
    assert site.asked.count("/quick") == 2
    (one,) = json.loads(listed.output)
    assert one["state"] == "measured"
    assert "no page gone is bound" in str(gone.exception)
