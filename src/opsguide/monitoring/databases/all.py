"""The databases of the bindings: a watcher each, started, restarted and ended as the bindings change."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...guide.bindings import Bindings, Database, every_of
from ...kernel.clock import Clock
from ...kernel.ports import Telemetry
from .log import Tails, no_tails
from .pooler import Pooler
from .watcher import Watcher

KIND = "postgresql"

STATEMENT_OF = {
    "pg_query_duration_seconds_bucket": "finished",
    "pg_stat_activity_count": "connections",
    "pg_blocked_queries": "running",
    "pg_oldest_blocked_age_seconds": "running",
    "pg_lock_wait_seconds_total": "running",
    "pgbouncer_pools_size": "pools",
}
"""Which statement a metric that signals stand on comes from."""

CONNECTIONS = frozenset({"pg_stat_activity_count", "pgbouncer_pools_size"})
"""Where a PgBouncer is bound, what it says belongs to each of them: the fuller one counts."""


@dataclass(kw_only=True)
class Databases:
    """`resolve` follows a reference, raising BindingsError; `limits` are those that the guide sets to query times."""

    resolve: Callable[[str], str]
    limits: Callable[[], frozenset[float]]
    telemetry: Telemetry
    clock: Clock
    tails: Tails = no_tails
    watchers: dict[str, Watcher] = field(default_factory=dict)
    _tasks: dict[str, tuple[object, tuple[asyncio.Task[None], ...]]] = field(default_factory=dict)

    def follow(self, bindings: Bindings, main: str) -> None:
        """Watch the databases of these bindings and no others. `main` is the environment of one that names none."""
        wanted = {name: (one, *_place(one, bindings, main)) for name, one in watched(bindings).items()}
        for name, (known, tasks) in list(self._tasks.items()):
            if wanted.get(name) != known:
                for task in tasks:
                    task.cancel()
                del self._tasks[name], self.watchers[name]
        for name, (database, environment, every) in wanted.items():
            if name not in self._tasks:
                watcher = self._watcher(name, database, environment, every)
                self.watchers[name] = watcher
                self._tasks[name] = ((database, environment, every), tuple(_started(name, watcher)))

    def _watcher(self, name: str, database: Database, environment: str, every: float) -> Watcher:
        labels = {"environment": environment, "database": name}
        return Watcher(
            url=lambda: self.resolve(database.url),
            target={"job": KIND, **labels},
            every=every,
            limits=self.limits,
            telemetry=self.telemetry,
            clock=self.clock,
            log=Path(database.log) if database.log is not None else None,
            tails=self.tails,
            pooler=self._pooler(database.pgbouncer, {"job": "pgbouncer", **labels}, every),
        )

    def _pooler(self, console: str | None, target: Mapping[str, str], every: float) -> Pooler | None:
        if console is None:
            return None
        return Pooler(
            url=lambda: self.resolve(console),
            target=target,
            every=every,
            telemetry=self.telemetry,
            clock=self.clock,
        )

    def missing(self, environment: str, metrics: Collection[str]) -> str:
        """Why the databases of an environment do not give these metrics; "" where they do."""
        asked = [STATEMENT_OF[metric] for metric in metrics if metric in STATEMENT_OF]
        if not asked:
            return ""
        for name, watcher in self.watchers.items():
            if watcher.target["environment"] == environment:
                why = watcher.problem or next(filter(None, map(watcher.lack, asked)), "")
                if why:
                    return f"database {name}: {why}"
                if watcher.pooler is not None and watcher.pooler.problem and CONNECTIONS & set(metrics):
                    return f"PgBouncer of database {name}: {watcher.pooler.problem}"
        return ""


def _started(name: str, watcher: Watcher) -> Iterable[asyncio.Task[None]]:
    yield asyncio.create_task(watcher.run(), name=f"watch database {name}")
    if watcher.pooler is not None:
        yield asyncio.create_task(watcher.pooler.run(), name=f"watch PgBouncer of database {name}")


def is_of_database(metrics: Collection[str]) -> bool:
    """Whether nothing but a watched database gives these metrics."""
    return bool(metrics) and all(metric in STATEMENT_OF for metric in metrics)


def watched(bindings: Bindings) -> Mapping[str, Database]:
    """The databases of a kind that can be watched."""
    return {name: one for name, one in bindings.databases.items() if one.kind == KIND}


def _place(database: Database, bindings: Bindings, main: str) -> tuple[str, float]:
    environment = database.environment.casefold() if database.environment else main
    return environment, every_of(bindings, environment)
