"""What the metrics of the lab are called, and how their values read."""

from collections.abc import Mapping

from ..amounts import Unit, written

COLUMNS = {
    "lcp": ("LCP", "Largest Contentful Paint: when the largest thing of the page was painted"),
    "cls": ("CLS", "Cumulative Layout Shift: how much the page moved while it loaded"),
    "tbt": ("TBT", "Total Blocking Time: how long the page could answer nobody; what INP would be felt as"),
    "fcp": ("FCP", "First Contentful Paint: when anything was painted"),
    "ttfb": ("TTFB", "Time to First Byte: when the server began to answer"),
    "bytes": ("Size", "What came over the network"),
    "requests": ("Requests", "Requests of the page and all that it loads"),
    "errors": ("Errors", "Errors in the browser's console: exceptions, failed requests"),
}


UNITS: Mapping[str, Unit] = {"cls": "count", "bytes": "bytes", "requests": "count", "errors": "count"}
"""Of those that are no seconds."""


def say(metric: str, value: float) -> str:
    """A metric as people read it: `1.24 s`, `0.07`, `1.3 MB`."""
    return written(value, UNITS.get(metric, "seconds"))
