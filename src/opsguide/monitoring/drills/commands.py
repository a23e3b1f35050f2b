"""What can be wanted of drills: by people, by the edge that makes the breach, and because of incidents."""

from ...guide.proving import Stage
from ...kernel.part import Command


class StartDrill(Command, frozen=True):
    """Begin a drill of a promise. `by` is a person's id or name; the rest as in `drill.started`."""

    promise: str
    by: str
    shortened: bool = False
    tell: bool = True
    to: str = ""


class StopDrill(Command, frozen=True):
    """End a drill before its time."""

    drill: str
    by: str


class Breached(Command, frozen=True):
    """What the promise's own expression gives over the synthetic samples; None: nothing, for this reason."""

    drill: str
    value: float | None
    problem: str = ""


class FailedProbe(Command, frozen=True):
    """A synthetic probe of the environment went unanswered."""

    drill: str


class CannotBreach(Command, frozen=True):
    """No synthetic samples could be made that break the promise."""

    drill: str
    reason: str


class Passed(Command, frozen=True):
    """A drill has passed a stage: its incident was opened, a provider took its page, somebody acknowledged it."""

    drill: str
    stage: Stage
    said: str


class NobodyTold(Command, frozen=True):
    """The first step of the route has nobody behind it."""

    drill: str
    reason: str
