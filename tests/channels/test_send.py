"""Messages through real receivers: an SMTP server, a web server; and what is said when one does not work."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes
from email.message import Message as Mail
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from apprise.plugins.telegram import NotifyTelegram

from opsguide.channels.send import MOST_HANGING, Message, send

PAGE = Message(
    title="[critical] harbour: production is down (INC-1)",
    body="Since 03:31.\nAcknowledge: http://x/y",
    key="page/INC-1/1/ana/mail",
)


class Postbox:
    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def handle_DATA(  # noqa: N802  (aiosmtpd calls it so)
        self, _server: object, _session: object, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content))
        return "250 OK"


@pytest.fixture
def post(unused_tcp_port: int) -> Iterator[tuple[Postbox, int]]:
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=unused_tcp_port)
    controller.start()
    yield box, unused_tcp_port
    controller.stop()


class Hook:
    """A web server for webhooks: keeps what it got, answers with `status`."""

    def __init__(self) -> None:
        self.status, self.got = 200, list[tuple[dict[str, str], Any]]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.got.append((headers, json.loads(body)))
        writer.write(
            f"HTTP/1.1 {self.status} X\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret".encode()
        )
        await writer.drain()
        writer.close()


@pytest.fixture
async def hook() -> AsyncIterator[tuple[Hook, int]]:
    made = Hook()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    yield made, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def test_a_mail_arrives_with_title_and_text(post: tuple[Postbox, int]) -> None:
    box, port = post
    sent = await send(
        f"mailto://127.0.0.1:{port}/?from=opsguide@example.org&to=ana@example.org&format=text", PAGE
    )
    assert sent.ok, sent.detail
    [mail] = box.mails
    assert "production is down" in str(mail["Subject"])
    assert mail["To"] == "ana@example.org"
    assert "Acknowledge: http://x/y" in mail.as_string()


async def test_what_a_page_says_is_escaped_for_what_takes_html(
    hook: tuple[Hook, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram takes HTML of few tags: `p95 <200ms` is to reach it as text. Its own address is replaced by ours."""
    made, port = hook
    monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://127.0.0.1:{port}/bot")
    said = Message(title="slow", body="p95 <200ms & more\nhttps://x.example/page/a.b_c-d", key="k")
    assert (await send("tgram://123456789:abcdefghijklmnopqrstuvwxyz012345678/12345", said)).ok
    [(_, body)] = made.got
    assert body["parse_mode"] == "HTML"
    assert "p95 &lt;200ms &amp; more\r\nhttps://x.example/page/a.b_c-d" in body["text"]


async def test_a_webhook_gets_the_key_that_is_the_same_for_every_attempt(hook: tuple[Hook, int]) -> None:
    made, port = hook
    for _ in range(2):
        assert (await send(f"json://127.0.0.1:{port}/ana", PAGE)).ok
    keys = [headers["idempotency-key"] for headers, _ in made.got]
    assert keys == [PAGE.key, PAGE.key]
    assert made.got[0][1]["title"] == PAGE.title
    assert made.got[0][1]["message"] == PAGE.body


async def test_a_provider_that_refuses_is_reported_without_its_answer(hook: tuple[Hook, int]) -> None:
    made, port = hook
    made.status = 500
    sent = await send(f"json://127.0.0.1:{port}/ana-token-1234", PAGE)
    assert not sent.ok
    assert "500" in sent.detail
    assert "secret" not in sent.detail
    assert "1234" not in sent.detail


async def test_a_provider_that_is_not_there_is_reported(unused_tcp_port: int) -> None:
    sent = await send(f"json://127.0.0.1:{unused_tcp_port}/ana", PAGE)
    assert not sent.ok
    assert sent.detail
    assert "://" not in sent.detail


@pytest.mark.parametrize("url", ["", "nonsense", "slak://a/b/c"])
async def test_what_is_no_channel_is_said_to_be_none(url: str) -> None:
    sent = await send(url, PAGE)
    assert not sent.ok
    assert "no URL" in sent.detail


async def test_one_dead_channel_does_not_hold_up_another(
    hook: tuple[Hook, int], unused_tcp_port: int
) -> None:
    _, port = hook
    dead, alive = await asyncio.gather(
        send(f"json://127.0.0.1:{unused_tcp_port}/x", PAGE), send(f"json://127.0.0.1:{port}/x", PAGE)
    )
    assert (dead.ok, alive.ok) == (False, True)


async def test_messages_that_hang_at_one_provider_do_not_hold_up_another(hook: tuple[Hook, int]) -> None:
    """More of them than a pool has threads."""
    _, port = hook
    accepted = list[asyncio.StreamWriter]()

    async def swallow(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(writer)

    silent = await asyncio.start_server(swallow, "127.0.0.1", 0)
    at = silent.sockets[0].getsockname()[1]
    hanging = [
        asyncio.ensure_future(send(f"json://127.0.0.1:{at}/?rto=3", PAGE)) for _ in range(MOST_HANGING + 1)
    ]
    assert (await hanging[-1]).detail == f"{MOST_HANGING} earlier messages still hang there"
    assert (await send(f"json://127.0.0.1:{port}/x", PAGE)).ok
    assert not any(one.done() for one in hanging[:-1])
    for writer in accepted:
        writer.close()
    assert not any(sent.ok for sent in await asyncio.gather(*hanging))
    silent.close()


async def test_a_provider_that_accepts_and_then_resets_is_a_failure(hook: tuple[Hook, int]) -> None:
    """It may have kept the page: the next attempt carries the same key."""
    keys = list[str]()

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        keys.extend(line.partition(": ")[2] for line in head.split("\r\n") if line.startswith("Idempotency"))
        writer.transport.abort()

    server = await asyncio.start_server(reset, "127.0.0.1", 0)
    at = server.sockets[0].getsockname()[1]
    for _ in range(2):
        assert not (await send(f"json://127.0.0.1:{at}/", PAGE)).ok
    assert keys == [PAGE.key, PAGE.key]
    server.close()
