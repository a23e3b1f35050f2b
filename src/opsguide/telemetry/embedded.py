"""The kernel's Telemetry port on this machine: samples in memory, asked for in PromQL."""

from collections.abc import Mapping, Sequence

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import QueryError
from opsguide.kernel.ports import Sample, Series

from . import labels as label
from .labels import Labels
from .query import evaluator
from .query.fetching import DEFAULTS, Options
from .query.parsing import parse
from .query.values import Matrix
from .store import DEFAULT_LIMITS, Limits, Status, Store


class Embedded:
    """Fulfils `kernel.ports.Telemetry`."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS, options: Options = DEFAULTS) -> None:
        self._store = Store(limits)
        self._options = options

    def ingest(self, samples: Sequence[Sample], at: Instant, target: Mapping[str, str]) -> None:
        """All samples of one scrape, atomically. A label that the target has too is kept as exported_<label>.

        Without samples (a scrape that failed) every series of the target becomes stale. What the store refuses
        (out of order, over a limit, twice) is counted in `status`.
        """
        scraped = label.of(target)
        names = frozenset(name for name, _ in scraped)
        self._store.commit(
            scraped, at, [(_labelled(sample, scraped, names), sample.value) for sample in samples]
        )

    def instant(self, expression: str, at: Instant) -> tuple[Sample, ...]:
        """The vector of an expression; a number is one sample without labels. Raises QueryError."""
        value = evaluator.instant(parse(expression), self._store, at, self._options).value
        match value:
            case float():
                return (Sample({}, value),)
            case list():
                return tuple(Sample(dict(element.labels), element.value) for element in value)
        kind = "a range of samples" if isinstance(value, Matrix) else "a text"
        raise QueryError(
            f"the expression gives {kind}", where="PromQL 1:1", hint="a vector or number is needed"
        )

    def range(self, expression: str, start: Instant, end: Instant, step_ms: int) -> tuple[Series, ...]:
        """The expression at start, start+step … end; series without gaps filled in. Raises QueryError."""
        found = evaluator.over_range(parse(expression), self._store, (start, end, step_ms), self._options)
        return tuple(Series(dict(line.labels), line.times, line.values) for line in found.lines)

    def metric_names(self) -> frozenset[str]:
        """Names of metrics with a sample in the look-back before the newest sample of all."""
        newest = self._store.newest
        if newest is None:
            return frozenset()
        return self._store.metric_names(newest - self._options.lookback_ms + 1)

    def status(self) -> Status:
        """How much is held, and what was refused, by reason."""
        return self._store.status()


def _labelled(sample: Sample, target: Labels, names: frozenset[str]) -> Labels:
    """The sample's labels with the target's, which win: Prometheus' honor_labels = false."""
    if names.isdisjoint(sample.labels):
        return label.of([*sample.labels.items(), *target])
    own = [(f"exported_{name}" if name in names else name, value) for name, value in sample.labels.items()]
    return label.of([*own, *target])
