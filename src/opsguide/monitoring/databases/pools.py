"""The pools of a PgBouncer, from rows of its admin console: how full, how many wait for how long. Pure.

Rows are those of `SHOW POOLS` and `SHOW DATABASES` (the manual's page "usage", section "Admin console"); names of the
metrics are those of pgbouncer_exporter, with `datname` for its `database`, which here names the binding.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from ...kernel.ports import Sample
from .figures import Row, Rows, sample

CONSOLE = "pgbouncer"
"""The pool of the admin console itself, which is none."""


class Pool(Struct, frozen=True):
    """The server connections that one user has to one database, as of a look.

    `active` are those lent to clients, `size` as many as there may be; `waiting` are clients that were lent none yet,
    the first of them for `longest` seconds. `paused`: nobody is lent any, on purpose.
    """

    database: str
    user: str
    mode: str
    clients: int
    active: int
    idle: int
    size: int
    waiting: int
    longest: float
    paused: bool

    @property
    def is_full(self) -> bool:
        return self.active >= self.size


def pools(shown: Rows, databases: Rows) -> tuple[Pool, ...]:
    """The fullest first. A database may have fewer connections at all than its pools have room for."""
    known = {row["name"]: row for row in databases}
    found = [
        _pool(row, known[row["database"]]) for row in shown if row["database"] in known.keys() - {CONSOLE}
    ]
    return tuple(
        sorted(found, key=lambda one: (-one.waiting, -one.active / one.size, one.database, one.user))
    )


def _pool(row: Row, database: Row) -> Pool:
    most = int(database["max_connections"])
    size = int(database["pool_size"])
    return Pool(
        database=row["database"],
        user=row["user"],
        mode=row["pool_mode"],
        clients=int(row["cl_active"]),
        active=int(row["sv_active"]),
        idle=int(row["sv_idle"]) + int(row["sv_used"]),
        size=max(1, min(size, most) if most else size),
        waiting=int(row["cl_waiting"]),
        longest=int(row["maxwait"]) + int(row["maxwait_us"]) / 1e6,
        paused=bool(int(database["paused"])) or bool(int(database["disabled"])),
    )


class Looks:
    """Looks between two samples: how many connections were lent on average, and the worst of waiting."""

    def __init__(self) -> None:
        self._looks = list[Sequence[Pool]]()

    def looked(self, found: Sequence[Pool]) -> None:
        self._looks.append(found)

    def samples(self) -> Iterable[Sample]:
        """Since the last time. A pool that is gone from the newest look has none."""
        looks, self._looks = self._looks, []
        before: dict[tuple[str, str], list[Pool]] = {}
        for look in looks:
            for one in look:
                before.setdefault((one.database, one.user), []).append(one)
        for newest in looks[-1] if looks else ():
            seen = before[newest.database, newest.user]
            labels = {"datname": newest.database, "user": newest.user}
            active = sum(one.active for one in seen) / len(looks)
            yield from sample("pgbouncer_pools_server_active_connections", active, **labels)
            yield from sample("pgbouncer_pools_server_idle_connections", newest.idle, **labels)
            yield from sample("pgbouncer_pools_client_active_connections", newest.clients, **labels)
            waiting = max(one.waiting for one in seen)
            yield from sample("pgbouncer_pools_client_waiting_connections", waiting, **labels)
            longest = max(one.longest for one in seen)
            yield from sample("pgbouncer_pools_client_maxwait_seconds", longest, **labels)
            yield from sample("pgbouncer_pools_size", newest.size, **labels)
