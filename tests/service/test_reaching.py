"""TCP through the guarded door: what is said over it, what it refuses, and what went wrong in plain words."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from opsguide.monitoring.probes.edge.ask import Talking
from opsguide.service.guarded import OutboundError
from opsguide.service.reaching import Heard, converse
from tests.monitoring.faulty import closed_port
from tests.service.test_guarded import Certificates

SILENT = Talking(b"", None)


@asynccontextmanager
async def saying(
    banner: bytes, *, echo: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server that greets, and answers PONG to a line where it is told to; the port."""

    ended = set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        ended.add(task)
        with suppress(OSError):
            writer.write(banner)
            while echo and await reader.readline():
                writer.write(b"PO")
                await asyncio.sleep(0)
                writer.write(b"NG\r\n")
            await reader.read()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*ended)
    await asyncio.sleep(0.01)  # what was aborted closes its socket in the next round of the loop


async def reach(
    port: int,
    talk: Talking = SILENT,
    *,
    host: str = "127.0.0.1",
    private: bool = True,
    seconds: float = 2.0,
    tls: str | None = None,
) -> Heard:
    return await converse(host, port, private=private, timeout=seconds, talk=talk, tls=tls)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("tls"))


async def test_a_connection_is_enough_where_nothing_is_expected() -> None:
    async with saying(b"") as port:
        heard = await reach(port)
    assert heard.said == b""
    assert heard.latency_seconds > 0
    assert list(heard.phases) == ["resolve", "connect", "transfer"]


async def test_what_is_sent_is_answered_and_read_until_it_is_enough() -> None:
    async with saying(b"hello\r\n", echo=True) as port:
        heard = await reach(port, Talking(b"PING\r\n", lambda said: b"PONG" in said))
    assert heard.said.startswith(b"hello\r\nPONG")


async def test_tls_is_spoken_and_its_certificate_has_an_end(certificates: Certificates) -> None:
    async with saying(b"220 mail\r\n", echo=True, tls=certificates.server()) as port:
        talk = Talking(b"PING\r\n", lambda said: b"PONG" in said)
        heard = await reach(port, talk, host="localhost", tls=certificates.authority)
    assert b"PONG" in heard.said
    assert heard.tls_expires is not None


async def test_a_certificate_that_nobody_trusts_or_of_another_name(certificates: Certificates) -> None:
    async with saying(b"220 mail\r\n", tls=certificates.server()) as port:
        for host, trusted in (("localhost", ""), ("127.0.0.1", certificates.authority)):
            with pytest.raises(OutboundError, match="its certificate is not valid") as caught:
                await reach(port, host=host, tls=trusted)
            assert caught.value.reason == "TLS failed"


async def test_a_server_that_speaks_no_tls() -> None:
    async with saying(b"220 mail\r\n") as port:
        with pytest.raises(OutboundError, match="TLS could not be agreed on"):
            await reach(port, host="localhost", tls="")


async def test_one_who_says_nothing_is_waited_for_until_the_time_is_over() -> None:
    async with saying(b"") as port:
        heard = await reach(port, Talking(b"", lambda said: b"220" in said), seconds=0.1)
    assert heard.said == b""


async def test_nobody_listening() -> None:
    with pytest.raises(OutboundError, match="it takes no connection"):
        await reach(await closed_port())


async def test_private_addresses_only_with_leave() -> None:
    async with saying(b"") as port:
        for host in ("127.0.0.1", "localhost", "::ffff:127.0.0.1"):
            with pytest.raises(OutboundError, match="is a private address"):
                await reach(port, host=host, private=False)


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fe80::1"]
)
async def test_a_metadata_service_never(host: str) -> None:
    with pytest.raises(OutboundError, match="link-local, a metadata service or reserved"):
        await reach(80, host=host, private=True)


async def test_a_name_that_turns_elsewhere_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: what was vetted is what is connected to, whatever a second look-up would say."""
    async with saying(b"220 mail\r\n") as port:
        answers = turning(["127.0.0.1", "169.254.169.254"], port)
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answers)
        heard = await reach(port, Talking(b"", lambda said: b"220" in said), host="turning.example")
    assert heard.said == b"220 mail\r\n"
    with pytest.raises(OutboundError, match=r"169\.254\.169\.254 is link-local"):
        await reach(port, host="turning.example")


def turning(addresses: list[str], port: int) -> Callable[..., Any]:
    """A resolver whose every answer is another one."""
    left = list(addresses)

    async def getaddrinfo(*_asked: object, **_more: object) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (left.pop(0), port))]

    return getaddrinfo
