"""The answers of Prometheus' HTTP API, as Grafana and promtool read them; no web framework here.

Reference: prometheus.io/docs/prometheus/latest/querying/api. What opsguide has no notion of (exemplars, remote targets)
answers empty, never wrong.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from opsguide import __version__
from opsguide.kernel.clock import Instant, from_datetime, parse_instant, to_datetime
from opsguide.kernel.errors import QueryError
from opsguide.kernel.matching import Matcher
from opsguide.kernel.promql import duration

from . import labels as label
from .embedded import Embedded
from .labels import Labels
from .query.evaluator import RangeResult, Result
from .query.fetching import TimedOut
from .query.parsing import parse
from .query.syntax import Selector
from .query.values import Matrix, decimal

Params: TypeAlias = Mapping[str, Sequence[str]]
"""Every parameter with all its values, from the address and from the form."""

MAX_SECONDS = 60.0
MAX_TIME: Instant = from_datetime(to_datetime(0).replace(year=9999))


class BadParameter(QueryError):
    """A parameter is missing or malformed."""


class Answer(Struct, frozen=True):
    """What is sent back: JSON with its HTTP status."""

    status: int
    body: bytes


def success(data: object, warnings: Sequence[str] = (), infos: Sequence[str] = ()) -> Answer:
    told: dict[str, object] = {"status": "success", "data": data}
    if warnings:
        told["warnings"] = warnings
    if infos:
        told["infos"] = infos
    return Answer(200, msgspec.json.encode(told))


def failure(error: QueryError) -> Answer:
    """400 for what cannot be read, 422 for what cannot be carried out."""
    unread = isinstance(error, BadParameter) or error.where.startswith("PromQL")
    kind, status = ("bad_data", 400) if unread else ("execution", 422)
    if isinstance(error, TimedOut):
        kind, status = "timeout", 503
    said = f"{error.where}: {error.what}" if error.where else error.what
    hint = f" ({error.hint})" if error.hint else ""
    return Answer(
        status, msgspec.json.encode({"status": "error", "errorType": kind, "error": f"{said}{hint}"})
    )


# Parameters --------------------------------------------------------------------------------------------------------


def one(params: Params, name: str) -> str:
    """The value of a parameter that must be there."""
    values = params.get(name, ())
    if not values or not values[0]:
        raise BadParameter(f'invalid parameter "{name}": it is missing')
    return values[0]


def instant_of(params: Params, name: str, otherwise: Instant | None = None) -> Instant:
    """Seconds since 1970, or RFC 3339."""
    if otherwise is not None and not any(params.get(name, ())):
        return otherwise
    text = one(params, name)
    try:
        seconds = float(text)
    except ValueError:
        try:
            return parse_instant(text)
        except ValueError:
            raise BadParameter(f'invalid parameter "{name}": cannot parse {text!r} to a time') from None
    if not math.isfinite(seconds) or abs(seconds) * 1000 > MAX_TIME:
        raise BadParameter(f'invalid parameter "{name}": {text} is no time')
    return round(seconds * 1000)


def seconds_of(params: Params) -> float:
    """How long the answer may take: `timeout`, at most a minute."""
    text = next(iter(params.get("timeout", ())), "")
    if not text:
        return MAX_SECONDS
    try:
        found = duration(text)
        return min(MAX_SECONDS, float(text) if found is None else found / 1000)
    except ValueError:
        raise BadParameter(f'invalid parameter "timeout": {text!r} is no duration') from None


def step_of(params: Params) -> int:
    """Seconds, or a duration; in milliseconds."""
    text = one(params, "step")
    try:
        milliseconds = duration(text)
        milliseconds = round(float(text) * 1000) if milliseconds is None else milliseconds
    except (ValueError, OverflowError):
        milliseconds = 0
    if milliseconds <= 0:
        raise BadParameter(f'invalid parameter "step": {text!r} is no duration above zero')
    return milliseconds


def limit_of(params: Params) -> int | None:
    """How many results at most; None for all."""
    text = next(iter(params.get("limit", ())), "") or "0"
    if not text.isdecimal():
        raise BadParameter(f'invalid parameter "limit": {text!r}')
    return int(text) or None


def selectors_of(params: Params, *, needed: bool) -> list[tuple[Matcher, ...]]:
    texts = params.get("match[]", ())
    if needed and not texts:
        raise BadParameter("no match[] parameter provided")
    found = []
    for text in texts:
        tree = parse(text).expr
        if not isinstance(tree, Selector):
            raise BadParameter(f'invalid parameter "match[]": {text!r} is no selector of series')
        found.append(tree.matchers)
    return found


# Values ------------------------------------------------------------------------------------------------------------


def number(value: float) -> str:
    """As Go's JSON of Prometheus writes it."""
    if value == 0 or not math.isfinite(value) or 1e-6 <= abs(value) < 1e21:
        return decimal(value)
    mantissa, _, exponent = f"{value!r}".partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent):+}"


