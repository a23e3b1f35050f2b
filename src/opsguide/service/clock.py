"""The wall clock of this machine."""

import time

from ..kernel.clock import Instant


class SystemClock:
    """Milliseconds since the epoch, UTC."""

    def now(self) -> Instant:
        return time.time_ns() // 1_000_000
