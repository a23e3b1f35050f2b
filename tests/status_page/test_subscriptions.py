"""From the form to the message and to the end of it: a real SMTP server, a real webhook, the real desk and deed."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from opsguide.app.status_page.announcing import Announcing
from opsguide.app.status_page.commands import Announce
from opsguide.app.status_page.desk import AGAIN_SECONDS, MOST_OF_ONE, Desk, Reply
from opsguide.app.status_page.messages import messages, shown, signed, untold
from opsguide.app.status_page.render import Press
from opsguide.app.status_page.subscribers import Subscribers
from opsguide.demo.ports import any_free
from opsguide.guide.bindings import Bindings
from opsguide.incidents.commands import Open, Resolve
from opsguide.kernel.intent import Intent, Outcome
from opsguide.service.guarded import Answer, Guarded, Outgoing
from tests.cast import BINDINGS
from tests.service.scene import Quiet
from tests.status_page.scene import Town
from tests.status_page.test_page import AUTOMATIC

HOSTILE = "10.9.8.7"


@dataclass
class Post:
    """An SMTP server on loopback. `refuses` maps an address to the answer that it gets."""

    mails: list[EmailMessage] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)

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
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["to"] == address]


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


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    handler, port = Post(), any_free()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.close()


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
            "page": self.town.page,
            "bound": lambda: self.bindings.status,
            "resolve": str,
            "post": send,
            "subscribers": self.subscribers,
            "clock": self.town.clock,
        }
        self.desk = Desk(press=Press(), **around)
        self.deed = Announcing(**around)

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


@pytest.fixture
async def scene(post: tuple[Post, int]) -> AsyncIterator[Scene]:
    made = Scene(post[1])
    yield made
    made.subscribers.close()


def link_in(mail: EmailMessage, kind: str) -> str:
    found = re.search(rf"https://status\.harbour\.example/{kind}/\S+", mail.get_content())
    assert found is not None
    return found[0]


class TestByMail:
    async def test_from_the_form_to_a_message_to_one_click(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        handler, _ = post
        await scene.ask(email="zoe@example.com")
        (first,) = handler.mails
        assert first["from"] == "Harbour status <status@harbour.example>"
        link = link_in(first, "confirm")
        shown = await scene.open("GET", link)
        assert b"<button>Confirm</button>" in shown.body
        assert scene.subscribers.counts() == {}, "a scanner that opened the link confirmed nothing"
        await scene.open("POST", link)
        assert scene.subscribers.counts() == {"mail": 1}
        scene.trouble()
        assert [one.result for one in await scene.deliver()] == ["done"]
        _, told = handler.to("zoe@example.com")
        assert told["subject"] == "[Harbour status] Problem with Shop and Checkout: Investigating"
        assert "db-7" not in told.as_string()
        assert told["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        stop = told["list-unsubscribe"].strip("<>")
        assert stop == link_in(told, "unsubscribe")
        await scene.open("GET", stop)
        assert scene.subscribers.counts() == {"mail": 1}, "opening the link ended nothing"
        await scene.open("POST", stop)
        assert scene.subscribers.all() == []
        scene.town.do(Resolve("INC-1", "ana", ""))
        scene.publish()
        await scene.deliver()
        assert len(handler.to("zoe@example.com")) == 2

    async def test_nothing_comes_without_a_confirmation(self, scene: Scene, post: tuple[Post, int]) -> None:
        await scene.ask(email="zoe@example.com")
        scene.trouble()
        await scene.deliver()
        assert len(post[0].mails) == 1
        scene.subscribers.tidy(scene.town.clock.now() + 49 * 3_600_000)
        assert scene.subscribers.all() == []

    async def test_nobody_learns_who_is_subscribed(self, scene: Scene, post: tuple[Post, int]) -> None:
        await scene.subscribe(post[0], "zoe@example.com")
        known = await scene.ask(email="zoe@example.com")
        other = await scene.ask(email="ian@example.com")
        assert known.body.replace(b"zoe", b"ian") == other.body
        assert len(post[0].to("zoe@example.com")) == 1, "who has confirmed is sent no second link"

    async def test_a_stranger_cannot_flood_an_address(self, scene: Scene, post: tuple[Post, int]) -> None:
        for _ in range(3):
            await scene.ask(email="zoe@example.com")
            scene.town.clock.advance(5)
        assert len(post[0].mails) == 1
        scene.town.clock.advance(AGAIN_SECONDS)
        await scene.ask(email="zoe@example.com")
        assert len(post[0].mails) == 2

    async def test_one_place_asks_so_often_and_no_more(self, scene: Scene) -> None:
        replies = [await scene.ask(email=f"p{number}@example.com") for number in range(MOST_OF_ONE + 1)]
        assert [one.status for one in replies] == [200] * MOST_OF_ONE + [429]
        assert (await scene.ask(client="10.9.8.8", email="p@example.com")).status == 200
        scene.town.clock.advance(3601)
        assert (await scene.ask(email="p@example.com")).status == 200

    @pytest.mark.parametrize(
        "address", ["zoe", "zoe@", "a@b", "zoe@example.com\nBcc: all@example.com", "<a@b.de>"]
    )
    async def test_what_is_no_address_is_refused(
        self, scene: Scene, post: tuple[Post, int], address: str
    ) -> None:
        reply = await scene.ask(email=address)
        assert reply.status == 400
        assert scene.subscribers.all() == []
        assert post[0].mails == []

    async def test_a_forged_link_does_nothing(self, scene: Scene, post: tuple[Post, int]) -> None:
        await scene.subscribe(post[0], "zoe@example.com")
        (one,) = scene.subscribers.all()
        for token in (f"{one.id}.{'0' * 32}", one.id, scene.subscribers.token(one, "confirm")):
            reply = await scene.open("POST", f"/unsubscribe/{token}")
            assert (reply.status, b"You are unsubscribed" in reply.body) == (200, True), "and tells nothing"
        assert scene.subscribers.counts() == {"mail": 1}

    async def test_one_address_that_is_refused_holds_up_nobody(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        handler, _ = post
        for name in ("a", "b", "c"):
            await scene.subscribe(handler, f"{name}@example.com")
        handler.refuses = {"a@example.com": "451 later", "b@example.com": "550 no such mailbox"}
        scene.trouble()
        (outcome,) = await scene.deliver()
        assert (outcome.result, outcome.detail.split(":")[0]) == ("failed", "1 not reached yet")
        assert len(handler.to("c@example.com")) == 2
        assert {one.address for one in scene.subscribers.all()} == {"a@example.com", "c@example.com"}
        handler.refuses.clear()
        scene.town.clock.advance(10)
        (outcome,) = await scene.deliver()
        assert outcome.result == "done"
        assert [len(handler.to(f"{name}@example.com")) for name in "abc"] == [2, 1, 2], "each once"

    async def test_who_comes_later_is_not_told_of_what_was(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        scene.trouble()
        scene.town.clock.advance(1)
        await scene.subscribe(post[0], "zoe@example.com")
        await scene.deliver()
        assert len(post[0].mails) == 1


class TestByWebhook:
    async def test_from_the_challenge_to_a_signed_message_to_gone(self, scene: Scene, hook: Hook) -> None:
        reply = await scene.ask(url=hook.url)
        (one,) = scene.subscribers.all()
        assert shown(one.secret).encode() in reply.body
        scene.trouble()
        assert [one.result for one in await scene.deliver()] == ["done"]
        headers, body = hook.got[-1]
        now = int(headers["webhook-timestamp"]) * 1000
        assert (
            signed(headers["webhook-id"], body, one.secret, now)["webhook-signature"]
            == headers["webhook-signature"]
        )
        data = json.loads(body)
        assert (data["type"], data["data"]["state"]) == ("incident.updated", "Investigating")
        hook.status = 410
        scene.town.do(Resolve("INC-1", "ana", ""))
        scene.publish()
        await scene.deliver()
        assert scene.subscribers.all() == []

    async def test_what_does_not_answer_the_challenge_gets_nothing(self, scene: Scene, hook: Hook) -> None:
        hook.echoes = False
        assert (await scene.ask(url=hook.url)).status == 400
        assert scene.subscribers.all() == []

    async def test_private_addresses_are_refused_unless_bound(self, scene: Scene, hook: Hook) -> None:
        more = scene.town.text.removeprefix(BINDINGS)
        scene.town.rebind(more.replace("private = true\nmail", "mail"))
        assert (await scene.ask(url=hook.url)).status == 400
        assert hook.got == []

    async def test_one_that_fails_is_tried_again_with_the_same_id(self, scene: Scene, hook: Hook) -> None:
        await scene.ask(url=hook.url)
        hook.status = 503
        scene.trouble()
        assert [one.result for one in await scene.deliver()] == ["failed"]
        hook.status = 200
        scene.town.clock.advance(10)
        assert [one.result for one in await scene.deliver()] == ["done"]
        assert hook.got[-2][0]["webhook-id"] == hook.got[-1][0]["webhook-id"]


class TestOnTheLedger:
    async def test_a_message_is_one_intent_after_everything_else_and_names_nobody(self, scene: Scene) -> None:
        scene.subscribers.ask("mail", "zoe@example.com", 0)
        scene.trouble()
        (intent,) = [
            one.fact.data
            for one in scene.town.history
            if isinstance(one.fact.data, Intent) and one.fact.data.deed == "announce"
        ]
        assert intent.priority > 5
        assert "zoe" not in str(scene.town.history)
        assert scene.publish() == [], "once"
        assert [one.id for one in messages(scene.town.page())] == [intent.args["message"]]

    async def test_what_is_old_when_it_is_first_seen_is_not_told(self, scene: Scene) -> None:
        scene.town.do(
            Open(
                key="environment:production",
                title="x",
                reason="x",
                severity="critical",
                labels={"environment": "production"},
            )
        )
        scene.town.pass_time(3700)
        assert scene.publish() == []


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    made = Subscribers(tmp_path / "subscribers.sqlite", b"k")
    made.ask("mail", "zoe@example.com", 1)
    made.close()
    assert (tmp_path / "subscribers.sqlite").stat().st_mode & 0o077 == 0
