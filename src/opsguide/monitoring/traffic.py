"""Traffic behind a signal: what is said of normal traffic is judged from a least rate on (`monitoring.normal_traffic`).

A signal without traffic is not one without data: its source answers, and there was nothing to measure.
"""

import math
from collections.abc import Iterable

from ..guide.bindings import Bindings
from ..guide.promise import Promise
from ..guide.traffic import says_normal
from ..guide.values import Alert, Objective
from ..kernel.errors import QueryError
from ..kernel.ports import Sample, Vector
from .commands import Observation


def is_for_normal(promise: Promise) -> bool:
    """Is its limit said of normal traffic?"""
    values = promise.values
    return isinstance(values, Alert | Objective) and values.scope is not None and says_normal(values.scope)


def too_little(promise: Promise, bindings: Bindings, samples: Iterable[Sample]) -> str:
    """Why there is too little traffic for a promise to be judged, "" where there is enough or nobody knows.

    `samples` are what `flow` gave.
    """
    rates = [one.value for one in samples if math.isfinite(one.value)]
    if not rates:
        return ""
    if sum(rates) == 0:
        return "no traffic to measure"
    least = bindings.monitoring.normal_traffic
    if is_for_normal(promise) and sum(rates) < least:
        return f"not judged at {_rate(sum(rates))} requests/s: {normal(bindings)}"
    return ""


def normal(bindings: Bindings) -> str:
    return f"normal traffic is from {bindings.monitoring.normal_traffic:g} requests/s on"


def _rate(number: float) -> str:
    return f"{number:.2g}"


def weighed(
    seen: Observation, promise: Promise, bindings: Bindings, answer: Vector | QueryError | None
) -> Observation:
    """An observation, weighed with the traffic behind it: what `flow` gave, None where nobody knows it."""
    if seen.value is None and seen.why != "no_data":
        return seen
    if not isinstance(answer, Vector) or not (seen.value is None or is_for_normal(promise)):
        return seen
    little = too_little(promise, bindings, answer.samples)
    return Observation(promise.id, None, little, "no_traffic") if little else seen
