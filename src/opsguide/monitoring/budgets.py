"""Error budgets: what an availability target leaves in its period, and how much of it is spent.

The target leaves (1 - target) of the period as downtime, or of its requests as failures. The guide says the period and
whether planned maintenance counts; a binding may say what the guide leaves open, else the calendar month and time.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from ..guide.bindings import counted_as, is_availability, main_of, place_of
from ..guide.promise import Promise
from ..guide.values import Objective
from ..kernel.clock import Instant, seconds_between
from ..kernel.duration import spoken
from ..kernel.standing import EvidenceRecorded, Verdict
from .periods import USUAL, Period, known, overlap
from .state import State, Watched

FRESH_SECONDS = 600.0

Count: TypeAlias = Literal["time", "requests"]


class Terms(Struct, frozen=True):
    """How a target is weighed. `target` is a ratio, 0.999; `place` is the environment whose outages spend the budget,
    or under whose name, or whose part's, the requests are counted.
    """

    promise: str
    target: float
    period: Period
    count: Count
    without_maintenance: bool
    place: str


class Budget(Struct, frozen=True):
    """Of a period from `start` to `end`: `allowed` and `spent` in seconds or requests, shares of `total`.

    `known` is false where nothing was counted. `expected`: more requests are expected, and allow more failures.
    """

    start: Instant
    end: Instant
    allowed: float
    spent: float
    total: float
    count: Count = "time"
    known: bool = True
    expected: bool = False

    @property
    def left(self) -> float:
        return self.allowed - self.spent

    @property
    def share_left(self) -> float:
        """From 1 (nothing is spent) over 0 to below it (more than all is)."""
        return self.left / self.allowed if self.allowed > 0 else (0.0 if self.spent == 0 else -1.0)


def terms_of(state: State, promise: Promise) -> Terms | None:
    """The guide's words first, then the binding's; None for what is no availability target with a share."""
    values = promise.values
    if not is_availability(promise) or not isinstance(values, Objective):
        return None
    if not isinstance(values.ratio, int | float):
        return None
    bound = state.bindings.objectives.get(promise.id)
    said = values.window if known(values.window) else None
    window = said or (bound.window if bound is not None else None) or USUAL
    count: Count = "requests" if bound is not None and bound.count == "requests" else "time"
    main = main_of(state.bindings) or ""
    place = (counted_as if count == "requests" else place_of)(values, state.bindings, main)
    without = values.maintenance == "excluded"
    return Terms(promise.id, float(values.ratio), Period(window), count, without, place)


def objectives(state: State) -> Iterator[tuple[Promise, Terms]]:
    """Every availability target that is bound, in the order of the guide."""
    for promise in state.promises.values():
        terms = terms_of(state, promise) if promise.id not in state.missing else None
        if terms is not None:
            yield promise, terms


def budget(state: State, terms: Terms, at: Instant) -> Budget:
    """What is allowed and spent in the period around an instant."""
    return of_period(state, terms, terms.period.around(at), at)


def of_period(state: State, terms: Terms, period: tuple[Instant, Instant], at: Instant) -> Budget:
    """The same of any period, as far as it is over by `at`."""
    if terms.count == "requests":
        return _by_requests(state, terms, period, at)
    return _by_time(state, terms, period, at)


def _by_time(state: State, terms: Terms, period: tuple[Instant, Instant], at: Instant) -> Budget:
    start, end = period
    whole = seconds_between(start, end)
    watched = state.environments.get(terms.place)
    known = watched is not None and watched.since <= end
    spent = downtime(state, watched, terms, start, min(at, end)) if watched is not None else 0.0
    return Budget(start, end, round((1 - terms.target) * whole, 3), spent, whole, known=known)


def _by_requests(state: State, terms: Terms, period: tuple[Instant, Instant], at: Instant) -> Budget:
    """Failures are allowed of the requests of the whole period: those so far, or as many as in the period before.

    Otherwise the first failure of a month, among few requests so far, would break it.
    """
    start, end = period
    counts = state.counts.get(terms.place)
    if counts is None:
        return Budget(start, end, 0.0, 0.0, 0.0, "requests", known=False)
    without = terms.without_maintenance
    total, failed = counts.by_hour(start, min(at, end), without=without)
    usual = counts.by_hour(*terms.period.before(start), without=without)[0] if at < end else 0.0
    whole = max(total, usual)
    allowed = round((1 - terms.target) * whole, 3)
    return Budget(start, end, allowed, failed, whole, "requests", known=total > 0, expected=usual > total)


def outages(
    state: State, watched: Watched, terms: Terms, start: Instant, end: Instant
) -> Iterator[tuple[Instant, Instant]]:
    """The parts of outages inside a stretch of time that count: without maintenance where the guide excludes it."""
    for began, ended in watched.outages:
        first, last = max(start, began), min(end, ended if ended is not None else end)
        if terms.without_maintenance:
            yield from _without(first, last, state.maintenance)
        elif first < last:
            yield first, last


def _without(
    start: Instant, end: Instant, windows: list[tuple[Instant, Instant | None]]
) -> Iterator[tuple[Instant, Instant]]:
    """What is left of a stretch of time outside of the windows, which do not overlap and ascend."""
    for began, ended in windows:
        if began < end and (ended is None or ended > start):
            if start < began:
                yield start, began
            start = end if ended is None else max(start, ended)
    if start < end:
        yield start, end


def downtime(state: State, watched: Watched, terms: Terms, start: Instant, end: Instant) -> float:
    """Seconds down that count."""
    return sum(overlap(start, end, *one) for one in outages(state, watched, terms, start, end))


def evidence(state: State, terms: Terms, at: Instant) -> EvidenceRecorded:
    """Kept while budget is left and the service is up; at risk while it is down or the budget burns; broken once it
    is spent."""
    found = budget(state, terms, at)
    watched = state.environments.get(terms.place)
    verdict, reason = _verdict(found, terms, down=watched is not None and watched.down)
    burn = state.burns.get(terms.promise)
    if burn is not None and verdict in ("kept", "at_risk"):
        verdict, reason = "at_risk", burn.reason
    return EvidenceRecorded(
        promise=terms.promise,
        verdict=verdict,
        reason=reason + (f"; {EXCLUDED}" if terms.without_maintenance else ""),
        fresh_seconds=FRESH_SECONDS,
        value=f"{spent(found)}" if found.known else "",
        limit=f"{amount(found.allowed, found.count)} {terms.period.each}" if found.known else "",
        number=found.spent if found.known else None,
    )


EXCLUDED = "maintenance does not count"


def _verdict(found: Budget, terms: Terms, *, down: bool) -> tuple[Verdict, str]:
    this, left = terms.period.this, amount(max(0.0, found.left), found.count)
    what = "downtime" if found.count == "time" else "failures"
    if not found.known:
        looked = "nothing was probed" if found.count == "time" else "no requests were counted"
        return "unproven", f"{looked} {this}"
    if found.left < 0:
        return "broken", f"{amount(found.allowed, found.count)} of {what} were allowed {this}: {spent(found)}"
    if down:
        return "at_risk", f"down: {left} of the {what} budget of {this} are left"
    return "kept", f"{left} of the {what} budget of {this} are left"


def amount(number: float, count: Count) -> str:
    """`43 m 12 s`, or `1,296 requests`."""
    return spoken(number) if count == "time" else f"{number:,.0f} requests"


def spent(found: Budget) -> str:
    """`12 m down`, `230 requests failed`."""
    return f"{amount(found.spent, found.count)} {'down' if found.count == 'time' else 'failed'}"
