"""The open documents and the check of each: after a pause in typing, on a thread, given up when a newer text comes."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeAlias

from lsprotocol.types import Diagnostic

from .checker import Checker, Open, Seen, Superseded
from .files import is_bindings, path_of
from .look import Look

PAUSE = 0.15
"""Seconds without a key pressed before a text is checked."""

Publish: TypeAlias = Callable[[str, int | None, list[Diagnostic]], None]
"""URI, version where the document is open, and all there is to say about it."""

log = logging.getLogger(__name__)


class Opened:
    """A document of the editor. `check` is under way, or done, for its newest version."""

    def __init__(self, uri: str) -> None:
        self.uri, self.path = uri, path_of(uri)
        self.version, self.source = 0, ""
        self.look: Look | None = None
        self.check: asyncio.Task[None] | None = None
        self.hurry = asyncio.Event()
        self.superseded = threading.Event()

    def give_up(self) -> None:
        """The check that is under way is of no use any more."""
        self.superseded.set()
        if self.check is not None:
            self.check.cancel()
        self.hurry, self.superseded = asyncio.Event(), threading.Event()


class Desk:
    """All that is open. Not for threads: one event loop calls it."""

    def __init__(self, checker: Checker, publish: Publish, tell: Callable[[str], None]) -> None:
        self._checker, self._publish, self._tell = checker, publish, tell
        self._opened: dict[str, Opened] = {}
        # File → which document says what about it: guides share their bindings.
        self._said: dict[str, dict[str, list[Diagnostic]]] = {}
        # One worker: a check is bound to the processor, and readers are not shared between threads.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="check")
        self._crashes: set[str] = set()

    def put(self, uri: str, version: int, source: str) -> None:
        """A document was opened or changed. The first look is at once, later ones wait for a pause."""
        opened = self._opened.get(uri)
        pause = 0.0 if opened is None else PAUSE
        opened = self._opened.setdefault(uri, Opened(uri))
        opened.version, opened.source = version, source
        self._start(opened, pause)
        self._recheck_beside(opened)

    def drop(self, uri: str) -> None:
        """A document was closed: nothing is said about it any more."""
        opened = self._opened.pop(uri, None)
        if opened is not None:
            opened.give_up()
            self._say(opened, {})
            self._recheck_beside(opened)

    def touch(self, uri: str) -> None:
        """A file that may not be open was changed on disk."""
        self._recheck_beside(Opened(uri))

    async def look(self, uri: str) -> Look | None:
        """What was found in the text as it stands; waits for it. None for what is no guide, or never could be read."""
        while (opened := self._opened.get(uri)) and opened.check and not opened.check.done():
            opened.hurry.set()
            await asyncio.wait([opened.check])
        return opened.look if opened is not None else None

    def last(self, uri: str) -> Look | None:
        """What was found last, perhaps in an older text."""
        opened = self._opened.get(uri)
        return opened.look if opened is not None else None

    def source(self, uri: str) -> str:
        opened = self._opened.get(uri)
        return opened.source if opened is not None else ""

    def close(self) -> None:
        for opened in self._opened.values():
            opened.give_up()
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _start(self, opened: Opened, pause: float) -> None:
        opened.give_up()
        opened.check = asyncio.create_task(self._check(opened, pause))

    async def _check(self, opened: Opened, pause: float) -> None:
        if pause:
            with suppress(TimeoutError):
                await asyncio.wait_for(opened.hurry.wait(), pause)
        others = {
            each.path: Open(each.uri, each.source)
            for each in self._opened.values()
            if each.path and is_bindings(each.path)
        }
        seen = Seen(opened.uri, opened.version, opened.source, others)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._worker, self._checker.check, seen, opened.superseded)
        except Superseded:
            return
        except Exception:  # noqa: BLE001 - a crash becomes a message here: the next keystroke may mend it
            self._crashed(opened)
            return
        opened.look = found.look
        self._say(opened, found.said)

    def _crashed(self, opened: Opened) -> None:
        log.exception("the check of %s, version %d, crashed", opened.uri, opened.version)
        opened.look = None
        self._say(opened, {opened.uri: []})
        if opened.uri not in self._crashes:
            self._crashes.add(opened.uri)
            self._tell(
                f"opsguide could not check {opened.uri}: this is a mistake of ours. It goes on with your next change;"
                " the log of the language server says more."
            )

    def _say(self, opened: Opened, said: dict[str, list[Diagnostic]]) -> None:
        """Publish what the document says now of each file, and take back what it no longer says."""
        before = [uri for uri, those in self._said.items() if opened.uri in those]
        for uri in dict.fromkeys([*said, *before]):
            those = self._said.setdefault(uri, {})
            those.pop(opened.uri, None)
            if uri in said:
                those[opened.uri] = said[uri]
            once = {repr((one.range, one.code, one.message)): one for each in those.values() for one in each}
            own = self._opened.get(uri)
            self._publish(uri, own.version if own is not None else None, list(once.values()))

    def _recheck_beside(self, opened: Opened) -> None:
        """The guides beside changed bindings."""
        if opened.path is None or not is_bindings(opened.path):
            return
        for other in self._opened.values():
            if other.uri != opened.uri and other.path is not None and other.path.parent == opened.path.parent:
                # What it said of the bindings was about their older text.
                self._said.get(opened.uri, {}).pop(other.uri, None)
                self._start(other, PAUSE)
