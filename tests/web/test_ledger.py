"""The ledger in the console: browsed by the page, filtered, searched by number, verified; one fact with all of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from opsguide.guide.signing import Sign
from opsguide.incidents.commands import Acknowledge, AddNote
from opsguide.storage.export import exported
from opsguide.storage.reader import open_readonly
from opsguide.storage.verify import verify
from opsguide.web import ledger
from tests.cast import P95, PROMISES
from tests.guide.test_signing import BY_HAND, SECRETS
from tests.report.lived import a_month, kept
from tests.web.served import Served, lined
from tests.web.test_guide_page import BASE


@pytest.fixture
def served() -> Served:
    """03:00 adopted, 03:10 production down, 03:12 acknowledged with a note, 03:20 signed."""
    served = Served()
    served.adopt(promises=[*(lined(one) for one in PROMISES), *BY_HAND])
    served.clock.advance(600)
    served.evidence(P95, "broken", "430 ms", "< 200 ms")
    served.go_down()
    served.clock.advance(120)
    served.do(Acknowledge("INC-1", "ana"), "person:ana")
    served.do(AddNote("INC-1", "ana", "the <b>disk</b> is full"), "person:ana")
    served.clock.advance(480)
    served.do(Sign(SECRETS, "bogdan", "seen", None), "person:bogdan")
    return served


@pytest.fixture
def client(served: Served) -> Iterator[TestClient[Litestar]]:
    with TestClient(served.app, base_url=BASE) as client:
        yield client


def numbers(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="num seq">#(\d+)<', html)]


def test_facts_stand_newest_first_in_plain_words(client: TestClient[Litestar], served: Served) -> None:
    page = client.get("/ledger").text
    assert numbers(page) == list(range(served.head.seq, 0, -1))
    assert "bogdan signed for it until" in page
    assert "ana: the &lt;b&gt;disk&lt;/b&gt; is full" in page
    assert "broken: measured as broken (430 ms / &lt; 200 ms)" in page


@pytest.mark.parametrize(
    ("query", "said", "not_said"),
    [
        ("q=INC-1", "Acknowledged by ana", "signed for it"),
        ("q=inc-1", "Acknowledged by ana", "signed for it"),
        (f"q={SECRETS}", "signed for it", "Acknowledged"),
        ("q=guide", "Version 1 of the guide", "signed for it"),
        ("type=incident.acknowledged", "Acknowledged by ana", "Opened as critical"),
        ("by=bogdan", "signed for it", "Acknowledged"),
        ("by=opsguide", "To tell ana", "Acknowledged by"),
        ("since=2026-11-23T03:15&until=2026-11-23T03:30", "signed for it", "Acknowledged"),
        ("until=2026-11-23T03:05:00Z", "Version 1", "Opened as critical"),
        ("q=INC-1&type=incident.noted&by=ana", "is full", "Acknowledged by"),
    ],
)
def test_filters_leave_what_fits(client: TestClient[Litestar], query: str, said: str, not_said: str) -> None:
    rows = client.get(f"/ledger?{query}").text.split('<ol class="ledger">')[1]
    assert said in rows
    assert not_said not in rows


def test_a_number_leads_to_its_fact(client: TestClient[Litestar]) -> None:
    for typed in ("3", "#3", " 3 "):
        answer = client.get("/ledger", params={"q": typed}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/ledger/3")


def test_pages_go_on_with_the_same_filters(
    client: TestClient[Litestar], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "PAGE", 2)
    seen, address = list[int](), "/ledger?q=INC-1"
    while address:
        page = client.get(address).text
        seen += numbers(page)
        older = re.search(r'<a href="(/ledger\?[^"]*)">Older', page)
        address = older.group(1).replace("&amp;", "&") if older else ""
    everything = numbers(client.get("/ledger?q=INC-1").text)
    assert seen[:2] == everything
    assert seen == sorted(seen, reverse=True)
    assert len(seen) > 4


def test_a_sparse_filter_on_a_long_ledger_says_how_far_it_looked(
    client: TestClient[Litestar], served: Served
) -> None:
    served.ledger.scanned = 3
    page = client.get("/ledger?type=guide.adopted").text
    assert "None among the facts from" in page
    assert "Look further back" in page


def test_one_fact_has_its_words_its_data_what_led_to_it_and_its_hash(
    client: TestClient[Litestar], served: Served
) -> None:
    opened = next(r.seq for r in served.ledger.rows if r.fact.type == "incident.opened")
    intent = next(r for r in served.ledger.rows if r.fact.type == "intent.decided")
    page = client.get(f"/ledger/{opened}").text
    assert "Opened as critical" in page
    assert "&#34;incident&#34;: &#34;INC-1&#34;" in page
    assert 'href="/incidents/INC-1"' in page
    assert 'href="/ledger?q=incident%3AINC-1"' in page
    assert f'href="/ledger/{opened + 1}"' in page
    noted = next(r.seq for r in served.ledger.rows if r.fact.type == "incident.noted")
    beside = client.get(f"/ledger/{noted}").text.split("Beside the chain")[1]
    assert "the &lt;b&gt;disk&lt;/b&gt; is full" in beside
    assert intent.fact.type in client.get(f"/ledger/{intent.seq}").text


def test_a_cause_is_linked_both_ways() -> None:
    from opsguide.monitoring.commands import Probed

    served = Served()
    served.adopt()
    for _ in range(3):
        served.clock.advance(5)
        served.do(Probed("production", up=False, latency_seconds=0.0, error="refused"))
    down = next(r.seq for r in served.ledger.rows if r.fact.type == "environment.down")
    opened = next(r for r in served.ledger.rows if r.fact.type == "incident.opened")
    assert opened.fact.cause == down
    with TestClient(served.app, base_url=BASE) as client:
        assert f'href="/ledger/{down}"' in client.get(f"/ledger/{opened.seq}").text.split("Because of")[1]
        assert f'href="/ledger/{opened.seq}"' in client.get(f"/ledger/{down}").text.split("It led to")[1]


@pytest.mark.parametrize("path", ["/ledger/0", "/ledger/999", "/ledger/99999999999999999999"])
def test_a_number_that_is_not_there_says_what_the_last_one_is(
    client: TestClient[Litestar], path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "The last one is" in answer.text


def test_a_wrong_time_is_refused(client: TestClient[Litestar]) -> None:
    answer = client.get("/ledger?since=yesterday")
    assert answer.status_code == 400
    assert "is no instant" in answer.text


def test_verifying_shows_what_it_found_and_changes_nothing(
    client: TestClient[Litestar], served: Served
) -> None:
    before = served.head.seq
    page = client.post("/ledger/verify").text
    assert "The chain verifies" in page
    assert f"All {before} rows fit" in page
    assert served.head.seq == before


async def test_a_broken_chain_is_told_where_it_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    from opsguide.kernel.errors import LedgerBroken

    served = Served()
    served.adopt()

    def verify() -> None:
        raise LedgerBroken("the row was changed: its bytes do not give its hash", where="seq 7")

    monkeypatch.setattr(served.ledger, "verify", verify)
    with TestClient(served.app, base_url=BASE) as client:
        page = client.post("/ledger/verify").text
    assert "The chain does not verify" in page
    assert "seq 7: the row was changed" in page


async def test_the_export_is_a_file_that_verifies_anywhere(tmp_path: Path) -> None:
    from opsguide.app.pages import pages

    await kept(a_month(), tmp_path / "data")
    served = Served()
    app = served.built(pages(served.edges(tmp_path / "data")))
    with TestClient(app, base_url=BASE) as client:
        answer = client.get("/ledger/export")
    assert "attachment" in answer.headers["content-disposition"]
    (tmp_path / "x.jsonl").write_bytes(answer.content)
    proof = verify(exported(tmp_path / "x.jsonl"))
    assert proof.head == open_readonly(tmp_path / "data").head()


def test_as_of_an_instant_only_what_was_recorded_then_is_there(client: TestClient[Litestar]) -> None:
    page = client.get("/ledger", params={"as-of": "2026-11-23T03:05:00Z"}).text
    assert numbers(page) == [1]


def test_an_empty_ledger_says_what_will_be_there() -> None:
    with TestClient(Served().app, base_url=BASE) as client:
        assert "Nothing is recorded yet" in client.get("/ledger").text
        assert "Nothing is recorded yet" in client.get("/ledger/1").text
