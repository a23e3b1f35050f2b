"""The state of the chapter: how each alert and environment is, and when environments were down."""

from typing import Literal, TypeAlias

from msgspec import Struct, field

from ..guide.keeping import Keeping
from ..guide.values import Severity
from ..kernel.clock import Instant
from ..kernel.promise import Keeper
from .facts import Silent, Speed
from .probes.state import Probes
from .rulefiles.state import RuleFailure, RuleStatus
from .tally import Counts

Phase: TypeAlias = Literal["pending", "firing"]


class AlertStatus(Struct):
    """An alert that is not inactive. `since` is when it took this phase."""

    phase: Phase
    since: Instant


class Silence(Struct):
    """A signal without a value: `since` when, and why since the last change of the reason."""

    why: Silent
    problem: str
    since: Instant


class Chosen(Struct, frozen=True):
    """The instrumentation that measures a promise: its metric, and what it is called."""

    source: str
    name: str


class Watched(Struct):
    """An environment since it was first probed; `outages` are (start, end), the open one has no end.

    `failing_since` is the first of the failed probes in a row; an outage counts from there.
    """

    since: Instant
    failures: int = 0
    failing_since: Instant | None = None
    down: bool = False
    outages: list[tuple[Instant, Instant | None]] = field(default_factory=list)


class Burn(Struct):
    """An error budget that burns, over the last `long` seconds; `rate` is how many times faster than it lasts."""

    speed: Speed
    long: float
    rate: float
    reason: str
    since: Instant


class State(Keeping, kw_only=True):
    """Alerts and `silent` signals go by promise id, environments by their name in the bindings, `alarms` by a
    name of their own: the promises whose signals are silent, or the rules of rule files that are `failing`.
    `severities` are the guide's, worst first. `counts` are requests by environment, `burns` go by promise id,
    `maintenance` are the windows that were open. `chosen` go by promise id.
    """

    keeper: Keeper = "monitoring"
    alerts: dict[str, AlertStatus] = field(default_factory=dict)
    environments: dict[str, Watched] = field(default_factory=dict)
    silent: dict[str, Silence] = field(default_factory=dict)
    alarms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    severities: tuple[Severity, ...] = ()
    probing: Probes = field(default_factory=Probes)
    counts: dict[str, Counts] = field(default_factory=dict)
    burns: dict[str, Burn] = field(default_factory=dict)
    maintenance: list[tuple[Instant, Instant | None]] = field(default_factory=list)
    chosen: dict[str, Chosen] = field(default_factory=dict)
    rule_files: dict[str, RuleStatus] = field(default_factory=dict)
    failing: dict[str, RuleFailure] = field(default_factory=dict)
