"""Fetches the calendars of rotations, again and again, and reports what they say."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ....guide.bindings import Bindings
from ....kernel.clock import Clock, Instant, after
from ....kernel.errors import OpsguideError
from ....kernel.part import Command
from ...roster import zone_of
from ..commands import ReadCalendar
from ..events import UnreadableCalendar, events
from ..matching import matched

EVERY_SECONDS = 300.0
BACK_SECONDS, AHEAD_SECONDS = 14 * 86_400.0, 120 * 86_400.0
_WEEK_MS = 7 * 86_400_000
LARGEST_BYTES = 4 * 1024 * 1024


class Answer(Protocol):
    """What a server said."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...


@dataclass
class Calendars:
    """`resolve` gives what a reference holds, `fetch` what is at an address; `beside` is the bindings' folder.

    Both raise OpsguideError.
    """

    bindings: Callable[[], Bindings]
    resolve: Callable[[str], str]
    fetch: Callable[[str], Awaitable[Answer]]
    submit: Callable[[Command], Awaitable[object]]
    beside: Path
    clock: Clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.read()
            await asyncio.sleep(EVERY_SECONDS)

    async def read(self) -> None:
        """All of them once; one that fails stops no other."""
        for team, rotation in self.bindings().rotations.items():
            if rotation.calendar is None:
                continue
            try:
                await self.submit(await self._said(team, rotation.calendar))
            except OpsguideError:
                continue  # it says what it said before, or the ledger cannot be written: next time

    async def _said(self, team: str, reference: str) -> ReadCalendar:
        bindings = self.bindings()
        start = _week_of(self.clock.now())
        since, until = after(start, -BACK_SECONDS), after(start, AHEAD_SECONDS)
        try:
            text = await self._text(reference)
            found = await asyncio.to_thread(events, text, since, until, zone_of(bindings, team))
        except (OpsguideError, UnreadableCalendar, OSError) as error:
            what = error.what if isinstance(error, OpsguideError) else _plain(error)
            return ReadCalendar(team, problem=f"[rotations.{team}] calendar: {what}")
        entries, unmatched = matched(found, bindings.people)
        return ReadCalendar(team, entries, unmatched)

    async def _text(self, reference: str) -> bytes:
        """From an address, else a path beside the bindings."""
        held = await asyncio.to_thread(self.resolve, reference)
        if "://" in held:
            answer = await self.fetch(held)
            if answer.status != 200:
                raise UnreadableCalendar(f"its server answers {answer.status}")
            found = answer.body
        else:
            found = await asyncio.to_thread((self.beside / held).read_bytes)
        if len(found) > LARGEST_BYTES:
            raise UnreadableCalendar(f"it is larger than {LARGEST_BYTES // 1024 // 1024} MiB")
        return found


def _plain(error: Exception) -> str:
    """Without the path, which belongs on no ledger."""
    return f"{error.strerror}" if isinstance(error, OSError) else str(error)


def _week_of(now: Instant) -> Instant:
    """A stretch that moves by the week: a calendar that did not change is no new fact each time."""
    return now // _WEEK_MS * _WEEK_MS
