"""A watched database as people are shown it: its figures, what is unusual about them, and its last hour."""

import math
from collections.abc import Mapping, Sequence
from string import Template
from typing import NamedTuple

from markupsafe import Markup
from msgspec import Struct

from ...kernel.clock import Instant, after
from ...kernel.errors import QueryError
from ...kernel.ports import Telemetry, Vector
from ...web.charts import SPARK, Line, Picture, draw
from ..amounts import Unit, written
from .overview import Overview, overview
from .pools import Pool
from .watcher import Top, Watcher

BLOCKED_SECONDS = 60.0
"""So long the last lock wait stays on the page."""

HOUR_MS, STEP_MS = 3_600_000, 60_000
GIB, LEAST_RATIO = 2.0**30, 0.001
_SLOTS = "(max(pg_settings_max_connections$m) - max(pg_settings_superuser_reserved_connections$m))"
_IDS = 2.0**31
"""Transaction ids that may be in use at once: the manual's section "Preventing Transaction ID Wraparound Failures"."""


class Asked(NamedTuple):
    """A figure: its name, PromQL, its unit, PromQL of what it is held against ("" for nothing).

    `worry` is the value from which on it is worth a look at night; of a figure that is held against something, the part
    of that. `course`: its last hour is shown.
    """

    name: str
    value: str
    unit: Unit
    most: str = ""
    worry: float = math.inf
    course: bool = False


FIGURES: tuple[Asked, ...] = (
    Asked("Connections", "sum(pg_stat_activity_count$m)", "count", _SLOTS, 0.8, course=True),
    Asked(
        "Working now",
        "sum(pg_stat_activity_count$a) or 0 * sum(pg_stat_activity_count$m)",
        "count",
        course=True,
    ),
    Asked(
        "Query time, p95 of 2 minutes",
        "histogram_quantile(0.95, sum by (le) (rate(pg_query_duration_seconds_bucket$m[2m])))",
        "seconds",
        course=True,
    ),
    Asked("Transactions a second", "sum(rate(pg_stat_database_xact_commit$m[2m]))", "count", course=True),
    Asked(
        "Longest lock wait in 5 minutes",
        "max(max_over_time(pg_oldest_blocked_age_seconds$m[5m]))",
        "seconds",
        worry=5,
        course=True,
    ),
    Asked(
        "Oldest transaction",
        "max(pg_long_running_transactions_oldest_timestamp_seconds$m)",
        "seconds",
        worry=600,
        course=True,
    ),
    Asked("Oldest idle in transaction", "max(pg_stat_activity_max_tx_duration$i)", "seconds", worry=300),
    Asked(
        "Oldest prepared transaction",
        "max(pg_prepared_transactions_oldest_seconds$m) > 0",
        "seconds",
        worry=300,
    ),
    Asked("Deadlocks in an hour", "max(increase(pg_stat_database_deadlocks$m[1h]))", "count", worry=1),
    Asked(
        "Replication lag",
        "max(pg_stat_replication_replay_lag_seconds$m) or max(pg_replication_lag_seconds$m)"
        " and max(pg_replication_is_replica$m) == 1",
        "seconds",
        worry=30,
        course=True,
    ),
    Asked("Replication lag in bytes", "max(pg_stat_replication_pg_wal_lsn_diff$m)", "bytes", worry=GIB),
    Asked("WAL kept for slots", "max(pg_replication_slots_pg_wal_lsn_diff$m)", "bytes", worry=GIB),
    Asked("Slots that nobody reads", "count(pg_replication_slots_active$m == 0)", "count", worry=1),
    Asked("Lost replication slots", "sum(pg_replication_slots_lost$m) > 0", "count", worry=1),
    Asked("Oldest WAL not archived", "max(pg_archive_oldest_ready_seconds$m)", "seconds", worry=300),
    Asked("Archiving fails", "max(pg_stat_archiver_failing$m) > 0", "count", worry=1),
    Asked(
        "Reads answered from memory",
        "sum(rate(pg_stat_database_blks_hit$m[5m]))"
        " / (sum(rate(pg_stat_database_blks_hit$m[5m])) + sum(rate(pg_stat_database_blks_read$m[5m])) > 0)",
        "ratio",
    ),
    Asked(
        "Checkpoints forced in an hour",
        "max(increase(pg_stat_bgwriter_checkpoints_req_total$m[1h]))",
        "count",
    ),
    Asked(
        "Dead rows of the worst table",
        "max(pg_stat_user_tables_n_dead_tup$m"
        " / (pg_stat_user_tables_n_live_tup$m + pg_stat_user_tables_n_dead_tup$m)"
        " and pg_stat_user_tables_n_dead_tup$m > 1000)",
        "ratio",
        worry=0.5,
    ),
    Asked(
        "Empty space in tables, estimated",
        "sum(pg_table_bloat_bytes$m)",
        "bytes",
        "sum(pg_table_size_bytes$m)",
        0.5,
    ),
    Asked(
        "Transactions since a freeze",
        "max(pg_database_wraparound_age_datfrozenxid_seconds$m)",
        "count",
        "max(pg_settings_autovacuum_freeze_max_age$m)",
        2,
    ),
    Asked(
        "Transaction ids in use",
        f"max(pg_database_wraparound_age_datfrozenxid_seconds$m) / {_IDS:.0f}",
        "ratio",
        worry=0.5,
    ),
    Asked(
        "Multixact ids in use",
        f"max(pg_database_wraparound_age_datminmxid_seconds$m) / {_IDS:.0f}",
        "ratio",
        worry=0.5,
    ),
    Asked("Size", "max(pg_database_size_bytes$m)", "bytes"),
)
"""What has no value is left out. Sources of the limits are ours: what keeps an engineer on call from sleeping on."""


