"""Probes of each kind against real servers, through the guarded ways out."""

import asyncio

from opsguide.guide.bindings import Expect, ProbeBinding
from opsguide.monitoring.probes.edge.ask import Ways, look
from opsguide.monitoring.probes.looks import Look
from opsguide.service.guarded import Guarded
from opsguide.service.reaching import converse
from opsguide.service.resolving import look_up
from tests.monitoring.faulty import closed_port, faulty
from tests.service.test_reaching import saying
from tests.service.test_resolving import serving

WAYS = Ways(
    Guarded(max_bytes=100_000).fetch, converse, look_up, lambda text: "sesame" if text == "env:KEY" else text
)


async def probe(ways: Ways = WAYS, **binding: object) -> Look:
    settings = {"private": True, "timeout": 1.0, "retries": 0} | binding
    return await look(ProbeBinding(**settings), ways)  # type: ignore[arg-type]


async def test_http_that_answers_as_expected_and_not() -> None:
    async with faulty() as server:
        found = await probe(url=server.url("/ok"), expect=Expect(status=("200",), contains="fine"))
        assert (found.up, found.why, found.detail, found.attempts) == (True, "", "200", 1)
        assert set(found.phases) == {"resolve", "connect", "processing", "transfer"}
        failed = await probe(url=server.url("/ok"), expect=Expect(contains="well"))
        assert (failed.up, failed.why) == (False, "the answer does not contain “well”")
        assert failed.seconds is not None, "there was an answer to time"
        assert (await probe(url=server.url("/error"))).why == "it answered 500"


async def test_method_headers_body_and_a_secret_by_reference() -> None:
    async with faulty() as server:
        await probe(
            url=server.url("/ok"),
            method="POST",
            headers={"X-Key": "env:KEY", "Accept": "text/plain"},
            body="ping",
        )
        (request,) = server.requests
    assert request.startswith("POST /ok ")
    assert "X-Key: sesame" in request
    assert "Accept: text/plain" in request
    assert "Content-Length: 4" in request


async def test_a_failed_look_is_tried_again_at_once_before_it_counts() -> None:
    """A server that is restarting refuses one connection and takes the next."""
    port = await closed_port()
    asking = asyncio.create_task(probe(tcp=f"127.0.0.1:{port}", retries=1))
    await asyncio.sleep(0.05)
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", port)
    async with server:
        found = await asking
    assert (found.up, found.attempts) == (True, 2)


async def test_one_that_stays_away_fails_with_the_last_reason() -> None:
    found = await probe(tcp=f"127.0.0.1:{await closed_port()}", retries=1)
    assert (found.up, found.why, found.attempts, found.seconds) == (False, "it takes no connection", 2, None)


async def test_tcp_that_greets() -> None:
    async with saying(b"220 mail ready\r\n", echo=True) as port:
        assert (await probe(tcp=f"127.0.0.1:{port}", expect=Expect(contains="220 "))).up
        assert (await probe(tcp=f"127.0.0.1:{port}", send="PING\r\n", expect=Expect(matches="PONG\r?\n"))).up
        wrong = await probe(tcp=f"127.0.0.1:{port}", timeout=0.2, expect=Expect(contains="+OK"))
        assert wrong.why == "the answer does not contain “+OK”"
    async with saying(b"") as port:
        silent = await probe(tcp=f"127.0.0.1:{port}", timeout=0.2, expect=Expect(contains="+OK"))
        assert silent.why == "it takes the connection and says nothing"


async def test_dns_with_expected_answers() -> None:
    async with serving() as resolver:
        good = await probe(
            dns="shop.example", resolver=resolver, expect=Expect(answers=("192.0.2.8", "192.0.2.7"))
        )
        assert (good.up, good.detail) == (True, "192.0.2.7, 192.0.2.8")
        hijacked = await probe(dns="shop.example", resolver=resolver, expect=Expect(answers=("192.0.2.7",)))
        assert hijacked.why == "192.0.2.8 is answered, and not expected"
        assert (await probe(dns="gone.example", resolver=resolver)).why == "there is no name gone.example"


async def test_every_kind_is_guarded() -> None:
    for binding in (
        {"url": "http://127.0.0.1/"},
        {"tcp": "127.0.0.1:80"},
        {"dns": "a.example", "resolver": "127.0.0.1"},
    ):
        assert "is a private address" in (await probe(WAYS, **(binding | {"private": False}))).why
        on_a_region = Ways(WAYS.ask, WAYS.converse, WAYS.look_up, WAYS.resolve, private=False)
        refused = await probe(on_a_region, **binding)
        assert refused.unable
        assert "start it with --private" in refused.why
