"""The deed "page": a decided page goes through its channel to its person."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from ..guide.bindings import Bindings
from ..kernel.clock import Clock, after
from ..kernel.errors import BindingsError
from ..kernel.intent import Intent, Outcome
from .links import Link, sign
from .oncall import INBOX
from .page import Page, compose
from .state import State

LINK_LIVES_SECONDS = 24 * 3600.0


class Receipt(Protocol):
    """What a channel says of one message."""

    @property
    def ok(self) -> bool: ...

    @property
    def detail(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Paging:
    """`state`, `bindings` and `service` (its name) are asked anew for each page; `send(url, page, key)` tells people.

    `resolve` turns a channel's reference into its URL; `link_base` is the address under which people reach us.
    """

    state: Callable[[], State]
    bindings: Callable[[], Bindings]
    resolve: Callable[[str], str]
    send: Callable[[str, Page, str], Awaitable[Receipt]]
    service: Callable[[], str]
    link_base: Callable[[], str]
    link_key: bytes
    clock: Clock

    async def do(self, intent: Intent, attempt: int) -> Outcome:
        """One attempt through one channel. The inbox needs no sending: the intent itself shows there."""
        channel = intent.args["channel"]
        if channel == INBOX:
            return Outcome(intent.key, attempt, "done", "in the console inbox")
        bound = self.bindings().channels.get(channel)
        if bound is None:
            return Outcome(intent.key, attempt, "failed", f"channel {channel} is not bound any more")
        try:
            url = self.resolve(bound.url)
        except BindingsError as error:
            return Outcome(intent.key, attempt, "failed", error.what)
        receipt = await self.send(url, self._page(intent), intent.key)
        return Outcome(intent.key, attempt, "done" if receipt.ok else "failed", receipt.detail)

    def _page(self, intent: Intent) -> Page:
        state, now = self.state(), self.clock.now()
        incident = state.known(intent.args["incident"])
        if incident is None:
            # The ledger cannot be written: the incident is known by this intent only (see Decider).
            return Page(intent.args["title"], f"{intent.reason}\nopsguide cannot write its ledger.")
        link = Link(incident.id, intent.args["person"], after(now, LINK_LIVES_SECONDS))
        address = f"{self.link_base()}/page/{sign(link, self.link_key)}"
        notice = intent.args.get("notice", "")
        return compose(state, incident, self.service(), address, now, notice)
