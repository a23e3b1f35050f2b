"""The sessions of a database, summed up: who blocks whom, what they wait for, which transactions are old. Pure."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from .sessions import Blocked, Session, tree

LONG_SECONDS = 1.0
"""Transactions that are younger are no news."""

MOST = 12
STATES = ("active", "idle in transaction", "idle")


class Application(Struct, frozen=True):
    """Connections of an application and a role: as many as `STATES`, then those of any other state, then all."""

    name: str
    role: str
    counts: tuple[int, ...]


class Overview(Struct, frozen=True):
    """`blocking` is the tree of who waits for whom; `waiting` how many wait for a lock.

    `waits` are what those that work wait for, most of them first; `long` the oldest transactions.
    """

    blocking: tuple[Blocked, ...]
    waiting: int
    waits: tuple[tuple[str, int], ...]
    long: tuple[Session, ...]
    applications: tuple[Application, ...]

    @property
    def roots(self) -> tuple[Blocked, ...]:
        """Who holds others up and waits for nobody."""
        return tuple(line for line in self.blocking if line.depth == 0)


def overview(sessions: Sequence[Session]) -> Overview:
    return Overview(
        blocking=tree(sessions),
        waiting=sum(one.waits_for_lock for one in sessions),
        waits=tuple(Counter(_wait(one) for one in sessions if one.state == "active").most_common(MOST)),
        long=_long(sessions),
        applications=_applications(sessions),
    )


def _wait(session: Session) -> str:
    """As PostgreSQL names it; one that waits for nothing computes."""
    return f"{session.wait_type}: {session.wait_event}" if session.wait_type else "nothing: it computes"


def _long(sessions: Sequence[Session]) -> tuple[Session, ...]:
    old = [(one.transaction_seconds, one.pid, one) for one in sessions if one.transaction_seconds is not None]
    return tuple(one for seconds, _, one in sorted(old, reverse=True)[:MOST] if seconds >= LONG_SECONDS)


def _applications(sessions: Sequence[Session]) -> tuple[Application, ...]:
    found = dict[tuple[str, str], Counter[str]]()
    for one in sessions:
        found.setdefault((one.application, one.role), Counter())[one.state] += 1
    rows = (Application(*who, _counts(states)) for who, states in found.items())
    return tuple(sorted(rows, key=lambda row: (-row.counts[-1], row.name, row.role)))


def _counts(states: Counter[str]) -> tuple[int, ...]:
    known = [states[state] for state in STATES]
    return (*known, states.total() - sum(known), states.total())
