"""Asks whether they want the messages: whoever has an e-mail address by a link, a webhook by a challenge."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec

from ...guide.bindings import StatusPage
from ...identity import secret
from ...kernel.clock import Clock
from ...kernel.errors import BindingsError, OpsguideError
from ...service.guarded import Outgoing
from .announcing import Post
from .limits import Lately, Limit
from .mailing import MailError, send_each
from .messages import confirmation, signed
from .model import Page
from .subscribers import Kind, Subscriber, Subscribers

MOST_ECHOED = 4_096

AGAIN, OF_ADDRESS = Limit(1, 600.0), Limit(3, 86_400.0)
"""Links to one e-mail address: whoever did not ask for them gets few."""
OF_HOST = Limit(20, 3600.0)
"""Challenges to one host."""


@dataclass(kw_only=True)
class Asking:
    """`bound` is asked anew each time; `resolve` opens the reference of the mail server."""

    bound: Callable[[], StatusPage | None]
    resolve: Callable[[str], str]
    post: Post
    subscribers: Subscribers
    clock: Clock
    _lately: Lately = field(default_factory=Lately)

    def may(self, kind: Kind, address: str) -> bool:
        """Whether it may be asked again now; counts as if it was."""
        name = f"{kind}:{urlsplit(address).hostname if kind == 'webhook' else address.casefold()}"
        limits = [OF_HOST] if kind == "webhook" else [AGAIN, OF_ADDRESS]
        return self._lately.allows(self.clock.now(), [(name, limit) for limit in limits])

    async def ask(self, page: Page, one: Subscriber) -> str:
        """Ask somebody, again or for the first time. Why that cannot be, "" where they were asked."""
        return await (self._by_link(page, one) if one.kind == "mail" else self._by_challenge(one))

    async def _by_link(self, page: Page, one: Subscriber) -> str:
        """They are asked; they confirm by pressing the button."""
        bound = self.bound()
        if bound is None or bound.mail is None:
            return "no mail server is bound"
        link = f"{page.url}/confirm/{self.subscribers.token(one, 'confirm')}"
        mail, codes = confirmation(page, bound.mail.sender, one.address, link), list[int]()
        try:
            url = self.resolve(bound.mail.url)
            await asyncio.to_thread(
                send_each, url, [(one, mail)], _taken, lambda _one, code: codes.append(code)
            )
        except (MailError, BindingsError) as error:
            return error.what
        if codes:
            return f"the mail server refuses that address: {codes[0]}"
        await asyncio.to_thread(self.subscribers.asked, one, self.clock.now())
        return ""

    async def _by_challenge(self, one: Subscriber) -> str:
        """Whoever answers with the challenge wants the messages."""
        bound, now, challenge = self.bound(), self.clock.now(), secret.opaque("c")
        if bound is None or not bound.webhooks:
            return "webhooks are not bound"
        body = msgspec.json.encode({"type": "subscription.challenge", "data": {"challenge": challenge}})
        asked = Outgoing("POST", signed(challenge, body, one.secret, now), body)
        try:
            answer = await self.post(one.address, asked, bound.private)
        except OpsguideError as error:
            return error.what
        if not 200 <= answer.status < 300 or challenge.encode() not in answer.body[:MOST_ECHOED]:
            return f"it did not answer with the challenge ({answer.status})"
        await asyncio.to_thread(self.subscribers.confirm, one, now)
        return ""


def _taken(_one: Subscriber) -> None:
    """Nothing to note: they have to press the button first."""
