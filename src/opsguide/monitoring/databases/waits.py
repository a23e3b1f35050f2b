"""Sessions that wait for a lock: how many, how long, and how much of the database's working time it costs. Pure."""

from collections.abc import Iterable

from msgspec import Struct

from ...kernel.ports import Sample


class Running(Struct, frozen=True):
    """A statement that runs: its process, its age in seconds, when it began (epoch), whether it waits for a lock."""

    pid: int
    age: float
    since: float
    waits: bool

    @property
    def key(self) -> tuple[int, float]:
        """The same at every look, another for the next statement of the process."""
        return self.pid, self.since


class Waits:
    """`looked` at every look, `samples` once an interval: the worst since the last time, and counters of seconds."""

    def __init__(self) -> None:
        self._began: dict[tuple[int, float], float] = {}
        self._most, self._longest = 0, 0.0
        self._waited, self._worked = 0.0, 0.0

    @property
    def longest(self) -> float:
        """The longest wait since the last samples, in seconds."""
        return self._longest

    def looked(self, running: Iterable[Running], at: float, stands_for: float) -> int:
        """What runs at `at` (seconds of any clock that goes on), in a look that stands for so many seconds.

        How many wait. A wait counts from the first look that saw it; `told` knows better where the server says so.
        """
        found, working = dict[tuple[int, float], float](), 0
        for one in running:
            working += 1
            if one.waits:
                found[one.key] = self._began.get(one.key, at)
        self._began = found
        self._most = max(self._most, len(found))
        self._longest = max([self._longest, *(at - began for began in found.values())])
        self._waited += len(found) * stands_for
        self._worked += working * stands_for
        return len(found)

    def told(self, seconds: float) -> None:
        """The server says how long a session has waited."""
        self._longest = max(self._longest, seconds)

    def samples(self) -> list[Sample]:
        most, longest = self._most, self._longest
        self._most, self._longest = len(self._began), 0.0
        return [
            Sample({"__name__": "pg_blocked_queries"}, float(most)),
            Sample({"__name__": "pg_oldest_blocked_age_seconds"}, longest),
            Sample({"__name__": "pg_lock_wait_seconds_total"}, self._waited),
            Sample({"__name__": "pg_active_seconds_total"}, self._worked),
        ]
