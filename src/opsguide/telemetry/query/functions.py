"""Functions of instant vectors and numbers: mathematics, time, labels, sorting, absence.

Names and meanings: prometheus.io/docs/prometheus/latest/querying/functions.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import numpy as np

from opsguide.kernel.errors import QueryError
from opsguide.kernel.matching import Op, compiled_regex
from opsguide.telemetry import labels as label
from opsguide.telemetry.labels import EMPTY, NAME, Labels

from .histograms import histogram_fraction, histogram_quantile
from .over_time import OVER_TIME
from .scope import Scope
from .syntax import Call, Expr, Range, Selector
from .values import Element, Value, Vector, has_twins, nameless

Function: TypeAlias = Callable[[Call, Scope], Value]

TWINS = "vector cannot contain metrics with the same labelset"


def _mathematical(compute: Callable[[Any], Any]) -> Function:
    """A function of each value. `compute` takes and returns an array; NaN where it is not defined."""

    def function(call: Call, scope: Scope) -> Value:
        vector = scope.vector(call.args[0])
        with np.errstate(all="ignore"):
            results = compute(np.array([element.value for element in vector])).tolist()
        return [nameless(element, value) for element, value in zip(vector, results, strict=True)]

    return function


_MATHEMATICS: dict[str, Callable[[Any], Any]] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "floor": np.floor,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "ln": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "rad": lambda values: values * math.pi / 180,
    "deg": lambda values: values * 180 / math.pi,
    "sgn": np.sign,
}


def _round(call: Call, scope: Scope) -> Value:
    """To the nearest multiple; ties go up."""
    nearest = scope.scalar(call.args[1]) if len(call.args) > 1 else 1.0
    with np.errstate(all="ignore"):
        # The inverse is more exact for the usual 0.1, 0.01 …
        inverse = np.float64(1.0) / np.float64(nearest)
        return _mathematical(lambda values: np.floor(values * inverse + 0.5) / inverse)(call, scope)


def _clamped(vector: Vector, low: float, high: float) -> Vector:
    if high < low:
        return []
    values = np.array([element.value for element in vector])
    # As in Go: the infinity that wins against every number wins against NaN, too.
    values = np.where(np.fmin(high, values) == -np.inf, -np.inf, np.minimum(high, values))
    values = np.where(np.fmax(low, values) == np.inf, np.inf, np.maximum(low, values))
    results = values.tolist()
    return [nameless(element, value) for element, value in zip(vector, results, strict=True)]


def _clamp(call: Call, scope: Scope) -> Value:
    return _clamped(scope.vector(call.args[0]), scope.scalar(call.args[1]), scope.scalar(call.args[2]))


def _clamp_min(call: Call, scope: Scope) -> Value:
    return _clamped(scope.vector(call.args[0]), scope.scalar(call.args[1]), math.inf)


def _clamp_max(call: Call, scope: Scope) -> Value:
    return _clamped(scope.vector(call.args[0]), -math.inf, scope.scalar(call.args[1]))


def _time(call: Call, scope: Scope) -> Value:
    return scope.at / 1000


def _pi(call: Call, scope: Scope) -> Value:
    return math.pi


def _vector(call: Call, scope: Scope) -> Value:
    return [Element(EMPTY, scope.scalar(call.args[0]))]


def _scalar(call: Call, scope: Scope) -> Value:
    """The value of the only element; NaN where there is not exactly one."""
    vector = scope.vector(call.args[0])
    return vector[0].value if len(vector) == 1 else math.nan


def _timestamp(call: Call, scope: Scope) -> Value:
    vector, times = scope.vector_with_times(call.args[0])
    return [nameless(element, at / 1000) for element, at in zip(vector, times, strict=True)]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Datetimes end with the year 9999 (milliseconds taken for seconds are beyond it); the calendar repeats itself sooner.
_CYCLE_YEARS = 400
_CYCLE_SECONDS = 146_097 * 86_400


def _calendar(name: str, part: Callable[[datetime], float]) -> Function:
    """A part of the date, in UTC, of each value in seconds; of the instant of the query without an argument."""

    def of(seconds: float) -> float:
        if not math.isfinite(seconds):
            return math.nan
        cycles, rest = divmod(math.trunc(seconds), _CYCLE_SECONDS)
        found = part(_EPOCH + timedelta(seconds=rest))
        return float(found + cycles * _CYCLE_YEARS if name == "year" else found)

    def function(call: Call, scope: Scope) -> Value:
        if not call.args:
            return [Element(EMPTY, of(scope.at // 1000))]
        return [nameless(element, of(element.value)) for element in scope.vector(call.args[0])]

    return function


def _days_in_month(moment: datetime) -> float:
    return (moment.replace(day=28) + timedelta(days=4)).replace(day=1).toordinal() - moment.replace(
        day=1
    ).toordinal()


_CALENDAR: dict[str, Callable[[datetime], float]] = {
    "minute": lambda moment: moment.minute,
    "hour": lambda moment: moment.hour,
    "day_of_week": lambda moment: moment.isoweekday() % 7,
    "day_of_month": lambda moment: moment.day,
    "day_of_year": lambda moment: moment.timetuple().tm_yday,
    "days_in_month": _days_in_month,
    "month": lambda moment: moment.month,
    "year": lambda moment: moment.year,
}


def _sort(call: Call, scope: Scope) -> Value:
    return sorted(scope.vector(call.args[0]), key=lambda e: (math.isnan(e.value), e.value))


def _sort_desc(call: Call, scope: Scope) -> Value:
    return sorted(scope.vector(call.args[0]), key=lambda e: (math.isnan(e.value), -e.value))


def _absent(call: Call, scope: Scope) -> Value:
    if scope.vector(call.args[0]):
        return []
    return [Element(_wanted_labels(call.args[0]), 1.0)]


def _absent_over_time(call: Call, scope: Scope) -> Value:
    if scope.matrix(call.args[0]).windows:
        return []
    return [Element(_wanted_labels(call.args[0]), 1.0)]


def _wanted_labels(node: Expr) -> Labels:
    """The labels that an absent series would surely have: those asked for once, by equality."""
    if isinstance(node, Range):
        node = node.selector
    if not isinstance(node, Selector):
        return EMPTY
    wanted: dict[str, str] = {}
    seen: set[str] = set()
    for matcher in node.matchers:
        if matcher.name == NAME:
            continue
        if matcher.op is Op.EQUAL and matcher.name not in seen:
            wanted[matcher.name] = matcher.value
            seen.add(matcher.name)
        else:
            wanted.pop(matcher.name, None)
    return label.of(wanted)


def _label_replace(call: Call, scope: Scope) -> Value:
    target, replacement, source, pattern = (scope.text(arg) for arg in call.args[1:])
    try:
        regex = compiled_regex(pattern)
    except QueryError:
        said = label.sayable(pattern)
        raise scope.error(f"invalid regular expression in label_replace(): {said}") from None
    _check_label("destination", target, call, scope)
    result: Vector = []
    for element in scope.vector(call.args[0]):
        found = regex.fullmatch(label.get(element.labels, source))
        if found is not None:
            labels = label.replaced(element.labels, target, label.sayable(_expanded(replacement, found)))
            element = Element(labels, element.value, element.drop_name and target != NAME)  # noqa: PLW2901
        result.append(element)
    return _without_twins(result, scope)


_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


def _expanded(template: str, found: re.Match[str]) -> str:
    """The template with $1, $name, ${name} and $$ as Go's Regexp.Expand has them: an unknown group is empty."""

    def group(reference: re.Match[str]) -> str:
        if reference[1]:
            return "$"
        name = reference[2] or reference[3]
        try:
            return found[int(name) if name.isascii() and name.isdecimal() else name] or ""
        except (IndexError, KeyError):
            return ""

    return _REFERENCE.sub(group, template)


