"""histogram_quantile by columns: all histograms of a vector at once, where all have the same buckets."""

import math

import numpy as np

from opsguide.telemetry import labels as label
from opsguide.telemetry.columns import Values
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.query.histograms import LE, bound_of

from .frames import Frame, Unfit, same
from .grid import Grid
from .windows import Seen


def quantile_of(share: float, inner: Frame) -> Frame:
    """`query.histograms.quantile` for each histogram. Raises Unfit, also at an instant where buckets are missing."""
    gathered: dict[Labels, list[tuple[float, int]]] = {}
    for place, labels in enumerate(inner.labels):
        upper = bound_of(label.get(labels, LE))
        if upper is None:
            raise Unfit
        gathered.setdefault(label.without(labels, (LE,)), []).append((upper, place))
    histograms = [sorted(buckets) for buckets in gathered.values()]
    bounds = [upper for upper, _ in histograms[0]] if histograms else [math.inf]
    alike = all([upper for upper, _ in found] == bounds for found in histograms)
    if not 0 <= share <= 1 or not alike or bounds[-1] != math.inf or len(bounds) < 2:
        raise Unfit
    if len(set(bounds)) < len(bounds):
        raise Unfit
    places = np.array([[place for _, place in found] for found in histograms], np.intp)
    places = places.reshape(len(histograms), len(bounds))
    uppers = np.array(bounds)

    def run(grid: Grid) -> Seen:
        values, there = inner.run(grid)
        whole = there[places]
        some = np.asarray(whole.any(axis=1))
        if (some & ~whole.all(axis=1)).any():
            raise Unfit
        return _quantiles(share, values[places], uppers), some

    return Frame(list(gathered), same(len(histograms), True), run)


def _quantiles(share: float, seen: Values, uppers: Values) -> Values:
    # Counts that fall are raised; rounding errors, which the plain evaluator takes out, make no difference to see.
    seen = np.where(np.isnan(seen[:, :1]), math.nan, np.fmax.accumulate(seen, axis=1))
    observations = seen[:, -1]
    rank = share * observations
    last = seen.shape[1] - 1
    index = np.minimum((seen[:, :-1] < rank[:, None]).sum(axis=1), last)
    every = np.arange(len(seen))
    first = index == 0
    upper, count = uppers[index], seen[every, index]
    lower = np.where(first, 0.0, uppers[np.maximum(index - 1, 0)])
    before = np.where(first, 0.0, seen[every, np.maximum(index - 1, 0)])
    found = lower + (upper - lower) * ((rank - before) / (count - before))
    found = np.where(first & (upper <= 0), upper, found)
    found = np.where(index == last, uppers[-2], found)
    return np.asarray(np.where((observations == 0) | np.isnan(observations), math.nan, found))
