"""The page of probes, their API, what regions send, and the addresses that jobs call."""

import msgspec
import pytest
from litestar.testing import TestClient

from opsguide.monitoring.probes.looks import Look
from opsguide.monitoring.probes.reports import AgedLook, Plan, Report, Taken
from tests.web.served import Served, settle

BOUND = """
[regions.eu-west]
token = "env:EU"
[regions.us-east]
token = "env:US"
[probes.checkout]
url = "https://shop.example/checkout"
environment = "production"
every = "30s"
[probes.mail]
tcp = "mail.example:25"
regions = ["local"]
[probes.nightly-backup]
heartbeat = "1d"
[probes.old-printer]
heartbeat = "7d"
get = true
"""
TOKEN = {"authorization": "Bearer what env:EU holds"}
DAY = 86_400_000


def served(bound: str = BOUND) -> Served:
    found = Served()
    found.adopt(more_bindings=bound)
    settle(_follow(found))
    return found


async def _follow(found: Served) -> None:
    found.probing.start()
    found.probing.follow()


def look(found: Served, name: str, region: str, *looks: Look) -> None:
    async def taking() -> None:
        for one in looks:
            found.clock.advance(1)
            found.probing.take(name, region, one, found.clock.now())
        await found.probing.judge(name)

    settle(taking())


def client(found: Served) -> TestClient:  # type: ignore[type-arg]
    return TestClient(found.app, base_url="http://127.0.0.1:8470")


def test_without_probes_the_page_says_how_to_bind_one() -> None:
    with client(served("")) as browser:
        page = browser.get("/probes").text
    assert "No probe is bound yet" in page
    assert "[probes.shop]" in page


def test_what_is_down_stands_first_with_its_reason_its_regions_and_its_certificate() -> None:
    found = served()
    soon = found.clock.now() + 9 * DAY + 3_600_000
    look(found, "checkout", "local", Look(True, seconds=0.142, tls_expires=soon))
    look(found, "checkout", "eu-west", Look(False, "it answered 503"), Look(False, "it answered 503"))
    look(found, "checkout", "us-east", Look(True, seconds=0.3, tls_expires=soon))
    look(found, "mail", "local", *[Look(False, "it takes no connection")] * 2)
    with client(found) as browser:
        page = browser.get("/probes").text
        listed = browser.get("/api/v1/probes").json()["items"]
    assert (
        page.index('<th scope="row">mail')
        < page.index('<th scope="row">nightly-backup')
        < page.index('<th scope="row">checkout')
    )
    assert "It takes no connection" in page
    assert "It fails from 1 of 3 regions only (eu-west)" in page
    assert "9 days left" in page
    assert "142 ms" in page
    assert [(one["name"], one["state"]) for one in listed] == [
        ("mail", "down"),
        ("nightly-backup", "waiting"),
        ("old-printer", "waiting"),
        ("checkout", "up"),
    ]
    checkout = listed[-1]
    assert (checkout["certificate_days"], checkout["certificate_soon"]) == (9, True)
    assert [(vote["region"], vote["says"]) for vote in checkout["regions"]] == [
        ("local", "up"),
        ("eu-west", "down"),
        ("us-east", "up"),
    ]
    assert checkout["last_failure"]["why"] == "it answered 503"


def test_a_page_of_the_past_shows_what_the_ledger_knows() -> None:
    found = served()
    look(found, "mail", "local", *[Look(False, "it takes no connection")] * 2)
    found.clock.advance(60)
    look(found, "mail", "local", Look(True, seconds=0.1))
    with client(found) as browser:
        then = browser.get("/api/v1/probes/mail", params={"as-of": "2026-11-23T03:00:30Z"}).json()
        now = browser.get("/api/v1/probes/mail").json()
        assert browser.get("/probes?as-of=2026-11-23T03:00:30Z").status_code == 200
    assert (then["state"], now["state"]) == ("down", "up")
    assert then["reason"] == "2 looks in a row failed: it takes no connection"


def test_one_that_is_not_bound() -> None:
    with client(served()) as browser:
        answer = browser.get("/api/v1/probes/checkut")
    assert (answer.status_code, answer.json()["type"]) == (404, "not_found")


