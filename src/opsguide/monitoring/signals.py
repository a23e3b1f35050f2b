"""Signals: a name of the guide → a PromQL expression. Built-in ones fit common instrumentations, by what is present.

`$m` stands for the label matchers of the environment, `$w` for the rate window, `$q` for the quantile.
Names: Prometheus client libraries' conventions and OpenTelemetry's HTTP semantic conventions, as Prometheus gets them.
"""

from string import Template
from typing import Literal, NamedTuple, TypeAlias

from ..guide.bindings import Bindings, Limit, built_in, signal_names
from ..guide.promise import Promise
from ..guide.values import Alert, Amount, Objective
from .amounts import Unit, bound_of


class Builtin(NamedTuple):
    """`needs` is a metric that must be present for `expression` to mean something; `unit`, where it gives that only.

    `percentile` is meant where the guide names none.
    """

    needs: str
    expression: Template
    unit: Unit | None = None
    percentile: float = 95


def _errors(metric: str, label: str) -> Builtin:
    failed, every = f'sum(rate({metric}{{$m,{label}=~"5.."}}[$w]))', f"sum(rate({metric}{{$m}}[$w]))"
    return Builtin(metric, Template(f"({failed} or vector(0)) / ({every} > 0)"))


def _requests(metric: str) -> Builtin:
    return Builtin(metric, Template(f"sum(rate({metric}{{$m}}[$w]))"))


def _quantile(metric: str, by: str = "le") -> Builtin:
    buckets = f"{metric}_bucket"
    return Builtin(buckets, Template(f"histogram_quantile($q, sum by ({by}) (rate({buckets}{{$m}}[$w])))"))


def _share(used: str, most: str) -> Builtin:
    return Builtin(used, Template(f"sum({used}{{$m}}) / sum({most}{{$m}})"))


def _vital(metric: str) -> Builtin:
    """Of the last hour, since page views are few; at p75, as web.dev/articles/vitals defines good."""
    share = f"histogram_quantile($q, sum by (le) (rate({metric}_bucket{{$m}}[1h])))"
    return Builtin(f"{metric}_bucket", Template(share), percentile=75)


_POOL = _share("db_pool_connections_in_use", "db_pool_connections_max")

_EACH_SERVER = "instance, server, database"
_SERVER = f"by ({_EACH_SERVER})"
_SLOTS = (
    f"(max {_SERVER} (pg_settings_max_connections{{$m}})"
    f" - max {_SERVER} (pg_settings_superuser_reserved_connections{{$m}}))"
)
_CONNECTIONS = Builtin(
    "pg_stat_activity_count", Template(f"sum {_SERVER} (pg_stat_activity_count{{$m}}) / {_SLOTS}")
)
"""Connections, idle ones too, against those that the server gives to users who are not superusers."""


def _worst(*builtins: Builtin) -> tuple[Builtin, ...]:
    """One signal of several sources: each that is present counts, and the highest is its value."""
    parts = (f'label_replace({one.expression.template}, "source", "{one.needs}", "", "")' for one in builtins)
    together = Template(" or ".join(parts))
    return tuple(Builtin(one.needs, together) for one in builtins)


def _waiting() -> tuple[Builtin, ...]:
    """Waits for locks, as the limit wants them: the longest, how many at once, or their share of all working time."""
    share = (
        f"sum {_SERVER} (rate(pg_lock_wait_seconds_total{{$m}}[$w]))"
        f" / (sum {_SERVER} (rate(pg_active_seconds_total{{$m}}[$w])) > 0)"
        f" or sum {_SERVER} (rate(pg_active_seconds_total{{$m}}[$w]))"
    )
    longest, many = "pg_oldest_blocked_age_seconds", "pg_blocked_queries"
    return (
        Builtin(longest, Template(f"max_over_time({longest}{{$m}}[$w])"), "seconds"),
        Builtin(many, Template(f"max_over_time({many}{{$m}}[$w])"), "count"),
        Builtin("pg_lock_wait_seconds_total", Template(share), "ratio"),
    )


