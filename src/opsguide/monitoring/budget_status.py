"""Error budgets as the API and `opsguide budget --json` give them. A public contract (docs/reference/api.md)."""

from typing import Literal

from msgspec import Struct

from ..kernel.clock import Instant, rfc3339, rfc3339_or_none
from .budgets import Count, spent
from .periods import Period
from .spending import Account, Spend


class SpendStatus(Struct, frozen=True):
    """What the budget was spent on: an outage, or an hour with failed requests. `end` is null while it lasts.

    `cost` is in seconds or requests, `share` of the whole budget (0.25), `requests` all of the hour. `incidents` are
    those that were open meanwhile.
    """

    start: str
    end: str | None
    cost: float
    share: float
    requests: float | None
    incidents: tuple[str, ...] = ()


class PointStatus(Struct, frozen=True):
    """What was left of the budget at an instant, in seconds or requests; below 0 more is spent than there was."""

    at: str
    left: float


class BudgetStatus(Struct, frozen=True):
    """The error budget of one availability objective over a period, as far as it is over.

    `period` is `month` or another one of the calendar, or `30d` rolling; `count` says whether `allowed`, `spent` and
    `left` are seconds or requests. `known` is false where nothing was looked at or counted. `expected`: failures are
    allowed of as many requests as the period before had. `achieved` is the availability so far. `burn_rate` is how
    many times faster than it lasts the budget was spent in the last three days, and `gone_at` when it is gone at that
    speed: null if it lasts the period. `burning` says fast or slow while people are told of it, and `why`.
    """

    promise: str
    line: int
    text: str
    target: float
    period: str
    start: str
    end: str
    until: str
    count: Count
    known: bool
    allowed: float
    spent: float
    left: float
    share_left: float
    said: str
    expected: bool
    achieved: float | None
    watched_since: str | None
    burn_rate: float
    gone_at: str | None
    burning: Literal["fast", "slow"] | None
    why: str
    maintenance_seconds: float
    maintenance_counts: bool
    spends: tuple[SpendStatus, ...]
    spent_in: int
    course: tuple[PointStatus, ...]


Incidents = tuple[tuple[Instant, Instant | None, str], ...]
"""Opened, resolved (None: not yet), id."""


def budget_status(
    one: Account, burning: Literal["fast", "slow"] | None, why: str, incidents: Incidents
) -> BudgetStatus:
    found = one.budget
    return BudgetStatus(
        promise=one.promise.id,
        line=one.promise.span.line,
        text=one.promise.text,
        target=one.terms.target,
        period=one.period.name,
        start=rfc3339(found.start),
        end=rfc3339(found.end),
        until=rfc3339(one.until),
        count=found.count,
        known=found.known,
        allowed=round(found.allowed, 3),
        spent=round(found.spent, 3),
        left=round(found.left, 3),
        share_left=round(found.share_left, 6),
        said=spent(found) if found.known else "",
        expected=found.expected,
        achieved=None if one.achieved is None else round(one.achieved, 9),
        watched_since=rfc3339_or_none(one.watched_since),
        burn_rate=round(one.speed, 3),
        gone_at=rfc3339_or_none(one.gone_at),
        burning=burning,
        why=why,
        maintenance_seconds=one.maintenance,
        maintenance_counts=not one.terms.without_maintenance,
        spends=tuple(spend_status(spend, one.until, incidents) for spend in one.spends),
        spent_in=one.spent_in,
        course=tuple(PointStatus(rfc3339(at), round(left, 3)) for at, left in one.course),
    )


def spend_status(spend: Spend, until: Instant, incidents: Incidents) -> SpendStatus:
    return SpendStatus(
        start=rfc3339(spend.start),
        end=rfc3339_or_none(spend.end),
        cost=round(spend.cost, 3),
        share=round(spend.share, 6),
        requests=None if spend.total is None else round(spend.total, 3),
        incidents=meanwhile(spend, until, incidents),
    )


def meanwhile(spend: Spend, until: Instant, incidents: Incidents) -> tuple[str, ...]:
    """The incidents that were opened while it was spent, or open already."""
    end = until if spend.end is None else spend.end
    return tuple(
        name for opened, over, name in incidents if opened <= end and (over is None or over > spend.start)
    )


def named(period: Period, which: str) -> str:
    """The period in words: `this month`, `last month`, `the last 30 days`."""
    if which == "30d":
        return "the last 30 days"
    if period.rolling:
        days = f"{period.name.removesuffix('d')} days"
        return f"the last {days}" if which == "this" else f"the {days} before"
    if period.name == "day":
        return "today" if which == "this" else "yesterday"
    return f"{'this' if which == 'this' else 'last'} {period.name}"
