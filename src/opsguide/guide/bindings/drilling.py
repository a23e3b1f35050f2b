"""What the bindings say of drills: how often, and when."""

from msgspec import Struct
from msgspec.structs import asdict, replace


class DrillTimes(Struct, frozen=True, kw_only=True):
    """How often (seconds) and when one promise is drilled; what is None is as for all."""

    every: float | None = None
    days: tuple[str, ...] | None = None
    hours: str | None = None
    zone: str | None = None


class Drills(Struct, frozen=True, kw_only=True):
    """How often promises are proven by a drill (seconds), each of `promises` by its id, none of `skip`; and when one
    may start: on `days` in `hours` (HH:MM-HH:MM) of `zone`, not on `holidays`.
    """

    every: float
    days: tuple[str, ...] = ("MO", "TU", "WE", "TH", "FR")
    hours: str = "09:00-17:00"
    zone: str | None = None
    holidays: tuple[str, ...] = ()
    promises: dict[str, float | DrillTimes] = {}
    skip: tuple[str, ...] = ()

    def of(self, promise: str) -> "Drills":
        """The same with the times of one promise in place of those of all."""
        own = self.promises.get(promise)
        if own is None:
            return self
        times = DrillTimes(every=own) if isinstance(own, float) else own
        return replace(self, **{key: said for key, said in asdict(times).items() if said is not None})
