"""The server's log, followed: a file over its rotation, or what the collector writes to now in its folder."""

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from .query_log import Format, Logged, LoggedDurations, Logging, Reader

SUFFIXES: dict[str, Format] = {".json": "jsonlog", ".csv": "csvlog"}


class Lines(Protocol):
    """A file that others write: each `read` gives the whole lines since the last. Raises OSError."""

    def read(self) -> bytes: ...
    def close(self) -> None: ...


class Tails(Protocol):
    """Follows the file at a path, from its end or from its beginning."""

    def __call__(self, path: Path, /, *, from_end: bool) -> Lines: ...


def no_tails(path: Path, /, *, from_end: bool) -> Lines:
    """For a watch that is given no way to follow files."""
    raise FileNotFoundError(2, "no way to follow files", str(path))


class ServerLog:
    """`bound` is the path of the bindings. `counts` says whether a query is to be counted.

    `read` takes in what is new and says why it cannot, "" where it can.
    """

    def __init__(
        self, bound: Path, limits: Iterable[float], tails: Tails, counts: Callable[[Logged], bool]
    ) -> None:
        self._bound, self._tails, self._counts = bound, tails, counts
        self.durations = LoggedDurations(limits)
        self._path: Path | None = None
        self._lines: Lines | None = None
        self._reader = Reader("jsonlog")

    async def read(self, logging: Logging) -> str:
        return await asyncio.to_thread(self._take, logging)

    def close(self) -> None:
        if self._lines is not None:
            self._lines.close()

    def _take(self, logging: Logging) -> str:
        try:
            paths = self._paths(logging)
            if not paths:
                return f"{self._bound} holds no log of the kind {logging.kind}"
            lack = _lack(paths[-1], logging)
            if lack:
                return lack
            self._count(logging)
            for path in paths:
                if path != self._path:
                    self._follow(path, logging)
                    self._count(logging)
        except OSError as error:
            return f"the log {error.filename or self._bound} cannot be read: {error.strerror}"
        return ""

    def _paths(self, logging: Logging) -> Sequence[Path]:
        """What is to be read: of a folder the files from the one that was read last on, at first the newest."""
        if not self._bound.is_dir():
            return [self._bound]
        files = [one for one in self._bound.iterdir() if _format(one) == logging.kind and one.is_file()]
        files.sort(key=lambda one: (one.stat().st_mtime_ns, one.name))
        return files[files.index(self._path) :] if self._path in files else files[-1:]

    def _follow(self, path: Path, logging: Logging) -> None:
        """The next file begins where the last one ended; of the first, only what comes from now on counts."""
        first = self._lines is None
        self.close()
        self._lines = self._tails(path, from_end=first)
        self._reader = Reader(_format(path), logging.prefix)
        self._path = path

    def _count(self, logging: Logging) -> None:
        if self._lines is not None:
            for one in self._reader.read(self._lines.read()):
                if self._counts(one):
                    self.durations.add(one.seconds, logging.stands_for(one.seconds))


def _format(path: Path) -> Format:
    return SUFFIXES.get(path.suffix, "stderr")


def _lack(path: Path, logging: Logging) -> str:
    if _format(path) == "stderr" and not {"%d", "%u"} <= set(re.findall(r"%[a-z]", logging.prefix)):
        return "log_line_prefix has no %u and %d, which tell whose query it was: add them, or log as jsonlog"
    return ""
