"""What pg_stat_statements counted: how many calls at all, and which statements took the time lately. Pure."""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

LATELY_SECONDS = 300.0

Statement: TypeAlias = tuple[int, int]
"""A role and a query id of pg_stat_statements."""


class Calls(NamedTuple):
    """Calls of a statement, and the seconds they took together."""

    number: int
    seconds: float

    def and_(self, other: "Calls") -> "Calls":
        return Calls(self.number + other.number, self.seconds + other.seconds)


NONE = Calls(0, 0.0)


class Controls:
    """Query ids of which it is known whether they only control transactions and sessions. `one in controls`: it does.

    What the server counts no more is forgotten: who names each savepoint anew makes millions of them.
    """

    def __init__(self) -> None:
        self._known, self._controls = set[int](), set[int]()

    def new(self, counted: set[int]) -> set[int]:
        """Those of all that are counted now of which it is not known yet."""
        self._known &= counted
        self._controls &= counted
        return counted - self._known

    def learned(self, asked: set[int], controls: set[int]) -> None:
        """Which of those that were asked about are."""
        self._known |= asked
        self._controls |= controls

    def __contains__(self, queryid: int) -> bool:
        return queryid in self._controls


class Statements:
    """`calls` and `seconds` count since the first reading, which is where counting begins."""

    def __init__(self) -> None:
        self.calls, self.seconds = 0, 0.0
        self._known: Mapping[Statement, Calls] | None = None
        self._lately: dict[Statement, Calls] = {}
        self._before: dict[Statement, Calls] = {}
        self._since, self._before_since = 0.0, 0.0
        self._at = 0.0

    def finished(self, calls: Mapping[Statement, Calls], at: float) -> None:
        """Every statement's calls so far, at an instant in seconds of any clock that goes on.

        A statement that has fewer calls than before was forgotten meanwhile (a reset, no room): it counts from 0.
        """
        if self._known is None:
            self._since = self._before_since = at
        elif at - self._since >= LATELY_SECONDS:
            self._before, self._before_since = self._lately, self._since
            self._lately, self._since = {}, at
        if self._known is not None:
            for statement, now in calls.items():
                self._one(statement, now, self._known.get(statement, NONE))
        self._known, self._at = calls, at

    def _one(self, statement: Statement, now: Calls, before: Calls) -> None:
        if now.number < before.number:
            before = NONE
        new = Calls(now.number - before.number, max(0.0, now.seconds - before.seconds))
        if new.number:
            self.calls += new.number
            self.seconds += new.seconds
            self._lately[statement] = new.and_(self._lately.get(statement, NONE))

    def is_recent(self, statement: Statement) -> bool:
        """Whether `top` may tell of it."""
        return statement in self._lately or statement in self._before

    @property
    def lately(self) -> float:
        """Seconds that all statements took in the time that `top` tells of."""
        return sum(one.seconds for lately in (self._before, self._lately) for one in lately.values())

    def top(self, most: int) -> tuple[float, list[tuple[Statement, Calls]]]:
        """Those that took most time, in the last five to ten minutes, and how many seconds that is exactly."""
        together = dict(self._before)
        for statement, calls in self._lately.items():
            together[statement] = calls.and_(together.get(statement, NONE))
        ordered = sorted(together.items(), key=lambda one: (-one[1].seconds, one[0]))
        return self._at - self._before_since, ordered[:most]
