"""What the edge reports to the chapter: observations, probes. Most change nothing; transitions become facts."""

from typing import Literal, TypeAlias

from msgspec import Struct

from ..kernel.clock import Instant
from ..kernel.part import Command

Unmeasured: TypeAlias = Literal["no_data", "query_error", "stale", "undefined", "partial", "no_traffic"]
"""Why a signal has no value: nothing was measured, it cannot be asked, its source is away, nobody defined it, a part of
its source is away, or its source answers and there is too little traffic to judge."""


class Observation(Struct, frozen=True):
    """The value of a promise's signal now; `value` None where there is none, `why` and `problem` say the reason.

    Of a `partial` answer there is a value: it can prove what is wrong, never that all is well. `by` says who measured,
    where it is not what the guide means; `source` and `name` are the instrumentation that was chosen, where one was.
    """

    promise: str
    value: float | None
    problem: str = ""
    why: Unmeasured = "no_data"
    by: str = ""
    source: str = ""
    name: str = ""


class LetGo(Command, frozen=True):
    """A person lets go of the instrumentation that these promises were measured by."""

    promises: tuple[str, ...]
    by: str = ""


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


class Counted(Command, frozen=True):
    """Requests of an environment from `start` to `end`, and how many of them failed."""

    environment: str
    start: Instant
    end: Instant
    total: float
    failed: float
