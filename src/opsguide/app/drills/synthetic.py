"""Samples that break a promise, for any PromQL: found by trying, and judged by the expression itself.

They live in an engine of their own, each labelled `opsguide_drill`: no real rule ever sees them. What an expression
wants is read off its tree: counters where it asks for a rate, buckets where it asks for a quantile, else gauges.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product

from msgspec import Struct, structs

from ...kernel.clock import Instant
from ...kernel.errors import OpsguideError, QueryError
from ...kernel.matching import Matcher, Op
from ...kernel.ports import Sample
from ...monitoring.amounts import Bound
from ...telemetry.embedded import Embedded
from ...telemetry.query.parsing import parse
from ...telemetry.query.syntax import Call, Expr, Range, Selector, Subquery, walk

LABEL = "opsguide_drill"
MOST_TRIED = 400
CALM_FOR_MS = 300_000
"""Windows up to so long are filled with calm samples first, so that the breach has to show against them."""

_COUNTED = frozenset({"rate", "irate", "increase", "resets"})
_RATES = (0.0, 0.1, 10.0, 1000.0)
_WORDS = ("drill", "500", "1", "0", "a", "true")


class CannotBreak(OpsguideError):
    """No samples were found that break the promise."""


class Source(Struct, frozen=True):
    """What one selector of the expression gets: labels, and how its values go."""

    labels: tuple[tuple[str, str], ...]
    kind: str

    def values(self, limit: float) -> tuple[float, ...]:
        """What is tried, as a rate a second, the place in a histogram (0 below the limit, 1 above), or a value."""
        if self.kind == "counter":
            return _RATES
        if self.kind == "buckets":
            return (0.0, 1.0)
        return tuple(dict.fromkeys((0.0, 1.0, 100.0, limit * 2, limit / 2, limit * 100, -limit)))


class Breach(Struct, frozen=True):
    """How to break a promise: values for each source, calm ones before the start (none: nothing before it)."""

    expression: str
    sources: tuple[Source, ...]
    limit: float
    breaking: tuple[float, ...]
    calm: tuple[float, ...] | None
    window_ms: int

    def samples(self, drill: str, since: Instant, at: Instant) -> list[Sample]:
        """What a scrape finds at an instant, of a drill that began at `since`. The same each time."""
        before = max(0, min(at, since) - (since - 2 * self.window_ms)) / 1000
        during = max(0, at - since) / 1000
        values = self.breaking if at >= since or self.calm is None else self.calm
        found = list[Sample]()
        for place, source in enumerate(self.sources):
            labels = dict(source.labels) | {LABEL: drill}
            calm = self.calm[place] if self.calm is not None else 0.0
            if source.kind == "buckets":
                found.extend(self._buckets(labels, (before, calm), (during, self.breaking[place])))
            elif source.kind == "counter":
                found.append(Sample(labels, calm * before + self.breaking[place] * during))
            else:
                found.append(Sample(labels, values[place]))
        return found

    def _buckets(
        self, labels: dict[str, str], calm: tuple[float, float], breaking: tuple[float, float]
    ) -> Iterator[Sample]:
        """Ten observations a second: below the limit, or between twice and ten times of it."""
        limit = self.limit or 1.0
        for le in (limit / 2, limit, limit * 2, limit * 10, math.inf):
            count = sum(
                10.0 * (seconds if le >= (limit * 10 if above else limit / 2) else 0.0) * (10 if above else 1)
                for seconds, above in (calm, breaking)
            )
            yield Sample(labels | {"le": "+Inf" if math.isinf(le) else f"{le:g}"}, count)

    def begin(self, drill: str, since: Instant, every: float, now: Instant) -> Embedded:
        """An engine with all samples until now: after a restart, the same as before it."""
        engine = Embedded()
        step = max(1000, round(every * 1000))
        start = since - 2 * self.window_ms if self.calm is not None else since
        for at in range(start, now, step):
            self.feed(engine, drill, since, at)
        return engine

    def feed(self, engine: Embedded, drill: str, since: Instant, at: Instant) -> None:
        engine.ingest(self.samples(drill, since, at), at, {})

    def value(self, engine: Embedded, at: Instant) -> float | None:
        """What the expression gives now, as the watch takes it. Raises QueryError."""
        values = [one.value for one in engine.instant(self.expression, at) if math.isfinite(one.value)]
        return max(values, default=None)


def breach_of(expression: str, bound: Bound) -> Breach:
    """Samples that break it. Raises CannotBreak, QueryError."""
    tree = parse(expression).expr
    sources = tuple(dict.fromkeys(_sources(tree)))
    if not sources:
        raise CannotBreak("its expression asks for no samples, so that none can break it")
    window = max((one.range_ms for one in walk(tree) if isinstance(one, Range | Subquery)), default=60_000)
    calm: tuple[float, ...] | None = None
    breaking = list[Breach]()
    for values in islice(product(*(one.values(bound.number) for one in sources)), MOST_TRIED):
        one = Breach(expression, sources, bound.number, values, None, window)
        given = _tried(one)
        if given is not None and bound.holds(given):
            breaking.append(one)
        elif given is not None:
            calm = calm or values
    if not breaking:
        said = f"no samples were found for which `{expression}` is {bound.text}"
        raise CannotBreak(
            said, hint="an expression that joins others, or asks for a bend in time, cannot be drilled"
        )
    if calm is None or window > CALM_FOR_MS:
        return breaking[0]
    against = (structs.replace(one, calm=calm) for one in breaking)
    return next((one for one in against if _shows(one, bound)), breaking[0])


def _shows(one: Breach, bound: Bound) -> bool:
    """Whether it shows at once, although there were calm samples before."""
    since, step = 10**12, max(1000, one.window_ms // 8)
    engine = one.begin("try", since, step / 1000, since + 1)
    for at in (since + step, since + 2 * step):
        one.feed(engine, "try", since, at)
    given = one.value(engine, since + 2 * step)
    return given is not None and bound.holds(given)


def _tried(one: Breach) -> float | None:
    """What the expression gives once its windows are full of these samples."""
    engine, since = Embedded(), 10**12
    end = since + 2 * one.window_ms
    for at in range(since, end + 1, max(1000, one.window_ms // 8)):
        one.feed(engine, "try", since, at)
    return one.value(engine, end)


def _sources(tree: Expr) -> Iterator[Source]:
    counted = {
        id(arg.selector)
        for node in walk(tree)
        if isinstance(node, Call) and node.function in _COUNTED
        for arg in node.args
        if isinstance(arg, Range)
    }
    for node in walk(tree):
        if isinstance(node, Selector):
            labels = _labels(node.matchers)
            name = dict(labels)["__name__"]
            kind = "counter" if id(node) in counted else "gauge"
            yield Source(labels, "buckets" if name.endswith("_bucket") else kind)


def _labels(matchers: Sequence[Matcher]) -> tuple[tuple[str, str], ...]:
    """Labels that fulfil all matchers."""
    by_name: dict[str, list[Matcher]] = {}
    for matcher in matchers:
        if matcher.name != "le":
            by_name.setdefault(matcher.name, []).append(matcher)
    found: dict[str, str] = {}
    for name, several in by_name.items():
        tests = [one.test() for one in several]
        value = next((one for one in _examples(several) if _fits(one, tests)), None)
        if value is None or (name == "__name__" and not value):
            raise CannotBreak(f"no value was found for the label {name} that its expression asks for")
        if value:
            found[name] = value
    if "__name__" not in found:
        raise CannotBreak("its expression asks for series without naming their metric")
    return tuple(sorted(found.items()))


def _fits(value: str, tests: Sequence[Callable[[str], bool]]) -> bool:
    return all(test(value) for test in tests)


def _examples(matchers: Sequence[Matcher]) -> Iterator[str]:
    """Texts that may fulfil them: what they name, alternatives of an expression, no label, some words."""
    for one in matchers:
        if one.op is Op.EQUAL:
            yield one.value
    for one in matchers:
        if one.op is Op.MATCHES:
            for part in one.value.strip("^$()").split("|"):
                plain = part.replace(".+", "drill").replace(".*", "").replace("\\.", "\0").replace(".", "0")
                yield plain.replace("\0", ".").replace("\\d", "0").strip("()")
    yield ""
    yield from _WORDS


__all__ = ["Breach", "CannotBreak", "QueryError", "breach_of"]
