"""Burn rates: how many times faster than it lasts an error budget is spent, over two windows at once.

By the SRE workbook (Google, 2018, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts"): a budget burns when 2 % of it goes
in an hour, 5 % in six hours (both page) or 10 % in three days (a ticket), and still does in a twelfth of that time. For
thirty days these are the factors 14.4, 6 and 1; a shorter or longer period has others, but never one below 1.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from ..guide.bindings import severity_of
from ..guide.bindings.unbound import UNSPECIFIED
from ..kernel.clock import Instant, after, seconds_between
from ..kernel.duration import spoken
from ..kernel.part import Said
from . import budgets, levels
from .budgets import Terms
from .facts import BudgetAlarmed, BudgetBurning, BudgetCalm, Speed
from .state import Burn, State

_H = 3600.0
WORKBOOK = ((_H, _H / 12, 0.02, True), (6 * _H, _H / 2, 0.05, True), (72 * _H, 6 * _H, 0.1, False))
"""Long window, short window, the share of the budget that goes in the long one, whether it pages."""

SAID: Mapping[Speed, str] = {"fast": "fast", "slow": "slowly"}

LOOK_AGAIN_SECONDS = 60.0


class Pace(Struct, frozen=True):
    """A speed from which on a budget burns: `factor` times as fast as it lasts, over both windows (seconds)."""

    long: float
    short: float
    factor: float
    pages: bool

    @property
    def speed(self) -> Speed:
        return "fast" if self.pages else "slow"


def paces(state: State, terms: Terms) -> tuple[Pace, ...]:
    """Those of the bindings, else of the workbook; what pages comes first."""
    bound = state.bindings.monitoring.burn_rates
    if bound is not None:
        found = [Pace(one.long, one.short, one.factor, one.pages) for one in bound]
    else:
        whole = terms.period.seconds
        found = [
            Pace(long, short, max(1.0, share * whole / long), pages)
            for long, short, share, pages in WORKBOOK
            if long < whole
        ]
    return tuple(sorted(found, key=lambda pace: (not pace.pages, pace.long)))


def rate(state: State, terms: Terms, seconds: float, at: Instant) -> float:
    """How many times faster than it lasts the budget was spent in the last so many seconds; 1 spends all of it."""
    allowed = 1 - terms.target
    if allowed <= 0:
        return 0.0
    return _bad(state, terms, seconds, at) / allowed


def _bad(state: State, terms: Terms, seconds: float, at: Instant) -> float:
    """The share of time down, or of requests that failed."""
    if terms.count == "time":
        watched = state.environments.get(terms.place)
        if watched is None:
            return 0.0
        return budgets.downtime(state, watched, terms, after(at, -seconds), at) / seconds
    counts = state.counts.get(terms.place)
    if counts is None:
        return 0.0
    # What is not counted yet is not held to be good: the window ends where counting does, unless that is long ago.
    end = counts.until if seconds_between(counts.until, at) < seconds else at
    total, failed = counts.by_minute(after(end, -seconds), end, without=terms.without_maintenance)
    # Of the time before counting began nothing bad is known: a first failure burns no three days' budget.
    covered = min(1.0, seconds_between(counts.since, end) / seconds)
    return covered * failed / total if total > 0 else 0.0


def decide(state: State, at: Instant) -> Iterator[Said]:
    """Each objective burns at one pace at most, the worst; what is over is said, and what leaves the guide."""
    held = dict[str, Terms]()
    for promise, terms in budgets.objectives(state):
        held[promise.id] = terms
        yield from _one(state, terms, at)
    for name, burn in state.burns.items():
        if name not in held:
            yield _calm(name, burn, "it is not weighed any more")


def wake(state: State, at: Instant) -> Instant | None:
    """While it is down, or a budget burns, time alone changes the rates."""
    if state.burns or any(watched.down for watched in state.environments.values()):
        return after(at, LOOK_AGAIN_SECONDS)
    return None


def _one(state: State, terms: Terms, at: Instant) -> Iterator[Said]:
    now = state.burns.get(terms.promise)
    pace = next((one for one in paces(state, terms) if _holds(state, terms, one, now, at)), None)
    if pace is None and now is not None:
        yield _calm(terms.promise, now, "it is spent no faster than it lasts")
    if pace is None or (now is not None and now.speed == pace.speed):
        return
    if now is not None:
        yield _calm(terms.promise, now, f"it burns {SAID[pace.speed]} now")
    yield from _burns(state, terms, pace, at)


def _holds(state: State, terms: Terms, pace: Pace, now: Burn | None, at: Instant) -> bool:
    """Over both windows. What burns at this pace does so until the short window is below half of it: no flapping."""
    begun = now is not None and now.long == pace.long
    needed = pace.factor / 2 if begun else pace.factor
    if rate(state, terms, pace.short, at) < needed:
        return False
    return rate(state, terms, pace.long, at) >= pace.factor


def _burns(state: State, terms: Terms, pace: Pace, at: Instant) -> Iterator[Said]:
    reason = _reason(state, terms, pace, at)
    held = _held(state, terms) if pace.pages else ""
    subject = f"promise:{terms.promise}"
    yield Said(
        BudgetBurning(
            promise=terms.promise,
            speed=pace.speed,
            long_seconds=pace.long,
            short_seconds=pace.short,
            factor=pace.factor,
            rate=round(rate(state, terms, pace.long, at), 3),
            reason=reason,
            held=held,
        ),
        subject,
    )
    if not held:
        bound = state.bindings.monitoring
        word = page(state, bound.page_severity) if pace.pages else levels.ticket(state, bound.ticket_severity)
        title = f"error budget burns {SAID[pace.speed]}: {terms.target * 100:.6g} % availability"
        yield Said(BudgetAlarmed(terms.promise, pace.speed, title, word, reason), subject)


def _held(state: State, terms: Terms) -> str:
    """Why nobody is paged for a fast burn: who is paged for its cause already knows."""
    if terms.count == "time":
        # Only downtime spends this budget, and each outage opens an incident of its own.
        return "the outage pages for itself"
    for alert, status in state.alerts.items():
        promise = state.promises.get(alert)
        signal = getattr(promise.values, "signal", "") if promise is not None else ""
        if status.phase == "firing" and signal == "error_rate":
            return "the alert on the error rate is firing"
    return ""


def _reason(state: State, terms: Terms, pace: Pace, at: Instant) -> str:
    speed = rate(state, terms, pace.long, at)
    left = lasts(state, terms, pace.long, at)
    what = "downtime" if terms.count == "time" else "failure"
    said = f"the {what} budget is spent {speed:.3g} times as fast as it lasts (over {spoken(pace.long)})"
    if left is None:
        return f"{said}, and is gone"
    return f"{said}: at this speed it is gone in {spoken(left)}"


def lasts(state: State, terms: Terms, seconds: float, at: Instant) -> float | None:
    """Seconds until the budget is gone at the speed of the last so many seconds; infinite while nothing is spent.

    None where it is gone already.
    """
    found = budgets.budget(state, terms, at)
    speed = rate(state, terms, seconds, at)
    if found.left <= 0 and found.spent > 0:
        return None
    if speed <= 0:
        return float("inf")
    return max(0.0, found.share_left) * seconds_between(found.start, found.end) / speed


def page(state: State, bound: str | None) -> str:
    """The word for what pages and is no outage: the bound one, else the mildest severity that pages."""
    if bound is not None:
        return bound
    words = state.bindings.paging.severities
    paging = [severity_of(word, state.severities, state.bindings) for word in words or ()]
    known = [one.severity for one in state.severities if (one.severity in paging if words else True)]
    found = known if words else known[:2]
    return found[-1] if found else UNSPECIFIED


def _calm(promise: str, burn: Burn, reason: str) -> Said:
    return Said(BudgetCalm(promise, burn.speed, reason), f"promise:{promise}")
