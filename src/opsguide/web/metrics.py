"""The service's own numbers in Prometheus' text format."""

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

CONTENT_TYPE = "text/plain; version=0.0.4"
"""Litestar adds the charset."""


class Metric(Struct, frozen=True):
    """One metric: `samples` are labels → value, as pairs, since labels are no keys."""

    name: str
    help: str
    samples: tuple[tuple[Mapping[str, str], float], ...]
    kind: Literal["gauge", "counter"] = "gauge"


def gauge(name: str, said: str, value: float) -> Metric:
    """A gauge without labels."""
    return Metric(name, said, (({}, value),))


def text(metrics: Iterable[Metric]) -> str:
    return "".join(_lines(metric) for metric in metrics)


def _lines(metric: Metric) -> str:
    said = metric.help.replace("\\", "\\\\").replace("\n", "\\n")
    head = f"# HELP {metric.name} {said}\n# TYPE {metric.name} {metric.kind}\n"
    return head + "".join(
        f"{metric.name}{_labels(labels)} {_number(value)}\n" for labels, value in metric.samples
    )


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
