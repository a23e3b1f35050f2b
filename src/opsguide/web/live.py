"""Live pages: named pieces of the console, sent again when what they show changed.

Each piece has a version. A page says at which version it was made, a browser that reconnects which one it saw last;
both get what is newer, so nothing is missed in between. After a restart everything is newer.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress

from litestar.response.sse import ServerSentEventMessage
from msgspec import Struct

from ..kernel.facts import Recorded
from .console import Console

LOOK_SECONDS = 5.0
"""Standings also change because evidence ages: so often they are looked at again while a page is open."""

KEEP_ALIVE_SECONDS = 15.0
GATHER_SECONDS = 0.1
"""What is recorded within this time is sent together."""

MOST_TOUCHED = 1_000
RESYNC = "resync"
"""The event for a browser from before a restart: pieces that are fetched by name fetch themselves again."""


def promise_event(promise: str) -> str:
    """The event that says that evidence of a promise was recorded. A digest: ids hold what event names may not."""
    return f"promise-{hashlib.sha256(promise.encode()).hexdigest()[:12]}"


class Fragment(Struct, frozen=True):
    """`key` changes when the piece must be sent again (ages that only grow are no change).

    `html` makes the piece; it is told the key that was sent before, None at first.
    """

    key: object
    html: Callable[[object], str]


class Sent(Struct):
    """A piece as it was last sent."""

    version: int
    key: object
    html: str


class Live:
    """The versions of all pieces, and who waits for new ones."""

    def __init__(
        self,
        console: Console,
        fragments: Callable[[], Mapping[str, Fragment]],
        touches: Callable[[Recorded], Iterable[str]],
    ) -> None:
        self._console = console
        self._fragments = fragments
        self._touches = touches
        self._epoch = secrets.token_hex(4)
        self._version = 0
        self._sent: dict[str, Sent] = {}
        self._touched: dict[str, int] = {}
        self._recorded = asyncio.Event()
        self._changed = asyncio.Condition()
        self._listeners = 0
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def listeners(self) -> int:
        return self._listeners

    def mark(self) -> str:
        """The version that a page made now is at; it goes into the page, and comes back with its stream."""
        self._look()
        return f"{self._epoch}.{self._version}"

    def piece(self, name: str) -> str:
        """A piece as it was last made; empty if there is none of that name. Only for pieces without ages."""
        sent = self._sent.get(name)
        return sent.html if sent is not None else ""

    def start(self) -> None:
        """Notice from here on what is recorded, and what time does. Called again it does nothing."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._watch())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _follow(self) -> None:
        async for batch in self._console.changes():
            for recorded in batch:
                self._touch(self._touches(recorded))
            self._recorded.set()

    async def _watch(self) -> None:
        while True:
            # Not wait_for: on 3.11 it can swallow a cancellation that comes with what is recorded.
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._recorded.wait()
                await asyncio.sleep(GATHER_SECONDS)
            self._recorded.clear()
            if self._listeners:
                await self._notify()

    def _touch(self, names: Iterable[str]) -> None:
        for name in names:
            self._version += 1
            self._touched.pop(name, None)
            self._touched[name] = self._version
        while len(self._touched) > MOST_TOUCHED:
            del self._touched[next(iter(self._touched))]

    async def _notify(self) -> None:
        async with self._changed:
            self._look()
            self._changed.notify_all()

    def _look(self) -> None:
        """Give every piece that changed since it was last made a new version."""
        pieces = self._fragments()
        for name in self._sent.keys() - pieces.keys():
            del self._sent[name]
        for name, piece in pieces.items():
            before = self._sent.get(name)
            if before is None or before.key != piece.key:
                self._version += 1
                html = piece.html(before.key if before is not None else None)
                self._sent[name] = Sent(self._version, piece.key, html)

    async def stream(self, mark: str) -> AsyncIterator[bytes]:
        """Events for one browser, for ever. `mark` is what its page or its last event said."""
        epoch, _, seen = mark.partition(".")
        since = int(seen) if epoch == self._epoch and seen.isdecimal() else -1
        self.start()
        self._listeners += 1
        try:
            yield ServerSentEventMessage(comment="opsguide", data=None, retry=2000).encode()
            if since < 0 and mark:
                yield self._event(RESYNC, "", self._version)
            while True:
                self._look()
                for name, version, html in self._newer(since):
                    yield self._event(name, html, version)
                since = self._version
                if not await self._wait(since):
                    yield ServerSentEventMessage(comment="still here", data=None).encode()
        finally:
            self._listeners -= 1

    def _newer(self, since: int) -> list[tuple[str, int, str]]:
        pieces = [
            (name, sent.version, sent.html) for name, sent in self._sent.items() if sent.version > since
        ]
        touched = [(name, version, "") for name, version in self._touched.items() if version > since]
        return sorted(pieces + touched, key=lambda piece: piece[1])

    async def _wait(self, since: int) -> bool:
        """Whether anything new came before the connection must be kept alive."""
        with suppress(TimeoutError):
            async with asyncio.timeout(KEEP_ALIVE_SECONDS), self._changed:
                await self._changed.wait_for(lambda: self._version > since)
                return True
        return False

    def _event(self, name: str, html: str, version: int) -> bytes:
        return ServerSentEventMessage(event=name, data=html, id=f"{self._epoch}.{version}").encode()
