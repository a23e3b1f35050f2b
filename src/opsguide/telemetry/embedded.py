"""The kernel's Telemetry port on this machine: samples in memory and on its disk, asked for in PromQL."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from msgspec import structs

from opsguide.kernel import ports
from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import OpsguideError, QueryError
from opsguide.kernel.matching import Matcher
from opsguide.kernel.ports import EngineStatus, Sample, Series

from . import exposition
from . import labels as label
from .columns import Times, Values
from .disk.archive import KEEPING, Keeping
from .disk.keeper import Keeper
from .exposition import Exposition
from .hearing import HeardStore
from .labels import Labels
from .matching import tester
from .metadata import Catalogue, Metadata
from .points import Points
from .pushes import Pushes
from .query import evaluator
from .query.fast.engine import Fast
from .query.fetching import DEFAULTS, Options
from .query.parsing import parse
from .query.values import Matrix, Vector
from .store import DEFAULT_LIMITS, NEVER, Limits, Status, Store

IN_FRONT_OF_DISK = Limits(retention_seconds=2 * 3600)
"""What is held in memory of what is on the disk too: most windows of rules look no further back."""


STEPS_AT_ONCE = 10
"""So many steps of a range are answered before others have their turn."""

RECENT_MS = 24 * 3600 * 1000
"""No window that memory answers for looks further back."""


class Past(Protocol):
    """One series' samples of before, for `backfill`: instants ascending, as many values."""

    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def times(self) -> Times: ...
    @property
    def values(self) -> Values: ...


