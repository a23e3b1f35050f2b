"""Quantiles and fractions of classic histograms: cumulative counts in buckets, one series for each `le`."""

import math
from itertools import pairwise
from typing import NamedTuple

from opsguide.telemetry import labels as label
from opsguide.telemetry.labels import NAME, Labels

from .arithmetic import divide, invalid_share
from .scope import Scope
from .syntax import Call, Expr
from .values import Element, Value, general

LE = "le"
_TOLERANCE = 1e-12
_NEEDED_FIXING = (
    "input to histogram_quantile needed to be fixed for monotonicity "
    "(see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)"
)


class Bucket(NamedTuple):
    """How many observations were at most `upper`."""

    upper: float
    seen: float


class _Histogram(NamedTuple):
    labels: Labels
    buckets: list[Bucket]


def histogram_quantile(call: Call, scope: Scope) -> Value:
    share = scope.scalar(call.args[0])
    if invalid_share(share):
        scope.warn(call.args[0], f"quantile value should be between 0 and 1, got {general(share)}")
    result = []
    for found in _histograms(call.args[1], scope):
        value, fixed = quantile(share, found.buckets)
        if fixed:
            scope.info(call.args[1], _NEEDED_FIXING + _of_metric(found.labels))
        result.append(Element(found.labels, value, True))
    return result


def histogram_fraction(call: Call, scope: Scope) -> Value:
    low, high = scope.scalar(call.args[0]), scope.scalar(call.args[1])
    return [
        Element(found.labels, fraction(low, high, found.buckets), True)
        for found in _histograms(call.args[2], scope)
    ]


def _histograms(node: Expr, scope: Scope) -> list[_Histogram]:
    """The vector's buckets, gathered by all their other labels."""
    gathered: dict[Labels, list[Bucket]] = {}
    for element in scope.vector(node):
        bound = label.get(element.labels, LE)
        upper = bound_of(bound)
        if upper is None:
            what = f'bucket label "le" is missing or has a malformed value of {label.quoted(bound)}'
            scope.warn(node, what + _of_metric(element.labels))
            continue
        rest = label.without(element.labels, (LE,))
        gathered.setdefault(rest, []).append(Bucket(upper, element.value))
    return [_Histogram(labels, _coalesced(buckets)) for labels, buckets in gathered.items()]


def bound_of(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _of_metric(labels: Labels) -> str:
    name = label.get(labels, NAME)
    return f" for metric name {label.quoted(name)}" if name else ""


def _coalesced(buckets: list[Bucket]) -> list[Bucket]:
    """Sorted, and those of the same bound (0.2, 2e-1) added up."""
    merged: list[Bucket] = []
    for bucket in sorted(buckets):
        if merged and merged[-1].upper == bucket.upper:
            merged[-1] = Bucket(bucket.upper, merged[-1].seen + bucket.seen)
        else:
            merged.append(bucket)
    return merged


def _monotonic(buckets: list[Bucket]) -> tuple[list[Bucket], bool]:
    """With counts that never fall: what falls is raised. Tells whether more than a rounding error had to be."""
    raised = [buckets[0]]
    fixed = False
    for bucket in buckets[1:]:
        before = raised[-1].seen
        if bucket.seen > before and not _nearly_equal(before, bucket.seen):
            raised.append(bucket)
        else:
            fixed = fixed or (bucket.seen < before and not _nearly_equal(before, bucket.seen))
            raised.append(Bucket(bucket.upper, before))
    return raised, fixed


def _nearly_equal(left: float, right: float) -> bool:
    return left == right or abs(left - right) < _TOLERANCE * (abs(left) + abs(right))


def quantile(share: float, buckets: list[Bucket]) -> tuple[float, bool]:
    """The φ-quantile, linear within its bucket, and whether the counts had to be made monotonic.

    Prometheus' bucketQuantile: the lowest bucket starts at 0 where its bound is positive; from the highest one, which
    has no end, comes the bound of the one before; NaN without observations or without a bucket for +Inf.
    """
    if math.isnan(share):
        return math.nan, False
    if share < 0 or share > 1:
        return math.copysign(math.inf, share), False
    if buckets[-1].upper != math.inf:
        return math.nan, False
    buckets, fixed = _monotonic(buckets)
    observations = buckets[-1].seen
    if len(buckets) < 2 or observations == 0 or math.isnan(observations):
        return math.nan, False
    rank = share * observations
    index = next((i for i, bucket in enumerate(buckets[:-1]) if bucket.seen >= rank), len(buckets) - 1)
    if index == len(buckets) - 1:
        return buckets[-2].upper, fixed
    upper, count = buckets[index]
    if index == 0 and upper <= 0:
        return upper, fixed
    lower, before = buckets[index - 1] if index else Bucket(0.0, 0.0)
    return lower + (upper - lower) * divide(rank - before, count - before), fixed


def fraction(low: float, high: float, buckets: list[Bucket]) -> float:
    """Which share of the observations lies between two values, linear within their buckets.

    Prometheus' BucketFraction: a bucket without an end contributes only whole. NaN without observations or without a
    bucket for +Inf.
    """
    if buckets[-1].upper != math.inf:
        return math.nan
    observations = buckets[-1].seen
    if observations == 0 or math.isnan(observations) or math.isnan(low) or math.isnan(high):
        return math.nan
    if low >= high:
        return 0.0
    return (_rank(high, buckets) - _rank(low, buckets)) / observations


def _rank(value: float, buckets: list[Bucket]) -> float:
    """How many observations were at most the value."""
    start = 0.0 if buckets[0].upper > 0 else -math.inf
    for (lower, before), (upper, count) in pairwise([Bucket(start, 0.0), *buckets]):
        if lower >= value:
            return before
        if value < upper:
            if math.isinf(lower):
                return count
            return before + (count - before) * ((value - lower) / (upper - lower))
    return buckets[-1].seen
