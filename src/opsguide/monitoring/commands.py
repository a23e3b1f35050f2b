"""What the edge reports to the chapter: observations, probes. Most change nothing; transitions become facts."""

from msgspec import Struct

from ..kernel.clock import Instant
from ..kernel.part import Command


class Observation(Struct, frozen=True):
    """The value of a promise's signal now; `value` None where there is none, and `problem` says why."""

    promise: str
    value: float | None
    problem: str = ""


class Observe(Command, frozen=True):
    """All observations of one evaluation; they share one instant. `every` is the cadence in seconds."""

    observations: tuple[Observation, ...]
    every: float


class Probed(Command, frozen=True):
    """One probe of an environment. `error` is empty when it is up; `tls_expires` where the URL is https."""

    environment: str
    up: bool
    latency_seconds: float
    error: str = ""
    tls_expires: Instant | None = None
