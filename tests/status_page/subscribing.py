"""People who subscribe, on the fast-forwarded clock: a real SMTP server, a real webhook, the real desk and deed."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from opsguide.app.status_page.announcing import Announcing
from opsguide.app.status_page.asking import Asking
from opsguide.app.status_page.commands import Announce
from opsguide.app.status_page.desk import Desk, Reply
from opsguide.app.status_page.messages import untold
from opsguide.app.status_page.render import Press
from opsguide.app.status_page.subscribers import Subscribers
from opsguide.demo.ports import any_free
from opsguide.guide.bindings import Bindings
from opsguide.incidents.commands import Open
from opsguide.kernel.intent import Intent, Outcome
from opsguide.service.guarded import Answer, Guarded, Outgoing
from tests.service.scene import Quiet
from tests.status_page.scene import Town
from tests.status_page.test_page import AUTOMATIC

HOSTILE = "10.9.8.7"


@dataclass
class Post:
    """An SMTP server on loopback. `refuses` maps an address to the answer that it gets.

    `refuses_content_for` is one whose mails are refused only when they are there.
    """

    mails: list[EmailMessage] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    refuses_content_for: str = ""

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        if self.refuses_content_for in envelope.rcpt_tos:
            return "554 5.7.1 this looks like spam"
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["to"] == address]


@contextmanager
def mail_server() -> Iterator[tuple[Post, int]]:
    """It, and its port."""
    handler, port = Post(), any_free()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler, port
    finally:
        controller.stop()


class Hook:
    """A receiver of webhooks on loopback: `status` is what it answers, `echoes` whether it knows challenges."""

    def __init__(self) -> None:
        self.status, self.echoes, self.got = 200, True, list[tuple[dict[str, str], bytes]]()
        hook = self

        class Handler(Quiet):
            def do_POST(self) -> None:  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.answer(hook.status, body if hook.echoes else b"ok")

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Scene:
    """A town whose page takes subscriptions, with its desk and its deed."""

    def __init__(self, smtp: int) -> None:
        more = AUTOMATIC.replace(
            'title = "Harbour"',
            f'title = "Harbour"\nwebhooks = true\nprivate = true\n'
            f'mail = {{ url = "smtp://127.0.0.1:{smtp}", sender = "status@harbour.example" }}',
        )
        self.town = Town(more)
        self.town.probe()
        self.town.mail()
        self.subscribers = Subscribers(None, b"k" * 32)
        client = Guarded()

        async def send(url: str, sent: Outgoing, private: bool) -> Answer:
            return await client.fetch(url, private=private, send=sent, redirects=False)

        around: dict[str, Any] = {
            "bound": lambda: self.bindings.status,
            "resolve": str,
            "post": send,
            "subscribers": self.subscribers,
            "clock": self.town.clock,
        }
        self.asking = Asking(**around)
        self.desk = Desk(
            page=self.town.page,
            bound=around["bound"],
            asking=self.asking,
            subscribers=self.subscribers,
            press=Press(),
            clock=self.town.clock,
        )
        self.deed = Announcing(page=self.town.page, **around)

    def told(self) -> list[str]:
        """Who gets messages."""
        return [one.address for one in self.subscribers.all() if one.is_told]

    @property
    def bindings(self) -> Bindings:
        return self.town.bindings

    async def ask(self, client: str = HOSTILE, **form: str) -> Reply:
        body = "&".join(f"{name}={quote(value)}" for name, value in form.items()).encode()
        reply = await self.desk.answer("POST", "/subscribe", body, client)
        await asyncio.gather(*self.desk._sending)
        assert reply is not None
        return reply

    async def open(self, method: str, link: str) -> Reply:
        reply = await self.desk.answer(method, urlsplit(link).path, b"List-Unsubscribe=One-Click", HOSTILE)
        assert reply is not None
        return reply

    async def subscribe(self, post: Post, address: str) -> None:
        await self.ask(email=address)
        (mail,) = post.to(address)
        await self.open("POST", link_in(mail, "confirm"))

    def trouble(self) -> None:
        """An incident; the page publishes it and the ledger has the intents."""
        self.town.pass_time(60)
        self.town.do(
            Open(
                key="environment:production",
                title="db-7",
                reason="db-7",
                severity="critical",
                labels={"environment": "production"},
            )
        )
        self.publish()

    def publish(self) -> list[Intent]:
        page, state = self.town.page(), self.town.engine.state("status_page")
        said = self.town.do(Announce(tuple(one.id for one in untold(page, state.told))))
        return [one for one in said if isinstance(one, Intent)]

    async def deliver(self) -> list[Outcome]:
        """An attempt of every announcement that is due."""
        found = []
        due = [
            one for one in self.town.engine.outbox.due(self.town.clock.now()) if one.intent.deed == "announce"
        ]
        for pending in due:
            outcome = await self.deed.do(pending.intent, pending.attempts + 1)
            self.town._keep(
                self.town.engine.record(outcome, subject=f"intent:{outcome.key}", now=self.town.clock.now())
            )
            found.append(outcome)
        return found


def link_in(mail: EmailMessage, kind: str) -> str:
    found = re.search(rf"https?://\S+/{kind}/\S+", mail.get_content())
    assert found is not None
    return found[0]
