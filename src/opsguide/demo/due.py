"""When is the page due? What a fault will do to the shop's signals, held against the rules of the working guide.

The faults are known mechanisms, so how far a signal goes is arithmetic over `shop.faults` and `traffic.MIX`. Rules,
severities and who pages are asked of the chapters themselves, so that this says what the service will do.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from ..guide.bindings import Bindings, built_in
from ..guide.bindings.model import EnvironmentBinding
from ..guide.promise import Promise, Reading
from ..guide.values import Alert, Objective
from ..incidents import severity
from ..incidents.state import State as Incidents
from ..kernel.duration import spoken
from ..monitoring import alerts
from ..monitoring.amounts import Bound
from ..monitoring.scope import window
from .shop.faults import BETWEEN_LEAKS_SECONDS, LEAKED, Fault
from .shop.pool import SIZE
from .shop.stock import FREE_SECONDS, HELD_SECONDS
from .supervisor import DOWN
from .traffic import BUY, MIX, PICTURE

ENVIRONMENT = "production"
SHOWN = 3

_SIGNALS: dict[str, Fault] = {
    "error_rate": Fault.ERRORS,
    "response_time": Fault.SLOW,
    "query_time": Fault.SLOW,
    "pool_utilisation": Fault.CONNECTIONS,
    "active_connections": Fault.CONNECTIONS,
}
_FAILING = MIX[BUY] / 100
_SLOWED = (100 - MIX[PICTURE]) / 100
_ROUND = HELD_SECONDS + FREE_SECONDS


class Due(Struct, frozen=True):
    """One rule that the fault will break: in how many seconds, why, at which severity, and whether that pages."""

    seconds: float
    why: str
    severity: str
    pages: bool


def told(fault: str, reading: Reading, bindings: Bindings, now: datetime) -> list[str]:
    """What to say after breaking the shop: the next rules to fire, soonest first; those that page before others."""
    found = sorted(dues(fault, reading, bindings), key=lambda due: (not due.pages, due.seconds))
    if not found:
        return [f"no rule of this guide notices {fault}: there is no page to wait for"]
    paging = " and ".join(bindings.paging.severities or ("the two worst of the guide",))
    return [_line(due, paging, now) for due in found[:SHOWN]]


def _line(due: Due, paging: str, now: datetime) -> str:
    at = now + timedelta(seconds=due.seconds)
    when = f"due about {at:%H:%M:%S} (in {spoken(due.seconds)}): {due.why}"
    if due.pages:
        return f"page {when}"
    return f"incident {when}; {due.severity} goes to the inbox, only {paging} page"


def dues(fault: str, reading: Reading, bindings: Bindings) -> Iterator[Due]:
    """Every rule of the guide that this fault breaks."""
    environment = bindings.environments.get(ENVIRONMENT, EnvironmentBinding())
    judge = Incidents(keeper="incidents", bindings=bindings)
    judge.promises = {p.id: p for p in reading.promises if p.keeper == "incidents"}
    if fault in (DOWN, Fault.CERT):
        yield _down(environment, judge)
        return
    for promise in reading.promises:
        bound = alerts.rule_bound(promise) if alerts.is_rule(promise) else None
        if bound is None or _SIGNALS.get(_signal(promise)) != fault:
            continue
        wait = _wait(fault, promise, bound, environment.every)
        if wait is not None:
            # Seen by the scrape after it, and evaluated then: half a round and one more, on average.
            yield _fires(promise, bound, wait + 1.5 * environment.every, judge)


def _signal(promise: Promise) -> str:
    values = promise.values
    return built_in(values.signal) if isinstance(values, Alert | Objective) else ""


def _fires(promise: Promise, bound: Bound, wait: float, judge: Incidents) -> Due:
    held = alerts.for_seconds(promise)
    word = promise.values.severity if isinstance(promise.values, Alert) else None
    chosen = severity.choose(judge, word or severity.UNSPECIFIED, None)
    after = f" after {spoken(held)}" if held else ""
    beyond = f"{'above' if '>' in bound.op else 'below'} {bound.text.removeprefix(bound.op).strip()}"
    return Due(
        seconds=wait + held,
        why=f"{alerts.name(promise)} fires{after} {beyond}",
        severity=chosen.severity,
        pages=chosen.known and severity.pages(judge, judge.bindings, chosen.severity),
    )


def _down(environment: EnvironmentBinding, judge: Incidents) -> Due:
    chosen = severity.choose(judge, None, "system_down")
    every = spoken(environment.every)
    return Due(
        seconds=environment.failures * environment.every,
        why=f"{ENVIRONMENT} is down after {environment.failures} failed probes, one every {every}",
        severity=chosen.severity,
        pages=chosen.known and severity.pages(judge, judge.bindings, chosen.severity),
    )


def _wait(fault: str, promise: Promise, bound: Bound, every: float) -> float | None:
    """Seconds until the signal is beyond the bound; None where the fault never brings it there.

    A rate looks back over a window, which fills with what is bad as time goes by.
    """
    looks_back = float(window(every).removesuffix("s"))
    if fault == Fault.CONNECTIONS:
        return (
            LEAKED * BETWEEN_LEAKS_SECONDS if bound.unit == "ratio" and bound.number < LEAKED / SIZE else None
        )
    if fault == Fault.ERRORS:
        share = bound.number / _FAILING if bound.unit == "ratio" else 1.0
    else:
        share = _share_of_slow(promise, bound)
    return looks_back * share if share < 1 else None


def _share_of_slow(promise: Promise, bound: Bound) -> float:
    """How much of the window must be slow until the percentile is beyond the bound.

    Requests come evenly, so those that meet the lock wait evenly long, at most as long as it is held.
    """
    values = promise.values
    percentile = values.percentile if isinstance(values, Alert | Objective) else None
    asking = _SLOWED if _signal(promise) == "response_time" else 1.0
    beyond = asking * max(0.0, HELD_SECONDS - bound.number) / _ROUND
    needed = 1 - (percentile if percentile is not None else 95) / 100
    return needed / beyond if beyond > 0 and bound.unit == "seconds" else 1.0
