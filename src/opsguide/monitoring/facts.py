"""Transitions of alerts and environments. Samples are no facts: telemetry keeps them."""

from ..kernel.facts import Data, FactTypes

FACTS = FactTypes()


@FACTS.register("alert.pending")
class AlertPending(Data, frozen=True):
    """The condition holds; it fires if it still does after `for_seconds`. `alert` is the promise's id."""

    alert: str
    value: float
    for_seconds: float
    reason: str


@FACTS.register("alert.cleared")
class AlertCleared(Data, frozen=True):
    """The condition ended before the alert fired."""

    alert: str
    value: float
    reason: str


@FACTS.register("alert.firing")
class AlertFiring(Data, frozen=True):
    """The condition held for its time. `severity` is the guide's word, null where it gives none."""

    alert: str
    title: str
    value: float
    severity: str | None
    reason: str


@FACTS.register("alert.resolved")
class AlertResolved(Data, frozen=True):
    """The condition of a firing alert ended, or the guide no longer has the rule."""

    alert: str
    reason: str


@FACTS.register("probe.failed")
class ProbeFailed(Data, frozen=True):
    """A probe failed; `failures` counts them in a row, `needed` is how many mean that the environment is down."""

    environment: str
    failures: int
    needed: int
    error: str


@FACTS.register("probe.recovered")
class ProbeRecovered(Data, frozen=True):
    """A probe answered again before the environment counted as down."""

    environment: str
    failures: int


@FACTS.register("environment.watched")
class EnvironmentWatched(Data, frozen=True):
    """The first probe since the environment was bound: from here on its uptime is known."""

    environment: str


@FACTS.register("environment.down")
class EnvironmentDown(Data, frozen=True):
    environment: str
    failures: int
    reason: str
    promise: str | None = None


@FACTS.register("environment.up")
class EnvironmentUp(Data, frozen=True):
    environment: str
    reason: str