def seconds(at: Instant) -> float | int:
    return at // 1000 if at % 1000 == 0 else at / 1000


def told_instant(result: Result, at: Instant, limit: int | None) -> Answer:
    match result.value:
        case float():
            data: Any = {"resultType": "scalar", "result": [seconds(at), number(result.value)]}
        case str():
            data = {"resultType": "string", "result": [seconds(at), label.sayable(result.value)]}
        case Matrix():
            lines = ((window.labels, window.times, window.values) for window in result.value.windows)
            data = _matrix(lines, limit)
        case _:
            vector = [
                {"metric": dict(element.labels), "value": [seconds(at), number(element.value)]}
                for element in result.value[:limit]
            ]
            data = {"resultType": "vector", "result": vector}
    return success(data, result.warnings, result.infos)


def told_range(result: RangeResult, limit: int | None) -> Answer:
    lines = ((line.labels, line.times, line.values) for line in result.lines)
    return success(_matrix(lines, limit), result.warnings, result.infos)


def _matrix(lines: Iterable[tuple[Labels, list[Instant], list[float]]], limit: int | None) -> dict[str, Any]:
    result = [
        {
            "metric": dict(labels),
            "values": [[seconds(at), number(value)] for at, value in zip(times, values, strict=True)],
        }
        for labels, times, values in lines
    ]
    return {"resultType": "matrix", "result": result[:limit]}


# Questions ---------------------------------------------------------------------------------------------------------


def series(engine: Embedded, params: Params, now: Instant) -> Answer:
    start, end = _span(params, now)
    found = engine.series(selectors_of(params, needed=True), start, end)
    return success([dict(labels) for labels in found[: limit_of(params)]])


def label_names(engine: Embedded, params: Params, now: Instant) -> Answer:
    found = engine.series(selectors_of(params, needed=False), *_span(params, now))
    names = sorted({name for labels in found for name, _ in labels})
    return success(names[: limit_of(params)])


def label_values(engine: Embedded, name: str, params: Params, now: Instant) -> Answer:
    name = unescaped(name)
    found = engine.series(selectors_of(params, needed=False), *_span(params, now))
    values = sorted({value for labels in found if (value := label.get(labels, name))})
    return success(values[: limit_of(params)])


def metadata(engine: Embedded, params: Params) -> Answer:
    """Type and help of the metrics that targets told of."""
    wanted = next(iter(params.get("metric", ())), "")
    limit = limit_of(params)
    told = {
        name: [{"type": found.type, "help": found.help, "unit": found.unit}]
        for name, found in sorted(engine.metadata().items())
        if not wanted or name == wanted
    }
    return success(dict(list(told.items())[:limit]))


def _span(params: Params, now: Instant) -> tuple[Instant, Instant]:
    return instant_of(params, "start", -MAX_TIME), instant_of(params, "end", now)


_ESCAPE = re.compile(r"_([0-9a-fA-F]{1,6})_|__")


def unescaped(name: str) -> str:
    """A label's name as it stands in an address: `U__http_2e_route` is `http.route`."""
    if not name.startswith("U__"):
        return name
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else "_", name[3:])


def build_information() -> Answer:
    """Grafana reads from the version what it may ask: what opsguide answers is that of Prometheus 3."""
    return success(
        {
            "version": "3.0.0",
            "revision": f"opsguide-{__version__}",
            "branch": "",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "",
        }
    )