class Embedded:
    """Fulfils `kernel.ports.Telemetry`. With a directory, samples outlive the process; without, they are in memory."""

    def __init__(
        self,
        limits: Limits | None = None,
        options: Options = DEFAULTS,
        directory: Path | None = None,
        keeping: Keeping = KEEPING,
    ) -> None:
        limits = limits or (DEFAULT_LIMITS if directory is None else IN_FRONT_OF_DISK)
        self._store = HeardStore(limits)
        self._options = options
        self._metadata = Catalogue()
        self._reader = exposition.Reader()
        self._fast = Fast(self._store, options.lookback_ms)
        self._keeper = _keeper(directory, self._store, keeping) if directory else None
        self.forward: Callable[[Labels, Instant, Sequence[tuple[Labels, float]]], None] | None = None
        """Told of all that is ingested: the target, the instant, its series with their values."""

    def close(self) -> None:
        """Writes what waits to be written."""
        if self._keeper is not None:
            self._keeper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def read(self, page: bytes, *, open_metrics: bool = False) -> Exposition:
        """What stands on a page of metrics; what it says of them is remembered."""
        self._metadata.learn(exposition.metadata(page))
        return self._reader.read(page, open_metrics=open_metrics)

    def ingest(self, samples: Sequence[Sample], at: Instant, target: Mapping[str, str]) -> None:
        """All samples of one scrape, atomically. A label that the target has too is kept as exported_<label>.

        Without samples (a scrape that failed) every series of the target becomes stale. What the store refuses
        (out of order, over a limit, twice) is counted in `status`.
        """
        scraped = label.of(target)
        names = frozenset(name for name, _ in scraped)
        rows = [(_labelled(sample, scraped, names), sample.value) for sample in samples]
        self._store.commit(scraped, at, rows)
        if self.forward is not None:
            self.forward(scraped, at, rows)

    def record(self, samples: Sequence[tuple[Labels, float]], ended: Collection[Labels], at: Instant) -> int:
        """What rules give. Their series end by a word (`ended`), not by missing; nobody is told of new samples.

        How many samples were refused: `status` counts them by reason.
        """
        with self._store.unheard():
            taken = self._pushed([(labels, value, False) for labels, value in samples], at)
            self._pushed([(labels, 0.0, True) for labels in ended], at)
        return len(samples) - taken

    def _pushed(self, samples: Sequence[tuple[Labels, float, bool]], at: Instant) -> int:
        if not samples:
            return 0
        labels, values, stale = zip(*samples, strict=True)
        pushes = self.pushes()
        times = np.full(len(samples), at, np.int64)
        return pushes.push(pushes.numbers(labels), times, np.array(values), np.array(stale))

    @contextmanager
    def samples_wake(self, call: Callable[[], None]) -> Iterator[None]:
        """Meanwhile `call` is called after each scrape and request, from whichever thread took it; it must not wait."""
        with self._store.lock:
            self._store.listeners += (call,)
        try:
            yield
        finally:
            with self._store.lock:
                self._store.listeners = tuple(one for one in self._store.listeners if one is not call)

    def instant(self, expression: str, at: Instant) -> tuple[Sample, ...]:
        """The vector of an expression; a number is one sample without labels. Raises QueryError."""
        vector = self._by_columns(expression, at)
        if vector is not None:
            return tuple(Sample(dict(element.labels), element.value) for element in vector)
        value = evaluator.instant(parse(expression), self, at, self._options).value
        match value:
            case float():
                return (Sample({}, value),)
            case list():
                return tuple(Sample(dict(element.labels), element.value) for element in value)
        kind = "a range of samples" if isinstance(value, Matrix) else "a text"
        raise QueryError(
            f"the expression gives {kind}", where="PromQL 1:1", hint="a vector or number is needed"
        )

    def _by_columns(self, expression: str, at: Instant) -> Vector | None:
        """The quick answer, if memory and columns have all that it needs."""
        if self._keeper is not None and self._keeper.archive.imported_until > at - RECENT_MS:
            return None
        return self._fast.instant(expression, at)

    def range(self, expression: str, start: Instant, end: Instant, step_ms: int) -> tuple[Series, ...]:
        """The expression at start, start+step … end; series without gaps filled in. Raises QueryError."""
        found = self.evaluate_range(expression, (start, end, step_ms))
        return tuple(Series(dict(line.labels), line.times, line.values) for line in found.lines)

    @property
    def own(self) -> Self:
        return self

    @property
    def answering(self) -> EngineStatus:
        return EngineStatus("embedded")

    async def ask(self, expressions: Sequence[str], at: Instant) -> list[ports.Vector | QueryError]:
        """`instant` for each, the errors among the answers."""
        return [self._vector_or_error(expression, at) for expression in expressions]

    def _vector_or_error(self, expression: str, at: Instant) -> ports.Vector | QueryError:
        try:
            return ports.Vector(self.instant(expression, at))
        except QueryError as error:
            return error

    async def ask_range(self, expression: str, start: Instant, end: Instant, step_ms: int) -> ports.Matrix:
        """`range`, answered in pieces, the event loop free in between: nobody waits for somebody's chart."""
        found: dict[Labels, Series] = {}
        warnings: dict[str, None] = {}
        while start <= end:
            until = min(end, start + (STEPS_AT_ONCE - 1) * step_ms)
            piece = self.evaluate_range(expression, (start, until, step_ms))
            for one in piece.lines:
                known = found.setdefault(one.labels, Series(dict(one.labels), [], []))
                known.times.extend(one.times)
                known.values.extend(one.values)
            warnings.update(dict.fromkeys(piece.warnings))
            start = until + step_ms
            await asyncio.sleep(0)
        return ports.Matrix(tuple(found.values()), tuple(warnings))

    async def look(self) -> str:
        return ""

    def metric_names(self) -> frozenset[str]:
        """Names of metrics with a sample in the look-back before the newest sample of all."""
        newest = self._store.newest
        if newest is None:
            return frozenset()
        return self._store.metric_names(newest - self._options.lookback_ms + 1)

    def evaluate(self, expression: str, at: Instant, options: Options | None = None) -> evaluator.Result:
        """The value of an expression at an instant, of whatever kind, with its notes. Raises QueryError."""
        return evaluator.instant(parse(expression), self, at, options or self._options)

    def evaluate_range(
        self, expression: str, span: tuple[Instant, Instant, int], options: Options | None = None
    ) -> evaluator.RangeResult:
        """The value at each step of (start, end, step in ms), with its notes. Raises QueryError."""
        options = options or self._options
        return evaluator.over_range(
            parse(expression), self, span, options, lambda at: self._by_columns(expression, at)
        )

    def series(self, selectors: Sequence[Sequence[Matcher]], start: Instant, end: Instant) -> list[Labels]:
        """The series that fulfil any of the selectors (all, without one) and may have samples in the span, sorted."""
        known = set(self._store.series(start))
        if self._keeper is not None:
            known |= self._keeper.archive.series(start, end)
        tests = [tester(matchers) for matchers in selectors]
        return sorted(labels for labels in known if not tests or any(fulfils(labels) for fulfils in tests))

    @property
    def since(self) -> Instant | None:
        """The oldest sample that is kept; None where there is none."""
        oldest = (_oldest(self._store), self._keeper.archive.since if self._keeper is not None else None)
        return min((one for one in oldest if one is not None), default=None)

    def metadata(self) -> dict[str, Metadata]:
        """What targets said of their metrics, by name."""
        return self._metadata.all()

    def pushes(self) -> Pushes:
        """A way in for samples that others push; each is for one thread at a time."""
        return Pushes(self._store)

    @property
    def catalogue(self) -> Catalogue:
        """Where what is said of metrics is kept."""
        return self._metadata

    @property
    def options(self) -> Options:
        return self._options

    def select(self, matchers: Sequence[Matcher], start: Instant, end: Instant) -> list[Points]:
        """The series that fulfil all matchers, with their samples of start <= time <= end; none without samples."""
        newest = self._store.select(matchers, start, end)
        # In this order: what leaves the memory meanwhile is in a block by then.
        if self._keeper is None:
            return newest
        return self._keeper.archive.select(matchers, start, end, self._store.complete_since, newest)

    def backfill(self, series: Iterable[Past]) -> None:
        """Samples of before, durable when this returns. They are read like others, and no rule ever runs on them.

        Where a series has live samples too, those stand. Raises OpsguideError where there is no directory, where the
        instants of a series do not ascend, or where the disk refuses.
        """
        if self._keeper is None:
            raise OpsguideError("samples of before need a data directory", hint="start with --data DIRECTORY")
        points = [_past(one) for one in series]
        try:
            self._keeper.archive.backfill(points)
        except OSError as error:
            raise OpsguideError(f"the samples could not be written: {error.strerror}") from error

    def status(self) -> Status:
        """How much is in memory, what was refused, by reason, and what keeps samples from being kept."""
        return structs.replace(self._store.status(), problems=self.problems)

    @property
    def at_limit(self) -> bool:
        """Whether there are as many series as there may be: new ones are refused."""
        return self._store.at_limit

    @property
    def series_limit(self) -> int:
        return self._store.limits.series

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps samples from being kept, a sentence each."""
        return self._keeper.problems if self._keeper is not None else ()


def _oldest(store: Store) -> Instant | None:
    """The oldest sample in memory."""
    with store.lock:
        columns = (target.columns for target in store.targets.values())
        firsts = [one.chunks[0].first for one in columns if one.chunks and one.chunks[0].used]
        ragged = (home.ragged for home in store.homes if home.ragged is not None and home.ragged.samples)
        firsts += [int(one.read(NEVER, one.last or NEVER)[0][0]) for one in ragged]
    return min(firsts, default=None)


def _keeper(directory: Path, store: Store, keeping: Keeping) -> Keeper:
    try:
        return Keeper(directory, store, keeping)
    except OSError as error:
        hint = "let the user that runs opsguide write to it, or name another one with --data"
        said = f"the folder cannot be used for samples ({error.strerror})"
        raise OpsguideError(said, where=str(directory), hint=hint) from None


def _past(one: Past) -> Points:
    labels = label.of(one.labels)
    times = np.asarray(one.times, np.int64)
    if len(times) != len(one.values) or (np.diff(times) <= 0).any():
        raise OpsguideError(f"the instants of {label.text(labels)} do not ascend")
    return Points(labels, times, np.asarray(one.values, np.float64), np.zeros(len(times), np.bool_))


def _labelled(sample: Sample, target: Labels, names: frozenset[str]) -> Labels:
    """The sample's labels with the target's, which win: Prometheus' honor_labels = false."""
    if names.isdisjoint(sample.labels):
        return label.of([*sample.labels.items(), *target])
    own = [(f"exported_{name}" if name in names else name, value) for name, value in sample.labels.items()]
    return label.of([*own, *target])
