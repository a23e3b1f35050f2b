"""The deeds "page" and "news": what was decided goes through its channel to its person."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from msgspec.structs import replace

from ..guide.bindings import Bindings
from ..kernel.clock import Clock, Instant, after
from ..kernel.errors import BindingsError
from ..kernel.intent import Intent, Outcome, Result
from ..kernel.standing import Standing
from . import digest
from .escalation import DIGEST
from .folds_told import delivery
from .handoffs import letter
from .links import Link, sign
from .news import NEWS
from .oncall import INBOX
from .overrides.state import Swap
from .page import Around, Line, Page, compose, together
from .state import Incident, State

GAP_SECONDS = 15.0
"""Between messages to one person once there are many: what came meanwhile is one message."""


class Receipt(Protocol):
    """What a channel says of one message."""

    @property
    def ok(self) -> bool: ...

    @property
    def detail(self) -> str: ...

    @property
    def unknown(self) -> bool: ...

    @property
    def pictured(self) -> bool:
        """Whether the chart was with it."""
        ...


class Near(Protocol):
    """What stands near an incident."""

    def clues(self, incident: Incident) -> Sequence[Line]:
        """Runbooks and deploys, a line each."""
        ...

    async def chart(self, incident: Incident) -> bytes | None:
        """The signal that it is about, as PNG; None where there is none, or none in time."""
        ...

    def maintenance(self, start: Instant, end: Instant) -> Sequence[letter.Planned]:
        """What is planned in this time, the next first."""
        ...


@dataclass(frozen=True, kw_only=True)
class Paging:
    """`state`, `bindings` and `service` (its name) are asked anew for each page; `send(url, page, key)` tells people.

    `resolve` turns a channel's reference into its URL, of which `is_machine` says whether no person reads it;
    `link_base` is the address under which people reach us, `standings` how each promise stands now, `near` knows
    what stands near an incident.
    """

    state: Callable[[], State]
    bindings: Callable[[], Bindings]
    resolve: Callable[[str], str]
    is_machine: Callable[[str], bool]
    send: Callable[[str, Page, str], Awaitable[Receipt]]
    service: Callable[[], str]
    link_base: Callable[[], str]
    link_key: bytes
    clock: Clock
    standings: Callable[[], Mapping[str, Standing]]
    near: Near

    def gap(self, intent: Intent) -> float | None:
        """The inbox takes all at once, a machine each by itself, a person many together."""
        channel = intent.args["channel"]
        if intent.deed in (NEWS, DIGEST):
            return None
        if channel == INBOX:
            return 0.0
        bound = self.bindings().channels.get(channel)
        try:
            return None if bound is None or self.is_machine(self.resolve(bound.url)) else GAP_SECONDS
        except BindingsError:
            return None

    async def do(self, intent: Intent, attempt: int, others: Sequence[Intent] = ()) -> Outcome:
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
        page = await self._page(intent, others)
        receipt = await self.send(url, page, intent.key)
        if receipt.pictured and not receipt.ok and not receipt.unknown and self._is_wanted(intent):
            # It may be the picture that was refused. Told twice is better than not at all.
            receipt = await self.send(url, replace(page, chart=None), intent.key)
        result: Result = "done" if receipt.ok else "unknown" if receipt.unknown else "failed"
        return Outcome(intent.key, attempt, result, receipt.detail)

    def _is_wanted(self, intent: Intent) -> bool:
        """Whether nobody acknowledged meanwhile, as far as the ledger knows of it."""
        sent = delivery(self.state(), intent.key)
        return sent is None or sent.state != "withdrawn"

    async def test(self, channel: str, by: str) -> tuple[str, float]:
        """Send a test message: why the provider did not take it, "" where it did; and the seconds that took."""
        begun = monotonic()
        try:
            url = self.resolve(self.bindings().channels[channel].url)
        except BindingsError as error:
            return error.what, 0.0
        said = f"This is a test of the channel {channel}, sent by {by}. Nothing is wrong, and there is nothing to do."
        page = Page(f"{self.service()}: test of {channel}", said)
        receipt = await self.send(url, page, f"test/{channel}/{self.clock.now()}")
        return "" if receipt.ok else receipt.detail, round(monotonic() - begun, 3)

    async def _page(self, intent: Intent, others: Sequence[Intent]) -> Page:
        state, now = self.state(), self.clock.now()
        if intent.deed == NEWS:
            names = {person: one.name or person for person, one in self.bindings().people.items()}
            base, planned = self.link_base(), self.near.maintenance
            known = letter.Around(self.standings(), names, base, self._answers_at, planned)
            return letter.compose(state, intent, known, now)
        if intent.deed == DIGEST:
            return digest.compose(state, intent, self.service(), self.link_base())
        incident = state.known(intent.args["incident"])
        if incident is None:
            # The ledger cannot be written: the incident is known by this intent only (see Decider).
            return Page(intent.args["title"], f"{intent.reason}\nopsguide cannot write its ledger.")
        notice = intent.args.get("notice", "")
        chart = await self.near.chart(incident)
        around = Around(self.service(), self._address(intent, now), self.near.clues(incident), chart)
        page = compose(state, incident, around, now, notice)
        return page if not others else together(page, [one.args["title"] for one in others])

    def _address(self, intent: Intent, now: Instant) -> str:
        """Where its incident opens without a login, as long as the policy allows."""
        lives = self.bindings().paging.link_lives
        if not lives:
            return f"{self.link_base()}/incidents/{intent.args['incident']}"
        link = Link(intent.args["incident"], intent.args["person"], after(now, lives))
        return f"{self.link_base()}/page/{sign(link, self.link_key)}"

    def _answers_at(self, swap: Swap) -> str:
        """Where who is asked for a swap answers it without a login, as long as the policy and the swap allow."""
        lives = self.bindings().paging.link_lives
        if not lives:
            return f"{self.link_base()}/on-call/swaps/{swap.id}"
        link = Link(swap.id, swap.other, min(swap.until, after(self.clock.now(), lives)))
        return f"{self.link_base()}/swap/{sign(link, self.link_key)}"
