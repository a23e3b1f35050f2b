"""Protobuf messages of remote_write 1.0, as far as they are read and written; histograms only to be counted."""

from collections.abc import Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # type: ignore[import-untyped]

METRIC_TYPES = ("unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset")
"""By their numbers in MetricMetadata."""

STALE_BITS = 0x7FF0000000000002
"""The NaN that says that a series has ended."""

_FIELD = descriptor_pb2.FieldDescriptorProto
_Fields = Sequence[tuple[str, int, int, bool, str]]


def _message_classes(package: str, messages: dict[str, _Fields]) -> dict[str, Any]:
    """Classes for messages of (name, number, type, repeated, message) fields."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field, number, kind, repeated, of in fields:
            added = message.field.add(name=field, number=number, type=kind)
            added.label = _FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL
            if of:
                added.type_name = f".{package}.{of}"
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}"))
        for name in messages
    }


_CLASSES = _message_classes(
    "opsguide_prompb",
    {
        "Request": [
            ("timeseries", 1, _FIELD.TYPE_BYTES, True, ""),
            ("metadata", 3, _FIELD.TYPE_MESSAGE, True, "Metadata"),
        ],
        "Metadata": [
            ("type", 1, _FIELD.TYPE_INT32, False, ""),
            ("metric_family_name", 2, _FIELD.TYPE_STRING, False, ""),
            ("help", 4, _FIELD.TYPE_STRING, False, ""),
            ("unit", 5, _FIELD.TYPE_STRING, False, ""),
        ],
        "Label": [("name", 1, _FIELD.TYPE_STRING, False, ""), ("value", 2, _FIELD.TYPE_STRING, False, "")],
        "Sample": [
            ("value", 1, _FIELD.TYPE_DOUBLE, False, ""),
            ("timestamp", 2, _FIELD.TYPE_INT64, False, ""),
        ],
        "Series": [
            ("labels", 1, _FIELD.TYPE_MESSAGE, True, "Label"),
            ("samples", 2, _FIELD.TYPE_MESSAGE, True, "Sample"),
            ("histograms", 4, _FIELD.TYPE_BYTES, True, ""),
        ],
    },
)
Request, Series = _CLASSES["Request"], _CLASSES["Series"]
