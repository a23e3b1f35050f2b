"""How much may come: a bucket of tokens that fills evenly."""


class Allowance:
    """So many a second in the long run, so many at once. Not thread-safe."""

    def __init__(self, a_second: float, at_once: float) -> None:
        self._rate, self._most = a_second, at_once
        self._left, self._at = at_once, 0.0

    def take(self, now: float) -> bool:
        """One, at `now` (seconds of a clock that never goes back); False where there is none left."""
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
