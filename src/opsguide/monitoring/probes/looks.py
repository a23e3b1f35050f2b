"""One look at a probed thing, the run of looks from one region, and what that region says of it."""

from typing import Literal, TypeAlias

from msgspec import Struct

from ...guide.bindings import ProbeBinding
from ...kernel.clock import Instant, seconds_between

Vote: TypeAlias = Literal["up", "down", "stale", "new"]
"""What a region says: `new` before its first word, `stale` when it was not heard of for too long."""


class Look(Struct, frozen=True):
    """What came of one look, after its retries. `why` is a short plain sentence, "" when up.

    `unable`: the place that was to look lacks something, so nothing is said of what it was to look at.
    `seconds` is the latency, None where there was no answer to time; `phases` the parts of it. `detail` is what was
    seen, in a few words: a status, records.
    """

    up: bool
    why: str = ""
    seconds: float | None = None
    phases: dict[str, float] = {}
    tls_expires: Instant | None = None
    attempts: int = 1
    detail: str = ""
    unable: bool = False


class Seen(Struct):
    """A probe as one region sees it: the newest look, and how many failed in a row, since when."""

    since: Instant
    """When the region was first expected to say something."""
    at: Instant | None = None
    look: Look | None = None
    failures: int = 0
    failing_since: Instant | None = None
    was_up: bool = False
    failed_at: Instant | None = None
    failed_why: str = ""
    lacks: str = ""

    def took(self, look: Look, at: Instant) -> bool:
        """Take in a look. One that is older than what is known changes nothing; False says so."""
        if self.at is not None and at <= self.at:
            return False
        self.at, self.look = at, look
        self.lacks = look.why if look.unable else ""
        if look.unable:
            return True
        if look.up:
            self.failures, self.failing_since, self.was_up = 0, None, True
            return True
        if self.failures == 0:
            self.failing_since = at
        self.failures += 1
        self.failed_at, self.failed_why = at, look.why
        return True

    def vote(self, probe: ProbeBinding, now: Instant) -> Vote:
        if seconds_between(self.since if self.at is None else self.at, now) > patience(probe):
            return "stale"
        if self.lacks:
            return "stale"
        if self.failures >= probe.failures:
            return "down"
        # A few failed looks are no outage yet: until then it is what it was.
        return "up" if self.was_up else "new"


def patience(probe: ProbeBinding) -> float:
    """For how many seconds a look counts: three rounds, and the time that the last one may take."""
    return 3 * probe.every + (1 + probe.retries) * probe.timeout