class Figure(Struct, frozen=True):
    """A figure in numbers and in words: `12`, of `37`. `worries`: it is worth a look."""

    name: str
    number: float
    unit: Unit
    value: str
    most: str
    worries: bool
    course: str = ""


class Shown(Struct, frozen=True):
    """One database on the page. `overview` is None while its sessions cannot be had: `problem` says why, `since` when
    that began; `last` is what was seen before, at `last_at`.

    `blocked` is the last look, within a minute, in which somebody waited for a lock: waits come and go.
    """

    name: str
    environment: str
    problem: str
    since: Instant | None
    lacks: tuple[str, ...]
    at: Instant | None
    overview: Overview | None
    last_at: Instant | None
    last: Overview | None
    blocked_at: Instant | None
    blocked: Overview | None
    figures: tuple[Figure, ...]
    top: Top
    query_times: str
    pools: tuple[Pool, ...]
    pools_problem: str | None

    @property
    def worries(self) -> tuple[Figure, ...]:
        return tuple(one for one in self.figures if one.worries)

    @property
    def courses(self) -> tuple[Figure, ...]:
        return tuple(one for one in self.figures if one.course)

    @property
    def full(self) -> tuple[Pool, ...]:
        """Pools in which somebody waits, or nothing is left."""
        return tuple(one for one in self.pools if one.waiting or one.is_full)


async def shown(name: str, watcher: Watcher, telemetry: Telemetry, now: Instant) -> Shown:
    seen, blocked, last = watcher.seen, watcher.blocked, watcher.last
    if blocked is not None and now > after(blocked.at, BLOCKED_SECONDS):
        blocked = None
    pooler = watcher.pooler
    return Shown(
        name=name,
        environment=watcher.target["environment"],
        problem=watcher.problem or watcher.lacks.get("sessions", ""),
        since=watcher.since,
        lacks=tuple(sorted(set(watcher.lacks.values()) - {watcher.lacks.get("sessions", "")})),
        at=seen.at if seen is not None else None,
        overview=overview(seen.sessions) if seen is not None else None,
        last_at=last.at if last is not None else None,
        last=overview(last.sessions) if last is not None else None,
        blocked_at=blocked.at if blocked is not None else None,
        blocked=overview(blocked.sessions) if blocked is not None else None,
        figures=await _figures(watcher.target, telemetry, _known_at(watcher, now)),
        top=watcher.top,
        query_times=watcher.query_times,
        pools=pooler.seen if pooler is not None and not pooler.problem else (),
        pools_problem=None if pooler is None else pooler.problem,
    )


