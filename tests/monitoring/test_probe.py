"""Probing a real server through the guarded client, with the faults that a service has."""

import math

from opsguide.monitoring.probe import ProbeResult, probe
from opsguide.service.guarded import Guarded
from tests.monitoring.faulty import closed_port, faulty

fetch = Guarded(max_bytes=100_000).fetch


async def look(url: str, *, private: bool = True, timeout: float = 5.0) -> ProbeResult:  # noqa: ASYNC109
    return await probe(url, private=private, timeout=timeout, fetch=fetch)


async def test_a_service_that_answers_is_up() -> None:
    async with faulty() as server:
        result = await look(server.url("/ok"))
    assert result.up
    assert (result.status, result.error, result.tls_expires) == (200, "", None)
    assert result.latency_seconds > 0


async def test_a_server_error_is_down_and_was_still_timed() -> None:
    async with faulty() as server:
        result = await look(server.url("/error"))
    assert not result.up
    assert (result.status, result.error) == (500, "it answered 500")
    assert result.latency_seconds > 0


async def test_a_missing_page_is_down() -> None:
    async with faulty() as server:
        assert (await look(server.url("/nowhere"))).error == "it answered 404"


async def test_nobody_listening() -> None:
    result = await look(f"http://127.0.0.1:{await closed_port()}/")
    assert (result.up, result.status, result.error) == (False, None, "it takes no connection")
    assert math.isnan(result.latency_seconds)


async def test_a_service_that_never_answers() -> None:
    async with faulty() as server:
        result = await look(server.url("/never"), timeout=0.1)
    assert (result.up, result.error) == (False, "no answer within 0.1 s")


async def test_what_is_no_http() -> None:
    async with faulty() as server:
        assert (await look(server.url("/garbage"))).error == "the answer broke off or is no HTTP"
        assert (await look(server.url("/cut"))).error == "the answer broke off or is no HTTP"


async def test_a_body_without_end_is_cut_off() -> None:
    async with faulty() as server:
        assert (await look(server.url("/endless"))).error == "the answer is larger than 100000 bytes"


async def test_private_addresses_only_where_a_binding_allows_them() -> None:
    async with faulty() as server:
        refused = await look(server.url("/ok"), private=False)
        by_name = await look(server.url("/ok", host="localhost"), private=False)
        assert refused.error == "127.0.0.1 is not allowed: 127.0.0.1 is a private address"
        assert by_name.error.startswith("localhost is not allowed: ")
        assert not server.requests


async def test_a_redirect_is_followed_and_counts_as_up() -> None:
    async with faulty() as server:
        result = await look(server.url("/redirect?/ok"))
        assert (result.up, result.status) == (True, 200)


async def test_a_redirect_to_a_metadata_service_is_refused_even_where_private_is_allowed() -> None:
    async with faulty() as server:
        result = await look(server.url("/redirect?http://169.254.169.254/latest/meta-data"))
        assert "169.254.169.254 is not allowed" in result.error


async def test_a_secret_in_the_address_does_not_reach_the_error() -> None:
    result = await look(f"http://ana:hunter2@127.0.0.1:{await closed_port()}/?token=sesame")
    assert "hunter2" not in result.error
    assert "sesame" not in result.error
