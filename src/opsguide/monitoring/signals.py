"""Signals: a name of the guide → a PromQL expression. Built-in ones fit common instrumentations, by what is present.

`$m` stands for the label matchers of the environment, `$w` for the rate window, `$q` for the quantile.
Names: Prometheus client libraries' conventions and OpenTelemetry's HTTP semantic conventions, as Prometheus gets them.
"""

from string import Template
from typing import Literal, NamedTuple, TypeAlias

from ..guide.bindings import Bindings, built_in, signal_names
from ..guide.promise import Promise
from ..guide.values import Alert, Objective


class Builtin(NamedTuple):
    """`needs` is a metric that must be present for `expression` to mean something."""

    needs: str
    expression: Template


def _errors(metric: str, label: str) -> Builtin:
    failed, every = f'sum(rate({metric}{{$m,{label}=~"5.."}}[$w]))', f"sum(rate({metric}{{$m}}[$w]))"
    return Builtin(metric, Template(f"({failed} or vector(0)) / ({every} > 0)"))


def _quantile(metric: str) -> Builtin:
    buckets = f"{metric}_bucket"
    return Builtin(buckets, Template(f"histogram_quantile($q, sum by (le) (rate({buckets}{{$m}}[$w])))"))


def _share(used: str, most: str) -> Builtin:
    return Builtin(used, Template(f"sum({used}{{$m}}) / sum({most}{{$m}})"))


_POOL = (_share("db_pool_connections_in_use", "db_pool_connections_max"),)

BUILTINS: dict[str, tuple[Builtin, ...]] = {
    "error_rate": (
        _errors("http_requests_total", "status"),
        _errors("http_requests_total", "code"),
        _errors("http_server_request_duration_seconds_count", "http_response_status_code"),
    ),
    "response_time": (
        _quantile("http_request_duration_seconds"),
        _quantile("http_server_request_duration_seconds"),
    ),
    "query_time": (_quantile("db_query_duration_seconds"), _quantile("db_client_operation_duration_seconds")),
    "pool_utilisation": _POOL,
    "active_connections": _POOL,
}


Origin: TypeAlias = Literal["bound", "built_in", "none"]


class Signal(NamedTuple):
    """The expression of a promise's signal, or why there is none.

    `origin` says where the definition comes from; `source` is the key of `[signals]` that binds it, or the metric
    by which a built-in one recognised the instrumentation.
    """

    expression: str | None
    problem: str = ""
    origin: Origin = "none"
    source: str = ""

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
    builtins = BUILTINS.get(built_in(values.signal), ())
    for builtin in builtins:
        if builtin.needs in present:
            expression = _fill(builtin.expression, values.percentile, environment, every)
            return Signal(expression, origin="built_in", source=builtin.needs)
    if not builtins:
        return Signal(None, f"no signal is known for {names[-1]}: define it under [signals]")
    wanted = " or ".join(sorted({builtin.needs for builtin in builtins}))
    return Signal(None, f"no samples of {wanted} yet", origin="built_in", source=wanted)


def _fill(expression: Template, percentile: float | None, environment: str, every: float) -> str:
    quantile = f"{(percentile if percentile is not None else 95) / 100:g}"
    return expression.substitute(m=f'environment="{environment}"', w=window(every), q=quantile)
