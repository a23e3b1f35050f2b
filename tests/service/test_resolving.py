"""The DNS through the guarded door, asked at a real server on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from opsguide.service.guarded import OutboundError
from opsguide.service.resolving import Answers, look_up

ZONE = {
    ("shop.example.", "A"): ["192.0.2.7", "192.0.2.8"],
    ("shop.example.", "MX"): ["10 mail.shop.example."],
    ("shop.example.", "TXT"): ['"v=spf1 -all"'],
}


class Server(asyncio.DatagramProtocol):
    """Answers for a zone; the first `deaf` questions are lost."""

    def __init__(self, deaf: int = 0) -> None:
        self.deaf, self.asked = deaf, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        if self.asked <= self.deaf:
            return
        question = dns.message.from_wire(data)
        reply = dns.message.make_response(question)
        (asked,) = question.question
        name, kind = asked.name.to_text().lower(), asked.rdtype.name
        if name == "broken.example.":
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif not any(known == name for known, _ in ZONE):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif records := ZONE.get((name, kind)):
            reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *records))
        self._transport.sendto(reply.to_wire(), addr)


@asynccontextmanager
async def serving(deaf: int = 0) -> AsyncIterator[str]:
    """The address of a resolver."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Server(deaf), local_addr=("127.0.0.1", 0))
    try:
        yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()


async def ask(
    resolver: str, name: str = "shop.example", record: str = "A", *, private: bool = True, seconds: float = 2
) -> Answers:
    return await look_up(name, record, resolver=resolver, private=private, timeout=seconds)


async def test_records_as_text_in_their_order() -> None:
    async with serving() as resolver:
        assert (await ask(resolver)).records == ("192.0.2.7", "192.0.2.8")
        assert (await ask(resolver, record="MX")).records == ("10 mail.shop.example",)
        assert (await ask(resolver, record="TXT")).records == ('"v=spf1 -all"',)


async def test_a_lost_datagram_is_sent_again() -> None:
    async with serving(deaf=1) as resolver:
        assert (await ask(resolver, seconds=0.6)).records


@pytest.mark.parametrize(
    ("name", "record", "said"),
    [
        ("nowhere.example", "A", "there is no name nowhere.example"),
        ("shop.example", "AAAA", "shop.example has no AAAA record"),
        ("broken.example", "A", "the resolver answered SERVFAIL"),
    ],
)
async def test_what_is_wrong_is_said(name: str, record: str, said: str) -> None:
    async with serving() as resolver:
        with pytest.raises(OutboundError, match=said):
            await ask(resolver, name, record)


async def test_a_deaf_resolver() -> None:
    async with serving(deaf=99) as resolver:
        with pytest.raises(OutboundError, match=r"no answer from 127\.0\.0\.1 within 0\.2 s"):
            await ask(resolver, seconds=0.2)


async def test_a_bound_resolver_is_vetted_like_anything_else() -> None:
    async with serving() as resolver:
        with pytest.raises(OutboundError, match="is a private address"):
            await ask(resolver, private=False)
    with pytest.raises(OutboundError, match="link-local"):
        await ask("169.254.169.253", private=True)
