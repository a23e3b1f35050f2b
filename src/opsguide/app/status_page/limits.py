"""How often something was asked for lately, by name. In memory; what was asked for longest ago is forgotten first."""

from collections import OrderedDict
from collections.abc import Sequence

from msgspec import Struct

from ...kernel.clock import Instant, after

REMEMBERED = 10_000


class Limit(Struct, frozen=True):
    """At most so many within so many seconds."""

    most: int
    seconds: float


class Lately:
    """Counts by name: a network, an address, everybody."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, list[Instant]] = OrderedDict()

    def allows(self, now: Instant, wanted: Sequence[tuple[str, Limit]]) -> bool:
        """Whether each name is within each of its limits. Then it counts for all of them, else for none."""
        for name, limit in wanted:
            since = after(now, -limit.seconds)
            if sum(at > since for at in self._times.get(name, ())) >= limit.most:
                return False
        for name in dict.fromkeys(name for name, _ in wanted):
            longest = max(limit.seconds for other, limit in wanted if other == name)
            kept = [at for at in self._times.get(name, ()) if at > after(now, -longest)]
            self._times[name] = [*kept, now]
            self._times.move_to_end(name)
        while len(self._times) > REMEMBERED:
            self._times.popitem(last=False)
        return True
