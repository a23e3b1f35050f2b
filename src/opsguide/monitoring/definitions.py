"""The built-in signals: what each is asked by, instrumentation by instrumentation, and why one may be absent.

`$m` stands for the label matchers of the environment, `$w` for the rate window, `$q` for the quantile. Which
instrumentations are known says instruments.py; which of them is taken, signals.py.
"""

from string import Template
from typing import NamedTuple

from .amounts import Unit
from .instruments import POOLS, QUERY_TIMERS, REQUESTS, Pool, Requests


class Builtin(NamedTuple):
    """`needs` is a metric that must be present for `expression` to mean something; `unit`, where it gives that only.

    `percentile` is meant where the guide names none. `seen` gives nothing where the instrumentation is not there, else
    the requests a second that it counts, or 0; of a summary (`by_quantile`) for each quantile. `name` is what it is
    called, `note` what a reader of its values should know, `by` who measures where it is not what a guide means. `flow`
    is how many a second it measures, where it counts. `empty` says what it means that `expression` gives nothing.
    """

    needs: str
    expression: Template
    unit: Unit | None = None
    percentile: float = 95
    name: str = ""
    seen: Template | None = None
    by_quantile: bool = False
    note: str = ""
    by: str = ""
    flow: Template | None = None
    empty: str = ""

    @property
    def looked_for(self) -> str:
        return self.seen.template if self.seen is not None else f"0 * count({self.needs}{{$m}})"

    def key(self, percentile: float) -> str:
        """Under which a look knows it."""
        return f"{self.looked_for}@{percentile / 100:g}" if self.by_quantile else self.looked_for


def _of(metric: str, *matchers: str) -> str:
    return f"{metric}{{{', '.join(('$m', *filter(None, matchers)))}}}"


def _rate(row: Requests, series: str, by: str = "") -> str:
    each = f"max without ({row.repeats}) (rate({series}[$w]))" if row.repeats else f"rate({series}[$w])"
    return f"sum {by}({each})" if by else f"sum({each})"


def _traffic(series: str) -> str:
    return f"(sum(rate({series}[5m])) or 0 * count({series}))"


def _counted(row: Requests) -> str:
    return _of(row.counter, row.where, f'{row.status}!=""' if row.status else "")


def request_rate(row: Requests) -> Builtin:
    series = _counted(row)
    rate, seen = Template(_rate(row, series)), Template(_traffic(series))
    return Builtin(row.counter, rate, name=row.name, seen=seen, flow=rate)


def _error_rate(row: Requests) -> Builtin:
    """Of the requests whose status is known: one that is not told is no success."""
    series = _counted(row)
    failed = _rate(row, _of(row.counter, row.where, f'{row.status}=~"{row.failed}"'))
    every = _rate(row, series)
    ratio, seen = Template(f"({failed} or vector(0)) / ({every} > 0)"), Template(_traffic(series))
    return Builtin(row.counter, ratio, name=row.name, seen=seen, flow=Template(every))


def _in_seconds(expression: str, per_second: int) -> Template:
    return Template(f"{expression} / {per_second}" if per_second != 1 else expression)


def _histogram(row: Requests) -> Builtin:
    buckets, counted = _of(f"{row.timer}_bucket", row.where), _of(f"{row.timer}_count", row.where)
    seen = f"{_traffic(counted)} and count({buckets})"
    quantile = f"histogram_quantile($q, {_rate(row, buckets, 'by (le) ')})"
    return Builtin(
        f"{row.timer}_bucket",
        _in_seconds(quantile, row.per_second),
        name=row.name,
        seen=Template(seen),
        flow=Template(_rate(row, counted)),
    )


_OF_A_SUMMARY = "a summary's quantiles cannot be combined, so of several instances the slowest is shown"


def _summary(row: Requests) -> Builtin:
    counted = _of(f"{row.timer}_count", row.where)
    asked, every = (_of(row.timer, row.where, one) for one in ('quantile="$q"', 'quantile!=""'))
    return Builtin(
        row.timer,
        _in_seconds(f"max({asked})", row.per_second),
        name=row.name,
        seen=Template(f"0 * count by (quantile) ({every}) + on () group_left () {_traffic(counted)}"),
        by_quantile=True,
        note=_OF_A_SUMMARY,
        flow=Template(_rate(row, counted)),
    )


