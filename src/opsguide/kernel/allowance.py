"""How much may come: a bucket of tokens that fills evenly."""

from collections import OrderedDict


class Allowance:
    """So many a second in the long run, so many at once. Not thread-safe."""

    def __init__(self, a_second: float, at_once: float) -> None:
        self._rate, self._most = a_second, at_once
        self._left, self._at = at_once, 0.0

    def take(self, now: float) -> bool:
        """One, at `now` (seconds); False where there is none left. A clock that went back takes nothing away."""
        self._left = min(self._most, self._left + max(0.0, now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    @property
    def wait(self) -> float:
        """How many seconds after the last `take` there is one again."""
        return max(0.0, (1 - self._left) / self._rate)


class Allowances:
    """One for each of those who send, by name; the `known` latest of them are remembered. Not thread-safe."""

    def __init__(self, a_second: float, at_once: float, known: int = 10_000) -> None:
        self._rate, self._most, self._known = a_second, at_once, known
        self._of: OrderedDict[str, Allowance] = OrderedDict()

    def take(self, name: str, now: float) -> bool:
        """One of `name`'s, at `now`; False where there is none left."""
        if name not in self._of:
            self._of[name] = Allowance(self._rate, self._most)
        self._of.move_to_end(name)
        if len(self._of) > self._known:
            self._of.popitem(last=False)
        return self._of[name].take(now)
