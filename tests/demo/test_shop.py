"""Harbour is a real shop: it sells, it counts truly, and its faults are faults."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import quantiles

import httpx
import pytest
import pytest_asyncio

from opsguide.demo.shop.faults import BETWEEN_LEAKS_SECONDS, LEAKED
from opsguide.demo.shop.pool import SIZE
from tests.demo.pieces import Shop, running_postgres, running_shop

# One shop for all: starting one takes longer than most of these tests.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def opened(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    async with AsyncExitStack() as stack:
        url = (
            await stack.enter_async_context(running_postgres(folder)) if request.param == "postgresql" else ""
        )
        yield await stack.enter_async_context(running_shop(folder, url))


@pytest_asyncio.fixture(loop_scope="module")
async def shop(opened: Shop) -> AsyncIterator[Shop]:
    yield opened
    assert (await opened.child.ask("heal")).startswith("ok ")


async def buy(shop: Shop, product: str = "1") -> int:
    return (await shop.client.post("/checkout", data={"product": product})).status_code


async def test_it_sells(shop: Shop) -> None:
    front = await shop.client.get("/")
    assert front.headers["content-type"].startswith("text/html")
    assert "Harbour mug" in front.text
    before = (await shop.client.get("/products")).json()[0]["stock"]
    sold = await shop.client.post("/checkout", data={"product": "1"})
    assert re.search(r"Order \d+ is on its way", sold.text)
    assert (await shop.client.get("/products")).json()[0]["stock"] == before - 1


async def test_it_refuses_what_is_no_order(shop: Shop) -> None:
    assert await buy(shop, "99") == 404
    assert await buy(shop, "a mug") == 400
    assert await buy(shop, "9" * 5000) == 400
    assert (await shop.client.get("/checkout")).status_code == 405
    assert (await shop.client.get("/no/such/page")).status_code == 404


COUNTED = (
    {"route": "/products", "status": "200"},
    {"route": "/checkout", "method": "POST", "status": "200"},
    {"route": "other", "status": "404"},
)


async def test_its_metrics_are_true(shop: Shop) -> None:
    async def counts() -> list[float]:
        requests = [await shop.metric("http_requests_total", **labels) for labels in COUNTED]
        timed = await shop.metric("http_request_duration_seconds_count", route="/products")
        return [
            *requests,
            timed,
            await shop.metric("http_request_duration_seconds_bucket", route="/products", le="+Inf"),
        ]

    before, queries = await counts(), await shop.metric("db_query_duration_seconds_count")
    await shop.many(3)
    assert [await buy(shop) for _ in range(2)] == [200, 200]
    await shop.client.get("/nowhere")
    assert [now - then for now, then in zip(await counts(), before, strict=True)] == [3, 2, 1, 3, 3]
    # Three lists; two orders, each with the list on the page that thanks for it.
    assert await shop.metric("db_query_duration_seconds_count") - queries == 7
    assert await shop.metric("db_pool_connections_max") == SIZE
    assert await shop.metric("db_pool_connections_in_use") == 0
    assert await shop.metric("process_start_time_seconds") > 1_700_000_000


async def test_errors_are_real_failures(shop: Shop) -> None:
    assert (await shop.child.ask("break errors")).startswith("ok ")
    assert [await buy(shop) for _ in range(3)] == [500, 500, 500]
    assert (await shop.client.get("/products")).status_code == 200
    assert await shop.metric("http_requests_total", route="/checkout", status="500") == 3
    assert re.search(
        'no such table: orders|relation "orders" does not exist', "".join(shop.child.last_lines())
    )
    assert (await shop.child.ask("heal")).startswith("ok ")
    assert await buy(shop) == 200


async def test_slow_pages_really_wait(shop: Shop) -> None:
    quick = await shop.many(20)
    assert quantiles(quick, n=20)[-1] < 0.5
    await shop.child.ask("break slow")
    waits: list[float] = []
    for _ in range(3):
        # All came free at once when the lock was let go; a little later it is held again.
        await asyncio.sleep(0.2)
        waits += await shop.many(4)
    assert quantiles(waits, n=20)[-1] > 0.5
    slow = await shop.metric("http_request_duration_seconds_count")
    assert slow - await shop.metric("http_request_duration_seconds_bucket", le="0.5") > 0.05 * slow
    await shop.child.ask("heal")
    assert max(await shop.many(10)) < 0.5


async def test_connections_really_leak(shop: Shop) -> None:
    await shop.child.ask("break connections")
    await asyncio.sleep(LEAKED * BETWEEN_LEAKS_SECONDS + 0.5)
    assert await shop.metric("db_pool_connections_in_use") == LEAKED
    assert LEAKED / SIZE > 0.8
    assert len(await shop.many(10)) == 10  # the rest of the pool still serves
    await shop.child.ask("heal")
    assert await shop.metric("db_pool_connections_in_use") == 0


async def test_a_stopped_shop_refuses_connections_and_starts_whole_again(tmp_path: Path) -> None:
    async with running_shop(tmp_path) as shop:
        await shop.child.ask("break errors")
        await shop.child.stop()
        with pytest.raises(httpx.ConnectError):
            await shop.client.get("/")
    async with running_shop(tmp_path) as again:
        assert await buy(again) == 200


async def test_it_says_no_to_what_it_does_not_know(shop: Shop) -> None:
    assert (await shop.child.ask("break everything")).startswith("no ")
    assert (await shop.child.ask("dance")).startswith("no ")
    assert (await shop.child.ask("heal")).startswith("ok ")
