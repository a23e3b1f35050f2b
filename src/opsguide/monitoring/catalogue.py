"""Every signal that the guide names, once: its expression, where that comes from, and the promises that stand on it."""

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from msgspec import Struct

from ..guide.bindings import Scoped, every_of, signal_names
from ..guide.promise import Promise
from ..guide.values import Alert, Objective
from . import alerts
from .amounts import Bound, Unit
from .budgets import terms_of
from .periods import Period
from .rules import bound_for, bound_of_uptime, main_environment_name, signal_for, uptime_environment
from .signals import Seen, Signal
from .state import State

AVAILABILITY = "availability"
PROBED = "probe_success"

Role: TypeAlias = Literal["limit", "alert"]


class Use(Struct, frozen=True):
    """One promise that stands on a signal. `bound` is the value it is held against; `weighed`, where it is no
    limit of each moment, the period over which a budget weighs it: `this month`."""

    promise: Promise
    role: Role
    bound: Bound | None
    weighed: str = ""


class NamedSignal(Struct, frozen=True):
    """A signal of the guide. `name` is how `[signals]` would bind it and how it is asked for: `p95_response_time`."""

    name: str
    scope: str
    signal: Signal
    unit: Unit
    uses: tuple[Use, ...]


def catalogue(state: State, seen: Callable[[Scoped | None], Seen]) -> tuple[NamedSignal, ...]:
    """In the guide's order. What is `seen` of a part of the service, here and in a remote engine, chooses among
    built-in definitions."""
    every = every_of(state.bindings, main_environment_name(state) or "")
    found: dict[tuple[str, str | None], list[tuple[Promise, Signal]]] = {}
    for promise in _in_order(state.promises.values()):
        if not isinstance(promise.values, Alert | Objective):
            continue
        signal = _signal(state, promise, every, seen)
        found.setdefault((_name(promise.values, signal), signal.expression), []).append((promise, signal))
    names = [name for name, _ in found]
    return tuple(
        _named(state, name, promises, several=names.count(name) > 1) for (name, _), promises in found.items()
    )


def _in_order(promises: Iterable[Promise]) -> list[Promise]:
    return sorted(promises, key=lambda promise: (promise.span, promise.id))


def _signal(state: State, promise: Promise, every: float, seen: Callable[[Scoped | None], Seen]) -> Signal:
    """Uptime is folded from outages; what one can look at is the share of probes that were answered."""
    if _is_availability(promise):
        environment = uptime_environment(state, promise)
        bound = state.bindings.environments.get(environment)
        if bound is None or not bound.url:
            what = f"{environment} is not" if environment else "no environment is"
            return Signal(None, f"{what} probed: bind its url", origin="built_in", source=PROBED)
        expression = f'avg_over_time({PROBED}{{environment="{environment}",probe=""}}[5m])'
        return Signal(expression, "", "built_in", PROBED, name="opsguide's probes", own=True)
    return signal_for(state, promise, every, seen)


def _is_availability(promise: Promise) -> bool:
    return isinstance(promise.values, Objective) and promise.values.signal == AVAILABILITY


def _name(values: Alert | Objective, signal: Signal) -> str:
    """The key that binds it, else the most specific name that other lines share: not the alert's own."""
    if signal.origin == "bound":
        return signal.source
    own = values.alert if isinstance(values, Alert) else None
    names = [name for name in signal_names(values) if name != own]
    return names[0] if names else values.signal


def _named(state: State, name: str, promises: list[tuple[Promise, Signal]], *, several: bool) -> NamedSignal:
    uses = tuple(_use(state, promise) for promise, _ in promises)
    units = [use.bound.unit for use in uses if use.bound is not None]
    first = promises[0][0].values
    scope = (first.scope or "") if isinstance(first, Alert | Objective) else ""
    behind = f".{'-'.join(scope.casefold().split())}"
    label = f"{name}{behind}" if several and scope and not name.endswith(behind) else name
    return NamedSignal(label, scope, promises[0][1], units[0] if units else "count", uses)


def _use(state: State, promise: Promise) -> Use:
    role: Role = "alert" if alerts.is_rule(promise) else "limit"
    if _is_availability(promise):
        target = bound_of_uptime(promise)
        bound = Bound(">=", target, "ratio") if target is not None else None
        terms = terms_of(state, promise)
        return Use(promise, role, bound, (terms.period if terms is not None else Period()).this)
    return Use(promise, role, bound_for(state, promise))
