"""The telemetry's face on the web: its numbers, and a word in the top bar while samples cannot be kept."""

from collections.abc import Iterator

from opsguide.web.console import Console
from opsguide.web.metrics import Metric, gauge
from opsguide.web.pages import Pages, Panel

from .embedded import Embedded


def pages(engine: Embedded) -> Pages:
    """What the engine adds to the console."""

    def metrics(_console: Console) -> Iterator[Metric]:
        status = engine.status()
        yield gauge("opsguide_telemetry_series", "Series in memory.", status.series)
        yield gauge("opsguide_telemetry_samples", "Samples in memory.", status.samples)
        yield gauge("opsguide_telemetry_problems", "Reasons why samples are not kept.", len(status.problems))
        yield Metric(
            "opsguide_telemetry_refused_total",
            "Samples, or whole scrapes that came too late, that were refused, by reason.",
            tuple(({"reason": reason}, count) for reason, count in sorted(status.refused.items())),
            "counter",
        )

    def panels(_console: Console) -> Iterator[Panel]:
        if engine.problems:
            yield Panel("samples", "not kept: see the log")

    return Pages(name="telemetry", panels=panels, metrics=metrics)