PROBES = Builtin(
    "probe_duration_seconds",
    Template(
        "quantile_over_time($q, probe_duration_seconds{$m}[30m])"
        " and count_over_time(probe_duration_seconds{$m}[30m]) >= 20"
    ),
    name="opsguide's probes",
    note="nothing times the requests of visitors, so these are opsguide's own probes of the last half hour, 20 or more",
    by="by opsguide's own probes: nothing times the requests of visitors",
    empty="nothing times the requests of visitors, and there are fewer than 20 of opsguide's own probes yet",
)
"""Of fewer answers than twenty a 95th percentile is the slowest one; and the first is slow for reasons of its own."""


def _timed() -> tuple[Builtin, ...]:
    """Each timer once, however many rows count beside it."""
    rows: dict[tuple[str, str], Requests] = {}
    for row in REQUESTS:
        if row.timer:
            rows.setdefault((row.timer, row.where), row)
    return (*(one for row in rows.values() for one in (_histogram(row), _summary(row))), PROBES)


def _pool(pool: Pool) -> Builtin:
    """Of each pool: one that is full is not helped by another that is empty. No limit is no utilisation."""
    by = f"by ({pool.each})"
    used, most = _of(pool.used, pool.where), _of(pool.most)
    return Builtin(
        pool.used,
        Template(f"sum {by} ({used}) / (sum {by} ({most}) > 0)"),
        name=pool.name,
        seen=Template(f"0 * count({used}) and count({most})"),
    )


def _pgbouncer() -> Builtin:
    """Each pair of database and user has a pool of the database's size.

    github.com/prometheus-community/pgbouncer_exporter; pgbouncer.org/usage.html, SHOW POOLS and SHOW DATABASES.
    """
    used, size = "pgbouncer_pools_server_active_connections", "pgbouncer_databases_pool_size"
    active = f"sum by (instance, database, user) ({used}{{$m}})"
    sizes = f'label_replace(max by (instance, name) ({size}{{$m}}), "database", "$$1", "name", "(.*)")'
    return Builtin(
        used,
        Template(f"{active} / on (instance, database) group_left () ({sizes} > 0)"),
        name="pgbouncer_exporter",
        seen=Template(f"0 * count({used}{{$m}}) and count({size}{{$m}})"),
    )


def _query_time(name: str, timer: str, by: str = "le") -> Builtin:
    buckets = f"{timer}_bucket"
    quantile = f"histogram_quantile($q, sum by ({by}) (rate({buckets}{{$m}}[$w])))"
    flow = Template(f"sum(rate({timer}_count{{$m}}[$w]))")
    return Builtin(buckets, Template(quantile), name=name, flow=flow)


def _vital(metric: str) -> Builtin:
    """Of the last hour, since page views are few; at p75, as web.dev/articles/vitals defines good."""
    share = f"histogram_quantile($q, sum by (le) (rate({metric}_bucket{{$m}}[1h])))"
    views = f"sum(rate({metric}_count{{$m}}[1h]))"
    return Builtin(
        f"{metric}_bucket",
        Template(share),
        percentile=75,
        name="visitors' browsers",
        seen=Template(f"({views} or 0 * count({metric}_bucket{{$m}}))"),
        flow=Template(views),
    )


def _lab(metric: str) -> Builtin:
    """Of each page that is bound to judge; it comes after visitors, and before their silence."""
    series = f'{metric}{{$m, judges="true"}}'
    return Builtin(
        metric,
        Template(f"max by (page, form) ({series})"),
        percentile=75,
        name="the lab",
        seen=Template(f"count({series})"),
        note="no visitor's browser reported in the last hour, so these are medians of loads in the lab",
        by="in the lab: no visitor reported in the last hour",
    )