BUILTINS: dict[str, tuple[Builtin, ...]] = {
    "error_rate": (
        _errors("http_requests_total", "status"),
        _errors("http_requests_total", "code"),
        _errors("http_server_request_duration_seconds_count", "http_response_status_code"),
    ),
    "request_rate": (
        _requests("http_requests_total"),
        _requests("http_server_request_duration_seconds_count"),
    ),
    "response_time": (
        _quantile("http_request_duration_seconds"),
        _quantile("http_server_request_duration_seconds"),
    ),
    "query_time": (
        _quantile("db_query_duration_seconds"),
        _quantile("db_client_operation_duration_seconds"),
        _quantile("pg_query_duration_seconds", f"le, {_EACH_SERVER}"),
    ),
    "pool_utilisation": (_POOL, _CONNECTIONS),
    "active_connections": _worst(_POOL, _CONNECTIONS),
    "lock_contention": _waiting(),
    "lcp": (_vital("web_vitals_lcp_seconds"),),
    "cls": (_vital("web_vitals_cls"),),
    "inp": (_vital("web_vitals_inp_seconds"),),
    "fid": (_vital("web_vitals_fid_seconds"),),
}


_NO_VIEW = "no browser has reported a page view yet"
ABSENT = {
    **dict.fromkeys(("lcp", "cls", "inp"), _NO_VIEW),
    "fid": "browsers no longer measure FID: INP took its place in 2024",
}
"""Why there are no samples, where more can be said than their name."""

Origin: TypeAlias = Literal["bound", "built_in", "none"]


class Signal(NamedTuple):
    """The expression of a promise's signal, or why there is none.

    `origin` says where the definition comes from; `source` is the key of `[signals]` that binds it, or the metric
    by which a built-in one recognised the instrumentation. `needs` are the metrics that it stands on, one of them while
    it has no expression.
    """

    expression: str | None
    problem: str = ""
    origin: Origin = "none"
    source: str = ""
    needs: tuple[str, ...] = ()

    @property
    def undefined(self) -> bool:
        """Neither bound nor built in: only `[signals]` can give it a meaning."""
        return self.expression is None and self.origin == "none"


def window(every: float) -> str:
    """The rate window: eight scrapes, at least 15 s; Prometheus advises four at the very least."""
    return f"{max(15, round(every * 8))}s"


def signal_of(
    promise: Promise, bindings: Bindings, environment: str, every: float, present: frozenset[str]
) -> Signal:
    """What to ask telemetry for this promise. `present` are the metric names that have samples."""
    values = promise.values
    if not isinstance(values, Alert | Objective):
        return Signal(None, "this promise has no signal")
    names = signal_names(values)
    for name in names:
        if name in bindings.signals:
            return Signal(bindings.signals[name], origin="bound", source=name)
    unit = _unit(promise, bindings)
    builtins = [
        one for one in BUILTINS.get(built_in(values.signal), ()) if one.unit in (None, unit) or unit is None
    ]
    for builtin in builtins:
        if builtin.needs in present:
            percentile = builtin.percentile if values.percentile is None else values.percentile
            expression = _fill(builtin.expression, percentile, environment, every)
            return Signal(expression, origin="built_in", source=builtin.needs, needs=(builtin.needs,))
    if not builtins:
        return Signal(None, f"no signal is known for {names[-1]}: define it under [signals]")
    needs = tuple(sorted({builtin.needs for builtin in builtins}))
    wanted = " or ".join(needs)
    problem = ABSENT.get(built_in(values.signal), f"no samples of {wanted} yet")
    return Signal(None, problem, origin="built_in", source=wanted, needs=needs)


def _unit(promise: Promise, bindings: Bindings) -> Unit | None:
    """In what the promise is limited, by the guide or by a binding; None where nothing limits it yet."""
    limits = (promise.values, bindings.limits.get(promise.id))
    found = (bound_of(one, None, "<=") for one in limits if isinstance(one, Amount | Limit))
    return next((bound.unit for bound in found if bound is not None), None)


def _fill(expression: Template, percentile: float, environment: str, every: float) -> str:
    return expression.substitute(m=f'environment="{environment}"', w=window(every), q=f"{percentile / 100:g}")
