"""Aggregations: a vector's elements in groups, one element (or the k extreme ones) a group."""

import math
from collections.abc import Callable

from opsguide.telemetry import labels as label
from opsguide.telemetry.labels import NAME, Labels

from .arithmetic import invalid_share, mean, quantile, total
from .scope import Scope
from .syntax import Aggregation
from .values import Element, Vector, decimal, general

Groups = dict[Labels, Vector]


def aggregation(node: Aggregation, scope: Scope) -> Vector:
    if node.op == "count_values":
        return _count_values(node, scope)
    if node.op in ("topk", "bottomk"):
        return _extremes(node, scope)
    if node.op == "quantile":
        share = _share(node, scope)
        return _each(_groups(node, scope.vector(node.expr)), lambda values: quantile(share, values))
    return _each(_groups(node, scope.vector(node.expr)), _OF_GROUP[node.op])


def _groups(node: Aggregation, vector: Vector) -> Groups:
    """The elements by the labels that they are grouped under, in the order of their first element."""
    groups: Groups = {}
    excluded = (*node.grouping, NAME)
    for element in vector:
        labels = element.labels
        key = label.without(labels, excluded) if node.without else label.only(labels, node.grouping)
        groups.setdefault(key, []).append(element)
    return groups


def _each(groups: Groups, compute: Callable[[list[float]], float]) -> Vector:
    return [
        Element(labels, compute([element.value for element in group]), any(e.drop_name for e in group))
        for labels, group in groups.items()
    ]


def _largest(values: list[float]) -> float:
    """NaN only where all are NaN."""
    return max((value for value in values if not math.isnan(value)), default=math.nan)


def _smallest(values: list[float]) -> float:
    return min((value for value in values if not math.isnan(value)), default=math.nan)


def _variance(values: list[float]) -> float:
    """The population variance by Welford's method. NaN where the first value is not finite."""
    average, squares = values[0], 0.0 if math.isfinite(values[0]) else math.nan
    for count, value in enumerate(values[1:], 2):
        delta = value - average
        average += delta / count
        squares += delta * (value - average)
    return squares / len(values)


_OF_GROUP: dict[str, Callable[[list[float]], float]] = {
    "sum": total,
    "avg": mean,
    "count": lambda values: float(len(values)),
    "group": lambda values: 1.0,
    "min": _smallest,
    "max": _largest,
    "stdvar": _variance,
    "stddev": lambda values: math.sqrt(_variance(values)),
}


def _share(node: Aggregation, scope: Scope) -> float:
    assert node.param is not None
    share = scope.scalar(node.param)
    if invalid_share(share):
        scope.warn(node.param, f"quantile value should be between 0 and 1, got {general(share)}")
    return share


def _extremes(node: Aggregation, scope: Scope) -> Vector:
    """topk and bottomk: the k largest (smallest) of each group, the most extreme first, NaN last."""
    assert node.param is not None
    wanted = scope.scalar(node.param)
    if math.isnan(wanted):
        raise scope.error("Parameter value is NaN")
    if wanted <= -(2.0**63):
        raise scope.error(f"Scalar value {general(wanted)} underflows int64")
    if wanted >= 2.0**63:
        raise scope.error(f"Scalar value {general(wanted)} overflows int64")
    sign = -1 if node.op == "topk" else 1
    result: Vector = []
    for group in _groups(node, scope.vector(node.expr)).values():
        ordered = sorted(group, key=lambda e: (math.isnan(e.value), sign * e.value))
        result += ordered[: max(0, int(wanted))]
    return result


def _count_values(node: Aggregation, scope: Scope) -> Vector:
    """How often each value stands in a group; the value becomes a label."""
    assert node.param is not None
    name = scope.text(node.param)
    if not name or any("\ud800" <= char <= "\udfff" for char in name):
        raise scope.error(f"invalid label name {label.quoted(name)}")
    valued = [
        Element(label.replaced(element.labels, name, decimal(element.value)), element.value)
        for element in scope.vector(node.expr)
    ]
    grouping = node.grouping if node.without else (*node.grouping, name)
    by_value = Aggregation(node.start, node.op, node.expr, node.param, grouping, node.without)
    return [Element(labels, float(len(group))) for labels, group in _groups(by_value, valued).items()]