def _label_join(call: Call, scope: Scope) -> Value:
    target, separator, *sources = (scope.text(arg) for arg in call.args[1:])
    for source in sources:
        _check_label("source", source, call, scope)
    _check_label("destination", target, call, scope)
    result: Vector = []
    for element in scope.vector(call.args[0]):
        joined = separator.join(label.get(element.labels, source) for source in sources)
        labels = label.replaced(element.labels, target, label.sayable(joined))
        result.append(Element(labels, element.value, element.drop_name and target != NAME))
    return _without_twins(result, scope)


def _check_label(which: str, name: str, call: Call, scope: Scope) -> None:
    if not name or any("\ud800" <= char <= "\udfff" for char in name):
        raise scope.error(f"invalid {which} label name in {call.function}(): {label.sayable(name)}")


def _without_twins(vector: Vector, scope: Scope) -> Vector:
    if has_twins(vector):
        raise scope.error(TWINS)
    return vector


FUNCTIONS: dict[str, Function] = {
    **{name: _mathematical(compute) for name, compute in _MATHEMATICS.items()},
    **{name: _calendar(name, part) for name, part in _CALENDAR.items()},
    **OVER_TIME,
    "absent": _absent,
    "absent_over_time": _absent_over_time,
    "clamp": _clamp,
    "clamp_max": _clamp_max,
    "clamp_min": _clamp_min,
    "histogram_fraction": histogram_fraction,
    "histogram_quantile": histogram_quantile,
    "label_join": _label_join,
    "label_replace": _label_replace,
    "pi": _pi,
    "round": _round,
    "scalar": _scalar,
    "sort": _sort,
    "sort_desc": _sort_desc,
    "time": _time,
    "timestamp": _timestamp,
    "vector": _vector,
}
