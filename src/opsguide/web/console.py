"""What the console and the API ask of the running service. `app.py` fulfils it with the decider."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Protocol

from ..guide.adoption import GuideState
from ..guide.history import Stint
from ..kernel.clock import Instant
from ..kernel.facts import Recorded
from ..kernel.ledger import Head, Verified
from ..kernel.look import Found, Wanted
from ..kernel.outbox import Outbox
from ..kernel.part import Command
from ..kernel.standing import Standing


class Console(Protocol):
    """Reading is free of side effects; only `submit` changes anything."""

    def now(self) -> Instant:
        """The instant of which all of this tells: now, or the one that was asked for (`as_of`)."""
        ...

    @property
    def as_of(self) -> Instant | None:
        """None where it tells of now; else the past instant of which it tells, in which nothing can be done."""
        ...

    async def at(self, instant: Instant) -> "Console":
        """The same as of an instant, no later than now."""
        ...

    @property
    def head(self) -> Head:
        """Where the ledger ends now."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The deeds that wait, to look at."""
        ...

    @property
    def guide(self) -> GuideState:
        """The guide in force (`current` is None until one is adopted), and a newer text that was refused."""
        ...

    def state(self, part: str) -> Any:
        """The folded state of a chapter, to look at."""
        ...

    def standings(self) -> Mapping[str, Standing]:
        """Promise id → its standing now."""
        ...

    def history(self, subject: str, after: int = 0) -> Iterator[Recorded]:
        """Facts about a subject (`incident:INC-3`, `guide` …) after a sequence number, oldest first."""
        ...

    def facts(self, after: int, upto: int) -> Iterator[Recorded]:
        """What is recorded behind sequence number `after`, up to and with `upto`, oldest first."""
        ...

    def types(self) -> Sequence[str]:
        """The names of all types of facts, in alphabetical order."""
        ...

    async def look(self, wanted: Wanted) -> Found:
        """The next facts that are wanted, beside what goes on."""
        ...

    def hash_at(self, seq: int) -> bytes:
        """The hash of a row, 32 bytes of zero for 0."""
        ...

    async def verify(self) -> Verified:
        """Check the whole ledger, row by row, beside what goes on. Raises LedgerBroken at what does not fit."""
        ...

    def stints(self, promise: str, start: Instant, end: Instant) -> tuple[Stint, ...]:
        """How a promise stood from `start` until `end` or now, oldest first: see guide/history.py."""
        ...

    def accounts(self) -> Mapping[str, str]:
        """Id → name of the accounts that act for no person of the bindings."""
        ...

    def trouble(self) -> str:
        """Empty while all is well; else why the service is degraded (the ledger cannot be written, say)."""
        ...

    async def submit(self, command: Command, *, actor: str) -> Sequence[Recorded]:
        """Do what the command wants; returns once it is durable. Raises Refused or LedgerUnwritable.

        In a request, `by` of the command and the actor are who is signed in, whoever is named here: see `acting.py`.
        """
        ...

    def changes(self) -> AsyncIterator[Sequence[Recorded]]:
        """What is recorded from now on, batch by batch, as it becomes durable."""
        ...
