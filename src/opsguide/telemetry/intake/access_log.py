"""Access logs of web servers into the metrics that the guide's signals ask for: requests by status, durations.

Read are the combined and common formats of nginx and Apache, a duration at the end of the line where there is one
(nginx' `$request_time` in seconds, `rt=0.123`, Apache's `%D` in microseconds), and one JSON object a line.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct, field

from opsguide.kernel.ports import Sample

from .histogram import LogHistogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
DURATIONS = "http_request_duration_seconds"
_MOST_AT_ONCE = 16 * 2**20
_LONGEST = 64 * 1024

# Possessive: a hostile line costs no more than its length.
_LINE = re.compile(
    rb'[^"\[]*+\[[^\]]*+\] "(?P<method>[A-Z]{1,16})?+(?:[^"\\]|\\.)*+" (?P<status>[1-5][0-9][0-9]) (?:[0-9]++|-)'
    rb"(?P<rest>.*+)",
    re.DOTALL,
)
_NAMED = re.compile(rb'(?:\brt|\brequest_time|\bduration)="?([0-9]{1,9}(?:\.[0-9]{1,9})?+)')
_LAST = re.compile(rb"[ \t]([0-9]{1,9}\.[0-9]{1,9}|[0-9]{1,12})[ \t]*$")

_STATUS = ("status", "status_code", "response_code", "code", "http_status", "DownstreamStatus")
_METHOD = ("method", "request_method", "http_method", "verb", "RequestMethod")
_SECONDS = {
    **dict.fromkeys(("request_time", "duration", "duration_s", "latency", "response_time", "elapsed"), 1.0),
    **dict.fromkeys(("duration_ms", "latency_ms", "request_time_ms", "response_time_ms", "elapsed_ms"), 1e-3),
    **dict.fromkeys(("duration_us", "latency_us"), 1e-6),
    **dict.fromkeys(("duration_ns", "Duration"), 1e-9),
}


class LogCounts(Struct):
    """What was counted of a log. `requests` are by method and status (`GET 200`), `lines` by whether they were read."""

    requests: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=lambda: {"read": 0, "unreadable": 0})
    durations: LogHistogram = field(default_factory=LogHistogram)

    @property
    def timed(self) -> bool:
        """Whether a request said how long it took."""
        return any(self.durations.counts)


class AccessLog:
    """Counts what stands in lines, on from `counts`. `samples` are counters since it began."""

    def __init__(self, counts: LogCounts | None = None) -> None:
        self.counts = counts or LogCounts()
        self._fresh: set[str] = set()
        self._timed_before = self.counts.timed

    def feed(self, lines: bytes) -> int:
        """Whole lines. How many of them were read as requests."""
        read = 0
        for line in lines.split(b"\n"):
            if not line.strip():
                continue
            if self._one(line[:_LONGEST]):
                read += 1
            else:
                self.counts.lines["unreadable"] += 1
        self.counts.lines["read"] += read
        return read

    def starts(self) -> list[Sample]:
        """Zeros of what was counted for the first time since this was asked last: they belong before its first sample.

        A counter that begins with its first fifty failures does not show them as an increase.
        """
        found = [_requests(key, 0) for key in sorted(self._fresh)]
        if self.counts.timed and not self._timed_before:
            found += LogHistogram().samples(DURATIONS, {})
        self._fresh.clear()
        self._timed_before = self.counts.timed
        return found

    def samples(self) -> list[Sample]:
        counts = self.counts
        found = [_requests(key, count) for key, count in sorted(counts.requests.items())]
        found += [
            Sample({"__name__": "access_log_lines_total", "result": result}, float(count))
            for result, count in counts.lines.items()
        ]
        if counts.timed:
            found += counts.durations.samples(DURATIONS, {})
        return found

    def _one(self, line: bytes) -> bool:
        found = _of_json(line) if line.lstrip().startswith(b"{") else _of_text(line)
        if found is None:
            return False
        method, status, seconds = found
        key = f"{method if method in METHODS else 'OTHER'} {status}"
        if key not in self.counts.requests:
            self._fresh.add(key)
        self.counts.requests[key] = self.counts.requests.get(key, 0) + 1
        if seconds is not None:
            self.counts.durations.observe(seconds)
        return True


def _requests(key: str, count: int) -> Sample:
    method, status = key.split()
    return Sample({"__name__": "http_requests_total", "method": method, "status": status}, float(count))


Request = tuple[str, str, float | None]


def _of_text(line: bytes) -> Request | None:
    found = _LINE.match(line)
    if found is None:
        return None
    rest = found["rest"].rstrip()
    named = _NAMED.search(rest)
    if named is not None:
        seconds: float | None = float(named[1])
    elif (last := _LAST.search(rest)) is not None:
        # A whole number is Apache's %D: microseconds.
        seconds = float(last[1]) if b"." in last[1] else int(last[1]) / 1e6
    else:
        seconds = None
    return (found["method"] or b"").decode("ascii"), found["status"].decode("ascii"), seconds


def _of_json(line: bytes) -> Request | None:
    try:
        told = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(told, dict):
        return None
    status = _first(told, _STATUS)
    if not re.fullmatch(r"[1-5][0-9][0-9]", status):
        return None
    request = told.get("request")  # Caddy's is an object, others' the request line
    method = _first(told, _METHOD) or (
        _first(request, _METHOD)
        if isinstance(request, dict)
        else _first(told, ("request",)).partition(" ")[0]
    )
    return method.upper(), status, _seconds(told)


def _first(told: Mapping[str, object], names: tuple[str, ...]) -> str:
    for name in names:
        if name in told:
            value = told[name]
            return str(int(value)) if isinstance(value, float) else str(value)
    return ""


def _seconds(told: Mapping[str, object]) -> float | None:
    for name, unit in _SECONDS.items():
        value = told.get(name)
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                continue
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12:
            return float(value) * unit
    return None


class Place(Struct, frozen=True):
    """Up to where a file was read: in bytes, of the file that had this inode."""

    path: str
    inode: int
    offset: int


class Tail:
    """The new lines of a file that others write, over rotation by renaming or by emptying.

    It begins at `place`, of which a file that was rotated meanwhile is read from its beginning; without one at the
    end, or at the beginning.
    """

    def __init__(self, path: Path, /, *, from_end: bool = True, place: Place | None = None) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._rest = b""
        self._first, self._begins = from_end or place is not None, place

    @property
    def place(self) -> Place:
        """Up to where whole lines were read. Only after a first `read`."""
        assert self._file is not None
        inode, offset = os.fstat(self._file.fileno()).st_ino, self._file.tell() - len(self._rest)
        return Place(str(self._path), inode, offset)

    def read(self) -> bytes:
        """Whole lines since the last call. Raises OSError where the file cannot be read, or is gone and nobody writes
        to what it was."""
        lines = b""
        if self._file is not None:
            if self._emptied():
                self._file.seek(0)
                self._rest = b""
            lines = self._more()
        if self._file is None or self._renamed(still_written=bool(lines)):
            # What was still written to the old one is read by now.
            lines += self._open()
        return lines

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> bytes:
        fresh = self._path.open("rb")
        if self._first:
            fresh.seek(*self._first_place(fresh))
            self._first = False
        last = self._rest + b"\n" if self._rest else b""
        self.close()
        self._file, self._rest = fresh, b""
        return last + self._more()

    def _first_place(self, fresh: BinaryIO) -> tuple[int, int]:
        if self._begins is None:
            return 0, os.SEEK_END
        there = os.fstat(fresh.fileno())
        same = there.st_ino == self._begins.inode and there.st_size >= self._begins.offset
        return self._begins.offset if same else 0, os.SEEK_SET

    def _more(self) -> bytes:
        assert self._file is not None
        data = self._rest + self._file.read(_MOST_AT_ONCE)
        lines, newline, self._rest = data.rpartition(b"\n")
        return lines + newline

    def _emptied(self) -> bool:
        assert self._file is not None
        return os.fstat(self._file.fileno()).st_size < self._file.tell()

    def _renamed(self, *, still_written: bool) -> bool:
        assert self._file is not None
        try:
            there, here = self._path.stat(), os.fstat(self._file.fileno())
        except FileNotFoundError:
            if still_written:
                return False  # between the renaming and the new file
            raise
        return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)
