"""The page of error budgets and the API: what is left, what it was spent on, when it will be gone."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from opsguide.kernel.clock import parse_instant, rfc3339
from opsguide.monitoring import spending
from opsguide.monitoring.commands import Counted, Probed
from opsguide.monitoring.spending import Account, Which
from opsguide.monitoring.state import State
from tests.cast import BINDINGS, PROMISES, UPTIME
from tests.web.html import text_of
from tests.web.served import Served, harbour, lined
from tests.world import World

BASE = "http://127.0.0.1:8470"
BY_REQUESTS = f'\n[objectives."{UPTIME}"]\ncount = "requests"\n'
DAY = 86_400.0


def adopted(more: str = "") -> World:
    world = World()
    world.adopt(PROMISES, BINDINGS + more)
    world.do(Probed("production", True, 0.02))
    return world


def account(world: World, which: Which = "this") -> Account:
    state: State = world.engine.state("monitoring")
    return spending.accounts(state, which, world.clock.now())[0]


def fail(world: World, seconds: float) -> None:
    for _ in range(3):
        world.do(Probed("production", False, 0.0, "it takes no connection"))
    world.pass_time(seconds)
    world.do(Probed("production", True, 0.02))


def serve(world: World, hours: int, failed: float) -> None:
    for _ in range(hours):
        start = world.clock.now()
        world.clock.advance(3600)
        world.do(Counted("production", start, world.clock.now(), 100_000, failed))


# What it was spent on


def test_each_outage_is_listed_with_its_share_and_the_course_falls_by_it() -> None:
    world = adopted()
    fail(world, 300)
    world.clock.advance(3600)
    fail(world, 600)
    found = account(world)
    assert [round(one.cost) for one in found.spends] == [600, 300]
    assert found.spends[1].share == pytest.approx(300 / 2592)
    assert [round(left) for _, left in found.course] == [2592, 2592, 2292, 2292, 1692, 1692]
    assert found.course[-1][0] == found.until == world.clock.now()
    assert [at for at, _ in found.course] == sorted(at for at, _ in found.course)


def test_an_outage_that_goes_on_has_no_end_yet() -> None:
    world = adopted()
    for _ in range(3):
        world.do(Probed("production", False, 0.0, "it takes no connection"))
    world.pass_time(60)
    assert account(world).spends[0].end is None


def test_only_the_part_of_an_outage_in_the_period_is_listed() -> None:
    world = adopted()
    world.clock.advance((parse_instant("2026-11-30T23:50:00Z") - world.clock.now()) / 1000)
    fail(world, 1200)
    assert [round(one.cost) for one in account(world).spends] == [600]
    last = account(world, "last")
    assert [round(one.cost) for one in last.spends] == [600]
    assert rfc3339(last.until) == "2026-12-01T00:00:00.000Z"
    assert last.over
    assert [round(one.cost) for one in account(world, "30d").spends] == [1200]


def test_by_request_the_hours_with_failures_are_listed_the_dearest_kept() -> None:
    world = adopted(BY_REQUESTS)
    serve(world, 3, 0)
    serve(world, 1, 40)
    serve(world, 2, 10)
    found = account(world)
    assert [(one.cost, one.total) for one in found.spends] == [(10, 100_000), (10, 100_000), (40, 100_000)]
    assert found.budget.left == pytest.approx(600 - 60)
    assert found.achieved == pytest.approx(1 - 60 / 600_000)
    assert found.course[-1][1] == pytest.approx(540)


def test_of_very_many_only_the_dearest_are_listed_and_the_others_counted() -> None:
    world = adopted(BY_REQUESTS)
    serve(world, 60, 1)
    serve(world, 1, 500)
    found = account(world)
    assert (len(found.spends), found.spent_in) == (50, 61)
    assert max(one.cost for one in found.spends) == 500


# How long it lasts


def test_a_budget_that_is_spent_fast_says_when_it_is_gone() -> None:
    world = adopted()
    world.clock.advance((parse_instant("2026-12-01T00:00:00Z") - world.clock.now()) / 1000)
    world.do(Probed("production", True, 0.02))
    fail(world, 900)
    found = account(world)
    # 900 s in three days, of 2678 s: the other 1778 s last about six days.
    assert found.gone_at is not None
    assert (found.gone_at - world.clock.now()) / 1000 == pytest.approx(3 * DAY * 1778 / 900, rel=0.01)


def test_a_budget_that_lasts_the_period_says_no_day() -> None:
    world = adopted()
    world.clock.advance(5 * DAY)
    world.do(Probed("production", True, 0.02))
    fail(world, 30)
    assert account(world).gone_at is None
    assert account(world, "last").gone_at is None


def test_the_other_way_of_counting_is_told_where_it_is_known() -> None:
    world = adopted()
    assert account(world).other is None
    serve(world, 2, 7)
    other = account(world).other
    assert other is not None
    assert (other.count, other.spent) == ("requests", 14)


# The page and the API


@pytest.fixture(scope="module")
def served() -> Served:
    served = harbour()
    served.do(Probed("production", True, 0.02))
    for _ in range(3):
        served.do(Probed("production", False, 0.0, "it takes no connection"))
    served.clock.advance(600)
    served.do(Probed("production", True, 0.02))
    served.clock.advance(3600)
    served.do(Probed("production", True, 0.02))
    return served


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[TestClient[Any]]:
    with TestClient(served.app, base_url=BASE) as found:
        yield found


def test_the_page_says_what_is_left_and_links_what_it_was_spent_on(client: TestClient[Any]) -> None:
    answer = client.get("/budget")
    page = text_of(answer.text)
    assert "Left 33 m 12 s of 43 m 12 s, 77 %" in page
    assert "Spent 10 m in 1 outage" in page
    assert "23 Nov 2026, 03:00:00 UTC 10 m 23.1 % /incidents/INC-1 production is down INC-1" in page
    assert 'href="/incidents/INC-1"' in answer.text
    assert f"/promises/{UPTIME}" in answer.text


def test_its_chart_tells_a_screen_reader_what_it_shows(client: TestClient[Any]) -> None:
    told = "downtime budget left, this month: 33 m 12 s of 43 m 12 s"
    assert f"<title>{told}</title>" in client.get("/budget").text
    file = client.get(f"/budget/{UPTIME}/chart.svg")
    assert file.headers["content-type"].startswith("image/svg+xml")
    assert told in file.text
    assert client.get("/budget/nothing/chart.svg").status_code == 404


@pytest.mark.parametrize(
    ("period", "said"),
    [("this", "over this month"), ("last", "over last month"), ("30d", "over the last 30 days")],
)
def test_the_period_can_be_switched(client: TestClient[Any], period: str, said: str) -> None:
    page = text_of(client.get(f"/budget?period={period}").text)
    assert f"counted by time {said}" in page


def test_an_unknown_period_is_refused(client: TestClient[Any]) -> None:
    assert client.get("/budget?period=century").status_code == 400
    assert client.get("/api/v1/budgets?period=century").status_code == 400


def test_the_past_is_shown_as_it_was(served: Served, client: TestClient[Any]) -> None:
    then = rfc3339(parse_instant("2026-11-23T03:05:00Z"))
    page = client.get(f"/budget?as-of={then}")
    assert "not over yet" in page.text
    found = client.get(f"/api/v1/budgets?as-of={then}").json()["items"][0]
    assert (found["spent"], found["spends"][0]["end"]) == (300.0, None)


def test_the_api_says_the_same(client: TestClient[Any]) -> None:
    found = client.get("/api/v1/budgets").json()["items"][0]
    assert (found["promise"], found["count"], found["period"]) == (UPTIME, "time", "month")
    assert (round(found["allowed"]), found["spent"], round(found["left"])) == (2592, 600.0, 1992)
    assert found["spends"][0]["incidents"][0] == "INC-1"
    assert found["burning"] in ("fast", "slow", None)
    assert found["course"][-1]["left"] == found["left"]


def test_a_burning_budget_says_so(served: Served, client: TestClient[Any]) -> None:
    burn = served.state("monitoring").burns[UPTIME]
    assert "Burning" in text_of(client.get("/budget").text)
    assert client.get("/api/v1/budgets").json()["items"][0]["why"] == burn.reason


def test_without_an_availability_the_page_says_what_would_be_there() -> None:
    served = Served()
    served.adopt(promises=[lined(one) for one in PROMISES if one.id != UPTIME])
    with TestClient(served.app, base_url=BASE) as client:
        assert "The guide promises no availability" in text_of(client.get("/budget").text)
        assert client.get("/api/v1/budgets").json()["items"] == []


def test_an_objective_that_is_not_bound_says_what_binds_it() -> None:
    served = Served()
    served.adopt(more_bindings=BY_REQUESTS)
    with TestClient(served.app, base_url=BASE) as client:
        assert "No requests were counted in this time" in text_of(client.get("/budget").text)


def test_the_status_is_plain_json(client: TestClient[Any]) -> None:
    assert json.loads(client.get("/api/v1/budgets").text)["next"] is None