def test_a_region_gets_its_plan_and_its_looks_are_taken() -> None:
    found = served()
    with client(found) as browser:
        planned = msgspec.json.decode(browser.get("/regions/eu-west/plan", headers=TOKEN).content, type=Plan)
        assert list(planned.probes) == ["checkout"]
        report = Report("run", 0, (AgedLook("checkout", 2.0, Look(True, seconds=0.2)),), version="0.1.0")
        answer = browser.post(
            "/regions/eu-west/looks",
            content=msgspec.json.encode(report),
            headers=TOKEN | {"content-type": "application/json"},
        )
        assert msgspec.json.decode(answer.content, type=Taken) == Taken(1, planned.tag)
        (eu_west, us_east) = browser.get("/api/v1/regions").json()["items"]
    assert (eu_west["state"], eu_west["version"], us_east["state"]) == ("reporting", "0.1.0", "waiting")


@pytest.mark.parametrize(
    ("region", "header"),
    [
        ("eu-west", {}),
        ("eu-west", {"authorization": "Bearer what env:US holds"}),
        ("eu-west", {"authorization": "Basic what env:EU holds"}),
        ("eu-west", {"authorization": "Bearer"}),
        ("ap-south", TOKEN),
        ("local", TOKEN),
    ],
)
def test_nobody_else_is_a_region(region: str, header: dict[str, str]) -> None:
    found = served()
    with client(found) as browser:
        asked = browser.get(f"/regions/{region}/plan", headers=header)
        sent = browser.post(f"/regions/{region}/looks", json={}, headers=header)
    assert (asked.status_code, sent.status_code) == (401, 401)
    assert found.probing.regions["eu-west"].heard is None


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"run": 1, "number": 0, "looks": []}', b"\xff"])
def test_what_is_no_report_leaves_no_trace(body: bytes) -> None:
    found = served()
    with client(found) as browser:
        headers = TOKEN | {"content-type": "application/json"}
        answer = browser.post("/regions/eu-west/looks", content=body, headers=headers)
    assert answer.status_code == 400
    assert found.probing.regions["eu-west"].heard is None


def test_a_job_calls_its_address_and_says_how_it_went() -> None:
    found = served()
    with client(found) as browser:
        page = browser.get("/probes/nightly-backup/address").text
        address = "/ping/nightly-backup/secret-of-nightly-backup"
        assert f"http://127.0.0.1:8470{address}" in page
        assert browser.post(f"{address}/start").text == "OK\n"
        found.clock.advance(40)
        assert browser.post(f"{address}/0", content="12 <files>").status_code == 200
        assert browser.get("/api/v1/probes/nightly-backup").json()["state"] == "up"
        assert browser.get("/api/v1/probes/nightly-backup").json()["latency_seconds"] == 40
        assert "12 &lt;files&gt;" in browser.get("/probes/nightly-backup/address").text
        assert browser.post(f"{address}/3").status_code == 200
        job = browser.get("/api/v1/probes/nightly-backup").json()
    assert (job["state"], job["reason"]) == ("down", "the job ended with exit status 3")


def test_a_preview_is_no_sign_of_life_unless_the_binding_says_so() -> None:
    found = served()
    with client(found) as browser:
        refused = browser.get("/ping/nightly-backup/secret-of-nightly-backup")
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
        assert found.probing.beats["nightly-backup"].success is None
        assert browser.get("/ping/old-printer/secret-of-old-printer").status_code == 200
    assert found.probing.beats["old-printer"].success is not None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ping/nightly-backup/secret-of-old-printer", 404),
        ("/ping/nothing/secret-of-nothing", 404),
        ("/ping/checkout/secret-of-checkout", 404),
        ("/ping/nightly-backup/secret-of-nightly-backup/soon", 400),
    ],
)
def test_an_address_that_is_none_changes_nothing(path: str, status: int) -> None:
    found = served()
    with client(found) as browser:
        assert browser.post(path).status_code == status
        assert browser.get(path).status_code in (404, 405)
    assert all(beat.success is None for beat in found.probing.beats.values())


def test_only_a_job_has_an_address() -> None:
    with client(served()) as browser:
        assert browser.get("/probes/checkout/address").status_code == 404
        assert "secret" not in browser.get("/probes").text
        assert "secret" not in browser.get("/api/v1/probes").text


def test_the_last_hour_is_drawn() -> None:
    found = served()
    for _ in range(30):
        found.clock.advance(59)
        look(found, "mail", "local", Look(True, seconds=0.05))
    with client(found) as browser:
        assert "latency in the last hour: 50 ms to 50 ms" in browser.get("/probes").text
