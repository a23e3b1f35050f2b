"""Scraping a real page of metrics, whole or not at all."""

from collections.abc import Sequence

import pytest

from opsguide.kernel.ports import Sample
from opsguide.monitoring.scrape import ScrapeError, scrape
from opsguide.service.guarded import Guarded
from opsguide.telemetry.exposition import parse
from tests.monitoring.faulty import closed_port, faulty

fetch = Guarded().fetch


async def look(url: str, *, private: bool = True) -> Sequence[Sample]:
    return (await scrape(url, private=private, timeout=5.0, fetch=fetch, parse=parse)).samples


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


async def test_it_asks_as_prometheus_does_and_reads_what_open_metrics_says() -> None:
    async with faulty() as server:
        samples = await look(server.url("/openmetrics"))
    assert {sample.labels["__name__"]: sample.value for sample in samples if "le" not in sample.labels} == {
        "shop_latency_seconds_count": 42,
        "shop_latency_seconds_sum": 3.5,
        "shop_latency_seconds_created": 1790000000.25,
        "shop_requests_total": 42,
    }
    assert [sample.value for sample in samples if "le" in sample.labels] == [41, 42]
    asked = server.requests[0].lower()
    assert "accept: application/openmetrics-text;version=1.0.0;" in asked
    assert "text/plain;version=0.0.4;" in asked
    assert "protobuf" not in asked
    assert "accept-encoding: gzip\r\n" in asked
    assert "x-prometheus-scrape-timeout-seconds: 5\r\n" in asked


@pytest.mark.parametrize("path", ["/openmetrics/cut", "/openmetrics/lines"])
async def test_open_metrics_without_its_end_was_cut_off(path: str) -> None:
    async with faulty() as server:
        with pytest.raises(ScrapeError, match="its metrics are malformed") as caught:
            await look(server.url(path))
    assert caught.value.reason == "malformed"


async def test_a_page_that_is_too_large_unpacked_is_given_up() -> None:
    async with faulty() as server:
        with pytest.raises(ScrapeError, match="larger than 16777216 bytes"):
            await look(server.url("/bomb"))


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
