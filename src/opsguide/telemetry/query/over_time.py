"""Functions of range vectors: rates of counters, trends of gauges, aggregates over time."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import TypeAlias

from opsguide.kernel.clock import Instant
from opsguide.telemetry import labels as label
from opsguide.telemetry.labels import NAME

from .arithmetic import compensated, invalid_share, mean, quantile, total, variance
from .scope import Scope
from .syntax import Call
from .values import Element, Value, Window, general

Function: TypeAlias = Callable[[Call, Scope], Value]
OfWindow: TypeAlias = Callable[[Window], float | None]
"""What a window comes to; None where it has too few samples."""

_COUNTER_SUFFIXES = ("_total", "_sum", "_count", "_bucket")


def _each(of_window: OfWindow, *, keeps_name: bool = False) -> Function:
    def function(call: Call, scope: Scope) -> Value:
        return _apply(call, scope, of_window, keeps_name)

    return function


def _apply(call: Call, scope: Scope, of_window: OfWindow, keeps_name: bool = False, arg: int = 0) -> Value:
    return [
        Element(window.labels, value, not keeps_name or window.drop_name)
        for window in scope.matrix(call.args[arg]).windows
        if (value := of_window(window)) is not None
    ]


def _extrapolated(*, counter: bool, per_second: bool) -> Function:
    def function(call: Call, scope: Scope) -> Value:
        matrix = scope.matrix(call.args[0])
        seconds = (matrix.end - matrix.start) / 1000
        result = []
        for window in matrix.windows:
            grown = _growth(window, matrix.start, matrix.end, counter, seconds if per_second else 1.0)
            if grown is not None:
                result.append(Element(window.labels, grown, True))
                if counter:
                    _doubt_counter(call, window, scope)
        return result

    return function


def _doubt_counter(call: Call, window: Window, scope: Scope) -> None:
    name = label.get(window.labels, NAME)
    if name and not name.endswith(_COUNTER_SUFFIXES):
        scope.info(
            call.args[0],
            "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "
            + label.quoted(name),
        )


def _growth(window: Window, start: Instant, end: Instant, counter: bool, per: float) -> float | None:
    """How much a series grew between start and end, extrapolated to both (Prometheus' extrapolatedRate), `per` seconds.

    Where a sample is missing at an end (its distance is 1.1 times the usual or more), the series is taken to begin
    or end there: half the usual distance is added. A counter is never extrapolated below zero.
    """
    times, values = window.times, window.values
    if len(values) < 2:
        return None
    grown = values[-1] - values[0]
    if counter:
        # After a reset the counter started from zero: what it had before is added.
        for before, now in pairwise(values):
            if now < before:
                grown += before
    to_start = (times[0] - start) / 1000
    to_end = (end - times[-1]) / 1000
    sampled = (times[-1] - times[0]) / 1000
    usual = sampled / (len(values) - 1)
    if to_start >= usual * 1.1:
        to_start = usual / 2
    if counter and grown > 0 and values[0] >= 0:
        to_start = min(to_start, sampled * (values[0] / grown))
    if to_end >= usual * 1.1:
        to_end = usual / 2
    return grown * ((sampled + to_start + to_end) / sampled / per)


def _irate(window: Window) -> float | None:
    """Per second, between the last two samples."""
    if len(window.values) < 2:
        return None
    before, now = window.values[-2:]
    return (now if now < before else now - before) / ((window.times[-1] - window.times[-2]) / 1000)


def _idelta(window: Window) -> float | None:
    return window.values[-1] - window.values[-2] if len(window.values) > 1 else None


def _regression(window: Window, zero: Instant) -> tuple[float, float] | None:
    """Slope per second and value at the instant `zero`, by least squares with compensated sums."""
    values = window.values
    if len(values) < 2:
        return None
    if all(value == values[0] for value in values):
        return (math.nan, math.nan) if math.isinf(values[0]) else (0.0, values[0])
    sums = [(0.0, 0.0)] * 4
    for at, y in zip(window.times, values, strict=True):
        x = (at - zero) / 1000
        sums = [compensated(term, *kept) for term, kept in zip((x, y, x * y, x * x), sums, strict=True)]
    sum_x, sum_y, sum_xy, sum_xx = (kept + lost for kept, lost in sums)
    count = len(values)
    slope = (sum_xy - sum_x * sum_y / count) / (sum_xx - sum_x * sum_x / count)
    return slope, sum_y / count - slope * sum_x / count


def _deriv(window: Window) -> float | None:
    fitted = _regression(window, window.times[0])
    return None if fitted is None else fitted[0]


def _predict_linear(call: Call, scope: Scope) -> Value:
    ahead = scope.scalar(call.args[1])

    def predicted(window: Window) -> float | None:
        fitted = _regression(window, scope.at)
        return None if fitted is None else fitted[0] * ahead + fitted[1]

    return _apply(call, scope, predicted)


def _quantile_over_time(call: Call, scope: Scope) -> Value:
    share = scope.scalar(call.args[0])
    result = _apply(call, scope, lambda window: quantile(share, window.values), arg=1)
    if invalid_share(share) and result:
        scope.warn(call.args[0], f"quantile value should be between 0 and 1, got {general(share)}")
    return result


def _largest(window: Window) -> float:
    return max((value for value in window.values if not math.isnan(value)), default=math.nan)


def _smallest(window: Window) -> float:
    return min((value for value in window.values if not math.isnan(value)), default=math.nan)


def _changes(window: Window) -> float:
    pairs = pairwise(window.values)
    return float(sum(now != before and not (math.isnan(now) and math.isnan(before)) for before, now in pairs))


def _resets(window: Window) -> float:
    return float(sum(now < before for before, now in pairwise(window.values)))


OVER_TIME: dict[str, Function] = {
    "rate": _extrapolated(counter=True, per_second=True),
    "increase": _extrapolated(counter=True, per_second=False),
    "delta": _extrapolated(counter=False, per_second=False),
    "irate": _each(_irate),
    "idelta": _each(_idelta),
    "deriv": _each(_deriv),
    "predict_linear": _predict_linear,
    "changes": _each(_changes),
    "resets": _each(_resets),
    "avg_over_time": _each(lambda window: mean(window.values)),
    "count_over_time": _each(lambda window: float(len(window.values))),
    "first_over_time": _each(lambda window: window.values[0], keeps_name=True),
    "last_over_time": _each(lambda window: window.values[-1], keeps_name=True),
    "max_over_time": _each(_largest),
    "min_over_time": _each(_smallest),
    "present_over_time": _each(lambda window: 1.0),
    "quantile_over_time": _quantile_over_time,
    "stddev_over_time": _each(lambda window: math.sqrt(variance(window.values))),
    "stdvar_over_time": _each(lambda window: variance(window.values)),
    "sum_over_time": _each(lambda window: total(window.values)),
}
