"""Availability, folded from outages: an error budget by the calendar month, in UTC.

The guide's target leaves (1 - target) x month as budget. Where it names no window, the calendar month is taken and
the reason says so (see docs/words.md, error budget).
"""

from datetime import UTC, datetime

from msgspec import Struct

from ..kernel.clock import Instant, from_datetime, seconds_between, to_datetime
from ..kernel.duration import spoken
from ..kernel.standing import EvidenceRecorded, Verdict
from .state import Watched

FRESH_SECONDS = 600.0


class Budget(Struct, frozen=True):
    """Seconds of downtime allowed and spent in the month around an instant; `down` says it is being spent."""

    allowed: float
    spent: float
    down: bool


def month_of(at: Instant) -> tuple[Instant, Instant]:
    """The first instant of the month, and of the next one."""
    day = to_datetime(at)
    start = datetime(day.year, day.month, 1, tzinfo=UTC)
    end = datetime(day.year + day.month // 12, day.month % 12 + 1, 1, tzinfo=UTC)
    return from_datetime(start), from_datetime(end)


def budget(watched: Watched, target: float, at: Instant) -> Budget:
    """What an environment may still be down this month. `target` is a ratio, 0.999."""
    start, end = month_of(at)
    spent = sum(
        max(0.0, seconds_between(max(start, began), min(at, ended if ended is not None else at)))
        for began, ended in watched.outages
    )
    return Budget(allowed=(1 - target) * seconds_between(start, end), spent=spent, down=watched.down)


def evidence(promise: str, watched: Watched, target: float, at: Instant) -> EvidenceRecorded:
    """Kept while budget is left and the service is up; at risk while it is down; broken once it is spent."""
    now = budget(watched, target, at)
    left = now.allowed - now.spent
    if left < 0:
        verdict, reason = _verdict("broken", f"the month's {spoken(now.allowed)} of downtime are spent")
    elif now.down:
        verdict, reason = _verdict("at_risk", f"down: {spoken(left)} of this month's budget are left")
    else:
        verdict, reason = _verdict("kept", f"{spoken(left)} of this month's downtime budget are left")
    return EvidenceRecorded(
        promise=promise,
        verdict=verdict,
        reason=reason,
        fresh_seconds=FRESH_SECONDS,
        value=f"{spoken(now.spent)} down",
        limit=f"{spoken(now.allowed)} a month",
        number=now.spent,
    )


def _verdict(verdict: Verdict, reason: str) -> tuple[Verdict, str]:
    return verdict, reason
