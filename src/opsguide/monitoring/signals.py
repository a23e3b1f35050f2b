"""Signals: a name of the guide → a PromQL expression. Built-in ones (definitions.py) fit common instrumentations, by
what is present."""

from collections.abc import Iterable, Mapping, Sequence
from string import Template
from typing import Literal, NamedTuple, TypeAlias

from ..guide.bindings import OF_LABS, Bindings, Limit, built_in, keys_of, part_of, signal_names
from ..guide.bindings.names import of_part
from ..guide.bindings.unbound import OF_BROWSERS, OF_DATABASES
from ..guide.parts import part_named
from ..guide.promise import Promise
from ..guide.values import Alert, Amount, Objective
from ..kernel.ports import Sample
from .amounts import Unit, bound_of
from .choosing import kept
from .definitions import ABSENT, BUILTINS, PROBES, WORST, Builtin, request_rate
from .instruments import REQUESTS
from .scope import Scope, own_scope, remote_scope
from .state import Chosen

Presence: TypeAlias = Mapping[str, float]
"""What a look found: `Builtin.key` → the requests a second that it counts, 0 where it counts none."""


Seen: TypeAlias = tuple[Presence, Presence]
"""The presence here, of what opsguide itself looked at, and in a remote engine. What both have is asked here."""

REQUEST_RATE = "request_rate"
"""The name under which `[signals]` may bind what counts as traffic, in requests a second."""

Origin: TypeAlias = Literal["bound", "built_in", "none"]


class Signal(NamedTuple):
    """The expression of a promise's signal, or why there is none.

    `origin` says where the definition comes from; `source` is the key of `[signals]` that binds it, or the metric
    by which a built-in one recognised the instrumentation, and `name` what that is called. `needs` are the metrics that
    it stands on, one of them while it has no expression. `others` are instrumentations that could have been chosen too,
    `note` what a reader of the values should know. `flow` is how many a second it measures, where that is known.
    `lost`: what measured it is away. `own`: it stands on what opsguide itself looked at, which the embedded engine has.
    `by`, `empty`: as of Builtin.
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
    lost: bool = False
    by: str = ""
    empty: str = ""

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
    seen: Seen,
    before: Chosen | None = None,
) -> Signal:
    """What to ask telemetry for this promise, by what was `seen` of the part of the service that it is about.

    `environment` is the main one, `before` the instrumentation by which it was measured until now.
    """
    values = promise.values
    if not isinstance(values, Alert | Objective):
        return Signal(None, "this promise has no signal")
    if (bound := _bound(values, bindings)) is not None:
        return bound
    part = part_of(values, bindings, environment)
    if part is None:
        named = part_named(values)
        return Signal(None, f"nothing says which part of the service {named} is: bind it in [scopes]")
    unit = _unit(promise, bindings)
    signal = built_in(values.signal)
    builtins = [one for one in BUILTINS.get(signal, ()) if one.unit in (None, unit) or unit is None]
    if not builtins:
        key = keys_of(values, bindings)[-1]
        return Signal(None, f"no signal is known for {key}: define it under [signals]")
    present, remote = seen
    whole = {**remote, **present}
    rates = choose(builtins, whole, values.percentile)
    chosen, lost = list(rates), ""
    if before is not None and signal not in WORST | OF_BROWSERS:
        chosen, lost = kept(builtins, rates, before)
    if before is not None and lost:
        return Signal(None, lost, "built_in", before.source, (before.source,), before.name, lost=True)
    if not chosen:
        return _absent(signal, builtins, whole, bindings, f", in {part.matchers}" if part.matchers else "")
    first = chosen[0]
    own = _is_in(first, present, values.percentile)
    if part.environment != environment and (of_its_own := bindings.environments.get(part.environment)):
        every = of_its_own.every
    scope = own_scope(part, every) if own else remote_scope(bindings, part)
    # One expression is asked in one place.
    beside = [one for one in chosen if _is_in(one, present, values.percentile) is own]
    counted = beside if signal in WORST else chosen[:1]
    others = [] if len(counted) > 1 else chosen[1:]
    return Signal(
        _together(counted, values.percentile, scope),
        origin="built_in",
        source=first.needs,
        needs=(first.needs,),
        name=first.name,
        others=tuple(dict.fromkeys(one.name for one in others if one.name not in (first.name, PROBES.name))),
        note=first.note,
        flow=_fill(first.flow, 0, scope) if first.flow is not None else "",
        own=own,
        by=first.by,
        empty=first.empty or f"{first.needs} has no recent samples",
    )


def _together(counted: Sequence[Builtin], percentile: float | None, scope: Scope) -> str:
    """One expression; of several, each series says where it comes from."""
    parts = [_fill(one.expression, _percentile(one, percentile), scope) for one in counted]
    if len(parts) == 1:
        return parts[0]
    return " or ".join(
        f'label_replace({part}, "source", "{one.needs}", "", "")'
        for one, part in zip(counted, parts, strict=True)
    )


def _bound(values: Alert | Objective, bindings: Bindings) -> Signal | None:
    """What `[signals]` says, with the traffic behind it: that of the service, or of the part that it is about."""
    for name in keys_of(values, bindings):
        if name in bindings.signals:
            traffic = (
                REQUEST_RATE if name in signal_names(values, whole=True) else of_part(REQUEST_RATE, values)
            )
            flow = bindings.signals.get(traffic, "")
            return Signal(bindings.signals[name], origin="bound", source=name, flow=flow)
    return None


def is_of_database(promise: Promise) -> bool:
    """Is its signal one that a watched database gives?"""
    values = promise.values
    return isinstance(values, Alert | Objective) and built_in(values.signal) in OF_DATABASES


def choose(builtins: Sequence[Builtin], present: Presence, percentile: float | None) -> dict[Builtin, float]:
    """Those that are present with their rates, best first: what counts requests at all, then the order of the table."""
    rates = [(one, present.get(one.key(_percentile(one, percentile)))) for one in builtins]
    here = [(one, rate) for one, rate in rates if rate is not None]
    return dict(sorted(here, key=lambda pair: not pair[1] > 0))


def _absent(
    signal: str, builtins: Sequence[Builtin], present: Presence, bindings: Bindings, where: str
) -> Signal:
    """Why there is nothing to ask: what is there lacks it, or nothing is there."""
    needs = tuple(sorted({builtin.needs for builtin in builtins}))
    lacking = (row for row in REQUESTS if row.lacks and request_rate(row).looked_for in present)
    row = next(lacking, None) if signal in ("error_rate", "response_time") else None
    if row is not None:
        what = "status" if signal == "error_rate" else "time"
        problem = f"{row.name} ({row.counter}) does not tell the {what} of requests: {row.lacks}"
    else:
        problem = ABSENT.get(signal, f"no samples of {' or '.join(needs)} yet")
        if signal in OF_LABS and any(one.judges for one in bindings.lab.values()):
            problem += ", and the lab has measured no page that judges"
    return Signal(None, problem + where, origin="built_in", source=" or ".join(needs), needs=needs)


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
