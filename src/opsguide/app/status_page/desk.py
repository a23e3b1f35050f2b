"""People subscribe and unsubscribe: forms that say the same to everybody, so that nobody learns who is subscribed.

GET shows a button and changes nothing: scanners of mail open links. POST acts; to unsubscribe, at once (RFC 8058).
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from msgspec import Struct

from ...guide.bindings import StatusPage
from ...guide.bindings.mailbox import is_mailbox
from ...identity import secret
from ...kernel.clock import Clock, Instant, after
from ...kernel.errors import BindingsError, OpsguideError
from ...service.guarded import Outgoing
from .announcing import Post
from .mailing import LOOPBACK, MailError, send_each
from .messages import confirmation, shown, signed
from .model import Page
from .render import Press
from .subscribers import Subscriber, Subscribers

log = logging.getLogger(__name__)

MOST_BODY = 4_096
LONGEST_URL = 1_000
WINDOW_SECONDS = 3600.0
MOST_OF_ONE = 10
"""Requests to subscribe of one network address within an hour."""
MOST_OF_ALL = 200
"""And of all together: beyond it somebody uses the form to send mail to strangers."""
AGAIN_SECONDS = 600.0
"""One address is sent a confirmation at most so often."""
REMEMBERED = 10_000


class Reply(Struct, frozen=True):
    """What is answered: a page."""

    status: int
    body: bytes


class Refusal(Struct, frozen=True):
    """Why a form was not taken, in a sentence."""

    status: int
    what: str


@dataclass(kw_only=True)
class Desk:
    """Takes what people type. `page` and `bound` are asked anew each time."""

    page: Callable[[], Page | None]
    bound: Callable[[], StatusPage | None]
    resolve: Callable[[str], str]
    post: Post
    subscribers: Subscribers
    press: Press
    clock: Clock
    _asked: "OrderedDict[str, list[Instant]]" = field(default_factory=OrderedDict)
    _sending: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def is_open(self) -> bool:
        """Whether anybody may subscribe."""
        bound = self.bound()
        return bound is not None and (bound.mail is not None or bound.webhooks)

    async def answer(self, method: str, path: str, body: bytes, client: str) -> Reply | None:
        """The reply to `/subscribe`, `/confirm/TOKEN` or `/unsubscribe/TOKEN`; None for every other address."""
        place, _, token = path.removeprefix("/").partition("/")
        page = self.page()
        if page is None:
            return None
        if place == "subscribe" and not token and self.is_open:
            return await self._subscribe(page, body, client) if method == "POST" else self._form(page)
        if place == "confirm" and token:
            return await self._confirm(page, token, acts=method == "POST")
        if place == "unsubscribe" and token:
            return await self._unsubscribe(page, token, acts=method == "POST")
        return None

    def _reply(self, template: str, page: Page, status: int = 200, **context: Any) -> Reply:
        up = "../" if context.get("deep") else ""
        html = self.press.html(template, page, live=True, up=up, **context)
        return Reply(status, html.encode())

    def _form(self, page: Page, refusal: Refusal | None = None, form: Mapping[str, str] = {}) -> Reply:
        status = refusal.status if refusal is not None else 200
        said = refusal.what if refusal is not None else ""
        return self._reply(
            "subscribe.html",
            page,
            status,
            bound=self.bound(),
            error=said,
            form=form,
            done="",
            secret="",
            stop="",
        )

    async def _subscribe(self, page: Page, body: bytes, client: str) -> Reply:
        bound = self.bound()
        assert bound is not None
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
        form = {name: values[0].strip() for name, values in fields.items()}
        address, url = form.get("email", ""), form.get("url", "")
        if not self._allows(client):
            return self._form(page, Refusal(429, "Too many requests: try again in an hour."), form)
        if bound.mail is not None and address:
            if not is_mailbox(address):
                return self._form(page, Refusal(400, f"{address[:80]} is no e-mail address."), form)
            return self._by_mail(page, address)
        if bound.webhooks and url:
            return await self._by_webhook(page, bound, url, form)
        return self._form(page, Refusal(400, "Write where the updates are to go."), form)

    def _allows(self, client: str) -> bool:
        now = self.clock.now()
        # Behind a proxy that the bindings do not name (serve.trusted_proxies) everybody comes from this machine.
        limits = [] if client in LOOPBACK else [(client, MOST_OF_ONE)]
        for name, most in [*limits, ("", MOST_OF_ALL)]:
            times = [at for at in self._asked.get(name, ()) if at > after(now, -WINDOW_SECONDS)]
            if len(times) >= most:
                return False
            self._asked[name] = [*times, now]
            self._asked.move_to_end(name)
        while len(self._asked) > REMEMBERED:
            self._asked.popitem(last=False)
        return True

    def _by_mail(self, page: Page, address: str) -> Reply:
        """Sent beside the answer, so that its time tells nothing either."""
        task = asyncio.create_task(self._send_confirmation(page, address))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        done = f"If {address} is right, a message with a link is on its way. Nothing else comes before you confirm."
        return self._reply(
            "subscribe.html", page, bound=self.bound(), error="", form={}, done=done, secret="", stop=""
        )

    async def _send_confirmation(self, page: Page, address: str) -> None:
        """Nothing to who has confirmed, or was sent one a moment ago."""
        now, bound = self.clock.now(), self.bound()
        one = await asyncio.to_thread(self.subscribers.ask, "mail", address, now)
        fresh = one.asked_at == now
        if bound is None or bound.mail is None or one.confirmed_at:
            return
        if not fresh and one.asked_at > after(now, -AGAIN_SECONDS):
            return
        link = f"{page.url}/confirm/{self.subscribers.token(one, 'confirm')}"
        mail = confirmation(page, bound.mail.sender, address, link)
        try:
            url = self.resolve(bound.mail.url)
            await asyncio.to_thread(send_each, url, [(one, mail)], _nothing, self.subscribers.delete)
            await asyncio.to_thread(self.subscribers.asked, one, now)
        except (MailError, BindingsError) as error:
            await asyncio.to_thread(self.subscribers.delete, one)
            log.warning("a confirmation could not be sent: %s", error.what)

    async def _by_webhook(self, page: Page, bound: StatusPage, url: str, form: Mapping[str, str]) -> Reply:
        """Whoever answers with the challenge wants the messages."""
        if not _is_web(url):
            return self._form(page, Refusal(400, "Write the whole address, beginning with https://."), form)
        now, challenge = self.clock.now(), secret.opaque("c")
        one = await asyncio.to_thread(self.subscribers.ask, "webhook", url, now)
        if one.confirmed_at or not await self._echoes(one, bound, challenge, now):
            if not one.confirmed_at:
                await asyncio.to_thread(self.subscribers.delete, one)
            what = "That address did not answer with the challenge, or gets the updates already."
            return self._form(page, Refusal(400, what), form)
        await asyncio.to_thread(self.subscribers.confirm, one, now)
        stop = f"{page.url}/unsubscribe/{self.subscribers.token(one, 'unsubscribe')}"
        return self._reply(
            "subscribe.html",
            page,
            bound=bound,
            error="",
            form={},
            done="The address answered, and gets every update from now on.",
            secret=shown(one.secret),
            stop=stop,
        )

    async def _echoes(self, one: Subscriber, bound: StatusPage, challenge: str, now: Instant) -> bool:
        body = msgspec.json.encode({"type": "subscription.challenge", "data": {"challenge": challenge}})
        asked = Outgoing("POST", signed(challenge, body, one.secret, now), body)
        try:
            answer = await self.post(one.address, asked, bound.private)
        except OpsguideError:
            return False
        return 200 <= answer.status < 300 and challenge.encode() in answer.body[:MOST_BODY]

    async def _confirm(self, page: Page, token: str, *, acts: bool) -> Reply:
        one = await asyncio.to_thread(self.subscribers.by_token, token, "confirm")
        if one is None:
            return self._reply("asked.html", page, 404, deep=True, kind="gone", stop="")
        stop = self.subscribers.token(one, "unsubscribe")
        if acts:
            await asyncio.to_thread(self.subscribers.confirm, one, self.clock.now())
        kind = "confirmed" if acts or one.confirmed_at else "confirm"
        return self._reply("asked.html", page, deep=True, kind=kind, stop=stop)

    async def _unsubscribe(self, page: Page, token: str, *, acts: bool) -> Reply:
        """What is gone already is gone: nobody learns whether it was there."""
        if acts:
            one = await asyncio.to_thread(self.subscribers.by_token, token, "unsubscribe")
            if one is not None:
                await asyncio.to_thread(self.subscribers.delete, one)
        return self._reply(
            "asked.html", page, deep=True, kind="unsubscribed" if acts else "unsubscribe", stop=""
        )


def _nothing(_one: Subscriber) -> None:
    """Nothing to note of a confirmation that was taken."""


def _is_web(url: str) -> bool:
    try:
        split = urlsplit(url)
        _ = split.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    return plain and split.scheme in ("http", "https") and bool(split.hostname) and "@" not in split.netloc
