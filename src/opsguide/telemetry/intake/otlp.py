"""OTLP metrics over HTTP, as OpenTelemetry's SDKs and collectors send them, into the series that Prometheus would make.

Names and labels: opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics (dots become underscores,
units and `_total` are appended). Delta sums and histograms are added up, since PromQL's rate() needs counters.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np
from google.protobuf import json_format  # type: ignore[import-untyped]
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.metrics.v1 import metrics_pb2 as pb

from opsguide.kernel.clock import Instant
from opsguide.telemetry import labels as label
from opsguide.telemetry.labels import NAME, Labels
from opsguide.telemetry.metadata import Catalogue, Metadata
from opsguide.telemetry.pushes import Pushes

from .received import LABEL_LIMIT, Received, Unreadable, within_limits

EXPONENTIAL = "exponential histogram"
UNORDERED = "delta out of order"
Row: TypeAlias = tuple[Labels, Instant, float, bool]
"""Labels, instant, value, whether the series ends."""

_UNITS = {
    **{"d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds"},
    **{"us": "microseconds", "ns": "nanoseconds", "By": "bytes", "KiBy": "kibibytes", "MiBy": "mebibytes"},
    **{"GiBy": "gibibytes", "KBy": "kilobytes", "MBy": "megabytes", "GBy": "gigabytes"},
    **{
        "m": "meters",
        "V": "volts",
        "A": "amperes",
        "J": "joules",
        "W": "watts",
        "g": "grams",
        "Cel": "celsius",
    },
    **{"Hz": "hertz", "%": "percent"},
}
_PER = {
    **{"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year"},
}
_NO_RECORDED_VALUE = 1
_DELTA = pb.AGGREGATION_TEMPORALITY_DELTA
_STREAMS = 200_000  # delta series whose sums are remembered


class Otlp:
    """Reads export requests into a store. `added` labels stand where a series lacks them."""

    def __init__(self, pushes: Pushes, catalogue: Catalogue, added: Labels = ()) -> None:
        self._pushes = pushes
        self._catalogue = catalogue
        self._added = added
        self._sums: dict[Labels, tuple[Instant, list[float]]] = {}

    def receive(self, body: bytes, *, as_json: bool) -> tuple[Received, bytes]:
        """Takes the points of a request; what became of them, and what is answered. Raises Unreadable."""
        request = ExportMetricsServiceRequest()
        try:
            if as_json:
                json_format.Parse(body, request, ignore_unknown_fields=True)
            else:
                request.ParseFromString(body)
        except (DecodeError, json_format.ParseError, UnicodeDecodeError):
            raise Unreadable("the request is no OTLP export of metrics") from None
        rows = [row for row in self._rows(request) if self._fits(row)]
        taken = 0
        if rows:
            labels, times, values, stale = zip(*rows, strict=True)
            numbers = self._pushes.numbers(labels)
            taken = self._pushes.push(
                numbers, np.array(times, np.int64), np.array(values, np.float64), np.array(stale, np.bool_)
            )
        received = Received(taken, self._pushes.refusals())
        return received, _response(received, as_json=as_json)

    def _fits(self, row: Row) -> bool:
        fits = within_limits(row[0])
        self._pushes.refuse(LABEL_LIMIT, not fits)
        return fits

    def _rows(self, request: Any) -> Iterator[Row]:
        for resource in request.resource_metrics:
            attributes = _attributes(resource.resource.attributes)
            base = _target(attributes, self._added)
            newest = 0
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for row in self._metric(metric, base):
                        newest = max(newest, row[1])
                        yield row
            if newest:
                yield _target_info(attributes, base, newest)

    def _metric(self, metric: Any, base: dict[str, str]) -> Iterator[Row]:
        kind = metric.WhichOneof("data")
        data = getattr(metric, kind) if kind else None
        if data is None:
            return
        if kind == "exponential_histogram":
            self._pushes.refuse(EXPONENTIAL, len(data.data_points))
            return
        counter = kind == "sum" and data.is_monotonic
        name = prometheus_name(metric.name, metric.unit, counter=counter, gauge=kind == "gauge")
        types = {"sum": "counter" if counter else "gauge", "histogram": "histogram", "summary": "summary"}
        self._catalogue.learn({name: Metadata(types.get(kind, "gauge"), metric.description, metric.unit)})
        delta = getattr(data, "aggregation_temporality", 0) == _DELTA
        for point in data.data_points:
            labels = {**base, **_attributes(point.attributes)}
            at = point.time_unix_nano // 1_000_000
            if point.flags & _NO_RECORDED_VALUE:
                yield from ((row, at, 0.0, True) for row in _parts(kind, name, labels, point))
                continue
            numbers = list(_numbers(kind, point))
            if delta:
                summed = self._summed(label.of({NAME: name, **labels}), at, numbers)
                if summed is None:
                    continue
                numbers = summed
            rows = zip(_parts(kind, name, labels, point), numbers, strict=True)
            yield from ((row, at, number, False) for row, number in rows)

    def _summed(self, series: Labels, at: Instant, numbers: list[float]) -> list[float] | None:
        """All deltas of a series so far, None for one that came before."""
        last, sums = self._sums.get(series, (0, []))
        if at <= last:
            self._pushes.refuse(UNORDERED, 1)
            return None
        if len(sums) != len(numbers):  # the first one, or other buckets
            sums = [0.0] * len(numbers)
        sums = [sum_ + number for sum_, number in zip(sums, numbers, strict=True)]
        if series not in self._sums and len(self._sums) >= _STREAMS:
            self._sums.pop(next(iter(self._sums)))
        self._sums[series] = (at, sums)
        return sums


def _numbers(kind: str, point: Any) -> Iterator[float]:
    """The numbers of a point, in the order of its parts."""
    if kind in ("sum", "gauge"):
        yield float(point.as_int if point.WhichOneof("value") == "as_int" else point.as_double)
    elif kind == "histogram":
        seen = 0
        for count in point.bucket_counts:
            seen += count
            yield float(seen)
        if not point.bucket_counts:
            yield float(point.count)
        yield float(point.count)
        if point.HasField("sum"):
            yield float(point.sum)
    else:
        yield from (float(found.value) for found in point.quantile_values)
        yield float(point.count)
        yield float(point.sum)


def _parts(kind: str, name: str, labels: dict[str, str], point: Any) -> Iterator[Labels]:
    """The series of a point."""
    if kind in ("sum", "gauge"):
        yield label.of({NAME: name, **labels})
        return
    if kind == "histogram":
        bounds = [_bound(bound) for bound in point.explicit_bounds] if point.bucket_counts else []
        for bound in (*bounds, "+Inf"):
            yield label.of({NAME: f"{name}_bucket", **labels, "le": bound})
    else:
        for found in point.quantile_values:
            yield label.of({NAME: name, **labels, "quantile": _bound(found.quantile)})
    yield label.of({NAME: f"{name}_count", **labels})
    if kind != "histogram" or point.HasField("sum"):
        yield label.of({NAME: f"{name}_sum", **labels})


def _bound(number: float) -> str:
    return f"{number:g}" if float(f"{number:g}") == number else repr(number)


def _attributes(found: Iterable[Any]) -> dict[str, str]:
    """Attributes as labels; those that become one name are joined."""
    labels: dict[str, str] = {}
    for attribute in found:
        name, value = label_name(attribute.key), _text(attribute.value)
        labels[name] = f"{labels[name]};{value}" if name in labels else value
    return labels


def _text(value: Any) -> str:
    kind = value.WhichOneof("value")
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind in ("string_value", "int_value"):
        return str(getattr(value, kind))
    if kind == "double_value":
        return _bound(value.double_value)
    return str(json_format.MessageToJson(value, indent=None)) if kind else ""


def _target(attributes: dict[str, str], added: Labels) -> dict[str, str]:
    """job, instance and environment of a resource."""
    name, space = attributes.get("service_name", ""), attributes.get("service_namespace", "")
    environment = attributes.get("deployment_environment_name") or attributes.get(
        "deployment_environment", ""
    )
    found = {
        "job": f"{space}/{name}" if space and name else name,
        "instance": attributes.get("service_instance_id", ""),
        "environment": environment,
    }
    return {**dict(added), **{name: value for name, value in found.items() if value}}


_IN_TARGET = frozenset({"service_name", "service_namespace", "service_instance_id"})


def _target_info(attributes: dict[str, str], base: dict[str, str], at: Instant) -> Row:
    """What else is known of the resource, as Prometheus' target_info."""
    rest = {name: value for name, value in attributes.items() if name not in _IN_TARGET}
    return label.of({**rest, **base, NAME: "target_info"}), at, 1.0, False


