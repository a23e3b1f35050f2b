"""When an error budget was spent, and on what: its course, its outages or hours with failures, and a projection."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ..guide.promise import Promise
from ..kernel.clock import Instant, after, seconds_between
from . import budgets, burning
from .budgets import Budget, Terms
from .periods import Period, overlap
from .state import State
from .tally import HOUR_MS

Which: TypeAlias = Literal["this", "last", "30d"]
"""The period that runs, the one before it, the last thirty days."""

MOST_SPENDS = 50
RECENT_SECONDS = 3 * 86_400.0
"""The speed of the last three days says how long the budget lasts."""


class Spend(Struct, frozen=True):
    """An outage, or an hour with failed requests: `cost` in seconds or requests, `share` of the whole budget.

    `end` is None while it lasts; `total` are all requests of the hour.
    """

    start: Instant
    end: Instant | None
    cost: float
    share: float
    total: float | None = None


class Account(Struct, frozen=True):
    """One objective over one period: `course` is what was left of the budget at instants, ascending.

    `spends` are the most expensive, newest first, of `spent_in` in all. `watched_since` is later than the period's
    start where nobody looked before. `gone_at` is when the budget is gone at the speed of the last three days: None if
    it lasts the period, or if the period is over. `other` is the same period counted the other way, where that is
    known, `maintenance` the seconds in which a window was open, `requests` all of them where they are what counts.
    """

    promise: Promise
    terms: Terms
    period: Period
    budget: Budget
    until: Instant
    course: tuple[tuple[Instant, float], ...]
    spends: tuple[Spend, ...]
    spent_in: int
    watched_since: Instant | None
    gone_at: Instant | None
    speed: float
    other: Budget | None
    maintenance: float
    requests: float

    @property
    def over(self) -> bool:
        """The period has ended."""
        return self.until >= self.budget.end and not self.period.rolling

    @property
    def achieved(self) -> float | None:
        """The share of time up, or of requests that succeeded, so far; None where nothing is known."""
        if not self.budget.known:
            return None
        if self.terms.count == "time":
            whole = seconds_between(max(self.budget.start, self.watched_since or 0), self.until)
            return 1 - self.budget.spent / whole if whole > 0 else None
        return 1 - self.budget.spent / self.requests if self.requests > 0 else None


def accounts(state: State, which: Which, at: Instant) -> tuple[Account, ...]:
    """Every availability objective that is bound, in the order of the guide."""
    return tuple(account(state, promise, terms, which, at) for promise, terms in budgets.objectives(state))


def account(state: State, promise: Promise, terms: Terms, which: Which, at: Instant) -> Account:
    period = Period("30d") if which == "30d" else terms.period
    span = period.around(at)
    if which == "last":
        span = period.before(span[0])
    weighed = replace(terms, period=period)
    found = budgets.of_period(state, weighed, span, at)
    until = min(at, span[1])
    spends = sorted(_spends(state, weighed, found, until), key=lambda one: -one.cost)
    since = _since(state, terms)
    runs = which == "this"
    return Account(
        promise=promise,
        terms=terms,
        period=period,
        budget=found,
        until=until,
        course=tuple(_course(state, weighed, found, until)),
        spends=tuple(sorted(spends[:MOST_SPENDS], key=lambda one: -one.start)),
        spent_in=len(spends),
        watched_since=since if since is not None and since > span[0] else None,
        gone_at=_gone(state, terms, found, at) if runs else None,
        speed=burning.rate(state, terms, RECENT_SECONDS, at) if runs else 0.0,
        other=_other(state, weighed, span, at),
        maintenance=_maintained(state, span[0], until),
        requests=_requests(state, weighed, span[0], until),
    )


def _since(state: State, terms: Terms) -> Instant | None:
    if terms.count == "requests":
        counts = state.counts.get(terms.place)
        return counts.since if counts is not None else None
    watched = state.environments.get(terms.place)
    return watched.since if watched is not None else None


def _gone(state: State, terms: Terms, found: Budget, at: Instant) -> Instant | None:
    left = burning.lasts(state, terms, RECENT_SECONDS, at)
    if left is None or left == float("inf"):
        return None
    gone = after(at, left)
    return gone if terms.period.rolling or gone < found.end else None


def _other(state: State, terms: Terms, span: tuple[Instant, Instant], at: Instant) -> Budget | None:
    count: budgets.Count = "time" if terms.count == "requests" else "requests"
    found = budgets.of_period(state, replace(terms, count=count), span, at)
    return found if found.known else None


def _maintained(state: State, start: Instant, end: Instant) -> float:
    """Seconds of open maintenance windows."""
    return sum(
        overlap(start, end, began, end if ended is None else ended) for began, ended in state.maintenance
    )


def _requests(state: State, terms: Terms, start: Instant, end: Instant) -> float:
    counts = state.counts.get(terms.place)
    if terms.count == "time" or counts is None:
        return 0.0
    return counts.by_hour(start, end, without=terms.without_maintenance)[0]


def _spends(state: State, terms: Terms, found: Budget, until: Instant) -> Iterator[Spend]:
    if terms.count == "requests":
        for start, end, total, failed in _hours(state, terms, found.start, until):
            if failed > 0:
                yield Spend(start, end, failed, _share(failed, found), total)
        return
    watched = state.environments.get(terms.place)
    open_since = watched.outages[-1][0] if watched is not None and watched.down else None
    for start, end in (
        budgets.outages(state, watched, terms, found.start, until) if watched is not None else ()
    ):
        cost = seconds_between(start, end)
        lasts = open_since is not None and end == until and start >= open_since
        yield Spend(start, None if lasts else end, cost, _share(cost, found))


def _share(cost: float, found: Budget) -> float:
    return cost / found.allowed if found.allowed > 0 else 0.0


def _hours(
    state: State, terms: Terms, start: Instant, until: Instant
) -> Iterator[tuple[Instant, Instant, float, float]]:
    """Start, end, all and failed of each hour in which requests were counted."""
    counts = state.counts.get(terms.place)
    for end in counts.hours.ends if counts is not None else ():
        if counts is not None and start < end and end - HOUR_MS < until:
            total, failed = counts.by_hour(end - HOUR_MS, end, without=terms.without_maintenance)
            yield end - HOUR_MS, end, total, failed


def _course(state: State, terms: Terms, found: Budget, until: Instant) -> Iterator[tuple[Instant, float]]:
    """What was left: level, and falling while it was spent."""
    if not found.known:
        return
    left = found.allowed
    yield found.start, left
    if terms.count == "requests":
        for _, end, _, failed in _hours(state, terms, found.start, until):
            left -= failed
            yield min(end, until), left
    else:
        watched = state.environments[terms.place]
        for start, end in budgets.outages(state, watched, terms, found.start, until):
            yield start, left
            left -= seconds_between(start, end)
            yield end, left
    yield until, left
