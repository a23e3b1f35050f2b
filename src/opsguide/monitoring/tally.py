"""Counts over time, added up so that any stretch costs the same to look at."""

from bisect import bisect_left, bisect_right

from msgspec import Struct, field

from ..kernel.clock import Instant

HOUR_MS = 3_600_000
FINE_MS = 3 * 86_400_000 + HOUR_MS
"""So far back what was counted is known by the minute: the longest window of a burn rate is three days."""

HOURS_MS = 400 * 86_400_000
"""And so far by the hour: a year, and the month in which it is looked back at."""


class Tally(Struct):
    """Buckets by their ends, ascending, with the sums of all until then."""

    ends: list[Instant] = field(default_factory=list)
    totals: list[float] = field(default_factory=list)
    failures: list[float] = field(default_factory=list)

    def add(self, end: Instant, total: float, failed: float) -> None:
        """More in the last bucket, or a new one. What ended before is left as it is."""
        if self.ends and end <= self.ends[-1]:
            self.totals[-1] += total
            self.failures[-1] += failed
            return
        before = (self.totals[-1], self.failures[-1]) if self.ends else (0.0, 0.0)
        self.ends.append(end)
        self.totals.append(before[0] + total)
        self.failures.append(before[1] + failed)

    def between(self, start: Instant, end: Instant) -> tuple[float, float]:
        """All and failed of the buckets that end after `start`, up to the one that holds `end`."""
        first, last = bisect_right(self.ends, start) - 1, min(bisect_left(self.ends, end), len(self.ends) - 1)
        if last <= first:
            return 0.0, 0.0
        less = (self.totals[first], self.failures[first]) if first >= 0 else (0.0, 0.0)
        return self.totals[last] - less[0], self.failures[last] - less[1]

    def forget(self, until: Instant) -> None:
        """Drop what is older, now and then; one bucket stays to count from."""
        gone = bisect_left(self.ends, until) - 1
        if gone > max(64, len(self.ends) // 4):
            del self.ends[:gone], self.totals[:gone], self.failures[:gone]


class Counts(Struct):
    """The requests of an environment: counted from `since` until `until`, by the minute lately, and by the hour.

    `fine_apart` and `hours_apart` are those of them that fell into a maintenance window.
    """

    since: Instant
    until: Instant
    fine: Tally = field(default_factory=Tally)
    hours: Tally = field(default_factory=Tally)
    fine_apart: Tally = field(default_factory=Tally)
    hours_apart: Tally = field(default_factory=Tally)

    def add(self, end: Instant, total: float, failed: float, *, apart: bool = False) -> None:
        self.until = end
        hour = -(-end // HOUR_MS) * HOUR_MS
        for fine, hours in ((self.fine, self.hours), (self.fine_apart, self.hours_apart))[
            : 2 if apart else 1
        ]:
            fine.add(end, total, failed)
            hours.add(hour, total, failed)
            fine.forget(end - FINE_MS)
            hours.forget(end - HOURS_MS)

    def by_minute(self, start: Instant, end: Instant, *, without: bool = False) -> tuple[float, float]:
        """All and failed of a stretch of the last three days; `without` those in maintenance windows."""
        return _less(self.fine.between(start, end), self.fine_apart, start, end, without)

    def by_hour(self, start: Instant, end: Instant, *, without: bool = False) -> tuple[float, float]:
        """The same of any stretch, to the hour."""
        return _less(self.hours.between(start, end), self.hours_apart, start, end, without)


def _less(
    found: tuple[float, float], apart: Tally, start: Instant, end: Instant, without: bool
) -> tuple[float, float]:
    if not without:
        return found
    total, failed = apart.between(start, end)
    return found[0] - total, found[1] - failed
