"""The state of drills: those that run, and a world beside the real one in which their breaches happen."""

from msgspec import Struct, field

from ...guide.proving import DrillStarted, Proofs, Stage
from ...kernel.clock import Instant
from ..state import State as Monitoring


class Drill(Struct):
    """A drill that runs. `passed` are its stages, in order; `detected_at` is when its alert fired."""

    started: DrillStarted
    at: Instant
    passed: dict[Stage, Instant] = field(default_factory=dict)
    said: dict[Stage, str] = field(default_factory=dict)
    detected_at: Instant | None = None


class Ended(Struct, frozen=True):
    """A drill that ended, for showing."""

    drill: Drill
    result: str
    reason: str
    at: Instant


class State(Struct):
    """`beside` holds the alerts and probes of drills, by the real rules, apart from the real ones; its promises and
    bindings are those in force. `tried` is when a drill of a promise was last started, `count` numbers them.
    """

    beside: Monitoring = field(default_factory=Monitoring)
    proofs: Proofs = field(default_factory=Proofs)
    running: dict[str, Drill] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    tried: dict[str, Instant] = field(default_factory=dict)
    count: int = 0

    def of(self, promise: str) -> Drill | None:
        """The drill of a promise that runs."""
        return next((one for one in self.running.values() if one.started.promise == promise), None)
