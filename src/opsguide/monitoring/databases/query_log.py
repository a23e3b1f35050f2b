"""How long queries took, from the server's log of durations, sampled or not. Pure.

Which durations are logged is PostgreSQL's rule (`check_log_duration` in postgres.c, the manual's section "When to
Log"): those of at least `log_min_duration_statement`; of those of at least `log_min_duration_sample` a random part of
`log_statement_sample_rate`; and all of a random part `log_transaction_sample_rate` of the transactions. One that is
logged with probability p stands for 1/p queries (the estimator of Horvitz and Thompson).
"""

import csv
import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from ...kernel.duration import spoken
from ...kernel.ports import Sample
from .durations import METRIC

Format: TypeAlias = Literal["jsonlog", "csvlog", "stderr"]

STEPS = 10
"""Bounds in a doubling: a quantile is right within some two per cent however queries lie between two of them."""
BOUNDS = tuple(float(f"{2 ** (step / STEPS):.4g}") for step in range(-10 * STEPS, 7 * STEPS))
"""From a millisecond to two minutes."""

_LONGEST, _LONGEST_RECORD = 4_000, 4 * 2**20
_DURATION = re.compile(r"duration: (\d{1,12}(?:\.\d{1,6})?) ms  (?:statement|execute [^:]*): (.*)", re.DOTALL)
_HAS_DURATION = b"duration: "
_CSV_USER, _CSV_DATABASE, _CSV_MESSAGE = 1, 2, 13
_TIME = r"\S+ \S+ \S+"
_ESCAPES = {
    **dict.fromkeys("tms", _TIME),
    **dict.fromkeys("ai", ".*?"),
    "n": r"[\d.]+",
    "u": r"(?P<user>\S*)",
    "d": r"(?P<database>\S*)",
}


class Logging(Struct, frozen=True):
    """The server's settings about its log; durations in seconds, -1 of a setting that is off."""

    destinations: frozenset[str]
    prefix: str
    messages: str
    always: float
    sampled: float
    rate: float
    transactions: float
    statements: str

    @property
    def kind(self) -> Format:
        """Of the formats that it is written in, the one that is easiest to read."""
        kinds: tuple[Format, ...] = ("jsonlog", "csvlog")
        return next((kind for kind in kinds if kind in self.destinations), "stderr")

    @property
    def floor(self) -> float:
        """From this duration on queries are logged at all; infinity where none are."""
        floors = [self.always] if self.always >= 0 else []
        floors += [self.sampled] if self.sampled >= 0 and self.rate > 0 else []
        floors += [0.0] if self.transactions > 0 else []
        return min(floors, default=math.inf)

    def stands_for(self, seconds: float) -> float:
        """How many queries one of this duration in the log stands for."""
        if 0 <= self.always <= seconds:
            return 1.0
        rate = self.rate if 0 <= self.sampled <= seconds else 0.0
        logged = 1 - (1 - rate) * (1 - self.transactions)
        return 1 / logged if logged > 0 else 1.0

    @property
    def part(self) -> str:
        """Which queries are logged, in words."""
        longer = f" of {spoken(self.floor)} and longer" if self.floor else ""
        share = 1 / self.stands_for(self.floor)
        return f"{'every query' if share == 1 else f'{share * 100:.3g} % of the queries'}{longer}"

    def lack(self, limits: Iterable[float]) -> str:
        """Why query times cannot be read from the log, "" where they can."""
        shortest = min(limits, default=math.inf)
        if not self.messages.startswith(("C", "POSIX", "en")):
            return f"messages of the log are not in English (lc_messages = {self.messages})"
        if self.statements in ("all", "mod"):
            return f"log_statement = '{self.statements}' keeps statements and durations apart: set 'none' or 'ddl'"
        if self.floor == math.inf:
            return (
                "the server logs no durations: set log_min_duration_sample = 0 and log_statement_sample_rate"
            )
        if self.floor > shortest:
            return (
                f"the log has queries of {spoken(self.floor)} and longer only: "
                f"set log_min_duration_sample below the limit of {spoken(shortest)}"
            )
        return ""


def logging_of(settings: Mapping[str, str]) -> Logging:
    """From rows of pg_settings by name, in their units there (milliseconds)."""

    def seconds(name: str) -> float:
        value = float(settings[name])
        return value / 1000 if value >= 0 else -1.0

    return Logging(
        destinations=frozenset(one.strip() for one in settings["log_destination"].split(",")),
        prefix=settings["log_line_prefix"],
        messages=settings["lc_messages"],
        always=seconds("log_min_duration_statement"),
        sampled=seconds("log_min_duration_sample"),
        rate=float(settings["log_statement_sample_rate"]),
        transactions=float(settings["log_transaction_sample_rate"]),
        statements=settings["log_statement"],
    )


