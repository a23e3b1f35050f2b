"""Watched databases as the API gives them. These are a public contract (docs/reference/api.md)."""

from typing import Literal, TypeAlias

from msgspec import Struct

from ...kernel.clock import rfc3339_or_none
from ..amounts import Unit
from .overview import Overview
from .pools import Pool
from .sessions import Blocked, Session
from .shown import Shown

State: TypeAlias = Literal["watched", "away"]


class SessionStatus(Struct, frozen=True):
    """A connection to the database; times in seconds, null where there is none.

    `query` is trimmed to 160 characters and may hold personal data. `cancel` and `terminate` are statements that end
    its query, or it: opsguide never runs them; `cancel` is empty where no query runs.
    """

    pid: int
    role: str
    application: str
    state: str
    wait: str
    lock: str
    waited_seconds: float | None
    transaction_seconds: float | None
    state_seconds: float | None
    query: str
    cancel: str
    terminate: str


class BlockedStatus(Struct, frozen=True):
    """A line of the blocking tree: it waits for the nearest line above with a smaller `depth`; at 0 for nobody.

    `holds_up` is how many wait for it, directly or not.
    """

    depth: int
    holds_up: int
    session: SessionStatus


class ConnectionsStatus(Struct, frozen=True):
    """Connections of an application and a role: working, idle in a transaction, idle, in another state, all."""

    application: str
    role: str
    active: int
    idle_in_transaction: int
    idle: int
    other: int
    all: int


class StatementStatus(Struct, frozen=True):
    """A statement that took time lately, with $1 for what was constant; `share` of the time of all, 0 to 1."""

    query: str
    calls: int
    seconds: float
    share: float


class PoolStatus(Struct, frozen=True):
    """A pool of the PgBouncer before the database."""

    database: str
    user: str
    mode: str
    clients: int
    active: int
    idle: int
    size: int
    waiting: int
    longest_wait_seconds: float
    paused: bool


class FigureStatus(Struct, frozen=True):
    """A number about the database in its base unit; `said` as people read it, `most` what it is held against.

    `worries`: it is worth a look.
    """

    name: str
    number: float
    unit: Unit
    said: str
    most: str
    worries: bool


class DatabaseStatus(Struct, frozen=True):
    """A watched database. `state` is away while it cannot be asked: `problem` says why, `since` from when on, and what
    follows is what was seen last, at `looked_at`.

    `waiting` is how many sessions wait for a lock. `lacks` says what cannot be had, and what to do; `query_times` where
    query times come from. `pooler` says why the PgBouncer cannot be asked, "" while it can, null where none is bound.
    """

    name: str
    environment: str
    state: State
    problem: str
    since: str | None
    looked_at: str | None
    waiting: int
    blocking: tuple[BlockedStatus, ...]
    transactions: tuple[SessionStatus, ...]
    connections: tuple[ConnectionsStatus, ...]
    statements: tuple[StatementStatus, ...]
    pooler: str | None
    pools: tuple[PoolStatus, ...]
    figures: tuple[FigureStatus, ...]
    query_times: str
    lacks: tuple[str, ...]


def database_status(one: Shown) -> DatabaseStatus:
    seen = one.last
    return DatabaseStatus(
        name=one.name,
        environment=one.environment,
        state="away" if one.problem else "watched",
        problem=one.problem,
        since=rfc3339_or_none(one.since),
        looked_at=rfc3339_or_none(one.last_at),
        waiting=0 if seen is None else seen.waiting,
        blocking=() if seen is None else tuple(map(_blocked, seen.blocking)),
        transactions=() if seen is None else tuple(map(_session, seen.long)),
        connections=_connections(seen),
        statements=tuple(
            StatementStatus(each.query, each.calls, each.seconds, each.seconds / (one.top.of or 1))
            for each in one.top.statements
        ),
        pooler=one.pools_problem,
        pools=tuple(map(_pool, one.pools)),
        figures=tuple(
            FigureStatus(each.name, each.number, each.unit, each.value, each.most, each.worries)
            for each in one.figures
        ),
        query_times=one.query_times,
        lacks=one.lacks,
    )


def _blocked(line: Blocked) -> BlockedStatus:
    return BlockedStatus(line.depth, line.holds_up, _session(line.session))


def _session(one: Session) -> SessionStatus:
    return SessionStatus(
        pid=one.pid,
        role=one.role,
        application=one.application,
        state=one.state,
        wait=f"{one.wait_type}: {one.wait_event}" if one.wait_type else "",
        lock=one.lock,
        waited_seconds=one.waited_seconds,
        transaction_seconds=one.transaction_seconds,
        state_seconds=one.state_seconds,
        query=one.query,
        cancel=one.cancel,
        terminate=one.terminate,
    )


def _connections(seen: Overview | None) -> tuple[ConnectionsStatus, ...]:
    rows = () if seen is None else seen.applications
    return tuple(ConnectionsStatus(row.name, row.role, *row.counts) for row in rows)


def _pool(one: Pool) -> PoolStatus:
    return PoolStatus(
        database=one.database,
        user=one.user,
        mode=one.mode,
        clients=one.clients,
        active=one.active,
        idle=one.idle,
        size=one.size,
        waiting=one.waiting,
        longest_wait_seconds=one.longest,
        paused=one.paused,
    )