def _known_at(watcher: Watcher, now: Instant) -> Instant:
    """Now, or while it is not watched when it was measured last: its series ended after that."""
    return watcher.measured_at if watcher.problem and watcher.measured_at is not None else now


def _filled(expression: str, target: Mapping[str, str]) -> str:
    """`$m` are the labels of the database, `$a` and `$i` also say of sessions: working, idle in a transaction."""
    labels = ",".join(f'{name}="{value}"' for name, value in sorted(target.items()))
    return Template(expression).substitute(
        m=f"{{{labels}}}",
        a=f'{{{labels},state="active"}}',
        i=f'{{{labels},state=~"idle in transaction.*"}}',
    )


async def _figures(target: Mapping[str, str], telemetry: Telemetry, now: Instant) -> tuple[Figure, ...]:
    asked = [one for figure in FIGURES for one in (figure.value, figure.most) if one]
    answers = await telemetry.ask([_filled(one, target) for one in asked], now)
    found = {one: _highest(answer) for one, answer in zip(asked, answers, strict=True)}
    return tuple(
        _figure(one, value, found.get(one.most), target)
        for one in FIGURES
        if (value := found[one.value]) is not None
    )


def _figure(asked: Asked, value: float, most: float | None, target: Mapping[str, str]) -> Figure:
    held = value / most if asked.most and most else value
    return Figure(
        name=asked.name,
        number=value,
        unit=asked.unit,
        value=_said(value, asked.unit),
        most="" if most is None else _said(most, asked.unit),
        worries=held >= asked.worry and (most is not None or not asked.most),
        course=_filled(asked.value, target) if asked.course else "",
    )


def _highest(answer: Vector | QueryError) -> float | None:
    if isinstance(answer, QueryError):
        return None
    return max((one.value for one in answer.samples if math.isfinite(one.value)), default=None)


def _said(value: float, unit: Unit) -> str:
    if unit == "count" and value >= 10:
        return f"{value:,.0f}".replace(",", "\u202f")
    if unit == "ratio" and 0 < value < LEAST_RATIO:
        return f"< {written(LEAST_RATIO, unit)}"
    return written(value, unit)


class Courses:
    """The last hour of figures as sparklines, a point a minute, drawn once a minute."""

    def __init__(self) -> None:
        self._drawn: dict[str, tuple[Instant, Markup]] = {}

    async def of(self, figures: Sequence[Figure], telemetry: Telemetry, now: Instant) -> dict[str, Markup]:
        """By the name of the figure; those with nothing to draw are left out."""
        end = now // STEP_MS * STEP_MS
        found = {one.name: await self._one(one, telemetry, end) for one in figures}
        return {name: drawn for name, drawn in found.items() if drawn}

    async def _one(self, figure: Figure, telemetry: Telemetry, end: Instant) -> Markup:
        at, drawn = self._drawn.get(figure.course, (0, Markup()))
        if at != end:
            drawn = await _drawn(figure, telemetry, end)
            self._drawn[figure.course] = (end, drawn)
        return drawn


async def _drawn(figure: Figure, telemetry: Telemetry, end: Instant) -> Markup:
    try:
        matrix = await telemetry.ask_range(figure.course, end - HOUR_MS, end, STEP_MS)
    except QueryError:
        return Markup()
    lines = [Line(figure.name, one.times, one.values) for one in matrix.series if len(one.times) > 1]
    if not lines:
        return Markup()
    return draw(
        Picture(
            title=f"{figure.name}, the last hour",
            start=end - HOUR_MS,
            end=end,
            lines=lines[:1],
            gap_ms=3 * STEP_MS,
            say=lambda value: written(value, figure.unit),
        ),
        SPARK,
    )
