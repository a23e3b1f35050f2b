"""The monitoring lines of our first user's guide, each kept and broken by a real fault, on both engines alike."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.demo.pieces import Shop
from tests.scenarios.scene import API, Scene, scene, visits

# One scene for all: a database, a shop and a Prometheus take longer to start than most of this.
pytestmark = pytest.mark.asyncio(loop_scope="module")

UPTIME = "monitoring.objective.availability"
P95 = "monitoring.objective.response_time.p95"
ERRORS = "monitoring.objective.error_rate.normal_traffic"
POOL = "monitoring.objective.pool_utilisation"
QUERIES = "monitoring.objective.query_time.p95"
HIGH_ERRORS, SLOW, CONNECTIONS = (
    f"monitoring.alert.{name}" for name in ("high_error_rate", "slow_response_time", "database_connections")
)
VITALS = tuple(
    f"{chapter}.objective.{name}" for chapter in ("monitoring", "performance") for name in ("lcp", "cls")
)
VITAL_ALERTS = ("performance.objective.lcp.alert", "performance.objective.cls.alert")
TIMES = tuple(f"{API}.{name}" for name in ("p50", "p95", "p99"))
TIME_ALERTS = tuple(f"{one}.alert" for one in TIMES)

OVER = 5
"""So many minutes after a fault no rate window holds any of it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with scene(tmp_path_factory.mktemp("scene")) as found:
        await found.step(visits, OVER)
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def calm(opened: Scene) -> AsyncIterator[Scene]:
    yield opened
    if opened.shop.child.running:
        assert (await opened.shop.child.ask("heal")).startswith("ok ")


async def test_calm(calm: Scene) -> None:
    calm.stand(
        "kept", UPTIME, P95, ERRORS, POOL, QUERIES, HIGH_ERRORS, SLOW, CONNECTIONS, *TIMES, *TIME_ALERTS
    )
    for name, side in calm.sides.items():
        assert not side.world.engine.state("incidents").open
        shops = "http_requests_total" in side.watch.telemetry.own.metric_names()
        assert shops is (name == "embedded"), "only the Prometheus has the shop's metrics on its side"


async def test_a_broken_table_breaks_the_error_rate_and_pages_after_five_minutes(calm: Scene) -> None:
    assert (await calm.shop.child.ask("break errors")).startswith("ok ")
    await calm.step(visits, 2)
    calm.stand("broken", ERRORS)
    calm.stand("at_risk", HIGH_ERRORS)
    await calm.step(visits, 5)
    calm.stand("broken", HIGH_ERRORS)
    for side in calm.sides.values():
        incident = side.incident(HIGH_ERRORS)
        assert incident is not None
        assert (incident.severity, incident.pages) == ("critical", True)
    assert (await calm.shop.child.ask("heal")).startswith("ok ")
    await calm.step(visits, OVER)
    calm.stand("kept", ERRORS, HIGH_ERRORS)
    assert {side.phase(HIGH_ERRORS) for side in calm.sides.values()} == {"inactive"}


async def test_a_lock_breaks_every_time_and_makes_a_ticket_after_two_minutes(calm: Scene) -> None:
    async def waiting(shop: Shop) -> None:
        async with calm.locked():
            visiting = asyncio.create_task(visits(shop))
            await asyncio.sleep(1.1)
        await visiting

    await calm.step(waiting, 4)
    calm.stand("broken", P95, QUERIES, *TIMES, *TIME_ALERTS, SLOW)
    for side in calm.sides.values():
        incident = side.incident(SLOW)
        assert incident is not None
        assert (incident.severity, incident.pages) == ("medium", False)
    await calm.step(visits, OVER)
    calm.stand("kept", P95, QUERIES, *TIMES, *TIME_ALERTS, SLOW)


async def test_leaking_connections_fill_the_pool(calm: Scene) -> None:
    assert (await calm.shop.child.ask("break connections")).startswith("ok ")
    await asyncio.sleep(2.0)
    await calm.step(visits, 2)
    calm.stand("broken", POOL, CONNECTIONS)
    assert (await calm.shop.child.ask("heal")).startswith("ok ")
    await calm.step(visits)
    calm.stand("kept", POOL, CONNECTIONS)


async def test_an_engine_that_does_not_answer_makes_nothing_green(calm: Scene) -> None:
    calm.stand("kept", P95, ERRORS, HIGH_ERRORS)
    there = calm.sides["prometheus"]
    with calm.engine.frozen(), there.hasty():
        await calm.step(visits, send=False)
        for promise in (P95, ERRORS, POOL, QUERIES, HIGH_ERRORS, SLOW):
            assert there.kind(promise) == "unproven"
            assert "did not answer within 0.3 s" in there.why(promise)
        assert there.kind(UPTIME) == "kept", "opsguide's own probes do not stand on it"
    await calm.step(visits)
    calm.stand("kept", P95, ERRORS, HIGH_ERRORS, UPTIME)


async def test_slow_pages_in_browsers_break_the_vitals(calm: Scene) -> None:
    async def viewed(_shop: Shop) -> None:
        for _ in range(10):
            calm.beacon("LCP", lcp)
            calm.beacon("CLS", cls)

    lcp, cls = 1500.0, 0.05
    calm.stand("unproven", *VITALS)
    await calm.step(viewed, 3)
    calm.stand("kept", *VITALS, *VITAL_ALERTS)
    lcp, cls = 4000.0, 0.3
    await calm.step(viewed, 12)
    calm.stand("broken", *VITALS, *VITAL_ALERTS)


async def test_a_shop_that_is_gone_breaks_uptime_and_leaves_nothing_green(calm: Scene) -> None:
    """The last: it does not come back."""
    await calm.shop.child.stop()

    async def nobody(_shop: Shop) -> None:
        return

    await calm.step(nobody, 4)
    for side in calm.sides.values():
        found = side.world.engine.state("incidents").open.values()
        assert any(one.severity == "critical" and one.pages for one in found)
    await calm.step(nobody, 11)
    calm.stand("unproven", P95, ERRORS, POOL, QUERIES, HIGH_ERRORS, SLOW, CONNECTIONS, *TIMES)
    for side in calm.sides.values():
        side.world.pass_time(3600)
    calm.stand("broken", UPTIME)
