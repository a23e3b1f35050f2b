"""What all of identity works with: the tables, the time, and the ledger."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

from ..kernel.clock import Instant
from ..kernel.errors import LedgerUnwritable
from ..kernel.facts import Data
from ..kernel.part import Command
from .chapter import Happened
from .tables import Tables, Writing

log = logging.getLogger("opsguide.identity")

Submit: TypeAlias = Callable[[Command, str], Awaitable[Any]]
"""A command and its actor, onto the ledger. Raises LedgerUnwritable."""

T = TypeVar("T")


class Desk:
    """`now` is the wall clock."""

    def __init__(self, tables: Tables, now: Callable[[], Instant], submit: Submit) -> None:
        self.tables, self.now, self._submit = tables, now, submit

    async def write(self, change: Callable[[Writing], T]) -> T:
        """One transaction, in a thread: it waits for the disk."""
        return await asyncio.to_thread(self._write, change)

    def _write(self, change: Callable[[Writing], T]) -> T:
        with self.tables.writing() as writing:
            return change(writing)

    async def say(self, data: Data, actor: str, personal: Data | None = None) -> None:
        """A fact. Raises LedgerUnwritable: what only an admin may is not done without it."""
        await self._submit(Happened(data, personal), actor)

    async def mention(self, data: Data, actor: str, personal: Data | None = None) -> None:
        """The same where people must get in although the disk is full: then only the log says it."""
        try:
            await self.say(data, actor, personal)
        except LedgerUnwritable:
            log.warning("not on the ledger, which cannot be written: %s by %s", data, actor)
