"""The report in the console: read, printed, downloaded in every form."""

from collections.abc import Iterator

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.report.lived import a_month
from tests.web.served import Served
from tests.web.test_guide_page import BASE
from tests.world import HandClock, World


def served(world: World) -> Served:
    """A console over a world that was lived."""
    found = Served()
    assert isinstance(found.clock, HandClock)
    found.clock.advance((world.clock.now() - found.clock.now()) / 1000)
    found.ledger.rows = list(world.history)
    found.decider.start()
    return found


@pytest.fixture
def client() -> Iterator[TestClient[Litestar]]:
    with TestClient(served(a_month()).app, base_url=BASE) as client:
        yield client


def test_the_page_shows_a_month_and_offers_the_others(client: TestClient[Litestar]) -> None:
    page = client.get("/report?month=2026-11").text
    assert "2 of 19 promises were broken at some time" in page
    for month in ("December 2026", "November 2026", "October 2026"):
        assert month in page
    assert "September 2026" not in page, "nothing was recorded before"
    for name in ("html", "pdf", "md", "json", "oscal.json"):
        assert f'href="/report/2026-11.{name}"' in page
    assert 'href="/ledger/6"' in page, "evidence leads to its fact"
    assert "December 2026</h1>" in client.get("/report").text, "the current one unless told"


@pytest.mark.parametrize(
    ("name", "kind", "start"),
    [
        ("html", "text/html", b"<!doctype html>"),
        ("pdf", "application/pdf", b"%PDF-"),
        ("md", "text/markdown", b"# harbour"),
        ("json", "application/json", b"{"),
        ("oscal.json", "application/json", b"{"),
    ],
)
def test_each_form_is_a_file(client: TestClient[Litestar], name: str, kind: str, start: bytes) -> None:
    answer = client.get(f"/report/2026-11.{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["content-disposition"] == f'attachment; filename="2026-11.{name}"'
    assert answer.content.startswith(start)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/report?month=2026-13", 400),
        ("/report?month=2027-06", 400),
        ("/report/2026-11.docx", 404),
        ("/report/2026-11", 404),
        ("/report/x.html", 400),
    ],
)
def test_what_is_no_report_says_so(client: TestClient[Litestar], path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_as_of_an_instant_it_is_as_known_then(client: TestClient[Litestar]) -> None:
    told = client.get("/report/2026-11.json", params={"as-of": "2026-11-12T09:00:00Z"}).json()
    assert (told["complete"], told["changes"]) == (False, [])
    page = client.get("/report", params={"as-of": "2026-11-12T09:00:00Z"}).text
    assert "November 2026</h1>" in page
    assert "The month is not over" in page


def test_a_month_that_goes_on_is_told_anew() -> None:
    console = served(a_month())
    with TestClient(console.app, base_url=BASE) as client:
        before = msgspec.json.decode(client.get("/report/2026-12.json").content)
        console.clock.advance(3600)
        console.evidence("monitoring.objective.response_time.p95", "broken", "1 s", "< 300 ms", 86400)
        console.clock.advance(60)
        after = msgspec.json.decode(client.get("/report/2026-12.json").content)
    assert after["facts"] == before["facts"] + 1
    assert after["as_of"] > before["as_of"]