_NOT_IN_LABELS = re.compile(r"[^a-zA-Z0-9_]")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_:]+")


def label_name(attribute: str) -> str:
    name = _NOT_IN_LABELS.sub("_", attribute)
    return f"key_{name}" if name[:1].isdigit() else name


def prometheus_name(name: str, unit: str, *, counter: bool, gauge: bool) -> str:
    """`http.server.request.duration` in `s` is `http_server_request_duration_seconds`."""
    made = _NOT_IN_NAMES.sub("_", name).strip("_")
    main, _, per = unit.partition("/") if not unit.startswith("{") else ("", "", unit.partition("/")[2])
    suffixes = [_UNITS.get(main, "" if main.startswith("{") else _NOT_IN_NAMES.sub("_", main)), ""]
    if per and not per.startswith("{"):
        suffixes[1] = f"per_{_PER.get(per, _NOT_IN_NAMES.sub('_', per))}"
    if unit == "1":
        suffixes = ["ratio" if gauge else ""]
    stem = made.removesuffix("_total") if counter else made
    for suffix in suffixes:
        if suffix and f"_{suffix}_" not in f"_{stem}_":
            stem = f"{stem}_{suffix}"
    made = f"{stem}_total" if counter else stem
    return f"_{made}" if made[:1].isdigit() else made


def _response(received: Received, *, as_json: bool) -> bytes:
    """What was refused, as OTLP's partial success."""
    response = ExportMetricsServiceResponse()
    if received.refused:
        response.partial_success.rejected_data_points = sum(received.refused.values())
        response.partial_success.error_message = received.said
    if as_json:
        return str(json_format.MessageToJson(response, indent=None)).encode()
    return bytes(response.SerializeToString())
