"""Questions to the DNS, to a resolver that was vetted like any other address, or to the machine's own."""

import asyncio

import dns.asyncquery
import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
from msgspec import Struct

from .guarded import OutboundError, vetted

PORT = 53
ATTEMPTS = 2
"""Of UDP, whose datagrams may be lost; each has its share of the time."""


class Answers(Struct, frozen=True):
    """Every record of the wanted type, as text, without the dot at the end of names."""

    records: tuple[str, ...]
    latency_seconds: float


async def look_up(
    name: str,
    record: str,
    *,
    resolver: str | None,
    private: bool,
    timeout: float,  # noqa: ASYNC109
) -> Answers:
    """What a resolver answers within `timeout` seconds. Raises OutboundError, also where it knows no such name."""
    loop = asyncio.get_running_loop()
    start, server = loop.time(), ""
    try:
        async with asyncio.timeout(timeout):
            server, port = await _server(resolver, private=private)
            question = dns.message.make_query(dns.name.from_text(name), record)
            reply = await _asked(question, server, port, timeout)
    except (TimeoutError, dns.exception.Timeout) as error:
        who = f" from {server}" if server else ""
        raise OutboundError(f"no answer{who} within {timeout:g} s", reason="timed out") from error
    except OSError as error:
        raise OutboundError(f"{server} takes no question", reason="no connection") from error
    except dns.exception.DNSException as error:
        raise OutboundError("the answer is no DNS", reason="broken answer") from error
    return Answers(_records(reply, name, record), loop.time() - start)


async def _server(resolver: str | None, *, private: bool) -> tuple[str, int]:
    """Where to ask. The machine's own resolver may be anywhere: whoever set up the machine chose it."""
    if resolver is None:
        try:
            return str(dns.resolver.get_default_resolver().nameservers[0]), PORT
        except (dns.exception.DNSException, IndexError) as error:
            hint = "bind a resolver to the probe"
            raise OutboundError("this machine has no resolver", reason="bad address", hint=hint) from error
    host, port = _parted(resolver)
    return str((await vetted(host, port, private=private))[0]), port


def _parted(resolver: str) -> tuple[str, int]:
    """`1.1.1.1`, `1.1.1.1:5353`, `[::1]:53`, `2001:db8::1` as host and port."""
    host, colon, port = resolver.rpartition(":")
    if not colon or not port.isdecimal() or (":" in host and not host.startswith("[")):
        return resolver.strip("[]"), PORT
    return host.strip("[]"), int(port)


async def _asked(
    question: dns.message.Message, server: str, port: int, seconds: float
) -> dns.message.Message:
    for left in range(ATTEMPTS, 1, -1):
        try:
            reply, _ = await dns.asyncquery.udp_with_fallback(
                question, server, timeout=seconds / (left + 1), port=port
            )
        except dns.exception.Timeout:
            continue
        return reply
    reply, _ = await dns.asyncquery.udp_with_fallback(question, server, timeout=seconds, port=port)
    return reply


def _records(reply: dns.message.Message, name: str, record: str) -> tuple[str, ...]:
    code = reply.rcode()
    if code == dns.rcode.NXDOMAIN:
        raise OutboundError(f"there is no name {name}", reason="name not found")
    if code != dns.rcode.NOERROR:
        raise OutboundError(f"the resolver answered {dns.rcode.to_text(code)}", reason="broken answer")
    wanted = dns.rdatatype.from_text(record)
    found = [one.to_text() for rrset in reply.answer if rrset.rdtype == wanted for one in rrset]
    if not found:
        raise OutboundError(f"{name} has no {record} record", reason="name not found")
    return tuple(sorted(text[:-1] if text.endswith(".") else text for text in found))
