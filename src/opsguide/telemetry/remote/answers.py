"""What a remote engine answers, read strictly: prometheus.io/docs/prometheus/latest/querying/api.

An answer that is not exactly such a one is none: a number that was guessed would be worse than no number.
"""

import re
from typing import Any, Literal, NoReturn, TypeVar

import msgspec
from msgspec import Struct

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import EngineAway, QueryError
from opsguide.kernel.ports import Matrix, Sample, Series, Vector

from .place import Reply

OLD_MS = 5 * 60_000
"""An answer for another time than was asked for: a cache gave it."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|Inf|NaN)")
_PLACE = re.compile(r"\b(\d+):(\d+): (parse error: .+)")
_SAID = 300
_PART = "a part of its storage did not answer"

T = TypeVar("T")


class _Envelope(Struct, rename="camel"):
    status: Literal["success", "error"]
    data: msgspec.Raw = msgspec.Raw(b"null")
    error_type: str = ""
    error: str = ""
    warnings: list[str] | None = None
    is_partial: bool = False


class _Result(Struct, rename="camel"):
    result_type: Literal["vector", "scalar", "matrix", "string"]
    result: msgspec.Raw


class _Element(Struct):
    metric: dict[str, str]
    value: tuple[float, str] | None = None
    histogram: Any = None


class _Line(Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]] = []
    histograms: Any = None


def vector(reply: Reply, at: Instant) -> Vector:
    """Of `/api/v1/query` at an instant. Raises QueryError, EngineAway."""
    envelope = _opened(reply)
    result = _decoded(envelope.data, _Result)
    if result.result_type == "scalar":
        found = [_Element({}, _decoded(result.result, tuple[float, str]))]
    elif result.result_type == "vector":
        found = _decoded(result.result, list[_Element])
    else:
        kind = "a range of samples" if result.result_type == "matrix" else "a text"
        raise QueryError(
            f"the expression gives {kind}", where="PromQL 1:1", hint="a vector or number is needed"
        )
    return Vector(tuple(_sample(one, at) for one in found), _warnings(envelope))


def _sample(one: _Element, at: Instant) -> Sample:
    if one.value is None:
        _refuse_histograms()
    when, value = one.value
    if abs(when * 1000 - at) > OLD_MS:
        hint = "a cache in front of it may give old answers: bind the engine itself"
        raise EngineAway("the engine answered for another time than was asked for", hint=hint)
    return Sample(one.metric, _number(value))


def matrix(reply: Reply) -> Matrix:
    """Of `/api/v1/query_range`. Raises QueryError, EngineAway."""
    envelope = _opened(reply)
    result = _decoded(envelope.data, _Result)
    if result.result_type != "matrix":
        raise _strange()
    lines = _decoded(result.result, list[_Line])
    if any(line.histograms is not None for line in lines):
        _refuse_histograms()
    series = (
        Series(
            line.metric,
            [round(when * 1000) for when, _ in line.values],
            [_number(value) for _, value in line.values],
        )
        for line in lines
    )
    return Matrix(tuple(series), _warnings(envelope))


def names(reply: Reply) -> tuple[frozenset[str], tuple[str, ...]]:
    """Of `/api/v1/label/__name__/values`, with the engine's warnings. Raises QueryError, EngineAway."""
    envelope = _opened(reply)
    return frozenset(_decoded(envelope.data, list[str])), _warnings(envelope)


def _opened(reply: Reply) -> _Envelope:
    """The envelope of a good answer; the error that a bad one means otherwise."""
    try:
        envelope = msgspec.json.decode(reply.body, type=_Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError):
        envelope = None
    if reply.status == 200 and envelope is not None and envelope.status == "success":
        return envelope
    said = clean(envelope.error) if envelope is not None else ""
    if envelope is not None and envelope.status == "error" and reply.status in (200, 400, 422):
        raise _refused(said)
    if envelope is not None and envelope.error_type in ("timeout", "canceled"):
        raise QueryError(
            said or "the query takes too long", hint="ask for less: a shorter range, fewer series"
        )
    if reply.status == 200:
        raise _strange()
    raise away(reply, said)


def _refused(said: str) -> QueryError:
    """What an engine says of an expression; with its place, where it tells one."""
    found = _PLACE.search(said)
    if found is None:
        return QueryError(said or "the engine refuses the expression")
    return QueryError(found[3], where=f"PromQL {found[1]}:{found[2]}")


def away(reply: Reply, said: str = "") -> EngineAway:
    """What a status that is no answer means to those who bound the engine."""
    status = reply.status
    if status in (401, 407):
        return EngineAway(
            f"the engine refuses to answer us ({status}): it wants to know who asks", hint=_SIGN_IN
        )
    if status == 403:
        return EngineAway("the engine refuses to answer us (403): we may not read there", hint=_SIGN_IN)
    if status in (404, 405):
        hint = "telemetry.url is what stands before /api/v1 in its address, such as https://mimir.example/prometheus"
        return EngineAway(f"there is no Prometheus API at its address ({status})", hint=hint)
    if status == 429:
        return EngineAway("the engine has too many questions (429)", hint="ask less often: telemetry.every")
    if 300 <= status < 400:
        hint = "bind the address to which it sends us; with secrets nobody is followed"
        return EngineAway(f"the engine sends us elsewhere ({status})", hint=hint)
    return EngineAway(f"the engine answers {status}" + (f": {said}" if said else ""))


_SIGN_IN = (
    "telemetry.token, telemetry.user with a password, telemetry.tenant or telemetry.headers say who asks"
)


def _decoded(data: msgspec.Raw, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _strange() from None


def _strange() -> EngineAway:
    hint = "is telemetry.url the address of a Prometheus-compatible engine?"
    return EngineAway("what came back is no answer of a Prometheus", hint=hint)


def _number(text: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise _strange()
    return float(text)


def _refuse_histograms() -> NoReturn:
    hint = "histogram_quantile, histogram_count and histogram_sum make numbers of them"
    raise QueryError("native histograms are not supported", hint=hint)


def _warnings(envelope: _Envelope) -> tuple[str, ...]:
    """What it says itself, and what VictoriaMetrics' cluster has a mark for instead."""
    said = [clean(one) for one in envelope.warnings or ()]
    return tuple(dict.fromkeys([*said, *([_PART] if envelope.is_partial else [])]))


def clean(text: str) -> str:
    """A text of others, for one line."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_SAID]