class Logged(Struct, frozen=True):
    """A query in the log: its role, its database, its duration in seconds, the beginning of its text."""

    user: str
    database: str
    seconds: float
    text: str


class _Json(Struct):
    user: str = ""
    dbname: str = ""
    message: str = ""


class Reader:
    """Whole lines of a log in, queries out. It keeps the beginning of a record that goes on in the next lines."""

    def __init__(self, kind: Format, prefix: str = "") -> None:
        self._read = {"jsonlog": self._json, "csvlog": self._csv, "stderr": self._stderr}[kind]
        self._prefix = prefix_pattern(prefix)
        self._rest = b""

    def read(self, lines: bytes) -> Iterator[Logged]:
        yield from self._read(lines)

    def _json(self, lines: bytes) -> Iterator[Logged]:
        for line in lines.split(b"\n"):
            if _HAS_DURATION in line:
                try:
                    told = msgspec.json.decode(line, type=_Json)
                except (msgspec.MsgspecError, UnicodeDecodeError):
                    continue
                yield from _logged(told.user, told.dbname, told.message)

    def _csv(self, lines: bytes) -> Iterator[Logged]:
        """A record ends where its quotes are even: texts of queries have lines of their own."""
        whole, self._rest = _whole(self._rest + lines)
        if len(self._rest) > _LONGEST_RECORD:
            self._rest = b""
        rows = csv.reader(whole.decode("utf-8", "replace").splitlines(keepends=True))
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error:
                continue
            if len(row) > _CSV_MESSAGE:
                yield from _logged(row[_CSV_USER], row[_CSV_DATABASE], row[_CSV_MESSAGE])

    def _stderr(self, lines: bytes) -> Iterator[Logged]:
        for line in lines.split(b"\n"):
            if _HAS_DURATION in line:
                found = self._prefix.match(line[:_LONGEST].decode("utf-8", "replace"))
                if found is not None:
                    told = found.groupdict()
                    yield from _logged(told.get("user", ""), told.get("database", ""), told["message"])


def _whole(data: bytes) -> tuple[bytes, bytes]:
    """Whole CSV records, and the beginning of one that is not."""
    open_, end = False, 0
    for place, part in _lines(data):
        open_ ^= part.count(b'"') % 2 == 1
        if not open_:
            end = place + len(part)
    return data[:end], data[end:]


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    for line in data.splitlines(keepends=True):
        yield place, line
        place += len(line)


def _logged(user: str, database: str, message: str) -> Iterator[Logged]:
    found = _DURATION.match(message)
    if found is not None:
        yield Logged(user, database, float(found[1]) / 1000, found[2][:_LONGEST])


def prefix_pattern(prefix: str) -> re.Pattern[str]:
    """A pattern for lines under this `log_line_prefix`."""
    parts = list[str]()
    for escape, letter, text in re.findall(r"(%-?\d*([a-zA-Z%]))|([^%]+)", prefix):
        if text:
            parts.append(re.escape(text))
        elif letter == "%":
            parts.append("%")
        elif letter != "q":
            padding = " *" if len(escape) > 2 else ""
            parts.append(f"{padding}{_ESCAPES.get(letter, r'[^ ]*')}{padding}")
    return re.compile("".join(parts) + r"LOG:  (?P<message>.*)", re.DOTALL)


class LoggedDurations:
    """A classic histogram of weighed queries: counters since it was made. `limits` (seconds) are bounds too."""

    def __init__(self, limits: Iterable[float] = ()) -> None:
        self.bounds = tuple(sorted({*BOUNDS, *limits}))
        self._counts = [0.0] * (len(self.bounds) + 1)
        self._seconds = 0.0
        self._shown = [0.0] * (len(self.bounds) + 1)

    def add(self, seconds: float, stands_for: float) -> None:
        self._counts[bisect_left(self.bounds, seconds)] += stands_for
        self._seconds += seconds * stands_for

    def samples(self, floor: float, finished: float) -> list[Sample]:
        """`floor`: shorter ones are not in the log, and are what is left of those that `finished`.

        Counters never go back: where a sample's noise makes fewer of what is left, they wait.
        """
        every = sum(self._counts)
        left = max(0.0, finished - every) if floor > 0 else 0.0
        weighed = [left + seen for seen in accumulate(self._counts)]
        self._shown = [max(pair) for pair in zip(self._shown, weighed, strict=True)]
        named = [*(f"{bound:g}" for bound in self.bounds), "+Inf"]
        found = [
            Sample({"__name__": f"{METRIC}_bucket", "le": le}, shown)
            for le, bound, shown in zip(named, (*self.bounds, math.inf), self._shown, strict=True)
            if bound >= floor
        ]
        found.append(Sample({"__name__": f"{METRIC}_count"}, self._shown[-1]))
        return [*found, Sample({"__name__": f"{METRIC}_sum"}, self._seconds)]
