"""How long the next attempt waits after those that failed. Pure; who may lock out whom stands in the limits.

One who fails from one place waits longer and longer there. All places together are slowed down only a little for one
name, and not at all on a device that has signed in before: nobody can lock somebody else out for long.
"""

import hashlib
from typing import Literal, TypeAlias

from msgspec import Struct

from ..kernel.clock import Instant, after

FORGET_SECONDS = 6 * 3600.0
Kind: TypeAlias = Literal["pair", "device", "name", "address", "code"]


class Limit(Struct, frozen=True):
    """`free` attempts, then a wait of `first` seconds that doubles each time, up to `most`."""

    free: int
    first: float
    most: float

    def wait(self, failures: int) -> float:
        """Seconds to wait after that many failures in a row."""
        over = failures - self.free
        return 0.0 if over < 0 else min(self.most, self.first * 2 ** min(over, 30))


LIMITS: dict[Kind, Limit] = {
    "pair": Limit(5, 30, 900),
    "device": Limit(5, 30, 900),
    "name": Limit(50, 5, 60),
    "address": Limit(30, 10, 900),
    "code": Limit(5, 30, 900),
}


class Failures(Struct, frozen=True):
    """Failures in a row, the last of them, and until when nothing is tried."""

    count: int = 0
    last_at: Instant = 0
    until: Instant = 0

    def one_more(self, limit: Limit, now: Instant) -> "Failures":
        """After another failure now. What is long ago is forgotten."""
        count = 1 if after(self.last_at, FORGET_SECONDS) < now else self.count + 1
        wait = limit.wait(count)
        return Failures(count, now, after(now, wait) if wait else 0)


def key(kind: Kind, *of: str) -> bytes:
    """The digest under which failures are kept."""
    return hashlib.sha256("\0".join((kind, *of)).encode()).digest()
