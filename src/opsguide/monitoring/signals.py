"""Signals: a name of the guide → a PromQL expression. Built-in ones fit common instrumentations, by what is present.

`$m` stands for the label matchers of the environment, `$w` for the rate window, `$q` for the quantile. Which
instrumentations are known says instruments.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from string import Template
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from ..guide.bindings import Bindings, Limit, built_in, signal_names
from ..guide.promise import Promise
from ..guide.values import Alert, Amount, Objective
from ..kernel.ports import Sample
from .amounts import Unit, bound_of
from .instruments import POOLS, QUERY_TIMERS, REQUESTS, Pool, Requests
from .scope import Scope, own_scope, remote_scope


class Builtin(NamedTuple):
    """`needs` is a metric that must be present for `expression` to mean something; `unit`, where it gives that only.

    `percentile` is meant where the guide names none. `seen` gives nothing where the instrumentation is not there, else
    the requests a second that it counts, or 0; of a summary (`by_quantile`) for each quantile. `name` is what it is
    called, `note` what a reader of its values should know. `flow` is how many a second it measures, where it counts.
    """

    needs: str
    expression: Template
    unit: Unit | None = None
    percentile: float = 95
    name: str = ""
    seen: Template | None = None
    by_quantile: bool = False
    note: str = ""
    flow: Template | None = None

    @property
    def looked_for(self) -> str:
        return self.seen.template if self.seen is not None else f"0 * count({self.needs}{{$m}})"

    def key(self, percentile: float) -> str:
        """Under which a look knows it."""
        return f"{self.looked_for}@{percentile / 100:g}" if self.by_quantile else self.looked_for


Presence: TypeAlias = Mapping[str, float]
"""What a look found: `Builtin.key` → the requests a second that it counts, 0 where it counts none."""


def _of(metric: str, *matchers: str) -> str:
    return f"{metric}{{{', '.join(('$m', *filter(None, matchers)))}}}"


def _rate(row: Requests, series: str, by: str = "") -> str:
    each = f"max without ({row.repeats}) (rate({series}[$w]))" if row.repeats else f"rate({series}[$w])"
    return f"sum {by}({each})" if by else f"sum({each})"


def _traffic(series: str) -> str:
    return f"(sum(rate({series}[5m])) or 0 * count({series}))"


def _counted(row: Requests) -> str:
    return _of(row.counter, row.where, f'{row.status}!=""' if row.status else "")


def _request_rate(row: Requests) -> Builtin:
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


_PROBES = Builtin(
    "probe_duration_seconds",
    Template("quantile_over_time($q, probe_duration_seconds{$m}[5m])"),
    name="opsguide's probes",
    note="nothing times the requests of visitors, so these are the answers to opsguide's own probes",
)


def _timed() -> tuple[Builtin, ...]:
    """Each timer once, however many rows count beside it."""
    rows: dict[tuple[str, str], Requests] = {}
    for row in REQUESTS:
        if row.timer:
            rows.setdefault((row.timer, row.where), row)
    return (*(one for row in rows.values() for one in (_histogram(row), _summary(row))), _PROBES)


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
    flow = Template(f"sum(rate({metric}_count{{$m}}[1h]))")
    return Builtin(f"{metric}_bucket", Template(share), percentile=75, name="visitors' browsers", flow=flow)


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
    "request_rate": tuple(map(_request_rate, REQUESTS)),
    "error_rate": tuple(_error_rate(row) for row in REQUESTS if row.status),
    "response_time": _timed(),
    "query_time": (
        *(_query_time(name, timer) for name, timer in QUERY_TIMERS),
        _query_time(_WATCHED, "pg_query_duration_seconds", f"le, {_EACH_SERVER}"),
    ),
    "pool_utilisation": _POOLS,
    "active_connections": _POOLS,
    "lock_contention": _waiting(),
    "lcp": (_vital("web_vitals_lcp_seconds"),),
    "cls": (_vital("web_vitals_cls"),),
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
ABSENT = {
    **dict.fromkeys(("request_rate", "error_rate", "response_time"), _NO_REQUESTS),
    **dict.fromkeys(("lcp", "cls", "inp"), _NO_VIEW),
    "fid": "browsers no longer measure FID: INP took its place in 2024",
}
"""Why there are no samples, where more can be said than their name."""

Origin: TypeAlias = Literal["bound", "built_in", "none"]


class Signal(NamedTuple):
    """The expression of a promise's signal, or why there is none.

    `origin` says where the definition comes from; `source` is the key of `[signals]` that binds it, or the metric
    by which a built-in one recognised the instrumentation, and `name` what that is called. `needs` are the metrics that
    it stands on, one of them while it has no expression. `others` are instrumentations that could have been chosen too,
    `note` what a reader of the values should know. `flow` is how many a second it measures, where that is known.
    `own`: it stands on what opsguide itself looked at, which the embedded engine has.
    """

    expression: str | None
    problem: str = ""
    origin: Origin = "none"
    source: str = ""
    needs: tuple[str, ...] = ()
    name: str = ""
    others: tuple[str, ...] = ()
    note: str = ""
    flow: str = ""
    own: bool = False

    @property
    def undefined(self) -> bool:
        """Neither bound nor built in: only `[signals]` can give it a meaning."""
        return self.expression is None and self.origin == "none"


def looks(scope: Scope, names: frozenset[str]) -> dict[str, str]:
    """What to ask to know which instrumentations an environment has, of those whose metrics are among `names`.

    What it is known by → an expression.
    """
    return {wanted: _fill(Template(wanted), 0, scope) for needs, wanted in _LOOKS if needs in names}


def found(answers: Iterable[tuple[str, Iterable[Sample]]]) -> Presence:
    """What the answers to `looks` say."""
    seen: dict[str, float] = {}
    for wanted, samples in answers:
        for sample in samples:
            quantile = sample.labels.get("quantile")
            seen[wanted if quantile is None else f"{wanted}@{float(quantile):g}"] = sample.value
    return seen


_LOOKS = tuple(dict.fromkeys((one.needs, one.looked_for) for ones in BUILTINS.values() for one in ones))


def signal_of(
    promise: Promise,
    bindings: Bindings,
    environment: str,
    every: float,
    present: Presence,
    remote: Presence = MappingProxyType({}),
) -> Signal:
    """What to ask telemetry for this promise, by what is present in the environment: here, of what opsguide itself
    looked at, and in a `remote` engine. What both have is asked here."""
    values = promise.values
    if not isinstance(values, Alert | Objective):
        return Signal(None, "this promise has no signal")
    names = signal_names(values)
    for name in names:
        if name in bindings.signals:
            return Signal(bindings.signals[name], origin="bound", source=name)
    unit = _unit(promise, bindings)
    signal = built_in(values.signal)
    builtins = [one for one in BUILTINS.get(signal, ()) if one.unit in (None, unit) or unit is None]
    if not builtins:
        return Signal(None, f"no signal is known for {names[-1]}: define it under [signals]")
    whole = {**remote, **present}
    chosen = choose(builtins, whole, values.percentile)
    if not chosen:
        return _absent(signal, builtins, whole)
    first, *others = chosen
    own = _is_in(first, present, values.percentile)
    scope = own_scope(environment, every) if own else remote_scope(bindings, environment)
    # One expression is asked in one place.
    beside = [one for one in chosen if _is_in(one, present, values.percentile) is own]
    counted = beside if signal in WORST else chosen[:1]
    parts = [_fill(one.expression, _percentile(one, values.percentile), scope) for one in counted]
    if len(parts) > 1:
        parts = [
            f'label_replace({part}, "source", "{one.needs}", "", "")'
            for one, part in zip(counted, parts, strict=True)
        ]
        others = []
    return Signal(
        " or ".join(parts),
        origin="built_in",
        source=first.needs,
        needs=(first.needs,),
        name=first.name,
        others=tuple(dict.fromkeys(one.name for one in others if one.name not in (first.name, _PROBES.name))),
        note=first.note,
        flow=_fill(first.flow, 0, scope) if first.flow is not None else "",
        own=own,
    )


def choose(builtins: Sequence[Builtin], present: Presence, percentile: float | None) -> list[Builtin]:
    """Those that are present, best first: what counts requests at all, then the order of the table."""
    rates = [(one, present.get(one.key(_percentile(one, percentile)))) for one in builtins]
    here = [(one, rate) for one, rate in rates if rate is not None]
    return [one for one, _ in sorted(here, key=lambda pair: not pair[1] > 0)]


def _absent(signal: str, builtins: Sequence[Builtin], present: Presence) -> Signal:
    """Why there is nothing to ask: what is there lacks it, or nothing is there."""
    needs = tuple(sorted({builtin.needs for builtin in builtins}))
    lacking = (row for row in REQUESTS if row.lacks and _request_rate(row).looked_for in present)
    row = next(lacking, None) if signal in ("error_rate", "response_time") else None
    if row is not None:
        what = "status" if signal == "error_rate" else "time"
        problem = f"{row.name} ({row.counter}) does not tell the {what} of requests: {row.lacks}"
    else:
        problem = ABSENT.get(signal, f"no samples of {' or '.join(needs)} yet")
    return Signal(None, problem, origin="built_in", source=" or ".join(needs), needs=needs)


def _unit(promise: Promise, bindings: Bindings) -> Unit | None:
    """In what the promise is limited, by the guide or by a binding; None where nothing limits it yet."""
    limits = (promise.values, bindings.limits.get(promise.id))
    bounds = (bound_of(one, None, "<=") for one in limits if isinstance(one, Amount | Limit))
    return next((bound.unit for bound in bounds if bound is not None), None)


def _percentile(one: Builtin, said: float | None) -> float:
    return one.percentile if said is None else said


def _is_in(one: Builtin, present: Presence, percentile: float | None) -> bool:
    return one.key(_percentile(one, percentile)) in present


def _fill(expression: Template, percentile: float, scope: Scope) -> str:
    return expression.substitute(m=scope.matchers, w=scope.window, q=f"{percentile / 100:g}")
