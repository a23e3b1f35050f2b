"""Checks of pages: what their loads measured, the medians, how long they count, the samples that they are. Pure.

The metrics are those of web.dev/articles/vitals; numbers are seconds, CLS has no unit.
"""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Literal, TypeAlias

from msgspec import Struct

from ...guide.bindings import LabBinding
from ...kernel.clock import Instant, after
from ...kernel.ports import Sample

RETRY_SECONDS = 300.0
"""A check that failed is made again so soon: what it says of the page is that nobody knows."""

LONG_TASK_SECONDS = 0.05
"""A task of the main thread that takes longer keeps visitors waiting (w3.org/TR/longtasks-1)."""

METRICS = ("lcp", "cls", "fcp", "ttfb", "tbt", "bytes", "requests", "errors")
NAMES = {
    "lcp": "lab_lcp_seconds",
    "cls": "lab_cls",
    "fcp": "lab_fcp_seconds",
    "ttfb": "lab_ttfb_seconds",
    "tbt": "lab_tbt_seconds",
    "bytes": "lab_transferred_bytes",
    "requests": "lab_requests",
    "errors": "lab_errors",
}
"""A metric of a load → the sample that its median is."""


class Load(Struct, frozen=True):
    """One load of a page. `bytes` came over the network, `tbt` is the blocking time; `said` are the page's errors, as
    many of the `errors` as were kept. A page that paints nothing has no `lcp`, no `fcp` and no `cls`.

    `quiet` False: it went on loading or working until nobody waited any more.
    """

    lcp: float | None
    cls: float | None
    fcp: float | None
    ttfb: float | None
    tbt: float
    bytes: int
    requests: int
    errors: int
    said: tuple[str, ...] = ()
    quiet: bool = True


class Check(Struct, frozen=True):
    """All loads of one check. `problem` says why it failed, "" where it did not; `page` and `form` are what was bound.

    `sandboxed` False: Chromium ran without its sandbox, since it ran as root.
    """

    at: Instant
    page: str
    form: str
    loads: tuple[Load, ...] = ()
    problem: str = ""
    browser: str = ""
    seconds: float = 0.0
    sandboxed: bool = True

    def median(self, metric: str) -> float | None:
        """Of all loads, each metric by itself; None where less than half of them have it."""
        found = [value for load in self.loads if (value := getattr(load, metric)) is not None]
        return float(median(found)) if found and 2 * len(found) > len(self.loads) else None

    def span(self, metric: str) -> tuple[float, float] | None:
        """The lowest and the highest of all loads."""
        found = [value for load in self.loads if (value := getattr(load, metric)) is not None]
        return (min(found), max(found)) if found else None

    @property
    def said(self) -> tuple[str, ...]:
        """What the page complained of, each once, in the order of the loads."""
        return tuple(dict.fromkeys(text for load in self.loads for text in load.said))


State: TypeAlias = Literal["measured", "failed", "old", "waiting"]


def state_of(check: Check | None, bound: LabBinding, now: Instant) -> State:
    """Whether the last check says something of now."""
    if check is None or not same_page(check, bound):
        return "waiting"
    if check.problem:
        return "failed"
    return "measured" if now < after(check.at, fresh_seconds(bound)) else "old"


def same_page(check: Check, bound: LabBinding) -> bool:
    """Whether the check is of what is bound now."""
    return (check.page, check.form) == (bound.page, bound.form)


def fresh_seconds(bound: LabBinding) -> float:
    """A check counts until the next but one is over: one that is late makes nothing unknown yet."""
    return 2 * bound.every + bound.runs * bound.timeout


def due(check: Check | None, bound: LabBinding, now: Instant) -> Instant:
    """When a page is to be checked next. One that was checked in the future is due: the clock was set back."""
    if check is None or not same_page(check, bound) or check.at > now:
        return now
    return after(check.at, min(bound.every, RETRY_SECONDS) if check.problem else bound.every)


def samples(check: Check | None, bound: LabBinding, now: Instant) -> Iterator[Sample]:
    """What is known now. Of a check that failed or is too old only that: its numbers end."""
    state = state_of(check, bound, now)
    if check is None or state == "waiting":
        return
    judges = {"judges": "true"} if bound.judges else {}
    yield Sample({"__name__": "lab_success", **judges}, float(state == "measured"))
    yield Sample({"__name__": "lab_check_timestamp_seconds", **judges}, check.at / 1000)
    for metric in METRICS if state == "measured" else ():
        value = check.median(metric)
        if value is not None:
            yield Sample({"__name__": NAMES[metric], **judges}, value)


def blocking(tasks: Iterable[Sequence[float]], fcp: float | None) -> float:
    """Total Blocking Time: of each long task after the first contentful paint, what it takes above 50 ms.

    `tasks` are start and duration in seconds. web.dev/articles/tbt ends it at Time to Interactive; this ends when the
    page has become quiet, which is the same where no long task comes after five quiet seconds.
    """
    start = fcp or 0.0
    within = (begins + lasts - max(begins, start) for begins, lasts in tasks)
    return sum(max(0.0, lasts - LONG_TASK_SECONDS) for lasts in within)
