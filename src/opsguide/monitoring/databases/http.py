"""The page of databases: what it is waiting for, who blocks whom. Live; nothing on it is kept anywhere."""

import math
from collections.abc import Callable, Mapping
from string import Template

from litestar import Response, get
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from ...kernel.clock import Instant, after
from ...kernel.errors import QueryError
from ...kernel.ports import Telemetry, Vector
from ...web.console import Console
from ...web.live import Fragment
from ...web.pages import ConsoleDep
from ...web.shell import ShellDep
from ..amounts import Unit, written
from ..board import Board
from .overview import STATES, Overview, overview
from .watcher import Watcher

EVENT = "databases"
"""The live event that says that sessions were looked at again."""

BLOCKED_SECONDS = 60.0
"""So long the last lock wait stays on the page."""

MOST_LINES = 40
"""As many lines of the blocking tree are shown."""

_SLOTS = "(max(pg_settings_max_connections$m) - max(pg_settings_superuser_reserved_connections$m))"
FIGURES: tuple[tuple[str, str, Unit, str], ...] = (
    ("Connections", "sum(pg_stat_activity_count$m)", "count", _SLOTS),
    (
        "Query time, p95 of 2 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(pg_query_duration_seconds_bucket$m[2m])))",
        "seconds",
        "",
    ),
    (
        "Longest lock wait in 5 minutes",
        "max(max_over_time(pg_oldest_blocked_age_seconds$m[5m]))",
        "seconds",
        "",
    ),
    ("Oldest transaction", "max(pg_long_running_transactions_oldest_timestamp_seconds$m)", "seconds", ""),
    ("Deadlocks in an hour", "max(increase(pg_stat_database_deadlocks$m[1h]))", "count", ""),
    (
        "Replication lag",
        "max(pg_stat_replication_replay_lag_seconds$m) or max(pg_replication_lag_seconds$m)"
        " and max(pg_replication_is_replica$m) == 1",
        "seconds",
        "",
    ),
    ("WAL kept for slots", "max(pg_replication_slots_pg_wal_lsn_diff$m)", "bytes", ""),
    ("Oldest WAL not archived", "max(pg_archive_oldest_ready_seconds$m)", "seconds", ""),
    (
        "Dead rows of the worst table",
        "max(pg_stat_user_tables_n_dead_tup$m"
        " / (pg_stat_user_tables_n_live_tup$m + pg_stat_user_tables_n_dead_tup$m)"
        " and pg_stat_user_tables_n_dead_tup$m > 1000)",
        "ratio",
        "",
    ),
    (
        "Transactions since a freeze",
        "max(pg_database_wraparound_age_datfrozenxid_seconds$m)",
        "count",
        "max(pg_settings_autovacuum_freeze_max_age$m)",
    ),
    ("Size", "max(pg_database_size_bytes$m)", "bytes", ""),
)
"""Of a database: a name, PromQL, its unit, PromQL of what it is held against. What has no value is left out."""


class Figure(Struct, frozen=True):
    """A figure in words: `12`, of `37`."""

    name: str
    value: str
    most: str


class Shown(Struct, frozen=True):
    """One database on the page. `overview` is None while its sessions cannot be had: `problem` says why.

    `blocked` is the last look, within a minute, in which somebody waited for a lock: waits come and go.
    """

    name: str
    environment: str
    problem: str
    lacks: tuple[str, ...]
    at: Instant | None
    overview: Overview | None
    blocked_at: Instant | None
    blocked: Overview | None
    figures: tuple[Figure, ...]


async def _shown(name: str, watcher: Watcher, telemetry: Telemetry, now: Instant) -> Shown:
    seen, blocked = watcher.seen, watcher.blocked
    if blocked is not None and now > after(blocked.at, BLOCKED_SECONDS):
        blocked = None
    return Shown(
        name=name,
        environment=watcher.target["environment"],
        problem=watcher.problem or watcher.lacks.get("sessions", ""),
        lacks=tuple(sorted(set(watcher.lacks.values()) - {watcher.lacks.get("sessions", "")})),
        at=seen.at if seen is not None else None,
        overview=overview(seen.sessions) if seen is not None else None,
        blocked_at=blocked.at if blocked is not None else None,
        blocked=overview(blocked.sessions) if blocked is not None else None,
        figures=() if watcher.problem else await _figures(watcher.target, telemetry, now),
    )


async def _figures(target: Mapping[str, str], telemetry: Telemetry, now: Instant) -> tuple[Figure, ...]:
    labels = "{" + ",".join(f'{name}="{value}"' for name, value in sorted(target.items())) + "}"
    asked = [expression for _, value, _, most in FIGURES for expression in (value, most) if expression]
    answers = await telemetry.ask([Template(one).substitute(m=labels) for one in asked], now)
    found = {one: _highest(answer) for one, answer in zip(asked, answers, strict=True)}
    return tuple(
        Figure(name, _said(value, unit), "" if limit is None else _said(limit, unit))
        for name, expression, unit, most in FIGURES
        if (value := found[expression]) is not None
        for limit in (found.get(most),)
    )


def _highest(answer: Vector | QueryError) -> float | None:
    if isinstance(answer, QueryError):
        return None
    return max((one.value for one in answer.samples if math.isfinite(one.value)), default=None)


def _said(value: float, unit: Unit) -> str:
    return f"{value:,.0f}".replace(",", "\u202f") if unit == "count" else written(value, unit)


def handlers(board: Board) -> tuple[ControllerRouterHandler, ...]:
    @get("/databases", needs="read", include_in_schema=False)
    async def databases_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
        """Who waits for whom, what sessions wait for, the oldest transactions, connections, lag."""
        live = console.as_of is None
        shown = list[Shown]()
        for name, watcher in sorted(board.watchers.items()) if live else ():
            watcher.show()
            shown.append(await _shown(name, watcher, board.telemetry.own, console.now()))
        others = _unwatched(console) if live else ()
        return shell.render(
            "monitoring/databases.html",
            here="/databases",
            databases=shown,
            others=others,
            states=STATES,
            most=MOST_LINES,
        )

    return (databases_page,)


def _unwatched(console: Console) -> tuple[tuple[str, str], ...]:
    current = console.guide.current
    bound = current.adopted.bindings.databases if current is not None else {}
    return tuple((name, one.kind) for name, one in sorted(bound.items()) if one.kind != "postgresql")


def fragments(board: Board) -> Callable[[], Mapping[str, Fragment]]:
    """The event of the page: it comes when sessions were looked at again, and the page fetches itself."""

    def looked() -> Mapping[str, Fragment]:
        found = sorted(board.watchers.items())
        key = tuple((name, one.problem, one.seen and one.seen.at) for name, one in found)
        return {EVENT: Fragment(key, lambda _before: "")}

    return looked
