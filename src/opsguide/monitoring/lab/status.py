"""Pages of the lab as the console and the API give them. These are a public contract (docs/reference/api.md)."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from ...guide.bindings import Bindings, LabBinding
from ...kernel.clock import Instant, rfc3339
from . import checks
from .checks import METRICS, Check
from .edge.laboratory import Laboratory

LabState: TypeAlias = Literal["measured", "failed", "old", "waiting", "running"]


class LabMetric(Struct, frozen=True):
    """The median of a metric over the loads of the last check, the lowest and the highest of them.

    Seconds of `lcp`, `fcp`, `ttfb` and `tbt`; bytes; counts of `requests` and `errors`; `cls` has no unit.
    """

    metric: str
    median: float
    lowest: float
    highest: float


class LabStatus(Struct, frozen=True):
    """A page of the lab. `state` is measured, failed, old (the last check counts no more), waiting (there was none), or
    running; `reason` says it in words. `metrics` are of the last check, none where it failed or counts no more.

    `sandboxed` false: Chromium ran as root, so without its sandbox. `quiet` false: the page went on loading or working.
    """

    name: str
    page: str
    form: str
    environment: str | None
    judges: bool
    runs: int
    every_seconds: float
    state: LabState
    reason: str
    checked_at: str | None
    due_at: str
    seconds: float | None
    browser: str
    sandboxed: bool
    quiet: bool
    metrics: tuple[LabMetric, ...]
    errors: tuple[str, ...]


def pages(bindings: Bindings, lab: Laboratory | None, now: Instant) -> tuple[LabStatus, ...]:
    """Every bound page, in the order of the bindings."""
    return tuple(_page(name, bound, lab, now) for name, bound in bindings.lab.items())


def _page(name: str, bound: LabBinding, lab: Laboratory | None, now: Instant) -> LabStatus:
    known = lab.checks.get(name) if lab is not None else None
    check = known if known is not None and checks.same_page(known, bound) else None
    state, reason = _state(name, check, bound, lab, now)
    measured = check is not None and checks.state_of(check, bound, now) == "measured"
    return LabStatus(
        name=name,
        page=bound.page,
        form=bound.form,
        environment=bound.environment,
        judges=bound.judges,
        runs=bound.runs,
        every_seconds=bound.every,
        state=state,
        reason=reason,
        checked_at=rfc3339(check.at) if check is not None else None,
        due_at=rfc3339(max(now, checks.due(check, bound, now))),
        seconds=check.seconds if check is not None else None,
        browser=check.browser if check is not None else "",
        sandboxed=check is None or check.sandboxed,
        quiet=check is None or all(load.quiet for load in check.loads),
        metrics=tuple(_metrics(check)) if check is not None and measured else (),
        errors=check.said if check is not None else (),
    )


def _state(
    name: str, check: Check | None, bound: LabBinding, lab: Laboratory | None, now: Instant
) -> tuple[LabState, str]:
    if lab is not None and lab.running == name:
        return "running", "it is being loaded"
    if lab is not None and name in lab.asked:
        return "running", "it is loaded next"
    state = checks.state_of(check, bound, now)
    match state:
        case "waiting":
            return state, "it was not loaded yet"
        case "failed":
            assert check is not None
            return state, check.problem
        case "old":
            return state, "the last check is too old to say how it is now"
    loads = f"the median of {bound.runs} loads" if bound.runs > 1 else "one load"
    return state, f"{loads}, caches cold"


def _metrics(check: Check) -> Iterator[LabMetric]:
    for metric in METRICS:
        middle, span = check.median(metric), check.span(metric)
        if middle is not None and span is not None:
            yield LabMetric(metric, round(middle, 6), round(span[0], 6), round(span[1], 6))
