"""Scraping a real page of metrics, whole or not at all."""

import pytest

from opsguide.kernel.ports import Sample
from opsguide.monitoring.scrape import ScrapeError, scrape
from opsguide.service.guarded import Guarded
from opsguide.telemetry.exposition import parse
from tests.monitoring.faulty import closed_port, faulty

fetch = Guarded().fetch


async def look(url: str, *, private: bool = True) -> list[Sample]:
    return await scrape(url, private=private, timeout=5.0, fetch=fetch, parse=parse)


async def test_all_samples_of_a_page() -> None:
    async with faulty() as server:
        samples = await look(server.url("/metrics"))
    assert samples == [
        Sample({"__name__": "shop_requests_total", "code": "200"}, 41.0),
        Sample({"__name__": "shop_requests_total", "code": "500"}, 1.0),
    ]


async def test_a_malformed_page_gives_nothing_and_names_the_line() -> None:
    async with faulty() as server:
        with pytest.raises(ScrapeError, match="its metrics are malformed: line 2: ") as caught:
            await look(server.url("/malformed"))
    assert caught.value.reason == "malformed"


async def test_a_page_that_is_refused() -> None:
    async with faulty() as server:
        with pytest.raises(ScrapeError, match="it answered 500") as caught:
            await look(server.url("/error"))
    assert caught.value.reason == "refused"


async def test_a_target_that_cannot_be_reached() -> None:
    with pytest.raises(ScrapeError, match="it takes no connection") as caught:
        await look(f"http://127.0.0.1:{await closed_port()}/metrics")
    assert caught.value.reason == "unreachable"


async def test_a_private_target_that_no_binding_allows() -> None:
    async with faulty() as server:
        with pytest.raises(ScrapeError, match="is a private address") as caught:
            await look(server.url("/metrics"), private=False)
    assert "private = true" in caught.value.hint
