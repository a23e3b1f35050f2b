"""Transitions of alerts and environments. Samples are no facts: telemetry keeps them."""

from typing import Literal, TypeAlias

from msgspec import field

from ..kernel.clock import Instant
from ..kernel.facts import Data, FactTypes

FACTS = FactTypes()

Speed: TypeAlias = Literal["fast", "slow"]
Silent: TypeAlias = Literal["no_data", "query_error", "stale", "undefined", "partial", "unbound"]


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
    """The condition held for its time. `severity` is the guide's word, null where it gives none.

    `labels` are what silences, groups and inhibitions go by: kind, alert, signal, environment.
    """

    alert: str
    title: str
    value: float
    severity: str | None
    reason: str
    labels: dict[str, str] = field(default_factory=dict)


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
    """`since` is the first failed look; null: the first `probe.failed` in a row."""

    environment: str
    failures: int
    reason: str
    promise: str | None = None
    since: Instant | None = None


@FACTS.register("environment.up")
class EnvironmentUp(Data, frozen=True):
    environment: str
    reason: str


@FACTS.register("signal.unmeasured")
class SignalUnmeasured(Data, frozen=True):
    """The signal of a promise has no value, or has none for another reason than before; `problem` says it in words.

    `why` is no_data (nothing answers), query_error (it cannot be asked), stale (its source is away), undefined, partial
    (a part of its source is away, and the rest breaks no limit) or unbound (no database is bound for a line about one).
    """

    promise: str
    why: Silent
    problem: str


@FACTS.register("signal.chosen")
class SignalChosen(Data, frozen=True):
    """The signal of a promise is measured by this instrumentation from here on: `source` is the metric by which it was
    recognised, `name` what it is called. While it is away nothing takes its place by itself.
    """

    promise: str
    source: str
    name: str


@FACTS.register("signal.let_go")
class SignalLetGo(Data, frozen=True):
    """A person let go of the instrumentation that measured a promise: what is there now is chosen anew."""

    promise: str
    source: str
    name: str
    by: str


@FACTS.register("signal.measured")
class SignalMeasured(Data, frozen=True):
    """The signal of a promise has a value again, or the guide does not measure it any more."""

    promise: str
    reason: str


@FACTS.register("signals.alarmed")
class SignalsAlarmed(Data, frozen=True):
    """Signals that fell silent together had no value for so long that somebody is told: those of `promises`, or of
    `rules` of rule files. `alarm` names the alarm, `severity` is a word for a severity of the guide, `environment`
    the one that they are measured in.
    """

    alarm: str
    why: Silent
    promises: tuple[str, ...]
    title: str
    severity: str
    reason: str
    environment: str = ""
    rules: tuple[str, ...] = ()


@FACTS.register("signals.recovered")
class SignalsRecovered(Data, frozen=True):
    """None of the signals of an alarm is without a value any more."""

    alarm: str
    reason: str


@FACTS.register("requests.counted")
class RequestsCounted(Data, frozen=True):
    """Requests of an environment between two instants, and how many of them failed: what a budget by requests is
    spent on. Rates of counters, added up, so that neither number need be whole.
    """

    environment: str
    start: Instant
    end: Instant
    total: float
    failed: float


@FACTS.register("budget.burning")
class BudgetBurning(Data, frozen=True):
    """An error budget is spent `rate` times as fast as it lasts over the last `long_seconds`, and at least `factor`
    times over the last `short_seconds`. Fast pages, slow makes a ticket; `held` says why nobody is told.
    """

    promise: str
    speed: Speed
    long_seconds: float
    short_seconds: float
    factor: float
    rate: float
    reason: str
    held: str = ""


@FACTS.register("budget.alarmed")
class BudgetAlarmed(Data, frozen=True):
    """Somebody is told that an error budget burns. `severity` is a word for a severity of the guide."""

    promise: str
    speed: Speed
    title: str
    severity: str
    reason: str


@FACTS.register("budget.calm")
class BudgetCalm(Data, frozen=True):
    """An error budget does not burn at this speed any more."""

    promise: str
    speed: Speed
    reason: str


@FACTS.register("uptime.maintenance_began")
class MaintenanceBegan(Data, frozen=True):
    """A maintenance window is open from here on, as the chapter that keeps it says (`window.open`)."""


@FACTS.register("uptime.maintenance_ended")
class MaintenanceEnded(Data, frozen=True):
    """No maintenance window is open any more."""
