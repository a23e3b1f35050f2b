"""People subscribe and unsubscribe: forms that say the same to everybody, so that nobody learns who is subscribed.

GET shows a button and changes nothing: scanners of mail open links. POST acts; to unsubscribe, at once (RFC 8058).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct

from ...guide.bindings import StatusPage
from ...guide.bindings.mailbox import is_mailbox
from ...identity.sessions import Client
from ...kernel.clock import Clock
from .asking import Asking
from .limits import Lately, Limit
from .mailing import LOOPBACK
from .messages import shown
from .model import Page
from .render import Press
from .subscribers import Subscriber, Subscribers

log = logging.getLogger(__name__)

MOST_BODY = 4_096
LONGEST_URL = 1_000

OF_ONE = Limit(10, 3600.0)
"""Requests to subscribe from one network address."""
OF_ALL = Limit(200, 3600.0)
"""And from all together: beyond it somebody uses the form to send mail to strangers."""


class Reply(Struct, frozen=True):
    """What is answered: a page."""

    status: int
    body: bytes


class Refusal(Struct, frozen=True):
    """Why a form was not taken, in a sentence."""

    status: int
    what: str


TOO_MANY = Refusal(429, "Too many requests: try again in an hour.")


@dataclass(kw_only=True)
class Desk:
    """Takes what people type. `page` and `bound` are asked anew each time."""

    page: Callable[[], Page | None]
    bound: Callable[[], StatusPage | None]
    asking: Asking
    subscribers: Subscribers
    press: Press
    clock: Clock
    _lately: Lately = field(default_factory=Lately)
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

    def _form(
        self, page: Page, refusal: Refusal | None = None, form: Mapping[str, str] = {}, **said: str
    ) -> Reply:
        """`said`: `done`, and of a webhook its `secret` and `stop`."""
        status, error = (refusal.status, refusal.what) if refusal is not None else (200, "")
        context = {"done": "", "secret": "", "stop": ""} | said
        return self._reply(
            "subscribe.html", page, status, bound=self.bound(), error=error, form=form, **context
        )

    async def _subscribe(self, page: Page, body: bytes, client: str) -> Reply:
        bound = self.bound()
        assert bound is not None
        form = _fields(body)
        address, url = form.get("email", ""), form.get("url", "")
        if not self._allows(client):
            return self._form(page, TOO_MANY, form)
        if bound.mail is not None and address:
            if not is_mailbox(address):
                return self._form(page, Refusal(400, f"{address[:80]} is no e-mail address."), form)
            return self._by_mail(page, address)
        if bound.webhooks and url:
            return await self._by_webhook(page, url, form)
        return self._form(page, Refusal(400, "Write where the updates are to go."), form)

    def _allows(self, client: str) -> bool:
        # Behind a proxy that the bindings do not name (serve.trusted_proxies) everybody comes from this machine.
        network = Client(client).network
        of_one = [] if LOOPBACK & {client, network} else [(network, OF_ONE)]
        return self._lately.allows(self.clock.now(), [*of_one, ("everybody", OF_ALL)])

    def _by_mail(self, page: Page, address: str) -> Reply:
        """Sent beside the answer, so that its time tells nothing either."""
        task = asyncio.create_task(self._send_link(page, address))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        done = f"If {address} is right, a message with a link is on its way. Nothing else comes before you confirm."
        return self._form(page, done=done)

    async def _send_link(self, page: Page, address: str) -> None:
        """Nothing to who gets the messages, or was sent enough of these."""
        if not self.asking.may("mail", address):
            return
        one = await asyncio.to_thread(self.subscribers.ask, "mail", address, self.clock.now())
        if not one.is_told and (problem := await self._asked(page, one)):
            log.warning("a confirmation could not be sent: %s", problem)

    async def _asked(self, page: Page, one: Subscriber) -> str:
        """Why they could not be asked, "" where they were. Who was never one of ours is forgotten then."""
        problem = await self.asking.ask(page, one)
        if problem and one.stand == "asked":
            await asyncio.to_thread(self.subscribers.delete, one)
        return problem

    async def _by_webhook(self, page: Page, url: str, form: Mapping[str, str]) -> Reply:
        if not _is_web(url):
            return self._form(page, Refusal(400, "Write the whole address, beginning with https://."), form)
        if not self.asking.may("webhook", url):
            return self._form(page, TOO_MANY, form)
        one = await asyncio.to_thread(self.subscribers.ask, "webhook", url, self.clock.now())
        if one.is_told or await self._asked(page, one):
            what = "That address did not answer with the challenge, or gets the updates already."
            return self._form(page, Refusal(400, what), form)
        return self._form(
            page,
            done="The address answered, and gets every update from now on.",
            secret=shown(one.secret),
            stop=f"{page.url}/unsubscribe/{self.subscribers.token(one, 'unsubscribe')}",
        )

    async def _confirm(self, page: Page, token: str, *, acts: bool) -> Reply:
        one = await asyncio.to_thread(self.subscribers.by_token, token, "confirm")
        if one is None:
            return self._reply("asked.html", page, 404, deep=True, kind="gone", stop="")
        stop = self.subscribers.token(one, "unsubscribe")
        if acts:
            await asyncio.to_thread(self.subscribers.confirm, one, self.clock.now())
        kind = "confirmed" if acts or one.is_told else "confirm"
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


def _fields(body: bytes) -> dict[str, str]:
    """What was typed; nothing where it is no form of ours."""
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0].strip() for name, values in fields.items()}


def _is_web(url: str) -> bool:
    try:
        split = urlsplit(url)
        _ = split.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    return plain and split.scheme in ("http", "https") and bool(split.hostname) and "@" not in split.netloc