_WATCHED = "the watched database"
_EACH_SERVER = "instance, server, database"
_SERVER = f"by ({_EACH_SERVER})"
_SLOTS = (
    f"(max {_SERVER} (pg_settings_max_connections{{$m}})"
    f" - max {_SERVER} (pg_settings_superuser_reserved_connections{{$m}}))"
)
_CONNECTIONS = Builtin(
    "pg_stat_activity_count",
    Template(f"sum {_SERVER} (pg_stat_activity_count{{$m}}) / {_SLOTS}"),
    name=f"{_WATCHED} or postgres_exporter",
)
"""Connections, idle ones too, against those that the server gives to users who are not superusers."""

_EACH_POOL = f"{_EACH_SERVER}, datname, user"
_LENT = (
    f"max {_SERVER} (pgbouncer_pools_server_active_connections{{$m}}"
    f" / on ({_EACH_POOL}) pgbouncer_pools_size{{$m}})"
)
_BOUNCER = Builtin(
    "pgbouncer_pools_size",
    Template(
        f'max {_SERVER} (label_replace({_LENT}, "of", "pool", "", "") or {_CONNECTIONS.expression.template})'
    ),
    name=f"{_WATCHED} and its PgBouncer",
)
"""The fullest pool of a PgBouncer, or the server's connections: whichever is fuller, as both can run out."""

_POOLS = (*map(_pool, POOLS), _BOUNCER, _pgbouncer(), _CONNECTIONS)


def _waiting() -> tuple[Builtin, ...]:
    """Waits for locks, as the limit wants them: the longest, how many at once, or their share of all working time."""
    share = (
        f"sum {_SERVER} (rate(pg_lock_wait_seconds_total{{$m}}[$w]))"
        f" / (sum {_SERVER} (rate(pg_active_seconds_total{{$m}}[$w])) > 0)"
        f" or sum {_SERVER} (rate(pg_active_seconds_total{{$m}}[$w]))"
    )
    longest, many = "pg_oldest_blocked_age_seconds", "pg_blocked_queries"
    return (
        Builtin(longest, Template(f"max_over_time({longest}{{$m}}[$w])"), "seconds", name=_WATCHED),
        Builtin(many, Template(f"max_over_time({many}{{$m}}[$w])"), "count", name=_WATCHED),
        Builtin("pg_lock_wait_seconds_total", Template(share), "ratio", name=_WATCHED),
    )


BUILTINS: dict[str, tuple[Builtin, ...]] = {
    "request_rate": tuple(map(request_rate, REQUESTS)),
    "error_rate": tuple(_error_rate(row) for row in REQUESTS if row.status),
    "response_time": _timed(),
    "query_time": (
        *(_query_time(name, timer) for name, timer in QUERY_TIMERS),
        _query_time(_WATCHED, "pg_query_duration_seconds", f"le, {_EACH_SERVER}"),
    ),
    "pool_utilisation": _POOLS,
    "active_connections": _POOLS,
    "lock_contention": _waiting(),
    "lcp": (_vital("web_vitals_lcp_seconds"), _lab("lab_lcp_seconds")),
    "cls": (_vital("web_vitals_cls"), _lab("lab_cls")),
    "inp": (_vital("web_vitals_inp_seconds"),),
    "fid": (_vital("web_vitals_fid_seconds"),),
}

WORST = frozenset({"active_connections"})
"""Signals of several sources: each that is present counts, and the highest is their value."""

_NO_VIEW = "no browser has reported a page view yet"
_NO_REQUESTS = (
    "no samples of http_requests_total, of http_server_request_duration_seconds_count or of another"
    " instrumentation that is known yet"
)
_NO_POOL = (
    "nothing reports a pool of connections yet: bind the database, or let the application export its pool"
)
_NO_QUERIES = "nothing reports how long queries take yet: bind the database, or let the application export it"
ABSENT = {
    **dict.fromkeys(("request_rate", "error_rate", "response_time"), _NO_REQUESTS),
    **dict.fromkeys(("pool_utilisation", "active_connections"), _NO_POOL),
    "query_time": _NO_QUERIES,
    "lock_contention": "no database is watched yet: bind it",
    **dict.fromkeys(("lcp", "cls", "inp"), _NO_VIEW),
    "fid": "browsers no longer measure FID: INP took its place in 2024",
}
"""Why there are no samples, where more can be said than their name."""

RETIRED = frozenset({"fid"})
"""Signals that nothing measures any more."""
