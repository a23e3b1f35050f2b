"""The deed "announce": a public message goes to everybody who subscribed, each once.

One intent a message: who gets it is in the table of subscribers, which can forget, and not on the ledger, which cannot.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import get_args

from ...guide.bindings import StatusPage
from ...kernel.clock import Clock
from ...kernel.errors import BindingsError, OpsguideError
from ...kernel.intent import Intent, Outcome
from ...service.guarded import Answer, Outgoing
from .mailing import MailError, is_final, send_each
from .messages import Message, as_json, as_mail, messages, signed
from .model import Page
from .subscribers import Kind, Subscriber, Subscribers

AT_ONCE = 10
GONE = 410

Post = Callable[[str, Outgoing, bool], Awaitable[Answer]]
"""(URL, what is sent, private addresses allowed?) → the answer. Raises OpsguideError."""


@dataclass(kw_only=True)
class Announcing:
    """`page` and `bound` are asked anew for each attempt; `resolve` opens the reference of the mail server."""

    page: Callable[[], Page | None]
    bound: Callable[[], StatusPage | None]
    resolve: Callable[[str], str]
    post: Post
    subscribers: Subscribers
    clock: Clock

    def gap(self, _intent: Intent) -> float | None:
        """Each message goes by itself."""
        return None

    async def do(self, intent: Intent, attempt: int, _others: Sequence[Intent] = ()) -> Outcome:
        """One attempt for all who did not get it yet. What failed is tried again, for those only."""
        page, bound = self.page(), self.bound()
        name = intent.args["message"]
        message = next((one for one in messages(page) if one.id == name), None) if page is not None else None
        if page is None or bound is None or message is None:
            return Outcome(intent.key, attempt, "done", "it is not public any more")
        decided = int(intent.args["decided"])
        waiting = await asyncio.to_thread(self.subscribers.waiting, name, decided)
        problems = [
            problem
            for problem in await asyncio.gather(
                self._mail(page, bound, message, [one for one in waiting if one.kind == "mail"]),
                self._hooks(page, bound, message, [one for one in waiting if one.kind == "webhook"]),
            )
            if problem
        ]
        left = len(await asyncio.to_thread(self.subscribers.waiting, name, decided))
        if left:
            return Outcome(intent.key, attempt, "failed", f"{left} not reached yet: {'; '.join(problems)}")
        told = [await asyncio.to_thread(self.subscribers.told, name, kind) for kind in get_args(Kind)]
        return Outcome(intent.key, attempt, "done", f"{sum(told)} told")

    async def _mail(self, page: Page, bound: StatusPage, message: Message, to: Sequence[Subscriber]) -> str:
        if not to:
            return ""
        mail = bound.mail
        if mail is None:
            return "no mail server is bound any more"
        made = (
            (one, as_mail(message, page, mail.sender, one.address, self._unsubscribe(page, one)))
            for one in to
        )

        refused, problem = list[tuple[Subscriber, int]](), ""

        def sent(one: Subscriber) -> None:
            self.subscribers.delivered(one, message.id, self.clock.now())

        try:
            url = self.resolve(mail.url)
            await asyncio.to_thread(send_each, url, made, sent, lambda one, code: refused.append((one, code)))
        except (MailError, BindingsError) as error:
            problem = error.what
        return await asyncio.to_thread(self._refused, message, refused) or problem

    def _refused(self, message: Message, refused: Sequence[tuple[Subscriber, int]]) -> str:
        """Count it against who did not take it; not where a server that takes nothing at all is the reason."""
        if len(refused) > 1 and not self.subscribers.told(message.id, "mail"):
            return f"the mail server refuses everybody: {refused[0][1]}"
        now = self.clock.now()
        for one, code in refused:
            problem = f"the mail server answers {code}"
            self.subscribers.failed(one, message.id, now, problem, final=is_final(code))
        return ""

    def _unsubscribe(self, page: Page, one: Subscriber) -> str:
        return f"{page.url}/unsubscribe/{self.subscribers.token(one, 'unsubscribe')}"

    async def _hooks(self, page: Page, bound: StatusPage, message: Message, to: Sequence[Subscriber]) -> str:
        body, slots = as_json(message, page), asyncio.Semaphore(AT_ONCE)

        async def tell(one: Subscriber) -> bool:
            async with slots:
                return await self._hook(one, message, body, private=bound.private)

        missed = (await asyncio.gather(*map(tell, to))).count(False)
        return f"{missed} webhooks failed" if missed else ""

    async def _hook(self, one: Subscriber, message: Message, body: bytes, *, private: bool) -> bool:
        now = self.clock.now()
        try:
            sent = Outgoing("POST", signed(message.id, body, one.secret, now), body)
            status = (await self.post(one.address, sent, private)).status
            problem = "" if 200 <= status < 300 else f"it answered {status}"
        except OpsguideError as error:
            status, problem = 0, error.what
        if status == GONE:
            await asyncio.to_thread(self.subscribers.delete, one)
        elif problem:
            await asyncio.to_thread(self.subscribers.failed, one, message.id, now, problem, final=False)
        else:
            await asyncio.to_thread(self.subscribers.delivered, one, message.id, now)
        return not problem or status == GONE
